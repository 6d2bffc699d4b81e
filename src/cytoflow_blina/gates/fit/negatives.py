"""Cut between events that are known to be negative and all others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.gates.fit.density import BANDWIDTH
from cytoflow_blina.gates.fit.method import Found
from cytoflow_blina.gates.fit.modes import MANY, NEGATIVE_SPREADS
from cytoflow_blina.gates.fit.profile import Profile, end_of_mode, profile_of
from cytoflow_blina.gates.fit.valley import valley_doubt

FLOOR = 2.0
"""The floor of a valley reaches up to so many times its lowest density."""

APART = 2.0
"""How far, in standard deviations, events must lie above negative ones to be others."""

FEWEST = 20


@dataclass(frozen=True, eq=False)
class Reference:
    """Events of a marker, told apart by other markers.

    Attributes
    ----------
    negative : ndarray of float64, shape (n_negative,)
        Events that do not carry the marker, display units, finite.
    others : ndarray of float64, shape (n_others,)
        Those among which positive ones are sought.
    """

    negative: FloatArray
    others: FloatArray


def settle_on_floor(
    found: Found[float], values: FloatArray, reference: Reference
) -> Found[float]:
    """Move a threshold on the floor of its valley to where the events change kind.

    Parameters
    ----------
    found : Found of float
        A valley.
    values : ndarray of float64, shape (n_events,)
        The events among which it was found, display units.
    reference : Reference
        Negative events, and the others.

    Returns
    -------
    Found of float
        Where the fewest events lie on the wrong side: negative ones above it and
        others below, counted on the floor of the valley alone, as others may be
        negative too. As it was with too few events of either kind.

    Notes
    -----
    The floor of a valley can be wide and its lowest place one of chance: CD8dim T cells
    reach far down, and what says that they are no negative cells is that they lack CD4.
    """
    if min(reference.negative.size, reference.others.size) < FEWEST:
        return found
    profile = profile_of(values[np.isfinite(values)])
    position = int(np.argmin(np.abs(profile.centers - found.geometry)))
    is_floor = profile.density <= FLOOR * profile.density[position]
    first = position - int(np.argmin(np.append(is_floor[position::-1], False))) + 1
    last = position + int(np.argmin(np.append(is_floor[position:], False))) - 1
    places = profile.centers[first : last + 1]
    negative, others = np.sort(reference.negative), np.sort(reference.others)
    n_wrong = (
        np.searchsorted(others, places)
        - np.searchsorted(others, places[:1])
        + negative.size
        - np.searchsorted(negative, places)
    )
    best = np.flatnonzero(n_wrong == n_wrong.min())
    nearest = best[np.argmin(np.abs(best - (position - first)))]
    return replace(found, geometry=float(places[nearest]))


def find_above_negatives(
    reference: Reference, settings: Mapping[str, float]
) -> Found[float] | None:
    """Find a threshold above negative events where others show no valley.

    Parameters
    ----------
    reference : Reference
        Negative events, and the others.
    settings : mapping of str to float
        `spreads`: how far above the mode of the negative events the cut lies where the
        others are negative too, in standard deviations (default 5).

    Returns
    -------
    Found of float, or None
        Where an event becomes as frequent among the others as among the negative ones,
        each kind taken as a whole, if the mode of the others lies above that of the
        negative ones by two standard deviations; else where the negative ones end.
        None with fewer than twenty of either.
    """
    negative, others = reference.negative, reference.others
    if min(negative.size, others.size) < FEWEST:
        return None
    low, high = profile_of(negative), profile_of(others)
    spreads = settings.get("spreads", NEGATIVE_SPREADS)
    low_mode, end, spread = end_of_mode(low, spreads)
    high_mode = float(high.centers[np.argmax(high.density)])
    doubt = valley_doubt(others, end, BANDWIDTH)
    if high_mode < low_mode + APART * spread:
        return Found(end, 0.5, doubt)
    places = np.linspace(low_mode, high_mode, 257)
    odds = _at(high, places) / others.size - _at(low, places) / negative.size
    threshold = float(places[np.argmax(odds >= 0)])
    separation = (high_mode - low_mode) / spread
    confidence = min(1.0, separation / 5) * min(1.0, np.sqrt(others.size / MANY))
    return Found(
        threshold, float(confidence), valley_doubt(others, threshold, BANDWIDTH)
    )


def _at(profile: Profile, places: FloatArray) -> FloatArray:
    """Density at some places."""
    density: FloatArray = np.interp(places, profile.centers, profile.density)
    return density
