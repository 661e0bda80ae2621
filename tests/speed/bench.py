"""``make bench``: one table of ratios, ours beside the tools people use, measured in one run on this machine.

python -m tests.speed.bench [--only index,rescan,...] [--files N] [--turns N] [--million]
"""

import argparse
import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from labarchive.errors import LabarchiveError
from tests.speed import (
    drawing,
    following,
    house,
    indexing,
    judging,
    opening,
    panel,
    questions,
    shares,
    trees,
    viewing,
)
from tests.speed.table import Table

Part = Callable[[Table, argparse.Namespace], None]


def _index(table: Table, given: argparse.Namespace) -> None:
    indexing.local(table, trees.plain("vendor", given.files), "made headers", given.turns)
    real = trees.real(given.files)
    if real is None:
        table.skip("index, local, real headers", "the real files of many vendors are not here")
    else:
        indexing.local(table, real, "real headers", given.turns)


def _far(table: Table, given: argparse.Namespace) -> None:
    indexing.far(table, trees.real(given.files) or trees.plain("vendor", given.files), given.rtt_us)


def _bids(table: Table, given: argparse.Namespace) -> None:
    indexing.bids(table, trees.bids(given.subjects), "a made BIDS data set", given.turns)
    real = trees.dev_data()
    if real is not None:
        indexing.bids(table, real / "bids_synthetic" / "synthetic", "bids_synthetic", given.turns)


PARTS: dict[str, Part] = {
    "import": lambda table, given: opening.imports(table),
    "index": _index,
    "far": _far,
    "rescan": lambda table, given: indexing.rescan(table, trees.plain("vendor", given.files), given.turns),
    "headers": lambda table, given: indexing.second_pass(table),
    "bids": _bids,
    "load": lambda table, given: opening.loading(table, trees.native(), given.rtt_us),
    "open": lambda table, given: opening.first_answer(table),
    "growth": lambda table, given: opening.growth(table),
    "say": lambda table, given: opening.saying(table, trees.plain("scale", 100_000)),
    "questions": lambda table, given: questions.typical(table, given.catalogued),
    "panel": lambda table, given: panel.panel(table),
    "enter": lambda table, given: panel.entering(table),
    "browse": lambda table, given: house.browsing(table),
    "rows": lambda table, given: house.rows(table),
    "download": lambda table, given: house.download(table),
    "mosaics": lambda table, given: drawing.mosaics(table),
    "following": lambda table, given: following.following(table),
    "judging": lambda table, given: judging.judging(table),
    "viewing": lambda table, given: viewing.viewing(table),
    "memory": lambda table, given: shares.memory(table),
    "signin": lambda table, given: shares.signing_in(table),
    "million": lambda table, given: questions.million(table) if given.million else None,
}


def main(words: Sequence[str] | None = None) -> None:
    """Run the parts and print their rows."""
    parser = argparse.ArgumentParser(prog="python -m tests.speed.bench", description=__doc__)
    parser.add_argument("--only", default=",".join(PARTS), help=f"some of {', '.join(PARTS)}")
    parser.add_argument("--files", type=int, default=30_000, help="of the vendor tree")
    parser.add_argument("--subjects", type=int, default=1500, help="of the BIDS data set, 20 files each")
    parser.add_argument("--catalogued", type=int, default=1_000_000, help="file rows to ask questions of")
    parser.add_argument("--turns", type=int, default=2, help="runs of each; the best counts")
    parser.add_argument("--rtt-us", type=int, default=1000, help="round trip of the far tree")
    parser.add_argument(
        "--million", action="store_true", help="make a million files and index them (minutes)"
    )
    given = parser.parse_args(words)
    wrong = set(given.only.split(",")) - PARTS.keys()
    if wrong:
        parser.error(f"no part is called {', '.join(sorted(wrong))}: there are {', '.join(PARTS)}")
    trees.KEPT.mkdir(parents=True, exist_ok=True)
    table = Table()
    for name in given.only.split(","):
        try:
            PARTS[name](table, given)
        except (subprocess.SubprocessError, OSError, LabarchiveError) as wrong:  # the other parts still tell
            table.skip(name, wrong)
    print(
        f"\n{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; trees in {Path(trees.KEPT).name}/\n\n{table}"
    )


if __name__ == "__main__":
    main()
