"""What ``labarchive demo`` promises besides the page: nothing of yours is overwritten, nothing is told to others."""

import importlib.util
from pathlib import Path

import pytest

from labarchive import demo, phantom
from labarchive.demo import example, lab, trying
from labarchive.errors import BadInput
from labarchive.hub import notebooks
from labarchive.settings import Home


def test_a_notebook_that_somebody_worked_in_is_left_as_it_is(tmp_path: Path) -> None:
    notebooks.copied(tmp_path)
    mine = tmp_path / notebooks.START
    mine.write_text("my work")
    (tmp_path / "start" / "my own.ipynb").write_text("more of it")
    notebooks.copied(tmp_path)
    assert mine.read_text() == "my work"
    assert (tmp_path / "start" / "my own.ipynb").read_text() == "more of it"


def test_the_token_is_not_among_the_words_that_every_user_can_read() -> None:
    words = " ".join(lab.command(Path("notebooks"), port=1, open_browser=False, page="x"))
    assert "token" not in words.lower()
    assert "127.0.0.1" in words


def test_a_half_made_example_is_made_anew(tmp_path: Path) -> None:
    home = Home(tmp_path)
    half = example.nas(home) / "half"
    half.mkdir(parents=True)
    said: list[str] = []
    made = example.made(home, profile="tiny", say=said.append)
    assert not half.exists()
    assert len(said) == 1
    again = example.made(home, profile="tiny", say=said.append)
    assert again.projects == made.projects
    assert len(said) == 1


def test_what_is_missing_is_said_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "jupyterlab" else found(name)
    )
    with pytest.raises(BadInput, match=r"jupyterlab: pip install 'labarchive\[demo\]'"):
        demo.run(tmp_path / "home", alone=True)
    assert not (tmp_path / "home").exists()


def test_the_example_never_goes_into_the_archive_of_the_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABARCHIVE_HOME", "/their/real/archive")
    assert trying.home(trying.OWN).path.name == "labarchive-demo"


def test_the_key_of_the_example_lies_beside_what_is_catalogued(tmp_path: Path) -> None:
    home = Home(tmp_path)
    key = phantom.AnswerKey(example.nas(home))
    assert example.nas(home) not in key.place.parents
