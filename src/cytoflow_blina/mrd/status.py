"""Decide the status of a tube from its counts, and say it in a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from cytoflow_blina.domain.mrd_verdict import (
    LIMITED,
    NOT_EVALUABLE,
    MrdClass,
    MrdSensitivity,
    PaperRule,
)

DENOMINATOR_WORDS = MappingProxyType(
    {
        "NUC": "nucleated cells",
        "MNC": "mononuclear cells",
        "CD45P": "CD45+ cells",
        "WBC": "white cells",
    }
)
"""What each code of a denominator counts."""

CLASSES: MappingProxyType[str, MrdClass] = MappingProxyType(
    {
        NOT_EVALUABLE: "NE",
        "POS_QUANT": "failure",
        "POS_QUANT_LOW": "intermediate",
        "POS_NOT_QUANT_GE_CUT": "failure",
        "POS_NOT_QUANT": "intermediate",
        "NEG_BELOW_LOD": "CR",
        "INADEQUATE": "intermediate",
        "NEG": "CR",
    }
)
"""Class of each status (ELN and ASH, PMC8824253 Table 1)."""


@dataclass(frozen=True)
class MrdStatus:
    """What the counts of a tube come to.

    Attributes
    ----------
    status : str
        A status, with `_LIMITED` where that holds.
    mrd_class : {"CR", "intermediate", "failure", "NE"}
        Its class.
    paper_rule : {"positive", "negative", "negative_unsupported", ""}
        MRD below the cut or not, as the study has it.
    """

    status: str
    mrd_class: MrdClass
    paper_rule: PaperRule


def decide_status(
    sensitivity: MrdSensitivity | None, *, is_limited: bool = False
) -> MrdStatus:
    """Decide the status of a tube.

    Parameters
    ----------
    sensitivity : MrdSensitivity or None
        Its arithmetic; None where it is not evaluable.
    is_limited : bool, default False
        Whether sample or gating could hide leukaemia: the status ends in `_LIMITED`
        and a complete response becomes intermediate.

    Returns
    -------
    MrdStatus
        Status, class, and the study's rule.

    Notes
    -----
    Shares are compared as fractions of whole numbers, so that rounding decides
    nothing: 20 events of 200,000 are 0.01 % and not a little more or less. What is
    not detected is negative only where the limit of detection is no higher than the
    cut. The rule of the study, MRD below 0.01 %, is given as it is and called
    unsupported where the limit of detection lies above.
    """
    if sensitivity is None:
        return MrdStatus(NOT_EVALUABLE, "NE", "")
    status = _status(sensitivity)
    mrd_class = CLASSES[status]
    if is_limited:
        status += LIMITED
        mrd_class = "intermediate" if mrd_class == "CR" else mrd_class
    return MrdStatus(status, mrd_class, _paper_rule(sensitivity))


def _status(found: MrdSensitivity) -> str:
    """Go through the table of statuses from the top."""
    if found.is_quantified:
        return "POS_QUANT" if found.reaches_cut else "POS_QUANT_LOW"
    if found.is_detected:
        return "POS_NOT_QUANT_GE_CUT" if found.reaches_cut else "POS_NOT_QUANT"
    if not found.can_exclude_cut:
        return "INADEQUATE"
    return "NEG_BELOW_LOD" if found.n_events else "NEG"


def _paper_rule(found: MrdSensitivity) -> PaperRule:
    """Apply the rule of the study: negative is below the cut."""
    if found.reaches_cut:
        return "positive"
    return "negative" if found.can_exclude_cut else "negative_unsupported"


def status_sentence(found: MrdSensitivity, denominator: str) -> str:
    """Say the status of a tube in words.

    Parameters
    ----------
    found : MrdSensitivity
        Its arithmetic.
    denominator : str
        Code of what is 100 %: `NUC`.

    Returns
    -------
    str
        "31 events of 412,000 nucleated cells: 0.0075 % (0.0051-0.0107). Detectable,
        below the limit of quantification ...".
    """
    cells = DENOMINATOR_WORDS[denominator]
    events = f"{found.n_events:,} event{'s' if found.n_events != 1 else ''}"
    cut = found.cut_percent
    low, high = found.mrd_percent_lo95, found.mrd_percent_hi95
    counted = (
        f"{events} of {found.n_denominator:,} {cells}: "
        f"{percent_text(found.mrd_percent, cut)} % "
        f"({percent_text(low, cut)}-{percent_text(high, cut)})."
    )
    return f"{counted} {_meaning(found, cells)}"


def _meaning(found: MrdSensitivity, cells: str) -> str:
    """Say what the counts mean, by status."""
    cut = f"{found.cut_percent:g} %"
    lod = f"{percent_text(found.lod_percent, found.cut_percent)} %"
    lloq = f"{percent_text(found.lloq_percent, found.cut_percent)} %"
    if found.lod_source == "events":
        lloq = f"{found.lloq_events} events, {lloq}"
    few = "Suspicious events, too few for a finding"
    unseen = few if found.n_events else "Not detected"
    meanings = {
        "POS_QUANT": f"Quantifiable, {cut} or more.",
        "POS_QUANT_LOW": f"Quantifiable, positive below {cut}.",
        "POS_NOT_QUANT_GE_CUT": f"Detectable, {cut} or more; below the limit of "
        f"quantification ({lloq}), so that the percentage is approximate.",
        "POS_NOT_QUANT": f"Detectable, below the limit of quantification ({lloq}).",
        "NEG_BELOW_LOD": f"{few}; the limit of detection is {lod}.",
        "NEG": f"Not detected; the limit of detection is {lod}.",
        "INADEQUATE": f"{unseen}, but the limit of detection, {lod}, lies above {cut}. "
        f"{_needed(found, cells)}",
    }
    return meanings[_status(found)]


def _needed(found: MrdSensitivity, cells: str) -> str:
    """Say that this is no negative result, and what would take it to one."""
    if found.events_for_lod is None:
        return (
            "This is not a negative result; blank samples show as much, and more "
            "cells would not help."
        )
    return (
        "This is not a negative result; it would take "
        f"{found.events_for_lod:,} {cells}."
    )


_FEWEST_DECIMALS = ((10.0, 1), (0.1, 2), (0.0, 4))
_MOST_DECIMALS = 10


def percent_text(value: float, cut_percent: float) -> str:
    """Write a percentage so that no rounding puts it on the cut.

    Parameters
    ----------
    value : float
        In percent, 0 or more.
    cut_percent : float
        A value that is not the cut is never written as it.

    Returns
    -------
    str
        Two significant digits at least: `0.0075`, `0.00008`, `12.3`; `0` for 0.

    Examples
    --------
    >>> percent_text(0.00752, 0.01), percent_text(0.010004, 0.01)
    ('0.0075', '0.010004')
    """
    if value == 0:
        return "0"
    decimals = next(number for least, number in _FEWEST_DECIMALS if value >= least)
    while decimals < _MOST_DECIMALS:
        text = f"{value:.{decimals}f}"
        is_on_cut = float(text) == cut_percent and value != cut_percent
        has_digits = len(text.replace(".", "").lstrip("0")) > 1
        if has_digits and not is_on_cut:
            return text
        decimals += 1
    return f"{value:.{_MOST_DECIMALS}f}"
