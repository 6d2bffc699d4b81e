"""Check that the populations of a tube add up."""

from __future__ import annotations

from math import isnan, nan, sqrt

from cytoflow_blina.domain.population import percent
from cytoflow_blina.quality.check import Check, Measured
from cytoflow_blina.quality.measurements import TubeMeasurements

_FEW = 9
_LEAST_ORDINARY = 3.0
_ORDINARY_SHARE = 0.01
_ONE_IN_A_HUNDRED = 2.33
_BY_CHANCE = "Not judged: chance makes so few CD3+CD19+ events."
EMPTY_GATE = "The lymphocyte gate is empty."


def lymphosum(tube: TubeMeasurements) -> Measured | None:
    """Add CD3, CD19 and NK in percent of the lymphocytes; 100 is good, both ways bad.

    Parameters
    ----------
    tube : TubeMeasurements
        What was measured.

    Returns
    -------
    Measured or None
        In percent, NaN for an empty gate; None where the tube lacks one of the three.

    Notes
    -----
    Applies to a tube that has all three. 95 to 105, at most 90 to 110: MMWR 1997 and
    2003;52(RR-2) (professional knowledge, high confidence). Without B cells T and NK
    cells still sum to about 100, so a low sum is never waived for therapy: it points
    to CD19-negative B cells or blasts, basophils, monocytes or dying cells.
    """
    cd3, cd19, nk = (tube.percent(name) for name in ("CD3", "CD19", "NK"))
    if cd3 is None or cd19 is None or nk is None:
        return None
    total = cd3 + cd19 + nk
    if isnan(total):
        return Measured(nan, EMPTY_GATE)
    return Measured(
        total,
        f"CD3 {cd3:.1f} % + CD19 {cd19:.1f} % + NK {nk:.1f} % = {total:.1f} % of the "
        "lymphocyte gate.",
    )


def t_sum(tube: TubeMeasurements) -> Measured | None:
    """Take CD3 from CD4 + CD8, in points of the lymphocytes; both ways bad.

    Parameters
    ----------
    tube : TubeMeasurements
        What was measured.

    Returns
    -------
    Measured or None
        In points, NaN for an empty gate; None where the tube lacks one of the three.

    Notes
    -----
    Applies to a tube that has all three. Judged with double positives in both CD4 and
    CD8, as they are reported; the message also gives them counted once. Within 5
    points, at most 10: MMWR 1997 and 2003;52(RR-2) (professional knowledge, high
    confidence). CD4-CD8- (gamma-delta) T cells make it negative.
    """
    cd3, cd4, cd8 = (tube.percent(name) for name in ("CD3", "CD4", "CD8"))
    if cd3 is None or cd4 is None or cd8 is None:
        return None
    difference = cd4 + cd8 - cd3
    if isnan(difference):
        return Measured(nan, EMPTY_GATE)
    message = (
        f"CD4 {cd4:.1f} % + CD8 {cd8:.1f} % - CD3 {cd3:.1f} % = "
        f"{difference:+.1f} points"
    )
    both = tube.percent("DPT")
    if both is not None:
        message += f"; {difference - both:+.1f} with double positives counted once"
    return Measured(difference, f"{message}.")


def monocytes(tube: TubeMeasurements) -> Measured | None:
    """Take CD3- CD4dim events in percent of the lymphocyte gate; many are bad.

    Parameters
    ----------
    tube : TubeMeasurements
        What was measured.

    Returns
    -------
    Measured or None
        In percent; None where the tube does not count them.

    Notes
    -----
    Applies to a tube that counts them. At most 3 %: protocol of the universal template
    on FACSCalibur (Current Protocols).
    """
    share = tube.monocyte_percent
    if share is None:
        return None
    if isnan(share):
        return Measured(nan, EMPTY_GATE)
    return Measured(
        share,
        f"{share:.1f} % of the lymphocyte gate are CD3- CD4dim, as monocytes are.",
    )


def doublets(tube: TubeMeasurements) -> Measured | None:
    """Estimate the doublets in percent of the lymphocyte gate; many are bad.

    Parameters
    ----------
    tube : TubeMeasurements
        What was measured.

    Returns
    -------
    Measured or None
        In percent, NaN for an empty gate or one with so few T or B cells that hardly
        any doublet of them is to be expected; None where the tube lacks either marker.

    Notes
    -----
    No lymphocyte carries CD3 and CD19: such an event is a T and a B cell together. Of
    all pairs that chance makes, twice the product of their shares are T with B, so that
    the CD3+CD19+ events divided by that are the doublets of all kinds. At most 1.5 %:
    design choice. Fewer than nine CD3+CD19+ events are chance, and so is what counting
    makes of 1 % of doublets once in a hundred tubes: outside the limit they are not
    judged.
    """
    n_pairs = tube.quality.n_doublets
    cd3, cd19 = tube.percent("CD3"), tube.percent("CD19")
    if n_pairs is None or cd3 is None or cd19 is None:
        return None
    share_of_pairs = percent(n_pairs, tube.n_lymphocytes)
    expected = 2 * (cd3 / 100) * (cd19 / 100)
    if isnan(share_of_pairs) or not expected > 0:
        return Measured(nan, "Not measured: no T or no B cells.")
    share = share_of_pairs / expected
    ordinary = _ORDINARY_SHARE * expected * tube.n_lymphocytes
    if ordinary < _LEAST_ORDINARY:
        words = "too few T or B cells to tell doublets from chance"
        return Measured(nan, f"Not measured: {words}.")
    chance = ordinary + _ONE_IN_A_HUNDRED * sqrt(ordinary)
    return Measured(
        share,
        f"About {share:.1f} % of the lymphocyte gate are doublets, by its {n_pairs} "
        "CD3+CD19+ events.",
        too_few=_BY_CHANCE if n_pairs < max(_FEW, chance) else "",
    )


POPULATION_SUMS = (
    Check("QC_LYMPHOSUM", "%", lymphosum),
    Check("QC_T_SUM", "points", t_sum),
    Check("QC_MONO", "%", monocytes),
    Check("QC_DOUBLETS", "%", doublets),
)
