"""Three people at the real hub: who signs in, as whom their server runs, what each may see, and what is asked of it."""

import json
import os
import pwd
import stat
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS
from tests.hub.conftest import Demo, xsrf

FIRST, SECOND = "tau-pet", "second"


def server_of(demo: Demo, person: str) -> None:
    """Have the hub start the person's server, and wait until it runs."""
    name = demo.users[person]["name"]
    with demo.signed_in(person) as client:
        headers = {"X-XSRFToken": xsrf(client)}
        answer = client.post(f"/hub/api/users/{name}/server", headers=headers)
        assert answer.status_code in (201, 202, 400), answer.text  # 400: it runs already
        until = time.monotonic() + 90
        while time.monotonic() < until:
            page = client.get(f"/user/{name}/lab")  # by way of the hub's OAuth, as a browser goes
            if page.status_code == 200 and page.url.path == f"/user/{name}/lab":
                return
            time.sleep(0.5)
    raise AssertionError("the server does not answer")


def test_three_people_are_told_with_their_projects(demo: Demo) -> None:
    assert {person: (user["role"], user["projects"]) for person, user in demo.users.items()} == {
        "ines": ("owner", [FIRST, SECOND]), "anna": ("member", [FIRST]), "otto": ("owner", [SECOND]),
    }  # fmt: skip


def test_a_wrong_password_opens_nothing(demo: Demo) -> None:
    with httpx.Client(base_url=demo.url, follow_redirects=True, trust_env=False) as client:
        client.get("/hub/login")
        form = {
            "username": demo.users["ines"]["name"],
            "password": "wrong",
            "_xsrf": xsrf(client),
        }
        assert client.post("/hub/login", data=form).status_code == 403


@pytest.mark.parametrize(
    ("person", "project", "status"),
    [
        ("ines", FIRST, 200),
        ("ines", SECOND, 200),
        ("anna", FIRST, 200),
        ("anna", SECOND, 404),
        ("otto", FIRST, 404),
    ],
)
def test_the_service_knows_people_by_the_hub_s_tokens(
    demo: Demo, person: str, project: str, status: int
) -> None:
    answer = demo.asked(person, f"/projects/{project}/scans")
    assert answer.status_code == status, answer.text
    if status == 200:
        assert answer.json()["total"] > 0
        assert [each["project"] for each in demo.asked(person, "/projects").json()["items"]] == sorted(
            demo.users[person]["projects"]
        )


def test_a_stranger_s_request_is_refused_at_the_service_s_door(demo: Demo) -> None:
    assert httpx.get(f"{demo.api}/api/projects", trust_env=False).status_code == 401
    assert httpx.get(f"{demo.api}/openapi.json", trust_env=False).status_code == 200


def test_a_server_runs_as_its_person_and_forwards_as_that_person(demo: Demo) -> None:
    server_of(demo, "otto")
    account = pwd.getpwnam(demo.users["otto"]["name"])
    running = [
        (Path(entry.path) / "cmdline").read_bytes().decode().split("\0")
        for entry in os.scandir("/proc")
        if entry.name.isdigit() and entry.stat().st_uid == account.pw_uid
    ]
    assert any("jupyterhub.singleuser" in " ".join(words) for words in running)
    with demo.signed_in("otto") as client:
        base = f"/user/{account.pw_name}"
        client.get(f"{base}/lab")  # the server's own cookie, by the hub's OAuth
        projects = client.get(f"{base}/labarchive/api/projects")
        assert [each["project"] for each in projects.json()["items"]] == [SECOND]
        assert client.get(f"{base}/labarchive/api/projects/{FIRST}/scans").status_code == 404


def test_the_first_notebooks_are_copied_to_a_new_home_once(demo: Demo) -> None:
    server_of(demo, "otto")
    home = Path(pwd.getpwnam(demo.users["otto"]["name"]).pw_dir)
    notebook = home / "labarchive" / "start" / "01-find.ipynb"
    assert notebook.exists()
    assert notebook.stat().st_uid == home.stat().st_uid


def test_raw_folders_and_the_archive_are_closed_by_the_file_system(demo: Demo) -> None:
    nas = demo.home.parent / "nas"
    outsider = pwd.getpwnam(demo.users["otto"]["name"])
    first = next(path for path in nas.iterdir() if path.name not in ("second",) and path.is_dir())
    mode = first.stat().st_mode
    assert stat.S_IMODE(mode) == 0o2750
    assert first.stat().st_gid not in os.getgrouplist(outsider.pw_name, outsider.pw_gid)
    assert stat.S_IMODE(demo.home.stat().st_mode) == 0o700
    for place in (first, demo.home, demo.home / "snapshots", demo.home / "catalogue.duckdb"):
        assert not _may_open(outsider, place), place
    assert _may_open(pwd.getpwnam(demo.users["anna"]["name"]), first)


def _may_open(person: pwd.struct_passwd, place: Path) -> bool:
    """Tried by a process that really is that person."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setgroups(os.getgrouplist(person.pw_name, person.pw_gid))
            os.setgid(person.pw_gid)
            os.setuid(person.pw_uid)
            os.close(os.open(place, os.O_RDONLY))
            code = 0
        except OSError:
            code = 1
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_no_password_and_no_token_stands_on_a_command_line(demo: Demo) -> None:
    words = b""
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                words += (Path(entry.path) / "cmdline").read_bytes()
            except OSError:
                continue
    for user in demo.users.values():
        assert user["password"].encode() not in words
    token = (demo.home.parent / "hub" / "service.token").read_bytes().strip()
    assert token
    assert token not in words


def test_the_document_is_where_the_demo_says(demo: Demo) -> None:
    document = json.loads(httpx.get(f"{demo.api}/openapi.json", trust_env=False).text)
    assert document["servers"] == [{"url": "/services/archive"}]


def test_an_assistant_s_server_is_voila_on_her_projects_alone_and_asks_nobody_else(demo: Demo) -> None:
    elsewhere: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.on(
            "request", lambda request: elsewhere.append(request.url) if _is_elsewhere(request.url) else None
        )
        page.goto(demo.url)
        page.fill("#username_input", demo.users["anna"]["name"])
        page.fill("#password_input", demo.users["anna"]["password"])
        page.click("#login_submit")
        page.get_by_role("heading", name="Visits without a T1w").wait_for(timeout=90_000)
        page.get_by_text(f"as {demo.users['anna']['name']}").first.wait_for(timeout=90_000)
        text = page.inner_text("body")
        browser.close()
    assert FIRST in text
    assert SECOND not in text
    assert not elsewhere


def _is_elsewhere(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme not in ("data", "blob", "about") and parts.hostname != "127.0.0.1"
