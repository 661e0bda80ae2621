"""What a scan is follows from physics first, and from words where physics allows them."""

import csv
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labarchive.errors import BadInput
from labarchive.index.kinds import Rules, kind_of

EXPECTED = Path(__file__).with_name("expected_kinds.csv")


@pytest.mark.data
def test_real_series_are_what_their_headers_show(dev_series: dict[tuple[str, str], dict[str, Any]]) -> None:
    with EXPECTED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 30
    wrong = []
    for row in rows:
        kind = kind_of(dev_series[row["folder"], row["series_uid"]])
        if (kind.name if kind else "") != row["kind"]:
            wrong.append((row, kind))
    assert wrong == []


def mr(**facts: Any) -> dict[str, Any]:
    return {"modality": "MR", "form": "dicom", "n_files": 176, **facts}


PHYSICS = [
    ("T1w", mr(tr=2300, te=2.98, ti=900, scanning_sequence="GR\\IR", acquisition_type="3D")),
    ("T1w", mr(tr=8.2, te=3.2, ti=450, scanning_sequence="GR", acquisition_type="3D", flip_angle=12)),
    (
        "T1w",
        mr(
            tr=8.1, te=3.7, scanning_sequence="GR", sequence_variant="MP", acquisition_type="3D", flip_angle=8
        ),
    ),
    ("T1w", mr(tr=500, te=12, scanning_sequence="SE", acquisition_type="2D")),
    ("FLAIR", mr(tr=5000, te=388, ti=1800, scanning_sequence="SE\\IR", acquisition_type="3D")),
    ("FLAIR", mr(tr=9000, te=120, ti=2500, scanning_sequence="SE\\IR", acquisition_type="2D")),
    ("FLAIR", mr(tr=9000, te=120, ti=2500)),
    ("T2w", mr(tr=3200, te=408, scanning_sequence="SE", acquisition_type="3D")),
    ("T2w", mr(tr=6000, te=100, scanning_sequence="SE", acquisition_type="2D")),
    ("PDw", mr(tr=3000, te=15, scanning_sequence="SE", acquisition_type="2D")),
    ("dwi", mr(tr=8000, te=90, scanning_sequence="SE\\EP", b_value=1000)),
    ("dwi", mr(tr=8000, te=90, scanning_sequence="EP", b_values=[0, 0, 1000])),
    ("dwi", mr(image_type="ORIGINAL\\PRIMARY\\DIFFUSION\\NONE")),
    ("bold", mr(tr=2000, te=30, scanning_sequence="EP\\GR", acquisition_type="2D")),
    ("bold", {"form": "nifti", "dims": [64, 64, 36, 200], "tr": 2000, "te": 30, "path": "run1.nii.gz"}),
    ("sbref", {**mr(tr=2000, te=30, scanning_sequence="EP"), "form": "nifti", "dims": [64, 64, 36]}),
    ("swi", mr(tr=27, te=20, scanning_sequence="GR", acquisition_type="3D", flip_angle=15)),
    ("T2starw", mr(tr=650, te=20, scanning_sequence="GR", acquisition_type="2D", flip_angle=20)),
    (
        "phasediff",
        mr(tr=488, te=7.4, scanning_sequence="GR", image_type="ORIGINAL\\PRIMARY\\P\\ND", flip_angle=60),
    ),
    ("magnitude", mr(tr=488, te=4.9, scanning_sequence="GR", acquisition_type="2D", flip_angle=60)),
    ("adc", mr(image_type="DERIVED\\PRIMARY\\DIFFUSION\\ADC", scanning_sequence="EP", b_value=1000, te=90)),
    ("trace", mr(image_type="DERIVED\\PRIMARY\\DIFFUSION\\TRACEW\\ND", scanning_sequence="EP")),
    ("FA", mr(image_type="DERIVED\\PRIMARY\\DIFFUSION\\FA", scanning_sequence="EP")),
    ("adc", mr(image_type="DERIVED\\SECONDARY", description="Apparent Diffusion Coefficient (mm2/s)")),
    ("perf", mr(image_type="ORIGINAL\\PRIMARY\\PERFUSION\\NONE", contrast_agent="Gadovist")),
    ("asl", mr(image_type="ORIGINAL\\PRIMARY\\ASL\\NONE", tr=4600, te=15)),
    ("MRS", mr(sop_class="1.2.840.10008.5.1.4.1.1.4.2")),
    ("localizer", {"modality": "CT", "image_type": "ORIGINAL\\PRIMARY\\LOCALIZER"}),
    *((modality, {"modality": modality}) for modality in ("CT", "PT", "US", "CR", "DX", "MG", "XA", "NM")),
    ("SC", {"modality": "OT", "sop_class": "1.2.840.10008.5.1.4.1.1.7"}),
]


@pytest.mark.parametrize(
    ("name", "facts"), PHYSICS, ids=[f"{n}-{name}" for n, (name, _) in enumerate(PHYSICS)]
)
def test_physics_alone_tells_the_kind(name: str, facts: dict[str, Any]) -> None:
    kind = kind_of(facts)
    assert kind is not None
    assert (kind.name, bool(kind.reason)) == (name, True)


