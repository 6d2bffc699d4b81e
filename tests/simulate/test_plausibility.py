"""Simulated events lie where a cytometer puts them."""

import numpy as np
import pytest
from numpy.typing import NDArray

from cytoflow_blina.simulate.cytometers import DEFAULT_RANGES
from cytoflow_blina.simulate.tube import SimulatedTube

CHANNELS_PER_DECADE = 256


def column(tube: SimulatedTube, detector: str) -> NDArray[np.float64]:
    at = tube.columns.detectors.index(detector)
    return tube.columns.values[:, at].astype(float)


def compensated(tube: SimulatedTube, detector: str) -> NDArray[np.float64]:
    spillover = tube.spillover
    assert spillover is not None
    raw = np.column_stack([column(tube, name) for name in spillover.detectors])
    undone = raw @ np.linalg.inv(spillover.matrix)
    values: NDArray[np.float64] = undone[:, spillover.detectors.index(detector)]
    return values


def median(values: NDArray[np.float64], tube: SimulatedTube, population: str) -> float:
    return float(np.median(values[tube.labels == population]))


def test_a_share_of_events_piles_up_in_channel_0(
    calibur_tubes: list[SimulatedTube],
) -> None:
    detectors = ("FL1-H", "FL2-H", "FL3-H", "FL4-H")
    shares = np.array(
        [[np.mean(column(t, d) == 0) for d in detectors] for t in calibur_tubes]
    )

    assert np.all(shares < 0.25)
    assert np.all((np.median(shares, axis=0) > 0.004) & (shares.mean(axis=0) < 0.15))


def test_fl4_is_the_seventh_parameter_of_a_facscalibur(
    calibur_tubes: list[SimulatedTube],
) -> None:
    assert calibur_tubes[0].columns.detectors == (
        "FSC-H", "SSC-H", "FL1-H", "FL2-H", "FL3-H", "FL2-A", "FL4-H", "Time",
    )  # fmt: skip


def test_a_digital_cytometer_stores_area_height_and_width(
    canto_tubes: list[SimulatedTube],
) -> None:
    assert canto_tubes[0].columns.detectors == (
        "FSC-A", "FSC-H", "FSC-W", "SSC-A", "FITC-A", "PE-A", "PerCP-Cy5-5-A",
        "PE-Cy7-A", "APC-A", "APC-Cy7-A", "Time",
    )  # fmt: skip


def test_leukocytes_stand_apart_in_cd45_as_on_a_facscalibur(
    calibur_tubes: list[SimulatedTube],
) -> None:
    for tube in calibur_tubes:
        cd45 = column(tube, "FL3-H") / CHANNELS_PER_DECADE
        lymphocytes = median(cd45, tube, "cd4_t")

        assert 0.05 < lymphocytes - median(cd45, tube, "monocyte") < 0.35
        assert 0.3 < lymphocytes - median(cd45, tube, "neutrophil") < 0.9


def test_leukocytes_stand_apart_in_cd45_as_on_a_facscanto(
    canto_tubes: list[SimulatedTube],
) -> None:
    for tube in canto_tubes:
        cd45 = np.log10(np.maximum(compensated(tube, "PerCP-Cy5-5-A"), 1))
        lymphocytes = median(cd45, tube, "cd4_t")

        assert 3.4 < lymphocytes < 4.6
        assert 0.05 < lymphocytes - median(cd45, tube, "monocyte") < 0.35
        assert 0.3 < lymphocytes - median(cd45, tube, "neutrophil") < 0.9


@pytest.mark.parametrize("kind", ["calibur", "canto"])
def test_side_scatter_orders_the_leukocytes(
    kind: str, calibur_tubes: list[SimulatedTube], canto_tubes: list[SimulatedTube]
) -> None:
    tubes, detector = (
        (calibur_tubes, "SSC-H") if kind == "calibur" else (canto_tubes, "SSC-A")
    )
    for tube in tubes:
        scatter = column(tube, detector)
        lymphocytes = median(scatter, tube, "cd4_t")

        assert 1.8 < median(scatter, tube, "monocyte") / lymphocytes < 5
        assert 4 < median(scatter, tube, "neutrophil") / lymphocytes < 13


