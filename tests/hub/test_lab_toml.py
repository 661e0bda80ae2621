"""lab.toml: what a lab writes is what the hub does, and a slip is named."""

from pathlib import Path

import pytest

from labarchive.errors import BadInput, NotFound
from labarchive.hub import read_lab

SHIPPED = Path(__file__).parents[2] / "hub_config" / "lab.toml"


def test_the_shipped_file_is_whole() -> None:
    lab = read_lab(SHIPPED)
    assert (lab.hub.authenticator, lab.hub.port, lab.archive.user) == ("pam", 8000, "labarchive")
    assert lab.service_url == "http://127.0.0.1:8010/services/archive/"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[hbu]\n", "hbu is unknown"),
        ("[hub]\nadress = 'x'\n", r"\[hub\] adress is unknown"),
        ("[hub]\nauthenticator = 'magic'\n", "there are pam"),
        ("[archive]\nport = 'x'\n", r"\[archive\] port is 'x'"),
        ("[people]\nassistants = 'anna'\n", "no list of texts"),
        ("[project.tau]\nroot = ['/nas']\n", r"\[project.tau\] root is unknown"),
        ("[hub\n", "not TOML"),
    ],
)
def test_a_slip_is_named_with_what_would_be_right(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "lab.toml").write_text(text)
    with pytest.raises(BadInput, match=says):
        read_lab(tmp_path / "lab.toml")


def test_without_the_file_it_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="hub install"):
        read_lab(tmp_path / "lab.toml")
