"""Sum up findings: a verdict for each row, a release class for each sample."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from cytoflow_blina.domain.counting import CountRow
from cytoflow_blina.domain.finding import LOW_COUNT_CHECKS, Finding, Verdict
from cytoflow_blina.quality.replicates import REPLICATE_CODES

RELEASE, LOOK, REJECT = "release", "look", "reject"
FLAG_UNCLASSIFIED_LYMPH = "FLAG_UNCLASSIFIED_LYMPH"


def is_wrong(finding: Finding) -> bool:
    """Tell whether a check failed for another reason than a low count.

    Parameters
    ----------
    finding : Finding
        Outcome of the check.

    Returns
    -------
    bool
        False for a low count, which is shown with its interval. None at all is no low
        count: a bead tube without beads, or an empty lymphocyte gate, has nothing to
        report. False too for the batch: an instrument that drifts points at tubes to
        look at.
    """
    if finding.level == "batch":
        return False
    is_low = finding.check in LOW_COUNT_CHECKS and finding.value > 0
    return finding.verdict is Verdict.FAIL and not is_low


def is_tube_usable(findings: Iterable[Finding], tube: str) -> bool:
    """Tell whether a tube's numbers may be used.

    Parameters
    ----------
    findings : iterable of Finding
        Findings of any tubes.
    tube : str
        The tube.

    Returns
    -------
    bool
        False where one of its checks failed for another reason than a low count.
    """
    return not any(
        is_wrong(finding)
        for finding in findings
        if finding.level == "tube" and finding.tube == tube
    )


def replicates_fail(findings: Iterable[Finding]) -> bool:
    """Tell whether the tubes of a sample contradict each other about CD3.

    Parameters
    ----------
    findings : iterable of Finding
        Findings of the sample.

    Returns
    -------
    bool
        True where a check of CD3 between its tubes failed; a warning does not count.
    """
    return any(
        finding.check in REPLICATE_CODES and finding.verdict is Verdict.FAIL
        for finding in findings
    )


def release_class(findings: Sequence[Finding], *, is_complete: bool = True) -> str:
    """Say whether a sample can go out at a glance.

    Parameters
    ----------
    findings : sequence of Finding
        All findings of the sample and its tubes.
    is_complete : bool, default True
        False where a tube of the sample could not be processed.

    Returns
    -------
    {"release", "look", "reject"}
        `reject` where a check failed for another reason than a low count; `look`
        where one warned or counts are low, where a tube is missing, or where nothing
        could be checked. A check that was not measured stops nothing by itself.
    """
    if any(is_wrong(finding) for finding in findings):
        return REJECT
    verdicts = {finding.verdict for finding in findings}
    is_doubtful = (
        verdicts & {Verdict.FAIL, Verdict.WARN} or Verdict.PASS not in verdicts
    )
    return LOOK if is_doubtful or not is_complete else RELEASE


def judge_rows(
    rows: Iterable[CountRow], findings: Sequence[Finding], *, is_complete: bool = True
) -> tuple[CountRow, ...]:
    """Write the findings of a sample into its rows of `counts.csv`.

    Parameters
    ----------
    rows : iterable of CountRow
        The rows of one sample; flags that they bear are kept.
    findings : sequence of Finding
        All findings of the sample and its tubes.
    is_complete : bool, default True
        False where a tube of the sample could not be processed.

    Returns
    -------
    tuple of CountRow
        `qc_status`, `qc_flags` (every check that warned or failed) and `qc_fails` tell
        of the row's own tubes and of the sample; `release_class` is the sample's.
    """
    released = release_class(findings, is_complete=is_complete)
    return tuple(_judged(row, findings, released) for row in rows)


def _judged(row: CountRow, findings: Sequence[Finding], released: str) -> CountRow:
    """Write into one row what concerns it."""
    tubes = row.source_tube or ("",)
    own = [one for one in findings if one.level == "sample" or one.tube in tubes]
    raised = [one for one in own if one.verdict in {Verdict.WARN, Verdict.FAIL}]
    flags = {one.check for one in raised} | set(row.qc_flags)
    if any(one.check == "QC_LYMPHOSUM" and one.value < 100 for one in raised):
        flags.add(FLAG_UNCLASSIFIED_LYMPH)
    return replace(
        row,
        qc_status=str(_worst(own)),
        qc_flags=tuple(sorted(flags)),
        qc_fails=tuple(sorted({one.check for one in raised if _excludes(one)})),
        release_class=released,
    )


def _excludes(finding: Finding) -> bool:
    """Tell whether a check failed by what the tube or the sample itself holds."""
    return finding.verdict is Verdict.FAIL and finding.level != "batch"


def _worst(findings: Iterable[Finding]) -> Verdict:
    """Take the worst verdict; what was measured outweighs what was not."""
    verdicts = {finding.verdict for finding in findings}
    for verdict in (Verdict.FAIL, Verdict.WARN, Verdict.PASS):
        if verdict in verdicts:
            return verdict
    return Verdict.NOT_MEASURED
