"""Raw folders follow grants and revocations: by root's small process, the hub, and the kernel's own word."""

import json
import os
import pwd
import re
import socket
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.panel import OUT
from tests.browser.panel import chromium as chromium
from tests.hub.conftest import Demo
from tests.hub.people import AtHub, at_lab

FIRST, SECOND = "tau-pet", "second"
PATIENT: Any = {"trust_env": False, "timeout": 90}
ASKED = {"verb": "members", "project": FIRST}


def root_says(demo: Demo, words: object, uid: int = 0) -> dict[str, Any]:
    """Ask root's process, as an account."""
    said, tells = os.pipe()
    child = os.fork()
    if not child:
        os.setuid(uid)
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(10)
                line.connect(str(demo.home.parent / "run" / "groups.sock"))
                line.sendall((words if isinstance(words, str) else json.dumps(words)).encode() + b"\n")
                os.write(tells, line.makefile("rb").readline() or b'{"error": "silence"}')
        except OSError as error:
            os.write(tells, json.dumps({"error": type(error).__name__}).encode())
        finally:
            os._exit(0)
    os.close(tells)
    with os.fdopen(said, "rb") as answer:
        words = json.loads(answer.read())
    os.waitpid(child, 0)
    assert isinstance(words, dict)
    return words


def name(demo: Demo, person: str) -> str:
    return str(demo.users[person]["name"])


def test_root_speaks_to_the_service_s_account_alone(demo: Demo) -> None:
    asked = {**ASKED, "user": name(demo, "ines")}
    assert root_says(demo, asked)["member"] is True
    assert root_says(demo, asked, pwd.getpwnam("la-demo-service").pw_uid)["member"] is True
    for person in ("ines", "otto"):
        stranger = pwd.getpwnam(name(demo, person)).pw_uid
        assert root_says(demo, asked, stranger) == {"error": "PermissionError"}


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ({"verb": "run", "project": FIRST, "user": "la-demo-ines"}, "BadInput"),
        ({"verb": "admit", "project": "no such", "user": "la-demo-ines"}, "NotFound"),
        ({"verb": "admit", "project": "../second", "user": "la-demo-ines"}, "NotFound"),
        ({"verb": "admit", "project": FIRST, "user": "root"}, "NotAllowed"),
        ({"verb": "admit", "project": FIRST, "user": "daemon"}, "NotAllowed"),
        ({"verb": "admit", "project": FIRST, "user": "--help"}, "NotFound"),
        ({"verb": "admit", "project": FIRST, "user": "nobody at all"}, "NotFound"),
        ({"verb": "expel", "project": FIRST, "user": "la-demo-service"}, "NotAllowed"),
        ({"verb": "admit", "project": FIRST, "user": "la-demo-ines", "group": "sudo"}, "BadInput"),
        ({"verb": "admit", "project": [FIRST], "user": "la-demo-ines"}, "BadInput"),
        ("no JSON", "BadInput"),
        ("[1, 2]", "BadInput"),
        ("", "BadInput"),
    ],
)
def test_root_does_nothing_but_its_four_verbs_for_people_and_the_lab_s_projects(
    demo: Demo, words: object, error: str
) -> None:
    assert root_says(demo, words)["error"] == error


@contextmanager
def member(demo: Demo, project: str, person: str, role: str) -> Iterator[dict[str, Any]]:
    """Granted by Ines or Otto, who own a project each; taken back at the end."""
    owner = "ines" if project == FIRST else "otto"
    bearer = {"Authorization": f"Bearer {demo.token(owner)}"}
    at = f"{demo.api}/api/projects/{project}/members/{name(demo, person)}"
    answer = httpx.put(at, json={"role": role}, headers=bearer, trust_env=False, timeout=60)
    assert answer.status_code == 200, answer.text
    try:
        yield answer.json()
    finally:
        httpx.delete(at, params={"now": True}, headers=bearer, trust_env=False, timeout=60)


def opens(person: str, place: Path) -> bool:
    """A fresh process of that person opens it."""
    account = pwd.getpwnam(person)
    child = os.fork()
    if not child:
        try:
            os.setgroups(os.getgrouplist(account.pw_name, account.pw_gid))
            os.setgid(account.pw_gid)
            os.setuid(account.pw_uid)
            os.close(os.open(place, os.O_RDONLY))
            os._exit(0)
        except OSError:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def reads(lab: AtHub, place: Path) -> str:
    lab.run(f"import os; os.access({str(place)!r}, os.R_OK)")
    return lab.page.locator(".jp-NotebookPanel:visible .jp-OutputArea-output").last.inner_text().strip()


