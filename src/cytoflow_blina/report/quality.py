"""Sum up the quality checks of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from cytoflow_blina.domain.finding import Verdict
from cytoflow_blina.figures.number_format import format_number
from cytoflow_blina.report.collect import Row, RunTables, number, text
from cytoflow_blina.report.verdicts import Badge, verdict_badge

_UNITS = {"1": "", "10^9/L": "10⁹/L"}

_ORDER = (Verdict.FAIL, Verdict.WARN, Verdict.NOT_MEASURED, Verdict.PASS)


@dataclass(frozen=True)
class CheckSummary:
    """How a check came out over the run.

    Attributes
    ----------
    check, unit, limits : str
        Code of the check, its unit, and its limits in words.
    tally : tuple of (Badge, int)
        How often each verdict was given, the worst first; zeros are kept.
    """

    check: str
    unit: str
    limits: str
    tally: tuple[tuple[Badge, int], ...]

    @property
    def is_raised(self) -> bool:
        """Whether it failed or warned anywhere."""
        return any(n for badge, n in self.tally if badge.kind in {"bad", "look"})

    @property
    def was_never_measured(self) -> bool:
        """Whether it was measured nowhere."""
        return {badge.kind for badge, n in self.tally if n} == {"none"}


@dataclass(frozen=True)
class FindingLine:
    """One check of one tube, sample or batch, ready to print."""

    sample_id: str
    tube: str
    level: str
    check: str
    value: str
    unit: str
    limits: str
    badge: Badge
    message: str


@dataclass(frozen=True)
class GroupedFindings:
    """Findings of a sample by what they ask of a person.

    Attributes
    ----------
    raised : tuple of FindingLine
        Failed, then warned.
    not_measured : tuple of FindingLine
        Each says why.
    passed : tuple of FindingLine
        Nothing to do.
    """

    raised: tuple[FindingLine, ...] = ()
    not_measured: tuple[FindingLine, ...] = ()
    passed: tuple[FindingLine, ...] = ()


def group_findings(lines: Iterable[FindingLine]) -> GroupedFindings:
    """Part findings by what they ask of a person.

    Parameters
    ----------
    lines : iterable of FindingLine
        In any order; their own is kept within each group.

    Returns
    -------
    GroupedFindings
        A verdict that is not known counts as not measured.
    """
    groups: dict[str, list[FindingLine]] = {"raised": [], "none": [], "good": []}
    for line in lines:
        kind = line.badge.kind
        groups[kind if kind in groups else "raised"].append(line)
    return GroupedFindings(*(tuple(group) for group in groups.values()))


def summarise_checks(tables: RunTables) -> tuple[CheckSummary, ...]:
    """Count the verdicts of every check, those with most failures first.

    Parameters
    ----------
    tables : RunTables
        The tables of the run.

    Returns
    -------
    tuple of CheckSummary
        Empty where nothing was checked.
    """
    tallies: dict[str, Counter[str]] = {}
    limits: dict[str, Row] = {}
    for row in tables.qc:
        check = text(row, "check")
        tallies.setdefault(check, Counter())[text(row, "verdict")] += 1
        if text(row, "limits") or check not in limits:
            limits[check] = row
    summaries = [
        CheckSummary(
            check,
            text(limits[check], "unit"),
            text(limits[check], "limits"),
            tuple((verdict_badge(verdict), tally[verdict]) for verdict in _ORDER),
        )
        for check, tally in tallies.items()
    ]
    return tuple(
        sorted(summaries, key=lambda one: ([-n for _, n in one.tally[:2]], one.check))
    )


def finding_lines(findings: tuple[Row, ...]) -> tuple[FindingLine, ...]:
    """Write findings for people, the worst first, otherwise in their order.

    Parameters
    ----------
    findings : tuple of Row
        Rows of `qc.csv`.

    Returns
    -------
    tuple of FindingLine
        A value that was not measured is a dash.
    """
    lines = [
        FindingLine(
            sample_id=text(row, "sample_id"),
            tube=text(row, "tube"),
            level=text(row, "level"),
            check=text(row, "check"),
            value=format_number(number(row, "value")),
            unit=_UNITS.get(text(row, "unit"), text(row, "unit")),
            limits=text(row, "limits"),
            badge=verdict_badge(text(row, "verdict")),
            message=text(row, "message"),
        )
        for row in findings
    ]
    return tuple(sorted(lines, key=lambda line: line.badge.rank))
