"""The DICOM files of a batch on their way to rows: the lane's values, pydicom's where it declined, and the verdicts."""

from typing import Any

from labarchive.index import columns, status
from labarchive.index.arrow import Array, DataType, Table, pa
from labarchive.index.fields import READ, UNDEFINED
from labarchive.index.glances import Seen
from labarchive.index.guarded import Guard
from labarchive.index.lane import Values
from labarchive.index.rows import stat_arrays, table_of
from labarchive.index.schema import FILE_SCHEMA, TYPES
from labarchive.records import Found

_BLANK: Values = [None] * len(READ)


class Dicom:
    """The DICOM files of a batch on their way to columns."""

    def __init__(self, found: list[Found], seen: list[Seen]) -> None:
        self.not_dicom: list[Found] = []
        self.unreadable: list[tuple[Found, str]] = []
        self._found, self._seen = found, seen
        self._answers: dict[int, dict[str, Any]] = {}

    def ask(self, guard: Guard) -> None:
        """Has pydicom read what the lane declined; drops what turns out to be no DICOM."""
        gone = set()
        for i, one in enumerate(self._seen):
            if one.asks != "guard":
                continue
            answer = guard.parse(self._found[i].path, self._found[i].size)
            if answer.get("form") == "other":
                self.not_dicom.append(self._found[i])
                gone.add(i)
            elif "unreadable" in answer:
                self.unreadable.append((self._found[i], f"it cannot be opened: {answer['unreadable']}"))
                gone.add(i)
            else:
                self._answers[i] = answer
        if gone:
            keep = [i for i in range(len(self._found)) if i not in gone]
            self._answers = {new: self._answers[old] for new, old in enumerate(keep) if old in self._answers}
            self._found = [self._found[i] for i in keep]
            self._seen = [self._seen[i] for i in keep]

    def table(self) -> Table:
        """FILE_SCHEMA rows of what is DICOM."""
        if not self._found:
            return FILE_SCHEMA.empty_table()
        arrays, notes = columns.arrays([one.values or _BLANK for one in self._seen])
        for i, one in enumerate(self._seen):
            if one.asks == "trailing":
                columns.note(notes, i, "other bytes follow the pixel data")
        self._put_answers(arrays, notes)
        arrays |= self._pixels()
        arrays |= stat_arrays(self._found)
        wrong = {i: answer["wrong"] for i, answer in self._answers.items() if answer.get("wrong")}
        verdicts = status.judge(arrays, notes, wrong)
        arrays["status"] = pa.array([one[0] for one in verdicts], pa.string())
        arrays["reason"] = pa.array([one[1] for one in verdicts], pa.string())
        arrays["form"] = pa.array([one[2] for one in verdicts], pa.string())
        arrays["dims"] = self._dims()
        return table_of(arrays, len(self._found))

    def _put_answers(self, arrays: dict[str, Array], notes: columns.Notes) -> None:
        """pydicom's values into the rows that the lane left blank."""
        if not self._answers:
            return
        for answer_row, answer in self._answers.items():
            for words in answer.get("notes", ()):
                columns.note(notes, answer_row, words)
        lists = {row: answer.get("values", {}) for row, answer in self._answers.items()}
        for one in READ:
            given = {
                row: values[one.column] for row, values in lists.items() if values.get(one.column) is not None
            }
            if given:
                arrays[one.column] = _replaced(arrays[one.column], given, TYPES[one.form], notes, one.column)

    def _pixels(self) -> dict[str, Array]:
        pixels = [
            self._answers[i].get("pixel", (0, -1, UNDEFINED)) if i in self._answers else one.pixel
            for i, one in enumerate(self._seen)
        ]
        inflated = [bool(self._answers.get(i, {}).get("inflated")) for i in range(len(self._seen))]
        return {
            "stop": pa.array([one[0] for one in pixels], pa.int64()),
            "pixel_start": pa.array([one[1] for one in pixels], pa.int64()),
            "pixel_length": pa.array([one[2] for one in pixels], pa.int64()),
            "inflated": pa.array(inflated, pa.bool_()),
        }

    def _dims(self) -> Array:
        kind = FILE_SCHEMA.field("dims").type
        if not self._answers:
            return pa.nulls(len(self._found), kind)
        return pa.array([self._answers.get(i, {}).get("dims") for i in range(len(self._found))], kind)


def _replaced(
    array: Array, given: dict[int, Any], kind: DataType, notes: columns.Notes, column: str
) -> Array:
    rows, values = [], []
    for row, value in given.items():
        try:
            pa.scalar(value, kind)
        except (pa.ArrowInvalid, OverflowError):
            columns.note(notes, row, f"{column} is not a number")
            continue
        rows.append(row)
        values.append(value)
    take = list(range(len(array)))
    for place, row in enumerate(rows):
        take[row] = len(array) + place
    return pa.concat_arrays([array, pa.array(values, kind)]).take(pa.array(take))
