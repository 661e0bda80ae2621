"""``%%sql``: a question as a cell in a real kernel, its answer as a DataFrame, and names completed while it is typed."""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import labarchive
from labarchive.settings import Home
from tests.cli.test_kernel import naming, said

manager = pytest.importorskip("jupyter_client.manager")


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A kernel over two projects of one example each."""
    from labarchive.phantom.making import make

    folder = tmp_path_factory.mktemp("nas") / "tau"
    make(folder, profile="tiny", seed=3)
    home = Home(tmp_path_factory.mktemp("cells") / "home").path
    archive = labarchive.open(home)
    for project in ("tau-pet", "onc02"):
        archive.index(folder, project=project)
    started = manager.KernelManager()
    started.kernel_spec.argv = [sys.executable, "-m", "labarchive.kernel", "-f", "{connection_file}"]
    started.start_kernel(env={**os.environ, "LABARCHIVE_HOME": str(home)})
    client = started.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield client
    finally:
        client.stop_channels()
        started.shutdown_kernel(now=True)
        for pid, _ in naming(home):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)


def shown(client: Any, code: str) -> str:
    """The last value of a cell as text, or the error it ended with."""
    texts: list[str] = []

    def hear(message: dict[str, Any]) -> None:
        if message["msg_type"] == "execute_result":
            texts.append(message["content"]["data"]["text/plain"])
        elif message["msg_type"] == "stream":
            texts.append(message["content"]["text"])

    client.execute_interactive(code, timeout=60, output_hook=hear)
    return "".join(texts)


def completed(client: Any, code: str) -> list[str]:
    """What stands at the ``|`` of a cell."""
    place = code.index("|")
    answer = client.complete(code.replace("|", ""), place, reply=True, timeout=30)["content"]
    assert answer["status"] == "ok"
    assert answer["cursor_end"] == place
    word = code[:place].split()[-1].rpartition(".")[2] if not code[:place].endswith((" ", "\n")) else ""
    if answer["matches"]:
        assert code[answer["cursor_start"] : place] == word
    return list(answer["matches"])


def test_the_answer_is_a_dataframe(kernel: Any) -> None:
    one = shown(kernel, "%%sql\nselect project, count(*) n from scan group by all order by 1")
    assert "project" in one
    assert "onc02" in one
    assert "tau-pet" in one
    assert said(kernel, "print(type(_).__name__)") == "DataFrame\n"


def test_a_project_is_asked_alone_by_label_or_by_variable(kernel: Any) -> None:
    said(kernel, 'tau = archive["tau-pet"]')
    for word in ("tau-pet", "tau"):
        assert "onc02" not in shown(kernel, f"%%sql {word}\nselect distinct project from scan")
    assert "tau-pet" in shown(kernel, "%sql select distinct project from scan order by 1")


def test_the_answer_can_have_a_name(kernel: Any) -> None:
    assert shown(kernel, "%%sql tau-pet >> kinds\nselect kind, count(*) n from scan group by all") == ""
    assert said(kernel, "print(list(kinds.columns))") == "['kind', 'n']\n"


@pytest.mark.parametrize(
    ("cell", "what"),
    [
        ("%%sql\nselect nothing from scan", 'Referenced column "nothing" not found'),
        ("%%sql\ndelete from scan", "only one SELECT"),
        ("%%sql taupet\nselect 1", "no taupet in the archive: did you mean tau-pet?"),
        ("%%sql\n ", "an empty question"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(kernel: Any, cell: str, what: str) -> None:
    told = shown(kernel, cell)
    assert what in told
    assert "Traceback" not in told


def test_names_of_tables_are_completed_after_from(kernel: Any) -> None:
    assert completed(kernel, "%%sql\nselect * from s|") == [
        "saying",
        "said",
        "subject",
        "session",
        "scan",
    ]
    assert "duplicate" in completed(kernel, "%%sql\nselect * from |")


def test_names_of_columns_are_those_of_the_tables_asked(kernel: Any) -> None:
    assert completed(kernel, "%%sql\nselect manu| from scan") == ["manufacturer"]
    assert completed(kernel, "%%sql\nselect patient_n| from scan") == []
    assert completed(kernel, "%%sql\nselect f.sop_u| from scan s join file f using (scan_id)") == ["sop_uid"]
    assert completed(kernel, "%%sql tau-pet\nselect kind\nfrom scan\nwhere field_s|") == ["field_strength"]


def test_projects_are_completed_in_the_first_line(kernel: Any) -> None:
    said(kernel, 'tau = archive["tau-pet"]')
    assert completed(kernel, "%%sql ta|\nselect 1") == ["tau", "tau-pet"]


def test_other_cells_are_completed_as_ever(kernel: Any) -> None:
    assert "archive.scans" in completed_names(kernel, "archive.sca|")


def completed_names(client: Any, code: str) -> list[str]:
    place = code.index("|")
    answer = client.complete(code.replace("|", ""), place, reply=True, timeout=30)["content"]
    return [code[: answer["cursor_start"]] + match for match in answer["matches"]]


def test_any_notebook_loads_it(kernel: Any, tmp_path: Path) -> None:
    assert said(kernel, "%load_ext labarchive") == ""
    assert "30" in shown(kernel, "%%sql tau-pet\nselect count(*) from scan")
