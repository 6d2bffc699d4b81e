"""Name the studies of marrow that can be simulated, and plan them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from cytoflow_blina.errors import ConfigError, Problem, did_you_mean
from cytoflow_blina.simulate.marrow.cytometers import (
    AIEOP,
    COG,
    DEFAULT_MARROW_RANGES,
    EUROFLOW,
    POST_CD19,
)
from cytoflow_blina.simulate.marrow.ranges import MarrowRanges
from cytoflow_blina.simulate.marrow.spec import Cd19OfClone, CloneSpec, MarrowSpec
from cytoflow_blina.simulate.seeds import stream

_DAYS = {"DX": -21, "D14": 14, "EOT": 28, "UNS": 70}
"""When a marrow is drawn, in days from the start of the infusion."""

_INSTRUMENT = "MRD-1"
_LOT = "SIM-2026-1"
_N_NEGATIVE = 24
_N_COHORT = 12
_COHORT_CELLS = 200_000
_CD19: Mapping[str, Cd19OfClone] = {"C06": "negative", "C10": "dim"}
"""How leukaemia of the cohort carries CD19 after therapy, where not as before."""

_PER_MILLION = (0, 10, 40, 100, 400, 10_000)
"""Blasts among a million cells after therapy, in the cohort."""


@dataclass(frozen=True)
class PlannedMarrow:
    """One marrow sample: what the sample sheet says, and the tubes made from it.

    Attributes
    ----------
    sample_id, subject_id, visit : str
        As in the sample sheet.
    rel_day : int
        Days since the start of the infusion.
    prior_cd19_therapy : bool
        Whether a drug against CD19 came before.
    tubes : tuple of MarrowSpec
        One for each tube of the panel.
    """

    sample_id: str
    subject_id: str
    visit: str
    rel_day: int
    prior_cd19_therapy: bool
    tubes: tuple[MarrowSpec, ...]

    def file_name(self, tube: str) -> str:
        """Name the file of a tube: `M01-DX.fcs`, `M01-DX.1.fcs`.

        Parameters
        ----------
        tube : str
            Id of the tube; empty in a panel of one.

        Returns
        -------
        str
            Without a folder.
        """
        return ".".join(part for part in (self.sample_id, tube, "fcs") if part)


@dataclass(frozen=True)
class MarrowPlan:
    """All samples of a study of marrow, and the ranges that they are drawn from."""

    seed: int
    samples: tuple[PlannedMarrow, ...]
    ranges: MarrowRanges

    @property
    def panels(self) -> tuple[str, ...]:
        """Panels in the order in which they occur."""
        found = (tube.panel for sample in self.samples for tube in sample.tubes)
        return tuple(dict.fromkeys(found))


def plan_marrow(
    scenario: str, seed: int, *, ranges: MarrowRanges = DEFAULT_MARROW_RANGES
) -> MarrowPlan:
    """Plan a study of marrow by the name of its scenario.

    Parameters
    ----------
    scenario : str
        One of `MARROW_SCENARIOS`.
    seed : int
        Seed of the simulation, 0 or more.
    ranges : MarrowRanges
        From where tubes are drawn.

    Returns
    -------
    MarrowPlan
        What is to be simulated; nothing has been simulated yet.

    Raises
    ------
    ConfigError
        Where there is no such scenario, or the seed is negative.
    """
    problems = []
    if scenario not in MARROW_SCENARIOS:
        problems.append(
            f"there is no scenario {scenario!r} of marrow; there are "
            f"{', '.join(MARROW_SCENARIOS)}.{did_you_mean(scenario, MARROW_SCENARIOS)}"
        )
    if seed < 0:
        problems.append(f"the seed is {seed}; give 0 or more.")
    if problems:
        raise ConfigError(*(Problem("simulate", text) for text in problems))
    return MarrowPlan(seed, MARROW_SCENARIOS[scenario](seed, ranges), ranges)


def _sample(spec: MarrowSpec, ranges: MarrowRanges) -> PlannedMarrow:
    """Plan all tubes of a sample like the one given."""
    day = _DAYS[spec.visit]
    start = spec.acquired_at + timedelta(days=day)
    tubes = tuple(
        replace(spec, tube=tube, acquired_at=start + timedelta(minutes=12 * number))
        for number, tube in enumerate(ranges.panels[spec.panel])
    )
    name = f"{spec.subject}-{spec.visit}"
    return PlannedMarrow(name, spec.subject, spec.visit, day, day > 0, tubes)


def _demo(_seed: int, ranges: MarrowRanges) -> tuple[PlannedMarrow, ...]:
    """Plan three children: CD19-negative relapse, remission, aplasia throughout."""
    at_diagnosis = MarrowSpec(
        POST_CD19,
        kind="resting",
        n_nucleated=30_000,
        clones=(CloneSpec(24_000),),
        instrument=_INSTRUMENT,
        staining_lot=_LOT,
    )
    treated = replace(at_diagnosis, kind="aplasia", n_nucleated=60_000, clones=())
    lost = CloneSpec(90, cd19="negative", shifts={"CD10": -0.3})
    relapse = replace(lost, n_events=3_000)
    deep = replace(treated, n_nucleated=250_000)
    specs = (
        replace(at_diagnosis, subject="M01"),
        replace(treated, subject="M01", visit="D14", clones=(lost,)),
        replace(treated, subject="M01", visit="EOT", clones=(relapse,)),
        replace(at_diagnosis, subject="M02", clones=(CloneSpec(18_000),)),
        replace(treated, subject="M02", visit="D14", clones=(CloneSpec(150),)),
        replace(
            deep, subject="M02", visit="UNS", kind="regenerating", hematogone_share=0.12
        ),
        replace(at_diagnosis, subject="M03", clones=(CloneSpec(27_000),)),
        replace(treated, subject="M03", visit="D14"),
        replace(deep, subject="M03", visit="EOT"),
    )
    return tuple(_sample(spec, ranges) for spec in specs)


_NEGATIVE_KINDS = ("resting", "regenerating", "regenerating", "regenerating")
"""Kinds of marrow from which a reference is learnt, in turn."""

_NEGATIVE_KINDS_POST_CD19 = ("resting", "regenerating", "aplasia")
"""The same where cells of B lineage are found without CD19: its plasma cells too."""


def _negative(panel: str) -> Callable[[int, MarrowRanges], tuple[PlannedMarrow, ...]]:
    """Plan marrows without leukaemia, each from an instrument of its own."""
    kinds = _NEGATIVE_KINDS_POST_CD19 if panel == POST_CD19 else _NEGATIVE_KINDS

    def plan(_seed: int, ranges: MarrowRanges) -> tuple[PlannedMarrow, ...]:
        return tuple(
            _sample(
                MarrowSpec(
                    panel,
                    subject=f"N{number:02d}",
                    visit="UNS",
                    kind=kinds[number % len(kinds)],
                    n_nucleated=100_000,
                ),
                ranges,
            )
            for number in range(1, _N_NEGATIVE + 1)
        )

    return plan


def _cohort(seed: int, ranges: MarrowRanges) -> tuple[PlannedMarrow, ...]:
    """Plan children of four panels, at diagnosis and after a cycle."""
    panels = (AIEOP, POST_CD19, EUROFLOW, COG)
    planned = []
    for number in range(_N_COHORT):
        subject = f"C{number + 1:02d}"
        rng = stream(seed, "marrow cohort", subject)
        closeness = float(rng.uniform(0, 0.6))
        share = float(rng.uniform(0.3, 0.9))
        left = _PER_MILLION[number % len(_PER_MILLION)] * _COHORT_CELLS // 1_000_000
        clone = CloneSpec(round(50_000 * share), closeness=closeness)
        cd19 = _CD19.get(subject, "positive")
        first = MarrowSpec(
            panels[number % len(panels)],
            subject=subject,
            kind="resting",
            n_nucleated=50_000,
            clones=(clone,),
            instrument=_INSTRUMENT,
            staining_lot=_LOT,
        )
        after = replace(
            first,
            visit="EOT",
            kind="regenerating" if rng.uniform() < 0.5 else "aplasia",
            n_nucleated=_COHORT_CELLS,
            clones=(replace(clone, n_events=left, cd19=cd19),) if left else (),
        )
        planned += [_sample(first, ranges), _sample(after, ranges)]
    return tuple(planned)


MARROW_SCENARIOS: Mapping[
    str, Callable[[int, MarrowRanges], tuple[PlannedMarrow, ...]]
] = {
    "mrd_demo": _demo,
    "mrd_cohort": _cohort,
    "mrd_negative": _negative(AIEOP),
    "mrd_negative_post_cd19": _negative(POST_CD19),
    "mrd_negative_euroflow": _negative(EUROFLOW),
    "mrd_negative_cog": _negative(COG),
}
"""Studies of marrow; they stand alone, and are not joined by `+`."""
