"""What was said, in the order it was said: JSON lines in a hash chain, fsynced before anybody is answered.

An envelope holds a salted digest of its payload, which lies in a file of its own, so that a payload can be
redacted without breaking the chain.
"""

import hashlib
import json
import os
import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from labarchive.catalogue.disk import folder_made, no_room, replaced, sync_folder
from labarchive.errors import Damaged

SEGMENT = 8 << 20
"""Bytes of envelopes after which a new segment begins."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A saying or a system event before it has a number."""

    verb: str
    project: str
    about: str
    payload: Mapping[str, Any]
    door: str = "owner"
    who: str = "labarchive"


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the journal; ``payload`` is None once it was redacted."""

    seq: int
    at: datetime
    who: str
    door: str
    project: str
    about: str
    verb: str
    payload: Mapping[str, Any] | None


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def payload_digest(salt: str, payload: Any) -> str:
    return hashlib.sha256(salt.encode() + canonical(payload)).hexdigest()


def envelope_hash(envelope: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical({k: v for k, v in envelope.items() if k != "hash"})).hexdigest()


class Journal:
    """The journal in one folder, open for appending by one process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder_made(folder)
        self._lock = threading.Lock()
        self.last_seq, self.last_hash, self.last_at = 0, "", datetime.min
        segments = self.segments()
        if segments:
            self.torn = heal(segments[-1])
            self._remember(segments)

    def segments(self) -> list[Path]:
        """The envelope files, oldest first."""
        return sorted(path for path in self.folder.glob("[0-9]*.jsonl") if ".payload" not in path.name)

    def _remember(self, segments: Sequence[Path]) -> None:
        for segment in reversed(segments):
            lines = segment.read_bytes().splitlines()
            if lines:
                last = json.loads(lines[-1])
                self.last_seq, self.last_hash = last["seq"], last["hash"]
                self.last_at = datetime.fromisoformat(last["at"])
                return

    def append(self, drafts: Sequence[Draft], at: datetime) -> list[Event]:
        """The drafts as numbered events, durable when this returns. Raises NoRoom, and then nothing was written."""
        with self._lock:
            segment = self._segment()
            events, envelopes, payloads = self._sealed(drafts, at)
            _append_durably([(beside(segment), payloads), (segment, envelopes)])
            last = json.loads(envelopes[-1])
            self.last_seq, self.last_hash, self.last_at = last["seq"], last["hash"], at
            return events

    def _sealed(self, drafts: Sequence[Draft], at: datetime) -> tuple[list[Event], list[bytes], list[bytes]]:
        events, envelopes, payloads = [], [], []
        prev = self.last_hash
        for seq, draft in enumerate(drafts, self.last_seq + 1):
            salt = secrets.token_hex(16)
            envelope = {
                "seq": seq, "at": at.isoformat(timespec="microseconds"), "who": draft.who, "door": draft.door,
                "project": draft.project, "about": draft.about, "verb": draft.verb,
                "digest": payload_digest(salt, draft.payload), "prev": prev,
            }  # fmt: skip
            prev = envelope["hash"] = envelope_hash(envelope)
            envelopes.append(canonical(envelope))
            payloads.append(canonical({"seq": seq, "salt": salt, "payload": draft.payload}))
            events.append(_event(envelope, draft.payload))
        return events, envelopes, payloads

    def _segment(self) -> Path:
        segments = self.segments()
        if segments and segments[-1].stat().st_size < SEGMENT:
            return segments[-1]
        number = int(segments[-1].stem) + 1 if segments else 1
        fresh = self.folder / f"{number:06d}.jsonl"
        for path in (beside(fresh), fresh):
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        sync_folder(self.folder)
        return fresh

    def events(self, after: int = 0) -> Iterator[Event]:
        """Everything said after ``after``, in order. Raises Damaged where a line cannot be read."""
        for segment in self._from(after):
            for envelope, line in _pairs(segment):
                if envelope["seq"] > after:
                    yield _event(envelope, line.get("payload"))

    def newest(self, after: int = 0, holding: Sequence[bytes] = (b"",)) -> Iterator[Event]:
        """Everything said after ``after``, newest first, if its payload's line holds one of these texts."""
        for segment in reversed(self._from(after)):
            with segment.open("rb") as envelopes, beside(segment).open("rb") as payloads:
                lines = zip(envelopes, payloads, strict=False)
                pairs = [pair for pair in lines if any(text in pair[1] for text in holding)]
            for envelope, payload in reversed(pairs):
                event = _event(json.loads(envelope), json.loads(payload).get("payload"))
                if event.seq <= after:
                    return
                yield event

    def _from(self, after: int) -> list[Path]:
        segments = self.segments()
        starts = [_first_seq(segment) for segment in segments]
        first = max((at for at, start in enumerate(starts) if start <= after + 1), default=0)
        return segments[first:]

    def redact(self, seq: int) -> None:
        """Forget the payload of ``seq``; its digest stays, so that the chain holds."""
        with self._lock:
            segment = self._from(seq - 1)[0]
            lines = {line["seq"]: line for _, line in _pairs(segment)}
            if not lines[seq].get("redacted"):
                lines[seq] = {"seq": seq, "redacted": True}
                replaced(beside(segment), b"".join(canonical(line) + b"\n" for line in lines.values()))

    def problems(self) -> Iterator[str]:
        """Each break of the chain and each payload that is not what was said, in a sentence."""
        seq, prev = 0, ""
        for segment in self.segments():
            try:
                for envelope, line in _pairs(segment):
                    seq += 1
                    yield from _faults(envelope, line, seq, prev)
                    prev = envelope["hash"]
            except Damaged as damaged:
                yield str(damaged)


