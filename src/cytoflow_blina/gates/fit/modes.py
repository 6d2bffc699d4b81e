"""Cut between the modes of one marker, with nothing known of where they lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.gates.fit.density import BANDWIDTH, LEFT, RIGHT
from cytoflow_blina.gates.fit.method import Doubt, Found, UnguidedMethod
from cytoflow_blina.gates.fit.profile import (
    Profile,
    end_of_mode,
    profile_of,
    reaches_axis,
)
from cytoflow_blina.gates.fit.valley import valley_doubt

SETTINGS = frozenset({"min_events", "max_depth"})
"""Names of settings that a template may give."""

TAIL_SETTINGS = frozenset({"spreads"})
"""The same, for the end of the negative events."""

SIGNIFICANCE = 3.0
"""How much deeper than counting noise a valley must be, in standard deviations."""

SEPARATION = 2.0
"""Ashman's D, below which two modes are one population."""

NEGATIVE_SPREADS = 5.0
"""Where negative events end, above their mode, in robust standard deviations."""

THROUGH = 0.15
"""Where the density is this share of the highest, a threshold cuts through a mode."""

CLEAR = 0.5
"""Least confidence of a threshold among other events that cuts a tail off these."""

WIDER = 0.8
"""Confidence of a threshold that other events show, relative to that among them."""

GUESS = 0.2
"""Confidence of a threshold that only says where negative events end."""

MANY = 100
"""With fewer events on one side the confidence falls, as their square root does."""

Which = Literal["deepest", "lowest", "highest"]


def find_deepest_valley(
    values: FloatArray, settings: Mapping[str, float]
) -> Found[float] | None:
    """Find the clearest valley of the whole axis.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events,)
        One marker, display units.
    settings : mapping of str to float
        `min_events`: how many events each side must hold (default 20). `max_depth`:
        how high the valley may be, as a share of the lower mode beside it (default
        0.7).

    Returns
    -------
    Found of float, or None
        The lowest point of the valley, in a stretch without events its middle. None
        where one population is all there is, and without events. The confidence is
        that the two sides are two populations: it falls with the height of the valley,
        with modes that stand less than four standard deviations apart, and with fewer
        than a hundred events on one side.

    Notes
    -----
    Nothing is taken for a second population that one population could show: a valley
    must be deeper than counting noise explains by three standard deviations, and the
    modes on its sides must lie at least two standard deviations apart (Ashman's D).
    What lies on the end of the axis at one value is negative and makes no mode, unless
    there is no other.
    """
    return _find(values, settings, "deepest")


def find_lowest_valley(
    values: FloatArray, settings: Mapping[str, float]
) -> Found[float] | None:
    """Find the lowest valley of the whole axis: above debris, or below dim events.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events,)
        One marker, display units.
    settings : mapping of str to float
        As in `find_deepest_valley`.

    Returns
    -------
    Found of float, or None
        As `find_deepest_valley`.
    """
    return _find(values, settings, "lowest")


def find_highest_valley(
    values: FloatArray, settings: Mapping[str, float]
) -> Found[float] | None:
    """Find the highest valley of the whole axis: below bright events alone.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events,)
        One marker, display units.
    settings : mapping of str to float
        As in `find_deepest_valley`.

    Returns
    -------
    Found of float, or None
        As `find_deepest_valley`.
    """
    return _find(values, settings, "highest")


def on_wider(
    method: UnguidedMethod,
    values: FloatArray,
    own: FloatArray,
    settings: Mapping[str, float],
) -> Found[float] | None:
    """Find a threshold on more events than it is meant for.

    Parameters
    ----------
    method : UnguidedMethod
        Finds it.
    values : ndarray of float64, shape (n_events,)
        The events to look at.
    own : ndarray of float64, shape (n_own_events,)
        Those that it is meant for, which show no valley of their own.
    settings : mapping of str to float
        Of the method.

    Returns
    -------
    Found of float, or None
        None too where the threshold would cut into the upper side of the only mode of
        `own`, which then is that of negative events. Where it cuts into the lower side
        the mode is that of positive events, and only its tail is lost; the confidence
        is halved once more.
    """
    found = method(values, settings)
    if found is None or values is own:
        return found
    own = own[np.isfinite(own)]
    if not own.size:
        return found
    profile = profile_of(own)
    mode = profile.centers[np.argmax(profile.density)]
    height = np.interp(found.geometry, profile.centers, profile.density)
    confidence = WIDER * found.confidence
    if height > THROUGH * profile.density.max():
        if found.geometry > mode or found.confidence < CLEAR:
            return None
        confidence /= 2
    return Found(found.geometry, confidence, found.doubt)


