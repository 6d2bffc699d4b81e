import pytest

from cytoflow_blina.report.cohort.printed_table import (
    NO_INTERVAL,
    PrintedLine,
    adjusted_cell,
    effect_cell,
    letter_notes,
    note_letters,
    notes_of_tests,
    p_cell,
    row_letters,
    spread_cell,
    strong_cells,
    why_no_p,
)

UNDEFINED = {"method": "not defined: groups of 3 and 0"}


def test_letters_go_on_after_z() -> None:
    letters = note_letters([*(f"reason {k}" for k in range(28)), "", "reason 0"])

    assert len(letters) == 28
    assert [letters[f"reason {k}"] for k in (0, 25, 26, 27)] == ["a", "z", "aa", "bb"]
    assert letter_notes({"too few": "a"}) == ("[a] Too few.",)


def test_a_test_that_is_not_defined_says_so_and_leads_to_the_reason() -> None:
    letters = row_letters([UNDEFINED])

    assert p_cell(UNDEFINED, letters) == "not defined [a]"
    assert adjusted_cell(UNDEFINED) == "–"
    assert letter_notes(letters) == ("[a] Not defined: groups of 3 and 0.",)


def test_the_reason_is_found_behind_other_words() -> None:
    row = {"method": "several cycles, hence a model; not defined: no value at D0"}

    assert why_no_p(row) == "not defined: no value at D0"
    assert why_no_p({}) == "not tested"
    assert why_no_p({"p_value": "1.0"}) == ""


def test_an_effect_without_interval_says_why() -> None:
    row = {"effect": "-46.09", "p_value": "0.4"}

    letters = row_letters([row])

    assert letters == {NO_INTERVAL: "a"}
    assert effect_cell(row, letters) == "−46.1 [a]"
    assert effect_cell({}, letters) == "–"


def test_a_group_of_nobody_has_no_value_rather_than_an_empty_cell() -> None:
    assert spread_cell({"median_a": ""}, "a") == "no value"
    assert spread_cell({"median_a": "2", "min_a": "1", "max_a": "3"}, "a") == (
        "2.00 (1.00–3.00)"
    )
    assert spread_cell({"median_a": "2"}, "a") == "2.00"


@pytest.mark.parametrize(
    ("p_value", "p_adjusted", "strong"),
    [("0.01", "0.06", ()), ("0.01", "0.04", (9,)), ("0.01", "", (8,)), ("", "", ())],
)
def test_the_adjusted_p_decides_where_there_is_one(
    p_value: str, p_adjusted: str, strong: tuple[int, ...]
) -> None:
    row = {"p_value": p_value, "p_adjusted": p_adjusted}

    assert strong_cells(row, (8, 9)) == strong


def test_a_method_of_some_outcomes_alone_is_told_with_them() -> None:
    shared = {
        "p_value": "0.1",
        "test": "Wilcoxon",
        "adjustment": "Holm",
        "family": "counts",
    }
    rows = [
        {**shared, "method": "exact"},
        {**shared, "method": "exact, given the tied ranks"},
        {**shared, "method": "exact"},
        {**shared, **UNDEFINED, "p_value": ""},
    ]

    notes = notes_of_tests(rows, ["CD3", "CD19", "NK", "CD4"])

    assert notes == (
        "Test: Wilcoxon.",
        "Method: exact (CD3, NK); exact, given the tied ranks (CD19).",
        "Adjustment: Holm, within each family (counts: 3 tests).",
    )


def test_a_method_does_not_repeat_its_test() -> None:
    row = {"p_value": "0.1", "test": "mixed model", "method": "mixed model; 7 subjects"}

    assert notes_of_tests([row], ["CD3"]) == (
        "Test: mixed model.",
        "Method: 7 subjects.",
    )


def test_a_line_of_one_cell_is_a_heading() -> None:
    assert PrintedLine(("Counts",)).is_heading
    assert not PrintedLine(("CD3", "7")).is_heading
