"""Hold a second set of ranges, on which the program is accepted and never built.

Other instruments of the same kinds: fewer photoelectrons, more noise, other voltages,
scatter and spill; other reagents: levels, widths and what populations carry. Ranges lie
within what is known of these panels, shifted and widened by a fifth to two fifths where
that leaves room.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cytoflow_blina.simulate.cytometers import DEFAULT_RANGES, FACSCALIBUR, FACSCANTO
from cytoflow_blina.simulate.navios import NAVIOS
from cytoflow_blina.simulate.populations import EXPRESSION, Expression, Span
from cytoflow_blina.simulate.ranges import (
    Cytometer,
    Detector,
    MarkerLevel,
    Ranges,
    ScatterRange,
)

_GLOW = {"lymphocyte": 1.10, "monocyte": 1.15, "granulocyte": 1.05, "debris": 1.2}


def _detectors(
    cytometer: Cytometer, photoelectrons: tuple[float, ...], volts: float
) -> tuple[Detector, ...]:
    """Give detectors other optics: light, voltages, and what glows unstained."""
    return tuple(
        replace(
            detector,
            voltage=detector.voltage + volts,
            photoelectrons=light,
            autofluorescence={
                kind: _GLOW[kind] * median
                for kind, median in detector.autofluorescence.items()
            },
            bead=0.92 * detector.bead,
        )
        for detector, light in zip(cytometer.detectors, photoelectrons, strict=True)
    )


def _scatter(
    table: Mapping[str, ScatterRange],
    factors: Span,
    cv_factor: float,
    **others: ScatterRange,
) -> dict[str, ScatterRange]:
    """Shift both ends of every scatter range, and widen the populations."""
    moved = {
        name: ScatterRange(
            (factors[0] * span.mean[0], factors[1] * span.mean[1]),
            (cv_factor * span.cv[0], cv_factor * span.cv[1]),
        )
        for name, span in table.items()
    }
    return {**moved, **others}


def _spill(
    table: Mapping[tuple[str, str], Span], at_most: float
) -> dict[tuple[str, str], Span]:
    """Widen every coefficient, as far as such dyes are known to spill."""
    return {
        pair: (0.75 * low, max(min(1.25 * high, at_most), high))
        for pair, (low, high) in table.items()
    }


_CALIBUR = replace(
    FACSCALIBUR,
    detectors=_detectors(FACSCALIBUR, (6.2, 7.5, 4.0, 4.8), -35),
    levels={
        "CD45": MarkerLevel(2.30, 0.078),
        "CD3": MarkerLevel(2.24, 0.125),
        "CD8": MarkerLevel(2.88, 0.165),
        "CD4": MarkerLevel(2.64, 0.105),
        "CD16+56": MarkerLevel(2.36, 0.25),
        "CD19": MarkerLevel(2.56, 0.135),
    },
    spill=_spill(FACSCALIBUR.spill, at_most=0.26),
    fsc=_scatter(FACSCALIBUR.fsc, (0.88, 0.98), 1.1),
    ssc=_scatter(FACSCALIBUR.ssc, (1.0, 1.2), 1.12),
    pmt_decades=(-0.10, 0.06),
    electronic_noise=0.5,
)

_CANTO = replace(
    FACSCANTO,
    detectors=_detectors(FACSCANTO, (0.15, 0.16, 0.04, 0.06, 0.19, 0.032), 40),
    levels={
        "CD45": MarkerLevel(4.00, 0.09),
        "CD3": MarkerLevel(3.70, 0.18),
        "CD8": MarkerLevel(3.64, 0.18),
        "CD4": MarkerLevel(3.76, 0.135),
        "CD16+56": MarkerLevel(3.46, 0.26),
        "CD19": MarkerLevel(3.64, 0.155),
    },
    spill={
        **_spill(FACSCANTO.spill, at_most=0.3),
        ("FITC-A", "PE-A"): (0.14, 0.25),
        ("PE-A", "PerCP-Cy5-5-A"): (0.10, 0.22),
        ("PE-Cy7-A", "PE-A"): (0.01, 0.05),
        ("APC-A", "APC-Cy7-A"): (0.07, 0.15),
    },
    fsc=_scatter(FACSCANTO.fsc, (1.04, 1.0), 1.06),
    ssc=_scatter(
        FACSCANTO.ssc,
        (1.05, 1.0),
        1.15,
        neutrophil=ScatterRange((95e3, 170e3), (0.26, 0.34)),
    ),
    pmt_decades=(-0.15, 0.15),
    electronic_noise=29.0,
    unspecific={
        "neutrophil": {"CD4": Expression((-1.3, 0.0), 1.8)},
        "eosinophil": {"CD4": Expression((-1.6, -0.2), 2.2)},
    },
)

_NAVIOS = replace(
    NAVIOS,
    detectors=_detectors(
        NAVIOS, tuple(0.78 * d.photoelectrons for d in NAVIOS.detectors), 25
    ),
    levels={
        marker: MarkerLevel(level.median - 0.05, 1.12 * level.spread)
        for marker, level in NAVIOS.levels.items()
    },
    spill=_spill(NAVIOS.spill, at_most=0.45),
    fsc=_scatter(NAVIOS.fsc, (0.92, 1.0), 1.08),
    ssc=_scatter(NAVIOS.ssc, (0.92, 1.05), 1.12),
    pmt_decades=(-0.15, 0.15),
    electronic_noise=75.0,
)

_OTHERWISE: Mapping[str, Mapping[str, Expression]] = {
    "dn_t": {"CD3": Expression((0.04, 0.30), 1.3)},
    "nkt_like": {"CD8": Expression((-0.3, -0.05), 1.7)},
    "b": {"CD45": Expression((-0.13, -0.02), 1.0)},
    "nk_cd8neg": {"CD45": Expression((0.0, 0.06), 1.2)},
    "nk_cd8dim": {"CD8": Expression((-0.95, -0.4), 1.4)},
    "monocyte": {
        "CD45": Expression((-0.30, -0.12), 1.25),
        "CD4": Expression((-0.95, -0.5), 1.5),
    },
    "neutrophil": {
        "CD45": Expression((-0.75, -0.32), 1.5),
        "CD16+56": Expression((-1.0, -0.4), 1.2),
    },
    "eosinophil": {"CD45": Expression((-0.5, -0.3), 1.3)},
    "basophil": {"CD45": Expression((-0.55, -0.3), 1.25)},
    "b_blast": {
        "CD45": Expression((-0.9, -0.35), 1.8),
        "CD19": Expression((-0.6, 0.1), 1.5),
    },
    "activated_cd4_t": {"CD3": Expression((-0.3, -0.05), 1.4)},
    "activated_cd8_t": {"CD3": Expression((-0.3, -0.05), 1.4)},
}

OTHER_RANGES = Ranges(
    cytometers={
        **DEFAULT_RANGES.cytometers,
        "facscalibur-multitest": _CALIBUR,
        "facscanto-tbnk": _CANTO,
        "navios-tetrachrome": _NAVIOS,
    },
    expression={
        population: {**markers, **_OTHERWISE.get(population, {})}
        for population, markers in EXPRESSION.items()
    },
    brightness_decades=(-0.25, 0.25),
    spread_factor=(0.7, 1.35),
    autofluorescence_decades=(-0.12, 0.14),
    autofluorescence_spread=(0.13, 0.20),
    size_spread=0.06,
    compensation_error=(-0.04, 0.04),
    debris=(0.08, 0.50),
    doublets=(0.012, 0.024),
    dead=(0.015, 0.03),
    stragglers=(0.0, 0.025),
    events_per_s=(600.0, 2_400.0),
    drift=(-0.05, 0.05),
    bin_error=0.04,
)
"""Ranges that were not looked at while the program was built."""
