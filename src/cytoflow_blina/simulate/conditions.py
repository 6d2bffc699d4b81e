"""Draw what holds for a whole tube: instrument, staining, scatter, spill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.simulate.populations import (
    GRANULOCYTES,
    POPULATIONS,
    Expression,
    Span,
)
from cytoflow_blina.simulate.ranges import Cytometer, Ranges, ScatterRange

_BEAD_SPREAD = 0.025
_WITHIN_LOT = 0.02
"""Standard deviation, in decades, of the brightness of tubes stained with one lot."""

_CHANNELS = 1024
_ALIKE = {"degranulated": "neutrophil"}
"""Populations to which reagents stick as to another."""

_SCATTER_KIND = {
    "activated_cd4_t": "activated",
    "activated_cd8_t": "activated",
    "b_blast": "blast",
    **{
        name: name
        for name in (
            "monocyte",
            "neutrophil",
            "eosinophil",
            "basophil",
            "debris",
            "bead",
        )
    },
}


@dataclass(frozen=True, eq=False)
class Conditions:
    """What one tube drew; rows follow `POPULATIONS`, columns the detectors.

    Attributes
    ----------
    gain : ndarray of float64, shape (n_detectors,)
        Gain of each detector beside nominal.
    median : ndarray of float64, shape (n_populations, n_detectors)
        log10 of the median of each dye, `-inf` where it is not carried.
    spread : ndarray of float64, shape (n_populations, n_detectors)
        Standard deviation of the dye, in decades.
    autofluorescence : ndarray of float64, shape (n_populations, n_detectors)
        Median in linear units.
    autofluorescence_spread : float
        Its standard deviation between cells, in decades.
    scatter_mean, scatter_cv : ndarray of float64, shape (n_populations, 2)
        Mean and coefficient of variation of forward and side scatter.
    spill : ndarray of float64, shape (n_detectors, n_detectors)
        What each detector (column) sees of each dye (row).
    believed_spill : ndarray of float64, shape (n_detectors, n_detectors)
        What the operator set or the software computed: nearly the same.
    debris, doublets, dead, stragglers, events_per_s, drift : float
        As in `Ranges`.
    bin_offset : ndarray of float64, shape (2 + n_detectors, 1025)
        By how much each channel of forward scatter, side scatter and fluorescence
        begins above its place; 0 at the ends.
    dim_beads : float
        Share of beads in a second, dimmer cluster.
    settling : float
        Share of the beads that are lost when the last event comes; none at the first.
    clogged : float
        Share of the time in which hardly anything passes.
    bubbles_per_s : float
        Bursts of scattering air in a second.
    carry_over : float
        Events of the sample before this one that come first, as a share of its own.
    """

    gain: FloatArray
    median: FloatArray
    spread: FloatArray
    autofluorescence: FloatArray
    autofluorescence_spread: float
    scatter_mean: FloatArray
    scatter_cv: FloatArray
    spill: FloatArray
    believed_spill: FloatArray
    debris: float
    doublets: float
    dead: float
    stragglers: float
    events_per_s: float
    drift: float
    bin_offset: FloatArray
    dim_beads: float = 0.0
    settling: float = 0.0
    clogged: float = 0.0
    bubbles_per_s: float = 0.0
    carry_over: float = 0.0


def draw_conditions(
    ranges: Ranges,
    cytometer: Cytometer,
    markers: tuple[str, ...],
    *,
    instrument: np.random.Generator,
    staining: np.random.Generator,
    lot: np.random.Generator | None = None,
) -> Conditions:
    """Draw the conditions of one tube from the ranges.

    Parameters
    ----------
    ranges : Ranges
        From where to draw.
    cytometer : Cytometer
        The cytometer of the tube's panel, one of `ranges.cytometers`.
    markers : tuple of str
        The marker on each detector.
    instrument : numpy.random.Generator
        Stream for voltages, spill, scatter and optics: tubes that share it were run
        on one instrument with one setting.
    staining : numpy.random.Generator
        Stream for all else.
    lot : numpy.random.Generator or None
        Stream for the brightness of the reagents: tubes that share it were stained
        with one lot. None for a lot of its own.

    Returns
    -------
    Conditions
        Every value within its range.
    """
    n_detectors = len(cytometer.detectors)
    gain = 10 ** instrument.uniform(*cytometer.pmt_decades, n_detectors)
    spill, believed = _draw_spill(ranges, cytometer, instrument)
    events_per_s = instrument.uniform(*ranges.events_per_s)
    bright = _draw_brightness(ranges, cytometer, markers, staining, lot)
    median, spread = _draw_staining(ranges, cytometer, bright, staining)
    scatter_mean, scatter_cv = _draw_scatter(
        cytometer, (instrument.uniform(), instrument.uniform()), staining
    )
    shift = 10 ** staining.uniform(*ranges.autofluorescence_decades)
    unstained = np.array(
        [
            [
                detector.autofluorescence.get(_unstained_kind(name), 0.0)
                for detector in cytometer.detectors
            ]
            for name in POPULATIONS
        ]
    )
    return Conditions(
        gain=gain,
        median=median + np.log10(gain),
        spread=spread,
        autofluorescence=unstained * shift * gain,
        autofluorescence_spread=staining.uniform(*ranges.autofluorescence_spread),
        scatter_mean=scatter_mean,
        scatter_cv=scatter_cv,
        spill=spill,
        believed_spill=believed,
        debris=staining.uniform(*ranges.debris),
        doublets=staining.uniform(*ranges.doublets),
        dead=staining.uniform(*ranges.dead),
        stragglers=staining.uniform(*ranges.stragglers),
        events_per_s=events_per_s,
        drift=staining.uniform(*ranges.drift),
        bin_offset=_draw_bins(ranges, n_detectors, instrument),
    )


def _unstained_kind(population: str) -> str:
    if population in GRANULOCYTES:
        return "granulocyte"
    return population if population in ("monocyte", "debris", "bead") else "lymphocyte"


def _draw_spill(
    ranges: Ranges, cytometer: Cytometer, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Draw the true spill matrix, and the one that is believed."""
    names = [detector.name for detector in cytometer.detectors]
    true = np.eye(len(names))
    believed = np.eye(len(names))
    for (dye, detector), span in cytometer.spill.items():
        cell = names.index(dye), names.index(detector)
        true[cell] = rng.uniform(*span)
        believed[cell] = true[cell] * (1 + rng.uniform(*ranges.compensation_error))
    return true, np.round(believed, 5)


