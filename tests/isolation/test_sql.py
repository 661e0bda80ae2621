"""SQL from outside: what one may see is answered, and nothing else, whatever is asked."""

import os
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from labarchive.catalogue.generation import GENERAL
from labarchive.server.sql_worker import loaded, lock
from tests.isolation.conftest import OTHER, PROJECT, Service

ATTACKS: dict[str, list[str]] = {
    kind: words["statements"]
    for kind, words in tomllib.loads(Path(__file__).with_name("attacks.toml").read_text("utf-8")).items()
}
AT = f"/projects/{PROJECT}/sql"


def ask(service: Service, question: str, person: str = "carl", accept: str = "*/*") -> httpx.Response:
    with service.client(person) as client:
        return client.post(AT, json={"sql": question}, headers={"Accept": accept})


@pytest.fixture(scope="module")
def forbidden(service: Service) -> dict[str, Path]:
    """Files that nobody may read through the service, and that are there."""
    raw = Path(service.get(f"/projects/{PROJECT}/files", "mia", status="ok")["items"][0]["path"])
    home = service.home
    mine, theirs = (service.get(f"/projects/{name}/snapshots/current", "ada") for name in (PROJECT, OTHER))

    def inside(now: dict[str, Any], name: str) -> Path:
        return home.snapshots / now["project_id"] / f"gen-{now['generation']:06d}" / name

    found = {
        "raw": raw,
        "identified": inside(mine, "identified/session_fact.parquet"),
        "another project's": inside(theirs, "subject_fact.parquet"),
        "passwords": Path("/etc/passwd"),
        "journal": next(home.journal.glob("*.jsonl")),
    }
    assert all(path.exists() for path in found.values())
    return found


@pytest.fixture(scope="module")
def secrets(service: Service, planted: list[str], forbidden: dict[str, Path]) -> list[str]:
    """What a collaborator of one project must not be told: persons, paths, the other project, the machine."""
    others = service.get(f"/projects/{OTHER}/scans", "ada", limit=1000)["items"]
    ids = {row[name] for row in others for name in ("scan_id", "session_id", "subject_id")}
    machine = ["root:x:0", "the-service-s-own", "labarchive_administrators", str(service.home.path), OTHER]
    paths = [str(forbidden["raw"].parent), forbidden["raw"].name]
    return [each.casefold() for each in (*planted, *ids, *machine, *paths)]


def statements(forbidden: dict[str, Path], kind: str) -> Iterator[str]:
    """Each statement on two of the files, by turns, so that every file is tried in many ways."""
    files = list(forbidden.values())
    for number, statement in enumerate(ATTACKS[kind]):
        turns = (number, number + 2) if "{file}" in statement else (0,)
        for turn in turns:
            yield statement.replace("{file}", str(files[turn % len(files)]))


@pytest.mark.parametrize("kind", ATTACKS)
def test_no_statement_leaks(
    service: Service, forbidden: dict[str, Path], secrets: list[str], kind: str
) -> None:
    asked = list(statements(forbidden, kind))
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda each: ask(service, each), asked))
    for question, answer in zip(asked, answers, strict=True):
        assert answer.status_code in (200, 422), (question, answer.text[:300])
        said, known = answer.text.casefold(), question.casefold()
        told = [secret for secret in secrets if secret in said and secret not in known]
        assert told == [], question
        assert "x-truncated" in answer.headers or answer.headers["content-type"] == "application/problem+json"
    assert ask(service, "select count(*) from scan").json()["items"][0]["count_star()"] > 0


def test_there_are_as_many_attacks_as_were_found(forbidden: dict[str, Path]) -> None:
    assert sum(len(list(statements(forbidden, kind))) for kind in ATTACKS) >= 212


def test_nothing_was_written(forbidden: dict[str, Path]) -> None:
    for path in forbidden.values():
        assert not Path(f"{path}.out").exists()
    assert not list(Path("/tmp").glob("labarchive-attack*"))


def test_a_question_is_answered_with_what_one_may_see(service: Service) -> None:
    listed = service.get(f"/projects/{PROJECT}/scans", "carl")["total"]
    for person in ("carl", "mia"):
        answer = ask(service, "select count(*) as n from scan", person).json()
        assert answer == {"columns": ["n"], "items": [{"n": listed}], "truncated": False}
    assert ask(service, "select count(patient_name) as n from person", "carl").json()["items"] == [{"n": 0}]
    assert ask(service, "select count(patient_name) as n from person", "mia").json()["items"][0]["n"] > 0
    assert ask(service, "select count(*) as n from header", "carl").json()["items"][0]["n"] > 0


def test_a_question_is_answered_in_every_tongue(service: Service) -> None:
    import pyarrow as pa

    question = "select scan_id, voxel from scan order by scan_id"
    expected = [row["scan_id"] for row in ask(service, question).json()["items"]]
    arrow = ask(service, question, accept="application/vnd.apache.arrow.stream").content
    assert pa.ipc.open_stream(arrow).read_all()["scan_id"].to_pylist() == expected
    csv = ask(service, question, accept="text/csv").text.splitlines()
    assert [line.split(",")[0].strip('"') for line in csv[1:]] == expected


def test_more_rows_than_fit_are_cut_and_said_so(service: Service) -> None:
    answer = ask(service, "select range as n from range(200000)")
    assert answer.headers["x-truncated"] == "true"
    assert len(answer.json()["items"]) == 100_000


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"sql": 1}', b'{"sql": ""}', b"[1]", b"\xff", b'{"sql": "\\ud800"}']
)
def test_a_body_that_is_no_question_is_a_problem(service: Service, body: bytes) -> None:
    with service.client("carl") as client:
        answer = client.post(AT, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_who_may_not_read_may_not_ask(service: Service) -> None:
    for person, expected in (("sam", 404), ("rhea", 404), ("", 401)):
        assert ask(service, "select 1", person).status_code == expected


def test_the_locks_alone_refuse_every_file(service: Service, forbidden: dict[str, Path]) -> None:
    """Before the kernel's own limits: DuckDB itself must not open what it is told to."""
    import duckdb

    manifest = {
        "project": "p", "project_id": "proj_aaaaaaaaaa", "schema_version": 1, "facts_generation": 1, "journal_seq": 1,
        "folder": "/nowhere", "files": dict.fromkeys(GENERAL, "-"), "written": "2026-01-01T00:00:00", "identified": False,
    }  # fmt: skip
    cursor = loaded(manifest, "select 1")
    lock(cursor, 512 << 20, 3)
    for statement in (each.replace("{file}", str(forbidden["passwords"])) for each in ATTACKS["read_files"]):
        try:
            rows = cursor.sql(statement).fetchall()
        except (duckdb.Error, AttributeError):
            continue
        assert "root:x:0" not in str(rows), statement


def test_the_kernel_refuses_what_duckdb_would_not(tmp_path: Path) -> None:
    """A process that is shut out opens no path, as root neither; in a child, for it lasts."""
    from labarchive.files.fence import shut_out, version

    if os.fork() == 0:
        code = 1
        try:
            done = shut_out()
            try:
                Path("/etc/passwd").read_text()
            except PermissionError:
                code = 0 if done else 2
        finally:
            os._exit(code)
    _, status = os.wait()
    assert os.waitstatus_to_exitcode(status) == 0 or version() == 0
