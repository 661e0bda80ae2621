"""Images are those of a head, where and how their headers say, in every dialect and syntax."""

import nibabel
import numpy as np
import pydicom
import pytest
from pydicom.fileset import FileSet

from labarchive.phantom import codecs
from labarchive.phantom.plan import TAU
from labarchive.phantom.series import SYNTAXES
from labarchive.phantom.template import TOKENS, Template
from labarchive.phantom.vocabulary import B_VALUES, IMPLICIT, MR
from tests.phantom.conftest import Example


def world(headers: list[pydicom.Dataset]) -> tuple[np.ndarray, np.ndarray]:
    """Values (n) and positions (n, 3) in DICOM patient coordinates of all pixels of single-frame instances."""
    values, places = [], []
    for header in headers:
        across, down = np.split(np.array(header.ImageOrientationPatient, float), 2)
        row, column = np.indices(header.pixel_array.shape)
        step_down, step_across = map(float, header.PixelSpacing)
        place = np.array(header.ImagePositionPatient, float) + column[..., None] * step_across * across
        places.append((place + row[..., None] * step_down * down).reshape(-1, 3))
        values.append(header.pixel_array.ravel().astype(float) * float(header.get("RescaleSlope", 1)))
    return np.concatenate(values), np.concatenate(places)


def middle(values: np.ndarray, places: np.ndarray, x: float = 90) -> np.ndarray:
    """The centre of what is bright and inside the skull, in mm."""
    inside = (values > np.percentile(values, 80)) & (np.abs(places) < x).all(1)
    return places[inside].mean(0)


def test_all_dialects_and_kinds_are_there(example: Example) -> None:
    assert {row["kind"] for row in example.key.series} >= {*TAU.kinds, "CT", "report", "presentation"}
    makers = {str(example.of(row["series_uid"])[0].Manufacturer) for row in example.series(form="dicom")}
    assert makers == {"SIEMENS", "GE MEDICAL SYSTEMS", "Philips", "UIH"}


def test_every_element_of_every_header_can_be_read(example: Example) -> None:
    for row in example.series(form="dicom"):
        for element in example.of(row["series_uid"])[0].iterall():
            assert element.VR


def test_all_sequences_show_one_head_in_one_place(example: Example) -> None:
    centres = [
        middle(*world(example.of(row["series_uid"])))
        for kind in ("T1w", "FLAIR", "T2w", "PT")
        for row in example.series(kind=kind, fault="", form="dicom")[:2]
        if "NumberOfFrames" not in example.of(row["series_uid"])[0]
    ]
    assert len(centres) >= 4
    assert np.ptp(centres, axis=0).max() < 12


@pytest.mark.parametrize("kind", ["T1w", "FLAIR"])
def test_a_bids_image_shows_the_head_where_its_dicom_series_shows_it(example: Example, kind: str) -> None:
    pairs = 0
    for row in example.series(kind=kind, form="nifti"):
        image = nibabel.load(example.file(row["path"]))
        for twin in example.series(kind=kind, form="dicom", fault="", study_uid=row["study_uid"]):
            headers = example.of(twin["series_uid"])
            if "NumberOfFrames" in headers[0]:
                continue
            values, places = world(headers)
            index = nibabel.affines.apply_affine(np.linalg.inv(image.affine), places * (-1, -1, 1))
            near = np.rint(index).astype(int)
            assert np.abs(index - near).max() < 0.01
            assert np.corrcoef(image.get_fdata()[tuple(near.T)], values)[0, 1] > 0.9
            pairs += 1
    assert pairs


def test_sidecars_leave_shared_physics_to_the_top_of_the_tree(example: Example) -> None:
    top = example.key.projects["tau-pet"] / "bids"
    assert {path.name for path in top.glob("*.json")} == {
        "dataset_description.json", "T1w.json", "FLAIR.json", "task-rest_bold.json"
    }  # fmt: skip
    own = (path.read_text() for path in top.rglob("sub-*.json"))
    assert not any("RepetitionTime" in text for text in own)


