"""Describe the cytometers, their panels and the default ranges of a tube."""

from __future__ import annotations

from cytoflow_blina.simulate.navios import NAVIOS
from cytoflow_blina.simulate.populations import Expression
from cytoflow_blina.simulate.ranges import (
    Cytometer,
    Detector,
    MarkerLevel,
    Ranges,
    ScatterRange,
)

_KINDS = ("lymphocyte", "monocyte", "granulocyte", "debris")


def _unstained(*medians: float) -> dict[str, float]:
    return dict(zip(_KINDS, medians, strict=True))


# Linear units run from 1 to 10,000, and 256 channels are a decade. Adjacent
# detectors see each other's dye as measured on a FACSCalibur with its
# compensation switched off.
FACSCALIBUR = Cytometer(
    name="FACSCalibur",
    stores="channels",
    detectors=(
        Detector("FL1-H", 600, 8, _unstained(3.2, 7, 9, 2.2), 6500),
        Detector("FL2-H", 560, 10, _unstained(3.4, 10, 16, 2.8), 6000),
        Detector("FL3-H", 650, 5, _unstained(2.4, 4, 5, 2.2), 5500),
        Detector("FL4-H", 700, 6, _unstained(4.5, 5, 5.5, 2.6), 3500),
    ),
    tubes={
        "A": ("CD3", "CD8", "CD45", "CD4"),
        "B": ("CD3", "CD16+56", "CD45", "CD19"),
    },
    levels={
        "CD45": MarkerLevel(2.34, 0.07),
        "CD3": MarkerLevel(2.18, 0.11),
        "CD8": MarkerLevel(2.95, 0.15),
        "CD4": MarkerLevel(2.60, 0.09),
        "CD16+56": MarkerLevel(2.40, 0.22),
        "CD19": MarkerLevel(2.62, 0.12),
    },
    spill={
        ("FL1-H", "FL2-H"): (0.18, 0.26),
        ("FL1-H", "FL3-H"): (0.02, 0.035),
        ("FL1-H", "FL4-H"): (0.0005, 0.0015),
        ("FL2-H", "FL1-H"): (0.007, 0.013),
        ("FL2-H", "FL3-H"): (0.11, 0.16),
        ("FL2-H", "FL4-H"): (0.002, 0.004),
        ("FL3-H", "FL1-H"): (0.0005, 0.0015),
        ("FL3-H", "FL2-H"): (0.004, 0.010),
        ("FL3-H", "FL4-H"): (0.05, 0.23),
        ("FL4-H", "FL1-H"): (0.0005, 0.0015),
        ("FL4-H", "FL2-H"): (0.0005, 0.0015),
        ("FL4-H", "FL3-H"): (0.003, 0.012),
    },
    fsc={
        "lymphocyte": ScatterRange((295, 365), (0.10, 0.14)),
        "activated": ScatterRange((345, 435), (0.12, 0.17)),
        "monocyte": ScatterRange((430, 530), (0.10, 0.13)),
        "neutrophil": ScatterRange((465, 575), (0.11, 0.14)),
        "eosinophil": ScatterRange((450, 550), (0.11, 0.14)),
        "basophil": ScatterRange((305, 375), (0.10, 0.14)),
        "blast": ScatterRange((320, 400), (0.14, 0.19)),
        "debris": ScatterRange((100, 160), (0.40, 0.55)),
        "bead": ScatterRange((230, 290), (0.04, 0.06)),
    },
    ssc={
        "lymphocyte": ScatterRange((62, 88), (0.20, 0.27)),
        "activated": ScatterRange((88, 122), (0.24, 0.32)),
        "monocyte": ScatterRange((160, 220), (0.17, 0.22)),
        "neutrophil": ScatterRange((360, 500), (0.20, 0.27)),
        "eosinophil": ScatterRange((540, 740), (0.15, 0.20)),
        "basophil": ScatterRange((75, 105), (0.20, 0.25)),
        "blast": ScatterRange((78, 112), (0.22, 0.30)),
        "debris": ScatterRange((28, 42), (0.60, 0.80)),
        "bead": ScatterRange((360, 480), (0.05, 0.07)),
    },
    pmt_decades=(-0.08, 0.08),
    electronic_noise=0.4,
)

