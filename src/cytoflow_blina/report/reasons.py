"""Say why a sample is not released, and which codes it raised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cytoflow_blina.domain.finding import Verdict
from cytoflow_blina.report.collect import Row, text
from cytoflow_blina.report.verdicts import (
    LOOK,
    NOTED,
    TUBE_FAILED,
    Badge,
    verdict_badge,
)

_FLAG_WORDS = {
    "FLAG_CD45DIM_CD19POS": (
        "CD45dim CD19+ events were seen, as leukaemic blasts are. "
        "They are not counted as B cells."
    ),
    "FLAG_DP_HIGH": "Many T cells are CD4+CD8+.",
    "FLAG_DN_HIGH": "Many T cells are CD4-CD8-.",
    "FLAG_NKT_HIGH": "Many T cells bear CD16 or CD56.",
    "FLAG_B_BELOW_COUNT_LIMIT": "There are too few B cells for a precise count.",
    "FLAG_TIME_WRAPPED": "The time of the file starts again at zero.",
    "FLAG_NO_BEADS": "No bead was found.",
    "FLAG_UNCLASSIFIED_LYMPH": "Some lymphocytes are neither T, B nor NK cells.",
    "FLAG_LYMPH_FROM_TBNK": (
        "Lymphocytes are T + B + NK cells: too much else lies in their gate."
    ),
    "FLAG_ONE_TUBE": "The count rests on one tube alone.",
    "FLAG_TUBES_DISAGREE": "The tubes disagree about CD3, so that none is reported.",
}


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
        Code of the check or flag; empty where there is none.
    message : str
        The reason in a sentence.
    """

    badge: Badge
    tube: str
    check: str
    message: str


@dataclass(frozen=True)
class RaisedCode:
    """A check or flag that was raised in a run.

    Attributes
    ----------
    badge : Badge
        The worst it came out as; `NOTED` for a flag that stops nothing.
    code : str
        Its name in the tables.
    words : str
        What a flag means; empty for a check, whose findings say it.
    n_samples : int
        In how many samples.
    """

    badge: Badge
    code: str
    words: str
    n_samples: int


def gather_reasons(
    counts: Sequence[Row], failures: Iterable[Row], findings: Iterable[Row]
) -> tuple[Reason, ...]:
    """Gather why a sample is not released, the gravest first.

    Parameters
    ----------
    counts, failures, findings : sequence of Row
        Its rows of `counts.csv`, `failures.csv` and `qc.csv`.

    Returns
    -------
    tuple of Reason
        Failed tubes, failed checks, flags that ask for a look, warnings.
    """
    failed = [
        Reason(TUBE_FAILED, text(row, "tube"), "", text(row, "problem"))
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
    judged.sort(key=lambda reason: reason.badge.rank)
    said = {
        word.removesuffix(".")
        for row in counts
        for word in text(row, "release_reasons").split()
        if word.endswith(".")
    }
    flags = [
        Reason(LOOK, "", flag, words_of(flag))
        for flag in raised_flags(counts)
        if flag in said
    ]
    n_grave = sum(reason.badge.kind == "bad" for reason in judged)
    return (*failed, *judged[:n_grave], *flags, *judged[n_grave:])


def gather_notes(
    counts: Iterable[Row], reasons: Iterable[Reason]
) -> tuple[Reason, ...]:
    """Gather the flags of a sample that stop nothing.

    Parameters
    ----------
    counts : iterable of Row
        Its rows of `counts.csv`.
    reasons : iterable of Reason
        What is already said of it.

    Returns
    -------
    tuple of Reason
        One for each flag, in words; a check always has its finding.
    """
    said = {reason.check for reason in reasons}
    return tuple(
        Reason(NOTED, "", flag, _FLAG_WORDS[flag])
        for flag in raised_flags(counts)
        if flag in _FLAG_WORDS and flag not in said
    )


def raised_flags(counts: Iterable[Row]) -> tuple[str, ...]:
    """List what the rows of a sample raised, checks and flags.

    Parameters
    ----------
    counts : iterable of Row
        Its rows of `counts.csv`.

    Returns
    -------
    tuple of str
        Each code once, sorted.
    """
    codes = {code for row in counts for code in text(row, "qc_flags").split(";")}
    return tuple(sorted(codes - {""}))


def words_of(flag: str) -> str:
    """Say what a flag means.

    Parameters
    ----------
    flag : str
        Its name in `counts.csv`.

    Returns
    -------
    str
        A sentence; the code itself where it is not known.
    """
    return _FLAG_WORDS.get(flag, f"{flag}.")


def count_codes(
    samples: Iterable[tuple[Sequence[Reason], Sequence[str]]],
) -> tuple[RaisedCode, ...]:
    """Count in how many samples each code was raised.

    Parameters
    ----------
    samples : iterable of (sequence of Reason, sequence of str)
        For each sample its reasons, and every code that it raised.

    Returns
    -------
    tuple of RaisedCode
        The gravest first, then the most frequent, then by code.
    """
    n_samples: Counter[str] = Counter()
    badges: dict[str, Badge] = {}
    for reasons, codes in samples:
        n_samples.update({reason.check for reason in reasons} | set(codes))
        for reason in reasons:
            known = badges.setdefault(reason.check, reason.badge)
            if reason.badge.rank < known.rank:
                badges[reason.check] = reason.badge
    raised = [
        RaisedCode(badges.get(code, NOTED), code, _FLAG_WORDS.get(code, ""), n)
        for code, n in n_samples.items()
        if code
    ]
    order = ("bad", "look", "none", "good")
    return tuple(
        sorted(
            raised,
            key=lambda one: (order.index(one.badge.kind), -one.n_samples, one.code),
        )
    )
