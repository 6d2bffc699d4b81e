"""Draw what holds for a whole marrow tube: instrument, staining, donor and clones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.simulate.marrow.populations import (
    BLASTS,
    GLOW_KIND,
    HEMATOGONES,
    MARKERS,
    NUCLEAR_DYE,
    PATH,
    POPULATIONS,
)
from cytoflow_blina.simulate.marrow.ranges import MarrowRanges
from cytoflow_blina.simulate.marrow.spec import ClonePhenotype, MarrowSpec

PATH_STEPS = 40
"""Places on the way from one station of maturation to the next."""

N_PLACES = PATH_STEPS * (len(PATH) - 1) + 1
_WITHIN_LOT = 0.02
"""Standard deviation, in decades, of the brightness of tubes stained with one lot."""

_SCATTER_STRAY = 0.04
"""Relative standard deviation of a population's mean scatter between tubes."""

_FRAGMENTS = {"debris": 3.5, "platelet": 2.0, "red_cell": 1.5}
"""How much more the scatter of what is no cell varies."""

_LEAST_DYE = 0.02
"""A dye below this share of the unstained light is none."""


@dataclass(frozen=True)
class Streams:
    """Where the numbers of a tube come from.

    Attributes
    ----------
    instrument : numpy.random.Generator
        Voltages, spill, scatter and rate.
    staining : numpy.random.Generator
        What is of this tube alone.
    donor : numpy.random.Generator
        How much of each marker the cells of this person carry.
    lot : numpy.random.Generator or None
        Brightness of the reagents, where tubes share it.
    """

    instrument: np.random.Generator
    staining: np.random.Generator
    donor: np.random.Generator
    lot: np.random.Generator | None = None


@dataclass(frozen=True, eq=False)
class MarrowConditions:
    """What one tube drew. Rows are kinds of cell: `POPULATIONS`, then places.

    Attributes
    ----------
    markers, detectors : tuple of str
        One of each for each column, in file order.
    row_population : ndarray of intp, shape (n_rows,)
        Index into `POPULATIONS` of each row: the places on the path of maturation bear
        the name of the station that is nearest.
    gain, photoelectrons : ndarray of float64, shape (n_detectors,)
        Gain beside nominal, and photoelectrons for one linear unit at that gain.
    dye : ndarray of float64, shape (n_rows, n_detectors)
        log10 of the median of each dye, `-inf` where it is not carried.
    spread : ndarray of float64, shape (n_rows, n_detectors)
        Standard deviation of the dye, decades.
    glow : ndarray of float64, shape (n_rows, n_detectors)
        Median autofluorescence in linear units.
    glow_spread : float
        Its standard deviation between cells, decades.
    scatter : ndarray of float64, shape (n_rows, 2)
        Mean forward and side scatter.
    scatter_cv : ndarray of float64, shape (n_rows, 2)
        Its coefficients of variation.
    spill, believed_spill : ndarray of float64, shape (n_detectors, n_detectors)
        What each detector (column) sees of each dye (row), in truth and in the file.
    size_spread, electronic_noise, stragglers, drift, events_per_s : float
        As in `MarrowRanges`.
    """

    markers: tuple[str, ...]
    detectors: tuple[str, ...]
    row_population: NDArray[np.intp]
    gain: FloatArray
    photoelectrons: FloatArray
    dye: FloatArray
    spread: FloatArray
    glow: FloatArray
    glow_spread: float
    scatter: FloatArray
    scatter_cv: FloatArray
    spill: FloatArray
    believed_spill: FloatArray
    size_spread: float
    electronic_noise: float
    stragglers: float
    drift: float
    events_per_s: float


