"""Hold what the arithmetic says of residual leukaemia, and the verdict on it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import isnan
from typing import Literal

from cytoflow_blina.domain.mrd import Cd19, TubeMrd

MrdClass = Literal["CR", "intermediate", "failure", "NE"]
"""MRD CR, MRD intermediate, MRD failure (ELN and ASH), not evaluable."""

PaperRule = Literal["positive", "negative", "negative_unsupported", ""]
"""MRD below 0.01 % or not; unsupported where the limit of detection lies above it."""

NOT_EVALUABLE = "NOT_EVALUABLE"
LIMITED = "_LIMITED"
"""Ending of a status whose sample or gating could hide residual leukaemia."""

STATUSES = (
    NOT_EVALUABLE,
    "POS_QUANT",
    "POS_QUANT_LOW",
    "POS_NOT_QUANT_GE_CUT",
    "POS_NOT_QUANT",
    "NEG_BELOW_LOD",
    "INADEQUATE",
    "NEG",
)
"""Every status without its ending, in the order in which they are considered."""


def exact_share(value_percent: float) -> Fraction:
    """Take a percentage as the share that it is written as, without rounding.

    Parameters
    ----------
    value_percent : float
        A limit as a person wrote it: 0.01.

    Returns
    -------
    Fraction
        1/10000 for 0.01, which no float holds.
    """
    return Fraction(repr(float(value_percent))) / 100


@dataclass(frozen=True)
class MrdSensitivity:
    """Events, percentages, and how little could have been seen.

    Attributes
    ----------
    n_events, n_denominator : int
        MRD events, and events of what is 100 %, 1 or more.
    profile : str
        Name of the event rule.
    lod_events, lloq_events : int
        Events that it takes for a finding, and for a number.
    cut_percent : float
        MRD in percent that the class turns on.
    mrd_percent : float
        100 n/N, whatever the limits.
    mrd_percent_lo95, mrd_percent_hi95 : float
        Its exact 95 % interval (Garwood).
    counting_upper_percent : float
        Its one-sided upper 95 % limit, of counting alone.
    blank_lod_percent : float
        Limit of detection by blank samples; NaN where there are none.
    lod_percent, lloq_percent : float
        The larger of what events and blank samples allow.
    lod_source : {"events", "blank"}
        Which of them that is.
    events_for_lod, events_for_lloq : int or None
        Denominator events for a limit of detection, and of quantification, no higher
        than the cut; None where blank samples forbid it, however many.
    events_to_detect, events_to_quantify : int
        Denominator events among which MRD at the cut shows enough events for a
        finding, and for a number, in 95 % of samples.
    """

    n_events: int
    n_denominator: int
    profile: str
    lod_events: int
    lloq_events: int
    cut_percent: float
    mrd_percent: float
    mrd_percent_lo95: float
    mrd_percent_hi95: float
    counting_upper_percent: float
    blank_lod_percent: float
    lod_percent: float
    lloq_percent: float
    lod_source: Literal["events", "blank"]
    events_for_lod: int | None
    events_for_lloq: int | None
    events_to_detect: int
    events_to_quantify: int

    @property
    def reaches_cut(self) -> bool:
        """Whether n/N is the cut or more, exactly."""
        share = Fraction(self.n_events, self.n_denominator)
        return share >= exact_share(self.cut_percent)

    @property
    def is_detected(self) -> bool:
        """Whether there are events enough for a finding, and more than in blanks."""
        exceeds_blanks = (
            isnan(self.blank_lod_percent) or self.mrd_percent >= self.blank_lod_percent
        )
        return self.n_events >= self.lod_events and exceeds_blanks

    @property
    def is_quantified(self) -> bool:
        """Whether there are events enough for a number."""
        return self.is_detected and self.n_events >= self.lloq_events

    @property
    def can_exclude_cut(self) -> bool:
        """Whether the limit of detection is the cut or less, exactly."""
        event_lod = Fraction(self.lod_events, self.n_denominator)
        return (
            event_lod <= exact_share(self.cut_percent)
            and self.lod_percent <= self.cut_percent
        )

    @property
    def upper_percent(self) -> float:
        """What MRD lies below where it was not detected.

        Counting alone would allow less, but a cluster smaller than the limit of
        detection is not recognised: no claim goes below that limit.
        """
        return max(self.counting_upper_percent, self.lod_percent)


@dataclass(frozen=True)
class MrdLimitation:
    """One thing that a verdict cannot see.

    Attributes
    ----------
    code : str
        `hemodiluted`, `low_viability`, `cd19_only`, `approximate_denominator`, ...
    text : str
        In words, without a semicolon.
    is_limiting : bool
        Whether the status ends in `_LIMITED` for it, and a CR becomes intermediate.
    """

    code: str
    text: str
    is_limiting: bool


@dataclass(frozen=True)
class MrdVerdict:
    """What is said of one tube.

    Attributes
    ----------
    tube : str
        Id of the tube; empty in a panel of one, and where none could be judged.
    mrd : TubeMrd or None
        What was found; None where the tube was not processed.
    denominator : str
        Code of what is 100 %; empty where the tube was not processed.
    sensitivity : MrdSensitivity or None
        The arithmetic; None where the tube is not evaluable.
    status : str
        One of `STATUSES`, with `_LIMITED` where that holds.
    mrd_class : {"CR", "intermediate", "failure", "NE"}
        The class.
    paper_rule : {"positive", "negative", "negative_unsupported", ""}
        The rule of the study; empty where not evaluable.
    cd19 : {"positive", "dim", "negative", "mixed", ""}
        CD19 over all candidates.
    cd19_positive_percent : float
        Their events with CD19, in percent; NaN where not measured.
    limitations : tuple of MrdLimitation
        What the verdict cannot see.
    flags : tuple of str
        What a reader should know.
    sentence : str
        The verdict in words.
    reason : str
        Why not evaluable; empty otherwise.
    """

    tube: str
    mrd: TubeMrd | None
    denominator: str
    sensitivity: MrdSensitivity | None
    status: str
    mrd_class: MrdClass
    paper_rule: PaperRule
    cd19: Cd19
    cd19_positive_percent: float
    limitations: tuple[MrdLimitation, ...]
    flags: tuple[str, ...]
    sentence: str
    reason: str = ""
