"""What another page can do with a browser that is signed in: one of another origin, and one that a colleague serves
below the same host. Ines has been at the hub, at the service and in her Lab; then she opens that page."""

import contextlib
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route

from tests.browser.panel import chromium as chromium
from tests.hub.conftest import Demo, free_port
from tests.hub.people import STARTS

pytestmark = pytest.mark.browser
TRIES = """async ({hub, own, service, project}) => {
  const told = {};
  const patient = promise => Promise.race([promise, new Promise(done => setTimeout(() => done('nothing'), 4000))]);
  const reads = [`${service}/projects/${project}/queue`, `${service}/api/projects`, `${service}/api/projects/${project}/scans`, `${hub}/hub/api/user`, `${hub}/hub/token`,
                 `${own}/labarchive/api/projects`, `${own}/api/contents`, `${own}/api/kernels`];
  for (const url of reads) {
    for (const mode of ['cors', 'no-cors']) {
      told[`fetch ${mode} ${url}`] = await patient(fetch(url, {credentials: 'include', mode})
        .then(async answer => answer.ok && !answer.url.includes('/hub/login') ? 'read ' + (await answer.text()).length : 'refused ' + answer.status)
        .catch(() => 'refused'));
    }
    told[`frame ${url}`] = await patient(new Promise(done => {
      const frame = document.createElement('iframe');
      frame.onload = () => { try { const text = frame.contentDocument.body.innerText;
        done(text.includes(project) || text.includes('"path"') ? 'read ' + text.length : 'refused'); }
        catch { done('refused'); } };
      frame.src = url; document.body.append(frame); }));
    told[`img ${url}`] = await patient(new Promise(done => {
      const image = new Image(); image.onload = () => done('read'); image.onerror = () => done('refused'); image.src = url; }));
    told[`script ${url}`] = await patient(new Promise(done => {
      const script = document.createElement('script');
      script.onload = () => done('refused'); script.onerror = () => done('refused'); script.src = url; document.head.append(script); }));
  }
  for (const url of [`${service}/api/changes`, `${own}/labarchive/api/changes`]) {
    told[`events ${url}`] = await patient(new Promise(done => {
      const events = new EventSource(url, {withCredentials: true});
      events.onopen = () => { events.close(); done('read'); }; events.onerror = () => { events.close(); done('refused'); }; }));
  }
  for (const url of [`${own}/api/events/subscribe`, `${own}/terminals/websocket/1`, `${service}/api/changes`]) {
    told[`socket ${url}`] = await patient(new Promise(done => {
      const socket = new WebSocket(url.replace('http', 'ws'));
      socket.onopen = () => { socket.close(); done('read'); }; socket.onerror = () => done('refused'); }));
  }
  const writes = [`${service}/api/projects/${project}/sayings`, `${own}/labarchive/api/projects/${project}/sayings`,
                  `${own}/api/contents`, `${own}/api/kernels`, `${own}/labarchive/server`];
  for (const url of writes) {
    const body = JSON.stringify({sayings: [{verb: 'tag', about: 'scan_aaaaaaaaaa', payload: {tag: 'x'}}], type: 'notebook'});
    for (const mode of ['cors', 'no-cors'])
      await fetch(url, {method: 'POST', credentials: 'include', mode, body}).catch(() => 0);
    for (const method of ['PUT', 'DELETE'])
      await fetch(url, {method, credentials: 'include', body}).catch(() => 0);
    const frame = Object.assign(document.createElement('iframe'), {name: 'sink'});
    const form = Object.assign(document.createElement('form'), {method: 'post', action: url, target: 'sink', enctype: 'text/plain'});
    document.body.append(frame, form); form.submit();
    await new Promise(done => setTimeout(done, 300)); frame.remove();
  }
  return told;
}"""
LOOKING = """async ([url, words]) => {
  const opened = window.open(url);
  for (let turn = 0; turn < 40; turn++) {
    await new Promise(done => setTimeout(done, 100));
    try { if (opened.location.href !== 'about:blank' && opened.document.body.innerText.includes(words)) return 'read'; }
    catch { return 'refused'; }
  }
  return 'nothing';
}"""


