"""A perturbed tube is the tube it was, but for what its name says."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from cytoflow_blina.simulate.plan import CALIBUR, CANTO, NAVIOS, PlannedSample
from cytoflow_blina.simulate.populations import (
    CELLS,
    LYMPHOCYTES,
    NK_CELLS,
    POPULATIONS,
    T_CELLS,
)
from cytoflow_blina.simulate.scenarios import plan_study
from cytoflow_blina.simulate.tube import SimulatedTube, simulate_tube

SEED = 17
KINDS = [(CALIBUR, "A"), (CANTO, ""), (NAVIOS, "2")]
every_kind = pytest.mark.parametrize(("panel", "tube"), KINDS)


def sample(scenario: str, panel: str = CANTO, seed: int = SEED) -> PlannedSample:
    """Take the first sample of a panel."""
    return next(s for s in plan_study(scenario, seed).samples if s.panel == panel)


@cache
def simulated(scenario: str, panel: str = CANTO, tube: str = "") -> SimulatedTube:
    """Simulate one tube of the first sample of a panel."""
    spec = next(t for t in sample(scenario, panel).tubes if t.tube == tube)
    return simulate_tube(spec, SEED)


def share(
    one: PlannedSample, populations: tuple[str, ...], of: tuple[str, ...]
) -> float:
    """Take the share of some cells in others, in the blood."""
    blood = one.concentrations
    part = sum(blood.get(name, 0.0) for name in populations)
    return part / sum(blood.get(name, 0.0) for name in of)


def signal(tube: SimulatedTube, marker: str) -> NDArray[np.float64]:
    """Take what the file stores of a marker; decades for a FACSCalibur."""
    markers = CYTOMETERS[tube.spec.panel].tubes[tube.spec.tube]
    detector = CYTOMETERS[tube.spec.panel].detectors[markers.index(marker)].name
    column = tube.columns.values[:, tube.columns.detectors.index(detector)]
    return column.astype(float)


def decades(tube: SimulatedTube, marker: str, population: str) -> float:
    """Take the median of a population in decades."""
    median = float(np.median(signal(tube, marker)[tube.labels == population]))
    is_log = tube.spec.panel == CALIBUR
    return median / 256 if is_log else float(np.log10(median))


CYTOMETERS = plan_study("default", 0).ranges.cytometers


# Blood


def test_no_b_means_none_at_all() -> None:
    assert {s.concentrations["b"] for s in plan_study("no_b", 3).samples} == {0.0}


def test_five_b_events_are_expected_where_the_stop_rule_is_met() -> None:
    found = []
    for seed in range(25):
        one = sample("b_5", seed=seed)
        tube = simulate_tube(one.tubes[0], seed)
        found.append(int(np.sum(tube.labels == "b")))

    # The mean of 25 counts that each expect 5 has a standard error of 0.45.
    assert np.mean(found) == pytest.approx(5, abs=1.4)


def test_nk_cells_are_half_of_the_lymphocytes() -> None:
    assert share(sample("nk_high"), NK_CELLS, LYMPHOCYTES) == pytest.approx(0.5)


def test_two_t_cells_of_five_are_activated_and_none_is_lost() -> None:
    default, active = sample("default"), sample("activated_t")

    for kind in ("cd4_t", "cd8_t"):
        both = (kind, f"activated_{kind}")
        assert share(active, both[1:], both) == pytest.approx(0.4)
    assert share(active, T_CELLS, CELLS) == pytest.approx(
        share(default, T_CELLS, CELLS)
    )


def test_activated_t_cells_scatter_more() -> None:
    tube = simulated("activated_t")
    side = tube.columns.values[:, tube.columns.detectors.index("SSC-A")]

    resting = np.median(side[tube.labels == "cd8_t"])

    assert np.median(side[tube.labels == "activated_cd8_t"]) > 1.2 * resting


@every_kind
def test_blood_with_thirty_lymphocytes_per_microlitre_is_used_up(
    panel: str, tube: str
) -> None:
    found = simulated("alc_30", panel, tube)

    lymphocytes = np.isin(found.labels, LYMPHOCYTES).sum()
    assert sample("alc_30", panel).lymphocytes_per_ul == pytest.approx(30)
    assert found.acquired_share == 0.9
    assert lymphocytes == pytest.approx(0.9 * 30 * found.blood_volume_ul, rel=0.15)


def test_monocytes_are_thrice_the_lymphocytes() -> None:
    one = sample("monocytes")

    assert one.concentrations["monocyte"] == pytest.approx(3 * one.lymphocytes_per_ul)


@every_kind
@pytest.mark.parametrize(
    ("scenario", "foreign", "share_of_place"),
    [("small_monocytes", "monocyte", 0.25), ("cd19_negative", "b_blast", 0.15)],
)
def test_foreign_cells_lie_where_b_cells_do(
    scenario: str, foreign: str, share_of_place: float, panel: str, tube: str
) -> None:
    one = sample(scenario, panel)
    conditions = simulated(scenario, panel, tube).conditions
    cd45 = CYTOMETERS[panel].tubes[tube].index("CD45")
    row, b = POPULATIONS.index(foreign), POPULATIONS.index("b")

    assert share(one, (foreign,), (*LYMPHOCYTES, foreign)) == (
        pytest.approx(share_of_place)
    )
    assert conditions.median[row, cd45] == conditions.median[b, cd45]
    assert np.array_equal(conditions.scatter_mean[row], conditions.scatter_mean[b])


def test_b_cells_that_lost_cd19_show_no_marker_of_a_lineage() -> None:
    tube = simulated("cd19_negative")
    markers = CYTOMETERS[CANTO].tubes[""]

    carried = np.isfinite(tube.conditions.median[POPULATIONS.index("b_blast")])

    assert [m for m, has in zip(markers, carried, strict=True) if has] == ["CD45"]


@pytest.mark.parametrize(
    ("scenario", "subset", "of_t"),
    [
        ("gamma_delta", "dn_t", 0.25),
        ("dp_high", "dp_t", 0.25),
        ("nkt_high", "nkt_like", 0.3),
    ],
)
def test_a_rare_kind_of_t_cell_is_frequent(
    scenario: str, subset: str, of_t: float
) -> None:
    default, many = sample("default"), sample(scenario)

    assert share(many, (subset,), T_CELLS) == pytest.approx(of_t)
    assert many.concentrations["cd4_t"] == default.concentrations["cd4_t"]


@every_kind
def test_large_t_cells_scatter_aside_twice_as_much(panel: str, tube: str) -> None:
    mean = simulated("large_t", panel, tube).conditions.scatter_mean
    resting, large = (POPULATIONS.index(p) for p in ("cd8_t", "activated_cd8_t"))

    assert mean[large] / mean[resting] == pytest.approx([1, 2.2])


@every_kind
def test_degranulated_neutrophils_reach_the_lymphocytes(panel: str, tube: str) -> None:
    found = simulated("granulocyte_shoulder", panel, tube)
    scatter = next(d for d in found.columns.detectors if d.startswith("SS"))
    side = found.columns.values[:, found.columns.detectors.index(scatter)].astype(float)
    labels = found.labels
    shoulder = labels == "degranulated"

    # Above every hundredth neutrophil, below the upper end of the lymphocytes.
    lymphocytes = np.percentile(side[np.isin(labels, LYMPHOCYTES)], 97.5)
    assert np.mean(side[shoulder] < lymphocytes) > 0.02
    assert np.median(side[shoulder]) < 0.6 * np.median(side[labels == "neutrophil"])
    assert decades(found, "CD45", "degranulated") > decades(found, "CD45", "neutrophil")
    one = sample("granulocyte_shoulder", panel)
    assert share(one, ("degranulated",), ("degranulated", "neutrophil")) == (
        pytest.approx(0.1)
    )


def test_blasts_are_a_fifth_of_the_leukocytes_and_no_b_cells() -> None:
    one = sample("blasts_20")

    assert share(one, ("b_blast",), CELLS) == pytest.approx(0.2)
    assert one.concentrations["b"] == sample("default").concentrations["b"]


@pytest.mark.parametrize(
    ("scenario", "wbc"), [("leukopenic", 300), ("leukocytosis", 34_000)]
)
def test_leukocytes_lie_outside_the_range_of_the_method(
    scenario: str, wbc: float
) -> None:
    thin, default = sample(scenario), sample("default")

    assert thin.wbc_per_ul == pytest.approx(wbc)
    assert share(thin, LYMPHOCYTES, CELLS) == pytest.approx(
        share(default, LYMPHOCYTES, CELLS)
    )


# Voltages, spill, staining


@every_kind
@pytest.mark.parametrize(
    ("scenario", "shift"),
    [
        ("pmt_up_0.1", 0.1),
        ("pmt_up_0.2", 0.2),
        ("pmt_down_0.1", -0.1),
        ("pmt_down_0.2", -0.2),
    ],
)
def test_all_fluorescence_moves_with_the_voltages(
    scenario: str, shift: float, panel: str, tube: str
) -> None:
    before, after = simulated("default", panel, tube), simulated(scenario, panel, tube)

    for marker in ("CD3", "CD45"):
        moved = decades(after, marker, "cd4_t") - decades(before, marker, "cd4_t")
        assert moved == pytest.approx(shift, abs=0.015)
    np.testing.assert_allclose(
        after.conditions.gain / before.conditions.gain, 10**shift
    )
    assert np.array_equal(before.labels, after.labels)
    np.testing.assert_allclose(after.conditions.spill, before.conditions.spill)


@every_kind
@pytest.mark.parametrize("factor", [0.7, 1.3])
def test_one_coefficient_of_five_percent_or_more_is_misjudged(
    factor: float, panel: str, tube: str
) -> None:
    before = simulated("default", panel, tube).conditions
    after = simulated(f"spill_{factor}", panel, tube).conditions

    assert np.array_equal(before.spill, after.spill)
    changed = np.argwhere(before.believed_spill != after.believed_spill)
    assert len(changed) == 1
    dye, detector = changed[0]
    ratio = after.believed_spill[dye, detector] / before.believed_spill[dye, detector]
    assert ratio == pytest.approx(factor, abs=0.001)
    names = [d.name for d in CYTOMETERS[panel].detectors]
    span = CYTOMETERS[panel].spill[names[dye], names[detector]]
    assert sum(span) / 2 >= 0.05


def test_which_coefficient_is_misjudged_differs_between_tubes() -> None:
    cells = set()
    for seed in range(12):
        spec = sample("spill_0.7", seed=seed).tubes[0]
        fixed = simulate_tube(replace(spec, max_events=10, changes=()), seed).conditions
        drawn = simulate_tube(replace(spec, max_events=10), seed).conditions
        cells.add(tuple(np.argwhere(fixed.believed_spill != drawn.believed_spill)[0]))

    assert len(cells) >= 3


def test_a_broken_tandem_shines_into_its_donors_detector_unnoticed() -> None:
    tube, default = simulated("tandem"), simulated("default")
    names = [d.name for d in CYTOMETERS[CANTO].detectors]
    cell = names.index("PE-Cy7-A"), names.index("PE-A")

    assert tube.conditions.spill[cell] - default.conditions.spill[cell] == (
        pytest.approx(0.11)
    )
    assert np.array_equal(
        tube.conditions.believed_spill, default.conditions.believed_spill
    )
    cd4 = POPULATIONS.index("cd4_t"), cell[0]
    dimmer = tube.conditions.median[cd4] - default.conditions.median[cd4]
    assert dimmer == pytest.approx(-0.1)
    brighter = decades(tube, "CD16+56", "cd4_t") - decades(default, "CD16+56", "cd4_t")
    assert brighter > 0.1


@every_kind
def test_cd3_is_half_as_bright_on_t_cells_alone(panel: str, tube: str) -> None:
    dim, default = (simulated(s, panel, tube) for s in ("cd3_dim", "default"))

    moved = decades(dim, "CD3", "dn_t") - decades(default, "CD3", "dn_t")

    # What other dyes spill stays, and autofluorescence too.
    assert moved == pytest.approx(-0.3, abs=0.02)
    assert decades(dim, "CD3", "bead") == pytest.approx(
        decades(default, "CD3", "bead"), abs=0.005
    )


@every_kind
def test_cd45_piles_up_at_the_top(panel: str, tube: str) -> None:
    found = simulated("saturated", panel, tube)

    cd45 = signal(found, "CD45")[found.labels != "bead"]

    assert np.mean(cd45 >= 0.999 * cd45.max()) > 0.03


@pytest.mark.parametrize(("tube", "marker"), [("A", "CD4"), ("B", "CD19")])
def test_most_negatives_lie_in_channel_0(tube: str, marker: str) -> None:
    found = simulated("axis_pile", CALIBUR, tube)
    negative = found.labels == ("cd8_t" if marker == "CD4" else "cd4_t")

    assert np.mean(signal(found, marker)[negative] == 0) > 0.6


# Specimen


@every_kind
def test_debris_and_coincidences_have_their_share(panel: str, tube: str) -> None:
    debris = simulated("debris_50", panel, tube).labels
    doublets = simulated("doublets_5", panel, tube).labels

    assert np.mean(debris == "debris") == pytest.approx(0.5, abs=0.01)
    whole = doublets[doublets != "debris"]
    is_doublet = np.char.startswith(whole, "doublet:")
    # Two particles make one event: 5 % of particles are first members.
    assert np.mean(is_doublet) == pytest.approx(0.05 / 0.95, abs=0.004)


@every_kind
@pytest.mark.parametrize("hours", [48, 72])
def test_old_blood_loses_contrast_and_granules_and_gains_debris(
    hours: int, panel: str, tube: str
) -> None:
    fresh = simulated("default", panel, tube).conditions
    old = simulated(f"aged_{hours}h", panel, tube).conditions
    days = hours / 24
    cd45 = CYTOMETERS[panel].tubes[tube].index("CD45")
    lymphocyte, neutrophil = (POPULATIONS.index(p) for p in ("cd4_t", "neutrophil"))

    def gap(median: NDArray[np.float64]) -> float:
        return float(median[lymphocyte, cd45] - median[neutrophil, cd45])

    assert gap(fresh.median) - gap(old.median) == pytest.approx(0.05 * days)
    ratio = old.scatter_mean / fresh.scatter_mean
    assert ratio[neutrophil].tolist() == pytest.approx([1, 0.9**days])
    assert ratio[lymphocyte].tolist() == [1, 1]
    assert old.debris == pytest.approx(min(fresh.debris * 2 ** (days / 3), 0.75))
    assert 0.05 * days / 3 <= old.dead <= 0.2 * days / 3


def test_dead_cells_shrink_roughen_and_glow() -> None:
    spec = replace(sample("default").tubes[0], n_lymphocytes=4_000)
    dead, alive = (
        simulate_tube(
            spec, SEED, ranges=replace(plan_study("default", 0).ranges, dead=(p, p))
        )
        for p in (1.0, 0.0)
    )

    for detector, factor in (("FSC-A", 0.6), ("SSC-A", 1.4)):
        column = dead.columns.detectors.index(detector)
        ratio = np.median(dead.columns.values[dead.labels == "b", column]) / np.median(
            alive.columns.values[alive.labels == "b", column]
        )
        assert ratio == pytest.approx(factor, rel=0.03)
    beads = [np.median(t.columns.values[t.labels == "bead", 0]) for t in (dead, alive)]
    assert beads[0] == pytest.approx(beads[1], rel=0.01)


# Beads and pipettes


def test_beads_are_missing_although_the_sheet_names_them() -> None:
    tube = simulated("beads_missing")

    assert "bead" not in tube.labels
    assert tube.spec.preparation.beads_per_tube == 50_450


@every_kind
def test_some_three_hundred_beads_are_left(panel: str, tube: str) -> None:
    labels = simulated("beads_few", panel, tube).labels

    assert 200 < np.sum(labels == "bead") < 400


@every_kind
def test_the_sheet_is_thirty_percent_off_the_lot(panel: str, tube: str) -> None:
    default, wrong = (simulated(s, panel, tube) for s in ("default", "wrong_lot"))

    believed = wrong.spec.preparation.beads_per_tube
    assert believed is not None
    assert 20_000 < believed < 100_000
    assert wrong.beads_per_tube == pytest.approx(default.beads_per_tube)
    assert believed == pytest.approx(
        0.7 * (default.spec.preparation.beads_per_tube or 0)
    )


def test_a_third_less_blood_is_in_one_tube_of_a_sample() -> None:
    shares = [
        sorted(t.preparation.blood_share for t in s.tubes)
        for s in plan_study("pipetting_error", SEED).samples
    ]

    assert all(one in ([0.7, 1.0], [0.7]) for one in shares)
    spec = sample("pipetting_error").tubes[0]
    default = simulated("default")
    assert simulate_tube(spec, SEED).blood_volume_ul == pytest.approx(
        0.7 * default.blood_volume_ul
    )


@every_kind
def test_a_third_of_the_beads_is_dimmer(panel: str, tube: str) -> None:
    found = simulated("beads_wide", panel, tube)
    beads = signal(found, "CD3")[found.labels == "bead"]
    in_decades = beads / 256 if panel == CALIBUR else np.log10(beads)

    # Beads of both clusters lie far from half way between them.
    is_dim = in_decades < np.max(in_decades) - 0.3

    assert np.mean(is_dim) == pytest.approx(0.35, abs=0.02)
    assert np.median(in_decades[~is_dim]) - np.median(in_decades[is_dim]) == (
        pytest.approx(0.6, abs=0.02)
    )


# What the files and the sheet say


def test_each_of_two_tubes_is_stored_under_the_name_of_the_other() -> None:
    one = sample("tubes_swapped", CALIBUR)

    assert one.true_file_name("A") == one.file_name("B") == "S01-D0.B.fcs"
    assert one.true_file_name("B") == one.file_name("A") == "S01-D0.A.fcs"
    assert not any(t.form.labelled for t in one.tubes)
    assert {s.panel for s in plan_study("tubes_swapped", 1).samples} == {
        CALIBUR,
        NAVIOS,
    }


def test_labels_are_left_out_on_purpose() -> None:
    assert not any(t.form.labelled for t in plan_study("unlabelled", 1).tubes)


def test_few_events_are_some_eight_hundred() -> None:
    assert 650 < simulated("few_events").codes.size < 950


def test_old_blood_is_told_by_the_sheet_alone() -> None:
    old, default = sample("old_specimen"), sample("default")

    assert old.hours_since_draw == 80
    assert replace(old, hours_since_draw=default.hours_since_draw) == default
