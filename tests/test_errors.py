"""Errors carry their problems, each with its place."""

import pickle

import pytest

from cytoflow_blina.errors import (
    CytoflowBlinaError,
    GatingError,
    Problem,
    TruncatedFcsError,
    did_you_mean,
)


def test_an_error_tells_each_problem_on_a_line_of_its_own() -> None:
    error = GatingError(Problem("a.toml", "is empty."), Problem("", "Two of them."))

    assert str(error) == "a.toml: is empty.\nTwo of them."


def test_an_error_comes_back_whole_from_another_process() -> None:
    error = TruncatedFcsError(Problem("a.fcs", "ends early."), Problem("b", "too."))

    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes

    assert type(again) is TruncatedFcsError
    assert again.problems == error.problems
    assert str(again) == str(error)


def test_every_error_can_be_caught_as_one() -> None:
    with pytest.raises(CytoflowBlinaError):
        raise TruncatedFcsError(Problem("a.fcs", "ends early."))


def test_problems_are_sorted_by_their_place() -> None:
    problems = [Problem("b", "1"), Problem("a", "2"), Problem("a", "1")]

    assert sorted(problems) == [
        Problem("a", "1"), Problem("a", "2"), Problem("b", "1"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("word", "choices", "offered"),
    [
        ("CD9", ("CD3", "CD19"), " Did you mean 'CD19'?"),
        ("panle", iter(["panel"]), " Did you mean 'panel'?"),
        ("CD19", ("FSC", "SSC"), ""),
        ("CD19", (), ""),
        ("", ("CD3",), ""),
    ],
)
def test_the_nearest_choice_is_offered(
    word: str, choices: tuple[str, ...], offered: str
) -> None:
    assert did_you_mean(word, choices) == offered