def _draw_bins(
    ranges: Ranges, n_detectors: int, rng: np.random.Generator
) -> FloatArray:
    """Draw where channels begin; errors do not add up along the scale."""
    most = ranges.bin_error / 2
    offset = rng.uniform(-most, most, (2 + n_detectors, _CHANNELS + 1))
    offset[:, [0, -1]] = 0
    return offset


def _draw_brightness(
    ranges: Ranges,
    cytometer: Cytometer,
    markers: tuple[str, ...],
    staining: np.random.Generator,
    lot: np.random.Generator | None,
) -> dict[str, float]:
    """Draw the bright level of each marker once, so that populations keep order."""
    return {
        marker: cytometer.levels[marker].median
        + (lot or staining).uniform(*ranges.brightness_decades)
        + (staining.normal(0, _WITHIN_LOT) if lot else 0.0)
        for marker in markers
    }


def _draw_staining(
    ranges: Ranges,
    cytometer: Cytometer,
    levels: Mapping[str, float],
    rng: np.random.Generator,
) -> tuple[FloatArray, FloatArray]:
    """Draw log10 median and width of each dye on each population."""
    shape = len(POPULATIONS), len(levels)
    median = np.full(shape, -np.inf)
    spread = np.zeros(shape)
    for column, (marker, bright) in enumerate(levels.items()):
        width = cytometer.levels[marker].spread * rng.uniform(*ranges.spread_factor)
        for row, population in enumerate(POPULATIONS):
            carried = _expression(ranges, cytometer, population, marker)
            if carried is not None:
                median[row, column] = bright + rng.uniform(*carried.shift)
                spread[row, column] = width * carried.spread
    beads = POPULATIONS.index("bead")
    median[beads] = [np.log10(detector.bead) for detector in cytometer.detectors]
    spread[beads] = _BEAD_SPREAD
    return median, spread


def _expression(
    ranges: Ranges, cytometer: Cytometer, population: str, marker: str
) -> Expression | None:
    alike = _ALIKE.get(population, population)
    for name, table in ((population, ranges.expression), (alike, cytometer.unspecific)):
        if marker in table.get(name, {}):
            return table[name][marker]
    return None


def _draw_scatter(
    cytometer: Cytometer, places: tuple[float, float], rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Draw mean and CV of both scatters for each population.

    An instrument lies somewhere within all ranges, and each population strays from
    there a little: the gains shift lymphocytes, monocytes and granulocytes together.
    """
    mean = np.empty((len(POPULATIONS), 2))
    cv = np.empty_like(mean)
    for column, table in enumerate((cytometer.fsc, cytometer.ssc)):
        place = places[column]
        for row, population in enumerate(POPULATIONS):
            span = _scatter_range(table, population)
            at = float(np.clip(place + rng.normal(0, 0.1), 0, 1))
            mean[row, column] = span.mean[0] + at * (span.mean[1] - span.mean[0])
            cv[row, column] = rng.uniform(*span.cv)
    return mean, cv


def _scatter_range(table: Mapping[str, ScatterRange], population: str) -> ScatterRange:
    if population == "degranulated":
        return _between(table["lymphocyte"], table["neutrophil"])
    return table[_SCATTER_KIND.get(population, "lymphocyte")]


def _between(low: ScatterRange, high: ScatterRange) -> ScatterRange:
    """Find the wide scatter of cells on their way from the higher to the lower."""

    def mixed(one: Span, other: Span) -> Span:
        return one[0] ** 0.6 * other[0] ** 0.4, one[1] ** 0.6 * other[1] ** 0.4

    return ScatterRange(
        mixed(low.mean, high.mean), (1.4 * high.cv[0], 1.4 * high.cv[1])
    )