def test_an_enhanced_object_holds_a_whole_series(example: Example) -> None:
    objects = [
        (row, header)
        for row in example.series(form="dicom", status="ok")
        for header in example.of(row["series_uid"])
        if "NumberOfFrames" in header
    ]
    assert objects
    for row, header in objects:
        places = [
            frame.PlanePositionSequence[0].ImagePositionPatient[2]
            for frame in header.PerFrameFunctionalGroupsSequence
        ]
        assert len(places) == len(header.pixel_array) == row["slices"]
        assert places == sorted(places)


def test_pet_slices_have_slopes_of_their_own(example: Example) -> None:
    for row in example.series(kind="PT", fault=""):
        headers = example.of(row["series_uid"])
        assert len({header.RescaleSlope for header in headers}) == row["slices"]
        peaks = [float(header.pixel_array.max()) for header in headers]
        assert min(peaks) > 30_000


def test_ct_is_in_hounsfield_units(example: Example) -> None:
    rows = example.series(kind="CT", fault="")
    assert rows
    for row in rows:
        headers = example.of(row["series_uid"])
        values = np.stack(
            [h.pixel_array * float(h.RescaleSlope) + float(h.RescaleIntercept) for h in headers]
        )
        assert values.min() >= -1024
        assert (values < -900).mean() > 0.3  # air
        assert ((values > 0) & (values < 80)).mean() > 0.1  # brain
        assert values.max() > 500  # bone


def test_only_mr_has_private_elements_of_mr(example: Example) -> None:
    for row in example.series(form="dicom"):
        header = example.of(row["series_uid"])[0]
        creators = {str(element.value) for element in header if element.tag.is_private_creator}
        assert header.Modality == "MR" or not any("MR" in creator for creator in creators)


def test_diffusion_weighting_stands_where_each_vendor_puts_it(example: Example) -> None:
    places = {
        "SIEMENS": (0x0019, "SIEMENS MR HEADER", 0x0C), "GE MEDICAL SYSTEMS": (0x0043, "GEMS_PARM_01", 0x39),
        "Philips": (0x2001, "Philips Imaging DD 001", 0x03), "UIH": (0x0065, "Image Private Header", 0x09),
    }  # fmt: skip
    found = {}
    for row in example.series(kind="dwi", fault=""):
        headers = example.of(row["series_uid"])
        group, creator, element = places[headers[0].Manufacturer]
        values = [header.private_block(group, creator)[element].value for header in headers]
        first = {
            float(value[0] if isinstance(value, list | pydicom.multival.MultiValue) else value)
            for value in values
        }
        found[headers[0].Manufacturer] = first
    assert len(found) >= 3
    assert all(values == set(map(float, B_VALUES)) for values in found.values())


@pytest.mark.parametrize("syntax", [*SYNTAXES, IMPLICIT])
def test_pixels_come_back_from_every_transfer_syntax(syntax: str, tmp_path) -> None:
    if syntax in codecs.WRITERS and not codecs.writable(syntax):
        pytest.skip("the extra codecs is not installed")
    frame = np.random.default_rng(0).integers(0, 4096, (40, 56)).astype(np.uint16)
    header = pydicom.Dataset()
    header.SOPClassUID, header.SOPInstanceUID = MR, f"1.2.{TOKENS['sop']}"
    header.SamplesPerPixel, header.PhotometricInterpretation = 1, "MONOCHROME2"
    header.Rows, header.Columns = frame.shape
    header.BitsAllocated, header.BitsStored, header.HighBit, header.PixelRepresentation = 16, 12, 11, 0
    (tmp_path / "one").write_bytes(Template.of(header, syntax).fill({"sop": "12"}, frame))
    read = pydicom.dcmread(tmp_path / "one")
    assert read.file_meta.TransferSyntaxUID == syntax
    assert np.array_equal(read.pixel_array, frame)


def test_a_disc_has_a_directory_of_its_images(example: Example) -> None:
    discs = [row["path"] for row in example.key.files if row["form"] == "dicomdir"]
    assert discs
    for disc in discs:
        place = example.file(disc)
        listed = {str(instance.path) for instance in FileSet(str(place))}
        hurt = {str(example.file(row["path"])) for row in example.key.faults if row["path"]}
        assert listed == {str(path) for path in place.parent.rglob("IM_????")} - hurt
