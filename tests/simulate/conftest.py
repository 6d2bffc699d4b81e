"""Share the blood of one healthy child and tubes made from it."""

from dataclasses import replace

import pytest

from cytoflow_blina.simulate.plan import CALIBUR, CANTO, NAVIOS
from cytoflow_blina.simulate.spec import TubeSpec
from cytoflow_blina.simulate.tube import SimulatedTube, simulate_tube

BLOOD = {
    "cd4_t": 900.0,
    "cd8_t": 600.0,
    "dn_t": 80.0,
    "dp_t": 20.0,
    "nkt_like": 40.0,
    "b": 450.0,
    "nk_cd8neg": 250.0,
    "nk_cd8dim": 80.0,
    "monocyte": 400.0,
    "neutrophil": 2500.0,
    "eosinophil": 150.0,
    "basophil": 30.0,
}


@pytest.fixture(scope="session")
def calibur_spec() -> TubeSpec:
    return TubeSpec(CALIBUR, "A", "S01", "D0", BLOOD, n_lymphocytes=6_000)


@pytest.fixture(scope="session")
def canto_spec() -> TubeSpec:
    return TubeSpec(CANTO, "", "S01", "D0", BLOOD, n_lymphocytes=6_000)


@pytest.fixture(scope="session")
def navios_spec() -> TubeSpec:
    return TubeSpec(NAVIOS, "1", "S01", "D0", BLOOD, n_lymphocytes=6_000)


@pytest.fixture(scope="session")
def calibur_tubes(calibur_spec: TubeSpec) -> list[SimulatedTube]:
    """Eight tubes A and eight tubes B, each from an instrument of its own."""
    return [
        simulate_tube(replace(calibur_spec, tube=tube), seed)
        for seed in range(8)
        for tube in "AB"
    ]


@pytest.fixture(scope="session")
def canto_tubes(canto_spec: TubeSpec) -> list[SimulatedTube]:
    """Eight six-colour tubes, each from an instrument of its own."""
    return [simulate_tube(canto_spec, seed) for seed in range(8)]
