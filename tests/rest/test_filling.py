"""Forms over REST: of what one is filled in, what was begun and what was said, and two who save at once."""

import threading
from typing import Any

import pytest

from tests.forms.test_nihss import FORM as NIHSS
from tests.rest.conftest import PROJECT, Service

FORM = f"/projects/{PROJECT}/forms/nihss"


def answers(code: str = "0") -> dict[str, Any]:
    """Every item of the scale that must be answered."""
    return {item.name: code for item in NIHSS.items if item.choices}


def entry(about: str, **words: Any) -> dict[str, Any]:
    return {
        "verb": "entry",
        "about": about,
        "payload": {"form": "nihss", "answers": answers(), "missing": {}, **words},
    }


def test_of_what_it_is_filled_in_and_who_did(service: Service) -> None:
    columns = service.get(FORM, "mia")["columns"]
    about = columns["about"][0]
    assert columns["seq"][0] is None
    assert columns["session"][0]
    service.post(f"/projects/{PROJECT}/sayings", {"sayings": [entry(about)]}, "mia")
    mine = service.get(FORM, "mia")["columns"]
    others = service.get(FORM, "olga")["columns"]
    assert (mine["seq"][0] is not None, mine["others"][0]) == (True, 0)
    assert (others["seq"][0], others["others"][0]) == (None, 1)
    (said,) = service.get(f"{FORM}/{about}", "olga")["entries"]
    assert (said["who"], said["scores"]["total"]["value"], said["stands"]) == ("mia", 0, True)


def test_what_is_begun_is_mine_alone_until_it_is_said(service: Service) -> None:
    about = service.get(FORM, "mia")["columns"]["about"][1]
    begun = {"answers": {"loc": "1"}, "missing": {"arm_left": "UN"}, "lesion": ""}
    with service.client("mia") as client:
        assert client.put(f"{FORM}/{about}/draft", json=begun).json() == begun
        assert client.put(f"{FORM}/{about}/draft", json={"answers": {"nonsense": 1}}).status_code == 422
        assert client.put(f"{FORM}/sess_nowhere00/draft", json=begun).status_code == 404
    assert service.get(f"{FORM}/{about}", "mia")["draft"] == begun
    assert service.get(FORM, "mia")["columns"]["begun"][1]
    assert service.get(f"{FORM}/{about}", "olga")["draft"] == {}
    service.post(f"/projects/{PROJECT}/sayings", {"sayings": [entry(about)]}, "mia")
    assert service.get(f"{FORM}/{about}", "mia")["draft"] == {}


@pytest.mark.parametrize("level", ["subject", "scan"])
def test_forms_of_other_levels(service: Service, level: str) -> None:
    folder = service.home.forms
    folder.mkdir(exist_ok=True)
    (folder / f"of_{level}.toml").write_text(
        f'name = "of_{level}"\nversion = 1\nlevel = "{level}"\n[[item]]\nname = "words"\n'
    )
    columns = service.get(f"/projects/{PROJECT}/forms/of_{level}", "mia")["columns"]
    assert len(columns["about"]) == service.get(f"/projects/{PROJECT}/{level}s", "mia")["total"]


def test_two_who_save_the_same_form_at_once_lose_nothing(service: Service) -> None:
    about = service.get(FORM, "mia")["columns"]["about"][2]
    gate = threading.Barrier(4)

    def save(person: str, code: str) -> None:
        gate.wait()
        for _ in range(5):
            service.post(
                f"/projects/{PROJECT}/sayings", {"sayings": [entry(about, answers=answers(code))]}, person
            )

    threads = [
        threading.Thread(target=save, args=each)
        for each in (("mia", "0"), ("mia", "1"), ("olga", "0"), ("ada", "1"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = service.get(f"{FORM}/{about}", "mia")["entries"]
    assert len(said) == 20
    assert sorted(each["who"] for each in said if each["stands"]) == ["ada", "mia", "olga"]
    assert len({each["seq"] for each in said}) == 20
