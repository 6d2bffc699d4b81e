"""Plan the marrow of the synthetic cohort: MRD before and after the first cycle."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from cytoflow_blina.cohort.people import People
from cytoflow_blina.cohort.subject_tables import CycleRow
from cytoflow_blina.domain.sample import Sample
from cytoflow_blina.simulate.counted_study import N_CENTRES
from cytoflow_blina.simulate.marrow.spec import CloneSpec, MarrowSpec
from cytoflow_blina.simulate.seeds import stream
from cytoflow_blina.workflow.reproduction.cohort import SyntheticCohort

N_NUCLEATED = 250_000
"""Nucleated cells of a tube: 20 events of them are less than 0.01 %."""

N_NUCLEATED_OF_MANY = 50_000
"""The same where 1 % and more are blasts: 500 events and more need no other cells."""

PANELS = {"D0": "bcp-all-mrd-aieop-bfm", "EOT": "bcp-all-mrd-post-cd19"}
"""Panel of each visit: after a drug against CD19, one that sees blasts without it."""

_MANY_PERCENT = 1.0
_EVERY_NEGATIVE = 6
"""Of those without leukaemia every sixth has a marrow."""

_CLOSEST = 0.6
"""Blasts lie up to this share of the way from typical ones to normal precursors."""

_REFRACTORY_PERCENT = 20.0
_RESIDUAL_SHARE = 0.1
_RESIDUAL_PERCENT = (0.05, 4.0)
_DRAWN_AT = time(9)


@dataclass(frozen=True)
class PlannedMarrow:
    """One marrow of the cohort: what the sheet says, and the tube made for it.

    Attributes
    ----------
    sample : Sample
        As in the sample sheet.
    centre : int
        Of the centres of the cohort, from 1; each has one instrument.
    spec : MarrowSpec
        What is simulated.
    """

    sample: Sample
    centre: int
    spec: MarrowSpec

    @property
    def n_blasts(self) -> int:
        """Leukaemic cells in the tube."""
        return sum(clone.n_events for clone in self.spec.clones)

    @property
    def simulated_percent(self) -> float:
        """MRD in percent of the nucleated cells."""
        return 100 * self.n_blasts / self.spec.n_nucleated


def plan_cohort_marrow(cohort: SyntheticCohort, seed: int) -> tuple[PlannedMarrow, ...]:
    """Plan the marrows of the first cycle of everybody.

    Parameters
    ----------
    cohort : SyntheticCohort
        The patients.
    seed : int
        Seed of the simulation.

    Returns
    -------
    tuple of PlannedMarrow
        Of those with leukaemia (R/R and CR-MRDpos) one before the infusion and one at
        its end, of every sixth of the CR-MRDneg one before, regenerating and without
        a leukaemic cell.

    Notes
    -----
    MRD before is that of the cohort. The paper prints none after, so that it is made to
    fit the response: nothing for an MRD CR, a tenth of what was for a CR with MRD; of
    those without response a fifth of the cells and more in a relapse, and what it was
    in a remission. Regenerating marrow holds hematogones; after the infusion there are
    no B cells.
    """
    people = cohort.people
    planned, n_negative = [], 0
    for number, row in enumerate(cohort.subjects):
        key = (row.subject_id, people.first_cycle(row.subject_id))
        cycle = people.cycles.get(key)
        if cycle is None:
            continue
        before = cycle.mrd_percent_before
        if before is None:
            is_taken = n_negative % _EVERY_NEGATIVE == 0
            visits = {"D0": 0.0} if is_taken else {}
            n_negative += 1
        else:
            visits = {"D0": before, "EOT": _after(before, cycle, people)}
        planned += [
            _planned(cycle, visit, percent, (1 + number % N_CENTRES, seed))
            for visit, percent in visits.items()
        ]
    return tuple(sorted(planned, key=lambda one: one.sample.sample_id))


def _after(before: float, cycle: CycleRow, people: People) -> float:
    """Choose MRD after a cycle so that its response holds."""
    if cycle.response == "MRD_CR":
        return 0.0
    if cycle.response == "CR":
        low, high = _RESIDUAL_PERCENT
        return min(max(_RESIDUAL_SHARE * before, low), high)
    status = people.text(cycle.subject_id, cycle.cycle, "status_first_cycle")
    return max(before, _REFRACTORY_PERCENT) if status == "RR" else before


def _planned(
    cycle: CycleRow, visit: str, percent: float, centre_and_seed: tuple[int, int]
) -> PlannedMarrow:
    """Plan one marrow."""
    centre, seed = centre_and_seed
    length = cycle.infusion_days_actual or cycle.infusion_days_planned or 0
    rel_day = length if visit == "EOT" else 0
    subject = cycle.subject_id
    n_nucleated = N_NUCLEATED if percent < _MANY_PERCENT else N_NUCLEATED_OF_MANY
    n_blasts = round(percent / 100 * n_nucleated)
    rng = stream(seed, "marrow of the cohort", subject)
    clone = CloneSpec(n_blasts, closeness=float(rng.uniform(0, _CLOSEST)))
    kinds = {"D0": "resting" if n_blasts else "regenerating", "EOT": "aplasia"}
    return PlannedMarrow(
        sample=Sample(
            sample_id=f"{subject}-{cycle.cycle}-{visit}-BM",
            subject_id=subject,
            cycle=cycle.cycle,
            visit=visit,
            rel_day=rel_day,
            specimen="BM",
            count_method="none",
        ),
        centre=centre,
        spec=MarrowSpec(
            PANELS[visit],
            subject=subject,
            visit=visit,
            kind=kinds[visit],
            n_nucleated=n_nucleated,
            clones=(clone,) if n_blasts else (),
            acquired_at=_acquired_at(cycle.infusion_start, rel_day),
            instrument=f"MRD-{centre}",
            staining_lot=f"MRD-{centre}",
        ),
    )


def _acquired_at(start: datetime | None, rel_day: int) -> datetime:
    """Measure on the day of the draw; every cycle of the cohort has a first day."""
    if start is None:
        raise ValueError("a cycle of the synthetic cohort has no infusion_start")
    return datetime.combine(start.date(), _DRAWN_AT) + timedelta(days=rel_day)
