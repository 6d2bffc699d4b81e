"""Combine the tubes of a sample into its rows of `counts.csv`.

Each tube reports its own populations against its own lymphocyte gate. What two tubes
report alike, CD3, is averaged when they agree; lymphocytes come from the one tube that
also has T, B and NK cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import isnan, nan, sqrt
from string import ascii_uppercase

from cytoflow_blina.counting.concentration import concentration, mean_concentration
from cytoflow_blina.counting.intervals import percent_interval, ratio_interval
from cytoflow_blina.domain.counting import (
    NOT_COUNTED,
    Concentration,
    CountRow,
    PopulationCount,
    ReplicateCount,
    TubeCounts,
)
from cytoflow_blina.domain.population import percent
from cytoflow_blina.domain.sample import Sample

FLAG_LYMPH_FROM_TBNK = "FLAG_LYMPH_FROM_TBNK"
FLAG_NO_BEADS = "FLAG_NO_BEADS"
FLAG_ONE_TUBE = "FLAG_ONE_TUBE"
FLAG_TUBES_DISAGREE = "FLAG_TUBES_DISAGREE"

PURITY_LIMIT_PERCENT = 95.0
"""Below it lymphocytes are T + B + NK, not the gate (design choice)."""

_LYMPH = "LYMPH"
_REPLICATED = "CD3"
_RATIO = "CD4_CD8_RATIO"
_LINEAGES = ("CD3", "CD19", "NK")


def combine_tubes(
    sample: Sample, tubes: Sequence[TubeCounts], *, replicates_fail: bool = False
) -> tuple[CountRow, ...]:
    """Write the rows of one sample, before any quality verdict.

    Parameters
    ----------
    sample : Sample
        Whose sample it is.
    tubes : sequence of TubeCounts
        Its tubes that could be gated, in any order; none gives no row.
    replicates_fail : bool, default False
        Whether a check of CD3 between the tubes failed. Then CD3 is not reported;
        CD3_A and CD3_B are: A is the first tube by its id, B the second, whatever a
        panel calls them, so that panels can stand in one table.

    Returns
    -------
    tuple of CountRow
        One for each population. Nothing is corrected by the lymphosum. Method `none`
        leaves cells/µL NaN; no event gives 0 with an upper bound.
    """
    ordered = sorted(tubes, key=lambda tube: tube.tube)
    rows = _lymphocyte_rows(sample, ordered)
    seen = {_LYMPH}
    for tube in ordered:
        for name in tube.populations:
            if name not in seen:
                seen.add(name)
                rows += _population_rows(
                    sample, name, ordered, replicates_fail=replicates_fail
                )
    rows += _ratio_rows(sample, ordered)
    if sample.count_method == "bead":
        rows = [_flag_missing_beads(row) for row in rows]
    return tuple(rows)


def cd3_by_tube(tubes: Sequence[TubeCounts]) -> dict[str, ReplicateCount]:
    """List CD3 of each tube for the checks that compare them.

    Parameters
    ----------
    tubes : sequence of TubeCounts
        The tubes of a sample.

    Returns
    -------
    dict of str to ReplicateCount
        By tube; tubes without CD3 are left out.
    """
    listed = {}
    for tube in tubes:
        if _REPLICATED in tube.populations:
            n_events = tube.populations[_REPLICATED].n_events
            listed[tube.tube] = ReplicateCount(
                n_events,
                tube.n_lymphocytes,
                concentration(n_events, tube.factor).cells_per_ul,
                tube.n_beads,
            )
    return listed


def _population_rows(
    sample: Sample, name: str, tubes: Sequence[TubeCounts], *, replicates_fail: bool
) -> list[CountRow]:
    """Report a population from the tubes that have it."""
    having = [tube for tube in tubes if name in tube.populations]
    if name != _REPLICATED or len(having) == 1:
        return [_tube_row(sample, name, having[0])]
    singles = [
        replace(_tube_row(sample, name, tube), population=f"{name}_{letter}")
        for letter, tube in zip(ascii_uppercase, having, strict=False)
    ]
    usable = [tube for tube in having if tube.is_usable] or having
    if len(usable) == 1:
        both = _flagged(_tube_row(sample, name, usable[0]), FLAG_ONE_TUBE)
    elif replicates_fail:
        both = _disagreement_row(sample, usable)
    else:
        both = _mean_row(sample, usable)
    return [both, *singles]


def _tube_row(sample: Sample, name: str, tube: TubeCounts) -> CountRow:
    """Report a population of one tube."""
    counted = tube.populations[name]
    limits = percent_interval(counted.n_events, tube.n_lymphocytes)
    row = _row(sample, name, (tube,), counted, concentration(counted[0], tube.factor))
    return replace(
        row,
        percent_of_parent=percent(counted.n_events, counted.n_parent),
        percent_of_lymphocytes=percent(counted.n_events, tube.n_lymphocytes),
        percent_lo95=limits[0],
        percent_hi95=limits[1],
    )


def _mean_row(sample: Sample, tubes: Sequence[TubeCounts]) -> CountRow:
    """Average CD3 over tubes; events are summed, percentages and cells/µL are means."""
    singles = [_tube_row(sample, _REPLICATED, tube) for tube in tubes]
    counted = [tube.populations[_REPLICATED] for tube in tubes]
    cells = mean_concentration(
        tuple((tube.n_events, t.factor) for tube, t in zip(counted, tubes, strict=True))
    )
    total = PopulationCount(
        sum(one.n_events for one in counted),
        sum(one.n_parent for one in counted),
        f"{counted[0].definition}; mean of tubes {_and(tubes)}",
        least(one.confidence for one in counted),
    )
    mean, lower, upper = _mean_percent(singles)
    return replace(
        _row(sample, _REPLICATED, tubes, total, cells),
        percent_of_parent=sum(row.percent_of_parent for row in singles) / len(singles),
        percent_of_lymphocytes=mean,
        percent_lo95=lower,
        percent_hi95=upper,
    )


def _mean_percent(rows: Sequence[CountRow]) -> tuple[float, float, float]:
    """Average percentages; their distances to the limits add as variances do.

    The limits of a mean of independent estimates are recovered from each one's own
    exact limits (Zou and Donner 2008), so they always enclose the mean.
    """
    values = [row.percent_of_lymphocytes for row in rows]
    mean = sum(values) / len(rows)
    below = sqrt(sum((r.percent_of_lymphocytes - r.percent_lo95) ** 2 for r in rows))
    above = sqrt(sum((r.percent_hi95 - r.percent_of_lymphocytes) ** 2 for r in rows))
    return mean, mean - below / len(rows), mean + above / len(rows)


def _disagreement_row(sample: Sample, tubes: Sequence[TubeCounts]) -> CountRow:
    """Report that CD3 is not reported, because the tubes contradict each other."""
    definition = tubes[0].populations[_REPLICATED].definition
    row = _row(sample, _REPLICATED, tubes, PopulationCount(0, 0), NOT_COUNTED)
    return _flagged(
        replace(
            row,
            definition=f"{definition}; not reported, tubes {_and(tubes)} disagree",
            n_events=None,
            n_parent=None,
            n_lymphocytes=None,
            n_beads=None,
            censored=False,
        ),
        FLAG_TUBES_DISAGREE,
    )


def _lymphocyte_rows(sample: Sample, tubes: Sequence[TubeCounts]) -> list[CountRow]:
    """Report lymphocytes from the tube that has T, B and NK cells, else the first."""
    if not tubes:
        return []
    usable = [tube for tube in tubes if tube.is_usable] or list(tubes)
    complete = [t for t in usable if all(name in t.populations for name in _LINEAGES)]
    tube = (complete or usable)[0]
    counted = tube.populations.get(
        _LYMPH, PopulationCount(tube.n_lymphocytes, 0, "lymphocyte gate")
    )
    if tube.factor is not None and tube.factor.lymphocytes is not None:
        row = _row(sample, _LYMPH, (tube,), counted, tube.factor.lymphocytes)
        words = f"{counted.definition}; cells/uL of the haematology analyser"
        row = replace(row, definition=words, censored=False, limit=nan)
    elif complete and tube.purity_percent < PURITY_LIMIT_PERCENT:
        row = _lineage_sum_row(sample, tube, counted)
    else:
        cells = concentration(counted.n_events, tube.factor)
        row = _row(sample, _LYMPH, (tube,), counted, cells)
    return [
        replace(
            row,
            percent_of_parent=percent(counted.n_events, counted.n_parent),
            percent_of_lymphocytes=percent(tube.n_lymphocytes, tube.n_lymphocytes),
        )
    ]


def _lineage_sum_row(
    sample: Sample, tube: TubeCounts, counted: PopulationCount
) -> CountRow:
    """Count T + B + NK cells for lymphocytes, where the gate holds other cells too."""
    n_events = sum(tube.populations[name].n_events for name in _LINEAGES)
    cells = concentration(n_events, tube.factor)
    words = (
        f"{counted.definition}; cells/uL are those of T + B + NK, because the gate's "
        f"purity is {tube.purity_percent:.1f} %"
    )
    row = _row(sample, _LYMPH, (tube,), counted, cells)
    sure = least(tube.populations[name].confidence for name in _LINEAGES)
    return _flagged(
        replace(row, definition=words, confidence=sure), FLAG_LYMPH_FROM_TBNK
    )


def _ratio_rows(sample: Sample, tubes: Sequence[TubeCounts]) -> list[CountRow]:
    """Report CD4/CD8 from the first tube that has both; NaN where CD8 is 0."""
    having = [t for t in tubes if "CD4" in t.populations and "CD8" in t.populations]
    if not having:
        return []
    tube = having[0]
    n_cd4 = tube.populations["CD4"].n_events
    n_cd8 = tube.populations["CD8"].n_events
    lower, upper = ratio_interval(n_cd4, n_cd8)
    counted = PopulationCount(
        n_cd4,
        n_cd8,
        "CD4 events over CD8 events, double positives in both",
        least(tube.populations[name].confidence for name in ("CD4", "CD8")),
    )
    row = _row(sample, _RATIO, (tube,), counted, NOT_COUNTED)
    ratio = n_cd4 / n_cd8 if n_cd8 else nan
    return [replace(row, ratio=ratio, ratio_lo95=lower, ratio_hi95=upper)]


def _row(
    sample: Sample,
    name: str,
    tubes: Sequence[TubeCounts],
    counted: PopulationCount,
    cells: Concentration,
) -> CountRow:
    """Begin a row: identity, events and cells/µL; percentages are the caller's."""
    is_censored = counted.n_events == 0
    return CountRow(
        sample_id=sample.sample_id,
        subject_id=sample.subject_id,
        cycle=sample.cycle,
        visit=sample.visit,
        rel_day=sample.rel_day,
        specimen=sample.specimen,
        population=name,
        definition=counted.definition,
        source_tube=tuple(tube.tube for tube in tubes if tube.tube),
        n_events=counted.n_events,
        n_parent=counted.n_parent,
        n_lymphocytes=sum(tube.n_lymphocytes for tube in tubes),
        percent_of_parent=nan,
        percent_of_lymphocytes=nan,
        percent_lo95=nan,
        percent_hi95=nan,
        cells_per_ul=cells.cells_per_ul,
        cells_per_ul_lo95=cells.lo95,
        cells_per_ul_hi95=cells.hi95,
        cells_1e9_per_l=cells.cells_per_ul / 1000,
        count_method=sample.count_method,
        n_beads=_sum_of_beads(tubes),
        censored=is_censored,
        limit=cells.hi95 if is_censored else nan,
        confidence=counted.confidence,
    )


def least(confidences: Iterable[float]) -> float:
    """Take the least of confidences.

    Parameters
    ----------
    confidences : iterable of float
        0 to 1, NaN where not known; at least one.

    Returns
    -------
    float
        NaN where any is not known.
    """
    known = tuple(confidences)
    return nan if any(isnan(one) for one in known) else min(known)


def _sum_of_beads(tubes: Sequence[TubeCounts]) -> int | None:
    """Add the beads of tubes; None where a tube has no bead gate."""
    beads = [tube.n_beads for tube in tubes if tube.n_beads is not None]
    return sum(beads) if len(beads) == len(tubes) else None


def _flagged(row: CountRow, flag: str) -> CountRow:
    """Add a flag to a row."""
    return replace(row, qc_flags=(*row.qc_flags, flag))


def _flag_missing_beads(row: CountRow) -> CountRow:
    """Say of a bead sample's row without cells/µL that there were no beads."""
    is_count = row.population != _RATIO and row.n_events is not None
    return _flagged(row, FLAG_NO_BEADS) if is_count and isnan(row.cells_per_ul) else row


def _and(tubes: Sequence[TubeCounts]) -> str:
    """Name tubes: `A and B`."""
    return " and ".join(tube.tube for tube in tubes)
