"""Tables in the many forms in which authors type them: clean, and with one error."""

from pathlib import Path

import pytest

from cytoflow_blina.errors import ConfigError
from cytoflow_blina.table_check.check_table import TableCheck, check_table
from cytoflow_blina.table_check.printed_table import read_printed_table

TABLES = Path(__file__).parent / "tables" / "typed"

ERRORS = [
    ("01-thousands.csv", "701 (56.5)", "701 (65.5)"),
    ("01-thousands.csv", "402 (32.4)", "412 (32.4)"),
    ("01-thousands.csv", '"1,816 (51.2)"', '"1,861 (51.2)"'),
    ("01-thousands.csv", 'n (%)",,,,0.', 'n (%)",,,,0.9'),
    ("02-footnotes.csv", "52 (62)", "52 (66)"),
    ("02-footnotes.csv", "20 (21),<0.001", "20 (21),0.15"),
    ("02-footnotes.csv", "23.9 [21.0", "29.9 [21.0"),
    ("03-percent-of-rows.csv", "33 (62.3)", "33 (63.2)"),
    ("03-percent-of-rows.csv", "20 (37.7),53", "21 (37.7),53"),
    ("04-three-groups-missing.csv", "22 (45.8)", "23 (45.8)"),
    ("04-three-groups-missing.csv", "2 (4.2)", "3 (4.2)"),
    ("04-three-groups-missing.csv", "0.87", "0.08"),
    ("05-percent-without-missing.csv", "61 (52.1)", "61 (51.2)"),
    ("05-percent-without-missing.csv", "0.51", "0.05"),
    ("06-percent-columns.csv", "4,13.8", "4,18.3"),
    ("06-percent-columns.csv", "0.60", "0.06"),
    ("07-three-groups.toml", "6 (24.0)", "7 (24.0)"),
    ("07-three-groups.toml", "6 (1–18)", "9 (1–18)"),
    ("07-three-groups.toml", '"18 (27.3)"', '"19 (28.8)"'),
    ("08-count-of-n.csv", "25/40 (63%)", "25/40 (36%)"),
    ("08-count-of-n.csv", "51/89", "52/89"),
    ("09-sizes-in-first-line.csv", "10/8", "10/9"),
    ("09-sizes-in-first-line.csv", "6 (33.3)", "6 (30.0)"),
    ("09-sizes-in-first-line.csv", "−3 (−12 to 8)", "−13 (−12 to 8)"),
    ("10-groups-leave-some-out.csv", "12 (32.4%)", "12 (34.2%)"),
    ("10-groups-leave-some-out.csv", "2 (1.4%),< .001", "2 (1.4%),.51"),
    ("11-columns-named-percent.csv", "18,36.0", "19,36.0"),
    ("11-columns-named-percent.csv", "20,50.0", "20,52.0"),
    ("11-columns-named-percent.csv", "50,55.6", "52,55.6"),
    ("12-percent-first.csv", "49 (41)", "94 (41)"),
    ("12-percent-first.csv", "40 (49.4)", "40 (44.9)"),
    ("13-levels-under-headings.csv", "12 (30.0)", "12 (33.0)"),
    ("13-levels-under-headings.csv", "26 (68.4)", "25 (68.4)"),
    ("13-levels-under-headings.csv", "21 (26.9)", "22 (28.2)"),
    ("14-three-groups-percent-of-rows.csv", "2 (18.2)", "2 (12.8)"),
    ("14-three-groups-percent-of-rows.csv", "5 (23.8)", "6 (23.8)"),
    ("15-narrow-blanks.csv", "233 (2.5)", "233 (5.2)"),
    ("15-narrow-blanks.csv", "<.0001", ".03"),
    ("16-two-line-header.csv", "28 (53.8),\nMale", "28 (58.3),\nMale"),
    ("17-total-below-levels.csv", "9 (40.9)", "8 (40.9)"),
    ("18-sizes-with-percentages.csv", "40 (44.4)", "50 (44.4)"),
]
"""Table, what is printed there, and the error that takes its place."""


def check_csv(folder: Path, *lines: str) -> TableCheck:
    path = folder / "table.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return check_table(path)


@pytest.mark.parametrize(
    "path", sorted(TABLES.iterdir()), ids=lambda path: str(path.stem)
)
def test_nothing_is_found_however_a_clean_table_is_typed(path: Path) -> None:
    found = check_table(path)

    assert found.findings == ()
    assert found.n_checked >= 10


@pytest.mark.parametrize(("name", "printed", "error"), ERRORS)
def test_one_error_is_found_however_the_table_is_typed(
    tmp_path: Path, name: str, printed: str, error: str
) -> None:
    text = (TABLES / name).read_text(encoding="utf-8")
    assert printed in text
    path = tmp_path / name
    path.write_text(text.replace(printed, error, 1), encoding="utf-8")

    assert check_table(path).has_errors


def test_rows_that_do_not_add_up_under_a_heading_stay_apart(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(
        'x,A (n=10),B (n=10)\nEvents,,\n"Fever, n",9,8\n"Rash, n",7,6\n',
        encoding="utf-8",
    )

    assert [row.block for row in read_printed_table(path).rows] == ["", ""]


def test_a_p_at_a_heading_of_which_nothing_is_known_is_not_checkable(
    tmp_path: Path,
) -> None:
    found = check_csv(
        tmp_path, "x,A (n=10),B (n=10),P", "Events,,,0.4", '"Fever, n",9,8,'
    )

    assert found.findings == ()
    assert "Events | P" in found.not_checkable


def test_an_unsaid_number_of_missing_is_a_note(tmp_path: Path) -> None:
    found = check_csv(
        tmp_path,
        "x,A (n=101),B (n=99),P",
        "Stage,,,0.67",
        "I,30 (30.6),28 (29.2),",
        "II,40 (40.8),45 (46.9),",
        "III,28 (28.6),23 (24.0),",
    )

    assert {one.severity for one in found.findings} == {"note"}
    assert "98 of 101; say how many were assessed." in found.findings[0].message


def test_a_mean_in_whole_numbers_is_no_count_without_its_percentage(
    tmp_path: Path,
) -> None:
    found = check_csv(tmp_path, "x,A (n=84),B (n=96)", "Age,61 (11),60 (12)")

    assert found.findings == ()
    assert len(found.not_checkable) == 4


def test_a_column_that_is_no_group_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="delete a column that is no group"):
        check_csv(tmp_path, "x,A (n=4),B (n=4),OR", "Fever,1,2,0.3")


@pytest.mark.parametrize(
    "line", ["1-year OS,98.6%,93.3%", '"HbA1c, %",7.4%,7.9%', "LVEF,55.5%,57.1%"]
)
def test_a_percentage_that_is_no_share_of_people_is_left_alone(
    tmp_path: Path, line: str
) -> None:
    found = check_csv(tmp_path, "x,A (n=75),B (n=30)", line)

    assert found.findings == ()
    assert found.n_checked == 0


def test_a_share_that_no_count_gives_is_an_error_where_the_row_counts(
    tmp_path: Path,
) -> None:
    found = check_csv(tmp_path, "x,A (n=30),B (n=30)", '"Male, n (%)",57.1%,40.0%')

    assert [one.severity for one in found.findings] == ["error"]
