"""Invent normal marrow of known levels, and events of it, in decades."""

import numpy as np

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.domain.mrd import NormalPopulation, Phenotype, TubeReference

MARKERS = ("CD10", "CD19", "CD20", "CD34", "CD38", "CD45")
SD = 0.12

# Decades by MARKERS, from the first hematogones to mature B cells.
MATURATION = np.array(
    [
        (2.4, 1.3, 0.1, 1.8, 2.3, 1.1),
        (2.2, 1.5, 0.3, 0.6, 2.3, 1.3),
        (1.9, 1.7, 1.0, 0.1, 2.2, 1.6),
        (1.3, 1.8, 2.0, 0.1, 1.9, 1.9),
        (0.3, 1.9, 2.1, 0.1, 0.9, 2.2),
    ]
)
CLONE = (2.9, 1.6, 0.1, 1.2, 1.0, 0.7)
"""Bright CD10, dim CD38 and CD45: more than 8 SD from every normal cell."""

T_CELLS = np.array((0.1, 0.1, 0.1, 0.1, 1.2, 2.3))
PROGENITORS = np.array((0.1, 0.1, 0.1, 1.9, 1.9, 1.2))
B_CELLS = np.array((0.2, 1.9, 2.1, 0.1, 0.9, 2.2))


def normal_marrow(n_stations: int = 13, *, between: float = 0.15) -> TubeReference:
    """Place stations evenly along maturation, with anchors beside it."""
    at = np.linspace(0, len(MATURATION) - 1, n_stations)
    columns = [np.interp(at, range(len(MATURATION)), one) for one in MATURATION.T]
    names = ["hg1", *map(str, range(n_stations - 2)), "mature_b"]
    covariance = SD**2 * (0.8 * np.eye(len(MARKERS)) + 0.2)
    return TubeReference(
        tube="",
        markers=MARKERS,
        cofactor=166.0,
        populations=tuple(
            NormalPopulation(name, mean, covariance, 1 / n_stations)
            for name, mean in zip(names, np.array(columns).T, strict=True)
        ),
        anchors={"t": T_CELLS, "cd34": PROGENITORS, "b": B_CELLS},
        between_tubes=np.full(len(MARKERS), between),
    )


def normal_cells(
    n_events: int, rng: np.random.Generator, reference: TubeReference | None = None
) -> FloatArray:
    """Draw cells of every station alike, shape (n_events, n_markers)."""
    populations = (reference or normal_marrow()).populations
    which = rng.integers(len(populations), size=n_events)
    means = np.array([one.mean for one in populations])
    noise = rng.multivariate_normal(
        np.zeros(means.shape[1]), populations[0].covariance, n_events
    )
    return np.asarray(means[which] + noise)


def clone_cells(
    n_events: int,
    rng: np.random.Generator,
    *,
    at: tuple[float, ...] = CLONE,
    sd: float = 0.14,
) -> FloatArray:
    """Draw cells of a clone, shape (n_events, n_markers)."""
    return rng.normal(at, sd, (n_events, len(at)))


def scattered_cells(n_events: int, rng: np.random.Generator) -> FloatArray:
    """Draw events that have nothing in common, shape (n_events, n_markers)."""
    return rng.uniform(0, 3.2, (n_events, len(MARKERS)))


def phenotype(at: tuple[float, ...] = CLONE, sd: float = 0.14) -> Phenotype:
    """Say what a leukaemia looked like at diagnosis."""
    return Phenotype(
        "P1-DX", "DX", MARKERS, np.array(at), sd**2 * np.eye(len(at)), 20_000
    )
