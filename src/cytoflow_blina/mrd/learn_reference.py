"""Learn what normal cells of B lineage look like from negative marrows.

Marrows are first brought to one brightness, by what all of them hold and by their own
B lineage, so that the reference is not blurred by instruments and lots of reagents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cytoflow_blina.domain.events import BoolArray, FloatArray
from cytoflow_blina.domain.mrd import NormalPopulation, TubeReference
from cytoflow_blina.mrd.alignment import align_reference, brighten
from cytoflow_blina.mrd.distance import nearest_population
from cytoflow_blina.mrd.normal_stations import find_stations

FEWEST_MARROWS = 3
FEWEST_EVENTS = 2_000
"""Marrows, and events of B lineage in all of them, from which a tube is learnt."""

_ROUNDS = 3
_ROUGH_STATIONS, _ROUGH_EVENTS = 25, 6_000
"""With which marrows are aligned to each other; the stations come afterwards."""

_ANY_BRIGHTNESS = 0.3
"""Decades by which marrows may differ while they are aligned to each other."""

_USUAL_DIFFERENCE, _WORTH = 0.06, 3.0
"""Decades by which marrows usually differ, and how many marrows that is worth."""

_LEAST_SHARE_OF_STAGE = 0.5
"""Share of a station's events that lie in the stage whose name it bears."""

_N_FOLDS = 3

QUANTILES = (0.99, 0.999, 0.9999)


@dataclass(frozen=True, eq=False)
class NormalMarrow:
    """The events of B lineage of one negative marrow.

    Attributes
    ----------
    sample_id : str
        The marrow.
    events : ndarray of float64, shape (n_events, n_markers)
        Decades on the arcsinh axis; may be none.
    anchors : mapping of str to ndarray of float64, shape (n_markers,)
        Medians of the anchor gates by path, decades; a gate with too few events is
        left out.
    stages : mapping of str to ndarray of bool, shape (n_events,)
        Which of the events lie in the gate of a stage, by its name.
    """

    sample_id: str
    events: FloatArray
    anchors: Mapping[str, FloatArray]
    stages: Mapping[str, BoolArray]


@dataclass(frozen=True)
class HeldOut:
    """How far normal events of marrows lie that a reference was not learnt from.

    Attributes
    ----------
    n_events : int
        Events of B lineage of all marrows.
    quantiles_sd : tuple of float
        Distance from the nearest normal cells, in standard deviations, below which
        99, 99.9 and 99.99 % of them lie; NaN without events.
    """

    n_events: int
    quantiles_sd: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class LearntReference:
    """A reference, and the marrows that tell nothing of brightness.

    Attributes
    ----------
    reference : TubeReference
        What was learnt.
    without_maturation : tuple of str
        Marrows, such as those in aplasia, that show too little of the maturation of
        the others to be compared with them: they are no part of `between_tubes`.
    """

    reference: TubeReference
    without_maturation: tuple[str, ...]


def learn_tube(
    marrows: Sequence[NormalMarrow],
    markers: Sequence[str],
    *,
    tube: str = "",
    cofactor: float,
) -> TubeReference:
    """Learn the normal cells of one tube of a panel, as `learn_marrows` does.

    Parameters
    ----------
    marrows : sequence of NormalMarrow
        Two or more, of which some have events of B lineage.
    markers : sequence of str
        The columns of their events.
    tube : str, default ""
        Id of the panel's tube.
    cofactor : float
        Of the arcsinh axis, in linear units.

    Returns
    -------
    TubeReference
        The reference alone.
    """
    return learn_marrows(marrows, markers, tube=tube, cofactor=cofactor).reference


def learn_marrows(
    marrows: Sequence[NormalMarrow],
    markers: Sequence[str],
    *,
    tube: str = "",
    cofactor: float,
) -> LearntReference:
    """Learn the normal cells of one tube of a panel, and say which marrows told them.

    Parameters
    ----------
    marrows : sequence of NormalMarrow
        Two or more, of which some have events of B lineage.
    markers : sequence of str
        The columns of their events.
    tube : str, default ""
        Id of the panel's tube.
    cofactor : float
        Of the arcsinh axis, in linear units.

    Returns
    -------
    LearntReference
        Without populations where the marrows have none in common. The same marrows
        give the same reference.

    Notes
    -----
    Marrows are aligned in rounds: to rough stations learnt from all of them, which are
    then learnt again. What is left of a marrow's shift once its anchors agree with the
    others' tells how uncertain a new tube's brightness is (`between_tubes`). A marrow
    that shows no maturation is aligned by its anchors alone.
    """
    anchors = _common_anchors([marrow.anchors for marrow in marrows])
    reference = TubeReference(
        tube, tuple(markers), cofactor, (), anchors, np.zeros(len(markers))
    )
    nothing = np.zeros((0, len(markers)))
    by_anchors = np.array(
        [align_reference(reference, nothing, one.anchors).shift for one in marrows]
    )
    own, tells = _shifts_of_b_lineage(reference, marrows, by_anchors)
    aligned = _aligned(marrows, by_anchors + own)
    singles = tuple(anchors.values())
    stations = find_stations(aligned, singles).populations
    learnt = replace(
        reference,
        populations=_named(stations, aligned, [one.stages for one in marrows]),
        anchors=_common_anchors(
            [
                {
                    path: brighten(levels, -shift)
                    for path, levels in marrow.anchors.items()
                }
                for marrow, shift in zip(marrows, by_anchors, strict=True)
            ]
        ),
        between_tubes=_between(own[tells]),
    )
    silent = [
        one.sample_id for one, told in zip(marrows, tells, strict=True) if not told
    ]
    return LearntReference(learnt, tuple(silent))


