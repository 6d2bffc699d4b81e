"""A printed table: how cells are read, and what each fault of a document says."""

from fractions import Fraction
from pathlib import Path

import pytest

from cytoflow_blina.domain.printed_number import PrintedNumber
from cytoflow_blina.errors import ConfigError
from cytoflow_blina.table_check.printed_cell import (
    guess_summary,
    read_cell,
    read_number,
    read_rate,
)
from cytoflow_blina.table_check.printed_table import read_printed_table
from cytoflow_blina.table_check.table_model import Cell, PrintedTable

HEAD = """
[[group]]
name = "A"
n = 10

[[group]]
name = "B"
n = 20
"""


def read_toml(folder: Path, text: str) -> PrintedTable:
    path = folder / "table.toml"
    path.write_text(HEAD + text, encoding="utf-8")
    return read_printed_table(path)


def read_csv(folder: Path, *lines: str) -> PrintedTable:
    path = folder / "table.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_printed_table(path)


def _number(text: str) -> PrintedNumber:
    number = read_number(text)
    assert number is not None
    return number


def numbers_of(cell: Cell) -> tuple[object, ...]:
    printed = (cell.percent, cell.median, cell.low, cell.high)
    texts = [one.text if one else None for one in printed]
    return (cell.count, cell.n, *texts, cell.n_others)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("45 (55.4)", (45, None, "55.4", None, None, None, 0)),
        ("37(88.1)", (37, None, "88.1", None, None, None, 0)),
        ("45 [55.4%]", (45, None, "55.4", None, None, None, 0)),
        ("8/49 (16.3 %)", (8, 49, "16.3", None, None, None, 0)),
        ("16.3% (8/49)", (8, 49, "16.3", None, None, None, 0)),
        ("1 (<1)", (1, None, "<1", None, None, None, 0)),
        ("32.4%", (None, None, "32.4", None, None, None, 0)),
        ("41/74", (41, 74, None, None, None, None, 0)),
        ("1,152 (54·5)*", (1152, None, "54.5", None, None, None, 0)),
        ("0", (0, None, None, None, None, None, 0)),
        ("72 (5–210)", (None, None, None, "72", "5", "210", 0)),
        ("0.57 (−1.08 to 6.07)", (None, None, None, "0.57", "-1.08", "6.07", 0)),
        ("12.1 ± 3.4", (None, None, None, None, None, None, 2)),
        ("2.44", (None, None, None, None, None, None, 1)),
        ("ca. 5 of 12", (None, None, None, None, None, None, 2)),
        ("-", (None, None, None, None, None, None, 0)),
        ("", (None, None, None, None, None, None, 0)),
        ("n.a.", (None, None, None, None, None, None, 0)),
    ],
)
def test_a_cell_is_read_as_printed(text: str, expected: tuple[object, ...]) -> None:
    assert numbers_of(read_cell(text)) == expected


def test_a_mean_that_looks_like_a_count_is_no_count_where_the_row_says_so() -> None:
    cell = read_cell("45 (12)", "mean_sd")
    assert (cell.count, cell.n_others) == (None, 2)


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Age, median (range), mons", "median_range"),
        ("Ferritin, median (IQR)", "median_iqr"),
        ("Haemoglobin, mean ± SD", "mean_sd"),
        ("Male, n (%)", "count"),
        ("No. of relapses", "count"),
        ("CD3+, %", ""),
        ("Meaningful change", ""),
    ],
)
def test_a_label_tells_what_its_row_holds(label: str, expected: str) -> None:
    assert guess_summary(label) == expected


@pytest.mark.parametrize(
    ("text", "relation", "value", "digits"),
    [
        ("0.004#", "=", Fraction(4, 1000), 3),
        ("P < 0.001", "<", Fraction(1, 1000), 3),
        ("≥ 0.05", ">", Fraction(5, 100), 2),
        ("1.000", "=", Fraction(1), 3),
    ],
)
def test_a_p_value_keeps_its_digits(
    text: str, relation: str, value: Fraction, digits: int
) -> None:
    number = read_number(text)
    assert number is not None
    assert (number.relation, number.value, number.digits) == (relation, value, digits)


