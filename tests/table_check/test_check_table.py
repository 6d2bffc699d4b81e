"""Checking printed tables: all that is known to be wrong, and nothing on clean ones."""

import json
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, fisher_exact

from cytoflow_blina.table_check.build_table import PlacedRow, build_table
from cytoflow_blina.table_check.check_table import check_printed_table, check_table
from cytoflow_blina.table_check.table_document import (
    GroupEntry,
    RowEntry,
    TableDocument,
    TotalEntry,
)

TABLES = Path(__file__).parent / "tables"
GUIDE = Path(__file__).parents[2] / "docs" / "check-table.md"
CLEAN = sorted((TABLES / "clean").iterdir())

DISCREPANCIES = [
    pytest.param(
        "paper-table-2.toml",
        "error",
        "P 0.0001 here, P 0.001 at 'Risk' for the same comparison; from the counts "
        "Fisher 0.00141",
        id="poor cytogenetics: 0.0001, 0.001, and 0.0014 from the counts",
    ),
    pytest.param(
        "paper-table-3.toml",
        "error",
        "of G3-4 v G0 + G1-2: Fisher 0.0900",
        id="severe neutropenia: 0.003, and 0.090 from the counts",
    ),
    pytest.param(
        "paper-table-3.toml",
        "error",
        "Text: CRS, G3-4: P 0.146 is that of G0 v G1-2 + G3-4 (Fisher 0.1461)",
        id="severe CRS has the P of any grade",
    ),
    pytest.param(
        "paper-table-3.toml",
        "error",
        "Text: ICANS, G3-4: P 0.399 is that of G0 v G1-2 + G3-4 (Fisher 0.3994)",
        id="severe ICANS has the P of any grade",
    ),
    pytest.param(
        "paper-table-3.toml",
        "error",
        "Neutropenia, G0: 45 + 21 = 66, printed total 62.",
        id="62 where 45 + 21 = 66",
    ),
    pytest.param(
        "paper-table-3.toml",
        "error",
        "45 of 74 is 60.8 %, printed 55.4 %, which fits 41 of 74.",
        id="45 where 55.4 % is 41",
    ),
    pytest.param(
        "paper-table-3.toml",
        "error",
        "Neutropenia, CR-MRDneg: the levels hold 45 + 9 + 24 = 78 of 74.",
        id="78 of 74 cycles",
    ),
    pytest.param(
        "paper-table-2.toml",
        "error",
        "the median of all is 2, but it must lie between those of the groups, 0 and 1.",
        id="median of blasts",
    ),
    pytest.param(
        "paper-table-2.toml",
        "error",
        "15 are counted, but KMT2Ar, n (%) 7 + BCR/ABL1, n (%) 5 + TCF3/HLF, n (%) 1 "
        "= 13 at most.",
        id="15 and 13 of poor risk",
    ),
    pytest.param(
        "paper-table-3.toml",
        "error",
        "8 of 49 is 16.3 %, printed 16.4 %: that is 8.2 + 8.2, a sum of rounded",
        id="16.4 of rounded parts",
    ),
    pytest.param(
        "paper-survival.toml",
        "note",
        "P 0.001 of CR-MRDneg v CR-MRDpos is also that of 'Abstract: EFS at 1 year",
        id="EFS: P of three groups told of two",
    ),
    pytest.param(
        "paper-survival.toml",
        "note",
        "P 0.029 of CR-MRDneg v CR-MRDpos is also that of 'Abstract: OS at 1 year",
        id="OS: P of three groups told of two",
    ),
    pytest.param(
        "paper-table-1.toml",
        "error",
        "to 212 here, to 210 in 'Age, median (range), mons, total', which holds them.",
        id="ages to 212 in a cohort to 210",
    ),
    pytest.param(
        "paper-survival.toml",
        "error",
        "2 events are told, the rates at 'Abstract: OS at 1 year, CR-MRDneg v CR-MRDpos"
        " v R/R' need at least 3",
        id="three deaths needed, two told",
    ),
    pytest.param(
        "paper-table-2.toml",
        "note",
        "to 34.48 here, to 38.30 in 'CD19+ B, %, CR', which is part of them",
        id="B % to 34.48 and to 38.30",
    ),
]


@pytest.mark.parametrize(("name", "severity", "expected"), DISCREPANCIES)
def test_the_discrepancies_of_the_study_are_found(
    name: str, severity: str, expected: str
) -> None:
    findings = check_table(TABLES / name).findings
    messages = [f"{one.place}: {one.message}" for one in findings]
    found = [
        one.severity
        for one, message in zip(findings, messages, strict=True)
        if expected in message
    ]
    assert found == [severity], messages


@pytest.mark.parametrize(
    "name",
    [
        "paper-table-1.csv",
        "paper-table-4.toml",
        "paper-response.csv",
        "paper-bridging.csv",
    ],
)
def test_nothing_is_found_where_the_study_is_right(name: str) -> None:
    assert check_table(TABLES / name).findings == ()


@pytest.mark.parametrize("path", CLEAN, ids=lambda path: path.stem)
def test_nothing_is_found_on_clean_tables(path: Path) -> None:
    found = check_table(path)
    assert found.findings == ()
    assert not found.has_errors
    assert found.n_checked > 0


def test_there_are_ten_clean_tables() -> None:
    assert len(CLEAN) == 10


def test_any_changed_count_of_a_clean_table_is_found(tmp_path: Path) -> None:
    text = (TABLES / "clean" / "03-three-groups.toml").read_text(encoding="utf-8")
    for count in ("30 (75.0)", "61 (51.3)", "14 (35.9)"):
        number = int(count.split()[0])
        changed = text.replace(f'"{count}"', f'"{number + 1}{count[2:]}"')
        assert changed != text
        path = tmp_path / "changed.toml"
        path.write_text(changed, encoding="utf-8")
        assert check_table(path).has_errors, count


