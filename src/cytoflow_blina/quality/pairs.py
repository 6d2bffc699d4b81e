"""Check that the samples of a subject can be compared."""

from __future__ import annotations

from math import isnan, nan

from cytoflow_blina.quality.check import Check, Measured
from cytoflow_blina.quality.identity import ID_SWAP
from cytoflow_blina.quality.instrument_settings import plain_name
from cytoflow_blina.quality.subject_visit import SubjectVisit, VisitInContext


def pair_consistency(context: VisitInContext) -> Measured | None:
    """Count what differs between a sample and its baseline; anything is bad.

    Parameters
    ----------
    context : VisitInContext
        The sample and the subject's earlier ones.

    Returns
    -------
    Measured or None
        Number of differences; None for the first sample of a subject.

    Notes
    -----
    Instrument, panel, counting method, template version, and the voltages and gains of
    the detectors, which count as one. A voltage that differs from tube to tube on this
    instrument, as where the daily setup adjusts it, is no difference. Source: design
    choice.
    """
    visit, baseline = context.visit, context.baseline
    if baseline is None:
        return None
    differences = [
        f"{name} {now} instead of {baseline.equipment[name]}"
        for name, now in visit.equipment.items()
        if name in baseline.equipment and now != baseline.equipment[name]
    ]
    if _methods_differ(visit, baseline):
        differences.append(
            f"counted by {visit.count_method} instead of {baseline.count_method}"
        )
    changed = _changed_settings(visit, baseline)
    if changed:
        differences.append(f"other {', '.join(changed)}")
    message = f"As {baseline.sample_id}."
    if differences:
        message = f"Against {baseline.sample_id}: {'; '.join(differences)}."
    return Measured(len(differences), message)


def _methods_differ(visit: SubjectVisit, baseline: SubjectVisit) -> bool:
    return visit.count_method != baseline.count_method and "none" not in {
        visit.count_method,
        baseline.count_method,
    }


def _changed_settings(visit: SubjectVisit, baseline: SubjectVisit) -> list[str]:
    """Name the settings that differ, and that the instrument keeps otherwise."""
    kept, restless = visit.history.settled, visit.history.restless
    changed = {
        name
        for (tube, name), value in visit.settings.items()
        if baseline.settings.get((tube, name), value) != value
    }
    # The words of CellQuest hold compensation too, which is set for each sample.
    return [
        plain_name(name)
        for name in sorted(changed)
        if name in kept or (" $Pn" in name and name not in restless)
    ]


def method_mismatch(context: VisitInContext) -> Measured | None:
    """Say whether sample and baseline were counted differently; 1 is bad.

    Parameters
    ----------
    context : VisitInContext
        The sample and the subject's earlier ones.

    Returns
    -------
    Measured or None
        1 where the methods differ, else 0; None for the first sample of a subject, or
        where one has percentages alone.

    Notes
    -----
    Beads, volume and analyser differ systematically, so that a change of method passes
    for an effect (professional knowledge). A study needs a reason to hold both.
    """
    baseline = context.baseline
    if baseline is None or "none" in {
        context.visit.count_method,
        baseline.count_method,
    }:
        return None
    differs = _methods_differ(context.visit, baseline)
    relation = "and" if differs else "as"
    return Measured(
        float(differs),
        f"Counted by {context.visit.count_method}, {relation} {baseline.sample_id} by "
        f"{baseline.count_method}.",
    )


def percent_jump(context: VisitInContext) -> Measured | None:
    """Take the larger change of CD3 % and CD4 % without treatment; much is bad.

    Parameters
    ----------
    context : VisitInContext
        The sample and the subject's earlier ones.

    Returns
    -------
    Measured or None
        In points of the lymphocytes, against the sample before; NaN where an infusion
        began in between or may have; None for the first sample of a subject.

    Notes
    -----
    20 points (design choice): such a jump in days to weeks, without a reason, is seldom
    biology and often another person's blood.
    """
    if not context.earlier:
        return None
    visit, before = context.visit, context.earlier[-1]
    changes = {
        name: visit.percents[name] - before.percents[name]
        for name in ("CD3", "CD4")
        if name in visit.percents and name in before.percents
    }
    changes = {name: change for name, change in changes.items() if not isnan(change)}
    if not changes:
        return Measured(
            nan, f"Neither CD3 nor CD4 can be compared with {before.sample_id}."
        )
    worst = max(changes, key=lambda name: abs(changes[name]))
    words = f"{worst} {changes[worst]:+.0f} points against {before.sample_id}"
    if visit.day is None or before.day is None:
        message = f"{words}; whether treatment is a reason is not known."
        return Measured(nan, message)
    if _infusion_began(before, visit):
        return Measured(nan, f"{words}; an infusion began in between.")
    return Measured(abs(changes[worst]), f"{words}, without an infusion in between.")