def find_highest_of_all(
    values: FloatArray, _at: float, settings: Mapping[str, float]
) -> Found[float] | None:
    """Find the highest valley wherever it lies; the template's place is for none.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events,)
        One marker, display units.
    settings : mapping of str to float
        As in `find_deepest_valley`.

    Returns
    -------
    Found of float, or None
        As `find_deepest_valley`.
    """
    return find_highest_valley(values, settings)


def find_end_of_negatives(
    values: FloatArray, settings: Mapping[str, float]
) -> Found[float] | None:
    """Find where the upper tail of the only population ends.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events,)
        One marker, display units.
    settings : mapping of str to float
        `spreads`: how far above the mode, in standard deviations (default 5).

    Returns
    -------
    Found of float, or None
        With little confidence, as nothing in the tube shows where positive events
        would begin. None with fewer than twenty events.

    Notes
    -----
    The standard deviation is that of the upper side, from the distance at which the
    density falls to half of the mode's, so that neither a long lower tail nor positive
    events, however many, widen it.
    """
    values = values[np.isfinite(values)]
    if values.size < 20:
        return None
    spreads = settings.get("spreads", NEGATIVE_SPREADS)
    _, end, spread = end_of_mode(profile_of(values), spreads)
    return Found(end, GUESS, Doubt(end - spread, end + spread, parts_two=False))


def find_start_of_cells(
    values: FloatArray, _settings: Mapping[str, float]
) -> Found[float] | None:
    """Find where the only population begins, so that none of it is lost.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events,)
        One marker, display units.

    Returns
    -------
    Found of float, or None
        As `find_end_of_negatives`, on the other side.
    """
    found = find_end_of_negatives(1 - values, {})
    if found is None:
        return None
    doubt = Doubt(low=1 - found.doubt.high, high=1 - found.doubt.low)
    return Found(1 - found.geometry, found.confidence, doubt)


def _find(
    values: FloatArray, settings: Mapping[str, float], which: Which
) -> Found[float] | None:
    """Choose a valley; look at what lies on the axis where nothing else shows one."""
    values = values[np.isfinite(values)]
    min_events = settings.get("min_events", 20)
    if values.size < 2 * min_events:
        return None
    limits = (min_events, settings.get("max_depth", 0.7))
    for with_axis in (False, True):
        if with_axis and reaches_axis(values):
            break
        profile = profile_of(values, with_axis=with_axis)
        valleys = _valleys(profile, values, *limits)
        if valleys:
            valley = _chosen(valleys, which)
            threshold = float(np.clip(valley.at, LEFT, RIGHT))
            doubt = valley_doubt(values, threshold, BANDWIDTH)
            return Found(threshold, confidence=valley.confidence, doubt=doubt)
    return None


def _chosen(valleys: list[_Valley], which: Which) -> _Valley:
    """Take one of several valleys, in the order of the axis."""
    if which == "deepest":
        return max(valleys, key=lambda valley: valley.confidence)
    return valleys[0 if which == "lowest" else -1]


@dataclass(frozen=True)
class _Valley:
    """A place between two modes.

    `depth` is its height as a share of the lower mode, `separation` Ashman's D, and
    `n_smaller` the events on the side that has fewer.
    """

    at: float
    depth: float
    separation: float
    n_smaller: float

    @property
    def confidence(self) -> float:
        """Whether two populations lie on its sides, 0 to 1."""
        return float(
            (1 - self.depth)
            * min(1.0, self.separation / 4)
            * min(1.0, np.sqrt(self.n_smaller / MANY))
        )


