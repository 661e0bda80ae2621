"""A reader process: tasks in on its standard input, Arrow tables out on its standard output."""

import os
import pickle
import struct
import sys
from typing import BinaryIO

from labarchive.index.arrow import Table, pa
from labarchive.index.guarded import Guard
from labarchive.index.guarded_child import die_with_parent
from labarchive.index.hands import Hands
from labarchive.index.lean import without_pandas
from labarchive.index.reading import Reader
from labarchive.index.tasks import Doer, Task

NICE = 5
"""Who rates meanwhile goes first."""


def main(words: list[str]) -> None:
    """Answers until its parent closes its end or goes. First word: how many threads; the rest name the archive."""
    without_pandas()
    die_with_parent()
    os.nice(NICE)
    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    doer = Doer(Reader(Hands(int(words[0])), Guard(words=tuple(words[1:]))))
    send(answers, b"")
    try:
        while head := asked.read(8):
            task = pickle.loads(asked.read(struct.unpack("<Q", head)[0]))  # noqa: S301, from our own parent
            send(answers, _answer(doer, task))
    except BrokenPipeError:
        pass
    finally:
        doer.close()


def _answer(doer: Doer, task: Task) -> bytes:
    """The table; nothing where the task failed, so that the parent finds the file at fault by halving."""
    try:
        return to_bytes(doer.do(task))
    except Exception as wrong:  # one bad file must not stop the others
        print(f"a task of {len(task.things)} failed: {type(wrong).__name__}", file=sys.stderr)  # noqa: T201
        return b""


def send(stream: BinaryIO, content: bytes) -> None:
    """Length and content."""
    stream.write(struct.pack("<Q", len(content)))
    stream.write(content)
    stream.flush()


def to_bytes(table: Table) -> bytes:
    """The table as an Arrow IPC stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content


if __name__ == "__main__":
    main(sys.argv[1:])