def draw_marrow_conditions(
    spec: MarrowSpec,
    ranges: MarrowRanges,
    phenotypes: tuple[ClonePhenotype, ...],
    streams: Streams,
) -> MarrowConditions:
    """Draw the conditions of one tube.

    Parameters
    ----------
    spec : MarrowSpec
        The tube; its panel and tube are in `ranges.panels`.
    ranges : MarrowRanges
        From where to draw.
    phenotypes : tuple of ClonePhenotype
        Of its clones, at nominal gain.
    streams : Streams
        Where the numbers come from. All markers and detectors are drawn, of this tube
        or not, so that one that is missing changes no other.

    Returns
    -------
    MarrowConditions
        Every value within its range.
    """
    panel = ranges.panels[spec.panel][spec.tube]
    stained = {
        marker: detector
        for marker, detector in panel.items()
        if is_stained(spec, marker)
    }
    optics = _draw_optics(ranges, stained, streams.instrument)
    staining = streams.staining
    dye, spread = _draw_dyes(ranges, phenotypes, tuple(stained), streams)
    if not ranges.kinds[spec.kind].carries_cd19 and "CD19" in stained:
        dye[POPULATIONS.index("plasma"), list(stained).index("CD19")] = -np.inf
    dye += np.log10(optics.gain)
    glow = _unstained(ranges, tuple(stained.values()))
    glow *= 10 ** staining.uniform(*ranges.glow_decades) * optics.gain
    path = _path(dye, spread, glow)
    nominal = [ranges.detectors[name].photoelectrons for name in stained.values()]
    return MarrowConditions(
        markers=tuple(stained),
        detectors=tuple(stained.values()),
        row_population=np.concatenate((np.arange(len(POPULATIONS)), _stations())),
        gain=optics.gain,
        photoelectrons=np.array(nominal) / optics.gain,
        dye=np.concatenate((dye, path[0])),
        spread=np.concatenate((spread, path[1])),
        glow=np.concatenate((glow, path[2])),
        glow_spread=staining.uniform(*ranges.glow_spread),
        scatter=_draw_scatter(ranges, optics.scatter, phenotypes, staining),
        scatter_cv=_draw_scatter_cv(ranges, staining),
        spill=optics.spill,
        believed_spill=optics.believed,
        size_spread=ranges.size_spread,
        electronic_noise=ranges.electronic_noise,
        stragglers=staining.uniform(*ranges.stragglers),
        drift=staining.uniform(*ranges.drift),
        events_per_s=optics.events_per_s,
    )


def is_stained(spec: MarrowSpec, marker: str) -> bool:
    """Tell whether a marker of the panel is in the tube.

    Parameters
    ----------
    spec : MarrowSpec
        The tube.
    marker : str
        A marker of its panel.

    Returns
    -------
    bool
        False where it is missing.
    """
    if marker == NUCLEAR_DYE and not spec.has_nuclear_dye:
        return False
    return marker not in spec.missing


@dataclass(frozen=True, eq=False)
class _Optics:
    """The instrument on the day."""

    gain: FloatArray
    spill: FloatArray
    believed: FloatArray
    scatter: tuple[float, float]
    events_per_s: float


def _draw_optics(
    ranges: MarrowRanges, stained: Mapping[str, str], rng: np.random.Generator
) -> _Optics:
    """Draw the instrument; its other detectors are drawn too, and left aside."""
    names = list(ranges.detectors)
    gain = 10 ** rng.uniform(*ranges.gain_decades, len(names))
    true = np.eye(len(names))
    believed = np.eye(len(names))
    for (dye, detector), span in ranges.spill.items():
        cell = names.index(dye), names.index(detector)
        true[cell] = rng.uniform(*span)
        believed[cell] = true[cell] * (1 + rng.uniform(*ranges.compensation_error))
    used = [names.index(detector) for detector in stained.values()]
    return _Optics(
        gain[used],
        true[np.ix_(used, used)],
        np.round(believed[np.ix_(used, used)], 5),
        (rng.uniform(*ranges.forward_factor), rng.uniform(*ranges.side_factor)),
        rng.uniform(*ranges.events_per_s),
    )


def _draw_dyes(
    ranges: MarrowRanges,
    phenotypes: tuple[ClonePhenotype, ...],
    stained: tuple[str, ...],
    streams: Streams,
) -> tuple[FloatArray, FloatArray]:
    """Draw log10 median and spread of each dye on each population at nominal gain."""
    n = len(MARKERS)
    staining, lot = streams.staining, streams.lot
    brightness = (lot or staining).uniform(*ranges.brightness_decades, n)
    if lot:
        brightness = brightness + staining.normal(0, _WITHIN_LOT, n)
    width = staining.uniform(*ranges.spread_factor, n)
    donor = ranges.donor_decades * streams.donor.standard_normal((len(POPULATIONS), n))
    median = np.full((len(POPULATIONS), n), -np.inf)
    spread = np.zeros((len(POPULATIONS), n))
    for row, population in enumerate(POPULATIONS):
        for marker, level in ranges.levels.get(population, {}).items():
            column = MARKERS.index(marker)
            median[row, column] = level.median + donor[row, column]
            spread[row, column] = level.spread
    for name, phenotype in zip(BLASTS, phenotypes, strict=False):
        row = POPULATIONS.index(name)
        for marker, decades in phenotype.decades.items():
            median[row, MARKERS.index(marker)] = decades
            spread[row, MARKERS.index(marker)] = phenotype.spreads[marker]
    columns = [MARKERS.index(marker) for marker in stained]
    return (median + brightness)[:, columns], (spread * width)[:, columns]


