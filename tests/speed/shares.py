"""Rows about what a small lab's machine holds: hub, proxy, service, one Lab and one kernel on 600 sessions, by their
share of memory (PSS: what several processes map counts once)."""

import ast
import asyncio
import json
import pwd
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from tests.browser.panel import FLAGS
from tests.hub.conftest import Demo, free_port, xsrf
from tests.speed import trees
from tests.speed.table import Row, Table

PARTS = {
    "the kernel": "labarchive.kernel", "Ines's Lab": "jupyterhub.singleuser", "the service": "labarchive.server",
    "the proxy": "chp.mjs", "the culler": "jupyterhub_idle_culler", "root's process": "labarchive.hub.groups",
    "the hub": "jupyterhub",
}  # fmt: skip
"""Names, and what stands on their command lines; the first that fits."""
SESSIONS = 600
ASKED = "len(archive['tau-pet'].scans(kind='T1w')), archive.sql('select count(*) from session').fetchall()"


def memory(table: Table) -> None:
    """Needs root, as the hub's demo does."""
    with _house() as demo:
        found = _of_all(demo, _kernel_used(demo))
        found["all of it"] = sum(found.values())
    for name, held in found.items():
        reach = "1,200 MB" if name == "all of it" else ""
        table.add(Row(f"{SESSIONS} sessions and more: {name}", f"{held / 1e6:,.0f} MB", reach=reach))


def signing_in(table: Table, turns: int = 5) -> None:
    """From the hub's form to a Lab that can be used, her server started on the way; with our extension and without it, in turn."""
    times: dict[bool, list[float]] = {True: [], False: []}
    with _house() as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=FLAGS, headless=True
        )
        for on in (True, False) * turns:
            _switched(demo, on=on)
            times[on].append(_came_in(demo, browser, on=on))
        browser.close()
    ours_s, theirs = (statistics.median(times[on]) for on in (True, False))
    table.add(
        Row(
            "sign-in at the hub to usable Lab", f"{ours_s * 1000:,.0f} ms", f"without us {theirs * 1000:,.0f} ms",
            ours_s / theirs, reach="at most 15 % slower",
        )
    )  # fmt: skip


def _switched(demo: Demo, *, on: bool) -> None:
    """Her server is ended; the next one has both halves of the extension, or neither, as she would switch them off."""
    name = demo.users["ines"]["name"]
    with demo.signed_in("ines") as client:
        client.delete(f"/hub/api/users/{name}/server", headers={"X-XSRFToken": xsrf(client)})
        until = time.monotonic() + 60
        while client.get(f"/hub/api/users/{name}").json().get("server") and time.monotonic() < until:
            time.sleep(0.2)
    config = Path(pwd.getpwnam(name).pw_dir) / ".jupyter"
    said = {
        "labconfig/page_config.json": {"disabledExtensions": {"labarchive": True}},
        "jupyter_server_config.json": {"ServerApp": {"jpserver_extensions": {"labarchive.lab": False}}},
    }
    for place, words in said.items():
        (config / place).unlink(missing_ok=True)
        if not on:
            (config / place).parent.mkdir(parents=True, exist_ok=True)
            (config / place).write_text(json.dumps(words))


def _came_in(demo: Demo, browser: Browser, *, on: bool) -> float:
    user = demo.users["ines"]
    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        page = context.new_page()
        page.goto(f"{demo.url}/hub/login?next=/user/{user['name']}/lab")
        page.fill("#username_input", user["name"])
        page.fill("#password_input", user["password"])
        began = time.perf_counter()
        page.click("#login_submit")
        page.locator(".jp-Launcher").first.wait_for(timeout=90_000)
        took = time.perf_counter() - began
        page.wait_for_timeout(1000)
        assert (page.locator("#labarchive-panel").count() > 0) == on
    return took


@contextmanager
def _house() -> Iterator[Demo]:
    """The demo's hub on the profile with 600 sessions."""
    with tempfile.TemporaryDirectory(prefix="house-", dir=trees.KEPT) as made:
        Path(made).chmod(0o755)
        command = [
            sys.executable,
            "-m",
            "labarchive",
            "--home",
            f"{made}/house",
            "demo",
            "--json",
            "--profile",
            "lab",
        ]
        process = subprocess.Popen([*command, "--port", str(free_port())], stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            said = json.loads(process.stdout.readline())
            people = {user["name"].removeprefix("la-demo-"): user for user in said["users"]}
            yield Demo(said["url"], said["api"], people, Path(said["home"]), process)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(120)


def _kernel_used(demo: Demo) -> str:
    """Ines's Lab runs, and a kernel in it has answered; its name."""
    name = demo.users["ines"]["name"]
    base = f"/user/{name}"
    with demo.signed_in("ines") as client:
        client.post(f"/hub/api/users/{name}/server", headers={"X-XSRFToken": xsrf(client)})
        until = time.monotonic() + 90
        while client.get(f"{base}/lab").url.path != f"{base}/lab" and time.monotonic() < until:
            time.sleep(0.5)
        token = client.cookies.get("_xsrf", path=f"{base}/") or ""
        made = client.post(f"{base}/api/kernels", json={"name": "labarchive"}, headers={"X-XSRFToken": token})
        made.raise_for_status()
        cookies = "; ".join(
            f"{each.name}={each.value}" for each in client.cookies.jar if each.path == f"{base}/"
        )
        where = f"{demo.url.replace('http', 'ws')}{base}/api/kernels/{made.json()['id']}/channels"
        return asyncio.run(_asked(where, cookies))


async def _asked(where: str, cookies: str) -> str:
    header = {
        "msg_id": uuid.uuid4().hex,
        "msg_type": "execute_request",
        "username": "",
        "session": "s",
        "version": "5.3",
    }
    words = {
        "header": header,
        "parent_header": {},
        "metadata": {},
        "channel": "shell",
        "content": {"code": ASKED},
    }
    line = await websocket_connect(HTTPRequest(where, headers={"Cookie": cookies}))
    await line.write_message(json.dumps(words))
    while True:
        said = json.loads(await asyncio.wait_for(line.read_message(), 120) or "{}")
        if said.get("msg_type") == "execute_result":
            return str(said["content"]["data"]["text/plain"])
        if said.get("msg_type") == "error":
            raise RuntimeError(str(said["content"]["evalue"]))


def _of_all(demo: Demo, answered: str) -> dict[str, int]:
    _, [(sessions,)] = ast.literal_eval(answered)
    assert sessions >= SESSIONS
    found = dict.fromkeys(PARTS, 0)
    for pid in _below(demo.process.pid):
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        name = next((name for name, words in PARTS.items() if words in command), "")
        if name:
            found[name] += _share(pid)
    return found


def _below(pid: int) -> list[int]:
    found = [pid]
    for each in found:
        children = Path(f"/proc/{each}/task").glob("*/children")
        found += [int(child) for place in children for child in place.read_text().split()]
    return found[1:]


def _share(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))
