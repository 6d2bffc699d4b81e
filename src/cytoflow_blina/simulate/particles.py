"""Turn particles into the light that reaches the detectors, and events out of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.simulate.conditions import Conditions
from cytoflow_blina.simulate.populations import CELLS, POPULATIONS

_N_CELLS = len(CELLS)

_SECOND_SCATTER = 0.8
"""A particle behind another scatters less light into the detector than alone."""


_DEAD_SCATTER = (0.6, 1.4)
_DEAD_GLOW_DECADES = 0.5
"""Autofluorescence, and what sticks to a leaky cell in every channel."""

_DIM_BEAD_DECADES = -0.6

_STRAGGLER_FACTOR = 2.0
"""How much wider the cells spread that stain unlike the others of their kind."""


@dataclass(frozen=True, eq=False)
class Light:
    """What each particle or event sends out, before dyes mix and noise comes in.

    Attributes
    ----------
    dyes : ndarray of float64, shape (n, n_detectors)
        Signal of each dye in its own detector, linear units.
    unstained : ndarray of float64, shape (n, n_detectors)
        Autofluorescence.
    scatter : ndarray of float64, shape (n, 2)
        Forward and side scatter.
    forward_height : ndarray of float64, shape (n,)
        Peak of forward scatter, where the cytometer measures areas.
    """

    dyes: FloatArray
    unstained: FloatArray
    scatter: FloatArray
    forward_height: FloatArray


def shine(
    codes: NDArray[np.intp],
    conditions: Conditions,
    size_spread: float,
    rng: np.random.Generator,
) -> Light:
    """Draw the light of single particles.

    Parameters
    ----------
    codes : ndarray of intp, shape (n_particles,)
        Index into `POPULATIONS`.
    conditions : Conditions
        What the tube drew.
    size_spread : float
        Standard deviation of the size factor that all signals share, in decades.
    rng : numpy.random.Generator
        Where the numbers come from.

    Returns
    -------
    Light
        One row for each particle.
    """
    n, n_detectors = codes.size, conditions.gain.size
    size = rng.standard_normal(n)
    # Beads are moulded, not grown.
    size[codes == POPULATIONS.index("bead")] *= 0.1
    own = np.sqrt(np.maximum(conditions.spread**2 - size_spread**2, 0.01**2))[codes]
    z = rng.standard_normal((n, n_detectors))
    z[rng.random(n) < conditions.stragglers] *= _STRAGGLER_FACTOR
    dyes = 10 ** (conditions.median[codes] + own * z + size_spread * size[:, None])
    # Detectors see the same metabolites in part: half of the variance is shared.
    glow = rng.standard_normal((n, n_detectors)) + rng.standard_normal((n, 1))
    glow *= conditions.autofluorescence_spread * np.sqrt(0.5)
    glow += size_spread * size[:, None]
    unstained = conditions.autofluorescence[codes] * 10**glow
    scatter = _scatter(codes, conditions, size, rng)
    is_dead = (rng.random(n) < conditions.dead) & (codes < _N_CELLS)
    scatter[is_dead] *= _DEAD_SCATTER
    unstained[is_dead] *= 10**_DEAD_GLOW_DECADES
    if conditions.dim_beads:
        is_bead = codes == POPULATIONS.index("bead")
        is_dim = is_bead & (rng.random(n) < conditions.dim_beads)
        dyes[is_dim] *= 10**_DIM_BEAD_DECADES
    return Light(dyes, unstained, scatter, scatter[:, 0].copy())


def _scatter(
    codes: NDArray[np.intp],
    conditions: Conditions,
    size: FloatArray,
    rng: np.random.Generator,
) -> FloatArray:
    """Draw log-normal scatter whose mean and CV are those of the population.

    Half of the variance of forward scatter, and a tenth of side scatter's, is the
    size that fluorescence shares.
    """
    sigma = np.sqrt(np.log1p(conditions.scatter_cv**2))
    mu = np.log(conditions.scatter_mean) - sigma**2 / 2
    share = np.sqrt([0.5, 0.1])
    z = share * size[:, None] + np.sqrt(1 - share**2) * rng.standard_normal(
        (codes.size, 2)
    )
    scatter: FloatArray = np.exp(mu[codes] + sigma[codes] * z)
    return scatter


def coincide(
    first: Light, second: Light, *, areas: bool, rng: np.random.Generator
) -> Light:
    """Merge pairs of particles that crossed the laser together.

    Parameters
    ----------
    first, second : Light
        The two members of each pair.
    areas : bool
        Whether the cytometer integrates the pulse: areas add up. The height of two
        pulses that overlap in part lies between the higher one and their sum.
    rng : numpy.random.Generator
        Where the overlaps come from.

    Returns
    -------
    Light
        One row for each pair.
    """
    overlap = rng.uniform(0, 1, (first.scatter.shape[0], 1))

    def height(one: FloatArray, other: FloatArray) -> FloatArray:
        peak: FloatArray = np.maximum(one, other) + overlap * np.minimum(one, other)
        return peak

    merge = np.add if areas else height
    behind = _SECOND_SCATTER * second.scatter
    # The two cells stand one behind the other where their heights add: a quarter.
    peak = np.maximum(first.forward_height, second.forward_height)
    peak += 0.25 * overlap[:, 0] * np.minimum(first.forward_height, behind[:, 0])
    return Light(
        merge(first.dyes, second.dyes),
        merge(first.unstained, second.unstained),
        merge(first.scatter, behind),
        peak,
    )


def rows(light: Light, index: NDArray[np.intp]) -> Light:
    """Take some rows.

    Parameters
    ----------
    light : Light
        From where.
    index : ndarray of intp, shape (n,)
        Which, in order; none gives a value without rows.

    Returns
    -------
    Light
        One row for each index.
    """
    return Light(
        light.dyes[index],
        light.unstained[index],
        light.scatter[index],
        light.forward_height[index],
    )


def stack(one: Light, other: Light) -> Light:
    """Put the rows of one after those of the other.

    Parameters
    ----------
    one, other : Light
        With the same detectors.

    Returns
    -------
    Light
        A row for each row of both.
    """
    return Light(
        np.concatenate((one.dyes, other.dyes)),
        np.concatenate((one.unstained, other.unstained)),
        np.concatenate((one.scatter, other.scatter)),
        np.concatenate((one.forward_height, other.forward_height)),
    )
