"""The rating queue over REST: what waits, whose it is, what was begun, and the form it is said with."""

from collections.abc import Iterable
from typing import Any

import httpx
import pytest

from labarchive.server.claims import HELD, Claims
from labarchive.server.drafts import Drafts
from tests.rest.conftest import OTHER, PROJECT, Service

QUEUE = f"/projects/{PROJECT}/queue"


def queue(service: Service, person: str, **words: Any) -> dict[str, dict[str, Any]]:
    """scan -> its row, for this person."""
    columns = service.get(QUEUE, person, **words)["columns"]
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return {row["scan_id"]: row for row in rows}


def rate(service: Service, person: str, scan: str, quality: str = "usable", **words: Any) -> int:
    said = {"sayings": [{"verb": "rating", "about": scan, "payload": {"quality": quality, **words}}]}
    return int(service.post(f"/projects/{PROJECT}/sayings", said, person)["last"])


def scans(service: Service, person: str = "mia") -> list[str]:
    return [scan for scan, row in queue(service, person).items() if not row["mine"]]


def claim(service: Service, person: str, *claimed: str, release: bool = False) -> Any:
    return service.post(f"{QUEUE}/claims", {"scans": list(claimed), "release": release}, person)


def test_what_one_has_rated_stays_and_what_another_has_rated_goes_unless_asked_for(service: Service) -> None:
    one, two, *_ = scans(service)
    rate(service, "mia", one, "unusable", reason="motion, ghost", note="twice", confidence="unsure")
    rate(service, "olga", two)
    mine, theirs = queue(service, "mia"), queue(service, "olga")
    assert mine[one] | {"seq": 0} == {**mine[one], "mine": "unusable", "reason": "motion, ghost", "note": "twice",
                                      "confidence": "unsure", "others": 0, "seq": 0}  # fmt: skip
    assert two not in mine
    assert one not in theirs
    assert theirs[two]["mine"] == "usable"
    again = queue(service, "mia", again=True)
    assert (again[two]["mine"], again[two]["others"]) == (None, 1)


def test_the_search_language_narrows_and_says_what_it_does_not_understand(service: Service) -> None:
    kinds = {row["kind"] for row in queue(service, "mia", q="kind:T1w").values()}
    assert kinds == {"T1w"}
    told = service.get(QUEUE, "mia", q="kind:T1w colour:red")
    assert [wrong["text"] for wrong in told["wrong"]] == ["colour:red"]
    assert set(told["columns"]["kind"]) == {"T1w"}


def test_the_lightbox_has_every_scan_with_what_is_said_of_it(service: Service) -> None:
    scan = scans(service)[0]
    seq = rate(service, "olga", scan, "unusable", reason="noise")
    told = service.get(f"/projects/{PROJECT}/lightbox", "carl")
    assert (told["may_rate"], told["total"]) == (False, service.get(f"/projects/{PROJECT}/scans")["total"])
    columns = told["columns"]
    row = {name: values[columns["scan_id"].index(scan)] for name, values in columns.items()}
    assert (row["quality"], row["reason"], row["mine"]) == ("unusable", "noise", None)
    narrowed = service.get(f"/projects/{PROJECT}/lightbox", "olga", q="quality:unusable colour:red")
    assert scan in narrowed["columns"]["scan_id"]
    assert narrowed["columns"]["mine"][narrowed["columns"]["scan_id"].index(scan)] == "unusable"
    assert narrowed["wrong"][0]["text"] == "colour:red"
    service.post(f"/projects/{PROJECT}/undo", {"seq": seq})


def test_what_was_taken_back_waits_again(service: Service) -> None:
    scan = scans(service)[0]
    seq = rate(service, "mia", scan)
    service.post(f"/projects/{PROJECT}/undo", {"seq": seq}, "mia")
    assert queue(service, "mia")[scan]["mine"] is None
    assert scan in queue(service, "olga")


