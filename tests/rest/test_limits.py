"""What one person, one body and one address may take; and who is told to wait still gets the answer later."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from labarchive.server.rest.limits import AT_ONCE, BODY, LISTENING, NEWCOMERS, Shares
from labarchive.server.rest.refusals import TooMany
from tests.rest.conftest import PROJECT, Service


def problem(answer: httpx.Response, status: int) -> dict[str, object]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    words: dict[str, object] = answer.json()
    assert words["hint"]
    return words


def test_a_person_s_requests_wait_for_each_other_and_for_nobody_else() -> None:
    async def run() -> tuple[int, float]:
        shares, running, most = Shares(at_once=3, most=100), 0, 0

        async def ask(name: str) -> float:
            nonlocal running, most
            began = time.monotonic()
            async with shares.of(name):
                if name == "loop":
                    running += 1
                    most = max(most, running)
                    await asyncio.sleep(0.05)
                    running -= 1
                return time.monotonic() - began

        loop = [asyncio.create_task(ask("loop")) for _ in range(12)]
        await asyncio.sleep(0.01)
        waited = await ask("anna")
        await asyncio.gather(*loop)
        assert not shares._shares  # nobody is remembered who has gone
        return most, waited

    most, waited = asyncio.run(run())
    assert most == 3
    assert waited < 0.04


def test_one_request_too_many_is_refused_at_once() -> None:
    async def run() -> None:
        shares = Shares(at_once=1, most=2)
        async with shares.of("loop"):
            waiting = asyncio.create_task(_hold(shares))
            await asyncio.sleep(0.01)
            with pytest.raises(TooMany):
                async with shares.of("loop"):
                    pass
            async with shares.of("anna"):
                pass
        await waiting

    async def _hold(shares: Shares) -> None:
        async with shares.of("loop"):
            pass

    asyncio.run(run())


def test_a_crowd_of_one_person_is_answered_in_turn(service: Service) -> None:
    statuses: list[int] = []

    def ask() -> None:
        with service.client("mia") as client:
            statuses.append(client.get(f"/projects/{PROJECT}/facets").status_code)

    threads = [threading.Thread(target=ask) for _ in range(AT_ONCE * 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * (AT_ONCE * 4)


def pieces(size: int) -> Iterator[bytes]:
    for _ in range(size >> 16):
        yield b" " * (1 << 16)


def test_a_body_too_large_is_refused_whether_it_says_so_or_not(service: Service) -> None:
    with service.client("mia") as client:
        address = f"/projects/{PROJECT}/sayings"
        problem(client.post(address, content=b" " * (BODY + 1)), 413)
        problem(client.post(address, content=pieces(BODY + (1 << 16))), 413)
        thousand = [{"verb": "tag", "about": "scan_aaaaaaaaaa", "payload": {"tag": "x" * 200}}] * 1000
        assert client.post(address, json={"sayings": thousand}).status_code == 404  # looked at, not too large


def test_streams_of_one_person_have_an_end(service: Service) -> None:
    headers = {"Accept": "text/event-stream"}
    with service.client("rhea") as client:
        client.timeout = httpx.Timeout(10)
        open_ones = [
            client.send(client.build_request("GET", "/changes", headers=headers), stream=True)
            for _ in range(LISTENING)
        ]
        try:
            assert [each.status_code for each in open_ones] == [200] * LISTENING
            with service.client("rhea") as other:
                refused = other.get("/changes", headers=headers)
                problem(refused, 429)
                assert refused.headers["retry-after"]
                assert other.get("/hello").status_code == 200  # whoever listens may still ask
            with service.client("mia") as other:
                assert other.get("/changes").status_code == 200
        finally:
            for each in open_ones:
                each.close()
    until = time.monotonic() + 5
    while time.monotonic() < until:
        with service.client("rhea") as again:
            if again.get("/changes").status_code == 200:
                return
        time.sleep(0.1)
    raise AssertionError("closed streams are still counted")


def test_a_crowd_of_wrong_tokens_is_no_crowd_at_the_hub(service: Service) -> None:
    statuses: list[int] = []

    def guess(n: int) -> None:
        with service.client("") as client:
            headers = {"Authorization": f"Bearer guess-{n}"}
            statuses.extend(client.get("/hello", headers=headers).status_code for _ in range(2))

    with service.client("mia") as mia:
        mia.get("/hello").raise_for_status()
        service.seen.slow = 0.02
        threads = [threading.Thread(target=guess, args=(n,)) for n in range(NEWCOMERS + 20)]
        for thread in threads:
            thread.start()
        assert mia.get("/hello").status_code == 200
        for thread in threads:
            thread.join()
        service.seen.slow = 0
    assert set(statuses) == {401}
    assert service.seen.most <= NEWCOMERS
    asked = service.seen.asked
    assert all(
        asked[f"guess-{n}"] == 1 for n in range(NEWCOMERS + 20)
    )  # the same wrong token is asked about once


def test_what_is_no_request_of_ours_is_a_problem_too(service: Service) -> None:
    with service.client("mia") as client:
        problem(client.get("/nothing/here"), 404)
        problem(client.delete("/hello"), 405)
        problem(client.get(f"/projects/{PROJECT}/scans", params={"limit": "many"}), 422)
        problem(client.post(f"/projects/{PROJECT}/sayings", content=b"{not json"), 422)
        problem(client.post(f"/projects/{PROJECT}/undo", content=json.dumps({"seq": -1})), 422)
