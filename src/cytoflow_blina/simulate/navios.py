"""Describe the Navios cytometer, and store a tube as its LMD files do.

An LMD file holds every event twice: compensated on four decades of 1,024 channels
(FCS 2.0), with all keywords, and as measured on a linear scale of 20 bits (FCS 3.0),
with hardly any. Levels and spill are of general knowledge of the instrument and its
dyes, of medium confidence; no file stands behind them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cytoflow_blina.bridge.fcs_writer import FcsContents, FcsParameter, spillover_value
from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.domain.spillover import Spillover
from cytoflow_blina.simulate.columns import Columns
from cytoflow_blina.simulate.particles import Light
from cytoflow_blina.simulate.ranges import (
    Cytometer,
    Detector,
    MarkerLevel,
    ScatterRange,
)

_STEPS = 2**20
_HEIGHT_STEPS = 2**18
_HEIGHT_OF_AREA = 0.21
"""Peak height of a single cell as a share of its area, both as stored."""

_HEIGHT_CV = 0.05
_LONGEST_S = (300, 600, 1200, 2400)
"""Settings of the longest acquisition, which is the full scale of `TIME`."""

_CHANNELS = 1024
_STEPS_PER_CHANNEL = _STEPS // _CHANNELS
_DECADES = 4
_FIRST_CHANNEL = 0.1024
"""What channel 0 of a logarithmic parameter means; the last but one is near 1,024."""

_KINDS = ("lymphocyte", "monocyte", "granulocyte", "debris")
_DYES = ("FITC", "RD1", "ECD", "PC5")


def _unstained(*medians: float) -> dict[str, float]:
    return dict(zip(_KINDS, medians, strict=True))


NAVIOS = Cytometer(
    name="Navios",
    stores="steps",
    detectors=(
        Detector("FL1-A", 400, 0.06, _unstained(330, 660, 1200, 110), 420_000),
        Detector("FL2-A", 410, 0.07, _unstained(300, 660, 1300, 100), 450_000),
        Detector("FL3-A", 430, 0.05, _unstained(300, 600, 1200, 100), 420_000),
        Detector("FL4-A", 480, 0.03, _unstained(250, 400, 650, 90), 300_000),
    ),
    tubes={
        "1": ("CD45", "CD4", "CD8", "CD3"),
        "2": ("CD45", "CD56", "CD19", "CD3"),
    },
    levels={
        "CD45": MarkerLevel(4.35, 0.085),
        "CD3": MarkerLevel(4.30, 0.14),
        "CD4": MarkerLevel(4.25, 0.12),
        "CD8": MarkerLevel(4.30, 0.16),
        "CD56": MarkerLevel(3.95, 0.22),
        "CD19": MarkerLevel(4.15, 0.14),
    },
    spill={
        ("FL1-A", "FL2-A"): (0.10, 0.25),
        ("FL1-A", "FL3-A"): (0.02, 0.06),
        ("FL1-A", "FL4-A"): (0.001, 0.01),
        ("FL2-A", "FL1-A"): (0.005, 0.015),
        ("FL2-A", "FL3-A"): (0.20, 0.40),
        ("FL2-A", "FL4-A"): (0.02, 0.06),
        ("FL3-A", "FL1-A"): (0.001, 0.005),
        ("FL3-A", "FL2-A"): (0.05, 0.15),
        ("FL3-A", "FL4-A"): (0.05, 0.15),
        ("FL4-A", "FL1-A"): (0.0005, 0.003),
        ("FL4-A", "FL2-A"): (0.005, 0.02),
        ("FL4-A", "FL3-A"): (0.01, 0.04),
    },
    fsc={
        "lymphocyte": ScatterRange((200e3, 320e3), (0.10, 0.14)),
        "activated": ScatterRange((235e3, 375e3), (0.12, 0.16)),
        "monocyte": ScatterRange((310e3, 450e3), (0.10, 0.14)),
        "neutrophil": ScatterRange((380e3, 560e3), (0.10, 0.14)),
        "eosinophil": ScatterRange((360e3, 520e3), (0.10, 0.14)),
        "basophil": ScatterRange((205e3, 330e3), (0.10, 0.14)),
        "blast": ScatterRange((220e3, 360e3), (0.13, 0.18)),
        "debris": ScatterRange((40e3, 110e3), (0.40, 0.55)),
        "bead": ScatterRange((300e3, 430e3), (0.04, 0.06)),
    },
    ssc={
        "lymphocyte": ScatterRange((40e3, 85e3), (0.22, 0.30)),
        "activated": ScatterRange((56e3, 120e3), (0.26, 0.34)),
        "monocyte": ScatterRange((140e3, 270e3), (0.20, 0.26)),
        "neutrophil": ScatterRange((340e3, 580e3), (0.22, 0.28)),
        "eosinophil": ScatterRange((450e3, 700e3), (0.16, 0.22)),
        "basophil": ScatterRange((50e3, 105e3), (0.22, 0.28)),
        "blast": ScatterRange((52e3, 112e3), (0.24, 0.32)),
        "debris": ScatterRange((20e3, 80e3), (0.60, 0.80)),
        "bead": ScatterRange((500e3, 750e3), (0.04, 0.06)),
    },
    pmt_decades=(-0.2, 0.2),
    electronic_noise=60.0,
    tandem=("FL4-A", "FL2-A"),
)


def navios_columns(
    light: Light,
    raw: FloatArray,
    time_s: FloatArray,
    fluorescence: tuple[str, ...],
    rng: np.random.Generator,
) -> Columns:
    """Store events as they are measured, in whole steps.

    Parameters
    ----------
    light : Light
        Scatter of the events.
    raw : ndarray of float64, shape (n_events, n_detectors)
        Uncompensated fluorescence.
    time_s : ndarray of float64, shape (n_events,)
        Seconds since the start.
    fluorescence : tuple of str
        Names of the fluorescence detectors.
    rng : numpy.random.Generator
        Where the noise of the pulse height comes from.

    Returns
    -------
    Columns
        Forward height (18 bits), forward and side area, fluorescence, time (20 bits).
        A signal below zero is stored as 0. The full scale of time is the longest
        acquisition that was set.
    """
    height = light.forward_height * (1 + _HEIGHT_CV * rng.standard_normal(time_s.size))
    last_s = float(time_s[-1]) if time_s.size else 0.0
    longest_s = next((s for s in _LONGEST_S if last_s < s), _LONGEST_S[-1])
    values = np.column_stack(
        (_HEIGHT_OF_AREA * height, light.scatter, raw, time_s * _STEPS / longest_s)
    )
    top = np.full(values.shape[1], _STEPS - 1)
    top[0] = _HEIGHT_STEPS - 1
    return Columns(
        ("FS-H", "FS-A", "SS-A", *fluorescence, "TIME"),
        np.clip(np.rint(values), 0, top).astype(np.uint32),
        longest_s / _STEPS,
    )


def lmd_data_sets(
    columns: Columns,
    spillover: Spillover,
    *,
    stains: Sequence[str],
    volts: Sequence[float],
    keywords: Mapping[str, str],
) -> tuple[FcsContents, FcsContents]:
    """Lay out the two data sets of an LMD file.

    Parameters
    ----------
    columns : Columns
        Those of `navios_columns`.
    spillover : Spillover
        The matrix of the fluorescence detectors, as the operator believes it.
    stains : sequence of str
        Antigen of each fluorescence detector; empty where the operator gave none.
    volts : sequence of float
        Of each fluorescence detector.
    keywords : mapping of str to str
        Cytometer, date and the like; of the first data set alone.

    Returns
    -------
    tuple of two FcsContents
        10 bits, compensated, and 20 bits, uncompensated, with a matrix that names
        detectors by the number of their parameter.
    """
    return (
        _compensated_channels(columns, spillover, stains, volts, keywords),
        _measured_steps(columns, spillover),
    )


def _compensated_channels(
    columns: Columns,
    spillover: Spillover,
    stains: Sequence[str],
    volts: Sequence[float],
    keywords: Mapping[str, str],
) -> FcsContents:
    """Compensate, and bring every parameter to 1,024 channels."""
    at = [columns.detectors.index(detector) for detector in spillover.detectors]
    whole = columns.values // np.array(
        [
            _HEIGHT_STEPS // _CHANNELS if detector == "FS-H" else _STEPS_PER_CHANNEL
            for detector in columns.detectors
        ],
        np.uint32,
    )
    signals = columns.values[:, at] @ np.linalg.inv(spillover.matrix)
    bottom = _FIRST_CHANNEL * _STEPS_PER_CHANNEL
    decades = np.log10(np.maximum(signals, bottom) / bottom)
    whole[:, at] = np.minimum(decades * _CHANNELS / _DECADES, _CHANNELS - 1)
    plain = {
        "FS-H": FcsParameter("FS PEAK LIN", label="FS PEAK LIN"),
        "FS-A": FcsParameter("FS INT LIN", label="FS INT LIN"),
        "SS-A": FcsParameter("SS INT LIN", label="SS INT LIN"),
        "TIME": FcsParameter("TIME", label="TIME"),
    }
    for number, detector in enumerate(spillover.detectors):
        name = f"{detector.removesuffix('-A')} INT LOG"
        plain[detector] = FcsParameter(
            name,
            label=f"{stains[number]}-{_DYES[number]}" if stains[number] else name,
            amplification=f"{_DECADES}.0,{_FIRST_CHANNEL}",
            voltage=float(np.rint(volts[number])),
        )
    return FcsContents(
        version="2.0",
        parameters=tuple(plain[detector] for detector in columns.detectors),
        values=whole.astype(np.uint16),
        keywords={**keywords, **_percentages(spillover)},
        low_byte_first=True,
    )


def _percentages(spillover: Spillover) -> dict[str, str]:
    """Write the matrix as the settings of a cytometer: percent of one in another."""
    numbers = range(len(spillover.detectors))
    return {
        f"$DFC{dye + 1}TO{seen + 1}": f"{100 * spillover.matrix[dye, seen]:.2f}"
        for dye in numbers
        for seen in numbers
        if dye != seen
    }


def _measured_steps(columns: Columns, spillover: Spillover) -> FcsContents:
    """Declare the columns as they are stored."""
    numbers = tuple(str(columns.detectors.index(d) + 1) for d in spillover.detectors)
    return FcsContents(
        version="3.0",
        parameters=tuple(
            FcsParameter(
                detector, range_max=_HEIGHT_STEPS if detector == "FS-H" else _STEPS
            )
            for detector in columns.detectors
        ),
        values=columns.values,
        # Not FcsContents.spillover: in FCS 3.0 that is BD's keyword, SPILL.
        keywords={
            "$SPILLOVER": spillover_value(Spillover(numbers, spillover.matrix)),
        },
        low_byte_first=True,
    )
