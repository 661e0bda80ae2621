"""`labarchive hub install` and `check`: the units start a lab as they stand, and a restart of the hub ends nobody's server."""

import contextlib
import json
import os
import pwd
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import sync_playwright

from labarchive.demo import accounts, house
from labarchive.hub.install import NAMES
from tests.browser.panel import FLAGS
from tests.hub.conftest import PATIENCE, Demo, free_port, xsrf

SERVICE, UNA = f"{accounts.PREFIX}unit-service", f"{accounts.PREFIX}una"
GROUP = f"{accounts.PREFIX}raw-unit"
EXPOSURE = {"labarchive-groups": 30, "labarchive-archive": 20, "labarchive-proxy": 15, "labarchive-hub": 45}
"""Tenths of systemd's measure, from 0 to 100, that each unit stays below."""


@dataclass
class Machine:
    """What was installed, and what runs of it."""

    place: Path
    port: int
    una: accounts.Account
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def words(self) -> list[str]:
        return ["--etc", str(self.place / "etc"), "--units", str(self.place / "units"), "--json"]

    def run(self, *words: str, code: int = 0) -> Any:
        command = [sys.executable, "-m", "labarchive", "hub", *words, *self.words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout)

    def unit(self, name: str) -> dict[str, list[str]]:
        """Key -> values of a unit, in their order."""
        found: dict[str, list[str]] = {}
        for line in (self.place / "units" / f"{name}.service").read_text().splitlines():
            key, equals, value = line.partition("=")
            if equals and not line.startswith("#"):
                found.setdefault(key, []).append(value)
        return found

    def start(self, name: str) -> None:
        """As the unit says it: its command, account, environment, folder, umask and rights."""
        unit = self.unit(name)
        environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
        for file in unit.get("EnvironmentFile", []):
            environment |= dict(line.split("=", 1) for line in Path(file).read_text().splitlines())
        for pairs in unit.get("Environment", []):
            environment |= dict(each.split("=", 1) for each in shlex.split(pairs))
        rights = [
            f"+{each.removeprefix('CAP_').lower()}" for each in unit["CapabilityBoundingSet"][0].split()
        ]
        kept = ["setpriv", "--no-new-privs", "--bounding-set", ",".join(["-all", *rights])]
        if user := "nobody" if "DynamicUser" in unit else unit.get("User", [""])[0]:
            account = pwd.getpwnam(user)
            kept += ["--reuid", str(account.pw_uid), "--regid", str(account.pw_gid), "--init-groups"]
        self.running[name] = subprocess.Popen(
            [*kept, *shlex.split(unit["ExecStart"][0])], env=environment, umask=int(unit["UMask"][0], 8),
            cwd=unit.get("WorkingDirectory", ["/"])[0], stdin=subprocess.DEVNULL,
            stdout=(self.place / f"{name}.log").open("ab"), stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip

    def stop(self, name: str) -> None:
        """As systemd does with KillMode=process: the main process alone."""
        process = self.running.pop(name)
        process.send_signal(signal.SIGTERM)
        process.wait(60)

    def wait(self, path: str, statuses: set[int]) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(self.url + path, timeout=5, trust_env=False).status_code in statuses:
                    return
            time.sleep(0.2)
        said = {name: (self.place / f"{name}.log").read_text()[-1500:] for name in NAMES}
        raise AssertionError(f"{path} does not answer: {said}")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def servers(self) -> list[int]:
        """Processes of Una's."""
        return accounts._processes(self.una.uid)


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    assert os.geteuid() == 0, "installing makes accounts and units: run this as root"
    why = house.possible()
    if why:
        pytest.skip(f"the hub cannot be tried here: {why}; clone to a folder that other accounts may enter")
    place = Path(tempfile.mkdtemp(prefix="labarchive-unit-", dir="/var/tmp"))
    place.chmod(0o755)
    _gone()
    accounts.group_made(GROUP)
    accounts.made(SERVICE, place, [GROUP], person=False)
    una = accounts.made(UNA, place, [])
    raw = place / "raw"
    raw.mkdir(mode=0o750)
    (raw / "readme.txt").write_text("a study will lie here")
    shutil.chown(raw, "root", GROUP)
    made = Machine(place, free_port(), una)
    (place / "etc").mkdir()
    (place / "etc" / "lab.toml").write_text(
        f"""
[hub]
address = "{made.url}/"
administrators = ["{UNA}"]
state = "{place}/state"

[archive]
home = "{place}/home"
user = "{SERVICE}"
port = {made.port + 10}
groups = "{place}/run/groups.sock"

[people]
users = ["{UNA}"]
memory = ""
cpus = 0.0

[project.tau-pet]
roots = ["{raw}"]
group = "{GROUP}"
"""
    )
    try:
        yield made
    finally:
        for name in reversed(NAMES):
            if name in made.running:
                made.stop(name)
        _gone()
        shutil.rmtree(place, ignore_errors=True)


def _gone() -> None:
    """The accounts of this file, and what runs as them."""
    for name in (SERVICE, UNA):
        with contextlib.suppress(KeyError):
            accounts._ended(pwd.getpwnam(name).pw_uid)
            subprocess.run([accounts.USERDEL, "--remove", name], check=False, capture_output=True)
    subprocess.run([accounts.GROUPDEL, GROUP], check=False, capture_output=True)


def _una(machine: Machine) -> Demo:
    """Her way in."""
    users = {"una": {"name": UNA, "password": machine.una.password}}
    api = f"{machine.url}/services/archive"
    return Demo(machine.url, api, users, machine.place, machine.running["labarchive-hub"])  # type: ignore[arg-type]


def test_a_dry_run_tells_everything_and_does_nothing(machine: Machine) -> None:
    said = machine.run("install", "--dry-run")
    assert [step["does"] for step in said["steps"][:2]] == [
        "keep",
        "keep",
    ]  # lab.toml and the account are there
    assert [Path(step["path"]).name for step in said["steps"] if step["does"] == "make"] == [
        "state", "home", "service.token", "proxy.env", "archive.env", *(f"{name}.service" for name in NAMES)
    ]  # fmt: skip
    assert sorted(each.name for each in (machine.place / "etc").iterdir()) == ["lab.toml"]
    assert not (machine.place / "units").exists()


def test_installing_twice_keeps_the_secrets_and_follows_lab_toml(machine: Machine) -> None:
    machine.run("install")
    secrets = [machine.place / "state" / "service.token", machine.place / "etc" / "proxy.env", machine.place / "etc" / "archive.env"]  # fmt: skip
    assert [place.stat().st_mode & 0o777 for place in secrets] == [0o600] * 3
    assert (machine.place / "home").stat().st_uid == pwd.getpwnam(SERVICE).pw_uid
    before = [place.read_text() for place in secrets]
    assert {step["does"] for step in machine.run("install")["steps"]} == {"keep"}
    lab = machine.place / "etc" / "lab.toml"
    text = lab.read_text()
    lab.write_text(text.replace(f"port = {machine.port + 10}", f"port = {machine.port + 11}"))
    changed = [step["what"] for step in machine.run("install")["steps"] if step["does"] == "change"]
    assert changed == ["the unit labarchive-archive"]
    lab.write_text(text)
    machine.run("install")
    assert [place.read_text() for place in secrets] == before


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is missing: apt install systemd"
)
@pytest.mark.parametrize("name", NAMES)
def test_systemd_understands_every_word_and_little_is_exposed(machine: Machine, name: str) -> None:
    machine.run("install")
    unit = machine.place / "units" / f"{name}.service"
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
    )
    assert done.stdout + done.stderr == ""
    words = ["systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE[name]}", str(unit)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    print(done.stdout.strip().splitlines()[-1])
    assert done.returncode == 0


def test_check_finds_all_well_but_what_is_not(machine: Machine) -> None:
    machine.run("install")
    found = {each["name"]: each for each in machine.run("check")["checks"]}
    assert {name for name, each in found.items() if each["colour"] == "red"} == set()
    (machine.place / "raw").chmod(0o755)
    ill = machine.run("check", code=5)
    (said,) = [each for each in ill["checks"] if each["colour"] == "red"]
    assert said["name"] == "tau-pet"
    assert "open to everybody" in said["says"]
    assert "chmod" in said["hint"]
    (machine.place / "raw").chmod(0o750)
    (machine.place / "state").chmod(0o755)
    assert [each["name"] for each in machine.run("check", code=5)["checks"] if each["colour"] == "red"] == [
        "secrets"
    ]
    (machine.place / "state").chmod(0o700)


def test_the_units_start_a_lab_and_a_restart_of_the_hub_ends_nobody_s_server(machine: Machine) -> None:
    machine.run("install")
    for name in NAMES:
        machine.start(name)
    machine.wait("/hub/api/", {200})
    machine.wait("/services/archive/api/hello", {401})
    with _una(machine).signed_in("una") as client:
        client.post(f"/hub/api/users/{UNA}/server", headers={"X-XSRFToken": xsrf(client)})
        until = time.monotonic() + PATIENCE
        while client.get(f"/user/{UNA}/lab").url.path != f"/user/{UNA}/lab" and time.monotonic() < until:
            time.sleep(0.5)
        assert client.get(f"/user/{UNA}/labarchive/api/hello").json()["who"] == UNA
        assert client.get(f"/user/{UNA}/labarchive/api/hello").json()["admin"]
        before = machine.servers()
        assert before
        machine.stop("labarchive-hub")
        assert (
            client.get(f"/user/{UNA}/api/contents").status_code == 200
        )  # through the proxy, without the hub
        machine.start("labarchive-hub")
        machine.wait("/hub/api/", {200})
        assert client.get(f"/user/{UNA}/api/contents").status_code == 200
        assert set(before) <= set(machine.servers())
        page = client.get("/hub/home")
        assert page.status_code == 200
        assert "Stop My Server" in page.text
        client.delete(f"/hub/api/users/{UNA}/server", headers={"X-XSRFToken": xsrf(client)})


def _came_to_lab(machine: Machine, client: httpx.Client) -> None:
    """The hub's page of a server that is not there leads a browser here after half a second."""
    client.get(f"/hub/spawn/{UNA}", params={"next": f"/hub/user/{UNA}/lab"})
    until = time.monotonic() + PATIENCE
    while client.get(f"/user/{UNA}/lab").url.path != f"/user/{UNA}/lab":
        assert time.monotonic() < until, (machine.place / "labarchive-hub.log").read_text()[-1500:]
        time.sleep(0.5)


def test_a_server_that_nobody_uses_is_ended_and_started_again_when_she_comes(machine: Machine) -> None:
    machine.stop("labarchive-hub")
    lab = machine.place / "etc" / "lab.toml"
    lab.write_text(lab.read_text().replace("[people]", "[people]\nidle = 20"))
    machine.start("labarchive-hub")
    machine.wait("/hub/api/", {200})
    with _una(machine).signed_in("una") as client:
        _came_to_lab(machine, client)
        assert machine.servers()
        until = time.monotonic() + 90
        while client.get(f"/hub/api/users/{UNA}").json()["server"]:
            assert time.monotonic() < until, "a server that nobody uses is still there"
            time.sleep(1)
        while machine.servers():  # the last process of hers goes a moment later
            assert time.monotonic() < until, "processes of hers are still there"
            time.sleep(0.2)
        while (
            f"/hub/spawn/{UNA}" not in client.get(f"/user/{UNA}/lab").text
        ):  # the hub may still be ending it
            assert time.monotonic() < until, "her page leads nowhere"
            time.sleep(0.5)
        _came_to_lab(machine, client)
        assert client.get(f"/user/{UNA}/labarchive/api/hello").json()["who"] == UNA
        client.delete(f"/hub/api/users/{UNA}/server", headers={"X-XSRFToken": xsrf(client)})


def test_with_subdomains_everybody_has_an_origin_of_their_own(machine: Machine) -> None:
    for name in ("labarchive-hub", "labarchive-proxy"):
        machine.stop(name)
    lab = machine.place / "etc" / "lab.toml"
    there = f"http://localhost:{machine.port}"
    lab.write_text(
        lab.read_text()
        .replace("idle = 20", "idle = 3600")
        .replace(f'address = "{machine.url}/"', f'address = "{there}/"\nsubdomains = true')
    )
    machine.run("install")
    for name in ("labarchive-proxy", "labarchive-hub"):
        machine.start(name)
    machine.wait("/hub/api/", {200, 404})
    own = f"http://{UNA}.localhost:{machine.port}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(f"{there}/hub/login?next=")
        page.fill("#username_input", UNA)
        page.fill("#password_input", machine.una.password)
        page.click("#login_submit")
        page.wait_for_url(f"{own}/user/{UNA}/lab**", timeout=120_000)
        page.locator("#labarchive-panel").wait_for(state="attached", timeout=90_000)
        page.locator(".la-status[data-state=here]").wait_for(
            timeout=60_000
        )  # the service is reached from there
        asked = (
            f"fetch('{there}/hub/api/user', {{credentials: 'include'}}).then(() => 'read', () => 'refused')"
        )
        assert (
            page.evaluate(asked) == "refused"
        )  # the hub is another origin, and lets nobody's script read it
        cookies = {each["name"]: each["domain"] for each in page.context.cookies()}
        assert cookies[f"jupyterhub-user-{UNA}"] == f"{UNA}.localhost"
        browser.close()
