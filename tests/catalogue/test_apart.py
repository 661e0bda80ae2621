"""What is published for whom: the general part of a generation tells nobody's name, id, birth date or path."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from labarchive.catalogue import general, views
from labarchive.catalogue.cleaned import cleaned
from labarchive.catalogue.identified import e11, identifying, table, verdict
from labarchive.catalogue.sweep import Sweep
from labarchive.records import Manifest
from tests.catalogue.conftest import ROOT, Bench, Rows, dicom, loaded, study

PERSON = {
    "patient_name": "Mustermann^Erika", "patient_id": "CMH-41007", "birth_date": "19690312", "accession": "A000417",
}  # fmt: skip
TOLD = ("mustermann", "erika", "41007", "19690312", "a000417", "/nas", "1969-03-12")


def one(n: int = 1, **words: Any) -> dict[str, Any]:
    return dicom(f"{ROOT}/mustermann/study{n}/1.dcm", f"1.{n}", f"1.{n}.1", **PERSON, **words)


def general_of(bench: Bench, project: str = "tau") -> Manifest:
    return bench.catalogue.manifest(project, identified=False)


def general_files(manifest: Manifest) -> Iterator[Path]:
    """Everything in a generation's folder but what lies under identified/."""
    for path in manifest.folder.rglob("*"):
        if path.is_file() and "identified" not in path.relative_to(manifest.folder).parts:
            yield path


def content(path: Path) -> str:
    """A file as somebody who reads it sees it: Parquet is compressed."""
    return str(pq.read_table(path).to_pylist()) if path.suffix == ".parquet" else path.read_text()


def header_part(**elements: Any) -> Rows:
    path = f"{ROOT}/mustermann/study1/1.dcm"
    words = {"header_key": "1.1|1.1.1", "study_uid": "1.1", "series_uid": "1.1.1", "path": path}
    return [{**words, "header": json.dumps({tag.lstrip("x"): value for tag, value in elements.items()})}]


HEADER = {
    "x00080050": {"vr": "SH", "Value": ["A000417"]},
    "x0008103E": {"vr": "LO", "Value": ["t1 mprage MUSTERMANN"]},
    "x00100010": {"vr": "PN", "Value": [{"Alphabetic": "Mustermann^Erika"}]},
    "x00180080": {"vr": "DS", "Value": [2300]},
    "x00291020": {"vr": "OB", "InlineBinary": "TXVzdGVybWFubg=="},
    "x00400275": {"vr": "SQ", "Value": [{"00400007": {"vr": "LO", "Value": ["MRI Mustermann"]}}]},
}


def index_with_header(bench: Bench) -> int:
    run = bench.catalogue.begin("tau", "index", [ROOT]).run
    bench.catalogue.observe(run, 1, "files", pa.Table.from_pylist([one(description="t1 mprage Mustermann")]))
    bench.catalogue.observe(
        run, 2, "headers", pa.Table.from_pylist([dict(row) for row in header_part(**HEADER)])
    )
    bench.catalogue.finish(run)
    return run


def test_the_general_part_tells_nobody_and_the_identified_one_all(bench: Bench) -> None:
    index_with_header(bench)
    manifest = general_of(bench)
    assert not manifest.identified
    for path in general_files(manifest):
        told = [word for word in TOLD if word in content(path).lower()]
        assert told == [], path.name
    whole = "".join(content(path).lower() for path in (manifest.folder / "identified").rglob("*.parquet"))
    assert all(word in whole for word in TOLD[:5])
    assert bench.rows("select patient_name from person") == [("Mustermann^Erika",)]


def test_the_general_part_is_the_whole_archive_otherwise(bench: Bench) -> None:
    index_with_header(bench)
    bench.index(study(2), study(3))
    open_to_all, full = loaded(general_of(bench), without=("person_fact",)), bench.kernel()
    for view in ("subject", "session", "scan", "file", "header"):
        for each in (open_to_all, full):
            each.execute(f"create table {view}_now as from {view}")
        columns = [name for name in full.table(f"{view}_now").columns if name not in identifying(view)]
        same = [name for name in columns if name not in ("description", "protocol", "header")]
        query = f"select {', '.join(same)} from {view}_now order by all"
        assert open_to_all.sql(query).fetchall() == full.sql(query).fetchall(), view
    assert open_to_all.sql("select count(*) from file_now where path like 'file_%'").fetchall() == [(13,)]
    assert open_to_all.sql("select description from scan_now where study_uid = '1.1'").fetchall() == [
        ("t1 mprage ***",)
    ]
    assert open_to_all.sql("select header->>'$.\"00180080\".Value[0]' from header_now").fetchall() == [
        ("2300",)
    ]


def test_the_general_part_is_made_when_it_is_asked_for(bench: Bench) -> None:
    index_with_header(bench)
    folder = bench.catalogue.manifest("tau").folder
    assert not (folder / "scan_fact.parquet").exists()
    assert not (folder / "header_fact").exists()
    general_of(bench)
    assert general.is_whole(folder)


