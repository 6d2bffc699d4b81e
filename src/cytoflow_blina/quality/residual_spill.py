"""Measure the spill that compensation left, from the lymphocytes of the tube itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf, isnan, nan

import numpy as np

from cytoflow_blina.domain.events import BoolArray, FloatArray
from cytoflow_blina.quality.lymphocyte_kinds import KINDS_WITH, KINDS_WITHOUT, events_of

FEWEST = 50
"""Fewer bright events of a dye, or fewer events in all, show no slope."""

LARGEST_ERROR = 0.5
"""A slope with a larger standard error, in percent, tells nothing."""

# More events of one kind do not move the slope; every k-th is taken, so none is drawn.
_EVENTS_PER_KIND = 5_000
_TRIM, _ROUNDS = 3.5, 2

DONORS: Mapping[str, str] = {
    **dict.fromkeys(("PECY7", "PC7", "PECY5", "PC5", "PECY55", "PC55"), "PE"),
    **dict.fromkeys(("ECD", "PETEXASRED", "PETXRED", "PECF594"), "PE"),
    **dict.fromkeys(("APCCY7", "APCH7", "APCAF750", "APCA750", "APCFIRE750"), "APC"),
    "PERCPCY55": "PERCP",
}
"""Dye that takes up the light in a tandem."""


@dataclass(frozen=True)
class Stain:
    """One marker of a tube and the dye on it."""

    marker: str
    dye: str

    def __str__(self) -> str:
        """Write it as labs do."""
        return f"{self.marker} {self.dye}".strip()

    @property
    def family(self) -> str:
        """Name of the dye in capitals, without blanks, hyphens and dots; RD1 is PE."""
        name = re.sub(r"[^A-Z0-9]", "", self.dye.upper())
        return "PE" if name == "RD1" else name


@dataclass(frozen=True)
class ResidualSpill:
    """Share of a dye's signal that another detector still shows.

    Attributes
    ----------
    source, target : Stain
        The dye, and the marker in whose detector it is seen.
    percent : float
        Of the dye's signal: above 0 too little was subtracted, below 0 too much.
    standard_error : float
        In the same unit, from counting and noise alone.
    shift : float
        How far it moves cells that carry the dye, in robust standard deviations of
        those that carry neither marker.
    has_unstained : bool
        Whether cells without the dye were compared too, or those that carry more of it
        with those that carry less alone.
    """

    source: Stain
    target: Stain
    percent: float
    standard_error: float
    shift: float
    has_unstained: bool = True

    @property
    def is_of_tandem(self) -> bool:
        """Whether a tandem dye is seen in the detector of its donor."""
        return DONORS.get(self.source.family) == self.target.family


def has_tandem_and_donor(stains: Iterable[Stain]) -> bool:
    """Tell whether a tube has a tandem dye and, on another marker, its donor.

    Parameters
    ----------
    stains : iterable of Stain
        The stains of a tube.

    Returns
    -------
    bool
        False without stains.
    """
    families = {stain.family for stain in stains}
    return any(DONORS.get(family) in families for family in families)


def measure_residual_spill(
    signals: Mapping[Stain, FloatArray], kinds: Mapping[str, BoolArray]
) -> tuple[ResidualSpill, ...]:
    """Measure what is left of each dye in the detectors of the others.

    Parameters
    ----------
    signals : mapping of Stain to ndarray of float64, shape (n_events,)
        Compensated fluorescence in linear units.
    kinds : mapping of str to ndarray of bool, shape (n_events,)
        `lymphocyte_kinds` of the tube.

    Returns
    -------
    tuple of ResidualSpill
        One for each pair that the tube shows: the detector has kinds of lymphocytes
        that are known not to carry its marker, and among these are at least 50 that
        carry the dye. Empty where there is none.

    Notes
    -----
    What a detector shows of lymphocytes without its marker is autofluorescence and
    spill. Both parts are had by least squares: signal = a + sum over dyes of b * signal
    of the dye, where b is 0 when compensation is right, and what was left of the
    coefficient when it is not. It is what cytometrists look at, the difference between
    stained and unstained cells divided by the difference in the dye, for all dyes at
    once. Events farther than 3.5 spreads from the fit are left out and the fit is
    repeated.

    Where all cells carry the dye, as with CD45, the noise of its own detector, which
    compensation subtracts too, makes the slope a little too low: by the coefficient
    times the share of noise in the variance of the dye.

    Spill into CD45 cannot be seen, as every lymphocyte carries it. Where a FACSCalibur
    subtracted too much, the signals lie in its lowest channel and the slope is 0:
    that shows in QC_AXIS.
    """
    return tuple(
        spill
        for target, values in signals.items()
        if target.marker in KINDS_WITHOUT
        for spill in _into(target, values, signals, kinds)
    )


def _into(
    target: Stain,
    values: FloatArray,
    signals: Mapping[Stain, FloatArray],
    kinds: Mapping[str, BoolArray],
) -> list[ResidualSpill]:
    """Measure what one detector shows of the other dyes."""
    without = [kind for kind in KINDS_WITHOUT[target.marker] if kind in kinds]
    rows = [np.flatnonzero(mask) for mask in events_of(kinds, tuple(without))]
    if sum(one.size for one in rows) < FEWEST:
        return []
    chosen = np.concatenate([one[:: -(-one.size // _EVENTS_PER_KIND)] for one in rows])
    bright = {
        stain: _bright(stain, signal, without, kinds)
        for stain, signal in signals.items()
        if stain != target
    }
    sources = [stain for stain, level in bright.items() if not isnan(level)]
    if not sources:
        return []
    dyes = np.column_stack([signals[stain][chosen] for stain in sources])
    slopes, errors, spread = _slopes(values[chosen], dyes)
    return [
        ResidualSpill(
            source,
            target,
            percent=100 * float(slope),
            standard_error=100 * float(error),
            shift=float(abs(slope) * bright[source] / spread) if spread else inf,
            has_unstained=any(k not in KINDS_WITH[source.marker] for k in without),
        )
        for source, slope, error in zip(sources, slopes, errors, strict=True)
        if 100 * error <= LARGEST_ERROR
    ]


def _bright(
    stain: Stain,
    signal: FloatArray,
    without: list[str],
    kinds: Mapping[str, BoolArray],
) -> float:
    """Median of a dye on what carries it and not the target; NaN of too few events."""
    carriers = tuple(k for k in KINDS_WITH.get(stain.marker, ()) if k in without)
    found = [signal[mask] for mask in events_of(kinds, carriers)]
    if sum(one.size for one in found) < FEWEST:
        return nan
    return float(np.median(np.concatenate(found)))


def _slopes(
    values: FloatArray, dyes: FloatArray
) -> tuple[FloatArray, FloatArray, float]:
    """Fit a plane without outliers.

    Parameters
    ----------
    values : ndarray of float64, shape (n_events,)
        What the detector shows.
    dyes : ndarray of float64, shape (n_events, n_dyes)
        What the others show.

    Returns
    -------
    slopes, errors : ndarray of float64, shape (n_dyes,)
        Slope for each dye and its standard error; infinite where a dye does not vary.
    spread : float
        Robust standard deviation around the plane.
    """
    scale = dyes.std(axis=0)
    varies = scale > 0
    scaled = (dyes[:, varies] - dyes[:, varies].mean(axis=0)) / scale[varies]
    design = np.column_stack([np.ones(values.size), scaled])
    kept = np.ones(values.size, dtype=np.bool_)
    fit, inverse = _least_squares(design, values)
    spread = 0.0
    for _ in range(_ROUNDS):
        rest = values - design @ fit
        middle = np.median(rest[kept])
        spread = 1.4826 * float(np.median(np.abs(rest[kept] - middle)))
        kept = np.abs(rest - middle) <= _TRIM * spread
        fit, inverse = _least_squares(design[kept], values[kept])
    variance = float(np.var(values[kept] - design[kept] @ fit))
    slopes = np.zeros(scale.size)
    errors = np.full(scale.size, np.inf)
    slopes[varies] = fit[1:] / scale[varies]
    errors[varies] = np.sqrt(variance * np.diag(inverse)[1:]) / scale[varies]
    return slopes, errors, spread


def _least_squares(
    design: FloatArray, values: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Coefficients, and the inverse of the normal matrix."""
    inverse: FloatArray = np.asarray(np.linalg.pinv(design.T @ design), np.float64)
    fit: FloatArray = inverse @ (design.T @ values)
    return fit, inverse
