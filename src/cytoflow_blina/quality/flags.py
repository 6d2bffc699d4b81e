"""Flag populations and tubes that a reader of the counts should know about.

A flag informs: it stands among the `qc_flags` of the rows that it concerns and fails
nothing. Its limits stand in the limits document with those of the checks; a value
outside what passes raises it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from cytoflow_blina.domain.counting import CountRow
from cytoflow_blina.domain.finding import CheckLimits, Verdict
from cytoflow_blina.domain.population import percent
from cytoflow_blina.quality.check import Measured, judge
from cytoflow_blina.quality.measurements import TubeMeasurements

FEWEST_T_CELLS = 50
"""Fewer T cells tell nothing about the share of a part of them (design choice)."""

FEWEST_CD45DIM = 20
"""Fewer CD45dim CD19+ events are no population (design choice)."""


@dataclass(frozen=True)
class Flag:
    """One flag.

    Attributes
    ----------
    code : str
        Its name in `counts.csv` and in the limits document: `FLAG_DN_HIGH`.
    unit : str
        Unit of value and limits.
    measure : callable
        Takes the measurements of a tube; None where the flag does not apply.
    populations : tuple of str
        Rows that it concerns, by their names in `counts.csv`; all of the tube where
        empty.
    """

    code: str
    unit: str
    measure: Callable[[TubeMeasurements], float | None]
    populations: tuple[str, ...] = ()


def double_positives(tube: TubeMeasurements) -> float | None:
    """Take CD4+CD8+ events in percent of the T cells; many are raised.

    Parameters
    ----------
    tube : TubeMeasurements
        What was measured.

    Returns
    -------
    float or None
        In percent; None below 50 T cells, or where not measured.

    Notes
    -----
    Above 5 %: design choice. They are counted in CD4 and in CD8.
    """
    return _share_of_t_cells(tube, "DPT")


def double_negatives(tube: TubeMeasurements) -> float | None:
    """Take CD4-CD8- events in percent of the T cells; many are raised.

    Parameters
    ----------
    tube : TubeMeasurements
        What was measured.

    Returns
    -------
    float or None
        In percent; None below 50 T cells, or where not measured.

    Notes
    -----
    Above 10 %: design choice. Gamma-delta T cells make CD4 + CD8 less than CD3.
    """
    return _share_of_t_cells(tube, "DNT")


def nkt_like(tube: TubeMeasurements) -> float | None:
    """Take CD3+ events with CD16 or CD56 in percent of the T cells; many are raised.

    Parameters
    ----------
    tube : TubeMeasurements
        What was measured.

    Returns
    -------
    float or None
        In percent; None below 50 T cells, or where not measured.

    Notes
    -----
    Above 15 %: design choice. They are T cells, and no NK cells.
    """
    return _share_of_t_cells(tube, "NKTLIKE")


def cd45dim_cd19pos(tube: TubeMeasurements) -> float | None:
    """Take CD45dim CD19+ events in percent of the leukocytes; many are raised.

    Parameters
    ----------
    tube : TubeMeasurements
        What was measured.

    Returns
    -------
    float or None
        In percent; None without a gate for them, 0 below 20 events.

    Notes
    -----
    From 1 %: design choice. Blasts or precursors, never counted as B lymphocytes; a
    sample that has them is looked at.
    """
    n_events = tube.quality.n_cd45dim_cd19pos
    if n_events is None:
        return None
    if n_events < FEWEST_CD45DIM:
        return 0.0
    return percent(n_events, tube.quality.n_leukocytes)


def few_b_cells(tube: TubeMeasurements) -> float | None:
    """Count B cells where there are any; few are raised, none is not.

    Parameters
    ----------
    tube : TubeMeasurements
        What was measured.

    Returns
    -------
    float or None
        Events; None without B cells, or where not measured.

    Notes
    -----
    Below 20: design choice after the limit of detection that clusters of events have
    (ICCS). No B cells at all are what the treatment is for.
    """
    share = tube.percent("CD19")
    if not share or share != share:  # noqa: PLR0124  NaN of an empty gate
        return None
    return float(round(share * tube.n_lymphocytes / 100))


def time_wrapped(tube: TubeMeasurements) -> float:
    """Tell whether Time starts again within the file; it is raised then.

    Parameters
    ----------
    tube : TubeMeasurements
        What was measured.

    Returns
    -------
    float
        1 where it does, otherwise 0.

    Notes
    -----
    A clock of 10 bits runs over in long acquisitions. The events are whole; what needs
    Time is not measured.
    """
    return float(tube.quality.time.is_wrapped)


def no_beads(tube: TubeMeasurements) -> float | None:
    """Tell whether a tube that is counted by beads has none; it is raised then.

    Parameters
    ----------
    tube : TubeMeasurements
        What was measured.

    Returns
    -------
    float or None
        1 where it has none, otherwise 0; None where beads are not counted.

    Notes
    -----
    Cells per microlitre cannot be computed; QC_N_BEADS fails as well.
    """
    return float(not tube.n_beads) if tube.count_method == "bead" else None


FLAGS = (
    Flag("FLAG_DP_HIGH", "%", double_positives, ("CD3", "CD4", "CD8", "DPT")),
    Flag("FLAG_DN_HIGH", "%", double_negatives, ("CD3", "CD4", "CD8", "DNT")),
    Flag("FLAG_NKT_HIGH", "%", nkt_like, ("CD3", "NK", "NKTLIKE")),
    Flag("FLAG_CD45DIM_CD19POS", "%", cd45dim_cd19pos),
    Flag("FLAG_B_BELOW_COUNT_LIMIT", "events", few_b_cells, ("CD19",)),
    Flag("FLAG_TIME_WRAPPED", "1", time_wrapped),
    Flag("FLAG_NO_BEADS", "1", no_beads),
)

LOOK_FLAGS: Mapping[str, str] = MappingProxyType(
    {
        "FLAG_CD45DIM_CD19POS": "CD45dim CD19+ events were seen, as leukaemic blasts "
        "are (FLAG_CD45DIM_CD19POS)."
    }
)
"""Flags with which a sample is not released without a look, in words."""


def raised_flags(
    tube: TubeMeasurements, limits: Mapping[str, CheckLimits]
) -> tuple[Flag, ...]:
    """List the flags of a tube.

    Parameters
    ----------
    tube : TubeMeasurements
        What was measured.
    limits : mapping of str to CheckLimits
        By code, for every flag.

    Returns
    -------
    tuple of Flag
        In the order of `FLAGS`; what was not measured raises none.
    """
    raised = []
    for flag in FLAGS:
        value = flag.measure(tube)
        if value is None:
            continue
        verdict = judge(Measured(value, ""), limits[flag.code])
        if verdict in {Verdict.WARN, Verdict.FAIL}:
            raised.append(flag)
    return tuple(raised)


def flag_rows(
    rows: Iterable[CountRow], raised: Mapping[str, tuple[Flag, ...]]
) -> tuple[CountRow, ...]:
    """Write flags into the rows that they concern.

    Parameters
    ----------
    rows : iterable of CountRow
        The rows of one sample; flags that they bear are kept.
    raised : mapping of str to tuple of Flag
        Flags of each tube by its id, `raised_flags`.

    Returns
    -------
    tuple of CountRow
        With `qc_flags` in alphabetical order.
    """
    return tuple(_flagged(row, raised) for row in rows)


def _flagged(row: CountRow, raised: Mapping[str, tuple[Flag, ...]]) -> CountRow:
    """Write into one row what concerns it."""
    codes = {
        flag.code
        for tube in row.source_tube or ("",)
        for flag in raised.get(tube, ())
        if not flag.populations or row.population in flag.populations
    }
    return replace(row, qc_flags=tuple(sorted({*row.qc_flags, *codes})))


def _share_of_t_cells(tube: TubeMeasurements, population: str) -> float | None:
    """Share of the T cells, in percent; None where these are few."""
    part, whole = tube.percent(population), tube.percent("CD3")
    if part is None or whole is None:
        return None
    if not whole * tube.n_lymphocytes / 100 >= FEWEST_T_CELLS:
        return None
    return percent(part, whole)
