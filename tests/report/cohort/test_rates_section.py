import pytest

from cytoflow_blina.report.cohort.declared import DeclaredAnalysis
from cytoflow_blina.report.cohort.rates_section import (
    characteristics_section,
    lay_out_response,
)
from cytoflow_blina.report.collect import Row, RunTables

ANALYSIS = DeclaredAnalysis("response", "CR vs NR")
MODEL: Row = {
    "contrast": "CR vs NR: model",
    "kind": "model",
    "family": "model",
    "outcome": "poor_cytogenetics",
    "group_a": "no response",
    "n_a": "9",
    "n_b": "42",
    "n_excluded": "2",
    "n_events": "9",
    "events_per_variable": "3.0",
    "effect": "6.38",
    "effect_lo95": "0.998",
    "effect_hi95": "52",
    "test": "Firth's penalised logistic regression, likelihood ratio",
    "method": "profile intervals",
    "p_value": "0.0503",
}


def rate(group: str, n_events: int, n: int, outcome: str = "response") -> Row:
    return {
        "contrast": "CR vs NR",
        "outcome": outcome,
        "category": "responders",
        "group": group,
        "n_events": str(n_events),
        "n": str(n),
        "percent": str(100 * n_events / n) if n else "",
        "percent_lo95": "69.1" if n else "",
        "percent_hi95": "91.6" if n else "",
    }


def test_rates_have_n_and_interval_over_all_and_by_group() -> None:
    by = "response by group3"
    test: Row = {
        "contrast": "CR vs NR",
        "outcome": by,
        "family": "response",
        "kind": "table",
        "test": "Fisher's exact, two-sided",
        "p_value": "1.0",
    }
    rates = (rate("all", 42, 51), rate("POS", 33, 40, by), rate("RR", 9, 11, by))

    section = lay_out_response(ANALYSIS, RunTables(rates=rates, comparisons=(test,)))

    (part,) = section.tables
    assert part.name == "rates"
    assert [line.cells for line in part.table.lines] == [
        ("all", "51", "42", "82.4", "69.1–91.6", ""),
        ("by group3", "", "", "", "", "1.000"),
        ("POS", "40", "33", "82.5", "69.1–91.6", ""),
        ("RR", "11", "9", "81.8", "69.1–91.6", ""),
    ]
    assert "Test: Fisher's exact, two-sided." in part.table.notes


def test_a_rate_of_nobody_is_no_number() -> None:
    section = lay_out_response(ANALYSIS, RunTables(rates=(rate("all", 0, 0),)))

    assert section.tables[0].table.lines[0].cells == (
        *("all", "0", "0", "no value", "–", ""),
    )


def test_one_group_alone_is_not_compared() -> None:
    rates = (rate("all", 3, 3), rate("RR", 3, 3, "response by group3"))

    section = lay_out_response(ANALYSIS, RunTables(rates=rates))

    assert section.tables[0].table.lines[1].cells[-1] == "one group"


def test_a_regression_of_few_events_carries_a_warning_and_a_figure() -> None:
    section = lay_out_response(ANALYSIS, RunTables(comparisons=(MODEL,)))

    assert section.warnings == (
        (
            "3.0 events per variable: the model promises more than it can hold; 10 are "
            "wanted."
        ),
    )
    (figure,) = section.figures
    assert figure.name == "model"
    assert "poor cytogenetics" in figure.svg
    table = section.tables[0].table
    assert table.lines[0].cells == ("poor cytogenetics", "6.38 (0.998–52.0)", "0.050")
    assert table.header[1] == "Odds ratio of no response (95 % profile interval)"
    assert table.notes[0].startswith("n = 51: 9 with the event (no response), 42 ")


@pytest.mark.parametrize(("events", "n_warnings"), [("9.99", 1), ("10.0", 0)])
def test_ten_events_per_variable_are_enough(events: str, n_warnings: int) -> None:
    model = {**MODEL, "events_per_variable": events}

    section = lay_out_response(ANALYSIS, RunTables(comparisons=(model,)))

    assert len(section.warnings) == n_warnings


def test_a_regression_without_events_says_why_and_has_no_figure() -> None:
    undefined = {
        **MODEL,
        "effect": "",
        "p_value": "",
        "events_per_variable": "0",
        "method": "not defined: everybody is of one kind",
    }

    section = lay_out_response(ANALYSIS, RunTables(comparisons=(undefined,)))

    assert section.figures == ()
    table = section.tables[0].table
    assert table.lines[0].cells[1:] == ("–", "not defined [a]")
    assert table.notes[-1] == "[a] Not defined: everybody is of one kind."


def test_nothing_known_of_the_response_has_nothing_to_show() -> None:
    assert lay_out_response(ANALYSIS, RunTables()).is_empty
    assert characteristics_section(ANALYSIS, RunTables()).is_empty
