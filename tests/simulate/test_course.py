"""Events come late, early, dim or not at all when a day goes wrong."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from cytoflow_blina.simulate.plan import CALIBUR, CANTO, NAVIOS
from cytoflow_blina.simulate.scenarios import plan_study
from cytoflow_blina.simulate.tube import SimulatedTube, simulate_tube

SEED = 23
every_kind = pytest.mark.parametrize(
    ("panel", "tube"), [(CALIBUR, "A"), (CANTO, ""), (NAVIOS, "2")]
)


@cache
def simulated(scenario: str, panel: str, tube: str) -> SimulatedTube:
    specs = (t for t in plan_study(scenario, SEED).tubes if t.panel == panel)
    return simulate_tube(next(t for t in specs if t.tube == tube), SEED)


def seconds(tube: SimulatedTube) -> NDArray[np.float64]:
    clock: NDArray[np.float64] = tube.columns.values[:, -1].astype(float)
    return clock * tube.columns.time_step_s


def bead_decades(tube: SimulatedTube) -> NDArray[np.float64]:
    """Take the first fluorescence of every bead, in the order of the file."""
    first = {CALIBUR: "FL1-H", CANTO: "FITC-A", NAVIOS: "FL1-A"}[tube.spec.panel]
    values = tube.columns.values[:, tube.columns.detectors.index(first)].astype(float)
    beads: NDArray[np.float64] = values[tube.labels == "bead"]
    if tube.spec.panel == CALIBUR:
        return beads / 256
    return np.asarray(np.log10(beads))


@every_kind
def test_signals_drift_by_an_eighth_of_a_decade(panel: str, tube: str) -> None:
    default, drifting = (
        bead_decades(simulated(s, panel, tube)) for s in ("default", "gain_drift")
    )
    drawn = simulated("default", panel, tube).conditions.drift

    last = drifting[-300:].mean() - default[-300:].mean() + np.log10(1 + drawn)

    assert drifting[:300].mean() == pytest.approx(default[:300].mean(), abs=0.01)
    assert last == pytest.approx(0.12, abs=0.01)


@every_kind
def test_a_quarter_of_the_beads_is_missing_in_the_last_third(
    panel: str, tube: str
) -> None:
    found = simulated("beads_settling", panel, tube)
    third = np.minimum(seconds(found) * 3 // found.duration_s, 2)
    is_bead = found.labels == "bead"

    ratio = [
        np.sum(is_bead & (third == t)) / np.sum(~is_bead & (third == t)) for t in (0, 2)
    ]

    n_beads = is_bead.sum() / 3
    assert ratio[1] / ratio[0] == pytest.approx(0.75, abs=4 * np.sqrt(1 / n_beads))


@every_kind
def test_a_clog_lets_a_tenth_pass_at_another_signal(panel: str, tube: str) -> None:
    clogged, default = (simulated(s, panel, tube) for s in ("clog", "default"))

    longer = 1 - default.duration_s / clogged.duration_s
    shift = bead_decades(clogged) - bead_decades(default)

    assert clogged.codes.size == default.codes.size
    assert 0.05 < longer < 0.2
    # Single digits of percent of the events pass while it lasts.
    is_off = np.abs(shift) > 0.05
    assert 0.002 < is_off.mean() < 0.04
    assert np.median(np.abs(shift[is_off])) == pytest.approx(0.1, abs=0.03)


@every_kind
def test_bubbles_are_bursts_of_scatter_without_cd45(panel: str, tube: str) -> None:
    found = simulated("bubble", panel, tube)
    is_air = found.labels == "bubble"

    # Every moment lies within 0.3 s of the start of its burst.
    times = seconds(found)[is_air]
    starts = times[np.flatnonzero(np.diff(times, prepend=-10) > 0.5)]
    within = times - starts[np.searchsorted(starts, times, side="right") - 1]

    assert starts.size >= 2
    assert within.max() <= 0.3 + found.columns.time_step_s
    in_burst = is_air.sum() / (0.3 * starts.size)
    assert in_burst == pytest.approx(5 * found.conditions.events_per_s, rel=0.1)


@every_kind
def test_a_fiftieth_of_another_sample_comes_in_the_first_two_seconds(
    panel: str, tube: str
) -> None:
    found, default = (simulated(s, panel, tube) for s in ("carry_over", "default"))
    is_foreign = np.char.startswith(found.labels, "carry_over:")

    assert is_foreign.sum() == pytest.approx(0.02 * default.codes.size, rel=0.2)
    assert seconds(found)[is_foreign].max() < 2 + found.columns.time_step_s
    assert np.array_equal(found.labels[~is_foreign], default.labels)
    assert {"carry_over:b", "carry_over:neutrophil", "carry_over:bead"} <= set(
        found.labels
    )


@every_kind
def test_a_clock_that_runs_over_starts_again_once(panel: str, tube: str) -> None:
    steps = np.diff(seconds(simulated("time_wrapped", panel, tube)))
    scale = {CALIBUR: 1024, CANTO: 262_144, NAVIOS: 2**20}[panel]
    step_s = simulated("time_wrapped", panel, tube).columns.time_step_s

    assert np.sum(steps < 0) == 1
    assert steps.min() == pytest.approx(-scale * step_s, rel=0.01)


def test_an_empty_tube_stays_empty_on_a_bad_day() -> None:
    bad = "clog+bubble+carry_over+beads_settling+time_wrapped"
    spec = next(t for t in plan_study(bad, SEED).tubes if t.panel == CANTO)
    empty = replace(spec.preparation, beads_per_tube=None)

    tube = simulate_tube(replace(spec, concentrations={}, preparation=empty), SEED)

    assert tube.codes.size == 0
