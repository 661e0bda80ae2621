"""An invented archive that answers the panel's questions: as large as is asked for, changed by what is posted to it."""

import asyncio
import io
import json
import os
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route

KINDS = ("T1w", "FLAIR", "bold", "dwi")
VISITS = ("baseline", "m06", "m12")
QUALITIES = ("usable", "questionable", "unusable", "unreviewed")
WORDS = ("kind", "session", "quality", "subject", "description")


def quality_of(n: int) -> str:
    turn = (n + n // 4) % 12
    return QUALITIES[0 if turn < 9 else 1 if turn < 11 else 2 + n // 12 % 2]


@dataclass
class World:
    """What is there, and what happened to it since."""

    sessions: int = 300
    seq: int = 1
    events: list[dict[str, Any]] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    """Of sessions, as somebody said them."""
    saved: dict[str, str] = field(default_factory=dict)
    work: list[dict[str, Any]] = field(default_factory=list)
    projects: int = 2
    verbs: list[str] = field(default_factory=lambda: ["read", "rate", "label"])

    def scans(self, n: int) -> Iterator[dict[str, Any]]:
        """Of one session."""
        subject, visit = f"S{n // 3 + 1:04}", VISITS[n % 3]
        for i, kind in enumerate(KINDS):
            at = n * len(KINDS) + i
            yield {
                "subject": subject, "subject_id": f"subj_{n // 3:010}", "session": self.labels.get(f"sess_{n:010}", visit),
                "session_id": f"sess_{n:010}", "scan": f"{kind.lower()}_iso", "scan_id": f"scan_{at:010}", "kind": kind,
                "number": i + 1, "description": f"{kind.lower()}_iso", "modality": "MR", "format": "DICOM",
                "quality": quality_of(at), "n_files": 176, "frames": 1,
                "acquired": f"20{20 + n // 3 % 6}-0{1 + n % 9}-14T09:42:00",
            }  # fmt: skip

    def happened(self) -> None:
        """Ben said something of the first session."""
        self.seq += 1
        said = {"seq": self.seq, "at": "2026-01-14T09:42:00Z", "who": "ben", "door": "rest", "undone": False}
        self.events.append(
            said | {"project": "tau-pet", "verb": "label", "about": "sess_0000000000", "payload": None}
        )


WORLD = World()


def pieces(q: str) -> list[re.Match[str]]:
    return list(re.finditer(r'(?:"[^"]*"|[^\s"])+', q))


def wrong(q: str) -> list[dict[str, Any]]:
    """The terms whose word is no filter."""
    named = [(piece, re.match(r"^-?([a-z_]+):", piece[0])) for piece in pieces(q)]
    return [
        {"start": piece.start(), "end": piece.end(), "text": piece[0],
         "detail": f"no filter of scans is called '{name[1]}'", "hint": "did you mean kind?"}
        for piece, name in named
        if name and name[1] not in WORDS
    ]  # fmt: skip


def fits(q: str) -> Any:
    """A test for scans by the terms that can be understood."""
    tests = []
    for piece in pieces(q):
        found = re.match(r"^(-?)([a-z_]+):(.*)$", piece[0])
        if not found:
            word = piece[0].strip('"').lower()
            tests.append(
                lambda scan, word=word: (
                    word in f"{scan['subject']} {scan['description']} {scan['session']}".lower()
                )
            )
            continue
        sign, name, value = found.groups()
        if name in WORDS:
            wanted = {each.strip('"') for each in value.split(",")}
            tests.append(lambda scan, s=sign, n=name, w=wanted: (scan[n] in w) != bool(s))
    return lambda scan: all(test(scan) for test in tests)


def found(q: str) -> list[list[dict[str, Any]]]:
    """Scans of each session that has some."""
    test = fits(q)
    rows = ([scan for scan in WORLD.scans(n) if test(scan)] for n in range(WORLD.sessions))
    return [scans for scans in rows if scans]


async def hello(_: Request) -> Response:
    return JSONResponse({"version": "0", "schema_version": 1, "who": "anna", "admin": False, "door": "rest",
                         "projects": WORLD.projects, "seq": WORLD.seq, "work": WORLD.work})  # fmt: skip


async def projects(_: Request) -> Response:
    n = WORLD.sessions
    tau = {"project": "tau-pet", "project_id": "proj_tau", "role": "member", "visibility": "private",
           "verbs": WORLD.verbs,
           "n_subjects": (n + 2) // 3, "n_sessions": n, "n_scans": 4 * n, "bytes": 31_000_000_000,
           "generation": 412, "seq": WORLD.seq}  # fmt: skip
    ct = {**tau, "project": "stroke-ct", "project_id": "proj_ct", "n_subjects": 212, "verbs": ["read"]}
    return JSONResponse({"items": [tau, ct][: WORLD.projects]})


async def tree(request: Request) -> Response:
    rows = found(request.query_params.get("q", ""))
    one = ("subject", "subject_id", "session", "session_id", "acquired")
    columns: dict[str, list[Any]] = {name: [scans[0][name] for scans in rows] for name in one}
    columns["n_scans"] = [len(scans) for scans in rows]
    for quality in QUALITIES:
        columns[quality] = [sum(scan["quality"] == quality for scan in scans) for scans in rows]
    columns["conflicts"] = [int(scans[0]["session_id"].endswith("7")) for scans in rows]
    within: Counter[str] = Counter()
    for subject, n in zip(columns["subject_id"], columns["conflicts"], strict=True):
        within[subject] += n
    columns["subject_conflicts"] = [within[subject] for subject in columns["subject_id"]]
    return JSONResponse({"columns": columns})


async def facets(request: Request) -> Response:
    q = request.query_params.get("q", "")
    sessions = found(q)
    scans = [scan for session in sessions for scan in session]
    counted = {
        name: Counter(scan[name] for scan in scans) for name in ("quality", "session", "kind", "subject")
    }
    return JSONResponse(
        {"total": len(scans), "n_sessions": len(sessions), "wrong": wrong(q),
         "facets": [{"name": name, "values": [{"value": value, "count": n} for value, n in counts.most_common(30)]}
                    for name, counts in counted.items()]}
    )  # fmt: skip


async def suggest(request: Request) -> Response:
    q, at = request.query_params["q"], int(request.query_params["at"])
    start = q.rfind(" ", 0, at) + 1
    name, colon, value = q[start:at].partition(":")
    values = {"quality": QUALITIES, "kind": KINDS, "session": VISITS}.get(name, ())
    if colon:
        start, known = at - len(value), [(each, 12, "value") for each in values if each.startswith(value)]
    else:
        known = [(f"{each}:", None, "word") for each in WORDS if each.startswith(name)]
    items = [{"text": text, "count": count, "what": what} for text, count, what in known]
    return JSONResponse({"start": start, "end": at, "items": items})


async def scans(request: Request) -> Response:
    asked = request.query_params["session_id"].split(",")
    test = fits(request.query_params.get("q", ""))
    items = [scan for each in asked for scan in WORLD.scans(int(each.removeprefix("sess_"))) if test(scan)]
    return JSONResponse({"items": items, "next": None, "total": len(items)})


async def one(request: Request) -> Response:
    name = request.path_params["name"]
    rows = (scan for n in range(WORLD.sessions) for scan in WORLD.scans(n))
    return JSONResponse(
        next(row for row in rows if name in (row["scan_id"], row["session_id"], row["subject_id"]))
    )


async def files(request: Request) -> Response:
    items = [{"path": f"/nas/{n}.dcm", "status": "ok", "bytes": 131_072} for n in range(176)]
    return JSONResponse({"items": items, "next": None, "total": 176})


async def dictionary(_: Request) -> Response:
    return JSONResponse({"00180081": "Echo Time"})


async def thumbnail(_: Request) -> Response:
    sink = io.BytesIO()
    Image.linear_gradient("L").resize((160, 160)).save(sink, "WEBP")
    return Response(sink.getvalue(), media_type="image/webp", headers={"Cache-Control": "no-store"})


async def nothing(_: Request) -> Response:
    """There is no history, no conflict and no duplicate."""
    return JSONResponse({"items": []})


async def code(request: Request) -> Response:
    names = {
        project: name for name, project in json.loads(request.query_params.get("variables", "{}")).items()
    }
    project = names.get("tau-pet") or f'{names.get("", "archive")}["tau-pet"]'
    opening = "" if "" in names else "import labarchive\n\narchive = labarchive.open()"
    asked = request.query_params
    if "ids" in asked:
        text = f'{project}["{asked["ids"]}"]'
    else:
        terms = (term.split(":") for term in asked["q"].split() if ":" in term)
        text = f"{project}.scans({', '.join(f'{name}={json.dumps(value)}' for name, value in terms)})"
    return JSONResponse({"code": text, "opening": opening, "needs": []})


async def selections(request: Request) -> Response:
    name = request.path_params.get("name")
    if request.method == "PUT":
        WORLD.saved[str(name)] = (await request.json())["q"]
    elif request.method == "DELETE":
        del WORLD.saved[str(name)]
    return JSONResponse(
        {"items": [{"name": name, "q": q, "who": "anna"} for name, q in sorted(WORLD.saved.items())]}
    )


async def changes(request: Request) -> Response:
    since = int(request.headers.get("last-event-id", "0"))

    async def events() -> AsyncIterator[str]:
        nonlocal since
        yield ": here\n\n"
        while True:
            for event in [each for each in WORLD.events if each["seq"] > since]:
                since = event["seq"]
                yield f"id: {since}\ndata: {json.dumps(event)}\n\n"
            await asyncio.sleep(0.05)

    return StreamingResponse(events(), media_type="text/event-stream")


async def turn(request: Request) -> Response:
    """The test's own door: what happens behind the panel's back."""
    said = await request.json()
    if said.get("reset"):
        fresh = World(seq=WORLD.seq)
        vars(WORLD).update(vars(fresh))
    WORLD.labels.update(said.get("labels", {}))
    for name in ("sessions", "work", "projects", "verbs"):
        if name in said:
            setattr(WORLD, name, said[name])
    WORLD.happened()
    return JSONResponse({})


PROJECT = "/api/projects/{project}"
ROUTES = [
    Route("/api/hello", hello),
    Route("/api/projects", projects),
    Route(f"{PROJECT}/tree", tree),
    Route(f"{PROJECT}/facets", facets),
    Route(f"{PROJECT}/suggest", suggest),
    Route(f"{PROJECT}/scans", scans),
    Route(f"{PROJECT}/code", code),
    Route(f"{PROJECT}/selections", selections),
    Route(f"{PROJECT}/selections/{{name}}", selections, methods=["PUT", "DELETE"]),
    Route("/api/dictionary", dictionary),
    Route(f"{PROJECT}/scans/{{name}}/thumbnail.webp", thumbnail),
    Route(f"{PROJECT}/files", files),
    Route(f"{PROJECT}/{{plural}}/{{name}}", one),
    *(
        Route(f"{PROJECT}/{{plural}}/{{name}}/{what}", nothing)
        for what in ("history", "conflicts", "duplicates")
    ),
    Route("/api/changes", changes),
    Route("/turn", turn, methods=["POST"]),
]
app = Starlette(routes=[Mount("/services/archive", routes=ROUTES), *ROUTES])


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["ARCHIVE_AT"]), log_level="error")
