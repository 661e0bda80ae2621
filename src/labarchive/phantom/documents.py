"""What lies among images and is none: reports, and marks that somebody drew on an image."""

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from labarchive.phantom.session import Room, header
from labarchive.phantom.template import encode
from labarchive.phantom.vocabulary import EXPLICIT, PRESENTATION, REPORT


def add_report(room: Room, number: int) -> None:
    """A structured report (SR) whose text names the person."""
    who = room.visit.who
    made = _single(room, number, REPORT, "SR", "Radiology Report")
    text = f"CLINICAL: {room.visit.age} y/o {who.first} {who.last} (MRN {who.record}). Sylvian fissure symmetric."
    concept, item = Dataset(), Dataset()
    concept.CodeValue, concept.CodingSchemeDesignator, concept.CodeMeaning = "121071", "DCM", "Finding"
    item.RelationshipType, item.ValueType, item.TextValue = "CONTAINS", "TEXT", text
    item.ConceptNameCodeSequence = Sequence([concept])
    made.ValueType, made.ContinuityOfContent = "CONTAINER", "SEPARATE"
    made.CompletionFlag, made.VerificationFlag = "COMPLETE", "UNVERIFIED"
    made.ContentSequence = Sequence([item])
    path = _save(room, made, number, form="sr", kind="report")
    room.planted("file", path, "(0040,A730)[0].(0040,A160)", "free text", text)


def add_presentation(room: Room, number: int) -> None:
    """A presentation state (PR) with a note typed on the image."""
    who = room.visit.who
    made = _single(room, number, PRESENTATION, "PR", "Marks")
    note, layer = Dataset(), Dataset()
    note.UnformattedTextValue = f"{who.last} lesion? call {who.phone}"
    note.AnchorPoint, note.AnchorPointAnnotationUnits, note.AnchorPointVisibility = [10.0, 10.0], "PIXEL", "N"
    layer.GraphicLayer, layer.TextObjectSequence = "L1", Sequence([note])
    made.GraphicAnnotationSequence, made.ContentLabel = Sequence([layer]), "NOTE"
    path = _save(room, made, number, form="pr", kind="presentation")
    room.planted(
        "file", path, "(0070,0001)[0].(0070,0008)[0].(0070,0006)", "free text", note.UnformattedTextValue
    )


def _single(room: Room, number: int, sop_class: str, modality: str, description: str) -> Dataset:
    made = header(room, number, sop_class, modality, description)
    made.SOPInstanceUID = f"{room.visit.uid}.{number}.1000001"
    made.InstanceNumber, made.AcquisitionTime = "1", made.StudyTime
    return made


def _save(room: Room, made: Dataset, number: int, *, form: str, kind: str) -> str:
    description, modality = str(made.SeriesDescription), str(made.Modality)
    place = room.path(number, description, 1, sop_uid=str(made.SOPInstanceUID), modality=modality)
    path = room.put(place, encode(made, EXPLICIT), status="not_imaging", form=form)
    room.series(
        kind=kind, modality=modality, series_uid=str(made.SeriesInstanceUID), number=number, description=description,
        transfer_syntax=EXPLICIT, status="not_imaging", path=path,
    )  # fmt: skip
    return path
