"""Gather what is known of each sample, the worst first."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from dataclasses import dataclass
from urllib.parse import quote

from cytoflow_blina.domain.finding import Verdict
from cytoflow_blina.quality.confidence import HEADLINE
from cytoflow_blina.report.collect import Row, RunTables, number, text
from cytoflow_blina.report.confidence import LeastSure, confidence_cell, least_sure
from cytoflow_blina.report.count_cells import NO_COUNT, CountCell, count_cell
from cytoflow_blina.report.mrd.words import status_words
from cytoflow_blina.report.reasons import Reason, gather_reasons, raised_flags
from cytoflow_blina.report.verdicts import (
    LOOK,
    NOT_PROCESSED,
    REJECT,
    RELEASE,
    TUBE_FAILED,
    Badge,
    release_badge,
)

COUNT_COLUMNS = ("LYMPH", "CD3", "CD4", "CD8", "NK", "CD19", "CD4_CD8_RATIO")

_FILE_NAME = re.compile(r"[\w][\w .()+@=,~-]*")
_LONGEST_FILE_NAME = 200  # bytes; most file systems take 255
_REASONS_SHOWN = 2


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
        Why it is not released, the gravest first.
    codes : tuple of str
        Every check and flag that it raised.
    least_sure : LeastSure or None
        Among the main populations; None where no confidence is known.
    held : tuple of str
        Populations that their own confidence keeps from being released.
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
    codes: tuple[str, ...]
    least_sure: LeastSure | None
    held: tuple[str, ...]
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
    def folded_reasons(self) -> tuple[Reason, ...]:
        """The others, shown when they are asked for."""
        return self.reasons[_REASONS_SHOWN:]

    @property
    def is_released(self) -> bool:
        """Whether it can go out at a glance."""
        return self.badge == RELEASE


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
        for name in ("counts", "populations", "qc", "failures", "samples", "mrd")
    }
    ids = {
        sample_id: None
        for name in ("counts", "populations", "failures", "samples", "mrd")
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
    known = (*counts, *rows["samples"], *rows["mrd"], {})[0]
    cells = {text(row, "population"): count_cell(row) for row in counts}
    badge = _badge(rows)
    return SampleSummary(
        sample_id=sample_id,
        page=page_name(sample_id),
        subject_id=text(known, "subject_id"),
        cycle=text(known, "cycle"),
        visit=text(known, "visit"),
        specimen=text(known, "specimen"),
        review_status=text((*counts, *rows["mrd"], {})[0], "review_status"),
        badge=badge,
        reasons=_reasons(badge, rows),
        codes=raised_flags(counts),
        least_sure=least_sure(counts, HEADLINE),
        held=_held(counts, badge),
        cells=tuple(cells.get(name, NO_COUNT) for name in COUNT_COLUMNS),
        counts=counts,
        populations=rows["populations"],
        findings=rows["qc"],
        failures=failures,
        tubes=rows["samples"],
    )


def _badge(rows: dict[str, tuple[Row, ...]]) -> Badge:
    counts = rows["counts"]
    if not counts and not rows["mrd"]:
        return NOT_PROCESSED
    if rows["failures"]:
        return TUBE_FAILED
    if not counts:
        failed = any(text(row, "verdict") == Verdict.FAIL for row in rows["qc"])
        return REJECT if failed else LOOK
    # The small populations are released or not by their own confidence.
    main = [row for row in counts if text(row, "population") in COUNT_COLUMNS]
    badge = release_badge(
        (text(row, "release_class") for row in main or counts),
        (text(row, "qc_status") for row in main or counts),
    )
    # No verdict on residual leukaemia goes out unseen.
    return min(badge, LOOK, key=lambda one: one.rank) if rows["mrd"] else badge


def _reasons(badge: Badge, rows: dict[str, tuple[Row, ...]]) -> tuple[Reason, ...]:
    """Gather the reasons; the words of the rows where nothing else says why."""
    reasons = gather_reasons(rows["counts"], rows["failures"], rows["qc"])
    proposed = [
        Reason(LOOK, "", "", f"{status_words(row)}. Proposed; a person must sign it.")
        for row in rows["mrd"]
    ]
    if proposed:
        n_grave = sum(reason.badge.kind == "bad" for reason in reasons)
        return (*reasons[:n_grave], *proposed, *reasons[n_grave:])
    if reasons or badge == RELEASE:
        return reasons
    words = [text(row, "release_reasons") for row in rows["counts"]]
    return tuple(Reason(badge, "", "", one) for one in words if one)[:1]


def is_held(row: Row) -> bool:
    """Tell whether a row of a sample is not sure enough to be released.

    Parameters
    ----------
    row : Row
        A row of `counts.csv`.

    Returns
    -------
    bool
        False where its confidence is not known.
    """
    return confidence_cell(number(row, "confidence")).is_doubtful


def _held(counts: tuple[Row, ...], badge: Badge) -> tuple[str, ...]:
    """Name the rows that are held; those of a lab's own limit as well."""
    rows = [
        row
        for row in counts
        if is_held(row)
        or (badge == RELEASE and text(row, "release_class") not in {"", "release"})
    ]
    return tuple(text(row, "population") for row in rows)


def _worst_first(summary: SampleSummary) -> tuple[int, int, int, str]:
    n_failed = sum(reason.badge.kind == "bad" for reason in summary.reasons)
    return (
        summary.badge.rank,
        -n_failed,
        n_failed - len(summary.reasons),
        summary.sample_id,
    )
