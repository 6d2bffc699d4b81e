"""The second set of ranges is another one, and as sound as the first."""

from dataclasses import fields

import numpy as np
import pytest

from cytoflow_blina.simulate.conditions import draw_conditions
from cytoflow_blina.simulate.cytometers import DEFAULT_RANGES
from cytoflow_blina.simulate.other_ranges import OTHER_RANGES
from cytoflow_blina.simulate.populations import POPULATIONS
from cytoflow_blina.simulate.seeds import stream

PANELS = sorted(DEFAULT_RANGES.cytometers)


def test_it_differs_in_every_respect() -> None:
    same = [
        field.name
        for field in fields(DEFAULT_RANGES)
        if getattr(DEFAULT_RANGES, field.name) == getattr(OTHER_RANGES, field.name)
    ]

    assert same == []


@pytest.mark.parametrize("panel", PANELS)
def test_every_cytometer_has_other_optics_levels_and_scatter(panel: str) -> None:
    one, other = (r.cytometers[panel] for r in (DEFAULT_RANGES, OTHER_RANGES))

    assert one.tubes == other.tubes
    for mine, yours in zip(one.detectors, other.detectors, strict=True):
        assert mine.name == yours.name
        assert mine.photoelectrons != yours.photoelectrons
        assert mine.voltage != yours.voltage
    assert set(one.levels) == set(other.levels)
    assert all(one.levels[m].spread != other.levels[m].spread for m in one.levels)
    assert set(one.spill) == set(other.spill)
    assert one.spill != other.spill
    assert one.fsc != other.fsc
    assert one.ssc != other.ssc
    assert one.electronic_noise != other.electronic_noise
    assert one.pmt_decades != other.pmt_decades


def test_every_population_carries_the_markers_it_did() -> None:
    for population, markers in DEFAULT_RANGES.expression.items():
        assert set(OTHER_RANGES.expression[population]) == set(markers)


@pytest.mark.parametrize("panel", PANELS)
def test_every_range_runs_upward(panel: str) -> None:
    cytometer = OTHER_RANGES.cytometers[panel]
    spans = [
        *cytometer.spill.values(),
        *(
            s
            for t in (cytometer.fsc, cytometer.ssc)
            for r in t.values()
            for s in (r.mean, r.cv)
        ),
        *(e.shift for t in OTHER_RANGES.expression.values() for e in t.values()),
        cytometer.pmt_decades,
    ]

    assert all(low <= high for low, high in spans)


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("seed", range(5))
def test_leukocytes_keep_their_order(panel: str, seed: int) -> None:
    cytometer = OTHER_RANGES.cytometers[panel]
    tube = next(iter(cytometer.tubes))

    drawn = draw_conditions(
        OTHER_RANGES,
        cytometer,
        cytometer.tubes[tube],
        instrument=stream(seed, "instrument"),
        staining=stream(seed, "staining"),
    )

    rows = [POPULATIONS.index(p) for p in ("cd4_t", "monocyte", "neutrophil")]
    assert np.all(np.diff(drawn.scatter_mean[rows], axis=0) > 0)
    cd45 = drawn.median[rows, cytometer.tubes[tube].index("CD45")]
    assert np.all(np.diff(cd45) < 0.05)
    assert np.linalg.cond(drawn.spill) < 10