def _valleys(
    profile: Profile, values: FloatArray, min_events: float, max_depth: float
) -> list[_Valley]:
    """Find every valley between populations, in the order of the axis.

    Minima of the density are struck out, the shallowest first, until all that remain
    are deep enough, significant, and part modes that stand apart.
    """
    density = profile.density
    minima = [*_minima(density)]
    while minima:
        edges = [0, *minima, density.size - 1]
        tops = [density[a : b + 1].max() for a, b in pairwise(edges)]
        modes = np.minimum(tops[:-1], tops[1:])
        height = density[minima] / np.maximum(modes, 1e-300)
        is_good = (height <= max_depth) & (
            _significance(profile, minima, edges) >= SIGNIFICANCE
        )
        n_parts = np.diff([0.0, *profile.n_below[minima], float(values.size)])
        is_good &= np.minimum(n_parts[:-1], n_parts[1:]) >= min_events
        separations = _separations(profile, edges)
        is_good &= separations >= SEPARATION
        if is_good.all():
            return [
                _Valley(
                    float(profile.centers[_middle(profile, minimum)]),
                    float(height[i]),
                    float(separations[i]),
                    min(
                        profile.n_below[minimum], values.size - profile.n_below[minimum]
                    ),
                )
                for i, minimum in enumerate(minima)
            ]
        worst = int(np.argmax(np.where(is_good, -1.0, height)))
        del minima[worst]
    return []


def _minima(density: FloatArray) -> list[int]:
    """Positions of the minima between the first and the last maximum."""
    slope = np.sign(np.diff(density))
    turns = [i for i in range(slope.size) if slope[i]]
    minima = []
    for one, other in pairwise(turns):
        if slope[one] < 0 < slope[other]:
            minima.append((one + 1 + other) // 2)
    return minima


def _significance(profile: Profile, minima: list[int], edges: list[int]) -> FloatArray:
    """How much lower the minima are than the lower mode beside, in noise of counting.

    Counted are the events within the mode's width at half its height above the minimum,
    at least one bandwidth to either side, so that a broad mode of few events counts.
    """
    density, seen = profile.density, 2 * profile.bandwidth
    deep = []
    for i, minimum in enumerate(minima):
        level, sides = density[minimum], []
        for start, stop in ((edges[i], minimum), (minimum, edges[i + 2])):
            side = density[start : stop + 1]
            least = seen[start + int(np.argmax(side))]
            is_mode = side > (side.max() + level) / 2
            width = max(least, float(np.count_nonzero(is_mode)))
            n_mode = max(side.max() * least, float(side[is_mode].sum()))
            n_dip = level * width
            noise = n_mode + n_dip * max(width / seen[minimum], 1.0)
            sides.append((n_mode - n_dip) / np.sqrt(max(noise, 1e-300)))
        deep.append(min(sides))
    return np.array(deep)


def _separations(profile: Profile, edges: list[int]) -> FloatArray:
    """Ashman's D of the parts on either side of each inner edge."""
    means, variances = [], []
    for start, stop in pairwise(edges):
        x = profile.centers[start : stop + 1]
        weight = profile.density[start : stop + 1] + 1e-300
        mean = np.average(x, weights=weight)
        means.append(mean)
        variances.append(np.average((x - mean) ** 2, weights=weight))
    pooled = np.sqrt((np.array(variances[:-1]) + np.array(variances[1:])) / 2)
    separation: FloatArray = np.diff(means) / np.maximum(pooled, 1e-9)
    return separation


def _middle(profile: Profile, position: int) -> int:
    """Middle of the stretch around a minimum that is as low but for counting noise."""
    density, seen = profile.density, 2 * profile.bandwidth[position]
    n_seen = max(density[position] * seen, 1.0)
    limit = density[position] + np.sqrt(n_seen) / seen
    first = last = position
    while first > 0 and density[first - 1] <= limit:
        first -= 1
    while last + 1 < density.size and density[last + 1] <= limit:
        last += 1
    return (first + last) // 2
