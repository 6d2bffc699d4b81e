"""Name the response to a cycle by MRD of the marrow, as the published study defines it.

Cytological complete remission (CR) is fewer than 5 % blasts in one who had more before;
MRD CR is MRD below 0.01 %; no response (NR) is 5 % blasts or more, or MRD of 0.01 % and
more in one who was in remission before (Zhang 2025, Front Immunol 16:1607138, Methods).
"""

from __future__ import annotations

from math import isnan
from typing import Literal, NamedTuple

Response = Literal["CR", "MRD_CR", "NR", "NE"]
Reading = Literal["negative", "positive", "low", "open", "blind", ""]
"""MRD against 0.01 %: negative, positive, found below it, left open by too few cells,
left open by a view that is limited, not evaluable."""

BLASTS_OF_RELAPSE_PERCENT = 5.0
"""From so many blasts in percent of nucleated cells there is no remission."""


class ResponseBy(NamedTuple):
    """One response, and why it is not evaluable.

    Attributes
    ----------
    response : {"CR", "MRD_CR", "NR", "NE"}
        The response.
    reason : str
        Why it is `NE`; empty for any other.
    """

    response: Response
    reason: str = ""


def read_by_class(mrd_class: str, status: str) -> Reading:
    """Read MRD by the status table: what was not seen counts only where it could be.

    Parameters
    ----------
    mrd_class : str
        `CR`, `intermediate`, `failure`, `NE` or empty.
    status : str
        `NEG`, `POS_QUANT`, `INADEQUATE`, `NEG_LIMITED`, ...

    Returns
    -------
    {"negative", "positive", "low", "open", "blind", ""}
        `low` where MRD was detected below 0.01 %. Where it was not detected, `open` if
        there were too few cells, `blind` if the view was limited: markers that miss
        CD19-negative blasts, a diluted or dying sample.
    """
    match mrd_class:
        case "CR":
            return "negative"
        case "failure":
            return "positive"
        case "intermediate":
            if status.startswith("POS"):
                return "low"
            return "blind" if status.endswith("_LIMITED") else "open"
    return ""


def read_by_paper(paper_rule: str) -> Reading:
    """Read MRD by the study's own rule: below 0.01 % is negative, however few cells.

    Parameters
    ----------
    paper_rule : str
        `positive`, `negative`, `negative_unsupported`, or empty.

    Returns
    -------
    {"negative", "positive", ""}
        Empty where MRD is not evaluable.
    """
    if paper_rule.startswith("negative"):
        return "negative"
    return "positive" if paper_rule == "positive" else ""


def response_to(
    reading: Reading, blasts_percent: float, *, was_in_remission: bool | None
) -> ResponseBy:
    """Name the response that a marrow after treatment shows.

    Parameters
    ----------
    reading : {"negative", "positive", "low", "open", "blind", ""}
        MRD of that marrow.
    blasts_percent : float
        Its MRD events in percent of nucleated cells; NaN where not known.
    was_in_remission : bool or None
        Whether there were fewer than 5 % blasts before the cycle; None where it is not
        known.

    Returns
    -------
    ResponseBy
        `NE` where MRD is not evaluable, or the answer hangs on what is not known.
    """
    if not reading:
        return ResponseBy("NE", "MRD is not evaluable")
    if blasts_percent >= BLASTS_OF_RELAPSE_PERCENT:
        return ResponseBy("NR")
    if reading == "negative":
        return ResponseBy("MRD_CR")
    if reading == "blind":
        return ResponseBy("NE", "blasts that were not seen are not excluded")
    if isnan(blasts_percent):
        return ResponseBy("NE", "blasts in percent of nucleated cells are not known")
    return _in_remission_with_mrd(reading, was_in_remission=was_in_remission)


def _in_remission_with_mrd(
    reading: Reading, *, was_in_remission: bool | None
) -> ResponseBy:
    """Name the response where there are few blasts, and MRD is not negative."""
    if reading == "low" or was_in_remission is False:
        return ResponseBy("CR")
    if was_in_remission is None:
        return ResponseBy("NE", "whether there was remission before is not known")
    if reading == "open":
        return ResponseBy("NE", "MRD of 0.01 % is not excluded")
    return ResponseBy("NR")
