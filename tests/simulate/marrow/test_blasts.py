"""Leukaemias differ from case to case as they do in children."""

import numpy as np

from cytoflow_blina.simulate.marrow.blasts import draw_phenotype
from cytoflow_blina.simulate.marrow.populations import LEVELS, MARKERS
from cytoflow_blina.simulate.marrow.spec import ClonePhenotype
from cytoflow_blina.simulate.seeds import stream


def cases(closeness: float = 0.0, n: int = 400) -> list[ClonePhenotype]:
    return [
        draw_phenotype(closeness, LEVELS, stream(1, "case", str(number)))
        for number in range(n)
    ]


def share(found: list[ClonePhenotype], marker: str) -> float:
    return float(np.mean([marker in one.decades for one in found]))


def test_optional_markers_are_carried_by_some_cases() -> None:
    found = cases()

    assert 0.4 < share(found, "CD66c+123") < 0.6
    assert 0.5 < share(found, "CD73+304") < 0.7
    assert 0.7 < share(found, "CD34") < 0.9
    assert 0.03 < 1 - share(found, "CD10") < 0.14
    assert share(found, "CD19") == 1.0


def test_cases_without_cd10_lack_cd24_too() -> None:
    found = cases()

    assert [("CD10" in c.decades) == ("CD24" in c.decades) for c in found] == (
        [True] * len(found)
    )


def test_no_blast_carries_what_other_lineages_do() -> None:
    assert {
        m for one in cases() for m in one.decades if m in ("CD3", "CD7", "CD66b")
    } == set()


def test_blasts_are_brighter_in_cd58_and_dimmer_in_cd45_than_hematogones() -> None:
    found = cases()

    cd58 = np.array([one.decades["CD58"] for one in found])
    cd45 = np.array([one.decades["CD45"] for one in found])
    assert np.mean(cd58 > LEVELS["hg1"]["CD58"].median + 0.3) > 0.9
    assert np.mean(cd45 < LEVELS["hg1"]["CD45"].median) > 0.7


def test_every_level_has_a_spread() -> None:
    for one in (*cases(), *cases(0.5)):
        assert set(one.decades) == set(one.spreads)
        assert set(one.decades) <= set(MARKERS)
        assert all(spread > 0 for spread in one.spreads.values())


def test_closeness_moves_a_case_and_draws_no_other() -> None:
    far, near = (
        draw_phenotype(closeness, LEVELS, stream(1, "case", "7"))
        for closeness in (0.0, 0.2)
    )

    assert far.size == near.size
    assert far.decades["CD58"] > near.decades["CD58"] > far.decades["CD58"] - 0.3


def test_a_wholly_close_case_is_a_normal_cell() -> None:
    for one in cases(1.0, 50):
        assert "CD66c+123" not in one.decades
        low, high = (LEVELS[name]["CD19"].median for name in ("hg1", "mature_b"))
        assert low - 0.01 <= one.decades["CD19"] <= high + 0.01