def _infusion_began(before: SubjectVisit, visit: SubjectVisit) -> bool:
    """Tell whether an infusion began between two samples, whose days are known."""
    was_before = before.day is not None and before.day <= 0
    is_after = visit.day is not None and visit.day > 0
    if visit.cycle == before.cycle:
        return was_before and is_after
    return was_before or is_after


def cd3_dimming(context: VisitInContext) -> Measured | None:
    """Take the change of the median CD3 of T cells since baseline; a fall is bad.

    Parameters
    ----------
    context : VisitInContext
        The sample and the subject's earlier ones.

    Returns
    -------
    Measured or None
        In decades, of the tube that fell most; NaN where no tube was measured with the
        same settings; None for the first sample of a subject.

    Notes
    -----
    0.3 decade (design choice): T cells take CD3 in during the first days of T-cell
    engagement. The gate then must reach lower, and is worth a look.
    """
    visit, baseline = context.visit, context.baseline
    if baseline is None:
        return None
    shifts = {
        tube: visit.cd3_decades[tube] - baseline.cd3_decades[tube]
        for tube in sorted(visit.cd3_decades)
        if tube in baseline.cd3_decades and _settings_agree(visit, baseline, tube)
    }
    if not shifts:
        message = (
            f"No tube was measured with settings known to be those of "
            f"{baseline.sample_id}."
        )
        return Measured(nan, message)
    tube = min(shifts, key=lambda tube: shifts[tube])
    return Measured(
        shifts[tube],
        f"CD3 of T cells {shifts[tube]:+.2f} decades against {baseline.sample_id}.",
    )


def _settings_agree(visit: SubjectVisit, baseline: SubjectVisit, tube: str) -> bool:
    """Tell whether a tube's detectors were set as those of the baseline's tube."""
    now, then = (
        {
            name: value
            for (of_tube, name), value in one.settings.items()
            if of_tube == tube
        }
        for one in (visit, baseline)
    )
    detectors = {name for name in now if " $Pn" in name}
    has_voltages = any(name.endswith(("$PnV", "$PnG")) for name in detectors)
    compared = detectors if has_voltages else set(now)
    return bool(compared) and all(now[name] == then.get(name) for name in compared)


def redistribution_window(context: VisitInContext) -> Measured | None:
    """Take the days since the infusion began or the dose rose; few are bad.

    Parameters
    ----------
    context : VisitInContext
        The sample.

    Returns
    -------
    Measured or None
        In days, the fewer of the two; None before the infusion, or where the day is
        not known.

    Notes
    -----
    T cells leave the blood within a day of the start of T-cell engagement and return
    within days (Klinger 2012, Blood 119:6226): a sample of days 1 to 3 shows
    redistribution, no depletion. After a step of the dose likewise (design choice).
    """
    day, since_step = context.visit.day, context.visit.days_since_step
    if since_step is None:
        return None
    message = f"Drawn on day {day} of the infusion"
    if since_step != day:
        message += f", {since_step} d after a dose step"
    return Measured(since_step, f"{message}.")


PAIRS = (
    Check("QC_PAIR", "differences", pair_consistency),
    Check("FLAG_METHOD_MISMATCH_PAIR", "1", method_mismatch),
    Check("QC_DELTA", "points", percent_jump),
    Check("FLAG_CD3_DIM_SHIFT", "decades", cd3_dimming),
    Check("FLAG_REDISTRIBUTION_WINDOW", "d", redistribution_window),
    ID_SWAP,
)