def _faults(envelope: Mapping[str, Any], line: Mapping[str, Any], seq: int, prev: str) -> Iterator[str]:
    if envelope["seq"] != seq:
        yield f"journal entry {seq} is missing"
    if envelope["prev"] != prev or envelope["hash"] != envelope_hash(envelope):
        yield f"the hash chain of the journal breaks at entry {envelope['seq']}"
    if not line.get("redacted") and payload_digest(line["salt"], line["payload"]) != envelope["digest"]:
        yield f"the payload of journal entry {envelope['seq']} is not what was said"


def beside(segment: Path) -> Path:
    """The payloads of a segment."""
    return segment.with_name(f"{segment.stem}.payload.jsonl")


def _event(envelope: Mapping[str, Any], payload: Mapping[str, Any] | None) -> Event:
    return Event(
        seq=envelope["seq"], at=datetime.fromisoformat(envelope["at"]), who=envelope["who"],
        door=envelope["door"], project=envelope["project"], about=envelope["about"],
        verb=envelope["verb"], payload=payload,
    )  # fmt: skip


def _pairs(segment: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    with segment.open("rb") as envelopes, beside(segment).open("rb") as payloads:
        for number, line in enumerate(envelopes, 1):
            try:
                envelope, payload = json.loads(line), json.loads(payloads.readline())
                matched = envelope["seq"] == payload["seq"]
            except (ValueError, KeyError, TypeError) as error:
                raise _unreadable(segment, number) from error
            if not matched:
                raise _unreadable(segment, number)
            yield envelope, payload


def _unreadable(segment: Path, number: int) -> Damaged:
    return Damaged(
        f"line {number} of journal segment {segment.stem} cannot be read", hint="restore it from the backup"
    )


def _first_seq(segment: Path) -> int:
    with segment.open("rb") as lines:
        line = lines.readline()
    try:
        return int(json.loads(line)["seq"]) if line else 1 << 62
    except (ValueError, KeyError, TypeError) as error:
        raise _unreadable(segment, 1) from error


def _append_durably(writes: Sequence[tuple[Path, Sequence[bytes]]]) -> None:
    lengths = [(path, path.stat().st_size) for path, _ in writes]
    try:
        opened = []
        for path, lines in writes:
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
            opened.append(descriptor)
            _write_all(descriptor, b"".join(line + b"\n" for line in lines))
        for descriptor in opened:
            os.fdatasync(descriptor)
    except OSError as error:
        for path, length in lengths:
            os.truncate(path, length)
        raise no_room(error, "the journal") from error
    finally:
        for descriptor in opened:
            os.close(descriptor)


def _write_all(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def heal(segment: Path) -> int:
    """Bytes of a last, torn, never acknowledged line that were set aside, so that appending can go on."""
    whole = min(_whole_lines(segment), _whole_lines(beside(segment)))
    return sum(_cut(path, whole) for path in (segment, beside(segment)))


def _whole_lines(path: Path) -> int:
    if not path.exists():
        path.touch(0o600)
    lines = path.read_bytes().splitlines(keepends=True)
    if lines and not _is_whole(lines[-1]):
        lines.pop()
    return len(lines)


def _is_whole(line: bytes) -> bool:
    try:
        return line.endswith(b"\n") and isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _cut(path: Path, whole: int) -> int:
    content = path.read_bytes()
    kept = b"".join(content.splitlines(keepends=True)[:whole])
    torn = content[len(kept) :]
    if torn:
        aside = path.with_name(f"torn-{path.name}-{len(kept)}")
        replaced(aside, torn)
        os.truncate(path, len(kept))
        descriptor = os.open(path, os.O_WRONLY)
        os.fsync(descriptor)
        os.close(descriptor)
    return len(torn)
