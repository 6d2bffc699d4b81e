"""A marrow tube holds exactly the cells that its truth tells of."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from cytoflow_blina.simulate.marrow.cytometers import (
    AIEOP,
    DEFAULT_MARROW_RANGES,
    EUROFLOW,
    PANELS,
)
from cytoflow_blina.simulate.marrow.other_ranges import OTHER_MARROW_RANGES
from cytoflow_blina.simulate.marrow.populations import HEMATOGONES, LEVELS
from cytoflow_blina.simulate.marrow.spec import CloneSpec, MarrowSpec
from cytoflow_blina.simulate.marrow.tube import (
    SimulatedMarrow,
    phenotype_of,
    simulate_marrow,
)

TUBES = [(panel, tube) for panel, tubes in PANELS.items() for tube in tubes]


def compensated(tube: SimulatedMarrow, marker: str) -> NDArray[np.float64]:
    """Take the other dyes from the light of one."""
    raw = tube.values[:, 3:-1].astype(float)
    light = raw @ np.linalg.inv(tube.spillover.matrix)
    at = tube.conditions.markers.index(marker)
    column: NDArray[np.float64] = light[:, at]
    return column


def small(**changes: object) -> SimulatedMarrow:
    spec = MarrowSpec(AIEOP, n_nucleated=5_000)
    return simulate_marrow(replace(spec, **changes), 3)  # type: ignore[arg-type]


@pytest.mark.parametrize("n_events", [0, 1, 20, 5_000])
def test_a_tube_holds_exactly_the_blasts_asked_for(n_events: int) -> None:
    tube = small(clones=(CloneSpec(n_events),))

    assert tube.counts.get("blast_1", 0) == n_events
    assert tube.clones[0].n_events == n_events
    assert tube.n_nucleated == 5_000
    assert tube.mrd_percent == pytest.approx(100 * n_events / 5_000)


def test_two_clones_keep_their_numbers_apart() -> None:
    tube = small(clones=(CloneSpec(30), CloneSpec(7, closeness=0.5)))

    assert (tube.counts["blast_1"], tube.counts["blast_2"]) == (30, 7)
    assert [clone.name for clone in tube.clones] == ["blast_1", "blast_2"]
    assert tube.clones[0].phenotype != tube.clones[1].phenotype


def test_blasts_by_chance_vary_as_poisson_does() -> None:
    drawn = [
        small(n_nucleated=500, subject=f"S{i}", clones=(CloneSpec(20, True),))
        .clones[0]
        .n_events
        for i in range(150)
    ]

    assert np.mean(drawn) == pytest.approx(20, abs=1.2)
    assert np.var(drawn) == pytest.approx(20, rel=0.4)


def test_every_event_has_a_label_and_all_of_them_add_up(
    regenerating: SimulatedMarrow,
) -> None:
    assert sum(regenerating.counts.values()) == regenerating.values.shape[0]
    assert regenerating.labels.size == regenerating.codes.size


def test_a_tube_without_cells_is_empty() -> None:
    tube = small(n_nucleated=0)

    assert tube.values.shape == (0, 12)
    assert np.isnan(tube.mrd_percent)


def test_shares_that_are_asked_for_are_kept() -> None:
    tube = small(
        n_nucleated=40_000,
        hematogone_share=0.2,
        dead_share=0.2,
        debris_share=0.4,
        doublet_share=0.05,
    )
    n = dict.fromkeys(("dead", "doublet", "particle"), 0)
    for name, count in tube.counts.items():
        kind = name.split(":")[0]
        kind = "particle" if kind in ("debris", "red_cell", "platelet") else kind
        if kind in n:
            n[kind] += count

    hematogones = sum(tube.counts[name] for name in HEMATOGONES)
    assert hematogones / 40_000 == pytest.approx(0.2, abs=0.008)
    assert n["dead"] / (40_000 + n["dead"]) == pytest.approx(0.2, abs=0.01)
    assert n["doublet"] / (40_000 + n["doublet"]) == pytest.approx(0.05, abs=0.005)
    assert n["particle"] / tube.codes.size == pytest.approx(0.4, abs=0.01)


def test_the_same_seed_gives_the_same_events_whatever_came_before() -> None:
    first = small(clones=(CloneSpec(20),))
    small(subject="S99")
    again = small(clones=(CloneSpec(20),))

    assert np.array_equal(first.values, again.values)
    assert np.array_equal(first.codes, again.codes)


def test_another_seed_gives_other_events() -> None:
    spec = MarrowSpec(AIEOP, n_nucleated=1_000)

    assert not np.array_equal(
        simulate_marrow(spec, 1).values[:100], simulate_marrow(spec, 2).values[:100]
    )


@pytest.mark.parametrize(("panel", "tube"), TUBES)
@pytest.mark.parametrize("ranges", [DEFAULT_MARROW_RANGES, OTHER_MARROW_RANGES])
def test_every_tube_of_every_panel_can_be_simulated(
    panel: str, tube: str, ranges: object
) -> None:
    made = simulate_marrow(
        MarrowSpec(panel, tube, n_nucleated=3_000, clones=(CloneSpec(20),)),
        1,
        ranges=ranges,  # type: ignore[arg-type]
    )

    stains = [stain for stain in made.stains if stain]
    assert stains == list(PANELS[panel][tube])
    assert made.values.shape[1] == len(made.detectors) == len(stains) + 4
    assert np.isfinite(made.values).all()
    assert made.values.max() <= 262_143
    assert made.counts["blast_1"] == 20


def test_a_marker_that_is_missing_is_not_in_the_file() -> None:
    whole = small()
    poorer = small(missing=("CD58",), has_nuclear_dye=False)

    assert poorer.conditions.markers == tuple(
        marker for marker in whole.conditions.markers if marker not in ("CD58", "SYTO")
    )
    assert "PE-A" not in poorer.spillover.detectors
    assert poorer.counts == whole.counts


def test_tubes_of_one_sample_share_the_marrow_and_the_leukaemia() -> None:
    one, two = (
        simulate_marrow(
            MarrowSpec(EUROFLOW, tube, n_nucleated=20_000, clones=(CloneSpec(50),)), 4
        )
        for tube in "12"
    )

    assert one.hematogone_share == two.hematogone_share
    assert one.clones[0].phenotype == two.clones[0].phenotype
    assert one.counts["monocyte"] == pytest.approx(two.counts["monocyte"], rel=0.2)
    assert not np.array_equal(one.values[:50], two.values[:50])


def test_a_later_visit_finds_the_leukaemia_of_the_diagnosis() -> None:
    first = small(clones=(CloneSpec(50, closeness=0.3),))
    later = small(visit="EOT", clones=(CloneSpec(5, closeness=0.3),))
    told = small(
        subject="S77",
        visit="EOT",
        clones=(CloneSpec(5, like=first.clones[0].phenotype),),
    )

    assert later.clones[0].phenotype == first.clones[0].phenotype
    assert told.clones[0].phenotype == first.clones[0].phenotype


def test_therapy_shifts_what_it_shifts_alone() -> None:
    before = phenotype_of(CloneSpec(1), "S01", 1, 5)
    after = phenotype_of(
        CloneSpec(1, cd19="dim", shifts={"CD10": -0.5, "CD45": 0.3}), "S01", 1, 5
    )

    changed = {
        marker: round(after.decades[marker] - level, 6)
        for marker, level in before.decades.items()
        if after.decades[marker] != level
    }
    assert changed.pop("CD19") < -0.5
    assert changed == {"CD10": -0.5, "CD45": 0.3}


def test_blasts_that_lost_cd19_show_none(relapse: SimulatedMarrow) -> None:
    cd19 = compensated(relapse, "CD19")
    blasts = cd19[relapse.labels == "blast_1"]
    cells_without = cd19[relapse.labels == "t_cell"]

    assert "CD19" not in relapse.clones[0].phenotype.decades
    assert abs(np.median(blasts) - np.median(cells_without)) < 100


def test_dim_cd19_lies_between_none_and_that_of_b_cells() -> None:
    tube = small(n_nucleated=20_000, clones=(CloneSpec(500, cd19="dim"),))
    cd19, labels = compensated(tube, "CD19"), tube.labels

    none, dim, bright = (
        np.median(cd19[labels == name]) for name in ("t_cell", "blast_1", "mature_b")
    )
    assert none < dim < bright / 3


def test_aplasia_has_no_hematogones_and_hardly_a_b_cell() -> None:
    tubes = [
        small(subject=f"S{i}", kind="aplasia", n_nucleated=100_000) for i in range(12)
    ]
    b_cells = [tube.counts.get("mature_b", 0) for tube in tubes]

    assert all(tube.counts.get(name, 0) == 0 for tube in tubes for name in HEMATOGONES)
    assert 0 in b_cells
    assert 0 < max(b_cells) < 20
    assert all(tube.counts["cd19neg_precursor"] > 20 for tube in tubes)


def test_plasma_cells_of_an_aplasia_bear_no_cd19(relapse: SimulatedMarrow) -> None:
    plasma = compensated(relapse, "CD19")[relapse.labels == "plasma"]

    assert np.median(plasma) < 200


def test_regenerating_marrows_have_up_to_a_fifth_of_hematogones() -> None:
    shares = [
        small(subject=f"S{i}", n_nucleated=2_000).hematogone_share for i in range(60)
    ]

    assert min(shares) < 0.03
    assert 0.17 < max(shares) <= 0.20


def test_blood_dilutes_what_only_marrow_has() -> None:
    marrow, diluted = (
        small(n_nucleated=60_000, hemodilution=share).counts for share in (0.0, 0.6)
    )

    for name in (
        "erythroblast",
        "myeloid_progenitor",
        "plasma",
        "immature_granulocyte",
    ):
        assert diluted[name] < 0.6 * marrow[name]
    assert diluted["neutrophil"] > marrow["neutrophil"]


@pytest.mark.parametrize(
    ("population", "marker"),
    [
        ("mature_b", "CD19"),
        ("mature_b", "CD20"),
        ("mature_b", "CD45"),
        ("t_cell", "CD45"),
        ("neutrophil", "CD10"),
        ("myeloid_progenitor", "CD34"),
        ("t_cell", "SYTO"),
    ],
)
def test_levels_lie_around_those_of_the_table(population: str, marker: str) -> None:
    found = []
    for i in range(30):
        tube = small(subject=f"S{i}", n_nucleated=4_000)
        light = compensated(tube, marker)[tube.labels == population]
        found.append(np.log10(np.median(light)))

    level = LEVELS[population][marker].median
    # Gain and brightness are centred 0.05 decades below nominal.
    assert np.mean(found) == pytest.approx(level - 0.05, abs=0.1)


def test_hematogones_mature_without_a_gap(regenerating: SimulatedMarrow) -> None:
    is_hematogone = np.isin(regenerating.labels, HEMATOGONES)
    cd10 = compensated(regenerating, "CD10")[is_hematogone]

    decades = np.log10(np.maximum(cd10, 50))
    counts, _ = np.histogram(decades, bins=np.arange(2.2, 4.3, 0.15))
    assert counts.min() > 20


def test_the_dye_of_nuclei_tells_cells_from_debris(
    regenerating: SimulatedMarrow,
) -> None:
    syto, labels = compensated(regenerating, "SYTO"), regenerating.labels
    particles = np.isin(labels, ("debris", "red_cell", "platelet"))

    cells = np.isin(labels, ("t_cell", "erythroblast", "neutrophil", "blast_1"))
    assert np.percentile(syto[particles], 99) < np.percentile(syto[cells], 1)


def test_pairs_have_more_area_for_their_height(regenerating: SimulatedMarrow) -> None:
    ratio = regenerating.values[:, 0] / regenerating.values[:, 1]
    is_pair = np.char.startswith(regenerating.labels, "doublet:")

    assert np.median(ratio[is_pair]) > 1.25
    assert np.median(ratio[~is_pair]) == pytest.approx(1, abs=0.01)


def test_time_runs_forward_within_the_scale_of_the_clock(
    regenerating: SimulatedMarrow,
) -> None:
    time = regenerating.values[:, -1]

    assert np.all(np.diff(time) >= 0)
    assert 0 < time[-1] < 262_144


def test_instruments_and_lots_are_shared_where_they_have_a_name() -> None:
    one, two = (
        small(subject=subject, instrument="MRD-1") for subject in ("S01", "S02")
    )

    assert np.array_equal(one.conditions.gain, two.conditions.gain)
    assert np.array_equal(one.conditions.spill, two.conditions.spill)
    assert not np.array_equal(one.conditions.dye, two.conditions.dye)
