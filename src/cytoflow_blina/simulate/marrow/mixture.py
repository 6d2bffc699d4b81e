"""Draw which cells, and how many of each, a marrow tube holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.simulate.marrow.populations import (
    BLASTS,
    NUCLEATED,
    PARTICLES,
    POPULATIONS,
)
from cytoflow_blina.simulate.marrow.ranges import MarrowRanges
from cytoflow_blina.simulate.marrow.spec import MarrowSpec

PATH_CELLS = "hg1"
"""Row that stands for all hematogones until each has its place on the path."""

_BLOOD = {
    "neutrophil": 0.55,
    "t_cell": 0.28,
    "monocyte": 0.07,
    "nk": 0.05,
    "mature_b": 0.05,
    "eosinophil": 0.03,
    "basophil": 0.005,
}
_PARTICLES = {"debris": 0.5, "red_cell": 0.35, "platelet": 0.15}


@dataclass(frozen=True, eq=False)
class Mixture:
    """How many of each are in the tube; rows follow `POPULATIONS`.

    Attributes
    ----------
    live : ndarray of int64, shape (n_populations,)
        Single live cells, and particles without a nucleus.
    dead : ndarray of int64, shape (n_populations,)
        Single dead cells.
    n_pairs : int
        Coincidences of two live nucleated cells.
    hematogone_share, hemodilution : float
        As drawn or asked for.
    """

    live: NDArray[np.int64]
    dead: NDArray[np.int64]
    n_pairs: int
    hematogone_share: float
    hemodilution: float


def draw_mixture(
    spec: MarrowSpec,
    ranges: MarrowRanges,
    *,
    sample: np.random.Generator,
    tube: np.random.Generator,
) -> Mixture:
    """Draw the particles of a tube.

    Parameters
    ----------
    spec : MarrowSpec
        What is asked for.
    ranges : MarrowRanges
        From where the rest is drawn.
    sample : numpy.random.Generator
        Stream for the shares of cells: tubes of one sample share it.
    tube : numpy.random.Generator
        Stream for the numbers in this tube, dead cells, coincidences and debris.

    Returns
    -------
    Mixture
        Live nucleated cells add up to `spec.n_nucleated`, with exactly the blasts
        asked for.
    """
    hemodilution = sample.uniform(*ranges.hemodilution)
    if spec.hemodilution is not None:
        hemodilution = spec.hemodilution
    drawn = sample.uniform(*ranges.kinds[spec.kind].hematogones)
    hematogones = drawn if spec.hematogone_share is None else spec.hematogone_share
    shares = _normal_shares(spec, ranges, (hematogones, hemodilution), sample)

    live = np.zeros(len(POPULATIONS), dtype=np.int64)
    for name, clone in zip(BLASTS, spec.clones, strict=False):
        n = int(tube.poisson(clone.n_events)) if clone.is_poisson else clone.n_events
        live[POPULATIONS.index(name)] = min(n, spec.n_nucleated - int(live.sum()))
    live += tube.multinomial(spec.n_nucleated - live.sum(), shares)
    cells = live / max(live.sum(), 1)
    dead_share = _asked(spec.dead_share, ranges.dead, tube)
    doublet_share = _asked(spec.doublet_share, ranges.doublets, tube)
    debris_share = _asked(spec.debris_share, ranges.debris, tube)
    dead = tube.poisson(cells * spec.n_nucleated * dead_share / (1 - dead_share))
    n_pairs = int(tube.poisson(spec.n_nucleated * doublet_share / (1 - doublet_share)))
    n_events = spec.n_nucleated + int(dead.sum()) + n_pairs
    weights = tube.dirichlet([40 * share for share in _PARTICLES.values()])
    n_particles = n_events * debris_share / (1 - debris_share)
    for name, weight in zip(PARTICLES, weights, strict=True):
        live[POPULATIONS.index(name)] = tube.poisson(n_particles * weight)
    return Mixture(live, dead, n_pairs, float(hematogones), float(hemodilution))


def _asked(
    share: float | None, span: tuple[float, float], rng: np.random.Generator
) -> float:
    drawn = float(rng.uniform(*span))
    return drawn if share is None else share


def _normal_shares(
    spec: MarrowSpec,
    ranges: MarrowRanges,
    asked: tuple[float, float],
    rng: np.random.Generator,
) -> FloatArray:
    """Draw the shares of normal cells; those on the path come under one name."""
    kind = ranges.kinds[spec.kind]
    hematogones, hemodilution = asked
    shares = np.zeros(len(POPULATIONS))
    mature = rng.uniform(*ranges.cd10_of_granulocytes)
    for name, typical in kind.shares.items():
        share = typical * 10 ** (ranges.share_decades * rng.standard_normal())
        if name == "granulocyte":
            shares[POPULATIONS.index("neutrophil")] = mature * share
            shares[POPULATIONS.index("immature_granulocyte")] = (1 - mature) * share
        else:
            shares[POPULATIONS.index(name)] = share
    mature_b = float(rng.uniform(*kind.mature_b))
    has_no_b = bool(rng.uniform() < kind.chance_of_no_b)
    precursors = float(rng.uniform(*kind.precursors))
    rest = 1 - hematogones - mature_b - precursors
    shares *= max(rest, 0.0) / shares.sum()
    shares[POPULATIONS.index("mature_b")] = 0.0 if has_no_b else mature_b
    shares[POPULATIONS.index("cd19neg_precursor")] = precursors
    shares[POPULATIONS.index(PATH_CELLS)] = hematogones
    blood = np.zeros(len(POPULATIONS))
    for name, share in _BLOOD.items():
        blood[POPULATIONS.index(name)] = share
    if not kind.carries_cd19:
        blood[POPULATIONS.index("mature_b")] = 0.0
    # What is asked for is the share in the tube: blood brings none of them.
    keeps = shares[POPULATIONS.index(PATH_CELLS)]
    mixed = (1 - hemodilution) * shares + hemodilution * blood / blood.sum()
    mixed[POPULATIONS.index(PATH_CELLS)] = 0.0
    mixed *= (1 - keeps) / mixed.sum()
    mixed[POPULATIONS.index(PATH_CELLS)] = keeps
    normalised: FloatArray = mixed / mixed.sum()
    return normalised


def nucleated(counts: NDArray[np.int64]) -> int:
    """Count the cells with a nucleus.

    Parameters
    ----------
    counts : ndarray of int64, shape (n_populations,)
        By `POPULATIONS`.

    Returns
    -------
    int
        Their sum without debris, red cells and platelets.
    """
    return int(counts[: len(NUCLEATED)].sum())
