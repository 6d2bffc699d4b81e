"""Simulate one marrow tube: cells in, events with known membership out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cytoflow_blina.domain.spillover import Spillover
from cytoflow_blina.simulate.marrow.blasts import changed_phenotype, draw_phenotype
from cytoflow_blina.simulate.marrow.cells import Crowd, measure
from cytoflow_blina.simulate.marrow.check import refuse_what_cannot_be
from cytoflow_blina.simulate.marrow.conditions import (
    N_PLACES,
    MarrowConditions,
    Streams,
    draw_marrow_conditions,
)
from cytoflow_blina.simulate.marrow.cytometers import DEFAULT_MARROW_RANGES
from cytoflow_blina.simulate.marrow.distance import CloneTruth, clone_truth
from cytoflow_blina.simulate.marrow.mixture import (
    PATH_CELLS,
    Mixture,
    draw_mixture,
)
from cytoflow_blina.simulate.marrow.populations import (
    BLASTS,
    NUCLEATED,
    POPULATIONS,
)
from cytoflow_blina.simulate.marrow.ranges import MarrowRanges
from cytoflow_blina.simulate.marrow.spec import ClonePhenotype, CloneSpec, MarrowSpec
from cytoflow_blina.simulate.seeds import stream

_TIME_STEPS_S = (0.01, 0.1, 1.0)
_CLOCK_SCALE = 262_144
_STAGE = (1.2, 1.1)
"""Of the beta distribution of hematogones along the path."""


@dataclass(frozen=True, eq=False)
class SimulatedMarrow:
    """Events as a cytometer stores them, and beside them the truth.

    Attributes
    ----------
    spec : MarrowSpec
        What was asked for.
    detectors : tuple of str
        Name of each column: forward area and height, side area, fluorescence, time.
    stains : tuple of str
        Marker of each column; empty for scatter and time.
    values : ndarray of float32, shape (n_events, n_channels)
        Raw, uncompensated, in the order of time.
    spillover : Spillover
        The matrix that goes into the file, nearly the true one.
    names : tuple of str
        `POPULATIONS`, the same dead (`dead:hg2`), and coincidences that occur
        (`doublet:hg2+t_cell`).
    codes : ndarray of int16, shape (n_events,)
        Index into `names` for each event.
    clones : tuple of CloneTruth
        One for each of `spec.clones`, named as in `names`.
    conditions : MarrowConditions
        What the tube drew.
    hematogone_share, hemodilution : float
        Of the normal nucleated cells, as drawn or asked for.
    time_step_s : float
        Seconds in one unit of the column of time.
    """

    spec: MarrowSpec
    detectors: tuple[str, ...]
    stains: tuple[str, ...]
    values: NDArray[np.float32]
    spillover: Spillover
    names: tuple[str, ...]
    codes: NDArray[np.int16]
    clones: tuple[CloneTruth, ...]
    conditions: MarrowConditions
    hematogone_share: float
    hemodilution: float
    time_step_s: float

    @property
    def labels(self) -> NDArray[np.str_]:
        """Membership of each event by name, ndarray of str, shape (n_events,)."""
        return np.array(self.names, dtype=np.str_)[self.codes]

    @property
    def counts(self) -> Mapping[str, int]:
        """Events by name; those that do not occur are left out."""
        found = np.bincount(self.codes, minlength=len(self.names))
        return {name: int(n) for name, n in zip(self.names, found, strict=True) if n}

    @property
    def n_nucleated(self) -> int:
        """Live single nucleated cells: what residual disease is a share of."""
        return sum(self.counts.get(name, 0) for name in NUCLEATED)

    @property
    def mrd_percent(self) -> float:
        """Live single blasts in percent of `n_nucleated`; NaN without cells."""
        blasts = sum(clone.n_events for clone in self.clones)
        return 100 * blasts / self.n_nucleated if self.n_nucleated else float("nan")


def simulate_marrow(
    spec: MarrowSpec, seed: int, *, ranges: MarrowRanges = DEFAULT_MARROW_RANGES
) -> SimulatedMarrow:
    """Simulate one marrow tube.

    Parameters
    ----------
    spec : MarrowSpec
        What to simulate.
    seed : int
        Seed of the simulation. The numbers of a tube depend on seed, subject, visit,
        panel and tube alone, not on what else is simulated.
    ranges : MarrowRanges
        From where instrument, donor and staining are drawn.

    Returns
    -------
    SimulatedMarrow
        Events and truth. No nucleated cell gives a tube without events.

    Raises
    ------
    ConfigError
        Where `refuse_what_cannot_be` finds a problem.
    """
    refuse_what_cannot_be(spec, ranges)
    key = (spec.subject, spec.visit, spec.panel, spec.tube)
    phenotypes = tuple(
        phenotype_of(clone, spec.subject, number, seed, ranges=ranges)
        for number, clone in enumerate(spec.clones, start=1)
    )
    conditions = draw_marrow_conditions(
        spec, ranges, phenotypes, _streams(spec, seed, key)
    )
    rng = stream(seed, "marrow events", *key)
    mixture = draw_mixture(
        spec,
        ranges,
        sample=stream(seed, "marrow sample", spec.subject, spec.visit),
        tube=rng,
    )
    crowd = _gather(mixture, rng)
    names, codes = _name(crowd, conditions)
    measured = measure(crowd, conditions, rng)
    clock, time_step_s = _clock(codes.size, conditions.events_per_s, rng)
    return SimulatedMarrow(
        spec=spec,
        detectors=("FSC-A", "FSC-H", "SSC-A", *conditions.detectors, "Time"),
        stains=("", "", "", *conditions.markers, ""),
        values=np.column_stack((measured, clock)),
        spillover=Spillover(conditions.detectors, conditions.believed_spill),
        names=names,
        codes=codes,
        clones=tuple(
            clone_truth(
                name, phenotype, int(mixture.live[POPULATIONS.index(name)]), conditions
            )
            for name, phenotype in zip(BLASTS, phenotypes, strict=False)
        ),
        conditions=conditions,
        hematogone_share=mixture.hematogone_share,
        hemodilution=mixture.hemodilution,
        time_step_s=time_step_s,
    )


def phenotype_of(
    clone: CloneSpec,
    subject: str,
    number: int,
    seed: int,
    *,
    ranges: MarrowRanges = DEFAULT_MARROW_RANGES,
) -> ClonePhenotype:
    """Find what a subject's leukaemia carries, as in every tube of the subject.

    Parameters
    ----------
    clone : CloneSpec
        The clone; its number of events plays no part.
    subject : str
        Whose.
    number : int
        1 for the first of `MarrowSpec.clones`.
    seed : int
        Seed of the simulation.
    ranges : MarrowRanges
        Levels of the normal cells to which it may be close.

    Returns
    -------
    ClonePhenotype
        With its shifts, and CD19 as the clone has it.
    """
    drawn = clone.like or draw_phenotype(
        clone.closeness,
        ranges.levels,
        stream(seed, "marrow clone", subject, str(number)),
    )
    return changed_phenotype(clone, drawn)


def _streams(spec: MarrowSpec, seed: int, key: tuple[str, ...]) -> Streams:
    instrument = (spec.instrument,) if spec.instrument else key
    lot = (spec.staining_lot, spec.panel, spec.tube)
    return Streams(
        instrument=stream(seed, "marrow instrument", *instrument),
        staining=stream(seed, "marrow staining", *key),
        donor=stream(seed, "marrow donor", spec.subject),
        lot=stream(seed, "marrow lot", *lot) if spec.staining_lot else None,
    )


def _gather(mixture: Mixture, rng: np.random.Generator) -> Crowd:
    """Put single cells, dead ones and pairs in a random order."""
    n_populations = len(POPULATIONS)
    kinds = np.arange(n_populations, dtype=np.int16)
    live, dead = np.repeat(kinds, mixture.live), np.repeat(kinds, mixture.dead)
    cells = mixture.live[: len(NUCLEATED)] / max(
        mixture.live[: len(NUCLEATED)].sum(), 1
    )
    pairs = np.zeros((0, 2), dtype=np.int16)
    if mixture.n_pairs:
        drawn = rng.choice(len(NUCLEATED), (mixture.n_pairs, 2), p=cells)
        pairs = drawn.astype(np.int16)
    rows = np.concatenate((live, dead, pairs[:, 0]))
    partners = np.full(rows.size, -1, dtype=np.int16)
    partners[rows.size - len(pairs) :] = pairs[:, 1]
    is_dead = np.zeros(rows.size, dtype=np.bool_)
    is_dead[live.size : live.size + dead.size] = True
    order = rng.permutation(rows.size)
    crowd = Crowd(rows[order], partners[order], is_dead[order])
    for members in (crowd.rows, crowd.partners):
        _place_on_the_path(members, rng)
    return crowd


def _place_on_the_path(members: NDArray[np.int16], rng: np.random.Generator) -> None:
    """Give each hematogone its own place between the stations."""
    found = np.flatnonzero(members == POPULATIONS.index(PATH_CELLS))
    place = (N_PLACES - 1) * rng.beta(*_STAGE, found.size)
    members[found] = len(POPULATIONS) + np.rint(place).astype(np.int16)


def _name(
    crowd: Crowd, conditions: MarrowConditions
) -> tuple[tuple[str, ...], NDArray[np.int16]]:
    """Name what each event truly is."""
    n = len(POPULATIONS)
    population = conditions.row_population
    codes = population[crowd.rows]
    codes[crowd.is_dead] += n
    pairs = np.flatnonzero(crowd.partners >= 0)
    members = np.sort(
        np.column_stack(
            (population[crowd.rows[pairs]], population[crowd.partners[pairs]])
        ),
        axis=1,
    )
    found, which = np.unique(members @ [n, 1], return_inverse=True)
    codes[pairs] = 2 * n + which
    doublets = (
        f"doublet:{POPULATIONS[pair // n]}+{POPULATIONS[pair % n]}" for pair in found
    )
    names = (*POPULATIONS, *(f"dead:{name}" for name in POPULATIONS), *doublets)
    return names, codes.astype(np.int16)


def _clock(
    n_events: int, events_per_s: float, rng: np.random.Generator
) -> tuple[NDArray[np.float32], float]:
    """Let events come at random, and choose ticks that fit the scale of the clock."""
    waits = rng.standard_exponential(n_events, dtype=np.float32).astype(np.float64)
    time_s = np.cumsum(waits) / events_per_s
    last = float(time_s[-1]) if n_events else 0.0
    fitting = (step for step in _TIME_STEPS_S if last / step < _CLOCK_SCALE)
    step = next(fitting, _TIME_STEPS_S[-1])
    return (time_s / step).astype(np.float32), step
