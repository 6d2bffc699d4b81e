"""Plan a study of people whose counts are known: blood of given cells, in two tubes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from math import isclose, isfinite

import numpy as np

from cytoflow_blina.errors import ConfigError, Problem
from cytoflow_blina.simulate.cytometers import DEFAULT_RANGES
from cytoflow_blina.simulate.patients import Concentrations, treated_concentrations
from cytoflow_blina.simulate.plan import CALIBUR, PlannedSample, StudyPlan
from cytoflow_blina.simulate.populations import LYMPHOCYTES
from cytoflow_blina.simulate.ranges import Ranges
from cytoflow_blina.simulate.seeds import stream
from cytoflow_blina.simulate.spec import Preparation, TubeSpec
from cytoflow_blina.simulate.studies import PANELS

COUNTED = ("CD3", "CD4", "CD8", "NK", "CD19", "DNT")
"""What must be known of a sample, in cells per microlitre."""

N_CENTRES = 4
"""Centres, each with one instrument and one lot of reagents and of beads."""

N_LYMPHOCYTES = 15_000
"""Lymphocytes after which a tube is stopped."""

_DAYS, _ACTIVATED = (0, 14, 28), (0.02, 0.15, 0.08)
"""Days of the infusion, and the share of activated T cells then."""

_NKT_LIKE = 0.04
_NK_CD8DIM = 0.25
_HOURS_TO_CYTOMETER = 3
_MINUTES_BETWEEN_TUBES = 4


@dataclass(frozen=True)
class CountedSample:
    """One draw of one subject, whose true counts are known.

    Attributes
    ----------
    subject_id : str
        Whose.
    cycle : int
        Treatment cycle, from 1.
    visit : str
        As in the sample sheet.
    rel_day : int
        Days since the infusion of this cycle began.
    cells_per_ul : mapping of str to float
        True cells per microlitre of `COUNTED`; CD4 and CD8 include double positives.
    drawn_at : datetime
        When the blood was drawn.
    """

    subject_id: str
    cycle: int
    visit: str
    rel_day: int
    cells_per_ul: Mapping[str, float]
    drawn_at: datetime

    @property
    def occasion(self) -> str:
        """Visit, with its cycle after the first: `D0`, `C2-D0`."""
        return self.visit if self.cycle == 1 else f"C{self.cycle}-{self.visit}"

    @property
    def sample_id(self) -> str:
        """Name of the sample in the sheet: `S01-D0`, `S01-C2-D0`."""
        return f"{self.subject_id}-{self.occasion}"


def plan_counted_study(
    samples: Sequence[CountedSample], seed: int, ranges: Ranges = DEFAULT_RANGES
) -> StudyPlan:
    """Plan the tubes of samples whose counts are known.

    Parameters
    ----------
    samples : sequence of CountedSample
        In any order; none gives a plan without samples.
    seed : int
        Seed of the simulation. Instruments, staining, pipetting and the cells that are
        no lymphocytes depend on it; the counts do not.
    ranges : Ranges
        From where tubes are drawn.

    Returns
    -------
    StudyPlan
        Two FACSCalibur tubes of each sample, in the order of their ids. Tubes are
        stopped at 15,000 lymphocytes, or when the blood is used up. Subjects are
        spread over four centres by their order; settings and lots of a centre stay.

    Raises
    ------
    ConfigError
        With every sample whose counts cannot be: missing, negative, more double
        positives than CD4 or CD8, fewer than none; and every sample given twice.
    """
    problems = [*_repeated(samples), *chain.from_iterable(map(_impossible, samples))]
    if problems:
        raise ConfigError(*problems)
    subjects = sorted({one.subject_id for one in samples})
    centres = {name: 1 + at % N_CENTRES for at, name in enumerate(subjects)}
    return StudyPlan(
        seed,
        tuple(
            _planned(one, centres[one.subject_id], seed)
            for one in sorted(samples, key=lambda one: one.sample_id)
        ),
        ranges,
    )


def blood_of(sample: CountedSample, seed: int) -> Concentrations:
    """Divide known counts into the populations that are simulated.

    Parameters
    ----------
    sample : CountedSample
        Its counts, which must be possible.
    seed : int
        Seed of the cells that are no lymphocytes: those of treated patients.

    Returns
    -------
    dict of str to float
        Cells per microlitre by population; `true_concentrations` adds them up to the
        counts given.

    Notes
    -----
    Double positives are CD4 + CD8 + double negatives - CD3. As in other patients that
    are simulated, a share of the T cells is activated: 2 % before the infusion, 15 %
    on day 14, 8 % on day 28, in between by straight lines; 4 % of the CD8 T cells are
    NKT-like, and a quarter of the NK cells carries some CD8.
    """
    cells = sample.cells_per_ul
    double_positive = _double_positive(cells)
    cd4, cd8 = cells["CD4"] - double_positive, cells["CD8"] - double_positive
    activated = float(np.interp(sample.rel_day, _DAYS, _ACTIVATED))
    others = treated_concentrations(
        "D0",
        subject=stream(seed, "subject", sample.subject_id),
        occasion=stream(seed, "occasion", sample.subject_id, sample.occasion),
    )
    return {name: n for name, n in others.items() if name not in LYMPHOCYTES} | {
        "cd4_t": cd4 * (1 - activated),
        "activated_cd4_t": cd4 * activated,
        "cd8_t": cd8 * (1 - _NKT_LIKE - activated),
        "activated_cd8_t": cd8 * activated,
        "nkt_like": cd8 * _NKT_LIKE,
        "dp_t": double_positive,
        "dn_t": cells["DNT"],
        "nk_cd8neg": cells["NK"] * (1 - _NK_CD8DIM),
        "nk_cd8dim": cells["NK"] * _NK_CD8DIM,
        "b": cells["CD19"],
    }


def _planned(sample: CountedSample, centre: int, seed: int) -> PlannedSample:
    """Fill the two tubes of a sample at its centre."""
    first = sample.drawn_at + timedelta(hours=_HOURS_TO_CYTOMETER)
    # The sheet counts back from the full hour of the first tube.
    age = first.replace(minute=0) - sample.drawn_at
    blood = blood_of(sample, seed)
    return PlannedSample(
        sample_id=sample.sample_id,
        subject_id=sample.subject_id,
        cycle=sample.cycle,
        visit=sample.visit,
        rel_day=sample.rel_day,
        count_method="bead",
        hours_since_draw=age / timedelta(hours=1),
        tubes=tuple(
            TubeSpec(
                CALIBUR,
                tube,
                sample.subject_id,
                sample.occasion,
                blood,
                n_lymphocytes=N_LYMPHOCYTES,
                preparation=Preparation(bead_lot=f"SIM-{centre:03d}"),
                instrument=f"CENTRE-{centre}",
                staining_lot=f"CENTRE-{centre}",
                acquired_at=first + timedelta(minutes=_MINUTES_BETWEEN_TUBES * at),
            )
            for at, tube in enumerate(PANELS[CALIBUR])
        ),
    )


def _double_positive(cells: Mapping[str, float]) -> float:
    """Take CD4+CD8+ cells from the others; rounding alone takes none out of bounds."""
    found = cells["CD4"] + cells["CD8"] + cells["DNT"] - cells["CD3"]
    possible = min(max(found, 0.0), cells["CD4"], cells["CD8"])
    return possible if isclose(found, possible, abs_tol=1e-9 * cells["CD3"]) else found


def _repeated(samples: Iterable[CountedSample]) -> list[Problem]:
    """Find samples that are given more than once."""
    given = Counter(one.sample_id for one in samples)
    message = "is given {} times, expected once; give each draw a visit of its own."
    return [Problem(name, message.format(n)) for name, n in given.items() if n > 1]


def _impossible(sample: CountedSample) -> list[Problem]:
    """Find what cannot be in the counts of a sample."""
    cells = sample.cells_per_ul
    wrong = [
        f"{name} is {cells.get(name)}"
        for name in COUNTED
        if name not in cells or not (isfinite(cells[name]) and cells[name] >= 0)
    ]
    if wrong:
        message = f"{', '.join(wrong)}; expected cells per microlitre, 0 or more."
        return [Problem(sample.sample_id, message)]
    both = _double_positive(cells)
    if 0 <= both <= min(cells["CD4"], cells["CD8"]):
        return []
    message = (
        f"CD4 + CD8 + DNT - CD3 gives {both:g} double positives, expected 0 to the "
        "smaller of CD4 and CD8; correct the counts."
    )
    return [Problem(sample.sample_id, message)]