def test_the_reason_says_what_was_measured_and_what_was_written() -> None:
    kind = kind_of(mr(tr=2300, te=2.98, ti=900, scanning_sequence="GR\\IR", description="t1_mprage_sag"))
    assert kind is not None
    expected = "TI 900 ms with TR 2300 ms and TE 2.98 ms: inversion-recovery T1; the description says mprage"
    assert kind.reason == expected.replace("mprage", "t1")
    assert kind.confidence > 0.95


def test_a_wrong_description_does_not_win_over_physics() -> None:
    facts = mr(tr=9000, te=120, ti=2500, scanning_sequence="SE\\IR")
    right, silent, wrong = (
        kind_of({**facts, "description": words}) for words in ("ax flair", "", "T1 MPRAGE")
    )
    assert right and silent and wrong
    assert right.name == silent.name == wrong.name == "FLAIR"
    assert right.confidence > silent.confidence > wrong.confidence
    assert "contradicts" in wrong.reason


def test_words_choose_among_what_physics_allows() -> None:
    epi = mr(tr=2500, te=12, scanning_sequence="EP\\GR", n_files=90)
    assert [kind_of({**epi, "description": words}).name for words in ("pcasl 3d", "rest", "")] == [  # type: ignore[union-attr]
        "asl",
        "bold",
        "bold",
    ]
    tof = mr(
        tr=22,
        te=3.7,
        scanning_sequence="GR",
        acquisition_type="3D",
        flip_angle=18,
        description="TOF_3D_multi-slab",
    )
    kind = kind_of(tof)
    assert kind is not None
    assert kind.name == "angio"


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("t1_mprage_sag_p2_iso", "T1w"), ("3D Sag T2 FLAIR", "FLAIR"), ("Ax T1 FLAIR", "T1w"), ("t2_tse_tra", "T2w"),
        ("AAHScout", "localizer"), ("localizer", "localizer"), ("3-Plane Loc", "localizer"), ("Survey", "localizer"),
        ("ep2d_diff_mddw_64dir", "dwi"), ("DTI", "dwi"), ("Resting State fMRI", "bold"), ("task-nback_bold", "bold"),
        ("gre_field_mapping", "fieldmap"), ("SWI_Images", "swi"), ("TOF_3D_multi-slab", "angio"),
        ("SpinEchoFieldMap_AP", "epi"), ("cmrr_mbep2d_SBRef", "sbref"), ("pCASL", "asl"), ("ax t2*", "T2starw"),
    ],
)  # fmt: skip
def test_words_alone_are_a_weak_hint(words: str, name: str) -> None:
    kind = kind_of(mr(description=words))
    assert kind is not None
    assert kind.name == name
    assert kind.confidence < 0.7


def test_a_bids_name_stands_and_a_contradiction_is_said() -> None:
    nifti = {"form": "nifti", "path": "/ds/sub-01/anat/sub-01_FLAIR.nii.gz", "dims": [256, 256, 160]}
    agreed, bare = kind_of({**nifti, "tr": 5000, "te": 388, "ti": 1800}), kind_of(nifti)
    doubted = kind_of({**nifti, "tr": 2300, "te": 3, "ti": 900})
    assert agreed and bare and doubted
    assert agreed.name == bare.name == doubted.name == "FLAIR"
    assert agreed.confidence > bare.confidence > doubted.confidence
    assert "would be T1w" in doubted.reason


def test_nothing_known_is_no_kind() -> None:
    assert kind_of({}) is None
    assert kind_of(mr(description="xyzzy")) is None


times = st.none() | st.floats(0, 1e5)
words = st.none() | st.text(max_size=20) | st.sampled_from(["EP", "GR\\IR", "SE", "DERIVED\\ADC", "3D"])


@given(
    st.fixed_dictionaries(
        {
            **dict.fromkeys(("tr", "te", "ti", "flip_angle", "b_value", "temporal_position"), times),
            **dict.fromkeys(
                ("image_type", "scanning_sequence", "description", "sequence_name", "path"), words
            ),
            "modality": st.sampled_from(["MR", "", "CT", None]),
            "form": st.sampled_from(["dicom", "nifti"]),
            "dims": st.none() | st.lists(st.integers(0, 999), max_size=5),
        }
    )
)
def test_any_facts_give_a_sane_kind_or_none(facts: dict[str, Any]) -> None:
    kind = kind_of(facts)
    if kind is not None:
        assert kind.name
        assert 0 < kind.confidence <= 1
        assert "{" not in kind.reason or "{" in str(facts)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[physics]]\nkind = 'X'", "confidence"),
        ("[[physics]]\nkind = 'X'\nconfidence = 1\ntr = 5", "not a range"),
        ("[[text]]\nkind = 'X'\nconfidence = 1\ntext = '('", "regular expression"),
        ("[[text]]\nkind = 'X'\nconfidence = 1\ncolour = 'red'", "no condition"),
        ("[[text", "not TOML"),
    ],
)
def test_a_wrong_rule_says_where_and_what_is_right(text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        Rules.read(text)
