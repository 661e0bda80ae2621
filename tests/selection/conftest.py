"""A small archive of public views, made by hand as tables in a real DuckDB."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from labarchive.forms import Form, Library
from labarchive.records import Manifest, Receipt, Saying
from labarchive.selection.archive import Archive

TABLES = """
create table project(project varchar, project_id varchar, created timestamp);
create table subject(project varchar, subject varchar, subject_id varchar, n_sessions bigint, tags varchar[], note varchar);
create table session(project varchar, subject varchar, subject_id varchar, session varchar, session_id varchar,
  study_uid varchar, acquired timestamp, study_description varchar, institution varchar, manufacturer varchar,
  model varchar, station varchar, field_strength double, n_scans bigint, tags varchar[], note varchar, gone boolean);
create table scan_fact(project varchar, subject varchar, subject_id varchar, session varchar, session_id varchar,
  scan varchar, scan_id varchar, number integer, description varchar, protocol varchar, kind varchar,
  kind_confidence double, kind_reason varchar, modality varchar, format varchar, manufacturer varchar, model varchar,
  station varchar, field_strength double, acquired timestamp, study_uid varchar, series_uid varchar,
  sop_class varchar, tr double, te double, ti double, flip_angle double, rows integer, columns integer,
  frames integer, voxel double[3], n_files bigint, bytes bigint, folder varchar, tags varchar[], note varchar,
  header_complete double, warnings integer, why varchar, gone boolean);
create table saying(seq bigint, "at" timestamp, who varchar, door varchar, project varchar, about varchar,
  verb varchar, payload json, undone boolean);
create view rating as select project, about as scan_id, payload->>'quality' as quality,
  payload->>'reason' as reason, who, "at" from saying where verb = 'rating' and not undone;
create view scan as select s.* exclude (tags), coalesce(q.quality, 'unreviewed') as quality, q.reason as quality_reason,
  q.who as quality_by, coalesce(t.tags, []) as tags from scan_fact s
  left join (select scan_id, arg_max(quality, "at") quality, arg_max(reason, "at") reason, arg_max(who, "at") who
             from rating group by scan_id) q using (scan_id)
  left join (select about as scan_id, list(payload->>'tag') as tags from saying
             where verb = 'tag' and not undone group by about) t using (scan_id);
create table file(project varchar, scan_id varchar, path varchar, path_bytes blob, status varchar, reason varchar,
  form varchar, bytes bigint, mtime_ns bigint, sop_uid varchar, instance integer);
create table gone(project varchar, scan_id varchar, path varchar, bytes bigint, since timestamp);
create table header(project varchar, scan_id varchar, header json);
create table instance_header(project varchar, scan_id varchar, sop_uid varchar, header json);
create table conflict(project varchar, about varchar, what varchar, detail varchar, ids varchar[]);
create table duplicate(project varchar, what varchar, key varchar, n bigint, paths varchar[], digested_share double);
"""

FILL = """
insert into project values ('tau-pet', 'proj_aaaaaaaaaa', '2026-01-01'), ('stroke-ct', 'proj_aaaaaaaaab', '2026-01-02');
create macro an_id(kind, number) as kind || '_' || translate(lpad(number::varchar, 10, '0'), '0123456789', 'abcdefghij');
create temp table people as select if(s <= 10, 'tau-pet', 'stroke-ct') as project, format('S{:03d}', s) as subject,
  an_id('subj', s) as subject_id, s from range(1, 13) t(s);
insert into subject select project, subject, subject_id, 2, [], null from people;
create temp table visits as select p.*, v, session, an_id('sess', s * 10 + v) as session_id, format('1.2.{}.{}', s, v) as uid,
  (month || format('-{:02d} 10:41:00', s))::timestamp as acquired
  from people p, (values (0, 'baseline', '2026-01'), (1, 'm06', '2026-07')) t(v, session, month);
insert into session select project, subject, subject_id, session, session_id, uid, acquired, 'Brain', 'Clinic',
  'Siemens', 'Prisma', 'Prisma A', 3.0, 3, [], null, false from visits;
insert into scan_fact select project, subject, subject_id, session, session_id, description, an_id('scan', n), k + 1,
  description, 'prot', kind, 0.9, 'physics', 'MR', 'DICOM', 'Siemens', 'Prisma', 'Prisma A', 3.0, acquired, uid,
  uid || '.' || n, '1.2.840.10008.5.1.4.1.1.4', 2300, 2.98, 900, 9, 256, 256, null, [1.0, 1.0, 1.0], 176, 23000000,
  '/nas/x', [], null, 0.0, 0, 'rule', false
  from (select *, s * 6 + v * 3 + k as n from visits,
        (values (0, 'T1w', 't1_mprage_sag'), (1, 'FLAIR', 't2_flair'), (2, 'bold', 'rest')) t(k, kind, description));
"""
"""12 subjects in two projects, two visits each, three scans a visit."""


@dataclass
class HandMade:
    """Tables over one connection; sayings are taken and seen at once."""

    con: duckdb.DuckDBPyConnection
    said: list[Saying] = field(default_factory=list)
    undone: list[int] = field(default_factory=list)
    when: datetime | None = None

    @property
    def owner(self) -> Any:
        return self

    def hello(self) -> dict[str, Any]:
        return {"who": "mk"}

    @property
    def loaded(self) -> Mapping[str, Manifest]:
        written = datetime.now(UTC).replace(tzinfo=None)
        manifest = Manifest("tau-pet", "proj_a", 1, 412, len(self.said), Path("/nowhere"), {}, written)
        return {"tau-pet": manifest}

    def sql(self, query: str, params: Sequence[Any] = (), project: str | None = None) -> Any:
        con = self.con.cursor()
        if project is not None:
            con.execute("use memory.main")
            for name in ("scan", "session", "subject", "file", "header", "conflict", "duplicate", "saying"):
                con.execute(
                    f"create or replace temp view {name} as from memory.main.{name} where project = '{project}'"
                )
        return con.sql(query, params=list(params)) if params else con.sql(query)

    def refresh(self) -> None:
        pass

    def say(self, sayings: Sequence[Saying]) -> Receipt:
        import json

        first = len(self.said) + 1
        at = datetime(2026, 11, 1, 0, 0, first % 60)
        for saying in sayings:
            self.said.append(saying)
            row = [len(self.said), at, "mk", "python", saying.project, saying.about, saying.verb]
            self.con.execute(
                "insert into saying values (?,?,?,?,?,?,?,?,false)", [*row, json.dumps(saying.payload)]
            )
            if saying.verb == "undo":
                self.con.execute("update saying set undone = true where seq = ?", [saying.payload["seq"]])
        return Receipt(first, len(self.said))

    def at_hand(self, project: str, scan: str, files: Sequence[Mapping[str, Any]]) -> Any:
        return files

    def header(self, project: str, scan: str) -> str | None:
        return None

    def form(self, name: str) -> Form:
        return Library(Path("nowhere")).form(name)

    def volume(self, project: str, scan: str, part: str | None, *, partial: bool) -> Path | None:
        return None

    def at(self, when: datetime) -> "HandMade":
        return replace(self, when=when)


def hand_made() -> HandMade:
    con = duckdb.connect(":memory:", config={"threads": 1})
    con.execute(TABLES + FILL)
    return HandMade(con)


@pytest.fixture
def tables() -> HandMade:
    return hand_made()


@pytest.fixture
def archive(tables: HandMade) -> Archive:
    return Archive(tables)
