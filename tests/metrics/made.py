"""Images that are made of a seed: the oracle's environment and the suite make the same ones. numpy alone."""

import numpy as np

SHAPE = (40, 48, 36)


def grid(shape=SHAPE):
    """Squared distance from the centre, in shares of the half axes."""
    axes = [(np.arange(n) - (n - 1) / 2) / (n / 2) for n in shape]
    x, y, z = np.meshgrid(*axes, indexing="ij")
    return x**2 + y**2 + z**2


def head():
    return grid() < 0.55


def air():
    return grid() > 0.8


def still():
    """Whole numbers: tissue in shells, Rayleigh noise in the air, a band of artifact."""
    rng = np.random.default_rng(7)
    r = grid()
    clean = np.select([r < 0.1, r < 0.3, r < 0.55], [900, 620, 300], 0)
    noise = rng.normal(0, 14, (2, *SHAPE))
    volume = np.hypot(clean + noise[0], noise[1])
    volume[2:5, :, 10:14] += 150
    return np.round(volume).astype(np.int32)


def labels():
    """2: grey, 3: white."""
    r = grid()
    return np.select([r < 0.1, r < 0.3], [3, 2], 0)


def series(volumes=60):
    """A head whose voxels have a mean, a drift, autocorrelated noise and three bad volumes."""
    rng = np.random.default_rng(11)
    base = still()[::2, ::2, ::2].astype(np.float32)
    noise = rng.normal(0, 12, (*base.shape, volumes)).astype(np.float32)
    noise[..., 1:] += 0.3 * noise[..., :-1]
    made = base[..., None] + noise + np.linspace(0, 6, volumes, dtype=np.float32)
    made[..., [20, 21, 44]] += 25
    return np.clip(made, 0, None)


def series_head():
    return grid()[::2, ::2, ::2] < 0.55


def moves(volumes=60):
    """Six parameters a volume: mm, then radians; a walk with a jump."""
    rng = np.random.default_rng(3)
    walk = np.cumsum(rng.normal(0, 1, (volumes, 6)) * [0.03, 0.03, 0.05, 0.0006, 0.0004, 0.0004], axis=0)
    walk[0] = 0
    walk[30:] += [0.6, 0, 0.8, 0.01, 0, 0]
    return walk


def ratings(n=120):
    """Two raters who mostly agree, as numbers of three categories."""
    rng = np.random.default_rng(9)
    one = rng.choice(3, n, p=[0.7, 0.2, 0.1])
    other = np.where(rng.random(n) < 0.75, one, rng.choice(3, n))
    return one, other
