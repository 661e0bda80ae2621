"""Which volumes the files of a scan hold: planes told apart by what they show, named by what tells them apart."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from labarchive.images.files import ImageFile
from labarchive.images.frames import planes_of
from labarchive.images.grids import Grid, grid_of
from labarchive.images.planes import Plane, what
from labarchive.images.whole import FORMS, shape_of

Group = list[Plane]

_SAME_DIRECTION = 1e-3
_RAW_DATA = "1.2.840.10008.5.1.4.1.1.66"
"""Philips' raw data objects say rows and columns and hold no picture."""


@dataclass(frozen=True, slots=True)
class Part:
    """One volume of a scan, or one series of volumes."""

    name: str
    """What tells it from the others: "echo 2", "phase", "delay 1.5 s"; "image" when there is only one."""
    shape: tuple[int, ...]
    """Columns, rows, slices, and times when there are several."""
    files: tuple[ImageFile, ...] = field(repr=False)
    problem: str = ""
    """Why it cannot be loaded as it is; empty when it can."""
    grid: Grid | None = field(default=None, repr=False, compare=False)
    """Where each plane goes; None for a file that nibabel reads by itself."""


def volumes(files: Iterable[ImageFile]) -> list[Part]:
    """The parts of a scan; opens multi-frame files and mosaics, whose header alone places their planes.

    Raises Damaged for a header that cannot be read.
    """
    images = sorted(files, key=lambda file: (file.instance or 0, file.path))
    whole = [file for file in images if file.form in FORMS]
    planes = planes_of(_unique(file for file in images if _is_picture(file)))
    groups = [part for group in _told_apart(planes) for part in _regular(group)]
    groups.sort(key=lambda group: min((p.order, p.file.path, p.frame) for p in group[0]))
    names = _names([group for group, _ in groups])
    parts = [_part(name, grid) for name, (_, grid) in zip(names, groups, strict=True)]
    alone = len(whole) == 1 and not parts
    return parts + [_whole("image" if alone else f"{file.form} {n}", file) for n, file in enumerate(whole, 1)]


def _is_picture(file: ImageFile) -> bool:
    return file.form == "dicom" and bool(file.rows and file.columns) and file.sop_class != _RAW_DATA


def _unique(files: Iterable[ImageFile]) -> list[ImageFile]:
    """One file of each instance: an archive may hold it twice."""
    seen: dict[object, ImageFile] = {}
    for file in files:
        seen.setdefault(file.sop_uid or file.path, file)
    return list(seen.values())


def _part(name: str, grid: Grid) -> Part:
    files = dict.fromkeys(plane.file for layer in grid.layers for plane in layer if plane)
    return Part(name, grid.shape, tuple(files), grid.problem, grid)


def _whole(name: str, file: ImageFile) -> Part:
    shape, problem = shape_of(file)
    return Part(name, shape, (file,), problem)


def _told_apart(planes: Iterable[Plane]) -> list[Group]:
    groups: dict[object, list[Group]] = {}
    for plane in planes:
        alike = groups.setdefault(_key(plane), [])
        for group in alike:
            if _parallel(group[0], plane):
                group.append(plane)
                break
        else:
            alike.append([plane])
    return [group for alike in groups.values() for group in alike]


def _key(plane: Plane) -> object:
    spacing = tuple(round(number, 3) for number in plane.pixel_spacing or ())
    te = None if plane.te is None else round(plane.te, 2)
    return (
        plane.rows, plane.columns, spacing, what(plane.types), plane.echo, te, plane.delay, plane.stack,
        plane.position is None,
    )  # fmt: skip


def _parallel(a: Plane, b: Plane) -> bool:
    if a.orientation is None or b.orientation is None:
        return a.orientation is b.orientation
    return all(abs(x - y) < _SAME_DIRECTION for x, y in zip(a.orientation, b.orientation, strict=True))


def _regular(group: Group) -> list[tuple[Group, Grid]]:
    """The group as it is, or by acquisition when only that makes regular grids."""
    grid = grid_of(group)
    if grid.problem:
        acquisitions: dict[int | None, Group] = {}
        for plane in group:
            acquisitions.setdefault(plane.file.acquisition, []).append(plane)
        split = [(planes, grid_of(planes)) for planes in acquisitions.values()]
        if 1 < len(split) < len(group) and not any(grid.problem for _, grid in split):
            return split
    return [(group, grid)]


def _names(groups: Sequence[Group]) -> list[str]:
    """As few words as tell the groups apart."""
    names = [""] * len(groups)
    for words in _WORDS:
        if len(set(names)) == len(groups):
            break
        said = words(groups)
        if len({*zip(names, said, strict=True)}) > len(set(names)):
            names = [", ".join(filter(None, pair)) for pair in zip(names, said, strict=True)]
    if len(groups) == 1:
        return ["image"]
    return [
        name if name and names.count(name) == 1 else f"{name} part {n}".strip()
        for n, name in enumerate(names, 1)
    ]


def _by_type(groups: Sequence[Group]) -> list[str]:
    types = [what(group[0].types) for group in groups]
    common = set(types[0]).intersection(*types[1:])
    return [" ".join(word for word in words if word not in common) for words in types]


def _by_echo(groups: Sequence[Group]) -> list[str]:
    return ["" if group[0].echo is None else f"echo {group[0].echo}" for group in groups]


def _by_te(groups: Sequence[Group]) -> list[str]:
    return ["" if group[0].te is None else f"TE {group[0].te:g} ms" for group in groups]


def _by_delay(groups: Sequence[Group]) -> list[str]:
    return ["" if group[0].delay is None else f"delay {group[0].delay / 1000:g} s" for group in groups]


def _by_stack(groups: Sequence[Group]) -> list[str]:
    seen: dict[object, int] = {}
    keys = [(group[0].stack, tuple(round(x, 2) for x in group[0].orientation or ())) for group in groups]
    return [f"stack {seen.setdefault(key, len(seen) + 1)}" for key in keys]


def _by_size(groups: Sequence[Group]) -> list[str]:
    return [f"{group[0].columns} x {group[0].rows}" for group in groups]


def _by_acquisition(groups: Sequence[Group]) -> list[str]:
    return [f"acquisition {group[0].file.acquisition or 0}" for group in groups]


_WORDS: tuple[Callable[[Sequence[Group]], list[str]], ...] = (
    _by_type, _by_echo, _by_te, _by_delay, _by_stack, _by_size, _by_acquisition,
)  # fmt: skip
