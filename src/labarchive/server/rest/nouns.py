"""GET: the nouns of the archive, as lists by page or whole, and one by one."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Header, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from labarchive import __version__
from labarchive.access import VERBS, Standing
from labarchive.access.table import identifying
from labarchive.catalogue.cleaned import cleaned
from labarchive.errors import BadInput, NotFound
from labarchive.records import QUALITIES
from labarchive.selection.levels import LEVELS, STABLE_ID
from labarchive.selection.queries import Query as Sql
from labarchive.selection.queries import joined
from labarchive.server.rest import looking, models
from labarchive.server.rest.asking import Asking, asked_terms
from labarchive.server.rest.given import Asker, ProjectName, Searched, Served
from labarchive.server.rest.noting import all_told, note, rows_told
from labarchive.server.rest.pages import CURSOR, MOST, order_of, read_cursor, write_cursor
from labarchive.server.rest.reading import Reading, etag
from labarchive.server.rest.tongues import JSON, answer, tongue
from labarchive.settings import SCHEMA_VERSION

router = APIRouter()
OPTIONS = orjson.OPT_NAIVE_UTC | orjson.OPT_SERIALIZE_NUMPY
Plural = Literal["subjects", "sessions", "scans", "files", "conflicts", "duplicates"]
Nested = Literal["subjects", "sessions", "scans"]
_LEVELS = {level.plural: level for level in LEVELS.values()}
Known = Annotated[str, Header(alias="If-None-Match", max_length=200)]
Id = Annotated[str, Path(max_length=200, description="A stable id, or a label where it is the only one.")]


def json_answer(words: Any, tag: str = "") -> Response:
    """JSON that may be kept and asked for again, when it has a generation."""
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Accept"} if tag else {}
    return Response(orjson.dumps(words, option=OPTIONS), media_type=JSON, headers=headers)


def utc(seconds: float) -> str | None:
    """Seconds since 1970 as a time of ISO 8601; None for 0."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds") if seconds else None


def unchanged(known: str, tag: str) -> Response | None:
    """304 for who has this generation."""
    if tag in [each.strip() for each in known.split(",")]:
        return Response(
            status_code=304, headers={"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Accept"}
        )
    return None


@router.get("/hello", response_model=models.Hello)
def hello(service: Served, caller: Asker) -> Response:
    """Who you are here, and what is under way."""
    seen = {project for project, _, _ in service.gate.readable(caller)}
    work = [each for each in service.indexers.with_begun(service.catalogue.work()) if each["project"] in seen]
    return json_answer(
        {
            "version": __version__, "schema_version": SCHEMA_VERSION, "who": caller.name, "admin": caller.admin,
            "door": caller.door, "projects": len(seen), "seq": service.catalogue.journal.last_seq, "work": work,
            "measured": service.catalogue.measures.parts,
            "ends": utc(service.raw.leaves(caller.name)) if service.raw else None,
        }
    )  # fmt: skip


@router.get("/projects", response_model=models.Projects)
def projects(service: Served, caller: Asker) -> Response:
    """The projects that you may see."""
    return json_answer({"items": [_project(service, *each) for each in service.gate.readable(caller)]})


@router.get("/projects/{project}", response_model=models.ProjectWhole)
def project(service: Served, caller: Asker, project: ProjectName) -> Response:
    """One project with its counts by kind and by quality."""
    standing = service.gate.standing(caller, project)
    membership = service.catalogue.memberships()[project]
    whole = {**_project(service, project, membership, standing), "kinds": {}, "quality": {}, "n_conflicts": 0}
    if standing.may("read"):
        whole |= service.reading.once(project, "amounts", lambda: _amounts(service.reading, project))
    return json_answer(whole)


def _amounts(reading: Reading, project: str) -> dict[str, Any]:
    found = dict(reading.relation(looking.sql("qualities"), (), project).fetchall())
    return {
        "kinds": dict(reading.relation(looking.sql("kinds"), (), project).fetchall()),
        "quality": {quality: found.get(quality, 0) for quality in QUALITIES},
        "n_conflicts": reading.relation(looking.sql("n_conflicts"), (), project).fetchall()[0][0],
    }


