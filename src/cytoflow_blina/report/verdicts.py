"""Put verdicts and release classes into words and marks that need no colour."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cytoflow_blina.domain.finding import Verdict


@dataclass(frozen=True)
class Badge:
    """A verdict for the eye.

    Attributes
    ----------
    kind : {"bad", "look", "good", "none"}
        Which of the four marks and colours.
    word : str
        What it says, as printed beside the mark.
    rank : int
        0 for the worst; samples are listed in this order.
    """

    kind: str
    word: str
    rank: int


NOT_PROCESSED = Badge("bad", "Not processed", 0)
TUBE_FAILED = Badge("bad", "Tube failed", 1)
REJECT = Badge("bad", "Reject", 2)
LOOK = Badge("look", "Look", 3)
RELEASE = Badge("good", "Release", 4)
UNCLASSED = Badge("none", "No verdict", 3)
NOTED = Badge("none", "Noted", 4)

_RELEASE_CLASSES = {"reject": REJECT, "look": LOOK, "release": RELEASE}
_QC_STATUS = {Verdict.FAIL: REJECT, Verdict.WARN: LOOK, Verdict.PASS: RELEASE}

_VERDICTS = {
    Verdict.FAIL: Badge("bad", "Fail", 0),
    Verdict.WARN: Badge("look", "Warn", 1),
    Verdict.NOT_MEASURED: Badge("none", "Not measured", 2),
    Verdict.PASS: Badge("good", "Pass", 3),
}


def verdict_badge(verdict: str) -> Badge:
    """Give the badge of a verdict.

    Parameters
    ----------
    verdict : str
        As `qc.csv` has it, in any case.

    Returns
    -------
    Badge
        An unknown word stays as it is, and an empty one says so.
    """
    known = {str(name): badge for name, badge in _VERDICTS.items()}
    return known.get(verdict.upper(), Badge("none", verdict or "No verdict", 2))


def release_badge(release_classes: Iterable[str], qc_statuses: Iterable[str]) -> Badge:
    """Give the badge of a sample, the worst of its rows.

    Parameters
    ----------
    release_classes : iterable of str
        `release_class` of each row of the sample; empty where none was given.
    qc_statuses : iterable of str
        `qc_status` of each row, which decides where no class was given.

    Returns
    -------
    Badge
        `UNCLASSED` where nothing is known: what was not judged is not released.
    """
    classes = [_RELEASE_CLASSES.get(word.lower()) for word in release_classes]
    known = {str(status): badge for status, badge in _QC_STATUS.items()}
    statuses = [known.get(word.upper()) for word in qc_statuses]
    for badges in (classes, statuses):
        found = [badge for badge in badges if badge is not None]
        if found:
            return min(found, key=lambda badge: badge.rank)
    return UNCLASSED
