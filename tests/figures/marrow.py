"""Build the MRD plots of a marrow tube whose cells lie where they are put."""

from collections.abc import Sequence

import numpy as np

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.domain.mrd import NormalPopulation, Phenotype, TubeReference
from cytoflow_blina.domain.scale import ArcsinhScale, LinearScale
from cytoflow_blina.figures.marrow_histograms import (
    CandidateGate,
    MarrowEvents,
    MarrowHistograms,
    marrow_histograms,
)

MARKERS = ("CD20", "CD10", "CD45", "CD34", "CD19", "CD38", "CD58")
SCALE = ArcsinhScale(262_144.0, 3.5, 0.5)
SIDE = LinearScale(262_144.0)

# Decades, in the order of the markers.
NORMAL = {
    "hg1": (0.3, 2.6, 1.6, 2.0, 1.7, 2.9, 1.2),
    "hg2": (0.9, 2.1, 2.0, 0.4, 2.1, 2.8, 1.2),
    "hg3": (2.2, 1.2, 2.4, 0.3, 2.3, 2.2, 1.3),
    "mature_b": (2.6, 0.3, 2.8, 0.3, 2.3, 1.0, 1.6),
    "plasma": (0.4, 0.3, 1.6, 0.3, 1.4, 3.2, 2.2),
}
SHARES = (0.1, 0.2, 0.1, 0.58, 0.02)
CLONES = (
    (0.2, 3.0, 1.0, 2.4, 1.9, 1.6, 2.3),
    (1.5, 1.5, 1.2, 1.0, 0.3, 1.0, 2.5),
    (2.2, 3.0, 2.9, 2.3, 1.0, 0.5, 0.5),
)
SPREAD = 0.2


def reference() -> TubeReference:
    """Give normal cells at five stations."""
    populations = tuple(
        NormalPopulation(name, np.array(place), SPREAD**2 * np.eye(7), share)
        for (name, place), share in zip(NORMAL.items(), SHARES, strict=True)
    )
    return TubeReference("", MARKERS, 165.8, populations)


def phenotype() -> Phenotype:
    """Give a diagnosis close to the first clone."""
    mean = np.add(CLONES[0], (0.1, 0.2, -0.2, 0, 0.1, -0.4, 0.3))
    return Phenotype("P01-DX", "DX", MARKERS, mean, SPREAD**2 * np.eye(7), 9_000)


def gate(mask: np.ndarray, place: Sequence[float], number: int) -> CandidateGate:
    """Give the gate of a clone."""
    return CandidateGate(
        f"b_lineage/candidate_{number}",
        mask,
        MARKERS,
        np.array(place),
        SPREAD**2 * np.eye(7),
        14.0,
    )


def marrow_events(
    b_lineage: FloatArray, *, sample_id: str = "S1", tube: str = ""
) -> MarrowEvents:
    """Give events of B lineage among 30,000 nucleated ones."""
    rng = np.random.default_rng(5)
    n_events = len(b_lineage)
    return MarrowEvents(
        sample_id,
        tube,
        MARKERS,
        b_lineage,
        rng.normal(0.13, 0.03, n_events),
        {
            "CD45": rng.normal((1.9, 2.9, 0.3), (0.25, 0.12, 0.3), (10_000, 3)).ravel(),
            "CD19": rng.normal(0.3, 0.3, 30_000),
            "SSC": rng.normal(
                (0.5, 0.12, 0.1), (0.12, 0.03, 0.03), (10_000, 3)
            ).ravel(),
        },
        SCALE,
        SIDE,
    )


def marrow_tube(
    sizes: Sequence[int] = (),
    *,
    sample_id: str = "S1",
    tube: str = "",
    n_events: int = 2_000,
    has_reference: bool = True,
    has_phenotype: bool = False,
) -> MarrowHistograms:
    """Give the plots of a tube with clones of these sizes among normal cells."""
    rng = np.random.default_rng(3)
    normal = [
        rng.normal(place, SPREAD, (round(share * n_events), 7))
        for place, share in zip(NORMAL.values(), SHARES, strict=True)
    ]
    clones = [
        rng.normal(place, SPREAD, (size, 7))
        for place, size in zip(CLONES, sizes, strict=False)
    ]
    events = np.concatenate([*normal, *clones])
    owner = np.repeat(
        np.arange(-len(normal), len(clones)), [len(one) for one in (*normal, *clones)]
    )
    return marrow_histograms(
        marrow_events(events, sample_id=sample_id, tube=tube),
        [gate(owner == at, CLONES[at], at + 1) for at in range(len(clones))],
        reference=reference() if has_reference else None,
        phenotype=phenotype() if has_phenotype else None,
    )
