"""Check that the counting beads are what they should be."""

from __future__ import annotations

from math import isnan, nan

from cytoflow_blina.domain.finding import Verdict
from cytoflow_blina.quality.check import Check, Measured
from cytoflow_blina.quality.measurements import TubeMeasurements

_NOISE = 3.5


def bead_peak(tube: TubeMeasurements) -> Measured | None:
    """Take the CV of the beads in the detector where it is largest; much is bad.

    Parameters
    ----------
    tube : TubeMeasurements
        What was measured.

    Returns
    -------
    Measured or None
        In percent of the signal; NaN, and failed, where no beads were found; NaN below
        100 beads; None where the sample is not counted by beads.

    Notes
    -----
    Of the detectors that the panel uses the worst, as beads are bright in all
    (`measure_bead_cv`). At most 5 %, warning up to 8: design choice.
    """
    if tube.count_method != "bead":
        return None
    if not tube.n_beads:
        return Measured(nan, "No bead peak was found.", verdict=Verdict.FAIL)
    found = {k: v for k, v in tube.quality.bead_cv_percent.items() if not isnan(v)}
    if not found:
        return Measured(nan, f"Not measured: {tube.n_beads} beads are too few.")
    worst = max(sorted(found), key=lambda marker: found[marker])
    return Measured(
        found[worst],
        f"Beads have a CV of {found[worst]:.1f} % in the detector of {worst}.",
    )


def bead_time(tube: TubeMeasurements) -> Measured | None:
    """Compare beads per cell between first and last third of the run; change is bad.

    Parameters
    ----------
    tube : TubeMeasurements
        What was measured.

    Returns
    -------
    Measured or None
        In percent, without sign; NaN with fewer than 30 beads; None where the sample is
        not counted by beads.

    Notes
    -----
    Beads settle and stick, a clog holds cells back. At most 5 %, failing above 10:
    design choice. A difference within 3.5 standard errors of counting, were both thirds
    alike, is none beyond chance and passes: with 2,800 beads and more cells that is
    some 17 %, with 20,000 beads 6 %.
    """
    if tube.count_method != "bead":
        return None
    course = tube.quality.bead_course
    if isnan(course.difference_percent):
        return Measured(nan, "Not measured: too few beads.")
    noise = _NOISE * course.standard_error
    is_noise = abs(course.difference_percent) < noise
    chance = "no change beyond chance was seen; " if is_noise else ""
    return Measured(
        abs(course.difference_percent),
        f"Beads per cell changed by {course.difference_percent:+.1f} % from the first "
        f"to the last third of the events ({chance}counting alone makes up to "
        f"{noise:.1f}).",
        is_noise=is_noise,
    )


BEADS = (
    Check("QC_BEAD_PEAK", "%", bead_peak),
    Check("QC_BEAD_TIME", "%", bead_time),
)
