"""Some sessions once more as a BIDS tree of NIfTI files, with sidecars that inherit (BIDS 1.10, inheritance)."""

import gzip
import json
from typing import Any

import numpy as np

from labarchive.phantom.anatomy import slices
from labarchive.phantom.faults import noise
from labarchive.phantom.session import Room
from labarchive.phantom.vocabulary import SEQUENCES

WANTED = {"T1w": "anat/{name}_T1w", "FLAIR": "anat/{name}_FLAIR", "bold": "func/{name}_task-rest_bold"}


def add_bids(room: Room, *, count: int, side: int) -> None:
    """Write this visit's T1w, FLAIR and bold below ``<study>/bids``; shared physics lies in files at its top."""
    top = f"{room.visit.study.name}/bids"
    _tops(room, top)
    subject, visit = f"sub-{room.visit.who.number + 1:03d}", f"ses-{room.visit.label}"
    for kind, pattern in WANTED.items():
        if kind in room.visit.kinds:
            stem = f"{top}/{subject}/{visit}/" + pattern.format(name=f"{subject}_{visit}")
            content = _nifti(room, kind, count=count, side=side)
            room.put(
                room.root.joinpath(stem + ".nii.gz").relative_to(room.root),
                gzip.compress(content, 1, mtime=0),
            )
            own = {
                "SeriesNumber": list(WANTED).index(kind) + 1,
                "AcquisitionTime": f"{room.visit.when:%H:%M:%S}",
            }
            room.put(room.root.joinpath(stem + ".json").relative_to(room.root), json.dumps(own).encode())
            room.rows["series"].append({
                "session": room.visit.number, "project": room.visit.study.name, "kind": kind, "modality": "MR",
                "path": stem + ".nii.gz", "expected_files": 1, "present_files": 1, "fault": "",
            })  # fmt: skip


def _tops(room: Room, top: str) -> None:
    description = {"Name": room.visit.study.name, "BIDSVersion": "1.10.0", "DatasetType": "raw"}
    shared: dict[str, dict[str, Any]] = {"dataset_description.json": description}
    for kind, name in (("T1w", "T1w.json"), ("FLAIR", "FLAIR.json"), ("bold", "task-rest_bold.json")):
        sequence = SEQUENCES[kind]
        shared[name] = {
            "Modality": "MR",
            "MagneticFieldStrength": 3,
            "RepetitionTime": sequence.tr / 1000,
            "EchoTime": sequence.te / 1000,
            "FlipAngle": sequence.flip,
        }
        if sequence.ti:
            shared[name]["InversionTime"] = sequence.ti / 1000
    for name, values in shared.items():
        place = room.root / top / name
        if not place.exists():
            room.put(place.relative_to(room.root), json.dumps(values, indent=1).encode())


def _nifti(room: Room, kind: str, *, count: int, side: int) -> bytes:
    import nibabel

    sequence = SEQUENCES[kind]
    stack, pixel, distance = slices(sequence.contrast, "axial", count, side)
    stack = stack + noise(stack.shape, room.visit.rng(30, list(WANTED).index(kind)), 0.02)
    volume = np.clip(stack.transpose(2, 1, 0)[::-1, ::-1] * 1400, 0, 4095).astype(np.int16)  # LPS -> RAS
    if sequence.volumes > 1:
        volume = np.repeat(volume[..., None], sequence.volumes, 3)
    affine = np.diag([pixel, pixel, distance, 1.0])
    affine[:3, 3] = -side * pixel / 2
    image = nibabel.Nifti1Image(np.ascontiguousarray(volume), affine)
    image.header.set_xyzt_units("mm", "sec")
    if sequence.volumes > 1:
        image.header["pixdim"][4] = sequence.tr / 1000
    return bytes(image.to_bytes())
