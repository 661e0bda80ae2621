"""Readers at work: tasks go out to a few processes (or one thread, for little work), tables come back, in any order."""

import contextlib
import pickle
import struct
import subprocess
import sys
import threading
import time
from collections import deque
from typing import Any, BinaryIO, Protocol

from labarchive.index.arrow import Table, pa
from labarchive.index.guarded import Guard
from labarchive.index.hands import Hands
from labarchive.index.lean import environment
from labarchive.index.reading import Reader
from labarchive.index.tasks import Doer, Task, given_up
from labarchive.index.worker import send

_TRIES = 3
"""Starts of a reader before its run is given up."""


class Worker(Protocol):
    """Something that does tasks one after the other."""

    def do(self, task: Task) -> Table: ...

    def close(self) -> None: ...


def in_process(threads: int, words: tuple[str, ...]) -> Worker:
    """A worker in this process: no start-up, for little work."""
    return Doer(Reader(Hands(threads), Guard(words=words)))


class Process:
    """A worker in a process of its own; raises EOFError when it died."""

    def __init__(self, threads: int, words: tuple[str, ...]) -> None:
        began = time.perf_counter()
        self._child = subprocess.Popen(
            [sys.executable, "-m", "labarchive.index.worker", str(threads), *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(),
            start_new_session=True,  # Ctrl-C is for the parent, which then closes our input
        )
        self._receive()
        self.started_in = time.perf_counter() - began

    def do(self, task: Task) -> Table:
        """Sends the task and waits for its table."""
        try:
            send(self._pipe(self._child.stdin), pickle.dumps(task, protocol=5))
        except BrokenPipeError:
            raise EOFError from None
        answer = self._receive()
        if not answer:
            raise ValueError("the task failed")
        return pa.ipc.open_stream(answer).read_all()

    def close(self) -> None:
        """Ends the process."""
        self._child.kill()
        self._child.communicate()

    def _receive(self) -> bytes:
        stream = self._pipe(self._child.stdout)
        head = stream.read(8)
        if len(head) < 8:
            raise EOFError
        size = struct.unpack("<Q", head)[0]
        content = stream.read(size)
        if len(content) < size:
            raise EOFError
        return content

    @staticmethod
    def _pipe(stream: Any) -> BinaryIO:
        assert stream is not None
        return stream  # type: ignore[no-any-return]


class Readers:
    """A bounded queue of tasks before the workers, and of tables behind them.

    ``put`` waits while many tasks are open; ``put_first`` never waits, so that who takes results may ask for more.
    """

    def __init__(self, processes: int, threads: int, words: tuple[str, ...] = ()) -> None:
        self._ways = max(1, processes)
        self._processes, self._threads, self._words = processes, threads, words
        self._tasks: deque[Task] = deque()
        self._results: deque[tuple[Task, Table] | BaseException] = deque()
        self._open = 0
        self._ended = self._stopped = False
        self._changed = threading.Condition()
        self.started_in = 0.0
        """Seconds from the first process asked for to its first answer; 0 without processes."""
        self._workers = [threading.Thread(target=self._work, daemon=True) for _ in range(self._ways)]
        for worker in self._workers:
            worker.start()

    def put(self, task: Task) -> bool:
        """Adds a task, waiting for room; False when it is no longer wanted."""
        with self._changed:
            while self._open >= 4 * self._ways and not self._stopped:
                self._changed.wait()
            self._tasks.append(task)
            self._open += 1
            self._changed.notify_all()
            return not self._stopped

    def put_first(self, task: Task) -> None:
        """Adds a task before the others, without waiting."""
        with self._changed:
            self._tasks.appendleft(task)
            self._open += 1
            self._changed.notify_all()

    def end(self) -> None:
        """No more ``put`` will come."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def fail(self, wrong: BaseException) -> None:
        """Whoever takes results shall see this."""
        with self._changed:
            self._results.append(wrong)
            self._changed.notify_all()

    def take(self) -> tuple[Task, Table] | None:
        """The next result; None when all is done. Raises what a worker raised."""
        with self._changed:
            while not self._results:
                if self._ended and not self._open:
                    return None
                self._changed.wait()
            result = self._results.popleft()
            if isinstance(result, BaseException):
                raise result
            self._open -= 1
            self._changed.notify_all()
            return result

    def close(self) -> None:
        """Stops the workers, whatever they do."""
        with self._changed:
            self._stopped = True
            self._tasks.clear()
            self._changed.notify_all()
        for worker in self._workers:
            worker.join()

    def _work(self) -> None:
        worker: Worker | None = None
        try:
            worker = self._new()
            while (task := self._next()) is not None:
                worker = self._do(worker, task)
        except BaseException as wrong:  # shown to whoever takes results
            self.fail(wrong)
        finally:
            if worker is not None:
                worker.close()

    def _next(self) -> Task | None:
        with self._changed:
            while not self._tasks and not self._stopped:
                self._changed.wait()
            return None if self._stopped else self._tasks.popleft()

    def _new(self) -> Worker:
        if not self._processes:
            return in_process(self._threads, self._words)
        worker = self._process()
        self.started_in = self.started_in or worker.started_in
        return worker

    def _process(self) -> Process:
        """One that answered; a process killed while it starts (memory is short, say) is tried again, not for ever."""
        for _ in range(_TRIES - 1):
            with contextlib.suppress(EOFError):
                return Process(self._threads, self._words)
        return Process(self._threads, self._words)

    def _do(self, worker: Worker, task: Task) -> Worker:
        """Does the task, halving it around a thing that kills its reader; gives the worker that is alive then."""
        tables: list[Table] = []
        todo = [(task, 0)]
        while todo:
            part, deaths = todo.pop()
            try:
                tables.append(worker.do(part))
            except Exception as wrong:  # one bad file must not stop the others: it is found by halving
                if isinstance(wrong, EOFError):
                    worker.close()
                    if self._stopped:
                        return worker
                    worker = self._new()
                if len(part.things) > 1:
                    todo += [(half, 0) for half in part.halves()]
                elif not deaths:
                    todo.append((part, 1))
                else:
                    tables.append(given_up(part))
        with self._changed:
            self._results.append((task, pa.concat_tables(tables)))
            self._changed.notify_all()
        return worker
