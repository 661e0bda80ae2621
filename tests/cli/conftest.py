"""The command line over the hand-made archive of tests/selection; whole processes are tried in tests/whole."""

import io
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import labarchive
from labarchive.cli import main
from labarchive.selection.archive import Archive
from tests.selection.conftest import HandMade, hand_made


@dataclass
class Done:
    code: int
    out: str
    err: str
    raw: bytes


@pytest.fixture
def tables() -> HandMade:
    return hand_made()


@pytest.fixture
def run(tables: HandMade, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Run one command line in this process."""
    monkeypatch.setattr(labarchive, "open", lambda path=None, **_: Archive(tables), raising=False)

    def run(*words: str) -> Done:
        out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            code = main(["--home", str(tmp_path / "home"), *words])
            out.flush()
        raw = out.buffer.getvalue()  # type: ignore[attr-defined]
        return Done(code, raw.decode("utf-8", "replace"), err.getvalue(), raw)

    return run