def test_a_mean_and_the_p_of_medians_are_counted_as_not_checkable(
    tmp_path: Path,
) -> None:
    path = tmp_path / "table.csv"
    path.write_text(
        "x,A (n=10),B (n=20),P\n"
        '"Age, median (range)",5 (1-9),6 (2-8),0.41\n'
        '"Hb, mean (SD)",9.8 (1.9),10 (2),0.4\n'
        "Fever,4 (40),8 (40),1.0\n",
        encoding="utf-8",
    )
    found = check_table(path)
    assert found.n_checked == 5
    assert len(found.not_checkable) == 7 + 5
    assert found.as_text().endswith("5 numbers checked, 12 not checkable\n")


def test_the_text_tells_errors_before_notes() -> None:
    lines = check_table(TABLES / "paper-table-3.toml").as_text().splitlines()
    kinds = [line.split()[0] for line in lines if line.startswith(("ERROR", "NOTE"))]
    assert kinds == sorted(kinds)
    assert {"ERROR", "NOTE"} == set(kinds)


def test_the_text_says_where_nothing_was_found() -> None:
    text = check_table(TABLES / "paper-response.csv").as_text()
    assert "Nothing found." in text
    assert text.endswith("8 numbers checked, 0 not checkable\n")


def test_a_machine_gets_the_same() -> None:
    found = check_table(TABLES / "paper-table-1.toml")
    content = json.loads(json.dumps(found.as_dict()))
    assert content["has_errors"] is True
    assert content["n_checked"] == found.n_checked
    assert [one["message"] for one in content["findings"]] == [
        one.message for one in found.findings
    ]


@pytest.mark.parametrize("kind", ["csv", "toml"])
def test_the_examples_of_the_guide_give_what_it_prints(
    tmp_path: Path, kind: str
) -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    example, _, rest = guide.partition(f"```{kind}\n")[2].partition("```")
    printed = rest.partition("```text\n")[2].partition("```")[0]
    path = tmp_path / f"example.{kind}"
    path.write_text(example, encoding="utf-8")
    assert check_table(path).as_text() == printed


def test_the_guide_names_every_rule() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    found = {
        one.rule
        for path in TABLES.iterdir()
        if path.is_file()
        for one in check_table(path).findings
    }
    assert found
    assert all(f"`{rule}`" in guide for rule in found)


@st.composite
def clean_tables(
    draw: st.DrawFn,
) -> tuple[TableDocument, list[PlacedRow]]:
    """Draw counts, and print all that follows from them as a paper would."""
    n_groups, n_levels = draw(st.integers(2, 3)), draw(st.integers(2, 4))
    counts = np.array(
        draw(
            st.lists(
                st.lists(st.integers(0, 15), min_size=n_levels, max_size=n_levels),
                min_size=n_groups,
                max_size=n_groups,
            )
        )
    )
    assume((counts.sum(axis=0) > 0).all() and (counts.sum(axis=1) > 0).all())
    digits = draw(st.integers(0, 2))
    rounding = draw(st.sampled_from([ROUND_HALF_UP, ROUND_HALF_EVEN]))
    sizes = counts.sum(axis=1).tolist()

    def cell(count: int, n: int) -> str:
        percent = Decimal(100 * count) / Decimal(n)
        return f"{count} ({percent.quantize(Decimal(1).scaleb(-digits), rounding)})"

    def line(column: list[int]) -> RowEntry:
        pairs = zip(column, sizes, strict=True)
        return RowEntry(
            label="",
            cells=[cell(count, n) for count, n in pairs],
            total=cell(sum(column), sum(sizes)),
        )

    p = chi2_contingency(counts, correction=False).pvalue
    lines = [
        line(counts[:, level].tolist()).model_copy(
            update={"label": f"Grade {level}", "block": "Rash"}
        )
        for level in range(n_levels)
    ]
    lines[0] = lines[0].model_copy(update={"p": f"{p:.3f}"})
    if n_groups == 2:
        first = counts[:, 0]
        exact = fisher_exact(np.column_stack([first, sizes - first])).pvalue
        keys = {"label": "Fever, n (%)", "p": f"{exact:.3f}"}
        lines.append(line(first.tolist()).model_copy(update=keys))
    groups = [GroupEntry(name=f"G{i}", n=n) for i, n in enumerate(sizes)]
    total = TotalEntry(n=sum(sizes))
    rows = [PlacedRow(f"row[{i}]", one) for i, one in enumerate(lines)]
    return TableDocument(group=groups, total=total), rows


@settings(deadline=None, max_examples=60)
@given(drawn=clean_tables())
def test_nothing_is_found_on_tables_made_from_counts(
    drawn: tuple[TableDocument, list[PlacedRow]],
) -> None:
    document, rows = drawn
    found = check_printed_table(build_table("drawn", document, rows))
    assert found.findings == ()
    assert found.not_checkable == ()


@settings(deadline=None, max_examples=60)
@given(drawn=clean_tables(), change=st.integers(1, 5))
def test_a_count_that_was_changed_is_found(
    drawn: tuple[TableDocument, list[PlacedRow]], change: int
) -> None:
    document, rows = drawn
    entry = rows[0].entry
    count, percent = str(entry.cells[0]).split()
    cells = [f"{int(count) + change} {percent}", *entry.cells[1:]]
    rows[0] = PlacedRow("row[0]", entry.model_copy(update={"cells": cells}))
    assert check_printed_table(build_table("drawn", document, rows)).has_errors
