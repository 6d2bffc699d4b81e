"""What a tube draws lies within the ranges."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cytoflow_blina.simulate.conditions import Conditions, draw_conditions
from cytoflow_blina.simulate.cytometers import DEFAULT_RANGES, FACSCANTO
from cytoflow_blina.simulate.populations import POPULATIONS
from cytoflow_blina.simulate.seeds import stream

MARKERS = FACSCANTO.tubes[""]


def conditions(seed: int) -> Conditions:
    return draw_conditions(
        DEFAULT_RANGES,
        FACSCANTO,
        MARKERS,
        instrument=stream(seed, "instrument"),
        staining=stream(seed, "staining"),
    )


@given(st.integers(0, 10**6))
def test_every_draw_lies_within_its_range(seed: int) -> None:
    drawn = conditions(seed)

    low, high = FACSCANTO.pmt_decades
    assert np.all((np.log10(drawn.gain) >= low) & (np.log10(drawn.gain) <= high))
    for (dye, detector), (least, most) in FACSCANTO.spill.items():
        names = [d.name for d in FACSCANTO.detectors]
        assert least <= drawn.spill[names.index(dye), names.index(detector)] <= most
    for name in ("debris", "doublets", "stragglers", "events_per_s", "drift"):
        least, most = getattr(DEFAULT_RANGES, name)
        assert least <= getattr(drawn, name) <= most


@given(st.integers(0, 10**6))
def test_the_bright_population_of_a_marker_stays_near_its_level(seed: int) -> None:
    drawn = conditions(seed)
    cd4 = drawn.median[POPULATIONS.index("cd4_t"), MARKERS.index("CD4")]

    # Brightness and detector voltage shift it, 0.2 decades each at most.
    assert abs(cd4 - FACSCANTO.levels["CD4"].median) <= 0.4 + 1e-9


def test_a_marker_that_a_population_lacks_gives_no_light() -> None:
    drawn = conditions(1)

    assert drawn.median[POPULATIONS.index("b"), MARKERS.index("CD3")] == -np.inf


@given(st.integers(0, 10**6))
def test_lymphocytes_monocytes_and_granulocytes_keep_their_order(seed: int) -> None:
    rows = [POPULATIONS.index(p) for p in ("cd4_t", "monocyte", "neutrophil")]

    forward, side = conditions(seed).scatter_mean[rows].T

    assert np.all(np.diff(forward) > 0)
    assert np.all(np.diff(side) > 0)


def test_what_the_software_believes_is_near_the_truth_but_not_equal() -> None:
    drawn = conditions(1)
    off_diagonal = drawn.spill != np.eye(len(MARKERS))
    spilt = off_diagonal & (drawn.spill > 0)

    ratio = drawn.believed_spill[spilt] / drawn.spill[spilt]

    assert np.all(np.abs(ratio - 1) < 0.035)
    assert np.any(ratio != 1)