def test_a_claim_is_one_person_s_until_it_is_let_go_or_rated(service: Service) -> None:
    one, two, three = scans(service, "olga")[:3]
    assert set(claim(service, "mia", one, two)["yours"]) == {one, two}
    olga = claim(service, "olga", two, three)
    assert set(olga["yours"]) == {three}
    assert set(olga["held"]) >= {one, two}
    assert set(service.get(QUEUE, "olga")["held"]) >= {one, two}
    assert set(claim(service, "mia", two, release=True)["yours"]) == {two}
    assert set(claim(service, "olga", one)["yours"]) == {one}
    rate(service, "mia", two)
    told = claim(service, "olga", two)
    assert (set(told["yours"]), told["rated"]) == ({two}, {two: 1})
    seq = queue(service, "mia")[two]["seq"]
    service.post(f"/projects/{PROJECT}/undo", {"seq": seq}, "mia")
    assert claim(service, "olga", two)["rated"] == {}
    claim(service, "olga", release=True)
    claim(service, "mia", release=True)


def test_a_rated_scan_is_known_as_rated_before_it_is_let_go() -> None:
    class Peeking(Claims):
        seen: dict[str, int]

        def release(self, project: str, who: str, scans: Iterable[str] | None = None) -> None:
            self.seen = self.judged_by_others(project, "b", ["x"])
            Claims.release(self, project, who, scans)

    claims = Peeking()
    claims.take("p", "a", ["x"])
    claims.judged("p", "a", ["x"])
    assert claims.seen == {"x": 1}
    assert claims.take("p", "b", ["x"])


def test_a_claim_ends_by_itself() -> None:
    now = 1000.0
    claims = Claims(clock=lambda: now)
    assert claims.take("p", "a", ["x"]) == {"x": now + HELD}
    assert claims.take("p", "b", ["x"]) == {}
    assert claims.of_others("p", "b") == {"x": now + HELD}
    assert claims.of_others("q", "b") == {}
    now += HELD
    assert claims.take("p", "b", ["x"]) == {"x": now + HELD}
    claims.release("p", "a", ["x"])
    assert claims.of_others("p", "a") == {"x": now + HELD}


def test_what_was_begun_is_kept_for_its_person_alone_and_goes_when_it_is_said(service: Service) -> None:
    scan = scans(service)[0]
    path = f"/projects/{PROJECT}/scans/{scan}/draft"
    begun = {"answers": {"quality": "unusable", "note": "murmurs 123"}}
    with service.client("mia") as mia, service.client("olga") as olga:
        assert mia.get(path).json() == {"answers": {}}
        assert mia.put(path, json=begun).json() == begun
        assert olga.get(path).json() == {"answers": {}}
        assert mia.get(QUEUE).json()["drafts"] == {scan: begun["answers"]}
        assert olga.get(QUEUE).json()["drafts"] == {}
        wrong = mia.put(path, json={"answers": {"diagnosis": "x"}})
        assert wrong.status_code == 422
        assert "quality" in wrong.json()["hint"]
    assert service.get(f"/projects/{PROJECT}/scans/{scan}")["quality"] == "unreviewed"
    rate(service, "mia", scan)
    assert service.get(path, "mia") == {"answers": {}}


def test_a_draft_s_file_tells_nobody_whose_it_is_and_survives_a_restart(tmp_path: Any) -> None:
    Drafts(tmp_path).write("proj_x", "mia", "scan_x", "rating", {"note": "n"})
    (path,) = tmp_path.rglob("*.json")
    assert not {"mia", "scan_x", "rating"} & set(path.stem.split("-"))
    assert path.stat().st_mode & 0o77 == 0
    assert Drafts(tmp_path).read("proj_x", "mia", "scan_x", "rating") == {"note": "n"}
    path.write_text("{")
    assert Drafts(tmp_path).read("proj_x", "mia", "scan_x", "rating") is None


