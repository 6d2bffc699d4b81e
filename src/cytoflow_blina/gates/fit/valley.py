"""Cut between negative and positive events at the deepest valley."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from cytoflow_blina.domain.events import BoolArray, FloatArray
from cytoflow_blina.gates.fit.density import BANDWIDTH, on_grid
from cytoflow_blina.gates.fit.method import Doubt, Found

SETTINGS = frozenset({"search", "min_events", "bandwidth", "max_depth"})
"""Names of settings that a template may give."""

AXIS_END = 0.005
"""Events at or below this lie on the axis or left of it: a pile, and no mode."""

FARTHEST = 3.0
"""How far from the template's threshold a valley may lie, in multiples of `search`."""

FOOT = 0.05
"""A mode begins where the density is this share of the highest."""

FEWEST_TO_MOVE = 20
"""With fewer positive events their own place is not seen."""

SIGNIFICANCE = 3.0
"""How much deeper than counting noise a valley must be, in standard deviations."""


def find_valley(
    values: FloatArray, at: float, settings: Mapping[str, float]
) -> Found[float] | None:
    """Find the threshold between two modes, near the template's threshold.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events,)
        One marker, display units.
    at : float
        The template's threshold, display units.
    settings : mapping of str to float
        `search`: how far from `at` the valley is expected (default 0.125, half a
        decade on an axis of four). `min_events`: how many events each mode must hold
        (default 20). `bandwidth`: of the density (default 0.018). `max_depth`: how
        high the valley may be, as a share of the lower mode (default 0.7).

    Returns
    -------
    Found of float, or None
        The lowest point of the deepest valley; in a stretch without events its
        middle. None without a second mode, and without events. The confidence is 1
        within `search` of `at`, and falls to 0 at three times as far.

    Notes
    -----
    A dip in the density of one population is not a valley: the dip must be deeper
    than counting noise explains, by three standard deviations of the events under
    one bandwidth. A marker that nobody expresses has one mode, and a threshold found
    in its noise would invent a population.

    Cytometers differ by more than `search`: in public files negative lymphocytes lie
    anywhere from 0.10 to 0.50 of a logicle axis. So a valley may lie up to three
    times as far, and the farther, the deeper it must be. Two things keep this from
    splitting one population: the mode below the valley must not lie more than half
    of `search` above `at`, nor the one above it more than that below. Negative
    events alone, of whatever shape, have no mode near the threshold.

    Events on the axis or beyond it (overcompensated, or cut off by a logarithmic
    amplifier) pile up at one value, and the gap beside the pile is no valley: they
    count as negative, but make no mode. `find_valley_beside_pile` takes them for one.
    """
    return _search(at, settings).valley(values, AXIS_END)


def find_valley_beside_pile(
    values: FloatArray, at: float, settings: Mapping[str, float]
) -> Found[float] | None:
    """Find the threshold above negative events of which most lie on the axis.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events,)
        One marker, display units.
    at : float
        The template's threshold, display units.
    settings : mapping of str to float
        As in `find_valley`.

    Returns
    -------
    Found of float, or None
        As `find_valley`, within `search` of `at` and with the pile as a mode.
    """
    return replace(_search(at, settings), farthest=1.0).valley(values)


def find_lowest_valley(
    values: FloatArray, at: float, settings: Mapping[str, float]
) -> Found[float] | None:
    """Find the first valley from below: where debris ends and cells begin.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events,)
        One marker of all events, display units.
    at : float
        The template's threshold, display units.
    settings : mapping of str to float
        As in `find_valley`.

    Returns
    -------
    Found of float, or None
        As `find_valley`, but the lowest of all valleys instead of the best.

    Notes
    -----
    Above debris there may be any number of modes: granulocytes, lymphocytes, beads.
    Whichever of them stands apart most is no matter here; all of them must stay in.
    So the mode of debris must lie at least half of `search` below `at`, and the
    valley no more than `search` above: a tube whose debris the instrument left out
    shows none. Where `at` then cuts through cells, it is lowered to where these
    begin: debris among cells does less harm than cells that are lost.
    """
    search = replace(_search(at, settings), lowest=True)
    return (
        search.valley(values, AXIS_END) or search.valley(values) or search.foot(values)
    )


