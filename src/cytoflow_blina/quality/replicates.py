"""Check that the tubes of a sample agree about CD3."""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan, nan, sqrt

from cytoflow_blina.domain.counting import ReplicateCount
from cytoflow_blina.domain.population import percent
from cytoflow_blina.quality.check import Check, Measured
from cytoflow_blina.quality.measurements import SampleMeasurements

_Z = 1.96


def cd3_percent_difference(sample: SampleMeasurements) -> Measured | None:
    """Compare CD3 in percent of the lymphocytes between tubes; a difference is bad.

    Parameters
    ----------
    sample : SampleMeasurements
        What was measured.

    Returns
    -------
    Measured or None
        In points, NaN where a tube is missing; None for a sample of one tube.

    Notes
    -----
    Applies to two tubes or more: the largest less the smallest, in points. 3 points
    (professional knowledge, high confidence), failing above 5 (design choice). With few
    lymphocytes counting alone makes such differences, then it warns at most.
    """
    found = _both(sample.cd3)
    if found is None or isinstance(found, Measured):
        return found
    shares = {
        tube: percent(one.n_events, one.n_lymphocytes) for tube, one in found.items()
    }
    if any(isnan(share) for share in shares.values()):
        return Measured(nan, "A tube has no lymphocytes.")
    n_lymphocytes = sum(one.n_lymphocytes for one in found.values())
    pooled = sum(one.n_events for one in found.values()) / n_lymphocytes
    inverse = sum(1 / one.n_lymphocytes for one in found.values())
    noise = 100 * _Z * sqrt(pooled * (1 - pooled) * inverse)
    listed = ", ".join(f"tube {tube} {share:.1f} %" for tube, share in shares.items())
    return _difference(shares, 1.0, "points", listed, noise)


def cd3_count_difference(sample: SampleMeasurements) -> Measured | None:
    """Compare CD3 in cells/µL between tubes, relative to the mean; a difference is bad.

    Parameters
    ----------
    sample : SampleMeasurements
        What was measured.

    Returns
    -------
    Measured or None
        In percent of the mean, NaN where a tube was not counted; None for one tube.

    Notes
    -----
    Applies to two tubes or more of a sample that is counted. It catches errors of
    pipetting and beads that percentages cannot. Limits: design choice. With few events
    counting alone makes such differences, then it warns at most.
    """
    if sample.count_method == "none":
        return None
    found = _both(sample.cd3)
    if found is None or isinstance(found, Measured):
        return found
    counts = {tube: one.cells_per_ul for tube, one in found.items()}
    if any(isnan(count) for count in counts.values()):
        return Measured(nan, "A tube was not counted.")
    mean = sum(counts.values()) / len(counts)
    if mean == 0:
        return Measured(nan, "No CD3 cells in any tube.")
    noise = 100 * _Z * sqrt(sum(_count_variance(one) for one in found.values()))
    listed = ", ".join(f"tube {tube} {n:.0f} cells/µL" for tube, n in counts.items())
    return _difference(counts, 100 / mean, "% of the mean", listed, noise)


def _both(
    counts: Mapping[str, ReplicateCount | None],
) -> dict[str, ReplicateCount] | Measured | None:
    """Take the counts of all tubes; say so where one is wanting."""
    if len(counts) < 2:
        return None
    found = {tube: one for tube, one in sorted(counts.items()) if one is not None}
    if len(found) < len(counts):
        missing = ", ".join(sorted(set(counts) - set(found)))
        return Measured(nan, f"Tube {missing} has no CD3 to compare.")
    return found


def _count_variance(one: ReplicateCount) -> float:
    """Squared CV of counting cells and beads; at least one event is taken."""
    return 1 / max(one.n_events, 1) + (1 / one.n_beads if one.n_beads else 0.0)


def _difference(
    values: Mapping[str, float], scale: float, unit: str, listed: str, noise: float
) -> Measured:
    """Measure largest less smallest."""
    value = scale * (max(values.values()) - min(values.values()))
    message = f"CD3: {listed}; difference {value:.1f} {unit}"
    message += f" (counting alone makes up to {noise:.1f})."
    return Measured(value, message, counting_error=noise)


REPLICATES = (
    Check("QC_CD3_REP", "points", cd3_percent_difference),
    Check("QC_CD3_ABS_REP", "%", cd3_count_difference),
)
REPLICATE_CODES = frozenset(check.code for check in REPLICATES)
