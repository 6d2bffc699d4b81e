"""List what the study prints of lymphocyte counts, as numbers to be met.

Counts are in 1e9/L, percentages are of the lymphocytes. `None` is a number that the
study does not print, or that its own other numbers exclude (see `EXCLUDED`).
"""

from dataclasses import dataclass

ANALYTES = (
    "CD3",
    "CD4",
    "CD8",
    "NK",
    "CD19",
    "LYMPH",
    "CD4_CD8_RATIO",
    "CD3_PCT",
    "CD4_PCT",
    "CD8_PCT",
    "NK_PCT",
    "CD19_PCT",
)

Printed = tuple[str | None, str | None, str | None]
"""Median, minimum and maximum as printed."""

NOTHING: Printed = (None, None, None)


@dataclass(frozen=True)
class PairedTarget:
    """One contrast of two visits.

    Attributes
    ----------
    claim : str
        Row of the study's claims.
    subset : str
        `all`, `14d` or `21/28d`.
    analyte : str
        One of `ANALYTES`.
    before, after : tuple of str or None
        Median, minimum and maximum.
    p : str
        As printed, with `<` before a bound; `>=0.05` for no more than "not
        significant", empty for no more than "increased".
    direction : int
        1 for a rise, -1 for a fall, 0 where the rank sum may go either way.
    """

    claim: str
    subset: str
    analyte: str
    before: Printed
    after: Printed
    p: str
    direction: int


@dataclass(frozen=True)
class GroupTarget:
    """One contrast of two groups.

    Attributes
    ----------
    claim : str
        Row of the study's claims.
    kind : str
        `change` between the visits of R/R + CR-MRDpos v CR-MRDneg, `response` for the
        first sample of CR v NR, `mrd` for that of MRD-negative after v not.
    analyte : str
        One of `ANALYTES`.
    first, second : tuple of str or None
        Median, minimum and maximum of the two groups.
    p : str
        As in `PairedTarget`.
    direction : int
        1 where the first group has the larger values, -1 where the second has, 0
        where the study tells nothing.
    """

    claim: str
    kind: str
    analyte: str
    first: Printed
    second: Printed
    p: str
    direction: int


PAIRED = (
    PairedTarget(
        "f1.cd3_abs", "all", "CD3",
        ("0.96", "0.03", "3.79"), ("1.13", "0.26", "7.74"), "0.016", 1,
    ),
    PairedTarget(
        "f1.cd4_abs", "all", "CD4",
        ("0.35", "0.01", "1.39"), ("0.47", "0.07", "2.94"), "0.005", 1,
    ),
    PairedTarget(
        "f1.cd8_abs", "all", "CD8",
        ("0.41", "0.01", "2.39"), ("0.56", "0.07", "6.07"), "0.006", 1,
    ),
    PairedTarget("f1.cd3_pct", "all", "CD3_PCT", NOTHING, NOTHING, "0.008", 1),
    PairedTarget("f1.cd4_pct", "all", "CD4_PCT", NOTHING, NOTHING, "0.025", 1),
    PairedTarget("f1.cd8_pct", "all", "CD8_PCT", NOTHING, NOTHING, "0.054", 1),
    PairedTarget(
        "f1.ratio", "all", "CD4_CD8_RATIO",
        ("0.85", "0.37", "4.92"), ("0.78", "0.21", "4.84"), "0.532", 0,
    ),
    PairedTarget(
        "f1.nk_abs", "all", "NK",
        ("0.12", "0.00", "0.63"), ("0.15", "0.03", "0.74"), "0.024", 1,
    ),
    PairedTarget("f1.nk_pct", "all", "NK_PCT", NOTHING, NOTHING, ">=0.05", 0),
    PairedTarget(
        "f1.b_abs", "all", "CD19",
        ("0.007", "0.00", "1.12"), ("0.00", "0.00", "0.11"), "<0.0001", -1,
    ),
    PairedTarget(
        "f1.b_pct", "all", "CD19_PCT",
        ("1.39", "0.00", "34.48"), ("0.00", "0.00", "2.43"), "<0.0001", -1,
    ),
    PairedTarget("f1.alc", "all", "LYMPH", NOTHING, NOTHING, ">=0.05", 0),
    PairedTarget(
        "d14.nk", "14d", "NK",
        ("0.12", "0.00", "0.63"), ("0.18", "0.03", "0.74"), "0.013", 1,
    ),
    PairedTarget("d14.cd3", "14d", "CD3", NOTHING, NOTHING, "", 1),
    PairedTarget("d14.cd4", "14d", "CD4", NOTHING, NOTHING, "", 1),
    PairedTarget("d14.cd8", "14d", "CD8", NOTHING, NOTHING, "", 1),
    PairedTarget(
        "d21.cd3", "21/28d", "CD3",
        ("0.80", "0.03", "1.86"), ("1.01", "0.33", "7.74"), "0.033", 1,
    ),
    PairedTarget(
        "d21.cd4", "21/28d", "CD4",
        ("0.42", "0.01", "0.72"), ("0.47", "0.12", "1.25"), "0.092", 1,
    ),
    PairedTarget("d21.cd8", "21/28d", "CD8", NOTHING, NOTHING, "0.470", 0),
    PairedTarget("d21.nk", "21/28d", "NK", NOTHING, NOTHING, "0.850", 0),
)  # fmt: skip

