"""Candidates like normal CD19-negative precursors are listed and not counted."""

from math import nan
from typing import Any

import pytest

from cytoflow_blina.domain.mrd import Aberrancy, MrdCandidate
from cytoflow_blina.mrd.precursors import (
    count_mrd_events,
    counted_candidates,
    is_like_precursors,
)
from tests.mrd.tubes import candidate, tube


def precursor(n_events: int = 40, **changes: Any) -> MrdCandidate:
    like = {
        "path": "b/candidate_2",
        "cd19": "negative",
        "cd19_positive_percent": 2.0,
        "nearest_normal": "early_b",
        "aberrancies": (Aberrancy("CD58", 0.6, 3.0),),
    }
    return candidate(n_events, **(like | changes))


@pytest.mark.parametrize(
    ("changes", "is_like"),
    [
        ({}, True),
        ({"aberrancies": ()}, True),
        ({"aberrancies": (Aberrancy("CD10", -0.4, -3.0),)}, True),
        ({"aberrancies": (Aberrancy("CD34", 0.5, 3.0),)}, True),
        ({"aberrancies": (Aberrancy("CD10", 1.2, 6.0),)}, False),
        ({"aberrancies": (Aberrancy("CD34", -1.0, -5.0),)}, False),
        ({"cd19": "dim"}, False),
        ({"cd19": "mixed"}, False),
        ({"nearest_normal": "hg1"}, False),
        ({"nearest_normal": "", "score_sd": nan}, False),
        ({"gate_source": "manual"}, False),
    ],
)
def test_a_candidate_is_like_precursors_by_what_it_carries(
    changes: dict[str, Any], is_like: bool
) -> None:
    assert is_like_precursors(precursor(**changes)) is is_like


def test_precursors_are_not_counted_and_the_rest_keep_their_order() -> None:
    blasts, few = candidate(31), candidate(6, path="b/candidate_3")

    assert counted_candidates([precursor(), blasts, few]) == (blasts, few)
    assert counted_candidates([]) == ()


@pytest.mark.parametrize(
    ("sizes", "n_precursors", "n_union", "n_counted"),
    [
        pytest.param((), 40, 40, 0, id="precursors alone"),
        pytest.param((31, 6), 40, 77, 37, id="nothing shared"),
        pytest.param((31,), 40, 60, 31, id="shared with precursors"),
        pytest.param((31, 6), 40, 40, 37, id="at most"),
        pytest.param((31, 30), 5, 36, 36, id="shared among the counted"),
        pytest.param((31, 6), 0, 33, 33, id="no precursors"),
        pytest.param((), 0, 0, 0, id="no candidates"),
    ],
)
def test_events_of_precursors_are_no_mrd(
    sizes: tuple[int, ...], n_precursors: int, n_union: int, n_counted: int
) -> None:
    candidates = [candidate(one) for one in sizes]
    if n_precursors:
        candidates.append(precursor(n_precursors))

    mrd = tube(mrd_events=n_union, candidates=tuple(candidates))

    assert count_mrd_events(mrd) == n_counted
