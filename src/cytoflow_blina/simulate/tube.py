"""Simulate one tube: particles in, events with known membership out."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.domain.spillover import Spillover
from cytoflow_blina.simulate.changes import Surroundings
from cytoflow_blina.simulate.columns import (
    Columns,
    calibur_columns,
    canto_columns,
    clock_runs_over,
)
from cytoflow_blina.simulate.conditions import Conditions, draw_conditions
from cytoflow_blina.simulate.course import Course, arrive, disturb
from cytoflow_blina.simulate.crowd import gather
from cytoflow_blina.simulate.cytometers import DEFAULT_RANGES
from cytoflow_blina.simulate.electronics import detect
from cytoflow_blina.simulate.navios import navios_columns
from cytoflow_blina.simulate.particles import shine
from cytoflow_blina.simulate.patients import healthy_concentrations
from cytoflow_blina.simulate.populations import CELLS, LYMPHOCYTES, POPULATIONS
from cytoflow_blina.simulate.ranges import Cytometer, Ranges
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
        Populations, coincidences that occur (`doublet:cd4_t+b`), what another sample
        left (`carry_over:cd4_t`), and `bubble`.
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
    key = _key(spec)
    cytometer = ranges.cytometers[spec.panel]
    conditions = _conditions(spec, seed, ranges, key)
    rng = stream(seed, "events", *key)
    blood_ul, beads = _pipette(spec.preparation, seed, rng)
    share, expected = _expected_events(spec, conditions, blood_ul, beads)
    particles = np.repeat(np.arange(len(POPULATIONS)), rng.poisson(expected))
    rng.shuffle(particles)

    single = shine(particles, conditions, ranges.size_spread, rng)
    crowd = gather(
        particles, single, conditions, areas=cytometer.stores != "channels", rng=rng
    )
    course = disturb(
        arrive(crowd, conditions, rng),
        conditions,
        _previous_sample(spec, seed, key),
        ranges.size_spread,
        stream(seed, "course", *key),
    )
    raw = detect(course.crowd.light, course.strength, cytometer, conditions, rng)
    columns = _store(course, raw, cytometer, conditions, rng)
    detectors = tuple(detector.name for detector in cytometer.detectors)
    is_compensated = cytometer.stores == "channels"
    return SimulatedTube(
        spec=spec,
        columns=clock_runs_over(columns) if spec.form.time_wraps else columns,
        names=course.crowd.names,
        codes=course.crowd.codes,
        duration_s=float(course.time_s[-1]) if course.time_s.size else 0.0,
        spillover=(
            None if is_compensated else Spillover(detectors, conditions.believed_spill)
        ),
        blood_volume_ul=blood_ul,
        beads_per_tube=beads,
        acquired_share=share,
        conditions=conditions,
    )


def count_particles(
    spec: TubeSpec, seed: int, *, ranges: Ranges = DEFAULT_RANGES
) -> NDArray[np.int64]:
    """Count the particles that go through the cytometer, without measuring any.

    Parameters
    ----------
    spec : TubeSpec
        What to simulate.
    seed : int
        Seed of the simulation.
    ranges : Ranges
        From where instrument, donor and staining are drawn.

    Returns
    -------
    ndarray of int64, shape (n_populations,)
        By `POPULATIONS`: those whose events `simulate_tube` gives for the same
        arguments, before any two of them coincide.
    """
    key = _key(spec)
    conditions = _conditions(spec, seed, ranges, key)
    rng = stream(seed, "events", *key)
    _, expected = _expected_events(
        spec, conditions, *_pipette(spec.preparation, seed, rng)
    )
    return rng.poisson(expected)


def _key(spec: TubeSpec) -> tuple[str, ...]:
    """Name the tube among all of its study."""
    return spec.subject, spec.visit, spec.panel, spec.tube


def _store(
    course: Course,
    raw: FloatArray,
    cytometer: Cytometer,
    conditions: Conditions,
    rng: np.random.Generator,
) -> Columns:
    """Store events as the cytometer does."""
    light, time_s = course.crowd.light, course.time_s
    if cytometer.stores == "channels":
        return calibur_columns(light, raw, time_s, conditions)
    store = navios_columns if cytometer.stores == "steps" else canto_columns
    detectors = tuple(detector.name for detector in cytometer.detectors)
    return store(light, raw, time_s, detectors, rng)


def _previous_sample(spec: TubeSpec, seed: int, key: tuple[str, ...]) -> FloatArray:
    """Fill a tube with the blood of another person, and the beads of this one."""
    blood = healthy_concentrations(stream(seed, "previous sample", *key))
    preparation = spec.preparation
    return np.array(
        [blood.get(name, 0.0) * preparation.blood_volume_ul for name in CELLS]
        + [0.0, preparation.beads_per_tube or 0.0]
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
