"""The verb that shows everything at once: demo."""

import argparse
import os
import sys

from labarchive import demo
from labarchive.cli.verbs import Verb, json_word
from labarchive.phantom import PROFILES


def _demo_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, help="8000 for the hub, 8888 for one Lab")
    parser.add_argument("--alone", action="store_true", help="one Lab for yourself, also as root")
    parser.add_argument("--browser", action="store_true", help="open the page in this machine's browser")
    parser.add_argument("--profile", choices=tuple(PROFILES), default="demo", help="how large the example is")
    parser.add_argument(
        "--students",
        type=int,
        default=0,
        metavar="N",
        help="so many more accounts, members of the first study",
    )
    json_word(parser)


def _demo(args: argparse.Namespace) -> int:
    if args.home is None:  # start anew, so that ps tells whose process this is
        words = ["demo", *sys.argv[sys.argv.index("demo") + 1 :]]
        os.execv(sys.executable, [sys.executable, "-P", "-m", "labarchive", "--home", str(demo.OWN), *words])
    return demo.run(
        args.home,
        port=args.port,
        open_browser=args.browser,
        as_json=args.json,
        profile=args.profile,
        alone=args.alone,
        students=args.students,
    )


VERBS = (Verb("demo", _demo_words, _demo, needs_home=False, example="demo --browser"),)
