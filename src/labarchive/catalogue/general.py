"""The part of a generation that tells nobody: written when somebody who may not ``identify`` first asks for it."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

from labarchive.catalogue import identified
from labarchive.catalogue.disk import folder_made, replaced
from labarchive.catalogue.generation import APART, GENERAL, IDENTIFIED, NOTHING, PARTS, PERSONS, copy, nothing
from labarchive.catalogue.sql import literal, query
from labarchive.catalogue.sweep import sweep, words_of_date, words_of_id, words_of_name
from labarchive.errors import LabarchiveError
from labarchive.index.lean import environment
from labarchive.records import Manifest

MARK = "general.json"
"""In a generation's folder: its general part is whole."""


def is_whole(folder: Path) -> bool:
    """Whether the general part of a generation is there, by today's rules."""
    try:
        return bool(json.loads((folder / MARK).read_bytes())["rules"] == identified.version())
    except (OSError, ValueError, KeyError):
        return False


def link(old: Path, new: Path) -> None:
    """The general part of an older generation with the same facts, for a new one that nobody sees yet."""
    if not is_whole(old):
        return
    for name in APART:
        os.link(old / GENERAL[name], new / GENERAL[name])
    for name in PARTS:
        shutil.copytree(old / name, new / name, copy_function=os.link)
    os.link(old / MARK, new / MARK)


def write(manifest: Manifest, cleaned: Path, salt: str) -> None:
    """The general part of a generation, from its identified part; the parts of its headers are ``cleaned`` already."""
    with _tables(manifest) as tables:
        swept = _note_swept(tables)
        for name, order in APART.items():
            copy(
                tables,
                f"{_select(tables, name, salt, swept)} order by {order}",
                manifest.folder / GENERAL[name],
            )
        for name, (_, columns) in PARTS.items():
            place = folder_made(manifest.folder / name)
            nothing(tables, columns, place / NOTHING)
            for part in parts_of(manifest, name):
                if not (place / part).exists():
                    os.link(cleaned / name / part, place / part)
    replaced(manifest.folder / MARK, json.dumps({"rules": identified.version()}).encode())


@contextlib.contextmanager
def _tables(manifest: Manifest) -> Iterator[duckdb.DuckDBPyConnection]:
    """The identified tables of one generation: they stay as they are, whatever is indexed meanwhile."""
    with duckdb.connect(config={"threads": 2, "memory_limit": "1GB"}) as tables:
        for name in (*APART, *PERSONS):
            path = literal(str(manifest.folder / IDENTIFIED[name]))
            tables.execute(f"create view {name} as from read_parquet({path})")
        yield tables


def parts_of(manifest: Manifest, name: str) -> list[str]:
    """The parts of headers that a generation has."""
    place = manifest.folder / "identified" / name
    return sorted(path.name for path in place.glob("*.parquet") if path.name != NOTHING)


def _select(tables: duckdb.DuckDBPyConnection, name: str, salt: str, swept: bool) -> str:
    """A SELECT of all columns of a table of facts as ``t``, as everybody may see them."""
    view = name.removesuffix("_fact")
    columns, joins = [], []
    for column, kind in query(tables, f"select column_name, column_type from (describe {name})"):
        if column == "path":
            columns.append(f"{identified.sql_surrogate(salt, 't.path')} as path")
        elif column in identified.identifying(view):
            columns.append(f"null::{kind} as {column}")
        elif column in identified.swept(view) and swept:
            columns.append(f"coalesce({column}_w.bare, t.{column}) as {column}")
            on = f"{column}_w.text = t.{column} and {column}_w.key = {_KEY[view]}"
            joins.append(f" left join swept_text {column}_w on {on}")
        else:
            columns.append(f"t.{column}")
    return f"select {', '.join(columns)} from {name} t{''.join(joins)}"


_KEY = {"session": "t.session_id", "scan": "t.session_id", "file": "t.study_uid"}
"""By what a row finds the words of its person."""


def _note_swept(tables: duckdb.DuckDBPyConnection) -> bool:
    """A table of those texts that hold a word of their own person, and what is left of them; whether there are any."""
    sweeps = {key: sweep(words) for key, words in _words(tables).items()}
    rows = [
        {"key": key, "text": text, "bare": bare}
        for view in _KEY
        for key, text in _texts(tables, view)
        if key in sweeps and (bare := sweeps[key](text)) != text
    ]
    if rows:
        found = pa.Table.from_pylist(rows)
        tables.register("swept_text_found", found)
        tables.execute("create table swept_text as select distinct key, text, bare from swept_text_found")
    return bool(rows)


def _texts(tables: duckdb.DuckDBPyConnection, view: str) -> list[tuple[str, str]]:
    each = " union ".join(
        f"select {_KEY[view]} as key, t.{column} as text from {view}_fact t"
        for column in sorted(identified.swept(view))
    )
    found = query(tables, f"select key, text from ({each}) where text <> '' and key is not null")
    return [(key, text) for key, text in found]


def _words(tables: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Session, and study -> the words of its subject's persons, of all their visits and at all times."""
    words: dict[str, set[str]] = {}
    keys: dict[str, set[str]] = {}
    for session, study, subject, name, identity, born, accession in query(tables, _SAID_OF_PERSONS):
        keys.setdefault(subject, set()).update(key for key in (session, study) if key)
        words.setdefault(subject, set()).update(
            words_of_name(name or "")
            | words_of_id(identity or "")
            | words_of_id(accession or "")
            | words_of_date(born or "")
        )
    return {key: sorted(words[subject]) for subject, found in keys.items() for key in found if words[subject]}


_SAID_OF_PERSONS = """select distinct s.session_id, s.study_uid, s.subject_id, p.patient_name, p.patient_id, p.birth_date,
    p.accession from session_fact s join person_fact p on p.session_id = s.session_id"""


def salt_of(cursor: duckdb.DuckDBPyConnection, project_id: str) -> str:
    """The project's secret."""
    return str(query(cursor, "select salt from project_fact where project_id = $id", id=project_id)[0][0])


def clean_headers(manifest: Manifest, store: Path, salt: str) -> None:
    """Clean those parts of a generation's headers that ``store`` lacks; takes a millisecond or two a header."""
    missing = [
        {
            "from": str(manifest.folder / "identified" / name / part),
            "to": str(store / name / part),
            "kind": kind,
        }
        for name, (kind, _) in PARTS.items()
        for part in parts_of(manifest, name)
        if not (folder_made(store / name) / part).exists()
    ]
    if not missing:
        return
    with _tables(manifest) as tables:
        words = _words(tables)
    hands = min(4, os.cpu_count() or 1, len(missing))
    children = [
        _cleaning({"salt": salt, "words": words, "parts": missing[hand::hands]}) for hand in range(hands)
    ]
    ended = [child.wait() for child in children]
    if any(ended):
        raise LabarchiveError(
            "headers could not be cleaned",
            hint="see log/owner.log; nothing that was not cleaned is given out",
        )


def _cleaning(asked: Mapping[str, object]) -> "subprocess.Popen[bytes]":
    """A process that cleans parts, and gives way to everybody else."""
    child = subprocess.Popen(
        [sys.executable, "-m", "labarchive.catalogue.cleaning"],
        stdin=subprocess.PIPE, env=environment(), cwd="/",
    )  # fmt: skip
    assert child.stdin is not None
    with contextlib.suppress(BrokenPipeError), child.stdin:
        child.stdin.write(json.dumps(asked).encode())
    return child