def hold_out(
    marrows: Sequence[NormalMarrow], markers: Sequence[str], *, cofactor: float
) -> HeldOut:
    """See how far normal events lie from references learnt from other marrows.

    Parameters
    ----------
    marrows : sequence of NormalMarrow
        Three or more; every third is left out in turn.
    markers : sequence of str
        The columns of their events.
    cofactor : float
        Of the arcsinh axis, in linear units.

    Returns
    -------
    HeldOut
        Over the events of all marrows, each from the reference that was learnt
        without it and brought to its brightness.
    """
    distances = [np.zeros(0)]
    for fold in range(_N_FOLDS):
        others = [one for place, one in enumerate(marrows) if place % _N_FOLDS != fold]
        reference = learn_tube(others, markers, cofactor=cofactor)
        if not reference.populations:
            continue
        for marrow in marrows[fold::_N_FOLDS]:
            aligned = align_reference(reference, marrow.events, marrow.anchors)
            squared, _ = nearest_population(
                marrow.events, aligned.reference.populations
            )
            distances.append(np.sqrt(squared))
    pooled = np.concatenate(distances)
    if not pooled.size:
        return HeldOut(0, (np.nan,) * len(QUANTILES))
    found = np.quantile(pooled, QUANTILES)
    return HeldOut(pooled.size, tuple(float(value) for value in found))


def _common_anchors(
    marrows: Sequence[Mapping[str, FloatArray]],
) -> dict[str, FloatArray]:
    """Take the median over marrows of each anchor that at least two of them have."""
    paths = sorted({path for anchors in marrows for path in anchors})
    levels = {
        path: [anchors[path] for anchors in marrows if path in anchors]
        for path in paths
    }
    return {
        path: np.median(found, axis=0)
        for path, found in levels.items()
        if len(found) >= 2
    }


def _shifts_of_b_lineage(
    reference: TubeReference,
    marrows: Sequence[NormalMarrow],
    by_anchors: FloatArray,
) -> tuple[FloatArray, BoolArray]:
    """Find how marrows differ once their anchors agree; shape (n_marrows, n_markers).

    The middle marrow is the measure: all of them could be brighter than any number.
    One that shows no maturation, which the second value tells, shape (n_marrows,), has
    no shift and moves no middle.
    """
    tells = np.zeros(len(marrows), dtype=np.bool_)
    own = np.zeros_like(by_anchors)
    loose = np.full(by_anchors.shape[1], _ANY_BRIGHTNESS)
    # To the largest first: stations of all of them would lie where each marrow is, and
    # show no shift.
    aligned = _aligned(marrows, by_anchors)
    largest = max(aligned, key=len)
    measure = [largest[::2], largest[1::2]]
    for _ in range(_ROUNDS):
        rough = find_stations(
            measure, n_stations=_ROUGH_STATIONS, n_events=_ROUGH_EVENTS
        ).populations
        if not rough:
            break
        target = replace(reference, populations=rough, anchors={}, between_tubes=loose)
        found = [align_reference(target, events, {}) for events in aligned]
        tells = np.array([one.shows_maturation for one in found])
        if not tells.any():
            break
        own += [one.shift for one in found]
        own[tells] -= np.median(own[tells], axis=0)
        own[~tells] = 0
        aligned = measure = _aligned(marrows, by_anchors + own)
    return own, tells


def _aligned(marrows: Sequence[NormalMarrow], shifts: FloatArray) -> list[FloatArray]:
    """Bring the events of every marrow to one brightness."""
    return [
        brighten(marrow.events, -shift)
        for marrow, shift in zip(marrows, shifts, strict=True)
    ]


def _between(own: FloatArray) -> FloatArray:
    """Take the SD over marrows, drawn to the usual one where they are few."""
    squares = (own**2).sum(axis=0) + _WORTH * _USUAL_DIFFERENCE**2
    spread: FloatArray = np.sqrt(squares / (max(len(own) - 1, 0) + _WORTH))
    return spread


def _named(
    stations: Sequence[NormalPopulation],
    aligned: Sequence[FloatArray],
    stages: Sequence[Mapping[str, BoolArray]],
) -> tuple[NormalPopulation, ...]:
    """Name every station by the stage that most of its events lie in."""
    counts: dict[str, NDArray[np.intp]] = {}
    totals = np.zeros(len(stations), dtype=np.intp)
    for events, masks in zip(aligned, stages, strict=True):
        _, which = nearest_population(events, stations)
        totals += np.bincount(which, minlength=len(stations))
        for name, mask in masks.items():
            inside = np.bincount(which[mask], minlength=len(stations))
            counts[name] = counts.get(name, 0) + inside
    # Of stages that lie in one another the smallest says most.
    names = sorted(counts, key=lambda name: int(counts[name].sum()))
    return tuple(
        replace(station, name=_stage_of(place, counts, names, totals) or station.name)
        for place, station in enumerate(stations)
    )


def _stage_of(
    place: int,
    counts: Mapping[str, NDArray[np.intp]],
    names: Sequence[str],
    totals: NDArray[np.intp],
) -> str:
    """Find the smallest stage that holds most of a station; empty for none."""
    for name in names:
        if counts[name][place] > _LEAST_SHARE_OF_STAGE * totals[place]:
            return name
    return ""
