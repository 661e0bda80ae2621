"""Scans are measured by the service: who asks comes first, and everybody who may see the project sees what was found."""

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.rest.conftest import PROJECT, Service


def metrics(service: Service, person: str) -> list[dict[str, object]]:
    words = {"sql": "select scan_id, metric, value from metric where metric <> 'measured' order by all"}
    with service.client(person) as client:
        answer = client.post(f"/projects/{PROJECT}/sql", json=words, headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def test_who_asks_is_measured_and_everybody_sees_it(service: Service) -> None:
    scans = [each["scan_id"] for each in service.get(f"/projects/{PROJECT}/scans", kind="T1w")["items"]]
    waiting = service.post(f"/projects/{PROJECT}/check", {"scans": scans[:2]}, "carl")["waiting"]
    assert waiting <= 2
    until = time.monotonic() + 60
    while {row["scan_id"] for row in metrics(service, "mia")} != set(scans[:2]):
        assert time.monotonic() < until
        time.sleep(0.2)
    assert service.get(f"/projects/{PROJECT}/outliers", "carl") == {"items": []}  # of two nobody departs
    told = {
        row["metric"]: row
        for row in service.get(f"/projects/{PROJECT}/scans/{scans[0]}/metrics", "carl")["items"]
    }
    assert (told["efc"]["n"], told["efc"]["z"], told["efc"]["better"]) == (2, None, "low")
    assert "measured" not in told
    before = service.get("/hello")["measured"]
    service.post(f"/projects/{PROJECT}/check", {"scans": scans[:2]})
    time.sleep(1)
    assert service.get("/hello")["measured"] == before  # measured is measured


def test_scans_of_elsewhere_are_not_measured_for_one_who_may_not_see_them(service: Service) -> None:
    with service.client("sam") as client:
        assert client.post(f"/projects/{PROJECT}/check", json={"scans": []}).status_code == 404
        assert client.get(f"/projects/{PROJECT}/outliers").status_code == 404
    with service.client("mia") as client:
        answer = client.post(f"/projects/{PROJECT}/check", json={"scans": ["scan_nowhere0"]})
        assert answer.json() == {"waiting": 0}


def test_a_kernel_behind_a_hub_has_the_service_measure(service: Service, tmp_path: Path) -> None:
    code = f"""
import labarchive
flair = labarchive.open()[{PROJECT!r}].scans(kind="FLAIR")
found = flair.check()
print(found.measured == len(flair), len(found.metrics()) == len(flair), flair.check().measured, flair[:2].check(again=True).measured)"""
    words = {
        "LABARCHIVE_SERVICE_URL": service.url,
        "JUPYTERHUB_API_TOKEN": "token-mia",
        "LABARCHIVE_CACHE": str(tmp_path / "cache"),
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **words}, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.split() == ["True", "True", "0", "2"], done.stderr
