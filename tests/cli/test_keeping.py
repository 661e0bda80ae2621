"""rebuild, fsck, doctor, backup, restore, names, rules: over a real catalogue in this process."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import labarchive
from labarchive.catalogue import Catalogue
from labarchive.cli import main
from labarchive.settings import Home, home


@dataclass
class Opened:
    """As much of an archive as these verbs look at."""

    owner: Any

    @property
    def tables(self) -> "Opened":
        return self


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    place = home(tmp_path / "home")
    place.path.mkdir(mode=0o700)
    owner = Catalogue(place)
    monkeypatch.setattr(labarchive, "open", lambda path=None, **_: Opened(owner), raising=False)
    yield place
    owner.close()


def test_a_new_archive_is_well(place: Home, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--home", str(place.path)]
    assert main([*where, "fsck"]) == 0
    assert capsys.readouterr().out.startswith("all is well")
    assert main([*where, "doctor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"]
    assert main([*where, "doctor"]) == 0
    assert "● well" in capsys.readouterr().out


def test_what_is_not_well_is_exit_code_5(place: Home, capsys: pytest.CaptureFixture[str]) -> None:
    place.path.chmod(0o755)
    assert main(["--home", str(place.path), "doctor"]) == 5
    assert "■ ill" in capsys.readouterr().out
    place.path.chmod(0o700)


def test_a_backup_restores_into_a_new_home_and_never_over_one(
    place: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tar = tmp_path / "backup.tar"
    assert main(["--home", str(place.path), "backup", str(tar)]) == 0
    assert main(["--home", str(tmp_path / "new"), "restore", str(tar)]) == 0
    assert (tmp_path / "new" / "catalogue.duckdb").exists()
    assert main(["--home", str(tmp_path / "new"), "restore", str(tar)]) == 2
    assert "is not empty" in capsys.readouterr().err
    assert main(["--home", str(tmp_path / "other"), "restore", str(tmp_path / "no.tar")]) == 3


def test_rebuild_asks_the_owner_where_there_is_one_and_works_without(
    place: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--home", str(place.path), "rebuild", "--json"]) == 0
    assert "changed" in json.loads(capsys.readouterr().out)
    alone = home(tmp_path / "alone")
    alone.path.mkdir(mode=0o700)
    assert main(["--home", str(alone.path), "rebuild", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["events"] == 0


def test_a_dry_run_of_names_writes_nothing(
    place: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "names.toml"
    broken.write_text("[[")
    assert main(["--home", str(place.path), "names"]) == 0
    assert "nothing is changed" in capsys.readouterr().out
    assert main(["--home", str(place.path), "names", "--rules", str(broken)]) == 2
    assert main(["--home", str(place.path), "rules", str(broken)]) == 2
    assert main(["--home", str(place.path), "names", "--rules", str(tmp_path / "no.toml")]) == 3
    assert not place.names.exists()


def test_redacting_what_was_never_said_is_not_found(place: Home) -> None:
    assert main(["--home", str(place.path), "redact", "412"]) == 3
