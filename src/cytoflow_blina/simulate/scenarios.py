"""Name the studies that can be simulated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cytoflow_blina.errors import ConfigError, Problem, did_you_mean
from cytoflow_blina.simulate.cytometers import DEFAULT_RANGES
from cytoflow_blina.simulate.patients import (
    Concentrations,
    between,
    healthy_concentrations,
    treated_concentrations,
)
from cytoflow_blina.simulate.populations import CELLS, LYMPHOCYTES
from cytoflow_blina.simulate.ranges import Ranges
from cytoflow_blina.simulate.seeds import stream
from cytoflow_blina.simulate.spec import FileForm, TubeSpec

CALIBUR = "facscalibur-multitest"
CANTO = "facscanto-tbnk"
_TUBES = {CALIBUR: ("A", "B"), CANTO: ("",)}
_FIRST_DAY = datetime.fromisoformat("2026-01-05T08:00:00")


@dataclass(frozen=True)
class PlannedSample:
    """One blood sample: what the sample sheet says, and the tubes made from it.

    Attributes
    ----------
    sample_id, subject_id, visit : str
        As in the sample sheet.
    rel_day : int
        Days since the start of the infusion.
    count_method : {"bead", "dual", "none"}
        How counts are meant to be made.
    tubes : tuple of TubeSpec
        One for each tube of the panel.
    truncated : tuple of str
        Ids of tubes whose file is to end early.
    """

    sample_id: str
    subject_id: str
    visit: str
    rel_day: int
    count_method: str
    tubes: tuple[TubeSpec, ...]
    truncated: tuple[str, ...] = ()

    @property
    def concentrations(self) -> Mapping[str, float]:
        """True cells per microlitre by population: all tubes hold the same blood."""
        return self.tubes[0].concentrations

    @property
    def wbc_per_ul(self) -> float:
        """Leukocytes per microlitre."""
        return sum(self.concentrations.get(name, 0.0) for name in CELLS)

    @property
    def lymphocytes_per_ul(self) -> float:
        """Lymphocytes per microlitre."""
        return sum(self.concentrations.get(name, 0.0) for name in LYMPHOCYTES)


@dataclass(frozen=True)
class StudyPlan:
    """All samples of a study, and the ranges from which their tubes are drawn."""

    seed: int
    samples: tuple[PlannedSample, ...]
    ranges: Ranges

    @property
    def tubes(self) -> tuple[TubeSpec, ...]:
        """Every tube of every sample, in order."""
        return tuple(tube for sample in self.samples for tube in sample.tubes)


Scenario = Callable[[int, Ranges], StudyPlan]


def plan_study(
    scenario: str, seed: int, *, ranges: Ranges = DEFAULT_RANGES
) -> StudyPlan:
    """Plan a study by the name of its scenario.

    Parameters
    ----------
    scenario : str
        One of `SCENARIOS`.
    seed : int
        Seed of the simulation.
    ranges : Ranges
        From where tubes are drawn.

    Returns
    -------
    StudyPlan
        What is to be simulated; nothing has been simulated yet.

    Raises
    ------
    ConfigError
        Where there is no such scenario, or the seed is negative.
    """
    problems = []
    if scenario not in SCENARIOS:
        known = ", ".join(SCENARIOS)
        problems.append(
            f"there is no scenario {scenario!r}; there are {known}."
            f"{did_you_mean(scenario, SCENARIOS)}"
        )
    if seed < 0:
        problems.append(f"the seed is {seed}; give 0 or more.")
    if problems:
        raise ConfigError(*(Problem("simulate", text) for text in problems))
    return SCENARIOS[scenario](seed, ranges)


def _demo(seed: int, ranges: Ranges) -> StudyPlan:
    """Plan seven treated children at two visits: small files, all that is needed."""
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
                acquired_at=_FIRST_DAY + timedelta(days=7 * number + rel_day, hours=3),
            )
            samples.append(_sample(base, rel_day=rel_day, count_method="bead"))
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


def _default(seed: int, ranges: Ranges) -> StudyPlan:
    """Plan both panels on people from healthy to treated, one sample each."""
    return StudyPlan(seed, _range_of_people(seed), ranges)


def _no_b(seed: int, ranges: Ranges) -> StudyPlan:
    """Plan as `default`, without a single B cell."""
    samples = tuple(_without_b(sample) for sample in _range_of_people(seed))
    return StudyPlan(seed, samples, ranges)


def _without_b(sample: PlannedSample) -> PlannedSample:
    blood = dict(sample.concentrations) | {"b": 0.0}
    tubes = tuple(replace(tube, concentrations=blood) for tube in sample.tubes)
    return replace(sample, tubes=tubes)


def _no_beads(seed: int, ranges: Ranges) -> StudyPlan:
    """Plan as `default` for a lab that counts by its haematology analyser."""
    samples = []
    for sample in _range_of_people(seed):
        tubes = tuple(
            replace(tube, preparation=replace(tube.preparation, beads_per_tube=None))
            for tube in sample.tubes
        )
        samples.append(replace(sample, tubes=tubes, count_method="dual"))
    return StudyPlan(seed, tuple(samples), ranges)


_PEOPLE_PER_PANEL = 4


def _range_of_people(seed: int) -> tuple[PlannedSample, ...]:
    samples = []
    for number in range(1, 2 * _PEOPLE_PER_PANEL + 1):
        subject = f"S{number:02d}"
        base = TubeSpec(
            CALIBUR if number <= _PEOPLE_PER_PANEL else CANTO,
            "",
            subject,
            "D0",
            _someone(seed, subject),
            acquired_at=_FIRST_DAY + timedelta(days=number, hours=3),
        )
        samples.append(_sample(base, rel_day=0, count_method="bead"))
    return tuple(samples)


def _someone(seed: int, subject: str) -> Concentrations:
    """Draw a person anywhere between healthy and treated."""
    rng = stream(seed, "subject", subject)
    healthy = healthy_concentrations(rng)
    occasion = stream(seed, "occasion", subject, "D0")
    treated = treated_concentrations(
        "D0", subject=rng, occasion=occasion, between_subjects=0.2
    )
    return between(healthy, treated, float(rng.uniform()))


def _sample(base: TubeSpec, *, rel_day: int, count_method: str) -> PlannedSample:
    """Fill all tubes of a panel from one blood sample."""
    return PlannedSample(
        sample_id=f"{base.subject}-{base.visit}",
        subject_id=base.subject,
        visit=base.visit,
        rel_day=rel_day,
        count_method=count_method,
        tubes=tuple(
            replace(
                base,
                tube=tube,
                acquired_at=base.acquired_at + timedelta(minutes=4 * position),
            )
            for position, tube in enumerate(_TUBES[base.panel])
        ),
    )


SCENARIOS: Mapping[str, Scenario] = {
    "demo": _demo,
    "default": _default,
    "no_b": _no_b,
    "no_beads": _no_beads,
}
"""Every study that can be simulated; a new one is a new entry."""
