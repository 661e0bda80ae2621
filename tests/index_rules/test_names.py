"""Where series go: the lab's rules decide labels, strangers are never one person, and a dry run says why."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labarchive.errors import BadInput
from labarchive.index.names import Rules, clean, preview
from labarchive.index.persons import plain_name

DEFAULT = Rules.read()


def proposed(**facts: Any) -> tuple[str, str, str]:
    proposal = DEFAULT.propose(facts)
    return proposal.subject, proposal.session, proposal.scan


def key(**facts: Any) -> str:
    return DEFAULT.propose({"path": "/nas/x/1.dcm", **facts}).subject_key


@pytest.mark.parametrize(
    ("path", "labels"),
    [
        ("ds/sub-01/ses-02/func/sub-01_ses-02_task-rest_bold.nii.gz", ("01", "02", "task-rest_bold")),
        ("ds/sub-01/anat/sub-01_T1w.nii.gz", ("01", "", "T1w")),
        ("ds/derivatives/fp/sub-01/anat/sub-01_desc-preproc_T1w.nii", ("01", "", "desc-preproc_T1w")),
        ("ds/sourcedata/sub-A7/ses-m06/scans/3/00001.dcm", ("A7", "m06", "")),
        ("converted/anat/brain.nii.gz", ("", "", "brain")),
        ("freesurfer/bert/mri/T1.mgz", ("", "", "T1")),
    ],
)
def test_bids_paths_give_the_labels(path: str, labels: tuple[str, str, str]) -> None:
    assert proposed(path=path) == labels


def test_a_dicom_scan_is_called_by_its_series_number() -> None:
    assert proposed(path="a/b/1.dcm", number=3)[2] == "3"


@pytest.mark.parametrize(
    ("words", "session"),
    [
        ("MRI Brain BASELINE", "baseline"), ("Screening", "screening"), ("m06", "m06"), ("TAU month 6", "m06"),
        ("12m", "m12"), ("6 months", "m06"), ("visit 2", "v02"), ("V03", "v03"), ("Follow-up", "followup"),
        ("FU2", "followup2"), ("week 4", "w04"), ("year 1", "y01"), ("timepoint_2", "v02"), ("MRI Brain", ""),
        ("T1 3T 5mm", ""),
    ],
)  # fmt: skip
def test_visit_words_are_normalised_wherever_they_stand(words: str, session: str) -> None:
    assert proposed(path="x/1.dcm", study_description=words)[1] == session
    assert proposed(path=f"study/{words}/1.dcm")[1] == session


def test_without_a_visit_word_the_session_is_the_date() -> None:
    assert proposed(path="x/1.dcm", study_date="20180918")[1] == "2018-09-18"
    assert proposed(path="x/1.dcm", acquisition_date="20180917", study_date="20180918")[1] == "2018-09-17"
    assert proposed(path="x/1.dcm", study_date="***")[1] == ""
    assert proposed(path="x/1.dcm", study_date="99999999")[1] == ""


def test_a_name_written_differently_is_one_person() -> None:
    same = {"patient_id": "H-0042", "birth_date": "19500102", "sex": "F"}
    names = ("Müller^Eva", "MULLER^EVA", "Müller, Eva ", "Müller^Eva^^^")
    assert len({key(**same, patient_name=name) for name in names}) == 1


def test_another_birth_date_sex_or_name_is_another_person() -> None:
    person = {"patient_id": "7", "birth_date": "19500102", "sex": "F", "patient_name": "A^B"}
    others = [{**person, "birth_date": "19500103"}, {**person, "sex": "M"}, {**person, "patient_name": "C^D"}]
    assert len({key(**facts) for facts in (person, *others)}) == 4


def test_an_id_written_differently_is_not_merged_silently() -> None:
    assert len({key(patient_id=written) for written in ("S001", "s001", "S1", "S-001", "S 001")}) == 5


@pytest.mark.parametrize(
    "nobody", ["", "***", "anonymous", "ANON", "crlab", "Phantom1", "test", "0000", None, "unknown"]
)
def test_an_id_that_means_nobody_never_joins_two_studies(nobody: str | None) -> None:
    first = key(patient_id=nobody, patient_name="X", study_uid="1.2")
    assert first == key(patient_id=nobody, patient_name="X", study_uid="1.2")
    assert first != key(patient_id=nobody, patient_name="X", study_uid="1.3")


@pytest.mark.data
def test_one_id_at_two_scanners_stays_two_people(dev_series: dict[tuple[str, str], dict[str, Any]]) -> None:
    crlab = [facts for (folder, _), facts in dev_series.items() if folder.startswith("dcm_qa_nih")]
    keys = {facts["folder"].split("/")[2]: DEFAULT.propose(facts).subject_key for facts in crlab}
    assert len(crlab) == 8
    assert len(set(keys.values())) == 2


def test_equal_bids_labels_in_two_data_sets_are_two_people() -> None:
    keys = [
        DEFAULT.propose({"path": path}).subject_key
        for path in (
            "/nas/a/sub-01/anat/sub-01_T1w.nii",
            "/nas/a/sub-01/ses-2/func/sub-01_ses-2_bold.nii",
            "/nas/a/derivatives/fp/sub-01/anat/sub-01_desc-brain_mask.nii",
            "/nas/a/sourcedata/sub-01/1.dcm",
            "/nas/b/sub-01/anat/sub-01_T1w.nii",
        )
    ]
    assert keys[0] == keys[1] == keys[2] == keys[3]
    assert keys[0] != keys[4]


LAB = """
[[subject]]
from = "folder"
match = '(?:^|/)TAU[-_]?0*(\\d+)(?=/|$)'
label = "TAU{1:0>3}"