def test_a_rate_may_come_with_or_without_its_standard_error() -> None:
    both, alone = read_rate("97.8% ± 2.2%"), read_rate("100")
    assert [one.text for one in both if one] == ["97.8", "2.2"]
    assert [one.text if one else None for one in alone] == ["100", None]
    assert read_rate("not reached") == (None, None)


@pytest.mark.parametrize("value", [Fraction(125, 10), Fraction(135, 10)])
def test_halves_may_be_rounded_up_or_down(value: Fraction) -> None:
    fitting = [text for text in ("12", "13", "14") if _number(text).fits(value)]
    assert len(fitting) == 2


def test_one_value_cannot_print_as_two_neighbours() -> None:
    assert not _number("1").overlaps(_number("2"))
    assert _number("61").overlaps(_number("61.0"))
    assert _number("<0.001").overlaps(_number("0.0004"))
    assert not _number("<0.001").overlaps(_number("0.003"))
    assert _number(">0.05").overlaps(_number("0.9"))


def test_levels_in_one_cell_become_the_rows_of_a_block(tmp_path: Path) -> None:
    table = read_toml(
        tmp_path, '[[row]]\nlabel = "Sex, F/M"\ncells = ["4/6", "5/15"]\np = "0.4"'
    )
    counts = [[cell.count for cell in row.cells] for row in table.rows]
    assert [row.place for row in table.rows] == ["Sex, F/M, F", "Sex, F/M, M"]
    assert counts == [[4, 5], [6, 15]]
    assert table.blocks["Sex, F/M"].p is not None


def test_counts_of_n_are_no_levels_even_where_the_label_has_a_slash(
    tmp_path: Path,
) -> None:
    table = read_toml(
        tmp_path, '[[row]]\nlabel = "BCR/ABL1, n"\ncells = ["4/10", "5/20"]'
    )
    assert [(cell.count, cell.n) for cell in table.rows[0].cells] == [(4, 10), (5, 20)]


def test_the_only_p_among_levels_is_that_of_the_block(tmp_path: Path) -> None:
    table = read_csv(
        tmp_path,
        "Event,block,A (n=10),B (n=20),P",
        "none,Fever,4,10,0.7",
        "any,Fever,6,10,",
    )
    p = table.blocks["Fever"].p
    assert p is not None
    assert p.text == "0.7"
    assert all(row.p is None for row in table.rows)


def test_several_p_among_levels_stay_with_their_rows(tmp_path: Path) -> None:
    table = read_csv(
        tmp_path,
        "Event,block,A (n=10),B (n=20),P",
        "none,Fever,4,10,0.7",
        "mild,Fever,3,5,0.8",
        "high,Fever,3,5,",
    )
    assert table.blocks["Fever"].p is None
    assert [row.p is not None for row in table.rows] == [True, True, False]


def test_percentages_may_stand_in_columns_of_their_own(tmp_path: Path) -> None:
    table = read_csv(
        tmp_path, "Event,A (n=10),A %,Total (n=10),Total %", "Fever,4,40.0,4,40"
    )
    cell = table.rows[0].cells[0]
    assert (cell.count, cell.percent and cell.percent.text) == (4, "40.0")
    assert table.total_n == 10


def test_sizes_may_stand_in_the_first_line(tmp_path: Path) -> None:
    table = read_csv(
        tmp_path, "Event,A,B,All,P value", '"Numbers, n",10,20,30,-', "Fever,4,5,9,0.4"
    )
    assert [(group.name, group.n) for group in table.groups] == [("A", 10), ("B", 20)]
    assert table.total_n == 30


def test_a_heading_is_no_row(tmp_path: Path) -> None:
    table = read_csv(tmp_path, "Event,A (n=10)", "Adverse events,", "Fever,4")
    assert [row.label for row in table.rows] == ["Fever"]


