"""Describe the cytometer of marrow tubes, their panels and the default ranges."""

from __future__ import annotations

from cytoflow_blina.simulate.marrow.populations import LEVELS, SCATTER
from cytoflow_blina.simulate.marrow.ranges import (
    MarrowDetector,
    MarrowKind,
    MarrowRanges,
)
from cytoflow_blina.simulate.populations import Span

AIEOP = "bcp-all-mrd-aieop-bfm"
POST_CD19 = "bcp-all-mrd-post-cd19"
EUROFLOW = "bcp-all-mrd-euroflow"
COG = "bcp-all-mrd-cog"

_EUROFLOW = {
    "CD20": "BV421-A",
    "CD45": "V500-A",
    "CD81": "FITC-A",
    "CD34": "PerCP-Cy5-5-A",
    "CD19": "PE-Cy7-A",
    "CD10": "APC-A",
    "CD38": "APC-Cy7-A",
}

PANELS = {
    AIEOP: {
        "": {
            "SYTO": "FITC-A",
            "CD58": "PE-A",
            "CD34": "PerCP-Cy5-5-A",
            "CD19": "PE-Cy7-A",
            "CD10": "APC-A",
            "CD38": "APC-Cy7-A",
            "CD20": "BV421-A",
            "CD45": "V500-A",
        }
    },
    POST_CD19: {
        "": {
            "SYTO": "FITC-A",
            "CD22": "PE-A",
            "CD58": "PE-CF594-A",
            "CD34": "PerCP-Cy5-5-A",
            "CD19": "PE-Cy7-A",
            "CD10": "APC-A",
            "cyCD79a": "AF700-A",
            "CD38": "APC-Cy7-A",
            "CD20": "BV421-A",
            "CD45": "V500-A",
            "CD24": "BV605-A",
            "CD66b": "BV650-A",
            "CD3": "BV711-A",
            "CD7": "BV786-A",
        }
    },
    EUROFLOW: {
        "1": _EUROFLOW | {"CD66c+123": "PE-A"},
        "2": _EUROFLOW | {"CD73+304": "PE-A"},
    },
    COG: {
        "1": {
            "CD20": "FITC-A",
            "CD10": "PE-A",
            "CD38": "PerCP-Cy5-5-A",
            "CD19": "PE-Cy7-A",
            "CD58": "APC-A",
            "CD45": "APC-Cy7-A",
        },
        "2": {
            "CD9": "FITC-A",
            "CD13+33": "PE-A",
            "CD34": "PerCP-Cy5-5-A",
            "CD19": "PE-Cy7-A",
            "CD10": "APC-A",
            "CD45": "APC-Cy7-A",
        },
        "3": {
            "SYTO": "FITC-A",
            "CD3": "PE-A",
            "CD19": "PE-Cy7-A",
            "CD71": "APC-A",
            "CD45": "APC-Cy7-A",
        },
    },
}
"""For each panel and tube, the detector of each marker."""

DETECTORS = {
    detector.name: detector
    for detector in (
        MarrowDetector("FITC-A", 0.18, 1.2, 480),
        MarrowDetector("PE-A", 0.20, 1.0, 450),
        MarrowDetector("PE-CF594-A", 0.15, 0.9, 470),
        MarrowDetector("PerCP-Cy5-5-A", 0.05, 0.8, 520),
        MarrowDetector("PE-Cy7-A", 0.05, 0.7, 560),
        MarrowDetector("APC-A", 0.15, 0.8, 550),
        MarrowDetector("AF700-A", 0.06, 0.8, 545),
        MarrowDetector("APC-Cy7-A", 0.04, 0.8, 540),
        MarrowDetector("BV421-A", 0.18, 1.0, 400),
        MarrowDetector("V500-A", 0.10, 1.5, 420),
        MarrowDetector("BV605-A", 0.12, 1.2, 490),
        MarrowDetector("BV650-A", 0.10, 1.0, 510),
        MarrowDetector("BV711-A", 0.08, 0.9, 530),
        MarrowDetector("BV786-A", 0.05, 0.8, 550),
    )
}

