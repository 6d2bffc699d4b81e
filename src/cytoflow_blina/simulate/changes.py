"""Change what a tube drew: voltages, compensation, staining, age, course.

Each function takes the conditions of a tube and gives others; `functools.partial`
fills in by how much, and `TubeSpec.changes` holds the result.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cytoflow_blina.simulate.conditions import Conditions
from cytoflow_blina.simulate.populations import CELLS, GRANULOCYTES, POPULATIONS
from cytoflow_blina.simulate.ranges import Cytometer

_LEAST_MEAN_SPILL = 0.05
_TANDEM_DIMMER = 0.1
_TOP_DECADES = {"channels": 4.0, "floats": np.log10(262_143), "steps": np.log10(2**20)}
_BELOW_TOP_DECADES = 0.05
_CD45_GAP_PER_DAY = 0.05
_GRANULOCYTE_SIDE_SCATTER_PER_DAY = 0.9
_DEBRIS_DOUBLES_IN_DAYS = 3.0
_MOST_DEBRIS = 0.75
_DEAD_AFTER_THREE_DAYS = (0.05, 0.20)


@dataclass(frozen=True, eq=False)
class Surroundings:
    """Where a change happens.

    Attributes
    ----------
    cytometer : Cytometer
        The cytometer of the tube's panel.
    markers : tuple of str
        The marker on each detector.
    rng : numpy.random.Generator
        Stream of the tube's changes, apart from all else that the tube draws.
    """

    cytometer: Cytometer
    markers: tuple[str, ...]
    rng: np.random.Generator

    def detector(self, name: str) -> int:
        """Find a detector by its name."""
        return [one.name for one in self.cytometer.detectors].index(name)


Change = Callable[[Conditions, Surroundings], Conditions]


def shift_gain(
    conditions: Conditions,
    surroundings: Surroundings,
    *,
    decades: float,
    markers: tuple[str, ...] = (),
) -> Conditions:
    """Raise or lower the voltages.

    Parameters
    ----------
    conditions : Conditions
        What the tube drew.
    surroundings : Surroundings
        Its markers.
    decades : float
        By how much the gain grows.
    markers : tuple of str
        Those whose detectors are meant; all where empty.

    Returns
    -------
    Conditions
        Signals, autofluorescence and spill of the detectors follow. What the operator
        or the software compensates follows too.
    """
    shift = np.array(
        [
            decades * (not markers or marker in markers)
            for marker in surroundings.markers
        ]
    )
    # A coefficient compares two detectors: it changes where their gains part.
    ratio = 10 ** np.subtract.outer(-shift, -shift)
    return replace(
        conditions,
        gain=conditions.gain * 10**shift,
        median=conditions.median + shift,
        autofluorescence=conditions.autofluorescence * 10**shift,
        spill=conditions.spill * ratio,
        believed_spill=conditions.believed_spill * ratio,
    )


def weaken_light(
    conditions: Conditions,
    surroundings: Surroundings,  # noqa: ARG001  all changes have one signature
    *,
    decades: float,
) -> Conditions:
    """Let the lasers lose power, which no voltage in the file tells.

    Parameters
    ----------
    conditions : Conditions
        What the tube drew.
    surroundings : Surroundings
        Not looked at.
    decades : float
        By how much all fluorescence falls.

    Returns
    -------
    Conditions
        With dimmer dyes and autofluorescence, and the same gains.
    """
    return replace(
        conditions,
        median=conditions.median - decades,
        autofluorescence=conditions.autofluorescence * 10**-decades,
    )


def misjudge_spill(
    conditions: Conditions, surroundings: Surroundings, *, factor: float
) -> Conditions:
    """Compensate one pair too little or too much.

    Parameters
    ----------
    conditions : Conditions
        What the tube drew.
    surroundings : Surroundings
        Its cytometer, and the stream that chooses among coefficients that average
        5 % or more.
    factor : float
        On the coefficient that is believed.

    Returns
    -------
    Conditions
        With the same spill, and another belief.
    """
    pairs = [
        pair
        for pair, span in surroundings.cytometer.spill.items()
        if sum(span) / 2 >= _LEAST_MEAN_SPILL
    ]
    dye, detector = pairs[int(surroundings.rng.integers(len(pairs)))]
    cell = surroundings.detector(dye), surroundings.detector(detector)
    believed = conditions.believed_spill.copy()
    believed[cell] = np.round(factor * believed[cell], 5)
    return replace(conditions, believed_spill=believed)


def shift_marker(
    conditions: Conditions,
    surroundings: Surroundings,
    *,
    marker: str = "",
    decades: float,
    populations: tuple[str, ...] = CELLS,
) -> Conditions:
    """Stain one marker brighter or dimmer.

    Parameters
    ----------
    conditions : Conditions
        What the tube drew.
    surroundings : Surroundings
        Its markers; a tube without the marker stays as it is.
    marker : str
        Which one; every one where empty.
    decades : float
        By how much its median rises.
    populations : tuple of str
        On which particles.

    Returns
    -------
    Conditions
        With other medians of that dye.
    """
    median = conditions.median.copy()
    rows = [POPULATIONS.index(name) for name in populations]
    for column, one in enumerate(surroundings.markers):
        if marker in ("", one):
            median[rows, column] += decades
    return replace(conditions, median=median)


def resemble(
    conditions: Conditions,
    surroundings: Surroundings,
    *,
    population: str,
    like: str,
    markers: tuple[str, ...] = (),
    scatter: float = 1.0,
) -> Conditions:
    """Let one population look like another, where it is to be found.

    Parameters
    ----------
    conditions : Conditions
        What the tube drew.
    surroundings : Surroundings
        Its markers; those that the tube does not have are passed over.
    population : str
        Which one.
    like : str
        Whose scatter it has.
    markers : tuple of str
        What it carries as that does; of all others it keeps what it had.
    scatter : float
        Factor on side scatter beside the other's.

    Returns
    -------
    Conditions
        With another row of that population.
    """
    row, other = POPULATIONS.index(population), POPULATIONS.index(like)
    median, spread = conditions.median.copy(), conditions.spread.copy()
    for column, marker in enumerate(surroundings.markers):
        if marker in markers:
            median[row, column] = median[other, column]
            spread[row, column] = spread[other, column]
    mean, cv = conditions.scatter_mean.copy(), conditions.scatter_cv.copy()
    mean[row], cv[row] = mean[other] * (1.0, scatter), cv[other]
    return replace(
        conditions, median=median, spread=spread, scatter_mean=mean, scatter_cv=cv
    )


def saturate(
    conditions: Conditions, surroundings: Surroundings, *, marker: str
) -> Conditions:
    """Raise one voltage until the brightest cells reach the top of the scale.

    Parameters
    ----------
    conditions : Conditions
        What the tube drew.
    surroundings : Surroundings
        Its cytometer and markers.
    marker : str
        Whose detector is meant.

    Returns
    -------
    Conditions
        With T cells just below the top in that detector.
    """
    top = _TOP_DECADES[surroundings.cytometer.stores]
    column = surroundings.markers.index(marker)
    now = conditions.median[POPULATIONS.index("cd4_t"), column]
    decades = float(top - _BELOW_TOP_DECADES - now)
    return shift_gain(conditions, surroundings, decades=decades, markers=(marker,))


def overcompensate(
    conditions: Conditions,
    surroundings: Surroundings,
    *,
    pair: tuple[str, str],
    excess: float,
) -> Conditions:
    """Subtract far too much of one dye from another detector.

    Parameters
    ----------
    conditions : Conditions
        What the tube drew.
    surroundings : Surroundings
        Its cytometer.
    pair : tuple of two str
        Detector of the dye, and that from which it is subtracted.
    excess : float
        What is subtracted beside the truth, as a share of the dye.

    Returns
    -------
    Conditions
        With the same spill, and another belief.
    """
    cell = tuple(surroundings.detector(name) for name in pair)
    believed = conditions.believed_spill.copy()
    believed[cell] = conditions.spill[cell] + excess
    return replace(conditions, believed_spill=believed)


def put(
    conditions: Conditions,
    surroundings: Surroundings,  # noqa: ARG001  all changes have one signature
    **values: Any,
) -> Conditions:
    """Put other numbers in the place of those that were drawn.

    Parameters
    ----------
    conditions : Conditions
        What the tube drew.
    surroundings : Surroundings
        Not looked at.
    **values : float
        By name of the attribute of `Conditions`: `debris=0.5`.

    Returns
    -------
    Conditions
        With those numbers.
    """
    return replace(conditions, **values)


def break_tandem(
    conditions: Conditions, surroundings: Surroundings, *, more: float
) -> Conditions:
    """Let a tandem dye fall apart after compensation was set.

    Parameters
    ----------
    conditions : Conditions
        What the tube drew.
    surroundings : Surroundings
        Its cytometer, which names the tandem and the detector of its donor; one
        without leaves the tube as it is.
    more : float
        How much more of the tandem the donor's detector sees, as a share of the dye.

    Returns
    -------
    Conditions
        With the tandem 0.1 decade dimmer in its own detector, and the old belief.
    """
    if surroundings.cytometer.tandem is None:
        return conditions
    tandem, donor = (surroundings.detector(d) for d in surroundings.cytometer.tandem)
    spill = conditions.spill.copy()
    spill[tandem, donor] += more
    median = conditions.median.copy()
    median[: len(CELLS), tandem] -= _TANDEM_DIMMER
    return replace(conditions, spill=spill, median=median)


def age(
    conditions: Conditions, surroundings: Surroundings, *, days: float
) -> Conditions:
    """Let the blood stand before it is stained.

    Parameters
    ----------
    conditions : Conditions
        What the tube drew, as of fresh blood.
    surroundings : Surroundings
        Its markers, and the stream from which the share of dead cells is drawn.
    days : float
        How long.

    Returns
    -------
    Conditions
        CD45 of leukocytes draws nearer to that of lymphocytes by 0.05 decade a day,
        side scatter of granulocytes falls by 10 % a day, debris doubles in three days,
        and 5 to 20 % of cells are dead after three days.
    """
    median = conditions.median.copy()
    cd45 = surroundings.markers.index("CD45")
    lymphocytes = median[POPULATIONS.index("cd4_t"), cd45]
    for name in ("monocyte", "basophil", *GRANULOCYTES):
        row = POPULATIONS.index(name)
        median[row, cd45] = max(
            median[row, cd45],
            min(median[row, cd45] + _CD45_GAP_PER_DAY * days, lymphocytes),
        )
    scatter = conditions.scatter_mean.copy()
    granulocytes = [POPULATIONS.index(name) for name in GRANULOCYTES]
    scatter[granulocytes, 1] *= _GRANULOCYTE_SIDE_SCATTER_PER_DAY**days
    debris = conditions.debris * 2 ** (days / _DEBRIS_DOUBLES_IN_DAYS)
    return replace(
        conditions,
        median=median,
        scatter_mean=scatter,
        debris=min(debris, _MOST_DEBRIS),
        dead=surroundings.rng.uniform(*_DEAD_AFTER_THREE_DAYS) * days / 3,
    )
