"""Put the codes of a verdict on residual leukaemia into words."""

from __future__ import annotations

from math import isnan

from cytoflow_blina.domain.mrd_verdict import LIMITED, NOT_EVALUABLE
from cytoflow_blina.figures.number_format import MISSING
from cytoflow_blina.mrd.rules import LARGEST_CUT_PERCENT
from cytoflow_blina.mrd.status import percent_text
from cytoflow_blina.report.collect import Row, number, text
from cytoflow_blina.report.verdicts import Badge

NOT_DETECTED = ("NEG", "NEG_BELOW_LOD")

_STATUS = {
    "POS_QUANT": "MRD detected: {cut} or more",
    "POS_QUANT_LOW": "MRD detected, below {cut}",
    "POS_NOT_QUANT_GE_CUT": "MRD detected: {cut} or more, approximately",
    "POS_NOT_QUANT": "MRD detected, too few events for a number",
    "NEG_BELOW_LOD": (
        "MRD not detected; suspicious events, fewer than the limit of detection"
    ),
    "NEG": "MRD not detected",
    "INADEQUATE": "Inadequate, not negative: the limit of detection lies above {cut}",
    NOT_EVALUABLE: "Not evaluable",
}
_CLASSES = {
    "failure": Badge("bad", "MRD failure", 0),
    "NE": Badge("none", "Not evaluable", 1),
    "intermediate": Badge("look", "MRD intermediate", 2),
    "CR": Badge("good", "MRD CR", 3),
}
_CLASS_MEANING = {
    "failure": "{cut} or more",
    "intermediate": (
        "positive below {cut} or not quantifiable, or negative with a sensitivity, "
        "sample or gating that does not suffice"
    ),
    "CR": "not detected, with a limit of detection of {cut} or less",
    "NE": "nothing may be said",
}
_PAPER_RULE = {
    "positive": "positive: {cut} or more",
    "negative": "negative: below {cut}",
    "negative_unsupported": (
        "below {cut}, which is not supported: the limit of detection lies above"
    ),
}
CD19_WORDS = {
    "positive": "positive",
    "dim": "dim",
    "negative": "negative: CD19 was lost",
    "mixed": "mixed: some of it lacks CD19",
}


def cut_of(row: Row) -> float:
    """Find the percentage that the class of a row turns on.

    Parameters
    ----------
    row : Row
        A row of `mrd.csv`.

    Returns
    -------
    float
        From the events that a limit of detection at the cut takes; 0.01 where those
        are not known.
    """
    events, needed = number(row, "lod_events"), number(row, "events_for_lod")
    if isnan(events) or not needed > 0:
        return LARGEST_CUT_PERCENT
    return float(f"{100 * events / needed:.3g}")


def mrd_percent(value: float, cut: float) -> str:
    """Write a percentage of MRD.

    Parameters
    ----------
    value : float
        In percent; NaN where not known.
    cut : float
        What no rounding may reach.

    Returns
    -------
    str
        `0.0075 %`; a dash where not known.
    """
    return f"{percent_number(value, cut)}\u202f%" if not isnan(value) else MISSING


def percent_number(value: float, cut: float) -> str:
    """Write a percentage of MRD without its sign.

    Parameters
    ----------
    value : float
        In percent; NaN where not known.
    cut : float
        What no rounding may reach.

    Returns
    -------
    str
        `0.0075`; a dash where not known.
    """
    if isnan(value):
        return MISSING
    return f"{cut:g}" if value == cut else percent_text(value, cut)


def percent_interval(row: Row, cut: float) -> str:
    """Write the 95 % interval of MRD.

    Parameters
    ----------
    row : Row
        A row with `mrd_percent_lo95` and `mrd_percent_hi95`.
    cut : float
        What no rounding may reach.

    Returns
    -------
    str
        `0.0051–0.0107`; empty where not known.
    """
    low, high = number(row, "mrd_percent_lo95"), number(row, "mrd_percent_hi95")
    if isnan(low) or isnan(high):
        return ""
    return f"{percent_number(low, cut)}–{percent_number(high, cut)}"


def plain_status(row: Row) -> str:
    """Give the status of a row without its ending.

    Parameters
    ----------
    row : Row
        A row with `status`.

    Returns
    -------
    str
        `NEG` of `NEG_LIMITED`.
    """
    return text(row, "status").removesuffix(LIMITED)


def is_detected(row: Row) -> bool:
    """Tell whether MRD was detected.

    Parameters
    ----------
    row : Row
        A row with `status`.

    Returns
    -------
    bool
        False where it is not evaluable.
    """
    return plain_status(row).startswith("POS")


def is_evaluable(row: Row) -> bool:
    """Tell whether anything may be said of MRD.

    Parameters
    ----------
    row : Row
        A row with `status`.

    Returns
    -------
    bool
        False for a row without a status too.
    """
    return plain_status(row) not in {NOT_EVALUABLE, ""}


def status_words(row: Row) -> str:
    """Say the status of a row.

    Parameters
    ----------
    row : Row
        A row of `mrd.csv`.

    Returns
    -------
    str
        In words; a code that is not known stays as it is.
    """
    status = plain_status(row)
    words = _fill(_STATUS.get(status, status or NOT_EVALUABLE), row)
    is_limited = text(row, "status").endswith(LIMITED)
    return f"{words}, with limitations" if is_limited else words


def class_badge(row: Row) -> Badge:
    """Give the badge of the class of a row.

    Parameters
    ----------
    row : Row
        A row of `mrd.csv`.

    Returns
    -------
    Badge
        Green for a complete response alone, and only where the status is one of a
        sample without detectable MRD.
    """
    name = text(row, "class")
    badge = _CLASSES.get(name, Badge("none", name or "No class", 1))
    if badge.kind == "good" and text(row, "status") not in NOT_DETECTED:
        return Badge("look", badge.word, 2)
    return badge


def class_words(row: Row) -> str:
    """Say what the class of a row means.

    Parameters
    ----------
    row : Row
        A row of `mrd.csv`.

    Returns
    -------
    str
        Empty for a class that is not known.
    """
    return _fill(_CLASS_MEANING.get(text(row, "class"), ""), row)


def paper_rule_words(row: Row) -> str:
    """Say what the rule of the study makes of a row.

    Parameters
    ----------
    row : Row
        A row of `mrd.csv`.

    Returns
    -------
    str
        A dash where it is not evaluable.
    """
    return _fill(_PAPER_RULE.get(text(row, "paper_rule"), MISSING), row)


def sentence(words: str) -> str:
    """Make words a sentence.

    Parameters
    ----------
    words : str
        Without a full stop, or with one.

    Returns
    -------
    str
        With a capital letter and a full stop; empty for no words.
    """
    words = words.strip()
    if not words:
        return ""
    return f"{words[0].upper()}{words[1:].removesuffix('.')}."


def listed(row: Row, column: str) -> tuple[str, ...]:
    """Take a list from a row.

    Parameters
    ----------
    row : Row
        A row of any table.
    column : str
        A column of parts with semicolons between them.

    Returns
    -------
    tuple of str
        Without empty parts.
    """
    parts = (part.strip() for part in text(row, column).split(";"))
    return tuple(part for part in parts if part)


def is_true(row: Row, column: str) -> bool:
    """Take a yes or no from a row.

    Parameters
    ----------
    row : Row
        A row of any table.
    column : str
        A column of 1 and 0.

    Returns
    -------
    bool
        False where it is empty.
    """
    return text(row, column).lower() in {"1", "true"}


def _fill(words: str, row: Row) -> str:
    return words.replace("{cut}", f"{cut_of(row):g}\u202f%")