def _project(service: Any, name: str, membership: Any, standing: Standing) -> dict[str, Any]:
    manifest = service.reading.manifest(name)
    counts = dict.fromkeys(("n_subjects", "n_sessions", "n_scans", "bytes"), 0)
    if manifest is not None and standing.may("read"):
        counts = service.reading.once(
            name, "counts", lambda: service.reading.rows(looking.sql("project_counts"), (), name)[0]
        )
    verbs = [verb for verb in VERBS if standing.may(verb) or standing.may(verb, "project")]
    return {
        "project": name, "project_id": membership.project_id, "role": standing.role,
        "visibility": membership.visibility, "deidentified": membership.deidentified, "verbs": verbs, **counts,
        "generation": manifest.facts_generation if manifest else 0, "seq": manifest.journal_seq if manifest else 0,
    }  # fmt: skip


@router.get("/projects/{project}/tree", response_model=models.Tree)
def tree(
    service: Served, caller: Asker, project: ProjectName, q: Searched = "", known: Known = ""
) -> Response:
    """Every session that has a fitting scan, as columns: what the panel's tree is drawn from."""
    found = looking.fitting(q, service.gate.require(caller, project, "read"))
    tag = etag(service.reading.manifest(project))
    return unchanged(known, tag) or json_answer(looking.tree(service.reading, project, found), tag)


@router.get("/projects/{project}/facets", response_model=models.Facets)
def facets(service: Served, caller: Asker, project: ProjectName, q: Searched = "") -> Response:
    """How many scans each value of each facet would leave; terms that are none, and what would be right."""
    found = looking.fitting(q, service.gate.require(caller, project, "read"))
    return json_answer(looking.facets(service.reading, project, q, found))


@router.get("/projects/{project}/suggest", response_model=models.Suggestions)
def suggest(
    service: Served,
    caller: Asker,
    project: ProjectName,
    q: Searched = "",
    at: Annotated[int, Query(ge=0, description="Where the cursor stands in `q`.")] = 0,
) -> Response:
    """Completion of the search language at a place of the text."""
    standing = service.gate.require(caller, project, "read")
    return json_answer(looking.suggest(service.reading, project, q, at, standing))


@router.get("/projects/{project}/code", response_model=models.Code)
def code(
    service: Served,
    caller: Asker,
    project: ProjectName,
    q: Searched = "",
    ids: Annotated[str, Query(max_length=20_000, description="Stable ids, with commas between.")] = "",
    variables: Annotated[
        str, Query(max_length=4000, description="JSON: name -> project, archive -> empty.")
    ] = "{}",
) -> Response:
    """The Python for a search or for things, in the notebook's own names."""
    found = looking.fitting(q, service.gate.require(caller, project, "read"))
    return json_answer(looking.code_for(service.reading, project, found, _ids(ids), _variables(variables)))


def _ids(text: str) -> list[str]:
    listed = [each for each in text.split(",") if each]
    strange = next((each for each in listed if not STABLE_ID.match(each)), None)
    if strange is not None:
        raise BadInput(
            "an id is subj_, sess_ or scan_ and ten letters", hint="rows have it as subject_id, scan_id, ..."
        )
    return listed


def _variables(text: str) -> dict[str, str]:
    try:
        words = orjson.loads(text)
    except orjson.JSONDecodeError:
        words = None
    if not isinstance(words, dict) or not all(isinstance(value, str) for value in words.values()):
        raise BadInput("variables are a JSON object of texts", hint='{"archive": "", "tau": "tau-pet"}')
    return words


