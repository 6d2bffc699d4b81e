"""Simulate one tube: particles in, events with known membership out."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.domain.spillover import Spillover
from cytoflow_blina.simulate.changes import Surroundings
from cytoflow_blina.simulate.columns import Columns, calibur_columns, canto_columns
from cytoflow_blina.simulate.conditions import Conditions, draw_conditions
from cytoflow_blina.simulate.cytometers import DEFAULT_RANGES
from cytoflow_blina.simulate.electronics import detect
from cytoflow_blina.simulate.navios import navios_columns
from cytoflow_blina.simulate.particles import Light, coincide, rows, shine, stack
from cytoflow_blina.simulate.populations import LYMPHOCYTES, POPULATIONS
from cytoflow_blina.simulate.ranges import Ranges
from cytoflow_blina.simulate.seeds import stream
from cytoflow_blina.simulate.spec import Preparation, TubeSpec

_USABLE_SHARE = 0.9
"""Of the volume in a tube; the rest stays on the walls and in the tubing."""

_DEBRIS = POPULATIONS.index("debris")


@dataclass(frozen=True, eq=False)
class SimulatedTube:
    """Events as a cytometer stores them, and beside them the truth.

    Attributes
    ----------
    spec : TubeSpec
        What was asked for.
    columns : Columns
        The events as stored.
    names : tuple of str
        Populations, and coincidences that occur: `doublet:cd4_t+b`.
    codes : ndarray of int64, shape (n_events,)
        Index into `names` for each event.
    duration_s : float
        Length of the acquisition.
    spillover : Spillover or None
        The matrix that goes into the file; None where the hardware compensated.
    blood_volume_ul, beads_per_tube : float
        What truly is in the tube; 0 beads where there are none.
    acquired_share : float
        Share of the tube that went through the cytometer.
    conditions : Conditions
        What the tube drew.
    """

    spec: TubeSpec
    columns: Columns
    names: tuple[str, ...]
    codes: NDArray[np.int64]
    duration_s: float
    spillover: Spillover | None
    blood_volume_ul: float
    beads_per_tube: float
    acquired_share: float
    conditions: Conditions

    @property
    def labels(self) -> NDArray[np.str_]:
        """Membership of each event by name, ndarray of str, shape (n_events,)."""
        return np.array(self.names, dtype=np.str_)[self.codes]


def simulate_tube(
    spec: TubeSpec, seed: int, *, ranges: Ranges = DEFAULT_RANGES
) -> SimulatedTube:
    """Simulate one tube.

    Parameters
    ----------
    spec : TubeSpec
        What to simulate.
    seed : int
        Seed of the simulation. The numbers of a tube depend on seed, subject, visit
        and tube alone, not on what else is simulated.
    ranges : Ranges
        From where instrument, donor and staining are drawn.

    Returns
    -------
    SimulatedTube
        Events and truth. Neither cells nor beads give a tube without events.
    """
    key = (spec.subject, spec.visit, spec.panel, spec.tube)
    cytometer = ranges.cytometers[spec.panel]
    conditions = _conditions(spec, seed, ranges, key)
    rng = stream(seed, "events", *key)
    blood_ul, beads = _pipette(spec.preparation, seed, rng)
    share, expected = _expected_events(spec, conditions, blood_ul, beads)
    particles = np.repeat(np.arange(len(POPULATIONS)), rng.poisson(expected))
    rng.shuffle(particles)

    stores_areas = cytometer.stores != "channels"
    single = shine(particles, conditions, ranges.size_spread, rng)
    light, names, codes = _with_doublets(
        particles, single, conditions, areas=stores_areas, rng=rng
    )
    time_s = np.cumsum(rng.exponential(1 / conditions.events_per_s, codes.size))
    duration_s = float(time_s[-1]) if time_s.size else 0.0
    raw = detect(light, time_s / (duration_s or 1.0), cytometer, conditions, rng)
    detectors = tuple(detector.name for detector in cytometer.detectors)
    if stores_areas:
        store = navios_columns if cytometer.stores == "steps" else canto_columns
        columns = store(light, raw, time_s, detectors, rng)
        spillover = Spillover(detectors, conditions.believed_spill)
    else:
        columns = calibur_columns(light, raw, time_s, conditions)
        spillover = None
    return SimulatedTube(
        spec=spec,
        columns=columns,
        names=names,
        codes=codes,
        duration_s=duration_s,
        spillover=spillover,
        blood_volume_ul=blood_ul,
        beads_per_tube=beads,
        acquired_share=share,
        conditions=conditions,
    )


def _conditions(
    spec: TubeSpec, seed: int, ranges: Ranges, key: tuple[str, ...]
) -> Conditions:
    cytometer = ranges.cytometers[spec.panel]
    markers = cytometer.tubes[spec.tube]
    instrument = (spec.instrument, spec.panel) if spec.instrument else key
    lot = (spec.staining_lot, spec.panel, spec.tube)
    drawn = draw_conditions(
        ranges,
        cytometer,
        markers,
        instrument=stream(seed, "instrument", *instrument),
        staining=stream(seed, "staining", *key),
        lot=stream(seed, "lot", *lot) if spec.staining_lot else None,
    )
    surroundings = Surroundings(cytometer, markers, stream(seed, "changes", *key))
    for change in spec.changes:
        drawn = change(drawn, surroundings)
    return drawn


def _pipette(
    preparation: Preparation, seed: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Draw the blood and the beads that truly are in the tube."""
    blood = 1 + preparation.pipetting_cv * rng.standard_normal()
    lot = stream(seed, "bead lot", preparation.bead_lot)
    pellet = 1 + preparation.bead_lot_cv * lot.standard_normal()
    return (
        preparation.blood_volume_ul * preparation.blood_share * blood,
        (preparation.beads_per_tube or 0.0) * preparation.bead_share * pellet,
    )


def _expected_events(
    spec: TubeSpec, conditions: Conditions, blood_ul: float, beads: float
) -> tuple[float, FloatArray]:
    """Find the share of the tube to acquire, and the particles expected in it.

    Returns
    -------
    float
        Share of the tube, from 0 to what can be drawn up.
    ndarray of float64, shape (n_populations,)
        Expected particles, coincident ones included.
    """
    in_tube = np.array(
        [spec.concentrations.get(name, 0.0) * blood_ul for name in POPULATIONS]
    )
    in_tube[POPULATIONS.index("bead")] = beads
    in_tube[_DEBRIS] = in_tube.sum() * conditions.debris / (1 - conditions.debris)
    lymphocytes = in_tube[[POPULATIONS.index(name) for name in LYMPHOCYTES]].sum()
    for_lymphocytes = spec.n_lymphocytes / lymphocytes if lymphocytes else inf
    for_beads = spec.n_beads / beads if beads else 0.0
    at_most = spec.max_events / in_tube.sum() if in_tube.any() else 0.0
    share = min(max(for_lymphocytes, for_beads), at_most, _USABLE_SHARE)
    return share, share * in_tube


def _with_doublets(
    particles: NDArray[np.intp],
    single: Light,
    conditions: Conditions,
    *,
    areas: bool,
    rng: np.random.Generator,
) -> tuple[Light, tuple[str, ...], NDArray[np.int64]]:
    """Merge some particles into coincidences, and name every event.

    Debris takes no part: what little it adds to a cell changes nothing that is
    measured, and the cell remains a cell.
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
    return light, (*POPULATIONS, *doublets), codes.astype(np.int64)
