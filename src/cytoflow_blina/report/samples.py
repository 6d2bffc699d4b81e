"""Gather what is known of each sample, the worst first."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from dataclasses import dataclass
from urllib.parse import quote

from cytoflow_blina.domain.finding import Verdict
from cytoflow_blina.report.collect import Row, RunTables, text
from cytoflow_blina.report.count_cells import NO_COUNT, CountCell, count_cell
from cytoflow_blina.report.verdicts import (
    NOT_PROCESSED,
    TUBE_FAILED,
    Badge,
    release_badge,
    verdict_badge,
)

COUNT_COLUMNS = ("LYMPH", "CD3", "CD4", "CD8", "NK", "CD19", "CD4_CD8_RATIO")

_FILE_NAME = re.compile(r"[\w][\w .()+@=,~-]*")
_LONGEST_FILE_NAME = 200  # bytes; most file systems take 255
_REASONS_SHOWN = 3


@dataclass(frozen=True)
class Reason:
    """Why a sample stands where it stands.

    Attributes
    ----------
    badge : Badge
        How bad it is.
    tube : str
        Which tube; empty for the whole sample.
    check : str
        Code of the check, or the stage that failed.
    message : str
        The reason in a sentence.
    """

    badge: Badge
    tube: str
    check: str
    message: str


@dataclass(frozen=True, eq=False)
class SampleSummary:
    """One sample, as the list of samples shows it.

    Attributes
    ----------
    sample_id : str
        The sample.
    page : str
        File name of its page.
    subject_id, cycle, visit, specimen, review_status : str
        As in the tables.
    badge : Badge
        The worst that is known of it.
    reasons : tuple of Reason
        Failed tubes, then failed checks, then warnings.
    cells : tuple of CountCell
        One for each of `COUNT_COLUMNS`.
    counts, populations, findings, failures, tubes : tuple of Row
        Its rows of the tables; `tubes` of the sample sheet.
    """

    sample_id: str
    page: str
    subject_id: str
    cycle: str
    visit: str
    specimen: str
    review_status: str
    badge: Badge
    reasons: tuple[Reason, ...]
    cells: tuple[CountCell, ...]
    counts: tuple[Row, ...]
    populations: tuple[Row, ...]
    findings: tuple[Row, ...]
    failures: tuple[Row, ...]
    tubes: tuple[Row, ...]

    @property
    def href(self) -> str:
        """Link to its page from the page of all samples."""
        return f"samples/{quote(self.page)}"

    @property
    def shown_reasons(self) -> tuple[Reason, ...]:
        """The gravest reasons, as many as a line can hold."""
        return self.reasons[:_REASONS_SHOWN]

    @property
    def n_more_reasons(self) -> int:
        """How many reasons stand on its page alone."""
        return max(len(self.reasons) - _REASONS_SHOWN, 0)


def summarise_samples(tables: RunTables) -> tuple[SampleSummary, ...]:
    """Gather the samples of a run.

    Parameters
    ----------
    tables : RunTables
        The tables of the run.

    Returns
    -------
    tuple of SampleSummary
        Failed ones first, then rejected, to look at, released; of the same class
        those with more failed checks first, then by id. Empty without samples.
    """
    by_table = {
        name: _by_sample(getattr(tables, name))
        for name in ("counts", "populations", "qc", "failures", "samples")
    }
    ids = {
        sample_id: None
        for name in ("counts", "populations", "failures", "samples")
        for sample_id in by_table[name]
        if sample_id
    }
    summaries = [
        _summarise(
            sample_id,
            {name: tuple(rows.get(sample_id, ())) for name, rows in by_table.items()},
        )
        for sample_id in ids
    ]
    return tuple(sorted(summaries, key=_worst_first))


def page_name(sample_id: str) -> str:
    """Name the page of a sample.

    Parameters
    ----------
    sample_id : str
        The id; anything a person can type.

    Returns
    -------
    str
        `<sample_id>.html`; for an id that is unfit for a file name, what can be kept
        of it and a hash, so that no two pages meet and none leaves its folder.
    """
    is_short = len(sample_id.encode()) <= _LONGEST_FILE_NAME
    is_plain = _FILE_NAME.fullmatch(sample_id) and not sample_id.endswith((" ", "."))
    if is_short and is_plain:
        return f"{sample_id}.html"
    kept = re.sub(r"[^A-Za-z0-9-]+", "-", sample_id)[:40].strip("-")
    digest = hashlib.sha256(sample_id.encode()).hexdigest()[:12]
    return f"{kept}-{digest}.html".lstrip("-")


def _by_sample(rows: tuple[Row, ...]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[text(row, "sample_id")].append(row)
    return grouped


def _summarise(sample_id: str, rows: dict[str, tuple[Row, ...]]) -> SampleSummary:
    counts, failures = rows["counts"], rows["failures"]
    known = (*counts, *rows["samples"], {})[0]
    cells = {text(row, "population"): count_cell(row) for row in counts}
    return SampleSummary(
        sample_id=sample_id,
        page=page_name(sample_id),
        subject_id=text(known, "subject_id"),
        cycle=text(known, "cycle"),
        visit=text(known, "visit"),
        specimen=text(known, "specimen"),
        review_status=text(counts[0], "review_status") if counts else "",
        badge=_badge(counts, failures),
        reasons=_reasons(failures, rows["qc"]),
        cells=tuple(cells.get(name, NO_COUNT) for name in COUNT_COLUMNS),
        counts=counts,
        populations=rows["populations"],
        findings=rows["qc"],
        failures=failures,
        tubes=rows["samples"],
    )


def _badge(counts: tuple[Row, ...], failures: tuple[Row, ...]) -> Badge:
    if not counts:
        return NOT_PROCESSED
    if failures:
        return TUBE_FAILED
    return release_badge(
        (text(row, "release_class") for row in counts),
        (text(row, "qc_status") for row in counts),
    )


def _reasons(
    failures: tuple[Row, ...], findings: tuple[Row, ...]
) -> tuple[Reason, ...]:
    reasons = [
        Reason(TUBE_FAILED, text(row, "tube"), text(row, "stage"), text(row, "problem"))
        for row in failures
    ]
    judged = [
        Reason(
            verdict_badge(text(row, "verdict")),
            text(row, "tube"),
            text(row, "check"),
            text(row, "message"),
        )
        for row in findings
        if text(row, "verdict") in {Verdict.FAIL, Verdict.WARN}
    ]
    return (*reasons, *sorted(judged, key=lambda reason: reason.badge.rank))


def _worst_first(summary: SampleSummary) -> tuple[int, int, int, str]:
    n_failed = sum(reason.badge.kind == "bad" for reason in summary.reasons)
    return (
        summary.badge.rank,
        -n_failed,
        n_failed - len(summary.reasons),
        summary.sample_id,
    )