@router.get("/projects/{project}/{plural}", response_model=models.Page)
def rows(
    request: Request,
    service: Served,
    caller: Asker,
    project: ProjectName,
    plural: Plural,
    q: Searched = "",
    cursor: Annotated[str, Query(pattern=CURSOR, description="`next` of the page before.")] | None = None,
    limit: Annotated[int, Query(ge=1, le=MOST, description="Rows of a page.")] = 100,
    sort: Annotated[str, Query(max_length=60, description="A column; - before it for downwards.")] = "",
    known: Known = "",
    accept: Annotated[str, Header(max_length=400)] = "*/*",
) -> Response:
    """Rows by page as JSON; whole as CSV, Arrow stream, Parquet or JSON lines, by Accept: as they lie unless ``sort`` is given.

    Any filter word of Python narrows them: ``?kind=T1w&session=baseline&quality=usable``; ``kind=T1w,FLAIR`` is any of.
    """
    level = _LEVELS[plural]
    standing = service.gate.require(caller, project, "read")
    tag = etag(service.reading.manifest(project))
    if same := unchanged(known, tag):
        return same
    asking = Asking(service.reading, project, level, standing, asked_terms(level, request, q, standing))
    order = order_of(level, sort, asking.columns)
    media = tongue(accept)
    if media != JSON:
        all_told(service, caller, asking)
        query = asking.select(Sql(f" order by {order.sql}" if sort else ""))
        relation = service.reading.relation(query.text, query.params, project)
        return answer(relation, media, {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Accept"})
    condition = asking.condition
    if cursor is not None:
        condition = joined([condition, order.after(read_cursor(cursor, order), asking.types)], " and ")
    query = asking.select(Sql(f" order by {order.sql} limit {limit + 1}"), condition)
    found = service.reading.rows(query.text, query.params, project)
    items = found[:limit]
    rows_told(service, caller, asking, items)
    place = [items[-1][column] for column in order.columns] if len(found) > limit else None
    following = write_cursor(tag, place) if place else None
    return json_answer(
        {"items": items, "next": following, "total": asking.total() if cursor is None else None}, tag
    )


@router.get("/projects/{project}/{plural}/{name}", response_model=dict[str, Any])
def one(
    service: Served,
    caller: Asker,
    project: ProjectName,
    plural: Nested,
    name: Id,
) -> Response:
    """One row with all its columns."""
    level = _LEVELS[plural]
    standing = service.gate.require(caller, project, "read")
    tag = etag(service.reading.manifest(project))
    asking = Asking(service.reading, project, level, standing, ())
    row = asking.one(name)
    rows_told(service, caller, asking, [row])
    return json_answer(row, tag)


@router.get("/projects/{project}/{plural}/{name}/history", response_model=models.Events)
def history(
    service: Served,
    caller: Asker,
    project: ProjectName,
    plural: Nested,
    name: Id,
) -> Response:
    """What people said about it, newest first, the undone among it."""
    level = _LEVELS[plural]
    standing = service.gate.require(caller, project, "read")
    row = Asking(service.reading, project, level, standing, ()).one(name)
    said = service.reading.rows(looking.sql("history"), (row[level.key],), project)
    return json_answer({"items": [{**each, "payload": spoken(_words(each["payload"]))} for each in said]})


@router.get("/projects/{project}/{plural}/{name}/conflicts", response_model=models.Rows)
def conflicts(
    service: Served, caller: Asker, project: ProjectName, plural: Nested, name: Id, known: Known = ""
) -> Response:
    """What a person should decide about it or about something in it."""
    return _about(service, caller, project, plural, name, "conflict", known)


@router.get("/projects/{project}/{plural}/{name}/duplicates", response_model=models.Rows)
def duplicates(
    service: Served, caller: Asker, project: ProjectName, plural: Nested, name: Id, known: Known = ""
) -> Response:
    """Files of it that there are twice, 1,000 at most; where they lie only for who may ``identify``."""
    return _about(service, caller, project, plural, name, "duplicate", known)


def _about(
    service: Served, caller: Asker, project: str, plural: str, name: str, what: str, known: str
) -> Response:
    level = _LEVELS[plural]
    standing = service.gate.require(caller, project, "read")
    tag = etag(service.reading.manifest(project))
    if same := unchanged(known, tag):
        return same
    key = Asking(service.reading, project, level, standing, ()).one(name)[level.key]
    found = service.reading.rows(looking.about(f"{what}s_of", level), (key,), project)
    hidden = frozenset() if standing.may("identify") else identifying(what)
    items = [{column: row[column] for column in row if column not in hidden} for row in found]
    return json_answer({"items": items}, tag)


def _words(payload: str | None) -> dict[str, Any] | None:
    return orjson.loads(payload) if payload else None


def spoken(payload: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What was said, without the address it came from and the key it was sent with: they are nobody else's."""
    return (
        None if payload is None else {name: payload[name] for name in payload if name not in ("where", "key")}
    )


@router.get("/projects/{project}/scans/{name}/header", response_model=dict[str, Any])
def header(service: Served, caller: Asker, project: ProjectName, name: Id) -> Response:
    """The DICOM header of the series in the DICOM JSON model (PS3.18 Annex F); without ``identify`` what is left
    of it when all is taken out that tells who it is of."""
    standing = service.gate.require(caller, project, "read")
    row = Asking(service.reading, project, LEVELS["scan"], standing, ()).one(name)
    found = service.reading.relation(looking.sql("header"), (row["scan_id"],), project).fetchall()
    if not found:
        raise NotFound(
            "this scan has no DICOM header", hint="it is not DICOM, or its first file could not be read"
        )
    text = found[0][0]
    if standing.may("identify"):
        note(service, caller, project, "header", [row["subject_id"]])
    else:
        text = orjson.dumps(cleaned(orjson.loads(text)).header)
    tag = etag(service.reading.manifest(project))
    return Response(
        text,
        media_type="application/dicom+json",
        headers={"ETag": tag, "Cache-Control": "private, no-cache"},
    )
