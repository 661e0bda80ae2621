"""The DICOMDIR of an exported disc (PS3.3 F.3): patient, study, series and image records with their offsets."""

import io
from dataclasses import dataclass, field

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from labarchive.phantom.session import Room
from labarchive.phantom.template import encode
from labarchive.phantom.vocabulary import EXPLICIT, MEDIA_DIRECTORY

LEVELS = {
    "PATIENT": ("PatientID", "PatientName"),
    "STUDY": ("StudyInstanceUID", "StudyDate", "StudyTime", "AccessionNumber", "StudyDescription", "StudyID"),
    "SERIES": ("SeriesInstanceUID", "Modality", "SeriesNumber"),
    "IMAGE": ("SOPInstanceUID", "InstanceNumber"),
}
"""What a record of each level says; the first tells records apart."""


@dataclass(slots=True)
class Record:
    """One line of the directory, what hangs below it, and its place among all lines."""

    item: Dataset
    below: dict[str, "Record"] = field(default_factory=dict)
    place: int = -1


def add_directory(room: Room) -> None:
    """Write a DICOMDIR that lists the session's images, as export software does; hurt ones are not in it."""
    top, disc = Record(Dataset()), room.root / room.folder
    hurt = {row["path"] for row in room.rows["faults"]}
    wanted = ["SpecificCharacterSet", "SOPClassUID", *(word for words in LEVELS.values() for word in words)]
    for path in sorted((disc / "DICOM").rglob("IM_????")):
        if str(path.relative_to(room.root)) not in hurt:
            _enter(top, dcmread(path, specific_tags=wanted), list(path.relative_to(disc).parts))
    told = room.put(room.folder / "DICOMDIR", _encoded(room, top), status="not_imaging", form="dicomdir")
    first = str(next(iter(top.below.values())).item.PatientName)
    room.planted("file", told, "(0004,1220)[0].(0010,0010)", "name", first)


def _enter(top: Record, image: Dataset, parts: list[str]) -> None:
    record = top
    for level, words in LEVELS.items():
        key = str(image[words[0]].value)
        if key not in record.below:
            record.below[key] = Record(_item(level, image, words, parts))
        record = record.below[key]


def _item(level: str, image: Dataset, words: tuple[str, ...], parts: list[str]) -> Dataset:
    item = Dataset()
    item.OffsetOfTheNextDirectoryRecord = item.OffsetOfReferencedLowerLevelDirectoryEntity = 0
    item.RecordInUseFlag, item.DirectoryRecordType = 0xFFFF, level
    if "SpecificCharacterSet" in image:
        item.SpecificCharacterSet = image.SpecificCharacterSet
    if level == "IMAGE":
        item.ReferencedFileID, item.ReferencedSOPClassUIDInFile = parts, image.SOPClassUID
        item.ReferencedSOPInstanceUIDInFile = image.SOPInstanceUID
        item.ReferencedTransferSyntaxUIDInFile = image.file_meta.TransferSyntaxUID
    for word in words:
        if word in image and word != "SOPInstanceUID":
            setattr(item, word, image[word].value)
    return item


def _encoded(room: Room, top: Record) -> bytes:
    """Encoded twice: offsets are of fixed width, so where the lines lie is known after the first time."""
    lines = _lines(top)
    made = Dataset()
    made.SOPClassUID, made.SOPInstanceUID = MEDIA_DIRECTORY, f"{room.visit.uid}.950"
    made.FileSetID, made.FileSetConsistencyFlag = "EXPORT", 0
    made.OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity = 0
    made.OffsetOfTheLastDirectoryRecordOfTheRootDirectoryEntity = 0
    made.DirectoryRecordSequence = Items([record.item for record in lines])
    read = dcmread(io.BytesIO(encode(made, EXPLICIT)))
    offsets = [item.seq_item_tell for item in read.DirectoryRecordSequence]
    _link(top, offsets)
    patients = list(top.below.values())
    made.OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity = offsets[patients[0].place]
    made.OffsetOfTheLastDirectoryRecordOfTheRootDirectoryEntity = offsets[patients[-1].place]
    return encode(made, EXPLICIT)


def _lines(record: Record) -> list[Record]:
    """Depth first, numbered."""
    lines: list[Record] = []
    todo = list(record.below.values())
    while todo:
        line = todo.pop(0)
        line.place = len(lines)
        lines.append(line)
        todo[:0] = line.below.values()
    return lines


def _link(record: Record, offsets: list[int]) -> None:
    siblings = list(record.below.values())
    for line, after in zip(siblings, [*siblings[1:], None], strict=False):
        line.item.OffsetOfTheNextDirectoryRecord = offsets[after.place] if after else 0
        children = list(line.below.values())
        line.item.OffsetOfReferencedLowerLevelDirectoryEntity = offsets[children[0].place] if children else 0
        _link(line, offsets)
