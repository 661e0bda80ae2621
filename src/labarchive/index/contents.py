"""What a file is that is not DICOM, by its first bytes and its name: zip, text, json, png ..."""

import posixpath

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"%PDF", "pdf"),
    (b"\x89PNG", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF8", "gif"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"BM", "bmp"),
    (b"\x89HDF", "hdf5"),
    (b"NRRD", "nrrd"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x7fELF", "program"),
)
_DICOM_NAMES = (b".dcm", b".dicom", b".ima")


def named_like_dicom(path: bytes) -> bool:
    """Whether the name promises DICOM."""
    return path.lower().endswith(_DICOM_NAMES)


def form_of(path: bytes, head: bytes) -> str:
    """One word for what the file holds; ``binary`` when nothing is known.

    >>> form_of(b"notes.txt", b"hello")
    'text'
    """
    for magic, form in _MAGIC:
        if head.startswith(magic):
            return form
    if not is_text(head):
        return "binary"
    return "json" if posixpath.splitext(path)[1].lower() == b".json" else "text"


def is_text(head: bytes) -> bool:
    """No control characters but those of text; any character set that has ASCII in it."""
    if b"\0" in head:
        return False
    return not any(byte < 9 or 13 < byte < 27 or 27 < byte < 32 for byte in head[:1024])