def _search(at: float, settings: Mapping[str, float]) -> _Search:
    """Put defaults in for the settings that a template leaves out."""
    return _Search(
        at,
        reach=settings.get("search", 0.125),
        min_events=settings.get("min_events", 20),
        bandwidth=settings.get("bandwidth", BANDWIDTH),
        max_depth=settings.get("max_depth", 0.7),
    )


@dataclass(frozen=True)
class _Search:
    """What a valley must be, where, and which of several is taken."""

    at: float
    reach: float
    min_events: float
    bandwidth: float
    max_depth: float
    farthest: float = FARTHEST
    lowest: bool = False

    def valley(
        self, values: FloatArray, axis_end: float = -np.inf
    ) -> Found[float] | None:
        """Find the best valley; events up to the end of the axis make no mode."""
        values = values[np.isfinite(values)]
        on_scale = values[values > axis_end]
        n_events, n_left_out = values.size, values.size - on_scale.size
        if n_events < 2 * self.min_events:
            return None
        centers, density = on_grid(on_scale, self.bandwidth)
        below, low_mode = _highest_so_far(centers, density)
        above, high_mode = (
            a[::-1] for a in _highest_so_far(centers[::-1], density[::-1])
        )
        mode = np.minimum(below, above)
        noise = self._noise(mode, density, centers[1] - centers[0])
        n_below = n_left_out + np.searchsorted(np.sort(on_scale), centers)
        limit = self._limit(centers)
        allowed = (
            (limit > 0)
            & (low_mode <= self.at + (-0.5 if self.lowest else 0.5) * self.reach)
            & (high_mode >= self.at - self.reach / 2)
            & (n_below >= self.min_events)
            & (n_events - n_below >= self.min_events)
            & (noise > SIGNIFICANCE)
        )
        depth = density / np.maximum(mode, 1e-300)
        rank = np.where(allowed, depth / np.maximum(limit, 1e-300), np.inf)
        if not rank.min() <= 1:
            return None
        position = _middle_of_first(rank) if self.lowest else _middle_of_best(rank)
        threshold = float(centers[position])
        return Found(
            threshold,
            confidence=float(limit[position] / self.max_depth),
            doubt=valley_doubt(values, threshold, self.bandwidth),
        )

    def foot(self, values: FloatArray) -> Found[float] | None:
        """Lower a threshold that lies within a mode to the foot of it."""
        values = values[np.isfinite(values)]
        if values.size < 2 * self.min_events:
            return None
        centers, density = on_grid(values, self.bandwidth)
        lowest = self.at - FARTHEST * self.reach
        density /= density.max()
        foot = (centers >= lowest) & (centers < self.at) & (density <= FOOT)
        if np.interp(self.at, centers, density) <= 2 * FOOT:
            return None
        threshold = float(centers[foot].max(initial=lowest))
        doubt = valley_doubt(values, threshold, self.bandwidth)
        return Found(threshold, confidence=0.5, doubt=doubt)

    def _limit(self, centers: FloatArray) -> FloatArray:
        """Highest allowed valley, as a share of the lower mode, by position."""
        distance = np.abs(centers - self.at) / self.reach
        beyond = np.clip((distance - 1) / (FARTHEST - 1), 0, 1)
        limit: FloatArray = self.max_depth * (1 - beyond)
        limit[distance > self.farthest] = 0.0
        if self.lowest:
            limit[centers > self.at + self.reach] = 0.0
        return limit

    def _noise(
        self, mode: FloatArray, density: FloatArray, bin_width: float
    ) -> FloatArray:
        """How deep the dip is, in standard deviations of the counts.

        Counted are the events under one bandwidth on either side, where the
        smoothing looked.
        """
        events = 2 * self.bandwidth / bin_width
        total = np.maximum((mode + density) * events, 1e-300)
        deep: FloatArray = (mode - density) * events / np.sqrt(total)
        return deep


