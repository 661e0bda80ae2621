"""The rare verbs of an owner, by name: each takes plain words and gives a plain dict."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from labarchive.catalogue import check, keep
from labarchive.catalogue.derive import Derivation, read_rules, rules_digest
from labarchive.catalogue.disk import replaced
from labarchive.catalogue.journal import Draft
from labarchive.catalogue.measures import COLUMNS, SEEN
from labarchive.catalogue.sayings import VERBS as SPOKEN
from labarchive.catalogue.sql import arrow, named, query
from labarchive.catalogue.store import Store
from labarchive.catalogue.story import story
from labarchive.errors import BadInput, NotFound

if TYPE_CHECKING:
    from labarchive.catalogue.owner import Catalogue


def do(catalogue: "Catalogue", verb: str, words: Mapping[str, Any]) -> dict[str, Any]:
    """Raises BadInput for a verb that is not one, or for words it does not take."""
    if verb not in VERBS:
        raise BadInput(f"there is no verb {verb!r}", hint=f"there are {', '.join(VERBS)}")
    act, takes = VERBS[verb]
    strange = sorted(set(words) - set(takes))
    if strange:
        raise BadInput(f"{verb} takes no {strange[0]!r}", hint=f"it takes {', '.join(takes) or 'nothing'}")
    return act(catalogue, **words)


def fsck(catalogue: "Catalogue") -> dict[str, Any]:
    """Every finding in a sentence: journal, observations, tables against a rebuild of themselves, snapshots."""
    findings = list(check.stream_problems(catalogue.journal, catalogue.observations))
    findings += [f"audit: {problem}" for problem in catalogue.audit.journal.problems()]
    with catalogue.store.reading() as cursor:
        findings += check.missing_parts(cursor, catalogue.observations)
    generations = [
        path for row in catalogue.projects() for path in catalogue.publisher.generations(row["project_id"])
    ]
    findings += check.snapshot_problems(generations)
    if not findings:  # of broken streams nothing can be rebuilt to compare with
        findings += [
            f"table {name} is not what journal and observations make" for name in differences(catalogue)
        ]
    return {"ok": not findings, "findings": findings, "entries": catalogue.journal.last_seq}


def differences(catalogue: "Catalogue") -> list[str]:
    """Tables that a rebuild would make different."""
    with (
        _everything_taken(catalogue),
        keep.rebuilt(catalogue.home, catalogue.journal) as (other, _),
    ):
        return _compared(catalogue.store, other)


@contextmanager
def _everything_taken(catalogue: "Catalogue") -> Iterator[None]:
    """All parts and sayings are in the tables, and no other comes."""
    with catalogue.facts_lock, catalogue.sayings_lock, catalogue.folder.resting():
        catalogue.scribe.catch_up()
        for project_id in list(catalogue.pending.parts):
            catalogue.folder.take(catalogue.pending.all(project_id))
        yield


def _compared(one: Store, other: Store) -> list[str]:
    with one.reading() as here, other.reading() as there:
        return check.different_tables(check.tables_digest(here), check.tables_digest(there))


def doctor(catalogue: "Catalogue") -> dict[str, Any]:
    return check.doctor(catalogue.home, catalogue.journal, catalogue.file_system)


def rebuild(catalogue: "Catalogue") -> dict[str, Any]:
    """Make the tables anew; says which of them were different before."""
    with (
        _everything_taken(catalogue),
        keep.rebuilt(catalogue.home, catalogue.journal) as (other, seconds),
    ):
        changed = _compared(catalogue.store, other)
        other.close()
        catalogue.store.become(lambda: keep.take_place(other.path, catalogue.home.catalogue))
    return {"events": catalogue.journal.last_seq, "seconds": seconds, "changed": changed}


def backup(catalogue: "Catalogue", file: str) -> dict[str, Any]:
    return keep.backup(catalogue.home, file)


def names(catalogue: "Catalogue", text: str | None = None, project: str | None = None) -> dict[str, Any]:
    """What a names.toml would change, and why: nothing is written. Without ``text`` the file in the home."""
    if text is None and catalogue.home.names.exists():
        text = catalogue.home.names.read_text(encoding="utf-8")
    read_rules(text)
    projects = [project] if project is not None else [row["project"] for row in catalogue.projects()]
    moves: list[dict[str, Any]] = []
    checked = 0
    for name in projects:
        project_id = catalogue.project_id(name)
        with catalogue.store.reading() as cursor:
            Derivation(cursor, project_id, rules=text, salt="").compute(decide=False)
            found = arrow(cursor, named("derive.sql", "would_move"), project_id=project_id).to_pylist()
            checked += query(cursor, "select count(*) from judged")[0][0]
        moves += [{"project": name, **row} for row in found]
    return {"checked": checked, "moves": moves}


def rules(catalogue: "Catalogue", text: str) -> dict[str, Any]:
    """Take a new names.toml: labels follow at once, ids and what people said stay."""
    read_rules(text)
    replaced(catalogue.home.names, text.encode())
    with catalogue.facts_lock:
        changed = catalogue.take_rules(strict=True)
        for row in catalogue.projects() if changed else []:
            catalogue.derive(row["project"], row["project_id"], run=0, roots=())
    return {"digest": rules_digest(text), "changed": changed}


def redact(catalogue: "Catalogue", seq: int, reason: str = "", who: str = "labarchive") -> dict[str, Any]:
    """Forget what was said under ``seq``, in journal, tables and snapshots; that it was redacted stays."""
    with catalogue.facts_lock, catalogue.sayings_lock:
        catalogue.scribe.catch_up()
        with catalogue.store.reading() as cursor:
            found = query(cursor, "select verb, project, about from saying_fact where seq = $seq", seq=seq)
        if not found:
            raise NotFound(f"nothing was said under number {seq}", hint="see the view saying")
        verb, project, about = found[0]
        if verb not in SPOKEN or not SPOKEN[verb].redactable:
            raise BadInput(f"a {verb} cannot be redacted", hint="undo it: other things rest on it")
        catalogue.say_system(Draft("redact", project, about, {"seq": seq, "reason": reason}, who=who))
        catalogue.journal.redact(seq)
        rebuild(catalogue)  # a string that was only updated away would stay in the file's bytes
        catalogue.publisher.newest(project, catalogue.project_id(project), fresh=True)
    return {"seq": seq, "still_in": "backups and copies made before, and what kernels have loaded"}


def copy(catalogue: "Catalogue") -> dict[str, Any]:
    """Bring the copy in ``[backup] to`` up to date."""
    to = check.backup_folder(catalogue.home)
    if to is None:
        raise BadInput("archive.toml names no folder for copies", hint='write [backup] to = "/a/folder"')
    seq = catalogue.journal.last_seq
    return {"to": os.fspath(to), "files": keep.copy_on(catalogue.home, to, seq), "seq": seq}


def measured(
    catalogue: "Catalogue", project: str, rows: list[dict[str, Any]], seen: list[dict[str, str]]
) -> dict[str, Any]:
    """Keep what was measured of scans. Raises NotFound, BadInput for rows that are none."""
    for given, wanted in ((rows, tuple(COLUMNS)), (seen, SEEN)):
        if any(set(row) != set(wanted) for row in given):
            raise BadInput("that was not measured of a scan", hint=f"a row has {', '.join(wanted)}")
    catalogue.measured(project, rows, seen)
    return {"rows": len(rows)}


def contents(catalogue: "Catalogue", project: str, tool: str, version: str) -> dict[str, Any]:
    """Which files of which scans were measured by a version of a tool."""
    return {"contents": catalogue.measures.contents(catalogue.project_id(project), tool, version)}


def roots(catalogue: "Catalogue", *, project: str) -> dict[str, Any]:
    """The folders that a project was made of. Raises NotFound."""
    return {"roots": catalogue.roots(project)}


VERBS: Mapping[str, tuple[Callable[..., dict[str, Any]], tuple[str, ...]]] = {
    "fsck": (fsck, ()),
    "doctor": (doctor, ()),
    "rebuild": (rebuild, ()),
    "backup": (backup, ("file",)),
    "copy": (copy, ()),
    "names": (names, ("text", "project")),
    "rules": (rules, ("text",)),
    "roots": (roots, ("project",)),
    "measured": (measured, ("project", "rows", "seen")),
    "contents": (contents, ("project", "tool", "version")),
    "audit": (story, ("project", "subject", "before", "limit")),
    "redact": (redact, ("seq", "reason", "who")),
}
