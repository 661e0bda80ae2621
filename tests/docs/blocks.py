"""The code blocks of a page: read, and run one after the other as a reader would."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
FENCE = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ELSEWHERE: Mapping[str, str] = {
    "make demo": "tests/browser/test_demo.py",
    "labarchive demo": "tests/browser/test_demo.py",
    "pip install 'labarchive[demo]' && labarchive demo": "tests/packaging/test_wheel.py",
    "make test": ".ci/run",
}
"""Commands that are not run for a page: what runs them instead."""


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block and the line it begins at."""

    language: str
    code: str
    line: int


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [Block(m[1], m[2], text[: m.start()].count("\n") + 2) for m in FENCE.finditer(text)]


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody at a shell and a notebook: what one block made, the next one finds."""

    nas: Path
    home: Path
    folder: Path
    names: dict[str, Any] = field(default_factory=dict)

    def run(self, page: Path, block: Block) -> None:
        code = block.code.replace("/mnt/nas", str(self.nas))
        if block.language == "python":
            exec(compile("\n" * (block.line - 1) + code, str(page), "exec"), self.names)
        elif block.language == "sh" and code.strip() not in ELSEWHERE:
            self._shell(code, f"{page.relative_to(ROOT)}, line {block.line}")

    def _shell(self, code: str, where: str) -> None:
        """Variables outlive a block as they would outlive it in a shell."""
        kept = self.folder / ".variables"
        script = f"set -euo pipefail\n[ ! -e {kept} ] || . {kept}\n{code}\ndeclare -p id seq 2>/dev/null > {kept} || true\n"
        own = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "LABARCHIVE_HOME": str(self.home),
        }
        done = subprocess.run(
            ["bash", "-c", script], cwd=self.folder, env=own, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, f"{where}:\n{code}\n{done.stdout}\n{done.stderr}"
