"""Plan studies of one lab over time: pairs of visits, and the runs of an instrument."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import combinations
from math import hypot, log10
from typing import Any

from cytoflow_blina.simulate.changes import (
    Change,
    shift_gain,
    shift_marker,
    weaken_light,
)
from cytoflow_blina.simulate.patients import treated_concentrations
from cytoflow_blina.simulate.plan import PlannedSample, StudyPlan
from cytoflow_blina.simulate.populations import (
    CELLS,
    LYMPHOCYTES,
    NK_CELLS,
    T_CELLS,
)
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

Visits = tuple[tuple[str, str, int], ...]
"""Name of each visit, whose medians its blood follows, and its day."""

_VISITS: Visits = (("D0", "D0", 0), ("EOT", "EOT", 28))
_SOON_AGAIN: Visits = (("EOT", "EOT", 28), ("UNS", "EOT", 30))
_FIRST_DAYS: Visits = (("D0", "D0", 0), ("UNS", "D0", 2))
_RUNS_PER_PANEL = 16
_LAST_RUNS = 4
_FALL_DECADES = -0.15
_OTHER_VOLTS_DECADES = 0.15
_LASER_LOSS_DECADES = 0.25
_CD3_LOSS_DECADES = -0.4
_STRANGERS_NK = 6.0
"""Factor on the NK cells of another person: nearly as many as T cells."""

_NADIR = 0.1
"""T cells that are left in the blood in the first days of the infusion."""

RETURNING_B_EVENTS = (0, 5, 25)
"""B cells expected in a tube of the second visit of `returning_b`."""

_FIRST_B_SHARE = 0.05
"""Of the lymphocytes of their first visit."""


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
    return _at_visits(seed, ranges, _VISITS)


def returning_b(seed: int, ranges: Ranges) -> StudyPlan:
    """Plan three children per panel who lose their B cells, on one instrument.

    Parameters
    ----------
    seed : int
        Seed of the simulation.
    ranges : Ranges
        From where tubes are drawn.

    Returns
    -------
    StudyPlan
        As `paired`, with as many B events as `RETURNING_B_EVENTS` expected at the
        second visit, and 5 % of the lymphocytes at the first.
    """
    plan = paired(seed, ranges)
    samples = []
    for panel in PANELS:
        of_panel = [sample for sample in plan.samples if sample.panel == panel]
        pairs = zip(of_panel[::2], of_panel[1::2], strict=True)
        for (first, second), n_events in zip(pairs, RETURNING_B_EVENTS, strict=False):
            share = n_events / second.tubes[0].n_lymphocytes
            samples += [_with_b(first, _FIRST_B_SHARE), _with_b(second, share)]
    return replace(plan, samples=tuple(samples))


def _with_b(sample: PlannedSample, share: float) -> PlannedSample:
    """Let B cells be a share of the lymphocytes of a sample."""
    blood = dict(sample.concentrations)
    others = sum(blood.get(name, 0.0) for name in LYMPHOCYTES if name != "b")
    blood["b"] = others * share / (1 - share)
    return _with_tubes(sample, concentrations=blood)


def _at_visits(seed: int, ranges: Ranges, visits: Visits) -> StudyPlan:
    """Plan six treated children per panel at some visits, all on one instrument."""
    samples = []
    panels = [panel for panel in PANELS for _ in range(_PAIRS_PER_PANEL)]
    for number, panel in enumerate(panels, start=1):
        subject = f"S{number:02d}"
        for visit, profile, rel_day in visits:
            base = TubeSpec(
                panel,
                "",
                subject,
                visit,
                treated_concentrations(
                    profile,
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
    return _with_samples(
        plan,
        {s.sample_id: _with_tubes(s, changes=(change,)) for s in _one_per_panel(plan)},
    )


def wrong_blood(seed: int, ranges: Ranges) -> StudyPlan:
    """Plan two samples in three days, with a stranger's blood in one of each panel.

    Parameters
    ----------
    seed : int
        Seed of the simulation.
    ranges : Ranges
        From where tubes are drawn.

    Returns
    -------
    StudyPlan
        No infusion begins between the two; the stranger has six times the NK cells.
    """
    plan = _at_visits(seed, ranges, _SOON_AGAIN)
    others = {}
    for sample in _one_per_panel(plan):
        blood = dict(sample.concentrations)
        blood |= {name: _STRANGERS_NK * blood[name] for name in NK_CELLS}
        others[sample.sample_id] = _with_tubes(sample, concentrations=blood)
    return _with_samples(plan, others)


def first_days(seed: int, ranges: Ranges) -> StudyPlan:
    """Plan six treated children per panel before the infusion and on its second day.

    Parameters
    ----------
    seed : int
        Seed of the simulation.
    ranges : Ranges
        From where tubes are drawn.

    Returns
    -------
    StudyPlan
        Nine T cells of ten have left the blood on the second day.
    """
    plan = _at_visits(seed, ranges, _FIRST_DAYS)
    late = [sample for sample in plan.samples if sample.rel_day > 0]
    left = {
        sample.sample_id: _with_tubes(
            sample,
            concentrations={
                name: n * (_NADIR if name in T_CELLS else 1.0)
                for name, n in sample.concentrations.items()
            },
        )
        for sample in late
    }
    return _with_samples(plan, left)


def cd3_taken_in(seed: int, ranges: Ranges) -> StudyPlan:
    """Plan `paired`, with dim CD3 on the T cells of one subject of each panel later.

    Parameters
    ----------
    seed : int
        Seed of the simulation.
    ranges : Ranges
        From where tubes are drawn.

    Returns
    -------
    StudyPlan
        CD3 of those T cells is 0.4 decade dimmer.
    """
    plan = paired(seed, ranges)
    change = partial(
        shift_marker, marker="CD3", decades=_CD3_LOSS_DECADES, populations=T_CELLS
    )
    return _with_samples(
        plan,
        {s.sample_id: _with_tubes(s, changes=(change,)) for s in _one_per_panel(plan)},
    )


def _one_per_panel(plan: StudyPlan) -> list[PlannedSample]:
    """Take the last sample of the first subject of each panel."""
    last = {sample.subject_id: sample for sample in plan.samples}
    firsts = {sample.panel: sample for sample in reversed(last.values())}
    return list(firsts.values())


def _with_tubes(sample: PlannedSample, **values: Any) -> PlannedSample:
    """Give every tube of the sample other values."""
    return replace(
        sample, tubes=tuple(replace(tube, **values) for tube in sample.tubes)
    )


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
    return _failing(
        seed,
        ranges,
        partial(shift_marker, marker="CD45", decades=_FALL_DECADES, populations=CELLS),
        partial(shift_marker, marker="CD3", decades=_FALL_DECADES, populations=CELLS),
        partial(shift_marker, decades=_FALL_DECADES, populations=("bead",)),
    )


def laser_loss(seed: int, ranges: Ranges) -> StudyPlan:
    """Plan sixteen people per panel on one instrument, whose lasers fade at the end.

    Parameters
    ----------
    seed : int
        Seed of the simulation.
    ranges : Ranges
        From where tubes are drawn.

    Returns
    -------
    StudyPlan
        All fluorescence is 0.25 decade dimmer on the last four days, and the files
        tell the same voltages.
    """
    return _failing(seed, ranges, partial(weaken_light, decades=_LASER_LOSS_DECADES))


def _failing(seed: int, ranges: Ranges, *changes: Change) -> StudyPlan:
    """Plan an instrument that changes something on the last days."""
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
                changes=changes if day >= _RUNS_PER_PANEL - _LAST_RUNS else (),
                acquired_at=FIRST_DAY + timedelta(days=day, hours=3),
            )
            samples.append(blood_sample(base, rel_day=0))
    return StudyPlan(seed, tuple(samples), ranges)
