"""Draw the study's figures from the tables of a run."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from cytoflow_blina.figures.svg import figure_svg
from cytoflow_blina.report.reproduction.figures import SYNTHETIC, study_figures

BEFORE_AFTER = "end of infusion vs baseline"
CHANGES = "change, R/R and CR-MRDpos vs CR-MRDneg"


def store(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Write rows as a table, with the columns of the first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def pair(subject: int, outcome: str, contrast: str) -> dict[str, object]:
    """Give a pair of counts that doubles."""
    return {
        "contrast": contrast,
        "outcome": outcome,
        "unit": "cells/uL",
        "subject_id": f"S{subject}",
        "cycle": 1,
        "value_a": 500 * subject,
        "value_b": 1000 * subject,
        "difference": 500 * subject,
        "censored_a": 0,
        "censored_b": 0,
    }


def test_of(contrast: str, outcome: str, **fields: object) -> dict[str, object]:
    """Give one row of `comparisons.csv`."""
    return {
        "contrast": contrast,
        "outcome": outcome,
        "unit": "cells/uL",
        "n_a": 2,
        "n_b": 1,
        "groups": "",
        "p_value": 0.0312,
        **fields,
    }


test_of.__test__ = False  # type: ignore[attr-defined]  # makes a row; is no test


def step(
    group: str, months: float, n_at_risk: int, **fields: object
) -> dict[str, object]:
    """Give one row of `survival.csv`."""
    return {
        "contrast": "EFS, R/R vs not",
        "endpoint": "efs",
        "group": group,
        "months": months,
        "n_at_risk": n_at_risk,
        "n_events": 0,
        "n_censored": 0,
        "survival": 1.0,
        "lo95": "",
        "hi95": "",
        **fields,
    }


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    """Give a run with three subjects, one of whom is MRD-negative."""
    store(
        tmp_path / "pairs.csv",
        [
            *(pair(k, "CD3", BEFORE_AFTER) for k in (1, 2, 3)),
            pair(1, "IFN-g", "CRS onset vs baseline"),
        ],
    )
    store(
        tmp_path / "comparisons.csv",
        [
            test_of(BEFORE_AFTER, "CD3", n_a=3, n_b=3),
            test_of(CHANGES, "change of CD3", p_value=0.047),
            test_of("EFS, R/R vs not", "EFS", groups="R/R;not R/R", p_value=4e-4),
        ],
    )
    store(
        tmp_path / "survival.csv",
        [
            step("not R/R", 0, 4),
            step("not R/R", 30, 4, n_censored=4),
            step("R/R", 0, 3),
            step("R/R", 6, 3, n_events=1, survival=2 / 3),
            step("R/R", 12, 2, n_censored=2, survival=2 / 3),
        ],
    )
    store(
        tmp_path / "inputs" / "cycles.csv",
        [
            {"subject_id": "S1", "cycle": 1, "group2": "RRPOS"},
            {"subject_id": "S2", "cycle": 1, "group2": "RRPOS"},
            {"subject_id": "S3", "cycle": 1, "group2": "NEG"},
        ],
    )
    return tmp_path


def words_of(figure: Figure) -> str:
    """Give the texts of a figure."""
    return figure_svg(figure, salt="test")


def test_all_four_figures_say_that_the_cohort_is_synthetic(run_folder: Path) -> None:
    figures = study_figures(run_folder)

    assert list(figures) == ["figure-1", "figure-2", "figure-3", "figure-4"]
    labels = [figure.get_suptitle() for figure in figures.values()]
    assert [" ".join(label.split()) for label in labels] == [SYNTHETIC] * 4


def test_figure_1_has_twelve_panels_in_the_unit_of_the_paper(run_folder: Path) -> None:
    figure = study_figures(run_folder)["figure-1"]

    words = words_of(figure)
    assert len(figure.axes) == 12
    assert "×10⁹/L" in words
    assert "median 1.00" in words  # 500 * 2 cells/uL
    assert "n = 3, P = 0.031" in words
    assert words.count("no pairs") == 11


def test_figure_2_parts_changes_by_the_group_of_the_cycle(run_folder: Path) -> None:
    words = words_of(study_figures(run_folder)["figure-2"])

    assert "median 0.750" in words  # of 500 and 1000 cells/uL
    assert "median 1.50" in words
    assert "P = 0.047" in words


def test_a_p_of_other_changes_than_those_drawn_is_not_shown(run_folder: Path) -> None:
    store(run_folder / "comparisons.csv", [test_of(CHANGES, "change of CD3", n_a=20)])

    assert "P = " not in words_of(study_figures(run_folder)["figure-2"])


def test_cytokines_have_their_greek_letters(run_folder: Path) -> None:
    assert "IFN-γ" in words_of(study_figures(run_folder)["figure-3"])


def test_figure_4_names_groups_in_the_order_of_the_test_with_those_at_risk(
    run_folder: Path,
) -> None:
    words = words_of(study_figures(run_folder)["figure-4"])

    assert words.index(">R/R<") < words.index(">not R/R<")
    assert "log-rank P = 0.0004" in words


def test_what_the_run_does_not_have_is_not_drawn(tmp_path: Path) -> None:
    assert study_figures(tmp_path / "absent") == {}


def test_curves_alone_give_figure_4_alone(run_folder: Path) -> None:
    for name in ("pairs.csv", "comparisons.csv"):
        (run_folder / name).unlink()

    figures = study_figures(run_folder)

    assert list(figures) == ["figure-4"]
    assert "log-rank" not in words_of(figures["figure-4"])
