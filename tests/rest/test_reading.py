"""What can be read over REST: lists, items, tree, facets, completion, code."""

import csv
import io

import pytest

from tests.rest.conftest import PROJECT, Service


def test_hello_says_who_one_is(service: Service) -> None:
    said = service.get("/hello", "mia")
    assert (said["who"], said["admin"], said["projects"]) == ("mia", False, 1)
    assert service.get("/hello", "ada")["admin"] is True


def test_projects_come_with_the_caller_s_role_and_counts(service: Service) -> None:
    (only,) = service.get("/projects", "mia")["items"]
    assert (only["project"], only["role"], only["visibility"]) == (PROJECT, "member", "private")
    assert only["n_scans"] == service.get(f"/projects/{PROJECT}/scans")["total"] > 0
    whole = service.get(f"/projects/{PROJECT}")
    assert sum(whole["quality"].values()) == sum(whole["kinds"].values()) == only["n_scans"]


@pytest.mark.parametrize("plural", ["subjects", "sessions", "scans", "files"])
@pytest.mark.parametrize("sort", ["", "project"])
def test_pages_give_every_row_once(service: Service, plural: str, sort: str) -> None:
    keys, cursor = [], None
    key = {"files": "path"}.get(plural, f"{plural[:-1]}_id")
    while True:
        words = {"limit": 3, "sort": sort, **({"cursor": cursor} if cursor else {})}
        page = service.get(f"/projects/{PROJECT}/{plural}", **words)
        keys += [row[key] for row in page["items"]]
        total = page["total"] if page["total"] is not None else total  # noqa: F821  the first page says it
        cursor = page["next"]
        if cursor is None:
            break
    assert len(keys) == len(set(keys)) == total


def test_pages_can_be_sorted_both_ways(service: Service) -> None:
    def bytes_of(sort: str) -> list[int]:
        return [row["bytes"] for row in service.get(f"/projects/{PROJECT}/scans", sort=sort)["items"]]

    assert bytes_of("bytes") == sorted(bytes_of("bytes"))
    assert bytes_of("-bytes") == sorted(bytes_of("bytes"), reverse=True)


def test_filters_are_python_s_words_and_the_search_language_says_the_same(service: Service) -> None:
    by_words = service.get(f"/projects/{PROJECT}/scans", kind="T1w,FLAIR")["items"]
    by_q = service.get(f"/projects/{PROJECT}/scans", q="kind:T1w,FLAIR")["items"]
    assert by_words == by_q
    assert {row["kind"] for row in by_words} <= {"T1w", "FLAIR"}
    assert by_words