def test_negative_lymphocytes_lie_where_a_real_facscalibur_has_them(
    calibur_tubes: list[SimulatedTube],
) -> None:
    tubes_b = [tube for tube in calibur_tubes if tube.spec.tube == "B"]

    fl1 = np.mean([median(column(t, "FL1-H"), t, "b") for t in tubes_b])
    fl2 = np.mean([median(column(t, "FL2-H"), t, "cd4_t") for t in tubes_b])
    fl4 = np.mean([median(column(t, "FL4-H"), t, "cd4_t") for t in tubes_b])

    # A measured file: about 180, 70 to 125, and 160 to 190.
    assert 90 < fl1 < 200
    assert 60 < fl2 < 140
    assert 120 < fl4 < 200


@pytest.mark.parametrize(
    "detector", [d.name for d in DEFAULT_RANGES.cytometers["facscanto-tbnk"].detectors]
)
def test_beads_are_tight_and_brighter_than_any_cell_on_a_facscanto(
    canto_tubes: list[SimulatedTube], detector: str
) -> None:
    for tube in canto_tubes:
        signal = compensated(tube, detector)
        beads = signal[tube.labels == "bead"]
        cells = signal[
            ~np.isin(tube.labels, ["bead"]) & (np.char.find(tube.labels, "bead") < 0)
        ]

        assert np.percentile(beads, 1) > np.percentile(cells, 99.9)
        assert np.std(np.log10(beads)) < 0.05
        assert column(tube, detector)[tube.labels == "bead"].max() < 262_143


def test_beads_stay_below_the_top_channel_of_a_facscalibur(
    calibur_tubes: list[SimulatedTube],
) -> None:
    for tube in calibur_tubes:
        is_bead = tube.labels == "bead"
        for detector in ("FL1-H", "FL2-H", "FL3-H", "FL4-H"):
            channels = column(tube, detector)[is_bead]

            assert np.mean(channels == 1023) < 0.02
            assert np.std(channels) < 16


def test_compensation_leaves_negative_populations_near_zero(
    canto_tubes: list[SimulatedTube],
) -> None:
    for tube in canto_tubes:
        cd8 = compensated(tube, "APC-Cy7-A")

        assert abs(median(cd8, tube, "cd4_t")) < 0.15 * median(cd8, tube, "cd8_t")
        assert np.mean(cd8[tube.labels == "cd4_t"] < 0) > 0.005


def test_raw_signals_of_a_facscanto_are_not_compensated(
    canto_tubes: list[SimulatedTube],
) -> None:
    tube = canto_tubes[0]
    t_cells = tube.labels == "cd4_t"

    raw = np.median(column(tube, "PE-A")[t_cells])

    assert raw > 2 * np.median(compensated(tube, "PE-A")[t_cells])


def test_doublets_add_area_and_hardly_height(canto_tubes: list[SimulatedTube]) -> None:
    for tube in canto_tubes:
        area, height = column(tube, "FSC-A"), column(tube, "FSC-H")
        width = column(tube, "FSC-W")
        single = tube.labels == "cd4_t"
        pair = np.char.startswith(tube.labels, "doublet:cd4_t+") & ~np.char.endswith(
            tube.labels, "bead"
        )

        assert np.median(area[pair]) > 1.4 * np.median(area[single])
        assert np.median(area[pair] / height[pair]) > 1.2
        assert np.median(width[single]) == pytest.approx(65_536, rel=0.02)


def test_signals_drift_no_more_than_the_range_allows(
    calibur_tubes: list[SimulatedTube],
) -> None:
    for tube in calibur_tubes:
        cd45 = column(tube, "FL3-H")[tube.labels == "cd4_t"] / CHANNELS_PER_DECADE
        third = cd45.size // 3

        drift = np.median(cd45[-third:]) - np.median(cd45[:third])

        assert abs(drift) < 0.05