def _unstained(ranges: MarrowRanges, detectors: tuple[str, ...]) -> FloatArray:
    """Find the autofluorescence of each population in each detector."""
    kinds = [GLOW_KIND.get(name, "lymphocyte") for name in POPULATIONS]
    cells = np.array([ranges.glow[kind] for kind in kinds])
    optics = np.array([ranges.detectors[name].glow for name in detectors])
    return np.outer(cells, optics)


def _stations() -> NDArray[np.intp]:
    """Name each place on the path by the station nearest to it."""
    names = np.array([POPULATIONS.index(name) for name in HEMATOGONES], dtype=np.intp)
    stations: NDArray[np.intp] = names[np.rint(_places()).astype(np.intp)]
    return stations


def _places() -> FloatArray:
    places: FloatArray = np.linspace(0, len(PATH) - 1, N_PLACES)
    return places


def _path(
    dye: FloatArray, spread: FloatArray, glow: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Interpolate between the stations of maturation, unstained light included.

    A marker that the next station has lost fades into the unstained light, not into
    nothing: decades of the whole signal run straight.
    """
    rows = [POPULATIONS.index(name) for name in PATH]
    whole = np.log10(10 ** dye[rows] + glow[rows])
    width = spread[rows]
    carried = np.where(width > 0, width, np.nan)
    # Where a station does not carry the marker, its neighbours' spread goes on.
    for at in range(len(rows)):
        near = carried[max(at - 1, 0) : at + 2]
        missing = np.isnan(carried[at])
        seen = np.where(np.isnan(near), 0.0, near).max(axis=0)
        width[at] = np.where(missing, seen, width[at])

    def between(stations: FloatArray) -> FloatArray:
        at = np.arange(len(rows))
        columns = [np.interp(_places(), at, column) for column in stations.T]
        return np.column_stack(columns)

    unstained = between(glow[rows])
    rest = 10 ** between(whole) - unstained
    faint = rest < _LEAST_DYE * unstained
    dyes = np.where(faint, -np.inf, np.log10(np.where(faint, 1.0, rest)))
    return dyes, between(width), unstained


def _draw_scatter(
    ranges: MarrowRanges,
    factors: tuple[float, float],
    phenotypes: tuple[ClonePhenotype, ...],
    rng: np.random.Generator,
) -> FloatArray:
    """Draw mean scatter: gains move all, and each population strays a little."""
    stray = 1 + _SCATTER_STRAY * rng.standard_normal((len(POPULATIONS), 2))
    sizes = dict(zip(BLASTS, (one.size for one in phenotypes), strict=False))
    mean = np.ones((len(POPULATIONS), 2))
    for row, name in enumerate(POPULATIONS):
        if name in ranges.scatter:
            level = ranges.scatter[name]
            mean[row] = level.forward * sizes.get(name, 1.0), level.side
    mean *= stray * factors
    stations = mean[[POPULATIONS.index(name) for name in PATH]]
    at = np.arange(len(PATH))
    path = [np.interp(_places(), at, column) for column in stations.T]
    return np.concatenate((mean, np.column_stack(path)))


def _draw_scatter_cv(ranges: MarrowRanges, rng: np.random.Generator) -> FloatArray:
    """Draw how much scatter varies; fragments are of all sizes."""
    cv = rng.uniform(*ranges.forward_cv), rng.uniform(*ranges.side_cv)
    factor = [_FRAGMENTS.get(name, 1.0) for name in POPULATIONS]
    return np.outer(factor + [1.0] * N_PLACES, cv)
