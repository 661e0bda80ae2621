"""What takes long has its own threads: a hundred long questions keep nobody else waiting."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest

from labarchive.errors import Busy, NotFound
from labarchive.server.lanes import Lane
from tests.server.conftest import PROJECT, Service


def test_so_many_at_a_time_and_who_waits_too_long_comes_again() -> None:
    lane, end = Lane("tries", 2, 0.2), threading.Event()

    async def all_of_them() -> list[object]:
        told: list[object] = []

        async def one() -> None:
            try:
                told.append(await lane.run(end.wait, 5))
            except Busy as busy:
                told.append(busy)
                end.set()

        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(one)
        return told

    told = anyio.run(all_of_them)
    assert [type(each).__name__ for each in told] == ["Busy", "bool", "bool"]


def test_a_place_is_free_again_after_an_error() -> None:
    lane = Lane("tries", 1, 1)

    def fails() -> None:
        raise NotFound("nothing")

    async def twice() -> None:
        for _ in range(2):
            with pytest.raises(NotFound):
                await lane.run(fails)

    anyio.run(twice)


def test_long_questions_keep_nobody_else_waiting(service: Service) -> None:
    """More of them than the process has threads, from several people."""
    endless = {"sql": "with recursive r(n) as (select 1 union all select n + 1 from r) select max(n) from r"}

    def ask(person: str) -> int:
        with service.client(person) as client:
            client.timeout = 60
            return int(client.post(f"/projects/{PROJECT}/sql", json=endless).status_code)

    with ThreadPoolExecutor(60) as pool:
        asked = [pool.submit(ask, person) for person in ("carl", "mia", "olga", "ada") for _ in range(15)]
        time.sleep(1)
        took = []
        for _ in range(10):
            began = time.monotonic()
            service.get("/hello", "rhea")
            took.append(time.monotonic() - began)
        answers = {each.result() for each in asked}
    assert answers <= {422, 503}
    assert sorted(took)[len(took) // 2] < 1