@contextlib.contextmanager
def elsewhere() -> Iterator[str]:
    """A page of another origin on this machine: another port, which is the same site to a cookie."""

    class Blank(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>elsewhere</title>")

        def log_message(self, *_: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", free_port()), Blank)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def ines(demo: Demo, chromium: Browser) -> Iterator[Page]:
    """Her browser, with the cookies of hub, service and her own server."""
    user = demo.users["ines"]
    with chromium.new_context() as context:
        page = context.new_page()
        page.goto(demo.url)
        page.fill("#username_input", user["name"])
        page.fill("#password_input", user["password"])
        page.click("#login_submit")
        page.locator("#jp-main-dock-panel").wait_for(timeout=STARTS)
        page.goto(f"{demo.api}/")
        page.get_by_text(user["name"]).first.wait_for()
        yield page


def places(demo: Demo) -> dict[str, str]:
    name = demo.users["ines"]["name"]
    return {"hub": demo.url, "own": f"{demo.url}/user/{name}", "service": demo.api, "project": "tau-pet"}


def state(demo: Demo) -> dict[str, Any]:
    """What a page could have changed."""
    token, name = demo.token("ines"), demo.users["ines"]["name"]
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"{demo.api}/api", headers=headers, trust_env=False, timeout=30) as client:
        project = client.get("/projects/tau-pet").json()
        members = client.get("/projects/tau-pet/members").json()
    with demo.signed_in("ines") as client:
        client.get(f"/user/{name}/lab")
        base = f"/user/{name}/api"
        own = {"X-XSRFToken": client.cookies.get("_xsrf", path=f"/user/{name}/") or ""}
        files = client.get(f"{base}/contents", headers=own).json()["content"]
        kernels = client.get(f"{base}/kernels", headers=own).json()
    return {
        "journal": project["seq"], "members": members, "files": sorted(each["name"] for each in files), "kernels": len(kernels),
    }  # fmt: skip


@contextlib.contextmanager
def otto_s_page(demo: Demo, page: Page) -> Iterator[str]:
    """Below Otto's address anything may be answered: his server is his own program."""
    address = f"{demo.url}/user/{demo.users['otto']['name']}/page"

    def answer(route: Route) -> None:
        route.fulfill(content_type="text/html", body="<!doctype html><title>otto</title>")

    page.context.route(address, answer)
    page.goto(address)
    try:
        yield address
    finally:
        page.context.unroute(address, answer)


def test_she_herself_reads_by_her_cookies(demo: Demo, ines: Page) -> None:
    """The tries below are refused, not merely wrong."""
    ines.goto(f"{demo.api}/api/projects")
    assert "tau-pet" in ines.inner_text("body")


def test_a_page_of_another_origin_reads_nothing_and_changes_nothing(demo: Demo, ines: Page) -> None:
    before = state(demo)
    with elsewhere() as address:
        ines.goto(address)
        told = ines.evaluate(TRIES, places(demo))
        looked = {url: ines.evaluate(LOOKING, [url, "tau-pet"]) for url in (f"{demo.api}/api/projects",)}
    assert len(told) >= 30
    assert {what: how for what, how in (told | looked).items() if how.startswith("read")} == {}
    assert state(demo) == before


def test_a_colleague_s_page_on_the_same_host_reads_nothing_of_service_and_lab_by_her_cookies(
    demo: Demo, ines: Page
) -> None:
    before = state(demo)
    with otto_s_page(demo, ines):
        told = ines.evaluate(TRIES, places(demo))
        name = demo.users["ines"]["name"]
        windows = {f"{demo.api}/api/projects": "tau-pet", f"{demo.api}/": name, f"{demo.url}/hub/token": name,
                   f"{demo.url}/user/{name}/labarchive/api/projects": "tau-pet", f"{demo.url}/user/{name}/api/contents": "name"}  # fmt: skip
        told |= {f"window {url}": ines.evaluate(LOOKING, [url, words]) for url, words in windows.items()}
    read = {what for what, how in told.items() if how.startswith("read")}
    assert {what for what in read if f" {demo.url}/hub/" not in what or what.startswith("window")} == set()
    assert state(demo) == before


def test_the_hub_s_own_pages_tell_a_colleague_s_page_what_it_needs_so_the_security_page_warns(
    demo: Demo, ines: Page
) -> None:
    """The limit of one host for all: when JupyterHub closes it, this fails and the page is to be written anew."""
    name = demo.users["ines"]["name"]
    with otto_s_page(demo, ines):
        status = ines.evaluate(
            """async ([name, scope]) => {
                const page = await (await fetch('/hub/token', {credentials: 'include'})).text();
                const xsrf = page.match(/xsrf_token: "([^"]+)"/);
                const answer = await fetch(`/hub/api/users/${name}/tokens`, {method: 'POST', credentials: 'include',
                    headers: {'X-XSRFToken': xsrf ? xsrf[1] : '', 'Content-Type': 'application/json'},
                    body: JSON.stringify({note: 'a colleague', expires_in: 5, scopes: [scope]})});
                return answer.status;
            }""",
            [name, "access:services!service=archive"],
        )
    assert status == 201
    warning = (Path(__file__).parents[2] / "docs" / "explanation" / "security.md").read_text("utf-8")
    assert "[hub] subdomains = true" in warning


def test_each_cookie_is_for_its_own_path_and_no_script_s(demo: Demo, ines: Page) -> None:
    name = demo.users["ines"]["name"]
    cookies = {each["name"]: each for each in ines.context.cookies()}
    ours = cookies["labarchive-token"]
    assert (ours["httpOnly"], ours["sameSite"], ours["path"]) == (True, "Lax", "/services/archive/")
    own = next(each for key, each in cookies.items() if key.startswith("jupyterhub-user-"))
    assert (own["httpOnly"], own["path"]) == (True, f"/user/{name}/")
    assert cookies["jupyterhub-session-id"]["httpOnly"]


def test_every_kind_of_answer_is_sealed(demo: Demo) -> None:
    """The service's are sandboxed too; nobody frames the hub, and nobody allows another origin."""
    headers = {"Authorization": f"Bearer {demo.token('ines')}", "Origin": "http://elsewhere.example"}
    with httpx.Client(base_url=demo.url, headers=headers, trust_env=False, timeout=60) as client:
        base = "/services/archive"
        scan = client.get(f"{base}/api/projects/tau-pet/scans", params={"format": "DICOM"}).json()["items"][0]
        at = f"{base}/api/projects/tau-pet"
        for path in (f"{base}/", f"{base}/openapi.json", f"{base}/nothing", f"{base}/api/hello", at, f"{at}/scans", f"{at}/nothing",
                     f"{at}/snapshots/current", f"{at}/scans/{scan['scan_id']}/volume.nii.gz", f"{at}/selection.tar?q=kind:T1w"):  # fmt: skip
            answer = client.get(path)
            assert answer.headers["x-content-type-options"] == "nosniff", path
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"], path
            assert answer.headers["cross-origin-resource-policy"] == "same-origin", path
            assert "access-control-allow-origin" not in answer.headers, path
        page = client.get("/hub/login", follow_redirects=True)
        assert page.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert "access-control-allow-origin" not in page.headers
