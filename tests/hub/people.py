"""People at the hub's pages: each signs in with name and password in a browser of their own."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from playwright.sync_api import Browser, expect

from tests.browser.panel import LEFT, OUT, Panel, watch
from tests.hub.conftest import Demo

STARTS = 90_000
"""Milliseconds in which a person's server is there."""
WEBSOCKET = re.compile(r"WebSocket connection to .* failed|net::ERR_(CONNECTION|ABORTED|EMPTY)")


@dataclass
class AtHub(Panel):
    """Lab with the archive panel, at a hub."""

    def goto(self) -> None:
        """Lab as it is on a first visit, with the panel open."""
        self.page.goto(f"{self.address}?reset")
        self.page.locator(".jp-Launcher").first.wait_for(timeout=STARTS)
        self.show()
        self.node.locator(".la-row[data-level=project][aria-expanded=true]").first.wait_for()  # by itself


def sign_in(panel: Panel, demo: Demo, person: str) -> None:
    """Through the hub's own form."""
    user = demo.users[person]
    panel.page.goto(demo.url)
    panel.page.fill("#username_input", user["name"])
    panel.page.fill("#password_input", user["password"])
    panel.page.click("#login_submit")


@contextlib.contextmanager
def at_lab(chromium: Browser, demo: Demo, person: str) -> Iterator[AtHub]:
    """Somebody in Lab, with the panel open; fails for whatever nobody caught, and for a request to elsewhere."""
    with chromium.new_context(viewport={"width": 1280, "height": 800}) as context:
        name = demo.users[person]["name"]
        panel = AtHub(context.new_page(), f"{demo.url}/user/{name}/lab")
        watch(panel)
        sign_in(panel, demo, person)  # the hub starts the server that is not there yet
        panel.page.locator("#jp-main-dock-panel").wait_for(timeout=STARTS)
        panel.goto()
        try:
            yield panel
        finally:
            OUT.mkdir(exist_ok=True)
            panel.page.screenshot(path=OUT / f"hub-{person}.png")
            LEFT.keep(panel.page)
        assert panel.faults == [], panel.faults


def label_of_first_visit(panel: Panel, subject: str, label: str) -> None:
    """Say it as the person who sits at this page, with what the page itself has."""
    row = panel.node.locator(".la-row[data-level=session]").first
    expect(row).to_be_visible()
    session = (row.get_attribute("data-key") or "").removeprefix("v:")
    panel.page.evaluate(
        """async ([session, label]) => {
            const {baseUrl} = JSON.parse(document.querySelector('#jupyter-config-data').textContent);
            const cookie = document.cookie.match(/_xsrf=([^;]+)/);
            const answer = await fetch(baseUrl + 'labarchive/api/projects/tau-pet/sayings', {
                method: 'POST',
                headers: {'Content-Type': 'application/json', 'X-XSRFToken': cookie ? cookie[1] : '',
                          'Idempotency-Key': crypto.randomUUID()},
                body: JSON.stringify({sayings: [{verb: 'label', about: session, payload: {label}}]})});
            if (!answer.ok) throw new Error(await answer.text());
        }""",
        [session, label],
    )
