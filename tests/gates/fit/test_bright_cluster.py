"""Counting beads are found where they are, and nowhere else."""

import numpy as np

from cytoflow_blina.domain.template import MarkerLimits, RectangleShape
from cytoflow_blina.gates.fit.bright_cluster import find_bright_cluster

SHAPE = RectangleShape(
    tuple(MarkerLimits(marker, at_least=0.8) for marker in ("CD3", "CD8", "CD45"))
)


def cells(n_events: int, seed: int = 0) -> np.ndarray:
    """Cells that are negative for at least one of three markers."""
    rng = np.random.default_rng(seed)
    values = rng.normal(0.6, 0.05, (n_events, 3))
    values[np.arange(n_events), rng.integers(0, 3, n_events)] -= 0.4
    return values


def beads(n_events: int, level: float = 0.93, spread: float = 0.01) -> np.ndarray:
    return np.random.default_rng(9).normal(level, spread, (n_events, 3))


def test_every_bead_and_no_cell_is_inside() -> None:
    values = np.vstack([cells(5000), beads(800)])

    found = find_bright_cluster(values, SHAPE, {})

    assert found is not None
    assert isinstance(found.geometry, RectangleShape)
    limits = np.array([limit.at_least for limit in found.geometry.limits], float)
    inside = np.all(values >= limits, axis=1)
    assert inside[5000:].all()
    assert not inside[:5000].any()


def test_beads_dimmer_than_the_template_are_found() -> None:
    values = np.vstack([cells(5000), beads(800, level=0.78)])

    found = find_bright_cluster(values, SHAPE, {})

    assert found is not None
    assert isinstance(found.geometry, RectangleShape)
    limits = np.array([limit.at_least for limit in found.geometry.limits], float)
    assert (values[5000:] >= limits).all(axis=1).mean() > 0.99


def test_a_tube_without_beads_grows_no_bead_gate() -> None:
    assert find_bright_cluster(cells(5000), SHAPE, {}) is None


def test_a_wide_bright_smear_is_not_taken_for_beads() -> None:
    values = np.vstack([cells(5000), beads(800, level=0.95, spread=0.09)])

    assert find_bright_cluster(values, SHAPE, {}) is None


def test_no_events_give_no_gate() -> None:
    assert find_bright_cluster(np.empty((0, 3)), SHAPE, {}) is None


def test_a_bead_with_a_cell_attached_is_left_out_by_its_scatter() -> None:
    rng = np.random.default_rng(2)
    shape = RectangleShape(
        (*SHAPE.limits, MarkerLimits("FSC", at_least=-0.1, below=1.2))
    )
    alone = np.column_stack([beads(800), rng.normal(0.25, 0.01, 800)])
    paired = np.column_stack([beads(40), rng.normal(0.50, 0.03, 40)])
    others = np.column_stack([cells(5000), rng.normal(0.35, 0.05, 5000)])
    values = np.vstack([alone, paired, others])

    found = find_bright_cluster(values, shape, {})

    assert found is not None
    assert isinstance(found.geometry, RectangleShape)
    low = np.array([limit.at_least for limit in found.geometry.limits], float)
    high = np.array([limit.below or 9 for limit in found.geometry.limits], float)
    inside = np.all((values >= low) & (values < high), axis=1)
    assert inside[:800].mean() > 0.99
    assert not inside[800:].any()


def test_beads_at_the_top_of_side_scatter_are_all_counted() -> None:
    rng = np.random.default_rng(5)
    shape = RectangleShape(
        (*SHAPE.limits, MarkerLimits("SSC", at_least=-0.1, below=1.1))
    )
    scatter = np.minimum(rng.normal(0.99, 0.06, 800), 1.0)
    bright = np.column_stack([beads(800), scatter])
    others = np.column_stack([cells(5000), rng.normal(0.2, 0.05, 5000)])

    found = find_bright_cluster(np.vstack([bright, others]), shape, {})

    assert found is not None
    assert isinstance(found.geometry, RectangleShape)
    limit = found.geometry.limits[-1]
    assert limit.below is None
    assert isinstance(limit.at_least, float)
    assert (scatter >= limit.at_least).mean() > 0.99
