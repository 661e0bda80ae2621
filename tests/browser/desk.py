"""A page of the service as a test drives it: a real service, a hub that knows its people, a real Chromium."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect

from labarchive import phantom
from labarchive.settings import Home
from tests.browser.conftest import PICTURES
from tests.browser.panel import LEFT, OUT, watch
from tests.rest.conftest import PROJECT, Service, fill, serving


@dataclass
class Desk:
    """The rating queue in front of somebody."""

    page: Page
    service: Service
    person: str
    faults: list[str] = field(default_factory=list)

    def goto(self, q: str = "") -> None:
        self.page.goto(f"{self.service.url}/projects/{PROJECT}/queue{f'?q={q}' if q else ''}")
        self.settled()

    def settled(self) -> None:
        """There is a mosaic, or words in the place of one."""
        self.page.locator(".la-mosaic, .la-instead").first.wait_for(timeout=30_000)

    @property
    def name(self) -> str:
        """What is looked at."""
        return self.page.locator(".la-name-of").inner_text()

    def stands(self, place: int) -> None:
        """The film strip comes to have its frame there, counted from the first that it shows."""
        frame = self.page.locator(".la-film li").nth(place).locator("[aria-current]")
        expect(frame).to_have_count(1)

    @property
    def total(self) -> int:
        """How many scans the queue has."""
        return int(self.page.locator(".la-side .la-end").first.inner_text().rpartition(" ")[2])

    def radio(self, quality: str) -> Locator:
        return self.page.locator(f".la-radio.la-{quality}")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def sent(self) -> None:
        """Everything that was said is answered."""
        expect(self.page.locator('.la-qc[data-waiting="0"]')).to_be_visible()

    def ratings(self) -> list[dict[str, Any]]:
        """What this person's ratings are now, by number."""
        sql = "select * from rating where who = '" + self.person + "' order by seq"
        with self.service.client(self.person) as client:
            answer = client.post(
                f"/projects/{PROJECT}/sql", json={"sql": sql}, headers={"Accept": "application/json"}
            )
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])


@contextlib.contextmanager
def example_served(folder: Path) -> Iterator[Service]:
    """A service before an example archive of its own: a larger one where pictures are made for the pages."""
    phantom.make(folder / "tau", profile="demo" if PICTURES else "tiny", seed=3)
    with serving(Home(folder / "home")) as found:
        fill(found, folder / "tau")
        yield found


@contextlib.contextmanager
def at_desk(
    chromium: Browser, service: Service, person: str, *, quiet: bool = True, **words: Any
) -> Iterator[Desk]:
    """``quiet``: an error that the page logs is a fault; ``words``: of the browser's context."""
    with chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, **words}) as context:
        context.add_cookies([{"name": "labarchive-token", "value": f"token-{person}", "url": f"{service.url}/", "httpOnly": True}])  # fmt: skip
        desk = Desk(context.new_page(), service, person)
        watch(desk)  # type: ignore[arg-type]
        try:
            yield desk
            LEFT.keep(desk.page)
        finally:
            OUT.mkdir(exist_ok=True)
            desk.page.screenshot(path=OUT / f"queue-last-{person}.png")
        expected = ("status of 4", "status of 5", "ERR_CONNECTION")
        faults = desk.faults if quiet else [each for each in desk.faults if not any(word in each for word in expected)]  # fmt: skip
        assert faults == [], faults
