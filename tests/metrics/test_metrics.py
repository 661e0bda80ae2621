"""What the measures are for: motion that was put in is found, faults stand out, good scans do not, and it is quick."""

import time
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from scipy import ndimage

from labarchive.metrics import gradients, head, motion, series, still, table
from labarchive.metrics.measuring import measured
from labarchive.phantom.faults import PIXELS, spoil
from tests.metrics import made

FOUND_BY = {
    "motion_ghost": ("ghost", "efc", "qi1"),
    "low_snr": ("efc", "fwhm"),
    "spike_noise": ("spike", "efc"),
    "signal_dropout": ("dropout",),
    "zipper": ("clipping", "qi1"),
}


def brain(seed: int, shape: tuple[int, int, int] = (96, 112, 40)) -> Any:
    """Slices, rows and columns as phantoms have them: a head of shells with folds, in noise."""
    rng = np.random.default_rng(seed)
    r = made.grid(shape)
    folds = ndimage.gaussian_filter(rng.normal(0, 1, shape), 2.5) * 4
    clean = np.select([r < 0.08, r < 0.35 + 0.03 * folds, r < 0.48, r < 0.56], [0.25, 0.7, 0.95, 0.4], 0.0)
    noise = rng.normal(0, 0.02, (2, *shape))
    return np.hypot(clean + noise[0], noise[1]).astype(np.float32)


def values(volume: Any, kind: str = "T1w") -> dict[str, float]:
    return measured(nib.Nifti1Image((volume * 1000).astype(np.int16), np.diag([2, 2, 3, 1.0])), kind, "MR")


def departs(found: dict[str, float], others: list[dict[str, float]]) -> set[str]:
    """Measures in which it is worse than the others, by the rule of the view ``outlier``."""
    bad = set()
    for name, value in found.items():
        usual = np.array([each[name] for each in others])
        middle = float(np.median(usual))
        known = table()[name]
        spread = max(
            1.4826 * float(np.median(np.abs(usual - middle))), known.least, known.share * abs(middle)
        )
        worse = {"low": value > middle, "high": value < middle, "": True}[known.better]
        if worse and abs(value - middle) >= 3.5 * spread:
            bad.add(name)
    return bad


def test_planted_faults_are_found_and_good_scans_are_not_blamed() -> None:
    good = [values(brain(seed)) for seed in range(10)]
    assert [departs(each, good) for each in good] == [set()] * len(good)
    for fault in PIXELS:
        for seed in (20, 21):
            # phantoms spoil slices, rows, columns
            spoiled = spoil(brain(seed).transpose(2, 1, 0), fault, np.random.default_rng(seed)).transpose(
                2, 1, 0
            )
            found = departs(values(spoiled), good)
            assert found & set(FOUND_BY[fault]), (fault, seed, found)


def test_motion_that_was_put_in_is_found_within_8_percent() -> None:
    zooms = (3.0, 3.0, 3.5)
    base = ndimage.gaussian_filter(brain(1, (56, 64, 32)), 1.0) * 1000
    true = made.moves(40)
    centre, size = (np.array(base.shape) - 1) / 2, np.array(zooms)
    rng = np.random.default_rng(5)
    everywhere = np.indices(base.shape).reshape(3, -1).astype(float)
    volumes = [
        motion.sampled(base, -position, centre, size, everywhere).reshape(base.shape)
        + rng.normal(0, 8, base.shape)
        for position in true
    ]
    found = motion.displacement(motion.realign(np.stack(volumes, axis=-1), zooms))
    wanted = motion.displacement(true)
    assert np.corrcoef(found, wanted)[0, 1] > 0.99
    assert found.mean() == pytest.approx(wanted.mean(), rel=0.08)
    assert found.max() == pytest.approx(wanted.max(), rel=0.08)


def test_bad_slices_and_volumes_of_a_series_are_counted() -> None:
    good = made.series()
    good[..., [20, 21, 44]] -= 25 * (good[..., [20, 21, 44]] > 25)
    inside = made.series_head()
    slices, volumes = series.outliers(good, inside)
    assert (len(slices), volumes.tolist()) == (0, [])
    spoiled = good.copy()
    spoiled[:, :, 7, 12] *= 0.5
    spoiled[..., 33] *= 1.2
    slices, volumes = series.outliers(spoiled, inside)
    assert [7, 12] in slices.tolist()
    assert volumes.tolist() == [33]