def test_the_form_says_what_is_asked_with_its_keys(service: Service) -> None:
    form = service.get("/forms/rating", "carl")
    items = {item["name"]: item for item in form["items"]}
    assert (form["level"], form["version"]) == ("scan", 1)
    assert [choice["key"] for choice in items["quality"]["choices"]] == ["1", "2", "3"]
    assert items["reason"]["required"] == ["!=", ["name", "quality"], ["value", "usable"]]
    with service.client("mia") as client:
        assert client.get("/forms/nothing").status_code == 404


def test_a_rating_without_a_reason_is_refused_and_says_which_there_are(service: Service) -> None:
    said = {"sayings": [{"verb": "rating", "about": scans(service)[0], "payload": {"quality": "unusable"}}]}
    with service.client("mia") as client:
        answer = client.post(f"/projects/{PROJECT}/sayings", json=said)
    assert answer.status_code == 422
    assert answer.json()["detail"] == "reason is not answered"
    assert "motion" in answer.json()["hint"]


def test_a_scan_of_another_project_is_not_there(service: Service) -> None:
    other = service.get(f"/projects/{OTHER}/scans", "ada")["items"][0]["scan_id"]
    with service.client("mia") as client:
        assert client.get(f"/projects/{PROJECT}/scans/{other}/draft").status_code == 404
        assert client.get(f"/projects/{OTHER}/queue").status_code == 404


# pages -----------------------------------------------------------------------------------------------
VISIT = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


def page(
    service: Service, person: str = "mia", project: str = PROJECT, surface: str = "queue", **headers: str
) -> httpx.Response:
    """A page as this person's browser has it."""
    cookies = {"labarchive-token": f"token-{person}"} if person else {}
    with httpx.Client(cookies=cookies, trust_env=False, timeout=30, follow_redirects=False) as client:
        return client.get(f"{service.url}/projects/{project}/{surface}", headers=headers or VISIT)


def proof_of(answer: httpx.Response) -> str:
    return answer.text.partition('"proof": "')[2].partition('"')[0]


def by_page(service: Service, proof: str, cookie: str = "mia") -> httpx.Client:
    cookies = {"labarchive-token": f"token-{cookie}"} if cookie else {}
    return httpx.Client(
        base_url=f"{service.url}/api", cookies=cookies, headers={"Authorization": f"Page {proof}"}, trust_env=False
    )  # fmt: skip


def test_the_page_s_proof_rates_and_does_nothing_that_the_page_does_not_need(service: Service) -> None:
    scan = scans(service)[0]
    with by_page(service, proof_of(page(service))) as client:
        assert client.get("/hello").json()["door"] == "page"
        said = {"sayings": [{"verb": "rating", "about": scan, "payload": {"quality": "usable"}}]}
        seq = client.post(f"/projects/{PROJECT}/sayings", json=said).json()["last"]
        assert client.post(f"/projects/{PROJECT}/undo", json={"seq": seq}).status_code == 200
        label = {"sayings": [{"verb": "label", "about": scan, "payload": {"label": "x"}}]}
        assert client.post(f"/projects/{PROJECT}/sayings", json=label).status_code == 403
        assert client.get(f"/projects/{PROJECT}/scans/{scan}/files").status_code == 403
        assert client.get("/audit", params={"project": PROJECT}).status_code == 403
        assert "path" not in client.get(f"/projects/{PROJECT}/files").json()["items"][0]
    history = service.get(f"/projects/{PROJECT}/scans/{scan}/history")["items"]
    assert {(event["who"], event["door"]) for event in history[:2]} == {("mia", "page")}


@pytest.mark.parametrize("cookie", ["", "olga", "wrong"])
def test_a_proof_is_worth_nothing_without_its_person_s_cookie(service: Service, cookie: str) -> None:
    with by_page(service, proof_of(page(service)), cookie) as client:
        assert client.get("/hello").status_code == 401


