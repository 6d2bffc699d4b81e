"""Hold a second set of ranges, on which marrow is accepted and never built.

Another instrument of the kind: fewer photoelectrons, more noise, other spill, other
gains; other reagents: levels and widths; other donors and mixtures. Ranges lie within
what is known of these panels, shifted and widened.
"""

from __future__ import annotations

from dataclasses import replace

from cytoflow_blina.simulate.marrow.cytometers import (
    DEFAULT_MARROW_RANGES,
    DETECTORS,
    KINDS,
    SPILL,
)
from cytoflow_blina.simulate.marrow.populations import LEVELS, SCATTER, Level, Scatter

_SHIFT = {
    "CD19": -0.08,
    "CD10": -0.10,
    "CD20": 0.08,
    "CD34": -0.08,
    "CD38": 0.06,
    "CD45": 0.08,
    "CD58": 0.10,
    "CD81": -0.08,
    "CD66c+123": 0.08,
    "CD73+304": -0.06,
    "CD22": 0.10,
    "CD24": -0.10,
    "CD66b": -0.10,
    "CD3": 0.08,
    "CD7": -0.08,
    "cyCD79a": 0.06,
    "CD9": -0.06,
    "CD13+33": 0.06,
    "CD71": -0.06,
    "SYTO": 0.08,
}
"""Other clones and dyes: decades by marker, on every normal cell."""

_WIDER = 1.08

OTHER_MARROW_RANGES = replace(
    DEFAULT_MARROW_RANGES,
    cytometer="FACSLyric",
    detectors={
        name: replace(
            detector,
            photoelectrons=0.8 * detector.photoelectrons,
            glow=1.1 * detector.glow,
            voltage=detector.voltage + 35,
        )
        for name, detector in DETECTORS.items()
    },
    spill={
        pair: (0.9 * low, min(1.4 * high, 0.35)) for pair, (low, high) in SPILL.items()
    },
    levels={
        population: {
            marker: Level(level.median + _SHIFT[marker], _WIDER * level.spread)
            for marker, level in table.items()
        }
        for population, table in LEVELS.items()
    },
    scatter={
        name: Scatter(0.94 * level.forward, 1.06 * level.side)
        for name, level in SCATTER.items()
    },
    glow={kind: 1.12 * median for kind, median in DEFAULT_MARROW_RANGES.glow.items()},
    kinds={
        "regenerating": replace(
            KINDS["regenerating"],
            hematogones=(0.005, 0.20),
            mature_b=(0.003, 0.05),
            precursors=(0.0002, 0.0008),
        ),
        "resting": replace(
            KINDS["resting"],
            hematogones=(0.005, 0.06),
            mature_b=(0.008, 0.06),
            precursors=(0.0001, 0.0008),
        ),
        "aplasia": replace(
            KINDS["aplasia"],
            mature_b=(1e-6, 1.5e-4),
            chance_of_no_b=0.4,
            precursors=(0.0005, 0.004),
        ),
    },
    share_decades=0.15,
    cd10_of_granulocytes=(0.30, 0.65),
    hemodilution=(0.0, 0.20),
    gain_decades=(-0.15, 0.15),
    brightness_decades=(-0.22, 0.22),
    glow_decades=(-0.12, 0.14),
    donor_decades=0.06,
    spread_factor=(0.8, 1.4),
    glow_spread=(0.13, 0.20),
    size_spread=0.06,
    forward_factor=(0.8, 1.1),
    side_factor=(0.8, 1.1),
    forward_cv=(0.10, 0.16),
    side_cv=(0.24, 0.34),
    electronic_noise=29.0,
    compensation_error=(-0.04, 0.04),
    debris=(0.12, 0.32),
    dead=(0.015, 0.06),
    doublets=(0.012, 0.045),
    stragglers=(0.0, 0.025),
    events_per_s=(2_500.0, 9_000.0),
    drift=(-0.05, 0.05),
)
"""Ranges that were not looked at while the program was built."""
