"""The owner in process, behind its socket, and behind the service of a hub: in real processes of their own."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from labarchive.catalogue import Catalogue
from labarchive.index.schema import FILE_SCHEMA, HEADER_SCHEMA, INSTANCE_SCHEMA
from labarchive.records import Owner, RunSummary
from labarchive.settings import Home
from labarchive.wire import connect, served
from tests.rest.conftest import serving

ROOT = "/nas/tau"


def slices(study: int, scan: int = 1, n: int = 3, root: str = ROOT) -> list[dict[str, Any]]:
    """The files of one series, as the indexer describes them."""
    series = f"1.{study}.{scan}"
    return [
        {
            "path": f"{root}/study{study}/s{scan}/{number}.dcm", "status": "ok", "form": "dicom", "bytes": 1000,
            "mtime_ns": 1, "inode": 1, "ctime_ns": 1, "study_uid": f"1.{study}", "series_uid": series,
            "sop_uid": f"{series}.{number}", "instance": number, "modality": "MR", "study_date": "20260102",
            "number": scan, "description": "t1_mprage", "patient_id": f"P{study}", "birth_date": "19700101",
        }
        for number in range(1, n + 1)
    ]  # fmt: skip


def files(*groups: Sequence[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist([row for group in groups for row in group], schema=FILE_SCHEMA)


def headers(*keys: tuple[int, int], text: str = '{"00100020": {"vr": "LO", "Value": ["P"]}}') -> pa.Table:
    rows = [
        {
            "header_key": f"1.{study}/1.{study}.{scan}", "study_uid": f"1.{study}",
            "series_uid": f"1.{study}.{scan}", "path": f"{ROOT}/study{study}/s{scan}/1.dcm", "header": text,
        }
        for study, scan in keys
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=HEADER_SCHEMA)


def instances(study: int, scan: int = 1, n: int = 3) -> pa.Table:
    rows = [
        {
            "header_key": f"1.{study}/1.{study}.{scan}", "study_uid": f"1.{study}",
            "series_uid": f"1.{study}.{scan}", "sop_uid": f"1.{study}.{scan}.{number}",
            "path": f"{ROOT}/study{study}/s{scan}/{number}.dcm", "patch": "{}",
        }
        for number in range(1, n + 1)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=INSTANCE_SCHEMA)


def indexed(owner: Owner, *tables: pa.Table, project: str = "tau", root: str = ROOT) -> RunSummary:
    """A whole run with these parts."""
    run = owner.begin(project, "index", [root]).run
    for part, table in enumerate(tables, 1):
        owner.observe(run, part, "headers" if "header" in table.column_names else "files", table)
    return owner.finish(run)


def _ended(pid: int) -> bool:
    """Gone, or a zombie that nobody has asked about yet."""
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True


def stopped(pid: int, how: signal.Signals = signal.SIGTERM) -> None:
    """The process has ended when this returns."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, how)
        for _ in range(1000):
            if _ended(pid):
                return
            time.sleep(0.01)


@dataclass(frozen=True)
class Sides:
    """An owner as somebody sees it, and as whoever indexes for them does."""

    owner: Owner
    indexer: Owner


@contextlib.contextmanager
def in_process(folder: Path) -> Iterator[Sides]:
    catalogue = Catalogue(Home(folder / "home"))
    yield Sides(catalogue, catalogue)
    catalogue.close()


@contextlib.contextmanager
def over_the_wire(folder: Path) -> Iterator[Sides]:
    wire = connect(Home(folder / "home"))
    yield Sides(wire, wire)
    stopped(wire.hello()["pid"])
    wire.close()


@contextlib.contextmanager
def beside_a_hub(folder: Path) -> Iterator[Sides]:
    """An administrator in a server of the hub's; the archive's own user indexes."""
    with serving(Home(folder / "home")) as service:
        words = {
            "LABARCHIVE_SERVICE_URL": service.url,
            "JUPYTERHUB_API_TOKEN": "token-ada",
            "LABARCHIVE_CACHE": str(folder / "cache"),
        }
        remote, wire = served(words), connect(service.home)
        yield Sides(remote, wire)
        wire.close()
        remote.close()


@pytest.fixture(params=[in_process, over_the_wire, beside_a_hub], ids=lambda way: way.__name__)
def sides(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sides]:
    with request.param(tmp_path) as found:
        yield found


@pytest.fixture
def owner(sides: Sides) -> Owner:
    return sides.owner


@pytest.fixture
def indexer(sides: Sides) -> Owner:
    return sides.indexer
