"""The truth tells how far a leukaemia lies from normal cells."""

import numpy as np
import pytest

from cytoflow_blina.simulate.marrow.cytometers import AIEOP, PANELS
from cytoflow_blina.simulate.marrow.distance import CloneTruth
from cytoflow_blina.simulate.marrow.spec import ClonePhenotype, CloneSpec, MarrowSpec
from cytoflow_blina.simulate.marrow.tube import simulate_marrow


def clone(spec: CloneSpec, subject: str = "S01") -> CloneTruth:
    made = MarrowSpec(AIEOP, subject=subject, n_nucleated=100, clones=(spec,))
    return simulate_marrow(made, 1).clones[0]


def distances(closeness: float) -> list[float]:
    return [
        clone(CloneSpec(5, closeness=closeness), f"S{i}").distance_sd for i in range(40)
    ]


def test_typical_blasts_lie_far_from_normal_cells() -> None:
    found = distances(0.0)

    assert 9 < np.median(found) < 14
    assert min(found) > 5


def test_closeness_spreads_clones_over_every_class_of_distance() -> None:
    found = np.array([d for c in (0.0, 0.3, 0.5, 0.7, 0.8) for d in distances(c)])

    assert np.mean(found < 3) > 0.1
    assert np.mean((found >= 3) & (found <= 6)) > 0.2
    assert np.mean(found > 6) > 0.3


def test_a_clone_on_the_path_lies_at_most_as_far_as_donors_differ() -> None:
    assert np.median(distances(1.0)) < 2


def test_the_loss_of_cd19_adds_to_the_distance_and_not_to_that_without_it() -> None:
    kept, lost = (clone(CloneSpec(5, cd19=cd19)) for cd19 in ("positive", "negative"))

    assert lost.distance_sd > kept.distance_sd
    assert lost.distance_without_cd19_sd == kept.distance_without_cd19_sd


def test_medians_are_those_of_dye_and_unstained_light() -> None:
    only = ClonePhenotype({"CD19": 3.8, "SYTO": 4.0}, {"CD19": 0.15, "SYTO": 0.1})

    told = clone(CloneSpec(5, like=only))

    assert told.median["CD19"] == pytest.approx(3.8, abs=0.45)
    assert told.median["CD10"] == pytest.approx(1.9, abs=0.45)
    assert set(told.median) == set(told.spread)
    assert "CD81" not in told.median


def test_a_tube_that_stains_nuclei_alone_cannot_tell() -> None:
    others = tuple(marker for marker in PANELS[AIEOP][""] if marker != "SYTO")
    spec = MarrowSpec(AIEOP, n_nucleated=50, clones=(CloneSpec(5),), missing=others)

    assert np.isnan(simulate_marrow(spec, 1).clones[0].distance_sd)
