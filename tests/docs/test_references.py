"""Generated pages are checked in, and a stale one fails."""

from tools import references

import labarchive
from tests.docs.example import Example

AGAIN = "make docs writes it again"


def test_the_page_of_the_command_line_is_what_the_program_says() -> None:
    assert (references.REFERENCE / "cli.md").read_text(encoding="utf-8") == references.cli(), AGAIN


def test_the_page_of_measures_is_their_table() -> None:
    assert (references.REFERENCE / "metrics.md").read_text(encoding="utf-8") == references.metrics(), AGAIN


def test_the_page_of_the_views_is_what_an_archive_has(page: Example) -> None:
    written = (references.REFERENCE / "sql.md").read_text(encoding="utf-8")
    assert written == references.sql(labarchive.open(page.home)), AGAIN


def test_the_openapi_document_is_what_the_service_answers() -> None:
    assert (references.REFERENCE / "openapi.json").read_text(encoding="utf-8") == references.rest(), AGAIN


def test_the_page_of_rights_is_the_table_that_decides() -> None:
    assert (references.REFERENCE / "access.md").read_text(encoding="utf-8") == references.access(), AGAIN


def test_the_page_of_the_routes_is_what_the_document_says() -> None:
    assert (references.REFERENCE / "rest.md").read_text(encoding="utf-8") == references.routes(), AGAIN
