"""Share marrow tubes that several modules look at."""

import pytest

from cytoflow_blina.simulate.marrow.cytometers import AIEOP, POST_CD19
from cytoflow_blina.simulate.marrow.spec import CloneSpec, MarrowSpec
from cytoflow_blina.simulate.marrow.tube import SimulatedMarrow, simulate_marrow


@pytest.fixture(scope="session")
def regenerating() -> SimulatedMarrow:
    """One AIEOP-BFM tube with a tenth of hematogones and two hundred blasts."""
    spec = MarrowSpec(
        AIEOP, n_nucleated=40_000, hematogone_share=0.1, clones=(CloneSpec(200),)
    )
    return simulate_marrow(spec, 1)


@pytest.fixture(scope="session")
def relapse() -> SimulatedMarrow:
    """One post-CD19 tube in aplasia with blasts that lost CD19."""
    spec = MarrowSpec(
        POST_CD19,
        kind="aplasia",
        n_nucleated=40_000,
        clones=(CloneSpec(400, cd19="negative"),),
    )
    return simulate_marrow(spec, 2)
