"""The same numbers as MRIQC's own functions, on the same images and masks. oracle.json is made by ``make oracle``."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labarchive.metrics import motion, series, still
from labarchive.metrics.measuring import of_tissue
from tests.metrics import made

ORACLE: dict[str, Any] = json.loads(Path(__file__).with_name("oracle.json").read_text("utf-8"))
EXACT = 1e-5


@pytest.mark.parametrize("as_floats", [False, True])
def test_measures_of_a_volume(as_floats: bool) -> None:
    volume, head, air = made.still(), made.head(), made.air()
    if as_floats:
        volume = volume.astype(np.float64)
    artifact = air & (volume > 100)
    found = {
        "efc": still.efc(volume),
        "fber": still.fber(volume, head),
        "snrd": still.snrd(float(volume[head].mean()), volume[air]),
        "qi1": still.qi1(air & ~artifact, artifact),
        "gsr_x": still.gsr(volume, head, 0),
        "gsr_y": still.gsr(volume, head, 1),
    }
    assert found == pytest.approx({name: ORACLE[name] for name in found}, rel=EXACT)


def test_measures_of_tissue() -> None:
    found = of_tissue(made.still(), made.labels(), {"grey": 2, "white": 3}, made.air())
    assert found == pytest.approx({name: ORACLE[name] for name in found}, rel=EXACT)
    assert len(found) == 5


def test_measures_over_time() -> None:
    course = made.series()[made.series_head()]
    changes = series.dvars(course)
    assert changes == pytest.approx(np.array(ORACLE["dvars"]), rel=EXACT)
    assert changes / series.dvars_expected(course) == pytest.approx(np.array(ORACLE["dvars_std"]), rel=0.01)


def test_framewise_displacement() -> None:
    assert motion.displacement(made.moves()) == pytest.approx(np.array(ORACLE["fd"]), rel=EXACT)
