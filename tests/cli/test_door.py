"""The door: switches before and after the verb, one sentence on stderr, documented exit codes."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from labarchive.cli.door import exit_codes, main, parsed, verb_named
from labarchive.cli.verbs import TABLE
from labarchive.errors import BY_NAME


def test_home_is_taken_before_and_after_the_verb() -> None:
    assert parsed(["--home", "/a", "find", "scans"]).home == "/a"
    assert parsed(["find", "scans", "--home", "/a"]).home == "/a"
    assert parsed(["find", "--home=/a", "scans", "kind=T1w"]).home == "/a"
    assert parsed(["--home", "/a", "find", "scans", "--home", "/b"]).home == "/b"
    assert parsed(["find", "scans"]).home is None


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("find", "scans", "colour=red"), 2, "colour"),
        (("find", "scans", "tr=long"), 2, "tr is a number"),
        (("find", "colours"), 2, "find scans, sessions"),
        (("find", "scans", "--project", "tau"), 3, "tau-pet"),
        (("show", "scan_aaaaaazzzz"), 3, "scan_aaaaaazzzz"),
        (("show", "tau-pet/S001/baseline/T2w"), 3, "T1w"),
        (("sql", "select * from nothing"), 2, "nothing"),
        (("sql", "selec 1"), 2, "selec"),
        (("sql", "select 'x'::int"), 2, "x"),
        (("frobnicate",), 2, "frobnicate"),
        (("index", "/x"), 2, "--project"),
        (("find", "scans", "--colour"), 2, "--colour"),
        (("restore", "/no/such/file.tar"), 3, "/no/such/file.tar"),
    ],
)
def test_bad_input_is_one_sentence_and_its_exit_code(
    run: Any, words: tuple[str, ...], code: int, says: str
) -> None:
    done = run(*words)
    assert done.code == code, done.err
    assert says in done.err
    assert done.err.startswith("labarchive: ")
    assert len(done.err.splitlines()) == 1
    assert done.out == ""


def test_what_nobody_foresaw_tells_its_class_and_not_its_text(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("Doe^Jane")

    monkeypatch.setattr("labarchive.open", broken)
    done = run("find", "scans")
    assert done.code == 70
    assert "KeyError" in done.err and "Doe" not in done.err
    monkeypatch.setenv("LABARCHIVE_DEBUG", "1")
    with pytest.raises(KeyError):
        run("find", "scans")


def test_control_c_is_130(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("labarchive.open", stopped)
    assert run("find", "scans").code == 130


@pytest.mark.parametrize("name", TABLE)
def test_every_verb_lies_where_the_table_says(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert verb_named(name).name == name
    with pytest.raises(SystemExit):
        parsed([name, "--help"])
    shown = capsys.readouterr().out
    assert "--home" in shown and "--json" in shown


def test_exit_codes_are_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    help_text = capsys.readouterr().out
    for kind in BY_NAME.values():
        assert f"{kind.exit_code} " in help_text
    assert exit_codes() in help_text


def test_help_does_not_import_heavy_libraries() -> None:
    heavy = "duckdb numpy pyarrow pydicom pandas polars nibabel IPython starlette uvicorn".split()
    code = f"from labarchive.cli import main; main([]); import sys; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_process_without_home_starts_anew_with_it(tmp_path: Path) -> None:
    code = (
        "import os, sys; os.execv = lambda path, words: (print(words), sys.exit(0)); sys.argv = ['labarchive', 'find', 'scans'];"
        "from labarchive.cli import main; main()"
    )
    env = {**os.environ, "LABARCHIVE_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True)
    assert f"'labarchive', '--home', '{tmp_path}', 'find', 'scans'" in done.stdout


def test_a_broken_pipe_is_quiet(tmp_path: Path) -> None:
    command = f"{sys.executable} -m labarchive filters scans --json; echo $?"
    done = subprocess.run(
        ["sh", "-c", f"({command}) 2>&1 >/dev/full | cat"], capture_output=True, text=True, cwd=tmp_path
    )
    assert "Traceback" not in done.stdout
