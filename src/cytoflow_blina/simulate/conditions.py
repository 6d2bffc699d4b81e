"""Draw what holds for a whole tube: instrument, staining, scatter, spill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.simulate.populations import GRANULOCYTES, POPULATIONS, Expression
from cytoflow_blina.simulate.ranges import Cytometer, Ranges, ScatterRange

_BEAD_SPREAD = 0.025
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
    debris, doublets, stragglers, events_per_s, drift : float
        As in `Ranges`.
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
    stragglers: float
    events_per_s: float
    drift: float


def draw_conditions(
    ranges: Ranges,
    cytometer: Cytometer,
    markers: tuple[str, ...],
    *,
    instrument: np.random.Generator,
    staining: np.random.Generator,
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
        Stream for voltages, spill and optics: tubes that share it were run on one
        instrument with one setting.
    staining : numpy.random.Generator
        Stream for all else.

    Returns
    -------
    Conditions
        Every value within its range.
    """
    n_detectors = len(cytometer.detectors)
    gain = 10 ** instrument.uniform(*cytometer.pmt_decades, n_detectors)
    spill, believed = _draw_spill(ranges, cytometer, instrument)
    median, spread = _draw_staining(ranges, cytometer, markers, staining)
    scatter_mean, scatter_cv = _draw_scatter(cytometer, staining)
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
        stragglers=staining.uniform(*ranges.stragglers),
        events_per_s=instrument.uniform(*ranges.events_per_s),
        drift=staining.uniform(*ranges.drift),
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


def _draw_staining(
    ranges: Ranges,
    cytometer: Cytometer,
    markers: tuple[str, ...],
    rng: np.random.Generator,
) -> tuple[FloatArray, FloatArray]:
    """Draw log10 median and width of each dye on each population."""
    shape = len(POPULATIONS), len(markers)
    median = np.full(shape, -np.inf)
    spread = np.zeros(shape)
    # The bright level of a marker is drawn once, so that populations keep their order.
    for column, marker in enumerate(markers):
        level = cytometer.levels[marker]
        bright = level.median + rng.uniform(*ranges.brightness_decades)
        width = level.spread * rng.uniform(*ranges.spread_factor)
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
    for table in (ranges.expression, cytometer.unspecific):
        if marker in table.get(population, {}):
            return table[population][marker]
    return None


def _draw_scatter(
    cytometer: Cytometer, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Draw mean and CV of both scatters for each population.

    A tube draws where it lies within all ranges, and each population strays from
    there a little: the gains shift lymphocytes, monocytes and granulocytes together.
    """
    mean = np.empty((len(POPULATIONS), 2))
    cv = np.empty_like(mean)
    for column, table in enumerate((cytometer.fsc, cytometer.ssc)):
        place = rng.uniform()
        for row, population in enumerate(POPULATIONS):
            span = _scatter_range(table, population)
            at = float(np.clip(place + rng.normal(0, 0.1), 0, 1))
            mean[row, column] = span.mean[0] + at * (span.mean[1] - span.mean[0])
            cv[row, column] = rng.uniform(*span.cv)
    return mean, cv


def _scatter_range(table: Mapping[str, ScatterRange], population: str) -> ScatterRange:
    return table[_SCATTER_KIND.get(population, "lymphocyte")]
