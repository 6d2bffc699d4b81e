"""Plan studies of one lab over time: pairs of visits, and the runs of an instrument."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import combinations
from math import hypot, log10

from cytoflow_blina.simulate.changes import shift_gain, shift_marker
from cytoflow_blina.simulate.patients import treated_concentrations
from cytoflow_blina.simulate.plan import PlannedSample, StudyPlan
from cytoflow_blina.simulate.populations import CELLS
from cytoflow_blina.simulate.ranges import Ranges
from cytoflow_blina.simulate.seeds import stream
from cytoflow_blina.simulate.spec import TubeSpec
from cytoflow_blina.simulate.studies import (
    FIRST_DAY,
    PANELS,
    PREPARATIONS,
    blood_sample,
    someone,
)
from cytoflow_blina.simulate.truth import true_concentrations

_ALL_MARKERS = ""
_INSTRUMENT = "LAB-1"
_LOT = "LOT-1"
_PAIRS_PER_PANEL = 6
_BETWEEN_SUBJECTS = 0.25
"""Decades: narrower than a cohort, so that every tube holds enough cells."""

_VISITS = (("D0", 0), ("EOT", 28))
_RUNS_PER_PANEL = 16
_LAST_RUNS = 4
_FALL_DECADES = -0.15
_OTHER_VOLTS_DECADES = 0.15


def paired(seed: int, ranges: Ranges) -> StudyPlan:
    """Plan six treated children per panel at two visits, all on one instrument.

    Parameters
    ----------
    seed : int
        Seed of the simulation.
    ranges : Ranges
        From where tubes are drawn.

    Returns
    -------
    StudyPlan
        Voltages, spill and lots of reagents and beads stay the same.
    """
    samples = []
    panels = [panel for panel in PANELS for _ in range(_PAIRS_PER_PANEL)]
    for number, panel in enumerate(panels, start=1):
        subject = f"S{number:02d}"
        for visit, rel_day in _VISITS:
            base = TubeSpec(
                panel,
                "",
                subject,
                visit,
                treated_concentrations(
                    visit,
                    subject=stream(seed, "subject", subject),
                    occasion=stream(seed, "occasion", subject, visit),
                    between_subjects=_BETWEEN_SUBJECTS,
                ),
                preparation=PREPARATIONS[panel],
                instrument=_INSTRUMENT,
                staining_lot=_LOT,
                # One run a visit: files of one day are those that get mixed up.
                acquired_at=FIRST_DAY
                + timedelta(days=rel_day, hours=3, minutes=15 * number),
            )
            samples.append(blood_sample(base, rel_day=rel_day))
    return StudyPlan(seed, tuple(samples), ranges)


def identity_swap(seed: int, ranges: Ranges) -> StudyPlan:
    """Plan `paired`, with the later files of two subjects of each panel exchanged.

    Parameters
    ----------
    seed : int
        Seed of the simulation.
    ranges : Ranges
        From where tubes are drawn.

    Returns
    -------
    StudyPlan
        The two who differ most in CD4/CD8 and in NK/CD3, which a person keeps: the
        exchange of two who are alike could not be seen.
    """
    plan = paired(seed, ranges)
    exchanged: dict[str, PlannedSample] = {}
    for panel in PANELS:
        late = [s for s in plan.samples if s.panel == panel and s.visit == "EOT"]
        first, second = max(combinations(late, 2), key=_difference)
        for one, other in ((first, second), (second, first)):
            files = {tube.tube: other.file_name(tube.tube) for tube in one.tubes}
            exchanged[one.sample_id] = replace(one, stored_as=files)
    return _with_samples(plan, exchanged)


def _difference(pair: tuple[PlannedSample, PlannedSample]) -> float:
    """Find how far two samples differ in CD4/CD8 and NK/CD3, in decades."""
    one, other = (
        true_concentrations(sample.concentrations, _ALL_MARKERS) for sample in pair
    )
    return hypot(
        *(
            log10(one[part] / one[whole] / (other[part] / other[whole]))
            for part, whole in (("CD4", "CD8"), ("NK", "CD3"))
        )
    )


def method_mixed(seed: int, ranges: Ranges) -> StudyPlan:
    """Plan `paired`, with one subject of each panel counted by two methods.

    Parameters
    ----------
    seed : int
        Seed of the simulation.
    ranges : Ranges
        From where tubes are drawn.

    Returns
    -------
    StudyPlan
        By beads at the first visit, by the haematology analyser at the second.
    """
    plan = paired(seed, ranges)
    return _with_samples(
        plan,
        {s.sample_id: replace(s, count_method="dual") for s in _one_per_panel(plan)},
    )


def volts_changed(seed: int, ranges: Ranges) -> StudyPlan:
    """Plan `paired`, with one subject of each panel run at other voltages later.

    Parameters
    ----------
    seed : int
        Seed of the simulation.
    ranges : Ranges
        From where tubes are drawn.

    Returns
    -------
    StudyPlan
        All gains of those tubes are 0.15 decade higher.
    """
    plan = paired(seed, ranges)
    change = partial(shift_gain, decades=_OTHER_VOLTS_DECADES)
    changed = {
        sample.sample_id: replace(
            sample,
            tubes=tuple(replace(tube, changes=(change,)) for tube in sample.tubes),
        )
        for sample in _one_per_panel(plan)
    }
    return _with_samples(plan, changed)


def _one_per_panel(plan: StudyPlan) -> list[PlannedSample]:
    """Take the later sample of the first subject of each panel."""
    late = [sample for sample in plan.samples if sample.visit == "EOT"]
    return list({sample.panel: sample for sample in reversed(late)}.values())


def _with_samples(plan: StudyPlan, others: dict[str, PlannedSample]) -> StudyPlan:
    """Put other samples in the place of those of the same name."""
    return replace(
        plan, samples=tuple(others.get(s.sample_id, s) for s in plan.samples)
    )


def instrument_drift(seed: int, ranges: Ranges) -> StudyPlan:
    """Plan sixteen people per panel on one instrument, one a day; it fails at the end.

    Parameters
    ----------
    seed : int
        Seed of the simulation.
    ranges : Ranges
        From where tubes are drawn.

    Returns
    -------
    StudyPlan
        CD45, CD3 and beads are 0.15 decade dimmer on the last four days.
    """
    failing = (
        partial(shift_marker, marker="CD45", decades=_FALL_DECADES, populations=CELLS),
        partial(shift_marker, marker="CD3", decades=_FALL_DECADES, populations=CELLS),
        partial(shift_marker, decades=_FALL_DECADES, populations=("bead",)),
    )
    samples = []
    for panel_number, panel in enumerate(PANELS):
        for day in range(_RUNS_PER_PANEL):
            subject = f"S{panel_number * _RUNS_PER_PANEL + day + 1:02d}"
            base = TubeSpec(
                panel,
                "",
                subject,
                "D0",
                someone(seed, subject),
                preparation=PREPARATIONS[panel],
                instrument=_INSTRUMENT,
                staining_lot=_LOT,
                changes=failing if day >= _RUNS_PER_PANEL - _LAST_RUNS else (),
                acquired_at=FIRST_DAY + timedelta(days=day, hours=3),
            )
            samples.append(blood_sample(base, rel_day=0))
    return StudyPlan(seed, tuple(samples), ranges)
