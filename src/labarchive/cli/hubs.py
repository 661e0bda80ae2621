"""The verb hub: whether this machine can be the lab's, and what makes it so."""

import argparse
from pathlib import Path

from labarchive.cli.render import as_json, say
from labarchive.cli.verbs import Verb, json_word
from labarchive.errors import Damaged

SHAPES = {"green": "● well ", "yellow": "◆ watch", "red": "■ ill  "}
ETC = Path("/etc/labarchive")


def _words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what", choices=("check", "install"), help="say what is not as it should be; write units and secrets"
    )
    parser.add_argument("--etc", type=Path, default=ETC, metavar="DIR", help="where lab.toml lies")
    parser.add_argument("--units", type=Path, metavar="DIR", help="where units go (/etc/systemd/system)")
    parser.add_argument("--dry-run", action="store_true", help="say what install would do, and do nothing")
    json_word(parser)


def _hub(args: argparse.Namespace) -> int:
    return _check(args) if args.what == "check" else _install(args)


def _check(args: argparse.Namespace) -> int:
    """Exit code 5 where something is ill."""
    from labarchive.hub import read_lab
    from labarchive.hub.check import checked

    found = checked(read_lab(args.etc / "lab.toml"))
    ok = all(each.colour != "red" for each in found)
    if args.json:
        say(as_json({"ok": ok, "checks": [each.words() for each in found]}))
    else:
        for each in found:
            say(f"{SHAPES[each.colour]}  {each.name.ljust(12)}  {each.says}")
            if each.hint:
                say(f"{'':23}next: {each.hint}")
    return 0 if ok else Damaged.exit_code


def _install(args: argparse.Namespace) -> int:
    from labarchive.hub.install import Site, install, next_steps, plan

    site = Site(args.etc, args.units) if args.units else Site(args.etc)
    steps = list(plan(site)) if args.dry_run else install(site)
    left = next_steps(site)
    if args.json:
        say(as_json({"dry_run": args.dry_run, "steps": [each.words() for each in steps], "next": left}))
        return 0
    for each in steps:
        say(f"{each.does.ljust(6)}  {each.what}{f'  {each.place}' if each.place else f'  {each.owner}'}")
    say(
        "",
        "nothing was done; without --dry-run it is" if args.dry_run else "next:",
        *([] if args.dry_run else left),
    )
    return 0


VERBS = (Verb("hub", _words, _hub, needs_home=False, example="hub install --dry-run"),)
