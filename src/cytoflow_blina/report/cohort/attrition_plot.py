"""Draw who was lost on the way to a comparison."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cytoflow_blina.figures.attrition import AttritionStep, attrition_figure
from cytoflow_blina.report.cohort.sections import AnalysisFigure
from cytoflow_blina.report.collect import (
    Row,
    RunTables,
    number,
    text,
    whole_number,
)

_LOST = "From the sample sheet to the comparison: who is left, and why others are not."


def attrition_plot(contrast: str, tables: RunTables) -> Iterator[AnalysisFigure]:
    """Draw who was lost on the way to a comparison.

    Parameters
    ----------
    contrast : str
        Its name; samples and measurements are followed apart, the latter under the
        name with a colon and their analytes.
    tables : RunTables
        The tables of the run.

    Yields
    ------
    AnalysisFigure
        One for all that lost the same, to be shown folded; none where nothing was
        counted.
    """
    ways: dict[str, dict[str, list[Row]]] = {}
    for row in tables.attrition:
        name = text(row, "contrast")
        if name == contrast or name.startswith(f"{contrast}: "):
            stages = ways.setdefault(name, {})
            stages.setdefault(text(row, "stage"), []).append(row)
    same: dict[tuple[AttritionStep, ...], list[str]] = {}
    for name, stages in ways.items():
        ordered = sorted(stages.items(), key=_stage_number)
        steps = tuple(_step(rows) for _, rows in ordered)
        of = name.removeprefix(contrast).removeprefix(": ")
        same.setdefault(steps, []).append(of or "counts")
    for position, (steps, outcomes) in enumerate(same.items(), start=1):
        of = f": {', '.join(outcomes)}" if outcomes != ["counts"] else ""
        yield AnalysisFigure(
            "attrition" if position == 1 else f"attrition-{position}",
            attrition_figure(steps),
            f"{contrast}{of}. {_LOST}",
            f"Who was compared, and who was lost on the way{of}",
        )


def _stage_number(stage: tuple[str, list[Row]]) -> float:
    return number({"stage": stage[0]}, "stage")


def _step(rows: Sequence[Row]) -> AttritionStep:
    """Take one stage: the row without reason, and those lost with theirs."""
    left = next((row for row in rows if not text(row, "reason")), rows[0])
    title = text(left, "title")
    return AttritionStep(
        f"{title[:1].upper()}{title[1:]}",
        whole_number(left, "n_subjects"),
        whole_number(left, "n_cycles"),
        tuple(
            (text(row, "reason"), whole_number(row, "n_cycles"))
            for row in rows
            if text(row, "reason")
        ),
    )
