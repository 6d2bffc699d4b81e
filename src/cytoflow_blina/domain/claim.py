"""Hold the quantitative claims of a published study, and what is found of each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import nan

Counts = tuple[tuple[float | None, ...], ...]
"""Rows of printed counts or values; None where the paper prints a dash."""


class Kind(StrEnum):
    """What can be asked of a claim."""

    EXACT = "exact"
    """Recomputed from printed counts."""
    RECONSTRUCTED = "reconstructed"
    """Rebuilt from printed n and events."""
    DISTRIBUTION = "distribution"
    """A matter of the patients' own values."""
    DESCRIPTIVE = "descriptive"
    """Counted, not tested."""


class Verdict(StrEnum):
    """What became of a claim."""

    REPRODUCED = "reproduced"
    """Computed from printed counts, or n and events, to the printed digits."""
    CONSISTENT = "consistent"
    """Seen in a fitted or simulated cohort, or in counts that were inferred."""
    NOT_RECOMPUTABLE = "not_recomputable"
    """The paper prints nothing that it could be computed from."""
    DISCREPANCY = "discrepancy"
    """The paper's own numbers say otherwise."""


@dataclass(frozen=True)
class Claim:
    """One quantitative claim, as printed.

    Numbers are text, since the digits that a paper prints matter; empty where it
    prints none.

    Attributes
    ----------
    id : str
        Short name: `t1.gender`.
    section, quantity : str
        Where it stands, and of what it speaks.
    group_a, group_b, timepoint : str
        What is compared, and when.
    n_a, n_b : str
        Sizes of the groups; of a share its count and its total, or the total alone
        in `n_b`.
    unit, summary : str
        Unit and form of the values.
    a_value, a_min, a_max, b_value, b_min, b_max, se_a, se_b : str
        The values; several of one side are parted by ` | ` or `/`.
    test_named : str
        Test that the paper names.
    published_p : str
        P value, without sign.
    p_op : {"=", "<", ""}
        Sign before it; empty without P.
    significant, direction : str
        What the paper says of it.
    kind : Kind
        What can be asked of it.
    counts : tuple of tuple of float or None
        Printed counts, a row for each group; or values, a row for each case.
    notes : str
        What is worth knowing about the printed place.
    """

    id: str
    section: str
    quantity: str
    group_a: str
    group_b: str
    timepoint: str
    n_a: str
    n_b: str
    unit: str
    summary: str
    a_value: str
    a_min: str
    a_max: str
    b_value: str
    b_min: str
    b_max: str
    se_a: str
    se_b: str
    test_named: str
    published_p: str
    p_op: str
    significant: str
    direction: str
    kind: Kind
    counts: Counts
    notes: str


@dataclass(frozen=True)
class ClaimVerdict:
    """What was found of one claim.

    Attributes
    ----------
    verdict : Verdict
        What became of the claim.
    ours : str
        Our numbers, each percentage with its n.
    reason : str
        Why, for a reader of the paper.
    test : str
        Test that was made; empty without one.
    our_p : float
        Its two-sided P; NaN without one.
    p_verdict : Verdict or None
        What became of the printed P; None where none is printed.
    method : str
        How our numbers were had.
    """

    verdict: Verdict
    ours: str
    reason: str
    test: str = ""
    our_p: float = nan
    p_verdict: Verdict | None = None
    method: str = ""


@dataclass(frozen=True)
class ClaimResult:
    """One row of `reproduction.csv`; the fields are the columns.

    `published_p` is the P as printed, with its sign where that is not `=`. For claims
    that a cytometer answers, `share_of_seeds` of `n_seeds` cytometers showed the
    published direction and significance, with `median_p_of_seeds`.
    """

    id: str
    section: str
    kind: str
    quantity: str
    published: str
    ours: str
    test: str
    verdict: str
    reason: str
    published_p: str
    our_p: float
    p_verdict: str
    method: str
    share_of_seeds: float = nan
    n_seeds: int | None = None
    median_p_of_seeds: float = nan


@dataclass(frozen=True)
class RateRow:
    """One row of `rates.csv`, a printed survival rate; the fields are the columns.

    `claim` names every place that prints the rate, parted by `;`, each with the side
    on which it stands there (`km.efs_3.c`). `risk_sets` are those at risk and their
    events in the order of time: `10:1;8:1`. Rates and standard errors are percentages;
    `published_se` is empty where none is printed. `matches` says whether all printed
    digits come out.
    """

    claim: str
    group: str
    endpoint: str
    n: int
    n_events: int
    risk_sets: str
    published_rate: str
    published_se: str
    rate: float
    se: float
    matches: bool
