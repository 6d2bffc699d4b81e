"""The rules that printed tables are checked by: what each finds, what it lets pass."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cytoflow_blina.table_check.build_table import PlacedRow, build_table
from cytoflow_blina.table_check.check_table import check_printed_table, check_table
from cytoflow_blina.table_check.printed_cell import read_number
from cytoflow_blina.table_check.survival_rules import fewest_events
from cytoflow_blina.table_check.table_document import (
    GroupEntry,
    RowEntry,
    TableDocument,
    TotalEntry,
)
from cytoflow_blina.table_check.table_rules import RULES

HEAD = """
[[group]]
name = "A"
n = 42

[[group]]
name = "B"
n = 9

[total]
n = 51
"""
POOR = '[[row]]\nlabel = "Poor, n"\ncells = [8, 7]\n'
GRADES = """
[[row]]
block = "CRS"
label = "0"
cells = [30, 3]

[[row]]
block = "CRS"
label = "1-2"
cells = [10, 2]

[[row]]
block = "CRS"
label = "3-4"
cells = [2, 4]
"""
AGES = '[[row]]\nlabel = "Age, median (range)"\ncells = ["6 (1-17)", "9 (2-15)"]\n'


def found_in(folder: Path, text: str) -> list[str]:
    path = folder / "table.toml"
    path.write_text(HEAD + text, encoding="utf-8")
    return [
        f"{one.severity} {one.rule}: {one.place}: {one.message}"
        for one in check_table(path).findings
    ]


def row(**keys: object) -> str:
    lines = [f"{key} = {_toml(value)}" for key, value in keys.items()]
    return "\n".join(["[[row]]", *lines]) + "\n"


def survival(where: str, arms: list[str], **keys: object) -> str:
    keys = {"where": where, "outcome": "OS", "time": "1 y", "arms": arms, **keys}
    lines = [f"{key} = {_toml(value)}" for key, value in keys.items()]
    return "\n".join(["[[survival]]", *lines]) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_toml(one) for one in value)}]"
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


WRONG = [
    pytest.param(
        row(label="Poor", cells=["8 (19.0)", "7 (77.7)"]),
        "error percent: Poor, B: 7 of 9 is 77.8 %, printed 77.7 %.",
        id="percent",
    ),
    pytest.param(
        row(label="Poor", cells=["18 (19.0)", "7 (77.8)"]),
        "18 of 42 is 42.9 %, printed 19.0 %, which fits 8 of 42.",
        id="percent of another count",
    ),
    pytest.param(
        row(label="Poor", cells=["8/40 (19.0)", "7 (77.8)"]),
        "8 of 40 is 20.0 %, printed 19.0 %.",
        id="percent of those assessed",
    ),
    pytest.param(
        row(label="Poor", cells=["8 (19.0)", "7 (77.8)"], total="15 (30)"),
        "error percent: Poor, total: 15 of 51 is 29 %, printed 30 %.",
        id="percent of total",
    ),
    pytest.param(
        row(label="Poor", cells=["20%", "78%"]),
        "Poor, A: no count of 42 gives 20 %.",
        id="percent without count",
    ),
    pytest.param(
        row(label="Poor, n", cells=[8, 7], total=16),
        "error sum of groups: Poor, n: 8 + 7 = 15, printed total 16.",
        id="sum of groups",
    ),
    pytest.param(
        row(label="Poor, n", cells=[8, 10]),
        "error count within n: Poor, n, B: 10 of 9.",
        id="count within n",
    ),
    pytest.param(
        row(label="Poor, n", cells=["8/43", 7]),
        "error assessed: Poor, n, A: 43 assessed of 42.",
        id="assessed",
    ),
    pytest.param(
        row(block="Sex", label="F", cells=[20, 5])
        + row(block="Sex", label="M", cells=[23, 4]),
        "error sum of levels: Sex, A: the levels hold 20 + 23 = 43 of 42.",
        id="levels over",
    ),
    pytest.param(
        row(block="Sex", label="F", cells=[20, 5])
        + row(block="Sex", label="M", cells=[20, 4]),
        "note sum of levels: Sex, A: the levels hold 20 + 20 = 40 of 42; say how many",
        id="levels under",
    ),
    pytest.param(
        '[[block]]\nname = "Sex"\nn = [41, 9]\n'
        + row(block="Sex", label="F", cells=[20, 5])
        + row(block="Sex", label="M", cells=[20, 4]),
        "error sum of levels: Sex, A: the levels hold 20 + 20 = 40 of 41.",
        id="levels under a stated n",
    ),
    pytest.param(
        row(label="Poor, n", cells=[8, 7], p="0.0001"),
        "P 0.0001 fits no test of the counts: Poor, n v not: Fisher 0.00141, chi-square"
        " 0.00045, chi-square with Yates's correction 0.00190 [8/34 v 7/2].",
        id="P",
    ),
    pytest.param(
        row(label="Poor, n", cells=[8, 7], p="<0.001", test="fisher"),
        "error P: Poor, n: P <0.001 is that of chi-square, not of Fisher",
        id="P of another test",
    ),
    pytest.param(
        row(label="Poor, n", cells=[8, 7], p="1.2"),
        "P 1.2 is not between 0 and 1",
        id="P above one",
    ),
    pytest.param(
        '[[block]]\nname = "CRS"\np = "0.030"\n' + GRADES,
        "note P: CRS: P 0.030 is that of 0 v 1-2 + 3-4 (chi-square 0.0300)",
        id="P of any grade, unsaid",
    ),
    pytest.param(
        '[[block]]\nname = "CRS"\np = "0.030"\np_of = "severe"\n' + GRADES,
        "error P: CRS: P 0.030 is that of 0 v 1-2 + 3-4",
        id="P of any grade, said to be of severe ones",
    ),
    pytest.param(
        GRADES
        + '[[claim]]\nwhere = "Text"\nblock = "CRS"\nrows = ["3-4"]\np = "0.030"',
        "error P: Text: CRS, 3-4: P 0.030 is that of 0 v 1-2 + 3-4",
        id="P of any grade told of severe ones",
    ),
    pytest.param(
        row(label="Poor, n", cells=[8, 7], p="0.001")
        + '[[claim]]\nwhere = "Text"\nrows = ["Poor, n"]\np = "0.002"',
        "error P printed twice: Text: Poor, n: P 0.002 here, P 0.001 at 'Poor, n'",
        id="P printed twice",
    ),
    pytest.param(
        POOR + '[[claim]]\nwhere = "Text"\nrows = ["Poor, n"]\ncells = [8, 6]',
        "error printed twice: Text: Poor, n, B: 6 here, 7 in the table.",
        id="count printed twice",
    ),
    pytest.param(
        POOR + '[[claim]]\nwhere = "Text"\nrows = ["Poor, n"]\ntotal = 13',
        "error printed twice: Text: Poor, n, total: 13 here, 15 in the table.",
        id="sum printed elsewhere",
    ),
    pytest.param(
        POOR + '[[claim]]\nwhere = "Text"\nrows = ["Poor, n"]\ncells = ["7/42", "7/8"]',
        "Text: Poor, n, B: of 8 here, of 9 in the table.",
        id="n printed twice",
    ),
    pytest.param(
        POOR + '[[claim]]\nwhere = "Text"\nrows = ["Poor, n"]\ncells = ["20%", "78%"]',
        "Text: Poor, n, A: 8 of 42 is 19 %, printed 20 %.",
        id="percent printed twice",
    ),
    pytest.param(
        POOR + '[[claim]]\nwhere = "Text"\nrows = ["Poor, n"]\ntotal = "15/51 (30%)"',
        "error percent: Text: Poor, n, total: 15 of 51 is 29 %, printed 30 %.",
        id="percent beside its count elsewhere",
    ),
    pytest.param(
        row(label="Poor", cells=["19%", "78%"])
        + '[[claim]]\nwhere = "Text"\nrows = ["Poor"]\ncells = ["21%", "78%"]',
        "Text: Poor, A: 21 % here, 19 % in the table.",
        id="percent without count printed twice",
    ),
    pytest.param(
        GRADES.replace("[10, 2]", '[10, "2 (22.2)"]').replace("2, 4]", '2, "4 (44.4)"]')
        + '[[claim]]\nwhere = "Text"\nblock = "CRS"\nrows = ["1-2", "3-4"]\n'
        'cells = ["28.6%", "66.6%"]',
        "6 of 9 is 66.7 %, printed 66.6 %: that is 22.2 + 44.4, a sum of rounded",
        id="sum of rounded percentages",
    ),
    pytest.param(
        AGES + '[[claim]]\nwhere = "Text"\nrows = ["Age, median (range)"]\n'
        'cells = ["6.8 (1-17)", "9 (2-15)"]',
        "Text: Age, median (range), A: median 6.8 here, 6 in the table.",
        id="median printed twice",
    ),
    pytest.param(
        row(label="Age, median (range)", cells=["18 (1-17)", "9 (2-15)"]),
        "error median: Age, median (range), A: 18 is outside 1 to 17.",
        id="median outside its range",
    ),
    pytest.param(
        row(label="Age", cells=["6 (1-17)", "9 (2-15)"], total="5 (1-17)"),
        "the median of all is 5, but it must lie between those of the groups, 6 and 9.",
        id="median of all",
    ),
    pytest.param(
        row(
            label="Age, median (range)",
            cells=["6 (1-17)", "9 (2-15)"],
            total="7 (1-16)",
        ),
        "the largest value of all is 16, that of the groups 17.",
        id="range of all",
    ),
    pytest.param(
        AGES + '[[elsewhere]]\nwhere = "Text"\nwho = "with CRS"\ncell = "8 (2-16)"\n'
        'row = "Age, median (range)"\ninside = "B"',
        "error part within whole: Text: Age, median (range), with CRS: to 16 here, to "
        "15 in 'Age, median (range), B', which holds them.",
        id="part beyond its whole",
    ),
    pytest.param(
        AGES + '[[elsewhere]]\nwhere = "Text"\nwho = "all screened"\n'
        'cell = "8 (2-18)"\nrow = "Age, median (range)"\nholds = ["A"]\n'
        "complete = false",
        "note part within whole: Text: Age, median (range), all screened: from 2 here, "
        "from 1 in 'Age, median (range), A', which is part of them, unless some",
        id="whole short of its part",
    ),
    pytest.param(
        POOR
        + row(label="KMT2A, n", cells=[5, 2])
        + row(label="BCR, n", cells=[1, 4])
        + '[[union]]\nrow = "Poor, n"\nof = ["KMT2A, n", "BCR, n"]',
        "Poor, n, A: 8 are counted, but KMT2A, n 5 + BCR, n 1 = 6 at most.",
        id="more than their definition allows",
    ),
    pytest.param(
        POOR
        + row(label="KMT2A, n", cells=[9, 2])
        + '[[union]]\nrow = "Poor, n"\nof = ["KMT2A, n"]',
        "Poor, n, A: 8 are counted, but KMT2A, n 9: at least 9.",
        id="fewer than their definition allows",
    ),
    pytest.param(
        survival("Text", ["A", "B"], n=[45, 30], rates=["97.8 ± 2.2", "93.3 ± 4.6"])
        + '[[told]]\nwhere = "Text"\noutcome = "OS"\nevents = 2',
        "2 events are told, the rates at 'Text: OS at 1 y, A v B' need at least 3",
        id="events",
    ),
    pytest.param(
        survival("Text", ["A"], n=[45], rates=["97.8 ± 1.2"]),
        "the standard error of 97.8 % in 45 is at least 2.16, printed 1.2.",
        id="standard error",
    ),
    pytest.param(
        survival("Text", ["A"], rates=["97.8"])
        + survival("Discussion", ["A"], rates=["97.7"]),
        "Discussion: OS at 1 y, A, A: rate 97.7 % here, 97.8 % at",
        id="rate printed twice",
    ),
    pytest.param(
        survival("Text", ["A", "B"], p="0.03")
        + survival("Abstract", ["A", "B", "C"], p="0.03"),
        "note P printed twice: Text: OS at 1 y, A v B: P 0.03 of A v B is also that of",
        id="P of more groups",
    ),
    pytest.param(
        survival("Text", ["A", "B"], p="0.03")
        + survival("Abstract", ["B", "A"], p="0.3"),
        "P 0.3 here, P 0.03 at 'Text: OS at 1 y, A v B'.",
        id="P of the same groups",
    ),
]


@pytest.mark.parametrize(("text", "expected"), WRONG)
def test_what_does_not_fit_is_found(tmp_path: Path, text: str, expected: str) -> None:
    found = found_in(tmp_path, text)
    assert any(expected in one for one in found), found


RIGHT = [
    pytest.param(row(label="x", cells=["4/16 (25)", "1/8 (13)"]), id="half up"),
    pytest.param(row(label="x", cells=["4/16 (25)", "1/8 (12)"]), id="half to even"),
    pytest.param(row(label="x", cells=["0 (0)", "9 (100)"], p="<0.001"), id="0 and 9"),
    pytest.param(row(label="x", cells=["0 (0)", "0 (0)"], p="1.0"), id="no event"),
    pytest.param(row(label="x", cells=["1 (<3)", "-"], p="-"), id="below a limit"),
    pytest.param(row(label="x, n", cells=[8, 7], p="0.00045"), id="chi-square"),
    pytest.param(row(label="x, n", cells=[8, 7], p="0.0019"), id="Yates"),
    pytest.param(
        row(label="x, n", cells=[8, 7], p="0.3", test="other"), id="another test"
    ),
    pytest.param(
        row(label="x, n", cells=[8, 7], p="0.001")
        + '[[claim]]\nwhere = "Text"\nrows = ["x, n"]\np = "0.0014"',
        id="P with more digits elsewhere",
    ),
    pytest.param(
        row(
            label="Titre, median (IQR)", cells=["6 (1-17)", "9 (2-15)"], total="8 (3-9)"
        ),
        id="quartiles do not add up",
    ),
    pytest.param(
        survival("Text", ["A", "B"], p="<0.001")
        + survival("Abstract", ["A", "B", "C"], p="<0.001"),
        id="a shared bound is no shared P",
    ),
    pytest.param(
        survival("Text", ["A", "B"], n=[50, 10], rates=["100", "78.8 ± 13.4"])
        + '[[told]]\nwhere = "Text"\noutcome = "OS"\nevents = 2',
        id="censoring between events",
    ),
]


@pytest.mark.parametrize("text", RIGHT)
def test_what_fits_is_let_pass(tmp_path: Path, text: str) -> None:
    assert found_in(tmp_path, text) == []


def test_a_p_of_two_groups_among_three_is_told(tmp_path: Path) -> None:
    path = tmp_path / "three.csv"
    path.write_text('x,A (n=40),B (n=39),C (n=40),P\n"R, n",30,22,9,0.10\n')
    (found,) = check_table(path).findings
    assert "P 0.10 is that of R, n v not in A v B alone" in found.message


def test_a_percentage_beside_its_count_is_told_once(tmp_path: Path) -> None:
    claim = '[[claim]]\nwhere = "Text"\nrows = ["Poor, n"]\ntotal = "15/51 (30%)"'
    assert len(found_in(tmp_path, POOR + claim)) == 1


def test_groups_that_overlap_are_noted_and_not_added(tmp_path: Path) -> None:
    path = tmp_path / "overlap.csv"
    path.write_text('x,A (n=40),B (n=39),All (n=60)\n"R, n",30,22,41\n')
    (found,) = check_table(path).findings
    assert (found.severity, found.rule) == ("note", "size of groups")


def test_groups_that_leave_some_out_may_hold_fewer(tmp_path: Path) -> None:
    path = tmp_path / "some.csv"
    path.write_text('x,A (n=40),B (n=39),All (n=99)\n"R, n",30,22,61\n"S, n",9,9,17\n')
    (found,) = check_table(path).findings
    assert found.place == "S, n"


def test_every_rule_says_what_it_does() -> None:
    assert all(rule.__doc__ for rule in RULES.values())
    assert len(RULES) >= 20


samples = st.lists(st.integers(0, 60), min_size=1, max_size=12)


@given(groups=st.lists(samples, min_size=2, max_size=3))
def test_medians_and_ranges_of_real_samples_fit(groups: list[list[int]]) -> None:
    def cell(values: list[int]) -> str:
        return f"{np.median(values):.1f} ({min(values)}-{max(values)})"

    pooled = [value for values in groups for value in values]
    names = [GroupEntry(name=f"G{i}", n=len(v)) for i, v in enumerate(groups)]
    document = TableDocument(group=names, total=TotalEntry(n=len(pooled)))
    entry = RowEntry(
        label="Age, median (range)",
        cells=[cell(values) for values in groups],
        total=cell(pooled),
    )
    table = build_table("x", document, [PlacedRow("row[0]", entry)])
    assert check_printed_table(table).findings == ()


@settings(deadline=None)
@given(
    is_event=st.lists(st.booleans(), min_size=1, max_size=20),
    n_after=st.integers(0, 20),
)
def test_no_rate_needs_more_events_than_made_it(
    is_event: list[bool], n_after: int
) -> None:
    n, rate, relative = len(is_event) + n_after, 1.0, 0.0
    for place, happened in enumerate(is_event):
        at_risk = n - place
        if happened:
            rate *= 1 - 1 / at_risk
            relative += 1 / (at_risk * (at_risk - 1)) if at_risk > 1 else 0
    printed = read_number(f"{100 * rate:.1f}")
    error = read_number(f"{100 * rate * relative**0.5:.1f}")
    assert printed is not None
    assert fewest_events(n, printed, error) <= sum(is_event)


@pytest.mark.parametrize(
    ("n", "rate", "error", "expected"),
    [
        (45, "97.8", "2.2", 1),
        (30, "100", None, 0),
        (30, "93.3", "4.6", 2),
        (30, "93.3", None, 1),
        (10, "78.8", "13.4", 2),
        (1, "0", None, 1),
    ],
)
def test_the_fewest_events_of_a_rate(
    n: int, rate: str, error: str | None, expected: int
) -> None:
    printed = read_number(rate)
    assert printed is not None
    assert fewest_events(n, printed, read_number(error) if error else None) == expected
