"""Tell what became of simulated samples: release, reasons, right or wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf, nan

from acceptance.arithmetic import tolerance
from acceptance.rows import HEADLINE, Row, Rows
from cytoflow_blina.cohort.sample_row import SampleRow
from cytoflow_blina.domain.finding import Verdict
from cytoflow_blina.quality.flags import LOOK_FLAGS
from cytoflow_blina.workflow.samples import SampleResult

MANY = 100
"""Events, true or found, from which a population must be right for its sample to be."""

RAISED = (Verdict.WARN, Verdict.FAIL)

_WORST_FIRST = ("reject", "look", "release")


def add_samples(
    sheet: Sequence[SampleRow],
    summaries: Sequence[SampleResult],
    compared: Sequence[Row],
    rows: Rows,
) -> None:
    """Add to `rows` what became of each sample, and every check of it.

    Parameters
    ----------
    sheet : sequence of SampleRow
        The sample sheet.
    summaries : sequence of SampleResult
        Counts and findings of the samples, in the order of the sheet.
    compared : sequence of dict
        Rows of `Rows.populations` for these samples.
    rows : Rows
        Where samples and findings are added.
    """
    panels = {row.sample_id: row.panel for row in sheet}
    for (sample_id, panel), summary in zip(panels.items(), summaries, strict=True):
        ids = {"panel": panel, "sample_id": sample_id}
        own = [one for one in compared if one["sample_id"] == sample_id]
        rows.samples.append(ids | _sample_row(summary, own))
        rows.findings += [ids | one for one in _finding_rows(summary)]


def _sample_row(summary: SampleResult, compared: Sequence[Row]) -> Row:
    """Say whether a sample is released and right, and what is farthest off.

    A sample is released when its headline rows are; any other row stands by itself.
    """
    classes = {row.population: row.release_class for row in summary.counts}
    of_sample = {classes[name] for name in HEADLINE if name in classes}
    # Found as well as true: a gate may have invented its population.
    large = [one for one in compared if max(one["n_true"], one["n_found"]) >= MANY]
    headline = [one for one in large if one["population"] in HEADLINE]
    released = [one for one in large if classes.get(one["population"]) == "release"]
    others = [one for one in large if one["population"] not in HEADLINE]
    worst = max(headline, key=_excess, default=None)
    worst_row = max(released, key=_excess, default=None)
    return {
        "release_class": next((c for c in _WORST_FIRST if c in of_sample), "failed"),
        "reasons": ";".join(_reasons(summary, compared)),
        "is_right_headline": _all_right(headline),
        "is_right_rows": _all_right(released),
        "is_right_reported": _all_right(large),
        "n_others": len(others),
        "n_others_released": sum(one in released for one in others),
        **_worst_columns("worst", worst),
        **_worst_columns("worst_row", worst_row),
    }


def _all_right(compared: Sequence[Row]) -> bool:
    return all(one["is_right"] for one in compared)


def _worst_columns(name: str, worst: Row | None) -> Row:
    """Name a population, how far it is off and what was thought of it."""
    if worst is None:
        return {name: "", f"{name}_percent": nan, f"{name}_f1": nan}
    return {
        name: f"{worst['population']} {worst['tube']}".strip(),
        f"{name}_percent": 100 * (worst["n_found"] / worst["n_true"] - 1)
        if worst["n_true"]
        else inf,
        f"{name}_f1": worst["f1"],
        f"{name}_confidence": worst["confidence"],
    }


def _excess(compared: Row) -> float:
    """Give the error of a population, 1 where it is just right."""
    n_found, n_true = compared["n_found"], compared["n_true"]
    # Without a true event the tolerance is none, and what was found is all wrong.
    return float(abs(n_found - n_true) / tolerance(n_true)) if n_true else inf


def _reasons(summary: SampleResult, compared: Sequence[Row]) -> Iterator[str]:
    """List what stops a sample, by code."""
    for one in summary.findings:
        if one.verdict in RAISED:
            yield f"{one.check} {one.verdict}"
    yield from sorted(set(LOOK_FLAGS) & _flags(summary))
    if any(one["source"] == "failed" for one in compared):
        yield "a tube could not be processed"


def _flags(summary: SampleResult) -> set[str]:
    return {flag for row in summary.counts for flag in row.qc_flags}


def _finding_rows(summary: SampleResult) -> Iterator[Row]:
    """List the checks of a sample and its tubes, and the flags of its rows."""
    for one in summary.findings:
        yield {
            "tube": one.tube,
            "level": one.level,
            "check": one.check,
            "value": one.value,
            "verdict": str(one.verdict),
        }
    checks = {one.check for one in summary.findings}
    for flag in sorted(_flags(summary) - checks):
        if flag.startswith("FLAG_"):
            yield {"tube": "", "level": "flag", "check": flag, "verdict": "WARN"}