def raw_of(demo: Demo, project: str) -> Path:
    lab = tomllib.loads((demo.home.parent / "lab.toml").read_text())
    return Path(lab["project"][project]["roots"][0])


def test_a_granted_member_gains_all_and_a_revoked_one_loses_all(demo: Demo) -> None:
    otto, raw = name(demo, "otto"), raw_of(demo, FIRST)
    bearer = {"Authorization": f"Bearer {demo.token('otto')}"}
    at = f"{demo.api}/api/projects/{FIRST}"

    def status(path: str = "") -> int:
        return httpx.get(f"{at}{path}", headers=bearer, trust_env=False, timeout=60).status_code

    assert (status(), status("/snapshots/current"), opens(otto, raw)) == (404, 404, False)
    with member(demo, FIRST, "otto", "member") as granted:
        assert granted["note"] == ""
        current = httpx.get(f"{at}/snapshots/current", headers=bearer, trust_env=False, timeout=60).json()
        part = next(file["name"] for files in current["files"].values() for file in files)
        snapshot = f"/snapshots/{current['generation']}/{part}"
        assert (status(), status(snapshot), opens(otto, raw)) == (200, 200, True)
    assert (status(), status(snapshot), opens(otto, raw)) == (404, 404, False)


def test_who_may_not_identify_gets_the_catalogue_and_no_raw_folder(demo: Demo) -> None:
    otto, raw = name(demo, "otto"), raw_of(demo, FIRST)
    with member(demo, FIRST, "otto", "member"):
        assert opens(otto, raw)
        with member(demo, FIRST, "otto", "collaborator"):
            assert not opens(otto, raw)
            assert demo.asked("otto", f"/projects/{FIRST}/scans").status_code == 200


@pytest.mark.browser
def test_lab_says_restart_and_offers_it_and_a_revocation_ends_the_server_and_proves_the_folder_closed(
    demo: Demo, chromium: Browser
) -> None:
    otto, raw = name(demo, "otto"), raw_of(demo, FIRST)
    bearer = {"Authorization": f"Bearer {demo.token('ines')}"}
    at = f"{demo.api}/api/projects/{FIRST}"
    with at_lab(chromium, demo, "otto") as lab:
        lab.notebook()
        granted = httpx.put(f"{at}/members/{otto}", json={"role": "member"}, headers=bearer, **PATIENT).json()
        assert granted["restart"]
        button = lab.page.get_by_role("button", name="Restart your server")
        expect(button).to_be_visible(timeout=15_000)
        assert reads(lab, raw) == "False"
        button.click()
        lab.page.get_by_role("dialog").get_by_role("button", name="Restart", exact=True).click()
        lab.page.wait_for_url(re.compile("/hub/"), timeout=30_000)  # where the server is started again
        lab.page.wait_for_url(re.compile(f"/user/{otto}/lab"), timeout=90_000)
        lab.goto()
        lab.notebook()
        assert reads(lab, raw) == "True"
        warned = httpx.delete(f"{at}/members/{otto}", headers=bearer, **PATIENT).json()
        assert warned["ends"]
        assert not warned["closed"]
        expect(lab.page.get_by_text(re.compile("A project was closed to you"))).to_be_visible(timeout=15_000)
        lab.page.screenshot(path=OUT / "hub-ends.png")
        lab.page.goto("about:blank")
        lab.faults.clear()  # the first server's end
    httpx.put(f"{at}/members/{otto}", json={"role": "member"}, headers=bearer, **PATIENT)
    gone = httpx.delete(f"{at}/members/{otto}", params={"now": True}, headers=bearer, **PATIENT).json()
    assert gone["closed"], gone
    closed = root_says(demo, {"verb": "closed", "project": FIRST, "user": otto})
    assert closed == {"closed": True, "holding": 0}
    audit = httpx.get(
        f"{demo.api}/api/audit", params={"project": FIRST}, headers=bearer, trust_env=False, timeout=60
    ).text
    assert f"raw folders closed to {otto}" in audit