FACSCANTO = Cytometer(
    name="FACSCantoII",
    stores="floats",
    detectors=(
        Detector("FITC-A", 480, 0.18, _unstained(126, 252, 400, 40), 80_000),
        Detector("PE-A", 450, 0.20, _unstained(126, 252, 400, 40), 70_000),
        Detector("PerCP-Cy5-5-A", 520, 0.05, _unstained(126, 252, 400, 40), 70_000),
        Detector("PE-Cy7-A", 560, 0.05, _unstained(126, 252, 400, 40), 60_000),
        Detector("APC-A", 550, 0.15, _unstained(126, 252, 400, 40), 70_000),
        Detector("APC-Cy7-A", 540, 0.04, _unstained(126, 252, 400, 40), 60_000),
    ),
    tubes={"": ("CD3", "CD16+56", "CD45", "CD4", "CD19", "CD8")},
    levels={
        "CD45": MarkerLevel(4.0, 0.085),
        "CD3": MarkerLevel(3.75, 0.16),
        "CD8": MarkerLevel(3.7, 0.16),
        "CD4": MarkerLevel(3.7, 0.12),
        "CD16+56": MarkerLevel(3.4, 0.25),
        "CD19": MarkerLevel(3.7, 0.14),
    },
    spill={
        ("FITC-A", "PE-A"): (0.10, 0.25),
        ("FITC-A", "PerCP-Cy5-5-A"): (0.01, 0.03),
        ("PE-A", "FITC-A"): (0.005, 0.015),
        ("PE-A", "PerCP-Cy5-5-A"): (0.10, 0.25),
        ("PE-A", "PE-Cy7-A"): (0.005, 0.02),
        ("PerCP-Cy5-5-A", "PE-Cy7-A"): (0.10, 0.30),
        ("PerCP-Cy5-5-A", "APC-A"): (0.01, 0.03),
        ("PerCP-Cy5-5-A", "APC-Cy7-A"): (0.03, 0.09),
        ("PE-Cy7-A", "PE-A"): (0.01, 0.05),
        ("PE-Cy7-A", "PerCP-Cy5-5-A"): (0.01, 0.03),
        ("PE-Cy7-A", "APC-Cy7-A"): (0.02, 0.06),
        ("APC-A", "PerCP-Cy5-5-A"): (0.005, 0.01),
        ("APC-A", "APC-Cy7-A"): (0.05, 0.15),
        ("APC-Cy7-A", "PE-Cy7-A"): (0.02, 0.10),
        ("APC-Cy7-A", "APC-A"): (0.02, 0.30),
    },
    fsc={
        "lymphocyte": ScatterRange((45e3, 75e3), (0.10, 0.14)),
        "activated": ScatterRange((53e3, 88e3), (0.12, 0.16)),
        "monocyte": ScatterRange((70e3, 105e3), (0.10, 0.14)),
        "neutrophil": ScatterRange((85e3, 130e3), (0.10, 0.14)),
        "eosinophil": ScatterRange((80e3, 120e3), (0.10, 0.14)),
        "basophil": ScatterRange((46e3, 78e3), (0.10, 0.14)),
        "blast": ScatterRange((50e3, 85e3), (0.13, 0.18)),
        "debris": ScatterRange((8e3, 25e3), (0.40, 0.55)),
        "bead": ScatterRange((30e3, 50e3), (0.04, 0.06)),
    },
    ssc={
        "lymphocyte": ScatterRange((9e3, 20e3), (0.25, 0.32)),
        "activated": ScatterRange((13e3, 28e3), (0.28, 0.36)),
        "monocyte": ScatterRange((35e3, 75e3), (0.22, 0.28)),
        "neutrophil": ScatterRange((85e3, 150e3), (0.24, 0.30)),
        "eosinophil": ScatterRange((120e3, 190e3), (0.18, 0.24)),
        "basophil": ScatterRange((11e3, 24e3), (0.25, 0.30)),
        "blast": ScatterRange((12e3, 26e3), (0.26, 0.32)),
        "debris": ScatterRange((5e3, 20e3), (0.60, 0.80)),
        "bead": ScatterRange((65e3, 110e3), (0.05, 0.07)),
    },
    pmt_decades=(-0.2, 0.2),
    electronic_noise=25.0,
    # Tandem dyes stick to granulocytes, at times as brightly as CD4 to T cells.
    unspecific={
        "neutrophil": {"CD4": Expression((-1.5, -0.1), 2.0)},
        "eosinophil": {"CD4": Expression((-1.5, -0.1), 2.0)},
    },
    tandem=("PE-Cy7-A", "PE-A"),
)

DEFAULT_RANGES = Ranges(
    cytometers={
        "facscalibur-multitest": FACSCALIBUR,
        "facscanto-tbnk": FACSCANTO,
        "navios-tetrachrome": NAVIOS,
    }
)
"""Ranges around which the program is built; accept it on another set."""
