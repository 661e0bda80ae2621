"""Some sessions once more as a BIDS tree of NIfTI files, with sidecars that inherit (BIDS 1.10, inheritance)."""

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from labarchive.phantom.pixels import Stack, stack
from labarchive.phantom.plan import Study, Visit
from labarchive.phantom.session import Room
from labarchive.phantom.vocabulary import SEQUENCES, Sequence

STEMS = {"T1w": "anat/{name}_T1w", "FLAIR": "anat/{name}_FLAIR", "bold": "func/{name}_task-rest_bold"}
TOPS = {"T1w": "T1w.json", "FLAIR": "FLAIR.json", "bold": "task-rest_bold.json"}
"""Sidecars at the top of the tree: what all scans of a kind inherit."""


def shared(study: Study, plan: list[Visit]) -> Mapping[str, bytes]:
    """The files at the top of a study's BIDS tree, by path; times in s as BIDS has them."""
    people = sorted({_subject(visit) for visit in plan})
    description = {"Name": study.name, "BIDSVersion": "1.10.0", "DatasetType": "raw"}
    files = {"dataset_description.json": _json(description)}
    files["participants.tsv"] = "\n".join(["participant_id", *people, ""]).encode()
    for kind, name in TOPS.items():
        if kind in study.kinds:
            files[name] = _json(_physics(SEQUENCES[kind]))
    return {f"{study.name}/bids/{name}": content for name, content in files.items()}


def form(path: str) -> str:
    """What a file at the top of the tree is."""
    if path.endswith("dataset_description.json"):
        return "json"
    return "text" if path.endswith(".tsv") else "bids_sidecar"


def add_bids(room: Room, *, count: int, side: int) -> None:
    """Write this visit's T1w, FLAIR and bold below ``<study>/bids``; shared physics lies in files at its top."""
    visit = room.visit
    names = f"{_subject(visit)}/ses-{visit.label}", f"{_subject(visit)}_ses-{visit.label}"
    for kind, pattern in STEMS.items():
        if kind in visit.kinds:
            stem = f"{visit.study.name}/bids/{names[0]}/" + pattern.format(name=names[1])
            _add(room, kind, stem, count=count, side=side)


def _subject(visit: Visit) -> str:
    return f"sub-{visit.who.number + 1:03d}"


def _add(room: Room, kind: str, stem: str, *, count: int, side: int) -> None:
    visit, sequence, number = room.visit, SEQUENCES[kind], list(STEMS).index(kind)
    draw = visit.rng(30, number)
    own = {"SeriesNumber": number + 1, "AcquisitionTime": f"{visit.when:%H:%M:%S}"}
    leak = draw.random() < room.phi_rate and visit.who.ascii
    name = f"{visit.who.last} {visit.who.first} {visit.who.record}" if leak else ""
    if leak:
        own["PatientName"] = visit.who.name
        room.planted("file", stem + ".json", "json PatientName", "name", visit.who.name)
        room.planted("file", stem + ".nii.gz", "nifti descrip", "name", name)
    drawn = stack(sequence, max(3, round(count * sequence.share)), side, "", draw)
    content = gzip.compress(_nifti(drawn, sequence, name), 1, mtime=0)
    path = room.put(Path(stem + ".nii.gz"), content, form="nifti")
    room.put(Path(stem + ".json"), _json(own), status="not_imaging", form="bids_sidecar")
    room.series(
        kind=kind, form="nifti", description=Path(stem).name, slices=drawn.cut.count, volumes=sequence.volumes, path=path
    )  # fmt: skip


def _physics(sequence: Sequence) -> dict[str, Any]:
    times = {"RepetitionTime": sequence.tr, "EchoTime": sequence.te, "InversionTime": sequence.ti}
    seconds = {name: time / 1000 for name, time in times.items() if time}
    task = {"TaskName": "rest"} if sequence.kind == "bold" else {}
    return {"Modality": "MR", "MagneticFieldStrength": 3, "FlipAngle": sequence.flip, **seconds, **task}


def _nifti(drawn: Stack, sequence: Sequence, description: str) -> bytes:
    """The stack in RAS; an axial cut's (slices, rows, columns) are z, -y, -x, a sagittal one's -x, -z, -y."""
    import nibabel

    cut = drawn.cut
    volumes = [
        np.stack([drawn.frame(sequence, volume, at) for at in range(cut.count)])
        for volume in range(sequence.volumes)
    ]
    array = np.stack(volumes, -1).astype(np.int16)
    if cut.plane == "axial":
        array, zooms = array.transpose(2, 1, 0, 3)[::-1, ::-1], (cut.pixel, cut.pixel, cut.distance)
    else:
        array, zooms = array.transpose(0, 2, 1, 3)[::-1, ::-1, ::-1], (cut.distance, cut.pixel, cut.pixel)
    array = array if sequence.volumes > 1 else array[..., 0]
    affine = np.diag([*zooms, 1.0])
    affine[:3, 3] = -(np.array(array.shape[:3]) - 1) / 2 * zooms
    image = nibabel.Nifti1Image(np.ascontiguousarray(array), affine)
    image.header.set_xyzt_units("mm", "sec")
    image.header["descrip"] = description[:79].encode()
    if sequence.volumes > 1:
        image.header["pixdim"][4] = sequence.tr / 1000
    return bytes(image.to_bytes())


def _json(values: Mapping[str, Any]) -> bytes:
    return json.dumps(values, indent=1).encode()