@pytest.mark.parametrize(
    "proof", ["x", "99999999999.", "99999999999.abc", "1.abc", "²²²²²²²²²².abc", "9" * 400]
)
def test_a_made_up_proof_opens_nothing(service: Service, proof: str) -> None:
    headers = {"Authorization": f"Page {proof}".encode()}
    with httpx.Client(cookies={"labarchive-token": "token-mia"}, trust_env=False) as client:
        assert client.get(f"{service.url}/api/hello", headers=headers).status_code == 401


def test_a_proof_ends() -> None:
    from labarchive.server.rest.proof import LASTS, holds, proof

    given = proof("secret", "mia", 1000.0)
    assert holds("secret", "mia", given, 1000.0 + LASTS - 1)
    assert not holds("secret", "mia", given, 1000.0 + LASTS)
    assert not holds("another", "mia", given, 1000.0)
    assert not holds("secret", "olga", given, 1000.0)
    assert not holds("secret", "mia", f"{int(given.partition('.')[0]) + 1}.{given.partition('.')[2]}", 1000.0)


@pytest.mark.parametrize(
    ("mode", "dest"),
    [("cors", "empty"), ("no-cors", "empty"), ("navigate", "iframe"), ("navigate", "object"), ("same-origin", "empty"),
     ("no-cors", "script")],
)  # fmt: skip
def test_no_script_frame_or_object_is_given_the_page(service: Service, mode: str, dest: str) -> None:
    answer = page(service, **{"Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest})
    assert (answer.status_code, proof_of(answer)) == (302, "")
    assert "/login?next=" in answer.headers["location"]


def test_over_plain_http_it_says_why_it_cannot_be_given(service: Service) -> None:
    answer = page(service, Accept="text/html")
    assert answer.status_code == 401
    assert "https" in answer.json()["hint"]


@pytest.mark.parametrize(
    "surface", ["queue", "lightbox", "outliers", "completeness", "drift", "raters", "forms", "viewer"]
)
def test_the_page_is_sealed_and_names_nobody(service: Service, surface: str) -> None:
    answer = page(service, surface=surface)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "noopener-allow-popups"
    assert page(service).headers["Content-Security-Policy"] != policy  # a nonce is used once


def test_who_may_not_see_a_project_finds_no_page(service: Service) -> None:
    assert page(service, "sam").status_code == page(service, "mia", "nothing").status_code == 404
    assert page(service, "sam").json()["detail"].replace(PROJECT, "nothing") == page(service, "mia", "nothing").json()["detail"]  # fmt: skip


def test_code_of_pages_is_kept_for_ever_under_its_digest(service: Service) -> None:
    text = page(service, "carl").text
    for ending in ("js", "css"):
        path = text.partition(f"queue.{ending}")[0].rpartition('"')[2] + f"queue.{ending}"
        address = service.url.removesuffix("/services/archive") + path
        answer = httpx.get(address, trust_env=False)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        wrong = httpx.get(address.replace("/static/", "/static/0"), trust_env=False)
        assert wrong.status_code == 404
    for name in ("../app.py", "..%2fapp.py", "queue.py", "nothing.js", ".js"):
        assert httpx.get(f"{service.url}/static/0/{name}", trust_env=False).status_code == 404


def test_the_first_page_leads_to_the_queues_one_may_judge_in(service: Service) -> None:
    link = f'href="/services/archive/projects/{PROJECT}/queue"'
    for person, there in (("mia", True), ("carl", False), ("rhea", False), ("sam", False)):
        cookies = {"labarchive-token": f"token-{person}"}
        text = httpx.get(f"{service.url}/", cookies=cookies, headers=VISIT, trust_env=False).text
        assert (link in text) is there
    script = httpx.get(f"{service.url}/", cookies={"labarchive-token": "token-mia"}, trust_env=False).text
    assert PROJECT not in script