def test_a_volume_that_is_another_one_has_the_highest_distance() -> None:
    course = made.series()[made.series_head()]
    spoiled = course.copy()
    spoiled[:, 10] = np.random.default_rng(0).permutation(spoiled[:, 10])
    assert int(np.argmax(series.aqi(spoiled))) == 10
    assert int(np.argmax(series.aor(spoiled))) == 10
    # a part stands for all
    few, series.FEW = series.FEW, len(course) + 1
    try:
        whole = series.aqi(course)
    finally:
        series.FEW = few
    assert np.corrcoef(series.aqi(np.repeat(course, 4, axis=0)), whole)[0, 1] > 0.99


def test_global_correlation_is_the_mean_of_all_pairs() -> None:
    course = made.series()[made.series_head()][:200]
    pairs = np.corrcoef(course)
    assert series.gcor(course) == pytest.approx(float(pairs.mean()), rel=1e-4)


def test_smoothness_of_smoothed_noise() -> None:
    rng = np.random.default_rng(2)
    sigma = 1.7
    noise = ndimage.gaussian_filter(rng.normal(0, 1, (64, 64, 64)), sigma)
    found = still.fwhm(noise, np.ones(noise.shape, bool), (1.0, 1.5, 2.0))
    true = 2 * np.sqrt(2 * np.log(2)) * sigma
    assert found == pytest.approx([true, 1.5 * true, 2 * true], rel=0.06)


def test_neighbours_in_q_space() -> None:
    rng = np.random.default_rng(4)
    inside = made.series_head()
    signal = made.still()[::2, ::2, ::2].astype(np.float32)
    directions = rng.normal(0, 1, (8, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    weights = np.array([0, *[1000] * 7], float)
    volumes = np.stack([signal + rng.normal(0, 5, signal.shape) for _ in range(8)], axis=-1)
    good = gradients.ndc(volumes, inside, weights, directions)
    volumes[..., 3] = rng.permutation(volumes[..., 3].ravel()).reshape(signal.shape)
    assert gradients.ndc(volumes, inside, weights, directions) < good - 0.1
    assert gradients.ndc(volumes, inside, np.zeros(8), directions) == -1


def test_the_head_is_found() -> None:
    volume = brain(3)
    inside, air = head.masks(volume)
    true = made.grid(volume.shape) < 0.56
    assert 2 * (inside & true).sum() / (inside.sum() + true.sum()) > 0.9
    assert not (air & true).any()


@pytest.mark.parametrize(
    "image",
    [
        nib.Nifti1Image(np.zeros((32, 32, 32), np.int16), np.eye(4)),
        nib.Nifti1Image(np.full((32, 32, 32), 7, np.int16), np.eye(4)),
        nib.Nifti1Image(np.zeros((32, 32, 1), np.int16), np.eye(4)),
        nib.Nifti1Image(np.random.default_rng(0).normal(0, 1, (20, 20, 20)).astype(np.float32), np.eye(4)),
        nib.Nifti1Image(np.zeros((8, 8, 8, 3), np.uint8), np.eye(4)),
    ],
)
def test_what_is_no_head_is_measured_without_a_fault(image: Any) -> None:
    assert all(np.isfinite(list(measured(image, "T1w", "MR").values())))


def test_every_measure_says_what_it_is() -> None:
    for each in table().values():
        assert each.what.endswith(".")
        assert each.source
        assert each.better in ("low", "high", "")
        assert each.least > 0 or each.share > 0


def test_a_typical_scan_takes_seconds_of_a_processor() -> None:
    """Reach: 2 s for a T1w of 176 x 256 x 256, 6 s for 240 volumes of bold; twice as much fails here."""
    t1 = nib.Nifti1Image((brain(1, (176, 256, 256)) * 1000).astype(np.int16), np.eye(4))
    began = time.process_time()
    assert "efc" in measured(t1, "T1w", "MR")
    of_t1 = time.process_time() - began
    rng = np.random.default_rng(0)
    base = (brain(2, (64, 64, 36)) * 1000).astype(np.int16)
    bold = np.stack([base + rng.integers(-15, 15, base.shape, np.int16) for _ in range(240)], axis=-1)
    began = time.process_time()
    assert "fd_mean" in measured(nib.Nifti1Image(bold, np.diag([3.0, 3, 3.5, 1])), "bold", "MR")
    of_bold = time.process_time() - began
    print(f"T1w {of_t1:.2f} s, bold {of_bold:.2f} s of a processor")
    assert of_t1 < 4
    assert of_bold < 12
