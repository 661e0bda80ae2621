"""What MRIQC's own functions say of the made images. Run by ``make oracle`` in an environment of its own, whose numpy is old.

python tests/metrics/oracle.py > tests/metrics/oracle.json
"""

import json
import sys
import tempfile
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
from irrCAC.raw import CAC
from mriqc.qc import anatomical, functional
from nipype.algorithms.confounds import FramewiseDisplacement, compute_dvars
from scipy.stats import median_abs_deviation
from sklearn.metrics import cohen_kappa_score

sys.path.insert(0, str(Path(__file__).parent))
import made


def main() -> None:
    volume, head, air, labels = made.still().astype(float), made.head(), made.air(), made.labels()
    quiet = volume[air]
    mad = median_abs_deviation(quiet, scale="normal")
    white, grey = volume[labels == 3], volume[labels == 2]
    artifact = air & (volume > 100)
    mad_of = {
        name: median_abs_deviation(each, scale="normal") for name, each in (("white", white), ("grey", grey))
    }
    said = {
        "efc": anatomical.efc(volume, decimals=12),
        "fber": anatomical.fber(volume, head.astype(np.uint8), decimals=12),
        "snrd": anatomical.snr_dietrich(volume[head].mean(), mad_air=mad, sigma_air=quiet.std()),
        "qi1": anatomical.art_qi1((air & ~artifact).astype(np.uint8), artifact.astype(np.uint8)),
        "cnr": anatomical.cnr(np.median(white), np.median(grey), quiet.std(), white.std(), grey.std()),
        "cjv": anatomical.cjv(np.median(white), np.median(grey), mad_of["white"], mad_of["grey"]),
        "wm2max": anatomical.wm2max(volume, np.median(white)),
        "snr_wm": anatomical.snr(np.median(white), white.std(), white.size),
        "snr_gm": anatomical.snr(np.median(grey), grey.std(), grey.size),
        "gsr_y": functional.gsr(volume, head.astype(np.uint8), "y"),
        "gsr_x": functional.gsr(volume, head.astype(np.uint8), "x"),
        **_over_time(),
        **_raters(),
    }
    json.dump({name: _plain(value) for name, value in said.items()}, sys.stdout, indent=1)


def _raters() -> dict:
    one, other = made.ratings()
    both = pd.DataFrame({"one": one, "other": other})
    return {
        "kappa": cohen_kappa_score(one, other),
        "kappa_linear": cohen_kappa_score(one, other, weights="linear"),
        "kappa_quadratic": cohen_kappa_score(one, other, weights="quadratic"),
        "ac1": CAC(both).gwet()["est"]["coefficient_value"],
        "ac2_linear": CAC(both, weights="linear").gwet()["est"]["coefficient_value"],
    }


def _over_time() -> dict:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        nib.save(nib.Nifti1Image(made.series(), np.eye(4)), place / "series.nii")
        nib.save(nib.Nifti1Image(made.series_head().astype(np.uint8), np.eye(4)), place / "head.nii")
        std, nstd, _ = compute_dvars(str(place / "series.nii"), str(place / "head.nii"))
        moves = made.moves()
        np.savetxt(place / "moves.par", np.column_stack([moves[:, 3:], moves[:, :3]]))  # FSL: rotations first
        node = FramewiseDisplacement(
            in_file=str(place / "moves.par"), parameter_source="FSL", out_file=str(place / "fd.txt")
        )
        node.run(cwd=folder)
        fd = np.loadtxt(place / "fd.txt", skiprows=1)
    return {"dvars": nstd, "dvars_std": std, "fd": fd}


def _plain(value):
    return [float(each) for each in value] if np.ndim(value) else float(value)


main()
