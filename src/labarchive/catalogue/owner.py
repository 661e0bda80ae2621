"""The catalogue of one archive, as its owner process holds it: takes observations and sayings, publishes snapshots."""

import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pyarrow as pa

from labarchive import records
from labarchive.catalogue import disk, membership, replay, verbs
from labarchive.catalogue.audit import Audit
from labarchive.catalogue.clock import Clock, Ticks, utc_now
from labarchive.catalogue.copier import Copier
from labarchive.catalogue.derive import read_rules, rules_digest
from labarchive.catalogue.folder import Folder
from labarchive.catalogue.forms_used import FormsUsed
from labarchive.catalogue.herald import Herald
from labarchive.catalogue.ids import fresh_id
from labarchive.catalogue.journal import Draft, Event, Journal
from labarchive.catalogue.measures import Measures
from labarchive.catalogue.observations import Observations, RunRecord
from labarchive.catalogue.publish import Publisher, facts_generation
from labarchive.catalogue.runs import OpenRuns
from labarchive.catalogue.sayings import Checking, checked, undoes_plainly
from labarchive.catalogue.scribe import Scribe
from labarchive.catalogue.sealing import Held, Sealed
from labarchive.catalogue.seen import known_files, missing_headers, series_seen, shown_root, summary
from labarchive.catalogue.sql import query
from labarchive.catalogue.start import opened_store, replay_tail
from labarchive.errors import BadInput, Busy, NotFound
from labarchive.records import Manifest, PartKind, Receipt, Run, RunSummary, Saying
from labarchive.settings import SCHEMA_VERSION, Home

FOLD = 60.0
"""Seconds between derivations of a long run of the second header pass."""
WAIT = 10.0
AT_ONCE = ("merge", "split", "undo", "project", *membership.SAID)
"""Sayings that the tables have when they are answered; of the others the journal alone has to be sure."""


