"""List every check, and run them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from cytoflow_blina.domain.finding import CheckLimits, Finding
from cytoflow_blina.quality.batch_drift import BATCH_DRIFT
from cytoflow_blina.quality.beads import BEADS
from cytoflow_blina.quality.check import Check, judge, limits_in_words, message_of
from cytoflow_blina.quality.compensation import COMPENSATION
from cytoflow_blina.quality.confidence import CONFIDENCE
from cytoflow_blina.quality.counts_agreement import COUNTS_AGREEMENT
from cytoflow_blina.quality.event_counts import EVENT_COUNTS
from cytoflow_blina.quality.flags import FLAGS
from cytoflow_blina.quality.gate_quality import GATE_QUALITY
from cytoflow_blina.quality.instrument_settings import INSTRUMENT_SETTINGS
from cytoflow_blina.quality.measurements import SampleMeasurements, TubeMeasurements
from cytoflow_blina.quality.pairs import PAIRS
from cytoflow_blina.quality.population_sums import POPULATION_SUMS
from cytoflow_blina.quality.replicates import REPLICATES
from cytoflow_blina.quality.saturation import SATURATION
from cytoflow_blina.quality.specimen import SPECIMEN
from cytoflow_blina.quality.steadiness import STEADINESS
from cytoflow_blina.quality.tube_identity import TUBE_IDENTITY
from cytoflow_blina.quality.viability import VIABILITY

TUBE_CHECKS: tuple[Check[TubeMeasurements], ...] = (
    *EVENT_COUNTS,
    *CONFIDENCE,
    *POPULATION_SUMS,
    *GATE_QUALITY,
    *COMPENSATION,
    *BEADS,
    *SATURATION,
    *STEADINESS,
    *VIABILITY,
)
SAMPLE_CHECKS: tuple[Check[SampleMeasurements], ...] = REPLICATES

UNITS: Mapping[str, str] = {
    one.code: one.unit
    for checks in (
        TUBE_CHECKS,
        SAMPLE_CHECKS,
        SPECIMEN,
        COUNTS_AGREEMENT,
        TUBE_IDENTITY,
        PAIRS,
        INSTRUMENT_SETTINGS,
        BATCH_DRIFT,
        FLAGS,
    )
    for one in checks
}
"""Unit of every check and flag, by code."""

Measurements = TypeVar("Measurements")


def check_tube(
    tube: TubeMeasurements, limits: Mapping[str, CheckLimits]
) -> tuple[Finding, ...]:
    """Check one tube.

    Parameters
    ----------
    tube : TubeMeasurements
        What was measured.
    limits : mapping of str to CheckLimits
        By code, for every check (`load_limits`).

    Returns
    -------
    tuple of Finding
        One for each check that applies, in the order of the registry.
    """
    return run_checks(TUBE_CHECKS, tube, limits, (tube.sample_id, tube.tube, "tube"))


def check_sample(
    sample: SampleMeasurements, limits: Mapping[str, CheckLimits]
) -> tuple[Finding, ...]:
    """Check what the tubes of one sample say about the same thing.

    Parameters
    ----------
    sample : SampleMeasurements
        What was measured.
    limits : mapping of str to CheckLimits
        By code, for every check.

    Returns
    -------
    tuple of Finding
        One for each check that applies; none for a sample of one tube.
    """
    return run_checks(SAMPLE_CHECKS, sample, limits, (sample.sample_id, "", "sample"))


def run_checks(
    checks: Iterable[Check[Measurements]],
    measurements: Measurements,
    limits: Mapping[str, CheckLimits],
    about: tuple[str, str, str],
) -> tuple[Finding, ...]:
    """Run checks on what was measured.

    Parameters
    ----------
    checks : iterable of Check
        The checks.
    measurements : object
        What all of them look at.
    limits : mapping of str to CheckLimits
        By code, for every check.
    about : tuple of three str
        Sample, tube and level that the findings are about.

    Returns
    -------
    tuple of Finding
        One for each check that applies, in their order.
    """
    findings = []
    for check in checks:
        measured = check.measure(measurements)
        if measured is not None:
            bounds = limits[check.code]
            verdict = judge(measured, bounds)
            findings.append(
                Finding(
                    *about,
                    check=check.code,
                    value=float(measured.value),
                    unit=check.unit,
                    limits=limits_in_words(bounds),
                    verdict=verdict,
                    message=message_of(measured, verdict),
                )
            )
    return tuple(findings)
