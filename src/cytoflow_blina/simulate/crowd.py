"""Make events of particles: alone, coincident, left over from another sample, air."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cytoflow_blina.simulate.conditions import Conditions
from cytoflow_blina.simulate.particles import Light, coincide, rows, shine, stack
from cytoflow_blina.simulate.populations import POPULATIONS

BEAD = POPULATIONS.index("bead")
_DEBRIS = POPULATIONS.index("debris")
_NEUTROPHIL = POPULATIONS.index("neutrophil")
_BUBBLE_SPREAD = (1.0, 0.5)
"""How widely air scatters forward and aside: standard deviation of the logarithm."""


@dataclass(frozen=True, eq=False)
class Crowd:
    """Events without a time.

    Attributes
    ----------
    light : Light
        What each sends out.
    names : tuple of str
        Labels that occur.
    codes : ndarray of int64, shape (n_events,)
        Index into `names` for each event.
    """

    light: Light
    names: tuple[str, ...]
    codes: NDArray[np.int64]


def take(crowd: Crowd, index: NDArray[np.intp]) -> Crowd:
    """Take some events.

    Parameters
    ----------
    crowd : Crowd
        From where.
    index : ndarray of intp, shape (n,)
        Which, in order.

    Returns
    -------
    Crowd
        One event for each index, and the same names.
    """
    return Crowd(rows(crowd.light, index), crowd.names, crowd.codes[index])


def join(one: Crowd, other: Crowd) -> Crowd:
    """Put the events of one crowd after those of another.

    Parameters
    ----------
    one, other : Crowd
        With the same detectors; no event where either has none.

    Returns
    -------
    Crowd
        With the names of both.
    """
    return Crowd(
        stack(one.light, other.light),
        (*one.names, *other.names),
        np.concatenate((one.codes, len(one.names) + other.codes)),
    )


def gather(
    particles: NDArray[np.intp],
    single: Light,
    conditions: Conditions,
    *,
    areas: bool,
    rng: np.random.Generator,
) -> Crowd:
    """Merge some particles into coincidences, and name every event.

    Debris takes no part: what little it adds to a cell changes nothing that is
    measured, and the cell remains a cell.

    Parameters
    ----------
    particles : ndarray of intp, shape (n_particles,)
        Index into `POPULATIONS`.
    single : Light
        What each sends out.
    conditions : Conditions
        The share of coincidences.
    areas : bool
        Whether the cytometer integrates the pulse.
    rng : numpy.random.Generator
        Where chance comes from.

    Returns
    -------
    Crowd
        Fewer events than particles; a coincidence is named `doublet:cd4_t+b`.
    """
    whole = np.flatnonzero(particles != _DEBRIS)
    n_doublets = min(
        int(rng.binomial(whole.size, conditions.doublets)), whole.size // 2
    )
    chosen = rng.choice(whole, 2 * n_doublets, replace=False, shuffle=True)
    first, second = chosen[:n_doublets], chosen[n_doublets:]
    alone = np.delete(np.arange(particles.size), chosen)
    pairs = coincide(rows(single, first), rows(single, second), areas=areas, rng=rng)
    order = rng.permutation(alone.size + n_doublets)
    light = rows(stack(rows(single, alone), pairs), order)

    n = len(POPULATIONS)
    low = np.minimum(particles[first], particles[second])
    high = np.maximum(particles[first], particles[second])
    kinds, which = np.unique(low * n + high, return_inverse=True)
    doublets = (f"doublet:{POPULATIONS[k // n]}+{POPULATIONS[k % n]}" for k in kinds)
    codes = np.concatenate((particles[alone], n + which))[order]
    return Crowd(light, (*POPULATIONS, *doublets), codes.astype(np.int64))


def left_over(
    particles: NDArray[np.intp],
    conditions: Conditions,
    size_spread: float,
    rng: np.random.Generator,
) -> Crowd:
    """Let particles of another person come along, stained as this tube's.

    Parameters
    ----------
    particles : ndarray of intp, shape (n_particles,)
        Index into `POPULATIONS`.
    conditions : Conditions
        What the tube drew.
    size_spread : float
        As in `Ranges`.
    rng : numpy.random.Generator
        Where chance comes from.

    Returns
    -------
    Crowd
        Named `carry_over:cd4_t`: they belong to no population of this sample.
    """
    return Crowd(
        shine(particles, conditions, size_spread, rng),
        tuple(f"carry_over:{name}" for name in POPULATIONS),
        particles.astype(np.int64),
    )


def air(n_events: int, conditions: Conditions, rng: np.random.Generator) -> Crowd:
    """Let bubbles pass: they scatter like the largest cells, and glow like debris.

    Parameters
    ----------
    n_events : int
        How many.
    conditions : Conditions
        What the tube drew.
    rng : numpy.random.Generator
        Where chance comes from.

    Returns
    -------
    Crowd
        All named `bubble`.
    """
    spread = rng.standard_normal((n_events, 2)) * _BUBBLE_SPREAD
    scatter = conditions.scatter_mean[_NEUTROPHIL] * np.exp(spread)
    n_detectors = conditions.gain.size
    glow = 10 ** (conditions.autofluorescence_spread * rng.standard_normal(n_events))
    light = Light(
        np.zeros((n_events, n_detectors)),
        conditions.autofluorescence[_DEBRIS] * glow[:, None],
        scatter,
        scatter[:, 0].copy(),
    )
    return Crowd(light, ("bubble",), np.zeros(n_events, np.int64))