GROUPS = (
    GroupTarget(
        "f2.cd3", "change", "CD3",
        ("0.57", "-1.08", "6.07"), ("0.12", "-1.83", "3.34"), "0.047", 1,
    ),
    GroupTarget(
        "f2.cd4", "change", "CD4",
        ("0.24", "-0.55", "1.81"), ("0.03", "-0.73", "1.19"), "0.039", 1,
    ),
    GroupTarget(
        "f2.cd8", "change", "CD8",
        ("0.16", "-0.48", "5.21"), ("0.11", "-0.58", "1.33"), "0.174", 1,
    ),
    GroupTarget(
        "f2.b", "change", "CD19",
        ("-0.03", "-1.12", "0.00"), ("-0.004", "-0.35", "0.08"), "0.017", -1,
    ),
    GroupTarget("f2.nk", "change", "NK", NOTHING, NOTHING, ">=0.05", 0),
    GroupTarget("f2.lymphocytes", "change", "LYMPH", NOTHING, NOTHING, ">=0.05", 0),
    GroupTarget("f2.ratio", "change", "CD4_CD8_RATIO", NOTHING, NOTHING, ">=0.05", 0),
    GroupTarget(
        "t2.alc", "response", "LYMPH",
        ("0.96", "0.05", "4.44"), ("0.19", "0.10", "1.81"), "0.270", 1,
    ),
    GroupTarget(
        "t2.cd3", "response", "CD3",
        ("0.71", "0.03", "3.79"), ("0.24", "0.08", "1.67"), "0.359", 1,
    ),
    GroupTarget(
        "t2.cd3pct", "response", "CD3_PCT",
        ("78.59", "42.49", "94.64"), ("85.80", "62.78", "94.62"), "0.443", -1,
    ),
    GroupTarget(
        "t2.cd4", "response", "CD4",
        ("0.39", "0.01", "1.12"), ("0.11", "0.03", "0.72"), "0.358", 1,
    ),
    GroupTarget(
        "t2.cd4pct", "response", "CD4_PCT",
        ("33.24", "15.98", "66.30"), ("38.25", "20.75", "49.90"), "0.696", -1,
    ),
    GroupTarget(
        "t2.cd8", "response", "CD8",
        ("0.36", "0.01", "2.39"), ("0.09", "0.02", "0.94"), "0.480", 1,
    ),
    GroupTarget(
        "t2.cd8pct", "response", "CD8_PCT",
        ("34.19", "9.82", "60.20"), ("34.72", "22.62", "54.91"), "0.856", 0,
    ),
    GroupTarget(
        "t2.b", "response", "CD19",
        ("0.03", "0.00", "1.12"), ("0.001", "0.00", "0.02"), "0.046", 1,
    ),
    GroupTarget(
        "t2.bpct", "response", "CD19_PCT",
        ("3.01", "0.00", "38.30"), ("0.27", "0.00", "1.40"), "0.041", 1,
    ),
    GroupTarget("s3.b", "mrd", "CD19", NOTHING, NOTHING, "0.065", 1),
)  # fmt: skip

EXCLUDED = {
    ("t2.alc", "second", 0): (
        "fewer lymphocytes (0.19) than CD3+ cells (0.24) cannot be in the same nine"
    ),
}
"""Printed numbers that no cohort can meet, and why."""

_T_SUM = (
    "with the printed extremes of CD4 and CD8 too many T cells would have neither, "
    "which quality control refuses"
)
DOUBTED = {
    ("f2.cd3", "second", 1): _T_SUM,
    ("f2.cd3", "second", 2): _T_SUM,
}
"""Printed numbers that stand against other wishes, which may win."""
