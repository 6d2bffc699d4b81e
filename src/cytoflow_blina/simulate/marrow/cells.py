"""Draw the light of marrow cells, and detect it, a block of events at a time."""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from cytoflow_blina.simulate.marrow.conditions import MarrowConditions

Float32Array = NDArray[np.float32]

_BLOCK = 65_536
_TOP = 262_143.0
_LN10 = log(10)
_STRAGGLER_FACTOR = 2.0
_DEAD_SCATTER = (0.6, 1.4)
_DEAD_GLOW = 10**0.3
_DEAD_STAINING = 10**0.2
_SECOND_SCATTER = 0.8
"""A cell behind another scatters less light into the detector than alone."""

_HEIGHT_CV = 0.03
_SIZE_IN_SCATTER = np.sqrt(np.array([0.5, 0.1], dtype=np.float32))
_OWN_SCATTER = np.sqrt(np.array([0.5, 0.9], dtype=np.float32))
_SHARED = sqrt(0.5)
"""Detectors see the same metabolites in part: half of the variance is shared."""


@dataclass(frozen=True, eq=False)
class Crowd:
    """What each event is made of.

    Attributes
    ----------
    rows : ndarray of int16, shape (n_events,)
        Row of `MarrowConditions`.
    partners : ndarray of int16, shape (n_events,)
        Row of the second cell of a coincidence, -1 for a single cell.
    is_dead : ndarray of bool, shape (n_events,)
        Whether the cell is dead.
    """

    rows: NDArray[np.int16]
    partners: NDArray[np.int16]
    is_dead: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Tables:
    """Conditions as natural logarithms in single precision, to be looked up fast."""

    dye: Float32Array
    spread: Float32Array
    glow: Float32Array
    scatter: Float32Array
    scatter_sigma: Float32Array
    spill: Float32Array
    per_unit: Float32Array
    glow_spread: float
    size_spread: float


def measure(
    crowd: Crowd, conditions: MarrowConditions, rng: np.random.Generator
) -> Float32Array:
    """Measure all events.

    Parameters
    ----------
    crowd : Crowd
        The events in the order of time.
    conditions : MarrowConditions
        What the tube drew.
    rng : numpy.random.Generator
        Where the numbers come from.

    Returns
    -------
    ndarray of float32, shape (n_events, 3 + n_detectors)
        Area and height of forward scatter, area of side scatter, and fluorescence,
        uncompensated; at most 262,143, perhaps negative. No event gives no row.

    Notes
    -----
    Photoelectrons are counted with the normal approximation to Poisson's law: even an
    unstained cell sends some, and electronic noise is added to them.
    """
    n_events, n_detectors = crowd.rows.size, len(conditions.detectors)
    tables = _tables(conditions)
    values = np.empty((n_events, 3 + n_detectors), dtype=np.float32)
    gains = np.linspace(1, 1 + conditions.drift, max(n_events, 1), dtype=np.float32)
    for start in range(0, n_events, _BLOCK):
        block = slice(start, min(start + _BLOCK, n_events))
        light, scatter = _shine(
            crowd.rows[block], crowd.is_dead[block], conditions, tables, rng
        )
        height = scatter[:, 0].copy()
        pairs = np.flatnonzero(crowd.partners[block] >= 0)
        if pairs.size:
            second, behind = _shine(
                crowd.partners[block][pairs],
                np.zeros(pairs.size, dtype=np.bool_),
                conditions,
                tables,
                rng,
            )
            behind *= np.float32(_SECOND_SCATTER)
            light[pairs] += second
            height[pairs] = _height_of_pairs(height[pairs], behind[:, 0], rng)
            scatter[pairs] += behind
        light *= gains[block, None]
        noise = rng.standard_normal(light.shape, dtype=np.float32)
        noise *= np.sqrt(
            light / tables.per_unit + np.float32(conditions.electronic_noise**2)
        )
        light += noise
        height *= 1 + np.float32(_HEIGHT_CV) * rng.standard_normal(
            height.size, dtype=np.float32
        )
        values[block, 0] = scatter[:, 0]
        values[block, 1] = height
        values[block, 2] = scatter[:, 1]
        values[block, 3:] = light
    np.minimum(values, np.float32(_TOP), out=values)
    return values


def _tables(conditions: MarrowConditions) -> _Tables:
    sigma = np.sqrt(np.log1p(conditions.scatter_cv**2))
    own = np.sqrt(np.maximum(conditions.spread**2 - conditions.size_spread**2, 1e-4))
    return _Tables(
        dye=(_LN10 * conditions.dye).astype(np.float32),
        spread=(_LN10 * own).astype(np.float32),
        glow=np.log(conditions.glow).astype(np.float32),
        scatter=(np.log(conditions.scatter) - sigma**2 / 2).astype(np.float32),
        scatter_sigma=sigma.astype(np.float32),
        spill=conditions.spill.astype(np.float32),
        per_unit=conditions.photoelectrons.astype(np.float32),
        glow_spread=_LN10 * conditions.glow_spread,
        size_spread=_LN10 * conditions.size_spread,
    )


def _shine(
    rows: NDArray[np.int16],
    is_dead: NDArray[np.bool_],
    conditions: MarrowConditions,
    tables: _Tables,
    rng: np.random.Generator,
) -> tuple[Float32Array, Float32Array]:
    """Draw light in each detector, and scatter, of single cells."""
    shape = rows.size, len(conditions.detectors)
    size = rng.standard_normal(rows.size, dtype=np.float32)
    shared = np.float32(tables.size_spread) * size
    dyes = rng.standard_normal(shape, dtype=np.float32)
    strays = rng.random(rows.size, dtype=np.float32) < conditions.stragglers
    dyes[strays] *= np.float32(_STRAGGLER_FACTOR)
    dyes *= tables.spread[rows]
    dyes += tables.dye[rows]
    dyes += shared[:, None]
    np.exp(dyes, out=dyes)
    light = dyes @ tables.spill

    glow = rng.standard_normal(shape, dtype=np.float32)
    glow += rng.standard_normal(rows.size, dtype=np.float32)[:, None]
    glow *= np.float32(_SHARED * tables.glow_spread)
    glow += tables.glow[rows]
    glow += shared[:, None]
    np.exp(glow, out=glow)
    light[is_dead] *= np.float32(_DEAD_STAINING)
    glow[is_dead] *= np.float32(_DEAD_GLOW)
    light += glow

    z = rng.standard_normal((rows.size, 2), dtype=np.float32)
    z *= _OWN_SCATTER
    z += _SIZE_IN_SCATTER * size[:, None]
    z *= tables.scatter_sigma[rows]
    z += tables.scatter[rows]
    scatter: Float32Array = np.exp(z, out=z)
    scatter[is_dead] *= np.array(_DEAD_SCATTER, dtype=np.float32)
    return light, scatter


def _height_of_pairs(
    first: Float32Array, behind: Float32Array, rng: np.random.Generator
) -> Float32Array:
    """Find the peak where two cells stand behind each other in part."""
    overlap = rng.random(first.size, dtype=np.float32)
    height: Float32Array = np.maximum(first, behind)
    height += np.float32(0.25) * overlap * np.minimum(first, behind)
    return height