def test_headers_are_cleaned_once_however_many_generations_have_them(bench: Bench) -> None:
    run = index_with_header(bench)
    part = f"{run:06d}-00002.parquet"
    before = (general_of(bench).folder / "header_fact" / part).stat().st_ino
    bench.index(study(2))
    after = general_of(bench).folder / "header_fact" / part
    assert after.stat().st_ino == before


def test_sayings_reach_the_general_part_as_they_reach_the_other(bench: Bench) -> None:
    bench.index([one()])
    general_of(bench)
    said = bench.say("rating", bench.ids("scan")[0], quality="unusable", reason="motion")
    manifest = general_of(bench)
    assert manifest.journal_seq >= said.last
    kernel = loaded(manifest, without=("person_fact",))
    assert kernel.sql("select quality from scan").fetchall() == [("unusable",)]


def test_a_crowd_of_sayings_takes_the_general_part_along(bench: Bench) -> None:
    bench.index([one()])
    first, scan = general_of(bench), bench.ids("scan")[0]
    for n in range(70):
        bench.catalogue.manifest("tau", min_seq=bench.say("tag", scan, tag=f"t{n}").last)
    last = general_of(bench)
    assert last.folder != first.folder
    assert (last.folder / "scan_fact.parquet").stat().st_ino == (
        first.folder / "scan_fact.parquet"
    ).stat().st_ino


def test_a_generation_of_another_division_is_not_gone_on_from(bench: Bench) -> None:
    bench.index([one()])
    folder = bench.catalogue.manifest("tau").folder
    words = json.loads((folder / "manifest.json").read_bytes())
    words["files"]["scan_fact"] = "scan_fact.parquet"
    (folder / "manifest.json").write_text(json.dumps(words))
    bench.again()
    assert bench.catalogue.manifest("tau").folder != folder


def test_every_attribute_of_the_standard_s_table_goes_but_those_the_list_retains() -> None:
    rules = table()["header"]
    for row in e11().values():
        retained = any(row.options.get(option) == "K" for option in rules["retain"])
        expected = "sweep" if row.keyword in rules["swept"] else "keep" if retained else "drop"
        assert verdict(row.tag, "") == expected, row
    for tag in ("50000010", "60023000", "00291010", "0019100C", "path", ""):
        assert verdict(tag, "LO") == "drop", tag


def test_the_list_names_columns_and_attributes_that_there_are(bench: Bench) -> None:
    bench.index([one()])
    kernel = bench.kernel()
    known = {row.keyword for row in e11().values()}
    assert set(table()["header"]["swept"]) | set(table()["words"]["dates"]) <= known
    for section in ("hidden", "swept"):
        for view, columns in table()[section].items():
            there = set(kernel.sql(f"from {view} limit 0").columns)
            if view in ("session", "scan", "file", "person"):
                there |= set(kernel.sql(f"from {view}_fact limit 0").columns)
            assert set(columns) <= there, view


def test_a_person_s_words_are_taken_out_of_what_stays() -> None:
    header = {
        "00081050": {"vr": "PN", "Value": [{"Alphabetic": "Abramowitz^P"}]},
        "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Müller^Eva", "Ideographic": "山田^太郎"}]},
        "00100020": {"vr": "LO", "Value": ["PUH-41007"]},
        "00100030": {"vr": "DA", "Value": ["19690312"]},
        "0008103E": {"vr": "LO", "Value": ["T1 MULLER 山田 for Abramowitz 12/03/1969 no 41007 evaluation"]},
        "52009229": {"vr": "SQ", "Value": [{"00181030": {"vr": "LO", "Value": ["eva mprage"]}}]},
    }
    left = cleaned(header).header
    assert left["0008103E"]["Value"] == ["T1 *** *** for *** *** no *** evaluation"]
    assert left["52009229"]["Value"] == [{"00181030": {"vr": "LO", "Value": ["*** mprage"]}}]
    assert set(left) == {"0008103E", "52009229"}


def test_a_merge_patch_is_cleaned_as_the_header_it_changes() -> None:
    patch = {
        "00100010": None,
        "00200013": {"Value": [7]},
        "00204000": {"Value": ["Muster"]},
        "00291020": None,
    }
    assert cleaned(patch).header == {"00200013": {"Value": [7]}}


def test_short_words_are_found_where_they_stand_alone() -> None:
    clean = Sweep(frozenset({"Lee", "Ng"}))
    assert clean("sleep lee LEE_t1 Lee's angle ng") == "sleep *** ***_t1 ***'s angle ***"


def test_views_of_the_general_part_need_no_person_fact(bench: Bench) -> None:
    """A reader without the person attributes has an empty table in their place."""
    bench.index([one()])
    kernel = loaded(general_of(bench), without=("person_fact",))
    kernel.execute(views())
    assert kernel.sql("from person").fetchall() == kernel.sql("from conflict").fetchall() == []