def test_a_bare_whole_number_is_a_count_only_where_its_row_shows_it(
    tmp_path: Path,
) -> None:
    table = read_csv(tmp_path, "x,A (n=10),B (n=9)", "Age,4,5", '"Fever, n",4,5')
    assert [row.cells[0].count for row in table.rows] == [None, 4]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[[row]]\nlabel = "a"\ncells = [1]', "row[0]: has 1 cells for 2 groups"),
        ('[[row]]\nlabel = "a"\ncells = [1, 2]\nn = [9]', "row[0]: has 1 n for 2"),
        ('[[row]]\nlabel = "a"\ncells = [1, 2]\np = "low"', "P 'low' is no number"),
        ('[[row]]\nlabel = ""\ncells = [1, 2]', "row[0]: has numbers but no label"),
        ('[[row]]\nlabel = "a"\np = "0.1"', "row[0]: has a P but no numbers"),
        ('[[row]]\nlabel = "a"\ntotal = 3\ncells = [1, 2]', "total: is missing"),
        ('[[row]]\nlabel = "a"\nsells = [1, 2]', "Did you mean 'cells'?"),
        ('[[row]]\nlabel = "a"\ncells = [1.5, 2]', "row[0].cells[0]"),
        ('[[group]]\nname = "A"\nn = 3', "'A' is the name of two columns"),
        ('[[block]]\nname = "Fever"', "block 'Fever': has no row"),
        ("", "table.toml: holds no row"),
    ],
)
def test_a_fault_says_where_it_is(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ConfigError) as error:
        read_toml(tmp_path, text)
    assert expected in str(error.value)


SURVIVAL = '[[survival]]\nwhere = "x"\noutcome = "OS"\ntime = "1 y"\n'
ROW = '[[row]]\nlabel = "Fever"\ncells = [1, 2]\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[[claim]]\nwhere = "x"\nrows = ["Fevr"]', "Did you mean 'Fever'?"),
        ('[[union]]\nrow = "Fever"\nof = ["Rash"]', "there is no row 'Rash'"),
        (
            '[[elsewhere]]\nwhere = "x"\nwho = "y"\nrow = "Fever"\ncell = "1"',
            "either `inside` or `holds`",
        ),
        (
            (
                '[[elsewhere]]\nwhere = "x"\nwho = "y"\nrow = "Fever"\ncell = "1"\n'
                'inside = "C"'
            ),
            "there is no group 'C'",
        ),
        (
            SURVIVAL + 'arms = ["A", "B"]\nrates = ["90"]',
            "survival[0].rates: has 1 values for 2 arms",
        ),
        (SURVIVAL + 'arms = ["A"]\nrates = ["high"]', "'high' is no rate"),
        (ROW, "'Fever' stands at row[0] already"),
    ],
)
def test_a_reference_to_nothing_is_told(
    tmp_path: Path, text: str, expected: str
) -> None:
    with pytest.raises(ConfigError) as error:
        read_toml(tmp_path, ROW + text)
    assert expected in str(error.value)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        read_toml(tmp_path, '[[row]]\nlabel = "a"\ncells = [1]\np = "x"\ntotal = 1')
    assert len(error.value.problems) == 3


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("Event,A,B (n=3)", "Fever,1,2"), "row 1: column 'A' has no n"),
        (("Event,A (n=3),tset", "Fever,1,chi2"), "Did you mean 'test'?"),
        (("Event,A (n=3),test", "Fever,1,fischer"), "Did you mean 'fisher'?"),
        (("Event,A (n=3),B (n=4),P", "Fever,1,2,x"), "row 2: P 'x' is no number"),
        (("Event;A;B", "Fever;1;2"), "semicolons"),
    ],
)
def test_a_fault_of_a_csv_table_says_its_line(
    tmp_path: Path, lines: tuple[str, ...], expected: str
) -> None:
    with pytest.raises(ConfigError) as error:
        read_csv(tmp_path, *lines)
    assert expected in str(error.value)


@pytest.mark.parametrize("name", ["absent.csv", "absent.toml", "table.docx"])
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=name):
        read_printed_table(tmp_path / name)
