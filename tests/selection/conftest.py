"""A small archive of public views, made by hand as tables in a real DuckDB."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

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

VISITS = (("baseline", "2026-01"), ("m06", "2026-07"))
KINDS = (("T1w", "t1_mprage_sag"), ("FLAIR", "t2_flair"), ("bold", "rest"))


def an_id(kind: str, number: int) -> str:
    """
    >>> an_id("scan", 12)
    'scan_aaaaaaaabc'
    """
    letters = "abcdefghij"
    return f"{kind}_" + "".join(letters[int(digit)] for digit in f"{number:010d}")


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

    def at(self, when: datetime) -> "HandMade":
        return replace(self, when=when)


def fill(con: duckdb.DuckDBPyConnection) -> None:
    number = 0
    con.execute(
        "insert into project values ('tau-pet', 'proj_aaaaaaaaaa', '2026-01-01'), ('stroke-ct', 'proj_aaaaaaaaab', '2026-01-02')"
    )
    for s in range(1, 13):
        project = "tau-pet" if s <= 10 else "stroke-ct"
        subject = [project, f"S{s:03d}", an_id("subj", s)]
        con.execute("insert into subject values (?,?,?,2,[],null)", subject)
        for v, (session, month) in enumerate(VISITS):
            day = f"{month}-{s:02d} 10:41:00"
            visit = [*subject, session, an_id("sess", s * 10 + v)]
            con.execute(
                "insert into session values (?,?,?,?,?,?,?,'Brain','Clinic','Siemens','Prisma','Prisma A',3.0,3,[],null,false)",
                [*visit, f"1.2.{s}.{v}", day],
            )
            for kind, description in KINDS:
                number += 1
                con.execute(
                    """insert into scan_fact values (?,?,?,?,?, ?,?,?,?,'prot',?, 0.9,'physics','MR','DICOM','Siemens','Prisma',
                    'Prisma A',3.0,?,?,?, '1.2.840.10008.5.1.4.1.1.4',2300,2.98,900,9,256,256,null,[1.0,1.0,1.0],176,
                    23000000,'/nas/x',[],null,0.0,0,'rule',false)""",
                    [
                        *visit,
                        description,
                        an_id("scan", number),
                        number % 7,
                        description,
                        kind,
                        day,
                        f"1.2.{s}.{v}",
                        f"1.2.{s}.{v}.{number}",
                    ],
                )


@pytest.fixture
def tables() -> HandMade:
    con = duckdb.connect(":memory:")
    con.execute(TABLES)
    fill(con)
    return HandMade(con)


@pytest.fixture
def archive(tables: HandMade) -> Archive:
    return Archive(tables)
