"""Sum up findings: a verdict for each row, a release class for each sample."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from cytoflow_blina.domain.counting import CountRow
from cytoflow_blina.domain.finding import LOW_COUNT_CHECKS, Finding, Verdict
from cytoflow_blina.quality.flags import LOOK_FLAGS
from cytoflow_blina.quality.replicates import REPLICATE_CODES

RELEASE, LOOK, REJECT = "release", "look", "reject"
FLAG_UNCLASSIFIED_LYMPH = "FLAG_UNCLASSIFIED_LYMPH"

INCOMPLETE = "A tube of the panel is not in the sheet, or could not be processed."


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


@dataclass(frozen=True)
class Release:
    """Whether a sample can go out at a glance.

    Attributes
    ----------
    release_class : {"release", "look", "reject"}
        `reject` where a check failed for another reason than a low count; `look`
        where one warned or counts are low, where a tube is missing, or where nothing
        could be checked. A check that was not measured stops nothing by itself.
    reasons : tuple of str
        Why it is not released, in sentences, the gravest first; none where it is.
    """

    release_class: str
    reasons: tuple[str, ...]


def release_sample(
    findings: Sequence[Finding],
    *,
    is_complete: bool = True,
    flags: Collection[str] = (),
) -> Release:
    """Say whether a sample can go out at a glance, and if not, why.

    Parameters
    ----------
    findings : sequence of Finding
        All findings of the sample and its tubes.
    is_complete : bool, default True
        False where a tube of the sample could not be processed.
    flags : collection of str
        Flags of its rows; one of `LOOK_FLAGS` asks for a look.

    Returns
    -------
    Release
        The class and its reasons.
    """
    wrong = [one for one in findings if is_wrong(one)]
    doubtful = [
        one
        for one in findings
        if one.verdict in {Verdict.FAIL, Verdict.WARN} and one not in wrong
    ]
    reasons = [_reason(one) for one in (*wrong, *doubtful)]
    reasons += [words for flag, words in LOOK_FLAGS.items() if flag in flags]
    if not is_complete:
        reasons.append(INCOMPLETE)
    if not any(one.verdict is Verdict.PASS for one in findings) and not reasons:
        reasons.append("Nothing could be checked.")
    if wrong:
        return Release(REJECT, tuple(reasons))
    return Release(LOOK if reasons else RELEASE, tuple(reasons))


def _reason(finding: Finding) -> str:
    """Say in a sentence which check stops a sample."""
    tube = f"Tube {finding.tube}, " if finding.tube else ""
    verdict = "failed" if finding.verdict is Verdict.FAIL else "warned"
    return f"{tube}{finding.check} {verdict}: {finding.message}"


def judge_rows(
    rows: Iterable[CountRow],
    findings: Sequence[Finding],
    *,
    is_complete: bool = True,
    least_confidence: float | None = None,
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
    least_confidence : float, optional
        A row whose gates are less sure is not released, whatever the others.

    Returns
    -------
    tuple of CountRow
        `qc_status`, `qc_flags` (every check that warned or failed) and `qc_fails` tell
        of the row's own tubes and of the sample; `release_class` is the sample's, but
        `look` in a row of a released sample that is less sure than the others.
    """
    rows = tuple(rows)
    flags = {flag for row in rows for flag in row.qc_flags}
    released = release_sample(findings, is_complete=is_complete, flags=flags)
    return tuple(_judged(row, findings, released, least_confidence) for row in rows)


def _judged(
    row: CountRow,
    findings: Sequence[Finding],
    released: Release,
    least_confidence: float | None,
) -> CountRow:
    """Write into one row what concerns it."""
    tubes = row.source_tube or ("",)
    own = [one for one in findings if one.level == "sample" or one.tube in tubes]
    raised = [one for one in own if one.verdict in {Verdict.WARN, Verdict.FAIL}]
    flags = {one.check for one in raised} | set(row.qc_flags)
    if any(one.check == "QC_LYMPHOSUM" and one.value < 100 for one in raised):
        flags.add(FLAG_UNCLASSIFIED_LYMPH)
    reasons = list(released.reasons)
    if least_confidence is not None and row.confidence < least_confidence:
        words = f"The confidence of {row.population} is {row.confidence:.2f}"
        reasons.append(f"{words}, less than {least_confidence:g}.")
    own_class = released.release_class
    return replace(
        row,
        qc_status=str(_worst(own)),
        qc_flags=tuple(sorted(flags)),
        qc_fails=tuple(sorted({one.check for one in raised if _excludes(one)})),
        release_class=LOOK if reasons and own_class == RELEASE else own_class,
        release_reasons=" ".join(reasons),
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