[[subject]]
from = "patient_id"
match = '^TAU0*(?P<code>\\d+)$'
label = "TAU{code:0>3}"
research_code = true

[[session]]
from = "folder"
match = '/(BL|T0|M6)$'
label = "{1}"
map = { BL = "baseline", T0 = "baseline", M6 = "m06" }
"""


def test_a_lab_puts_inconsistent_names_right() -> None:
    rules = Rules.read(LAB)
    rows = [
        {"path": p, "folder": p.rpartition("/")[0], "number": 2} for p in ("x/TAU-7/BL/1", "x/tau_007/t0/1")
    ]
    first, second = (rules.propose(row) for row in rows)
    assert (first.subject, first.session, first.scan) == (second.subject, second.session, second.scan)
    assert (first.subject, first.session, first.scan) == ("TAU007", "baseline", "2")
    assert first.subject_key == second.subject_key
    assert rules.propose({"path": "x/1", "patient_id": "TAU0012"}).subject == "TAU012"


def test_a_table_the_lab_does_not_write_is_the_packaged_one() -> None:
    assert Rules.read(LAB).scan == DEFAULT.scan
    assert Rules.read("") == DEFAULT


def test_a_dry_run_says_why_and_names_nobody() -> None:
    person = {"patient_id": "H0042", "patient_name": "Doe^Jane", "birth_date": "19500102"}
    rows = [
        {"path": "in/1.dcm", "number": 1, "study_uid": "1", "study_date": "20200101", **person},
        {"path": "in/2.dcm", "number": 2, "study_uid": "1", "study_date": "20200101", **person},
        {"path": "ds/sub-01/anat/sub-01_T1w.nii.gz"},
    ]
    seen = preview(DEFAULT, rows)
    assert [row["person"] for row in seen] == [1, 1, 2]
    assert "the date of acquisition" in seen[0]["why"]
    assert "the sub- folder of a BIDS path" in seen[2]["why"]
    assert not any(word in str(seen) for word in ("H0042", "Doe", "Jane", "19500102"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[subject]", "not TOML"),
        ("[subject]\nfrom = 'path'", r"write \[\[subject\]\]"),
        ("[[visit]]\nfrom = 'path'", r"\[visit\]"),
        ("[[scan]]\nfrom = 'path'\nmatch = 'x'", "rule 1 of .*'label' is missing"),
        ("[[scan]]\nfrom = 'path'\nmatch = '('\nlabel = 'x'", "regular expression"),
        ("[[scan]]\nfrom = 'colour'\nmatch = 'x'\nlabel = 'x'", "no column 'colour'"),
        ("[[scan]]\nfrom = 'path'\nmatch = 'x'\nlabel = '{1}'", "cannot be filled in.*0 groups"),
        ("[[scan]]\nfrom = 'path'\nmatch = 'x'\nlabel = '{nobody}'", "cannot be filled in"),
        ("[[scan]]\nfrom = 'path'\nmatch = 'x'\nlabel = '{station'", "cannot be filled in"),
        ("[[scan]]\nfrom = 'path'\nmatch = 'x'\nlabel = 'x'\ncolour = 1", "'colour' is unknown"),
        ("[[subject]]\nfrom = 'patient_id'\nmatch = '.+'\nlabel = '{0}'", "research_code = true"),
        ("[[subject]]\nfrom = 'path'\nmatch = '.+'\nlabel = '{patient_id}'", "research_code = true"),
        ("[[subject]]\nfrom = 'path'\nmatch = '.+'\nlabel = '{patient_name}'", "shown to everybody"),
        ("[[subject]]\nfrom = 'birth_date'\nmatch = '.+'\nlabel = '{0}'", "may not make a label"),
        ("[person]\nnobody = ['(']", "nobody"),
        ("[person]\nnobody = 'x'", "nobody"),
        ("[[scan]]\nfrom = 'path'\nmatch = 'x'\nlabel = 'x'\nmap = 'x'", "map"),
    ],
)
def test_a_wrong_rule_says_where_and_what_is_right(text: str, says: str) -> None:
    with pytest.raises(BadInput, match=f"(?s){says}"):
        Rules.read(text)


@given(st.text(max_size=200))
def test_any_label_can_stand_in_a_path_and_on_a_line(text: str) -> None:
    label = clean(text)
    assert len(label) <= 64
    assert label == label.strip() == clean(label)
    assert not set("/\\\n\r\t\0") & set(label)


texts = st.none() | st.text(max_size=30)


@given(
    st.fixed_dictionaries(
        dict.fromkeys(
            ("path", "patient_id", "patient_name", "birth_date", "sex", "study_uid", "study_description"),
            texts,
        )
    )
)
def test_any_facts_have_a_key_that_shows_nothing_and_stays(facts: dict[str, Any]) -> None:
    proposal = DEFAULT.propose(facts)
    assert proposal == DEFAULT.propose(dict(facts))
    assert len(proposal.subject_key) == 32
    assert set(proposal.subject_key) <= set("0123456789abcdef")
    assert proposal.why


@given(st.text(max_size=40))
def test_names_differ_by_more_than_case_and_carets(name: str) -> None:
    assert plain_name(name) == plain_name(f" {name}^^ ")
    assert plain_name(plain_name(name)) == plain_name(name)
