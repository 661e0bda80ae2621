"""A question in SQL over what one caller may see, answered by a process that is thrown away."""

import json
import subprocess
import sys
from dataclasses import asdict
from typing import Any

from labarchive.errors import BadInput, met
from labarchive.records import Manifest
from labarchive.wire.protocol import write

MEMORY = 512 << 20
SECONDS = 3.0
PATIENCE = 10.0
"""Seconds after which the worker is killed, whatever it is at."""
ROWS = 100_000
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "OPENBLAS_NUM_THREADS": "1", "LANG": "C.UTF-8"}
"""All that a worker is told of where it runs."""


def worked(manifest: Manifest, question: str) -> Any:
    """The answer as an Arrow table. Raises BadInput for a question that is none or too much."""
    import pyarrow as pa

    limits = {"memory": MEMORY, "seconds": SECONDS, "rows": ROWS}
    given = json.dumps({**limits, "manifest": json.loads(write(asdict(manifest)))}) + "\n"
    try:
        done = subprocess.run(
            [sys.executable, "-m", "labarchive.server.sql_worker"],
            input=given.encode() + question.encode("utf-8", "replace"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=ENVIRONMENT, cwd="/", timeout=PATIENCE, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise BadInput(
            f"no answer within {PATIENCE:.0f} seconds", hint="ask it in a kernel of your own"
        ) from None
    if done.returncode == 0:
        return pa.ipc.open_stream(done.stdout).read_all()
    raise _problem(done.stdout)


def _problem(said: bytes) -> Exception:
    """What the worker said; a worker that said nothing came to a limit of the kernel's."""
    try:
        words = json.loads(said)
        return met(words["error"], words["what"], words["hint"], else_=BadInput)
    except (ValueError, KeyError):
        return BadInput(
            "that question needs more than one question may", hint="ask it in a kernel of your own"
        )