def test_a_word_that_is_none_says_what_would_be_right(service: Service) -> None:
    with service.client() as client:
        answer = client.get(f"/projects/{PROJECT}/scans", params={"knd": "T1w"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "kind" in answer.json()["hint"]


def test_an_item_is_found_by_id_and_by_its_only_label(service: Service) -> None:
    row = service.get(f"/projects/{PROJECT}/subjects")["items"][0]
    assert service.get(f"/projects/{PROJECT}/subjects/{row['subject_id']}") == row
    assert service.get(f"/projects/{PROJECT}/subjects/{row['subject']}") == row


def test_an_unchanged_generation_is_not_sent_again(service: Service) -> None:
    with service.client() as client:
        first = client.get(f"/projects/{PROJECT}/tree")
        again = client.get(f"/projects/{PROJECT}/tree", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_same_rows_in_every_tongue(service: Service) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    address = f"/projects/{PROJECT}/scans"
    expected = [row["scan_id"] for row in service.get(address, limit=1000, sort="-scan_id")["items"]]
    with service.client() as client:
        as_they_lie = client.get(address, headers={"Accept": "application/x-ndjson"}).content.splitlines()

        def told(accept: str) -> bytes:
            answer = client.get(address, headers={"Accept": accept}, params={"sort": "-scan_id"})
            assert answer.headers["content-type"].startswith(accept)
            return answer.content

        as_csv = [row["scan_id"] for row in csv.DictReader(io.StringIO(told("text/csv").decode()))]
        as_arrow = (
            pa.ipc.open_stream(told("application/vnd.apache.arrow.stream")).read_all()["scan_id"].to_pylist()
        )
        as_parquet = pq.read_table(io.BytesIO(told("application/vnd.apache.parquet")))["scan_id"].to_pylist()
        as_lines = [line for line in told("application/x-ndjson").splitlines() if line]
    assert as_csv == as_arrow == as_parquet == expected
    assert sorted(as_they_lie) == sorted(as_lines)
    assert len(as_lines) == len(expected)


def test_the_tree_has_a_row_a_session_that_fits(service: Service) -> None:
    whole = service.get(f"/projects/{PROJECT}/tree")
    assert whole["total"] == service.get(f"/projects/{PROJECT}/sessions")["total"]
    columns = whole["columns"]
    assert columns["n_scans"] == [
        sum(columns[quality][row] for quality in ("usable", "questionable", "unusable", "unreviewed"))
        for row in range(whole["total"])
    ]
    some = service.get(f"/projects/{PROJECT}/tree", q="kind:T1w")
    assert sum(some["columns"]["n_scans"]) == service.get(f"/projects/{PROJECT}/scans", kind="T1w")["total"]


def test_facets_count_what_each_value_would_leave(service: Service) -> None:
    found = service.get(f"/projects/{PROJECT}/facets", q="kind:T1w knd:x")
    kinds = {
        each["value"]: each["count"]
        for each in next(f for f in found["facets"] if f["name"] == "kind")["values"]
    }
    assert len(kinds) > 1  # the facet's own term does not narrow it
    assert kinds["T1w"] == found["total"] == service.get(f"/projects/{PROJECT}/scans", kind="T1w")["total"]
    assert [(wrong["text"], wrong["start"]) for wrong in found["wrong"]] == [("knd:x", 9)]


def test_completion_gives_words_then_values_with_counts(service: Service) -> None:
    words = service.get(f"/projects/{PROJECT}/suggest", q="qua", at=3)
    assert (words["start"], words["end"]) == (0, 3)
    assert "quality:" in [item["text"] for item in words["items"]]
    values = service.get(f"/projects/{PROJECT}/suggest", q="kind:T", at=6)
    assert values["items"][0]["text"].startswith("T")
    assert values["items"][0]["count"] > 0


def test_the_code_is_the_smallest_that_is_honest(service: Service) -> None:
    def code(**words: str) -> str:
        return str(service.get(f"/projects/{PROJECT}/code", **words)["code"])

    assert code(q="kind:T1w session:baseline") == 'archive["tau-pet"].scans(kind="T1w", session="baseline")'
    assert code(q="kind:T1w", variables='{"tau": "tau-pet"}') == 'tau.scans(kind="T1w")'
    scan = service.get(f"/projects/{PROJECT}/scans", kind="T1w")["items"][0]
    text = code(ids=scan["scan_id"], variables='{"tau": "tau-pet", "archive": ""}')
    assert text in (
        f'tau["{scan["subject"]}"]["{scan["session"]}"]["T1w"]',
        f'tau["{scan["subject"]}"]["{scan["session"]}"]["{scan["scan"]}"]',
        f'tau["{scan["scan_id"]}"]',
    )
    subjects = [row["subject_id"] for row in service.get(f"/projects/{PROJECT}/subjects")["items"]]
    assert code(ids=",".join(subjects)).startswith('archive["tau-pet"].subjects(subject_id=["subj_')


def test_a_header_is_dicom_json(service: Service) -> None:
    scan = service.get(f"/projects/{PROJECT}/scans", format="DICOM")["items"][0]
    header = service.get(f"/projects/{PROJECT}/scans/{scan['scan_id']}/header")
    assert header["0020000E"]["Value"] == [scan["series_uid"]]


def test_a_conflict_is_told_of_each_thing_that_it_is_about_and_counts_once_above(service: Service) -> None:
    one, other = (row["subject_id"] for row in service.get(f"/projects/{PROJECT}/subjects")["items"][:2])
    label = service.get(f"/projects/{PROJECT}/subjects/{other}")["subject"]
    words = {"sayings": [{"verb": "label", "about": one, "payload": {"label": label}}]}
    said = service.post(f"/projects/{PROJECT}/sayings", words)["first"]
    for subject in (one, other):
        (found,) = service.get(f"/projects/{PROJECT}/subjects/{subject}/conflicts")["items"]
        assert found["what"] == "label"
        assert set(found["ids"]) == {one, other}
    columns = service.get(f"/projects/{PROJECT}/tree")["columns"]
    counted = dict(zip(columns["subject_id"], columns["subject_conflicts"], strict=True))
    assert (counted[one], counted[other]) == (1, 1)
    assert set(columns["conflicts"]) == {0}  # no visit is in it
    service.post(f"/projects/{PROJECT}/undo", {"seq": said})
    assert service.get(f"/projects/{PROJECT}/subjects/{one}/conflicts")["items"] == []


def test_a_conflict_of_visits_is_told_of_their_subject_once(service: Service) -> None:
    sessions = service.get(f"/projects/{PROJECT}/sessions")["items"]
    subject = next(
        row["subject_id"]
        for row in sessions
        if sum(each["subject_id"] == row["subject_id"] for each in sessions) > 1
    )
    visits = [row["session_id"] for row in sessions if row["subject_id"] == subject]
    words = {
        "sayings": [{"verb": "label", "about": each, "payload": {"label": "same"}} for each in visits[:2]]
    }
    said = service.post(f"/projects/{PROJECT}/sayings", words)
    (found,) = service.get(f"/projects/{PROJECT}/subjects/{subject}/conflicts")["items"]
    assert set(found["ids"]) == set(visits[:2])
    assert service.get(f"/projects/{PROJECT}/sessions/{visits[0]}/conflicts")["items"] == [found]
    columns = service.get(f"/projects/{PROJECT}/tree")["columns"]
    counted = dict(zip(columns["subject_id"], columns["subject_conflicts"], strict=True))
    assert counted[subject] == 1
    service.post(f"/projects/{PROJECT}/undo", {"seq": [said["first"], said["last"]]})


def test_files_that_are_there_twice_are_told_of_their_scan_and_where_to_members_only(
    service: Service,
) -> None:
    rows = service.get(f"/projects/{PROJECT}/duplicates")["items"]
    path = rows[0]["paths"][0]
    scan = service.get(f"/projects/{PROJECT}/files", q=f'path:"{path}"')["items"][0]["scan_id"]
    found = service.get(f"/projects/{PROJECT}/scans/{scan}/duplicates")["items"]
    assert path in [each for row in found for each in row["paths"]]
    told = service.get(f"/projects/{PROJECT}/scans/{scan}/duplicates", "carl")["items"]
    assert len(told) == len(found)
    assert set(told[0]) == {"what", "n", "digested_share"}


def test_the_names_of_tags_are_the_standard_s(service: Service) -> None:
    assert service.get("/dictionary")["00180081"] == "Echo Time"
