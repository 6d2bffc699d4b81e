"""Plan the studies that scenarios start from: who is bled when, on which panel."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from cytoflow_blina.simulate.patients import (
    Concentrations,
    between,
    healthy_concentrations,
    treated_concentrations,
)
from cytoflow_blina.simulate.plan import (
    CALIBUR,
    CANTO,
    NAVIOS,
    PlannedSample,
    StudyPlan,
)
from cytoflow_blina.simulate.populations import LYMPHOCYTES
from cytoflow_blina.simulate.ranges import Ranges
from cytoflow_blina.simulate.seeds import stream
from cytoflow_blina.simulate.spec import FileForm, Preparation, TubeSpec

PANELS = {CALIBUR: ("A", "B"), CANTO: ("",), NAVIOS: ("1", "2")}
"""Tubes of every panel that is simulated."""

# 100 uL of Flow-Count beads, at 980 per uL, are added to as much blood.
PREPARATIONS = {
    CALIBUR: Preparation(),
    CANTO: Preparation(),
    NAVIOS: Preparation(
        beads_per_tube=98_000.0, blood_volume_ul=100.0, bead_lot="SIM-002"
    ),
}
"""How the tubes of every panel are prepared."""

FIRST_DAY = datetime.fromisoformat("2026-01-05T08:00:00")
_PEOPLE_PER_PANEL = 4


def demo(seed: int, ranges: Ranges) -> StudyPlan:
    """Plan seven treated children at two visits: small files, all that is needed.

    Parameters
    ----------
    seed : int
        Seed of the simulation.
    ranges : Ranges
        From where tubes are drawn, but for little debris.

    Returns
    -------
    StudyPlan
        One of its files ends early, one sample holds few lymphocytes.
    """
    samples = []
    for number in range(1, 8):
        subject = f"S{number:02d}"
        panel = CALIBUR if number <= 4 else CANTO
        for visit, rel_day in (("D0", 0), ("EOT", 28)):
            concentrations = treated_concentrations(
                visit,
                subject=stream(seed, "subject", subject),
                occasion=stream(seed, "occasion", subject, visit),
                between_subjects=0.04,
            )
            base = TubeSpec(
                panel,
                "",
                subject,
                visit,
                concentrations,
                n_lymphocytes=2_850,
                n_beads=2_850,
                # One operator leaves the names of the antigens out.
                form=FileForm(labelled=subject != "S02", has_width=False),
                acquired_at=FIRST_DAY + timedelta(days=7 * number + rel_day, hours=3),
            )
            samples.append(blood_sample(base, rel_day=rel_day))
    broken = next(s for s in samples if s.sample_id == "S03-EOT")
    lymphopenic = next(s for s in samples if s.sample_id == "S06-D0")
    samples[samples.index(broken)] = replace(broken, truncated=("B",))
    samples[samples.index(lymphopenic)] = _with_fewer_lymphocytes(lymphopenic, 1 / 2)
    # Little debris keeps files small and the lymphocytes many.
    quiet = replace(ranges, debris=(ranges.debris[0], ranges.debris[0] + 0.04))
    return StudyPlan(seed, tuple(samples), quiet)


def _with_fewer_lymphocytes(sample: PlannedSample, factor: float) -> PlannedSample:
    """Thin out the lymphocytes, and stop by the beads: few events must remain few."""
    fewer = {
        name: value * (factor if name in LYMPHOCYTES else 1.0)
        for name, value in sample.concentrations.items()
    }
    tubes = tuple(
        replace(tube, concentrations=fewer, n_lymphocytes=0) for tube in sample.tubes
    )
    return replace(sample, tubes=tubes)


def default(seed: int, ranges: Ranges) -> StudyPlan:
    """Plan every panel on people from healthy to treated, one sample each.

    Parameters
    ----------
    seed : int
        Seed of the simulation.
    ranges : Ranges
        From where tubes are drawn.

    Returns
    -------
    StudyPlan
        Every tube from an instrument of its own, stained with a lot of its own.
    """
    samples = []
    panels = [panel for panel in PANELS for _ in range(_PEOPLE_PER_PANEL)]
    for number, panel in enumerate(panels, start=1):
        subject = f"S{number:02d}"
        base = TubeSpec(
            panel,
            "",
            subject,
            "D0",
            someone(seed, subject),
            preparation=PREPARATIONS[panel],
            acquired_at=FIRST_DAY + timedelta(days=number, hours=3),
        )
        samples.append(blood_sample(base, rel_day=0))
    return StudyPlan(seed, tuple(samples), ranges)


def someone(seed: int, subject: str) -> Concentrations:
    """Draw a person anywhere between healthy and treated.

    Parameters
    ----------
    seed : int
        Seed of the simulation.
    subject : str
        Who.

    Returns
    -------
    dict of str to float
        Cells per microlitre by population.
    """
    rng = stream(seed, "subject", subject)
    healthy = healthy_concentrations(rng)
    occasion = stream(seed, "occasion", subject, "D0")
    treated = treated_concentrations(
        "D0", subject=rng, occasion=occasion, between_subjects=0.2
    )
    return between(healthy, treated, float(rng.uniform()))


def blood_sample(base: TubeSpec, *, rel_day: int) -> PlannedSample:
    """Fill all tubes of a panel from one blood sample.

    Parameters
    ----------
    base : TubeSpec
        One tube, without its id.
    rel_day : int
        Days since the start of the infusion.

    Returns
    -------
    PlannedSample
        Counted by beads; its tubes are acquired four minutes apart.
    """
    return PlannedSample(
        sample_id=f"{base.subject}-{base.visit}",
        subject_id=base.subject,
        visit=base.visit,
        rel_day=rel_day,
        count_method="bead",
        tubes=tuple(
            replace(
                base,
                tube=tube,
                acquired_at=base.acquired_at + timedelta(minutes=4 * position),
            )
            for position, tube in enumerate(PANELS[base.panel])
        ),
    )
