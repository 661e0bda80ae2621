"""The verb of forms: which there are, REDCap's data dictionaries in and out."""

import argparse
from pathlib import Path

from labarchive.catalogue.disk import folder_made, replaced
from labarchive.cli.keeping import read
from labarchive.cli.opening import home_of
from labarchive.cli.render import as_json, say, table
from labarchive.cli.verbs import Verb, json_word
from labarchive.errors import BadInput
from labarchive.forms import Library
from labarchive.forms import redcap as of_redcap
from labarchive.forms.form import LEVELS
from labarchive.forms.toml import text_of


def _words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="FORM", help="with --to-redcap: which; else all")
    parser.add_argument(
        "--from-redcap",
        type=Path,
        metavar="FILE",
        help="a data dictionary: its forms, and what is not understood",
    )
    parser.add_argument(
        "--level", choices=LEVELS, default="session", help="of what they are filled in (default: session)"
    )
    parser.add_argument(
        "--apply", action="store_true", help="write these forms into the archive's folder of forms"
    )
    parser.add_argument("--to-redcap", type=Path, metavar="FILE", help="write forms as a data dictionary")
    json_word(parser)


def _forms(args: argparse.Namespace) -> int:
    library = Library(home_of(args).forms)
    if args.from_redcap is not None:
        return _taken(args, library)
    chosen = [library.form(name) for name in args.names or library.names()]
    if args.to_redcap is not None:
        args.to_redcap.write_text(of_redcap.write(chosen), encoding="utf-8", newline="")
        say(f"{len(chosen)} forms are in {args.to_redcap}")
        return 0
    rows = [[form.name, form.version, form.level, len(form.items), form.title] for form in chosen]
    if args.json:
        heads = ("name", "version", "level", "items", "title")
        say(as_json({"items": [dict(zip(heads, row, strict=True)) for row in rows]}))
    else:
        table(["name", "version", "level", "items", "title"], rows)
    return 0


def _taken(args: argparse.Namespace, library: Library) -> int:
    """A dictionary's forms: told, and written with --apply. Raises BadInput for a name that is taken."""
    found = of_redcap.read(read(args.from_redcap, "data dictionary"), level=args.level)
    taken = [form.name for form in found.forms if form.name in library.names()]
    if args.json:
        say(as_json({"forms": [{"name": form.name, "items": len(form.items)} for form in found.forms], "left": [each._asdict() for each in found.left]}))  # fmt: skip
    else:
        for form in found.forms:
            say(
                f"{form.name}: {len(form.items)} items{f', {len(form.scores)} scores' if form.scores else ''}, of a {form.level}"
            )
        if found.left:
            say(f"left out, or not whole: {len(found.left)}")
            table(["form", "field", "why"], [list(each) for each in found.left])
    if args.apply:
        if taken:
            raise BadInput(
                f"there is a form {taken[0]} already",
                hint="change its name in the dictionary, or its file's version by hand",
            )
        folder_made(library.folder)
        for form in found.forms:
            replaced(library.folder / f"{form.name}.toml", text_of(form).encode())
        say(f"{len(found.forms)} forms are in {library.folder}")
    elif not args.json:
        say("next: --apply writes them; nothing was written yet")
    return 0


VERBS = (Verb("forms", _words, _forms, example="forms --from-redcap dictionary.csv"),)
