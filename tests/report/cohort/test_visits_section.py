import numpy as np

from cytoflow_blina.domain.comparison import Outcome, RepeatedOutcome
from cytoflow_blina.report.cohort.declared import DeclaredAnalysis
from cytoflow_blina.report.cohort.visits_section import lay_out_visits
from cytoflow_blina.report.collect import Row, RunTables

CD3 = Outcome("CD3", "CD3", "cells_per_ul", "cells/uL", "counts")


def row(visit: str, **fields: str) -> Row:
    return {
        "contrast": "course",
        "kind": "visits",
        "outcome": f"CD3 at {visit}",
        "unit": "cells/uL",
        "family": "counts",
        "group_a": "D0",
        "group_b": visit,
        "n_a": "2",
        "n_b": "1",
        "n_excluded": "0",
        "median_a": "700",
        "median_b": "900",
        "effect": "1.38",
        "effect_lo95": "1.06",
        "effect_hi95": "1.81",
        "effect_kind": "ratio of geometric means",
        "test": "mixed model",
        "method": "mixed model; 2 subjects",
        "p_value": "0.017",
        "p_adjusted": "0.034",
        **fields,
    }


def repeated(visits: tuple[str, ...], value_visits: tuple[str, ...]) -> RepeatedOutcome:
    subjects = ("S1", "S2", "S1", "S2")[: len(value_visits)]
    values = np.array([600.0, 800.0, 900.0, 1000.0][: len(value_visits)])
    return RepeatedOutcome(
        "course", CD3, "D0", visits, values, subjects, value_visits, 0
    )


def test_visits_stand_in_the_order_of_the_study_with_their_ratio() -> None:
    values = repeated(("EOT", "D14"), ("D0", "D0", "EOT", "D14"))
    analysis = DeclaredAnalysis("kinetics", "course", repeated=(values,))

    section = lay_out_visits(
        analysis, RunTables(comparisons=(row("D14"), row("EOT", n_b="2")))
    )

    assert [line.cells[2:4] for line in section.tables[0].table.lines] == [
        ("EOT", "2"),
        ("D14", "1"),
    ]
    assert section.tables[0].table.lines[1].cells == (
        *("CD3", "cells/µL", "D14", "1", "900", "2", "700"),
        *("1.38 (1.06–1.81)", "0.017", "0.034", "0"),
    )
    svg = section.figures[0].svg
    assert svg.index("EOT") < svg.index("D14")


def test_a_visit_that_nobody_has_is_not_drawn() -> None:
    values = repeated(("D14", "D21"), ("D0", "D0", "D14"))
    analysis = DeclaredAnalysis("kinetics", "course", repeated=(values,))

    section = lay_out_visits(analysis, RunTables(comparisons=(row("D14"),)))

    assert "D21" not in section.figures[0].svg


def test_a_model_that_cannot_be_fitted_says_why() -> None:
    undefined = row(
        "D14", effect="", p_value="", p_adjusted="", method="not defined: no value"
    )

    section = lay_out_visits(
        DeclaredAnalysis("kinetics", "course"), RunTables(comparisons=(undefined,))
    )

    assert section.figures == ()
    cells = section.tables[0].table.lines[0].cells
    assert cells[7:10] == ("–", "not defined [a]", "–")


def test_no_value_at_all_has_nothing_to_show() -> None:
    analysis = DeclaredAnalysis("kinetics", "course", repeated=(repeated((), ()),))

    assert lay_out_visits(analysis, RunTables()).is_empty
