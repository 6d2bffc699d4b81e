from dataclasses import replace

from cytoflow_blina.report.cohort.declared import DeclaredAnalysis
from cytoflow_blina.report.cohort.survival_section import (
    lay_out_survival,
    log_rank_words,
)
from cytoflow_blina.report.collect import Row, RunTables

TEST: Row = {
    "contrast": "EFS",
    "kind": "survival",
    "outcome": "EFS",
    "family": "survival",
    "groups": "R/R;CR",
    "n_groups": "3;2",
    "n_events": "1",
    "n_excluded": "4",
    "test": "log-rank, two-sided",
    "method": "hypergeometric variance",
    "statistic": "0.57",
    "p_value": "0.45",
}
CURVES: tuple[Row, ...] = tuple(
    {
        "contrast": "EFS",
        "endpoint": "efs",
        "group": group,
        "months": months,
        "n_at_risk": at_risk,
        "n_events": events,
        "n_censored": censored,
        "survival": share,
        "lo95": "0.1",
        "hi95": "0.9",
    }
    for group, months, at_risk, events, censored, share in (
        ("CR", "0", "2", "0", "0", "1"),
        ("CR", "20", "2", "0", "2", "1"),
        ("R/R", "0", "3", "0", "0", "1"),
        ("R/R", "7", "3", "1", "0", "0.667"),
        ("R/R", "14", "2", "0", "2", "0.667"),
    )
)


def rate(group: str, **fields: str) -> Row:
    return {
        "contrast": "EFS",
        "endpoint": "efs",
        "group": group,
        "at_months": "12.0",
        "n": "3",
        "n_events": "1",
        "n_at_risk": "2",
        "percent": "66.67",
        "percent_se": "27.2",
        "percent_lo95": "5.4",
        "percent_hi95": "94.5",
        "restricted_mean_months": "10.3333",
        "restricted_mean_se": "1.36",
        **fields,
    }


ANALYSIS = DeclaredAnalysis("survival", "EFS", settings=("Landmark at 3 months.",))


def test_survival_has_curves_rates_and_the_log_rank_test() -> None:
    whole = rate("CR", n="2", percent="100", percent_se="0", percent_lo95="")
    tables = RunTables(
        comparisons=(TEST,), survival=CURVES, survival_rates=(whole, rate("R/R"))
    )

    section = lay_out_survival(ANALYSIS, tables)

    svg = section.figures[0].svg
    assert "log-rank P = 0.450" in svg
    assert svg.index(">R/R<") < svg.index(">CR<")
    table = section.tables[0].table
    assert [line.cells for line in table.lines] == [
        ("R/R", "3", "12", "1", "2", "66.7 ± 27.2", "5.40–94.5", "10.33 ± 1.36"),
        (
            *("CR", "2", "12", "1", "2", "100.0 ± 0.0", "not defined [a]"),
            "10.33 ± 1.36",
        ),
    ]
    assert table.notes[0] == (
        "Log-rank P = 0.450, chi-squared 0.570 (hypergeometric variance; 1 event; 4 "
        "left out)."
    )
    assert "Landmark at 3 months." in table.notes
    assert table.header[2] == "Months"
    assert ">Months<" in svg
    assert table.notes[-1] == "[a] A rate of 0 or 100 % has no log-log interval."


def test_time_from_a_landmark_says_so_in_figure_table_and_notes() -> None:
    tables = RunTables(
        comparisons=(TEST,), survival=CURVES, survival_rates=(rate("CR"), rate("R/R"))
    )

    section = lay_out_survival(replace(ANALYSIS, landmark_months=3.0), tables)

    table = section.tables[0].table
    label = section.figures[0].figure.axes[0].get_xlabel()
    assert label.replace("\n", " ") == "Months from the landmark (3 months)"
    assert table.header[2] == "Months from the landmark (3 months)"
    assert any(
        note.startswith("Rates at 12 months from the landmark:") for note in table.notes
    )


def test_groups_without_labels_are_named_with_their_column() -> None:
    tables = RunTables(
        comparisons=(TEST,), survival=CURVES, survival_rates=(rate("CR"),)
    )

    section = lay_out_survival(replace(ANALYSIS, group_column="group3"), tables)

    assert section.tables[0].table.lines[0].cells[0] == "group3 = CR"
    assert ">group3 = R/R<" in section.figures[0].svg


def test_the_hazard_ratio_of_two_groups_stands_in_a_note() -> None:
    ratio = {
        **TEST,
        "group_a": "R/R",
        "group_b": "CR",
        "effect": "0.46",
        "effect_lo95": "0.059",
        "effect_hi95": "3.6",
        "effect_kind": "hazard ratio of R/R to CR (Peto)",
    }

    tables = RunTables(comparisons=(ratio,), survival_rates=(rate("CR"),))

    by_label = lay_out_survival(ANALYSIS, tables)
    by_column = lay_out_survival(replace(ANALYSIS, group_column="group3"), tables)

    assert by_label.tables[0].table.notes[1] == (
        "Hazard ratio of R/R to CR (Peto) 0.460, 95 % interval 0.0590–3.60."
    )
    assert (
        by_column.tables[0]
        .table.notes[1]
        .startswith("Hazard ratio of group3 = R/R to group3 = CR (Peto) 0.460")
    )


def test_a_test_that_is_not_defined_says_why_never_1() -> None:
    row = {
        **TEST,
        "p_value": "",
        "statistic": "",
        "method": "not defined: no event in any group",
    }

    assert log_rank_words(row) == "log-rank P not defined: no event in any group"


def test_a_rate_beyond_the_follow_up_is_not_defined() -> None:
    beyond = rate("CR", percent="", percent_lo95="", restricted_mean_months="")
    tables = RunTables(comparisons=(TEST,), survival_rates=(beyond,))

    section = lay_out_survival(ANALYSIS, tables)

    assert section.figures == ()
    assert section.tables[0].table.lines[0].cells[5:] == ("not defined [a]", "–", "–")
    assert section.tables[0].table.notes[-1] == "[a] Nobody was followed so long."


def test_a_study_without_follow_up_has_nothing_to_show() -> None:
    assert lay_out_survival(ANALYSIS, RunTables()).is_empty
