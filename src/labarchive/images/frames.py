"""The planes of each file: enhanced multi-frame by functional groups, the rest by what sort of file it is."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from labarchive.errors import NotFound
from labarchive.images import mosaics
from labarchive.images.files import ImageFile
from labarchive.images.grids import normal
from labarchive.images.planes import Plane, classic, moment, stacked
from labarchive.images.scaling import PHILIPS, scale_of
from labarchive.images.values import Header, item, number, numbers, value, values
from labarchive.index.headers import read_header

_ENHANCED = frozenset(
    f"1.2.840.10008.5.1.4.1.1.{end}" for end in ("4.1", "4.3", "2.1", "130", "128.1", "66.4", "30", "6.2")
)
_PROJECTIONS = frozenset(("CR", "DX", "MG", "IO", "PX", "RF", "RG", "XA"))
_SHARED, _PER_FRAME, _DIMENSIONS = "52009229", "52009230", "00209222"
_POSITION, _ORIENTATION, _MEASURES = "00209113", "00209116", "00289110"
_CONTENT, _ECHO, _TRIGGER, _TRANSFORM, _PHILIPS_FRAME = (
    "00209111",
    "00189114",
    "00189118",
    "00289145",
    "2005140F",
)
_FRAME_TYPES = ("00189226", "00189329", "00189751")
_STACK, _IN_STACK, _DELAY = "00209056", "00209057", "00209153"
_OFFSETS = "3004000C"


def planes_of(files: Iterable[ImageFile]) -> list[Plane]:
    """Every plane of the files. Raises Damaged for a header that cannot be read."""
    tiled = []
    planes: list[Plane] = []
    for file in files:
        if mosaics.is_mosaic(file):
            tiled.append(file)
        elif (file.frames or 1) > 1 or file.sop_class in _ENHANCED:
            planes += _multi_frame(file)
        else:
            planes.append(classic(_projected(file)))
    return planes + mosaics.planes(tiled)


def _multi_frame(file: ImageFile) -> Iterable[Plane]:
    header = _header(file)
    if values(header, _PER_FRAME):
        return _by_groups(file, header)
    if values(header, _OFFSETS) and file.orientation and file.position:
        return _by_offsets(file, values(header, _OFFSETS))
    return stacked(file)


def _projected(file: ImageFile) -> ImageFile:
    """Radiographs often say how large their pixels are on the detector only."""
    if file.pixel_spacing or file.modality not in _PROJECTIONS:
        return file
    return replace(file, pixel_spacing=numbers(_header(file), "00181164", 2))


def _header(file: ImageFile) -> Header:
    try:
        return read_header(file.path)
    except FileNotFoundError:
        raise NotFound(f"{file.name} is gone", hint="index its folder again") from None


def _by_offsets(file: ImageFile, offsets: Sequence[float]) -> Iterator[Plane]:
    """RT dose: frames at distances along the normal (PS3.3 C.8.8.3.2)."""
    along = np.array(normal(file.orientation or ()))
    for frame, offset in enumerate(offsets):
        position = tuple((np.array(file.position) + along * float(offset)).tolist())
        yield replace(classic(file), frame=frame, position=position)


def _by_groups(file: ImageFile, header: Header) -> list[Plane]:
    """One plane a frame, as PS3.3 C.7.6.16 describes them."""
    shared = item(header, _SHARED)
    pointers = [_pointer(dimension) for dimension in values(header, _DIMENSIONS)]
    groups = [dict(shared) | frame for frame in values(header, _PER_FRAME)]
    delays = _delays(groups, pointers) if "PERFUSION" in file.types else {}
    return [_plane(file, frame, group, pointers, delays) for frame, group in enumerate(groups)]


def _plane(
    file: ImageFile, frame: int, group: Header, pointers: Sequence[str], delays: dict[int, float]
) -> Plane:
    measures, content = item(group, _MEASURES), item(group, _CONTENT)
    philips = item(group, _PHILIPS_FRAME)
    index = dict(zip(pointers, values(content, "00209157"), strict=False))
    echo = number(philips, "00180086") or file.echo
    return Plane(
        file, file.rows or 0, file.columns or 0, frame,
        position=numbers(item(group, _POSITION), "00200032", 3) or file.position,
        orientation=numbers(item(group, _ORIENTATION), "00200037", 6) or file.orientation,
        pixel_spacing=numbers(measures, "00280030", 2) or file.pixel_spacing,
        step=number(measures, "00180088") or number(measures, "00180050") or file.spacing or file.slice_thickness,
        echo=None if echo is None else int(echo),
        te=number(item(group, _ECHO), "00189082") or (file.te if not philips else None),
        delay=delays.get(index.get(_DELAY, 0)),
        stack=str(value(content, _STACK) or ""),
        types=_types(group) or file.types,
        order=(*moment(file), *_order(index, content), frame),
        scale=scale_of(item(group, _TRANSFORM), number(philips, PHILIPS)),
    )  # fmt: skip


def _pointer(dimension: Header) -> str:
    return str(value(dimension, "00209165") or "").upper()


def _order(index: dict[str, int], content: Header) -> Iterator[float]:
    """When in the series: the frame's dimension indices but those of its place."""
    for pointer, at in reversed(index.items()):  # the last dimension is the slowest, as dcm2niix has it
        if pointer not in (_STACK, _IN_STACK):
            yield float(at)
    yield number(content, "00209128") or 0.0


def _types(group: Header) -> tuple[str, ...]:
    """Frame Type with its complex component, which Philips states only there."""
    for tag in _FRAME_TYPES:
        frame = item(group, tag)
        if frame:
            found = tuple(str(word).upper() for word in values(frame, "00089007"))
            component = str(value(frame, "00089208") or "").upper()
            return found if component in ("", "MIXED", "MAGNITUDE") else (*found, component)
    return ()


def _delays(groups: Sequence[Header], pointers: Sequence[str]) -> dict[int, float]:
    """Index of the trigger delay -> its delay; later slices of one volume are triggered a little later."""
    found: dict[int, float] = {}
    if _DELAY not in pointers:
        return found
    for group in groups:
        index = dict(zip(pointers, values(item(group, _CONTENT), "00209157"), strict=False)).get(_DELAY, 0)
        delay = number(item(group, _TRIGGER), _DELAY)
        if delay is not None:
            found[index] = min(delay, found.get(index, delay))
    return found