_SPILL = {
    "FITC-A": {"PE-A": 0.016, "PerCP-Cy5-5-A": 0.014, "PE-CF594-A": 0.01},
    "PE-A": {
        "FITC-A": 0.008,
        "PE-CF594-A": 0.20,
        "PerCP-Cy5-5-A": 0.034,
        "PE-Cy7-A": 0.008,
        "BV605-A": 0.03,
    },
    "PE-CF594-A": {
        "PE-A": 0.05,
        "PerCP-Cy5-5-A": 0.10,
        "PE-Cy7-A": 0.02,
        "BV605-A": 0.08,
        "BV650-A": 0.02,
    },
    "PerCP-Cy5-5-A": {
        "PE-Cy7-A": 0.127,
        "APC-A": 0.021,
        "AF700-A": 0.06,
        "APC-Cy7-A": 0.088,
        "BV711-A": 0.10,
        "BV786-A": 0.05,
    },
    "PE-Cy7-A": {
        "PE-A": 0.037,
        "PerCP-Cy5-5-A": 0.017,
        "APC-Cy7-A": 0.060,
        "BV786-A": 0.06,
    },
    "APC-A": {
        "PerCP-Cy5-5-A": 0.008,
        "PE-Cy7-A": 0.020,
        "AF700-A": 0.10,
        "APC-Cy7-A": 0.179,
        "BV650-A": 0.06,
    },
    "AF700-A": {"APC-A": 0.01, "APC-Cy7-A": 0.16, "BV711-A": 0.04, "BV786-A": 0.05},
    "APC-Cy7-A": {
        "PE-Cy7-A": 0.128,
        "APC-A": 0.011,
        "AF700-A": 0.02,
        "BV786-A": 0.08,
    },
    "BV421-A": {"FITC-A": 0.004, "V500-A": 0.05, "BV605-A": 0.01},
    "V500-A": {"FITC-A": 0.03, "BV421-A": 0.01, "BV605-A": 0.08, "BV650-A": 0.02},
    "BV605-A": {
        "PE-A": 0.02,
        "PE-CF594-A": 0.05,
        "BV650-A": 0.22,
        "BV711-A": 0.10,
        "BV786-A": 0.03,
    },
    "BV650-A": {
        "APC-A": 0.08,
        "AF700-A": 0.04,
        "BV605-A": 0.03,
        "BV711-A": 0.25,
        "BV786-A": 0.10,
    },
    "BV711-A": {"PerCP-Cy5-5-A": 0.03, "AF700-A": 0.08, "BV786-A": 0.20},
    "BV786-A": {"PE-Cy7-A": 0.04, "APC-Cy7-A": 0.08, "BV711-A": 0.03},
}
"""Share of a dye that another detector sees: an LSR type, the usual filters."""

SPILL: dict[tuple[str, str], Span] = {
    (dye, detector): (0.75 * share, 1.3 * share)
    for dye, seen in _SPILL.items()
    for detector, share in seen.items()
}

_SHARES = {
    "granulocyte": 0.55,
    "monocyte": 0.07,
    "t_cell": 0.12,
    "nk": 0.02,
    "erythroblast": 0.15,
    "eosinophil": 0.03,
    "basophil": 0.004,
    "plasma": 0.002,
    "pdc": 0.003,
    "myeloid_progenitor": 0.008,
    "mast": 0.0003,
}

KINDS = {
    "regenerating": MarrowKind(
        _SHARES, (0.01, 0.20), (0.005, 0.04), 0.0, (0.0001, 0.0006), carries_cd19=True
    ),
    "resting": MarrowKind(
        _SHARES, (0.005, 0.05), (0.01, 0.05), 0.0, (0.0001, 0.0006), carries_cd19=True
    ),
    # On a drug against CD19.
    "aplasia": MarrowKind(
        _SHARES, (0.0, 0.0), (1e-6, 1e-4), 0.5, (0.0005, 0.003), carries_cd19=False
    ),
}

DEFAULT_MARROW_RANGES = MarrowRanges(
    cytometer="LSRFortessa",
    panels=PANELS,
    detectors=DETECTORS,
    spill=SPILL,
    levels=LEVELS,
    scatter=SCATTER,
    glow={
        "lymphocyte": 100.0,
        "monocyte": 250.0,
        "granulocyte": 400.0,
        "erythroid": 80.0,
        "debris": 50.0,
    },
    kinds=KINDS,
)
"""Ranges around which the program is built; accept it on another set."""
