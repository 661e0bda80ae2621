"""Image files that are not DICOM: NIfTI, Analyze, MGH, PAR/REC, and the BIDS sidecars beside them."""

import posixpath
import zlib
from typing import Any, NamedTuple

from labarchive.index import nifti, parrec
from labarchive.index.bids import Sidecars, columns
from labarchive.records import Found

GZIPPED = (b".nii.gz", b".mgz", b".mgh.gz", b".img.gz", b".hdr.gz")
_PLAIN = (b".nii", b".hdr", b".mgh")
_PIXELS = {b".img": "nifti_pixels", b".rec": "parrec_pixels"}
_PIECE = 1 << 20


class Glance(NamedTuple):
    """What was read of a file: its first and last bytes, and the digest of its edges."""

    head: bytes
    tail: bytes
    content_key: str | None


NOTHING = Glance(b"", b"", None)


def named_like_image(path: bytes) -> bool:
    """Whether the name promises one of these formats."""
    return path.lower().endswith((*GZIPPED, *_PLAIN, b".par"))


def row(found: Found, glance: Glance, sidecars: Sidecars) -> dict[str, Any] | None:
    """Status and columns of an image file, its pixels or its sidecar; None for anything else."""
    name = posixpath.basename(found.path).lower()
    extension = posixpath.splitext(name)[1]
    if extension == b".json":
        return _sidecar(found, sidecars)
    if extension in _PIXELS:
        form = _PIXELS[extension]
        return {"status": "not_imaging", "reason": "the pixels of the header beside it", "form": form}
    if name.endswith(b".par"):
        given = parrec.read(glance.head)
        return (
            given
            and {"status": "ok", "form": "parrec", "content_key": glance.content_key, "reason": None} | given
        )
    if named_like_image(name):
        return _image(found, name, glance, sidecars)
    return None


def _sidecar(found: Found, sidecars: Sidecars) -> dict[str, Any] | None:
    if not sidecars.is_sidecar(found.path):
        return None
    return {"status": "not_imaging", "reason": None, "form": "bids_sidecar"}


def _image(found: Found, name: bytes, glance: Glance, sidecars: Sidecars) -> dict[str, Any] | None:
    form = "mgh" if name.endswith((b".mgh", b".mgz", b".mgh.gz")) else "nifti"
    try:
        gzipped = glance.head.startswith(b"\x1f\x8b")
        header = nifti.read(nifti.inflated(glance.head) if gzipped else glance.head, name)
        if header is None:
            if name.endswith((b".hdr", b".hdr.gz")):  # other programs' headers end so, too
                return None
            raise nifti.Wrong(f"it is named like {form} and holds none")
        short = (
            _gzip_doubt(found, glance, header.needs) if gzipped else _plain_doubt(found, name, header.needs)
        )
    except nifti.Wrong as wrong:
        return {"status": "damaged", "reason": str(wrong), "form": form}
    said, doubts = sidecars.merged(found.path)
    given = nifti.columns(header) | columns(found.path, said)
    reasons = nifti.doubts(header) + doubts + ([short] if short else [])
    return given | {
        "status": "ok", "reason": "; ".join(reasons) or None, "form": header.form, "content_key": glance.content_key,
    }  # fmt: skip


def _plain_doubt(found: Found, name: bytes, needs: int) -> str:
    if name.endswith(b".hdr") or found.size >= needs:
        return ""
    return "cut short: the file ends before its voxels do"


def _gzip_doubt(found: Found, glance: Glance, needs: int) -> str:
    """The gzip's trailer tells its length; where that is another, all of it is inflated to know. Raises Wrong."""
    if int.from_bytes(glance.tail[-4:], "little") == needs & 0xFFFFFFFF:
        return ""
    length, whole = _inflated_length(found.path, needs)
    if not whole:
        raise nifti.Wrong("the gzip is cut short or damaged")
    return "cut short: the file ends before its voxels do" if length < needs else ""


def _inflated_length(path: bytes, needs: int) -> tuple[int, bool]:
    """How much is in a gzip, as far as needed, and whether it ends as it should; in pieces, so memory is bounded."""
    length = 0
    inflate = zlib.decompressobj(31)
    try:
        with open(path, "rb", buffering=0) as opened:
            while piece := opened.read(_PIECE):
                while piece:
                    length += len(inflate.decompress(piece, _PIECE))
                    piece = inflate.unconsumed_tail
                    if length > 2 * needs + _PIECE:  # far more than an image: no need to see the end
                        return length, True
                    if inflate.eof and inflate.unused_data:  # gzip may have several members
                        piece, inflate = inflate.unused_data, zlib.decompressobj(31)
    except (OSError, zlib.error):
        return length, length >= needs
    return length, inflate.eof
