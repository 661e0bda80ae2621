"""A class comes in at once: ten people's servers start together and each of them reads the study. `make soak`."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.hub.conftest import PATIENCE, Demo, free_port, xsrf

pytestmark = pytest.mark.soak
STUDENTS = 10
STARTS = 240.0


@pytest.fixture
def school() -> Iterator[Demo]:
    assert os.geteuid() == 0, "the hub's tests make accounts and sign them in: run them as root"
    words = ["demo", "--json", "--profile", "tiny", "--students", str(STUDENTS), "--port", str(free_port())]
    process = subprocess.Popen(
        [sys.executable, "-m", "labarchive", *words], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "HOME": "/root"},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        people = {user["name"].removeprefix("la-demo-"): user for user in said["users"]}
        yield Demo(said["url"], said["api"], people, Path(said["home"]), process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def test_ten_servers_come_up_at_once_and_each_reads_the_study(school: Demo) -> None:
    students = [name for name in school.users if name.startswith("student")]
    assert len(students) == STUDENTS
    with ThreadPoolExecutor(STUDENTS) as pool:
        times = sorted(pool.map(lambda name: came_in(school, name), students))
    print(f"ten servers were there after {times[0]:.0f} to {times[-1]:.0f} s; {memory(school)} MB in all")
    assert times[-1] < STARTS


def came_in(school: Demo, name: str) -> float:
    """Seconds from the form to Lab's page and an answer of the archive through this person's own server."""
    began = time.monotonic()
    account = school.users[name]["name"]
    with school.signed_in(name) as client:
        client.post(f"/hub/api/users/{account}/server", headers={"X-XSRFToken": xsrf(client)})
        lab = f"/user/{account}/lab"
        while client.get(lab).url.path != lab:
            assert time.monotonic() - began < STARTS, "the server did not come up"
            time.sleep(1)
        answer = client.get(f"/user/{account}/labarchive/api/projects")
        assert [each["project"] for each in answer.json()["items"]] == ["tau-pet"], answer.text
    return time.monotonic() - began


def memory(school: Demo) -> int:
    """MB of all processes of the demo and its people, what they share counted once."""
    total = 0
    below = [school.process.pid]
    for pid in below:
        for place in Path(f"/proc/{pid}/task").glob("*/children"):
            below += [int(child) for child in place.read_text().split()]
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total // 1024
