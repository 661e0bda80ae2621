"""Generated pages are checked in, and a stale one fails."""

from tools import references

import labarchive
from tests.docs.example import Example

AGAIN = "make docs writes it again"


def test_the_page_of_the_command_line_is_what_the_program_says() -> None:
    assert (references.REFERENCE / "cli.md").read_text(encoding="utf-8") == references.cli(), AGAIN


def test_the_page_of_the_views_is_what_an_archive_has(page: Example) -> None:
    written = (references.REFERENCE / "sql.md").read_text(encoding="utf-8")
    assert written == references.sql(labarchive.open(page.home)), AGAIN
