"""forms: a REDCap dictionary is told first and written on demand; a name that is taken is refused, and nothing is written."""

import json
from pathlib import Path
from typing import Any

from labarchive.forms.redcap import HEADS


def dictionary(path: Path, form: str = "follow_up") -> Path:
    fields = [("mrs", "radio", "0, none | 6, dead"), ("scan", "file", "")]
    rows = [",".join(f'"{head}"' for head in HEADS)]
    for name, kind, choices in fields:
        row = {HEADS[0]: name, HEADS[1]: form, "Field Type": kind, "Field Label": name, HEADS[5]: choices}
        rows.append(",".join(f'"{row.get(head, "")}"' for head in HEADS))
    path.write_text("\n".join(rows))
    return path


def test_a_dictionary_is_told_then_written(run: Any, tmp_path: Path) -> None:
    file = dictionary(tmp_path / "dictionary.csv")
    told = run("forms", "--from-redcap", str(file), "--level", "subject")
    assert told.code == 0
    assert "follow_up: 1 items, of a subject" in told.out
    assert "hold nothing that a form can" in told.out
    assert "nothing was written yet" in told.out
    assert not (tmp_path / "home" / "forms").exists()
    assert run("forms", "--from-redcap", str(file), "--level", "subject", "--apply").code == 0
    rows = {row["name"]: row for row in json.loads(run("forms", "--json").out)["items"]}
    assert (rows["follow_up"]["level"], rows["follow_up"]["items"]) == ("subject", 1)
    assert {"nihss", "rating", "radiology_read"} <= set(rows)
    again = run("forms", "--from-redcap", str(file), "--apply")
    assert again.code == 2
    assert "there is a form follow_up already" in again.err


def test_forms_go_out_and_what_is_no_dictionary_is_refused(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    assert run("forms", "nihss", "--to-redcap", str(file)).code == 0
    assert file.read_text().startswith(HEADS[0])
    assert run("forms", "--from-redcap", str(file)).code == 0
    file.write_text("a,b\n1,2\n")
    assert run("forms", "--from-redcap", str(file)).code == 2
    assert run("forms", "--from-redcap", str(tmp_path / "none.csv")).code == 3
    assert run("forms", "nonsense").code == 3
