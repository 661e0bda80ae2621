"""Code is written into a notebook in the notebook's own names."""

import json
from types import SimpleNamespace
from typing import Any

import labarchive
from labarchive.kernel import names_in
from labarchive.selection.archive import Archive


def archive() -> Archive:
    tables: Any = SimpleNamespace()
    return Archive(tables)


def test_the_archive_is_named_as_the_notebook_names_it() -> None:
    namespace = {"mine": archive(), "n": 3, "labarchive": labarchive}
    assert json.loads(names_in(namespace))["variables"] == {"mine": ""}


def test_names_that_nobody_types_are_left_out() -> None:
    assert json.loads(names_in({"_": archive(), "_3": archive()}))["variables"] == {}


def test_filters_are_imported_only_where_they_are_not_there() -> None:
    said = json.loads(names_in({"between": labarchive.between, "like": "something else"}))
    assert said["imported"] == ["between"]