class Catalogue:
    """Implements ``records.Owner``. Every method may be called from any thread."""

    def __init__(
        self, home: Home, *, clock: Clock = utc_now, file_system: Callable[[Path], int] = disk.file_system
    ) -> None:
        self.home = home
        self.file_system = file_system
        disk.folder_made(home.path)
        disk.refuse_network(home.path, file_system)
        self._lock = disk.HomeLock(home.path)
        try:
            self.journal = Journal(home.journal)
            self.audit = Audit(home.audit, clock=clock)
            self.observations = Observations(home.observations)
            self.store = opened_store(home, self.journal)
            self.pending = replay_tail(self.store, self.journal, self.observations)
        except BaseException:
            self._lock.release()
            raise
        last = max(
            [self.journal.last_at, *(part.taken for parts in self.pending.parts.values() for part in parts)]
        )
        self.tick = Ticks(clock, last)
        self.measures = Measures(home.metrics)
        self.publisher = Publisher(home.snapshots, self.store, self.observations, self.measures, self.tick)
        self.facts_lock = threading.RLock()
        self.sayings_lock = threading.RLock()
        self.folder = Folder(self.store, self.pending)
        self.forms = FormsUsed(self)
        self.sealed = Sealed(self)
        self._runs = OpenRuns(self.observations)
        self._memberships: tuple[int, dict[str, membership.Membership]] | None = None
        self._memberships_said = 0
        self._copier = Copier(self)
        self._herald = Herald(self.publisher)
        self.scribe = Scribe(self.store, self._written)

    def close(self) -> None:
        """Let go of the home; nothing is lost without it either."""
        self.scribe.stop()
        self._copier.stop()
        self._herald.stop()
        self.folder.stop()
        with self.facts_lock, self.sayings_lock:
            self.store.close()
            self._lock.release()

    @property
    def dead(self) -> bool:
        """DuckDB cannot go on: the process should end and be started again."""
        return self.store.dead

    def hello(self) -> dict[str, Any]:
        from labarchive import __version__

        return {
            "version": __version__, "schema_version": SCHEMA_VERSION, "home": str(self.home.path),
            "pid": os.getpid(), "projects": self.projects(), "work": self.work(), "journal_seq": self.journal.last_seq,
            "measured": self.measures.parts,
        }  # fmt: skip

    def work(self) -> list[dict[str, Any]]:
        """Runs under way; asks no table, so that many may look often."""
        return self._runs.work()

    def projects(self) -> list[dict[str, Any]]:
        with self.store.reading() as cursor:
            rows = query(
                cursor, "select project, project_id from project_fact where valid_to is null order by 1"
            )
            return [
                {
                    "project": project,
                    "project_id": project_id,
                    "facts_generation": facts_generation(cursor, project_id),
                }
                for project, project_id in rows
            ]

    def memberships(self) -> Mapping[str, membership.Membership]:
        """project -> who has which role in it, and its visibility, as of now: a revocation holds when it is answered."""
        seen = self._memberships
        if seen is None or seen[0] != self._memberships_said:
            said = self._memberships_said
            with self.store.reading() as cursor:
                seen = self._memberships = (said, membership.memberships(cursor))
        return seen[1]

    def roots(self, project: str) -> list[str]:
        """The folders that the project was made of."""
        project_id = self.project_id(project)
        with self.store.reading() as cursor:
            found = query(cursor, "select root from root where project_id = $id order by root", id=project_id)
        return [root for (root,) in found]

    @property
    def memberships_said(self) -> int:
        """Grows whenever memberships change."""
        return self._memberships_said

    def project_id(self, project: str) -> str:
        """Raises NotFound with the names that come near."""
        with self.store.reading() as cursor:
            found = query(
                cursor,
                "select project_id from project_fact where project = $project and valid_to is null",
                project=project,
            )
        if found:
            return str(found[0][0])
        names = [row["project"] for row in self.projects()]
        near = get_close_matches(project, names, cutoff=0.5) or sorted(names)[:5]
        raise NotFound(
            f"no project {project!r}", hint=f"there is {', '.join(near)}" if near else "index one first"
        )

    def _made_project(self, project: str, who: str = "labarchive") -> str:
        with self.facts_lock, self.sayings_lock:
            if project in {row["project"] for row in self.projects()}:
                return self.project_id(project)
            if (
                not project.strip()
                or project != project.strip()
                or len(project) > 64
                or not project.isprintable()
                or "/" in project
            ):
                raise BadInput(f"{project!r} cannot name a project", hint="take a short word, as tau-pet")
            draft = Draft("project", project, fresh_id("proj"), {"salt": secrets.token_hex(16)}, who=who)
            self.say_system(draft)
            self._memberships_said += 1
            return draft.about

    def say_system(self, draft: Draft) -> None:
        (event,) = self.journal.append([draft], self.tick())
        with self._after_journal() as cursor:
            replay.apply(cursor, event, self.pending)

    @contextmanager
    def _after_journal(self) -> Iterator[Any]:
        """A transaction for what the journal holds already: when it fails, only a new start may go on."""
        try:
            with self.store.writing() as cursor:
                yield cursor
        except BaseException as error:
            raise self.store.doom(error) from error

    def begin(self, project: str, kind: str, roots: Sequence[str], *, pid: int | None = None) -> Run:
        """``pid``: the indexer's process, so that its death frees the project at once."""
        if kind not in ("index", "quick", "headers"):
            raise BadInput(f"there is no {kind!r} run", hint="index, quick or headers")
        with self.facts_lock:
            self.take_rules(strict=True)
            project_id = self._made_project(project)
            return self._runs.begin(project, project_id, kind, roots, pid, self.tick()).as_run()

    def known(self, run: int) -> pa.Table:
        found = self._runs.touch(run)
        record = found.record
        parts = self.pending.until(record.project_id, self.tick())
        with self.store.reading() as cursor:
            if record.kind == "headers":
                return missing_headers(cursor, record, parts)
            table = known_files(cursor, record, parts)
        if record.kind == "index":  # a quick run does not look at all that is known
            found.pace.expected = table.num_rows
        return table

    def reached(self, run: int, done: int, found: int, *, walked: bool) -> None:
        self._runs.reached(run, done, found, walked=walked)

    def series(self, run: int) -> pa.Table:
        record = self._runs.touch(run).record
        with self.store.reading() as cursor:
            return series_seen(cursor, record, self.pending.until(record.project_id, self.tick()))

    def observe(self, run: int, part: int, kind: PartKind, table: pa.Table) -> None:
        found = self._runs.touch(run)
        with self.facts_lock:
            if self.observations.path_of(run, part, kind).exists():
                return
            if found.record.finished:
                raise BadInput(f"run {run} is finished", hint="begin another")
            self.pending.add(self.observations.write(found.record, part, kind, table, self.tick()))
            self.folder.tell(found.record.project_id)
            if found.record.kind == "headers" and time.monotonic() - found.folded > FOLD:
                self._derive(found.record)
                found.folded = time.monotonic()

    def finish(self, run: int, *, complete: bool = True) -> RunSummary:
        found = self._runs.touch(run)
        with self.facts_lock:
            record = self.observations.record(run)
            if not record.finished:
                changed_rules = self.take_rules(strict=False)
                if changed_rules or self._has_news(record.project_id):
                    self._derive(record)
                record = replace(record, finished=self.tick().isoformat(), complete=complete)
                self.observations.note(record)
            found.record = record
            self._runs.end(run)
        self._herald.tell({record.project: record.project_id})
        with self.store.reading() as cursor:
            return summary(cursor, record)

    def _has_news(self, project_id: str) -> bool:
        with self.store.reading() as cursor:
            return bool(self.pending.parts.get(project_id)) or replay.newly_taken(cursor, project_id) > 0

    def _derive(self, record: RunRecord) -> None:
        # the second pass asks for the headers of all that is known: the whole disk is no root of the project's
        roots = [shown_root(root) for root in record.roots if record.kind != "headers"]
        self.derive(record.project, record.project_id, run=record.run, roots=roots)

    def derive(self, project: str, project_id: str, *, run: int, roots: Sequence[str]) -> None:
        """Take in what was observed of a project and make its scans, sessions and subjects of it."""
        with self.facts_lock, self.folder.resting():
            at = self.tick()
            self.folder.take(self.pending.until(project_id, at))
            words = {"project": project, "project_id": project_id, "run": run, "roots": roots}
            before = self.journal.last_seq
            try:
                with self.store.writing() as cursor:
                    replay.derive(cursor, self.journal, at, words)
            except BaseException as error:
                if self.journal.last_seq != before:
                    raise self.store.doom(error) from error
                raise
            self.store.checkpoint()

    def take_rules(self, *, strict: bool) -> bool:
        """Keep the lab's names.toml in the journal when it was edited; whether it was."""
        text = self.home.names.read_text(encoding="utf-8") if self.home.names.exists() else None
        with self.store.reading() as cursor:
            last = query(cursor, "select arg_max(text, seq) from rules")[0][0]
        if text == last or (text is None and last is None):
            return False
        try:
            read_rules(text)
        except BadInput:
            if strict:
                raise
            return False  # edited while the index ran: the next begin will say what is wrong with it
        with self.facts_lock, self.sayings_lock:
            self.say_system(Draft("rules", "", "", {"digest": rules_digest(text), "text": text}))
        return True

    def say(self, sayings: Sequence[Saying]) -> Receipt:
        if not sayings:
            return Receipt(self.journal.last_seq, self.journal.last_seq)
        at_once = any(saying.verb in AT_ONCE for saying in sayings) and not self._undo_plainly(sayings)
        with self.facts_lock if at_once else self.sayings_lock, self.sayings_lock:
            return self._said_one_by_one(sayings) if at_once else self._said(sayings)

    def _undo_plainly(self, sayings: Sequence[Saying]) -> bool:
        """Undos of ratings, entries and the like are said together: thousands of them in a second."""
        if not all(saying.verb == "undo" for saying in sayings):
            return False
        self.scribe.catch_up()  # they may be of what was said a moment ago
        with self.store.reading() as cursor:
            return undoes_plainly(cursor, sayings)

    def _said(self, sayings: Sequence[Saying]) -> Receipt:
        events, due = self._taken(sayings)
        self._opened(due)
        return Receipt(events[0].seq, events[-1].seq)

    def _taken(self, sayings: Sequence[Saying]) -> tuple[list[Event], list[Draft]]:
        """The sayings in the journal, and what is to be said in the open because of them."""
        project_ids = {saying.project: self.project_id(saying.project) for saying in sayings}
        sayings = [self.sealed.redirected(saying) for saying in sayings]
        if any(saying.payload.get("settles") for saying in sayings):
            self.scribe.catch_up()  # whether one rated it oneself may have been said a moment ago
        with self.store.reading() as cursor:
            checking = Checking(cursor, self.forms.library, len(sayings), self.sealed.campaigns)
            drafts = [checked(checking, saying, project_ids[saying.project]) for saying in sayings]
        self.forms.keep(drafts)
        events = self._journaled([self.sealed.sealed(draft) for draft in drafts], project_ids)
        due = self.sealed.took(events)
        if any(saying.verb == "undo" for saying in sayings):
            self.sealed.forget()
        return events, due

    def _opened(self, due: Sequence[Draft]) -> None:
        """Say in the open what was sealed."""
        if due:
            project_ids = {draft.project: self.project_id(draft.project) for draft in due}
            self.sealed.took(self._journaled(due, project_ids))

    def _journaled(self, drafts: Sequence[Draft], project_ids: Mapping[str, str]) -> list[Event]:
        events = self.journal.append(drafts, self.tick())
        self.scribe.take([(event, project_ids[event.project]) for event in events])
        return list(events)

    def sealed_by(self, project: str, who: str) -> tuple[dict[str, Held], dict[str, int], set[str]]:
        """What this person has said that nobody is told yet, by how many each scan is rated so, and all scans that are rated blind."""
        with self.sayings_lock:
            return self.sealed.mine(project, who), self.sealed.waiting(project), self.sealed.blind(project)

    def _written(self, events: Sequence[Event]) -> None:
        """The tables have these sayings: they can be published."""
        self._herald.tell({event.project: self.project_id(event.project) for event in events})

    def _said_one_by_one(self, sayings: Sequence[Saying]) -> Receipt:
        """Sayings that hold from the answer on; each may speak of what the one before it made."""
        self.scribe.catch_up()
        receipts = []
        due: list[Draft] = []
        for saying in sayings:
            if saying.verb == "project":
                self._made_project(saying.project, saying.who)
                receipts.append(Receipt(self.journal.last_seq, self.journal.last_seq))
                continue
            if saying.verb not in AT_ONCE or self._undo_plainly([saying]):
                (event,), opened = self._taken([saying])
                due += opened
                self.scribe.catch_up()
                receipts.append(Receipt(event.seq, event.seq))
                continue
            project_id = self.project_id(saying.project)
            with self.store.reading() as cursor:
                draft = checked(Checking(cursor, self.forms.library), saying, project_id)
            (event,) = self.journal.append([draft], self.tick())
            with self._after_journal() as cursor:
                replay.apply(cursor, event, self.pending)
            self._memberships_said += 1
            self._written([event])
            receipts.append(Receipt(event.seq, event.seq))
        self._opened(due)  # behind them: a receipt's numbers are of one's own sayings
        return Receipt(receipts[0].first, receipts[-1].last)

    def manifest(
        self, project: str, *, min_seq: int = 0, lease: str = "", identified: bool = True
    ) -> Manifest:
        """``identified=False``: without what tells who a person is, for who may not ``identify``."""
        project_id = self.project_id(project)
        if min_seq > self.journal.last_seq:
            raise BadInput(
                f"nothing was said under number {min_seq} yet", hint=f"the last is {self.journal.last_seq}"
            )
        until = time.monotonic() + WAIT
        self.scribe.catch_up(WAIT)
        while True:
            publish = self.publisher.newest if identified else self.publisher.newest_general
            manifest = publish(project, project_id, lease=lease)
            if manifest.journal_seq >= min_seq:
                return manifest
            if time.monotonic() > until:
                raise Busy(
                    f"number {min_seq} is not published yet",
                    hint="a large index is being taken in; try again",
                )
            time.sleep(0.02)

    def measured(
        self, project: str, rows: Sequence[Mapping[str, Any]], seen: Sequence[Mapping[str, str]]
    ) -> None:
        """Keep what was measured of scans, and publish it soon: rows as ``measures.COLUMNS`` and ``SEEN`` name them."""
        project_id = self.project_id(project)
        self.measures.add(project_id, rows, seen, self.tick())
        self._herald.tell({project: project_id})

    def do(self, verb: str, **words: Any) -> dict[str, Any]:
        return verbs.do(self, verb, words)


_: Callable[[Home], records.Owner] = Catalogue