def _highest_so_far(
    centers: FloatArray, density: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Height and place of the highest mode passed on the way, for each position."""
    height = np.maximum.accumulate(density)
    last = np.maximum.accumulate(
        np.where(density >= height, np.arange(density.size), 0)
    )
    return height, centers[last]


def valley_doubt(values: FloatArray, threshold: float, bandwidth: float) -> Doubt:
    """Say in which stretch a threshold in a valley may as well lie.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events,)
        One marker, display units, finite.
    threshold : float
        Where the valley was found.
    bandwidth : float
        Of the density, display units.

    Returns
    -------
    Doubt
        The stretch in which the density is no higher than at the threshold but for
        counting noise (two standard deviations).
    """
    centers, density = on_grid(values, bandwidth)
    width = float(centers[1] - centers[0])
    position = int(np.argmin(np.abs(centers - threshold)))
    seen = 2 * bandwidth / width  # bins under one bandwidth
    noise = 2 * np.sqrt(max(density[position] * seen, 1.0)) / seen
    is_low = density <= density[position] + noise
    first = position - int(np.argmin(is_low[: position + 1][::-1])) + 1
    last = position + int(np.argmin(np.append(is_low[position:], False))) - 1
    if is_low[: position + 1].all():
        first = 0
    return Doubt(
        low=float(centers[min(first, position)]),
        high=float(centers[max(last, position)]),
    )


def lowest_between(
    values: FloatArray, found: Found[float], others: FloatArray
) -> Found[float]:
    """Move a threshold found on other events to where these have fewest.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events,)
        One marker of the events that the threshold is for, display units.
    found : Found of float
        The threshold between the modes of the others.
    others : ndarray of float64, shape (n_others,)
        The events that show both modes.

    Returns
    -------
    Found of float
        The middle of the longest stretch between the modes of the others in which the
        events are fewest; as found with fewer than `FEWEST_TO_MOVE` events above the
        threshold.

    Notes
    -----
    For a population whose negative events are too few to make a mode: where B cells
    are gone, hardly any CD3- lymphocyte is no NK cell. T cells then show where negative
    events lie, but they are wider than others in the detector beside that of CD3, so
    that a threshold above them all would lose NK cells.
    """
    values = values[np.isfinite(values)]
    if np.count_nonzero(values >= found.geometry) < FEWEST_TO_MOVE:
        return found
    centers, density = on_grid(others, BANDWIDTH)
    split = int(np.searchsorted(centers, found.geometry))
    first, last = (
        int(np.argmax(density[:split])),
        split + int(np.argmax(density[split:])),
    )
    between = on_grid(values, BANDWIDTH)[1][first : last + 1]
    seen = 2 * BANDWIDTH / float(centers[1] - centers[0])
    is_low = between <= between.min() + 1 / seen
    position = first + _middle_of_longest(is_low)
    threshold = float(centers[position])
    doubt = valley_doubt(values, threshold, BANDWIDTH)
    return Found(threshold, found.confidence, doubt)


def _middle_of_longest(is_low: BoolArray) -> int:
    """Middle of the longest run of True; at least one is."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], is_low.astype(np.int8), [0]])))
    starts, stops = edges[::2], edges[1::2]
    longest = int(np.argmax(stops - starts))
    return int(starts[longest] + stops[longest] - 1) // 2


def _middle_of_best(rank: FloatArray) -> int:
    """Middle of the stretch around the best position that is as good as it."""
    return _middle(rank, int(np.argmin(rank)))


def _middle_of_first(rank: FloatArray) -> int:
    """As `_middle_of_best`, in the first stretch of positions that will do."""
    first = int(np.argmax(rank <= 1))
    last = first + int(np.argmax(np.append(rank[first:] > 1, True)))
    return _middle(rank, first + int(np.argmin(rank[first:last])))


def _middle(rank: FloatArray, position: int) -> int:
    limit = max(rank[position] * 1.05, 1e-3)
    first = last = position
    while first > 0 and rank[first - 1] <= limit:
        first -= 1
    while last + 1 < rank.size and rank[last + 1] <= limit:
        last += 1
    return (first + last) // 2
