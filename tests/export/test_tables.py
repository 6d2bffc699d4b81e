"""Tables that are the same bytes for the same rows, and read back as written."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, isnan, nan
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cytoflow_blina.cohort.columns import OUTPUT_TABLES, columns_of
from cytoflow_blina.domain.finding import Finding, Verdict
from cytoflow_blina.export.tables import read_table, write_table


def written(path: Path, table: str, rows: list[Mapping[str, object]]) -> list[str]:
    write_table(path, table, rows)
    return path.read_bytes().decode("utf-8").split("\n")


@pytest.mark.parametrize("table", OUTPUT_TABLES)
def test_an_empty_table_has_its_header(table: str, tmp_path: Path) -> None:
    path = tmp_path / f"{table}.csv"

    write_table(path, table, [])

    assert path.read_text(encoding="utf-8") == ",".join(columns_of(table)) + "\n"
    assert list(read_table(path, table).columns) == list(columns_of(table))


def test_missing_is_empty_and_zero_is_zero(tmp_path: Path) -> None:
    row = {
        "sample_id": "S1", "population": "CD19", "n_events": 0, "cells_per_ul": 0.0,
        "percent_lo95": nan, "rel_day": None, "percent_hi95": np.float32("nan"),
        "limit": pd.NA,
    }  # fmt: skip

    header, line, end = written(tmp_path / "counts.csv", "counts", [row])

    cells = dict(zip(header.split(","), line.split(","), strict=True))
    assert cells["n_events"] == "0"
    assert cells["cells_per_ul"] == "0.0"
    assert [cells[name] for name in ("percent_lo95", "rel_day", "percent_hi95")] == [
        "", "", "",
    ]  # fmt: skip
    assert cells["limit"] == ""
    assert end == ""


def test_values_are_written_as_their_column_says(tmp_path: Path) -> None:
    row = {
        "sample_id": "S1", "population": "CD3", "source_tube": ("A", "B"),
        "n_events": 5.0, "n_parent": np.int64(7), "percent_of_parent": np.float32(0.5),
        "cells_per_ul": 757.3012398234, "censored": np.bool_(True), "ratio": -0.0,
        "qc_flags": (), "limit": 1, "cells_1e9_per_l": 1e-7,
    }  # fmt: skip

    header, line, _ = written(tmp_path / "counts.csv", "counts", [row])

    cells = dict(zip(header.split(","), line.split(","), strict=True))
    assert cells["source_tube"] == "A;B"
    assert (cells["n_events"], cells["n_parent"]) == ("5", "7")
    assert cells["percent_of_parent"] == "0.5"
    assert cells["cells_per_ul"] == "757.3012398234"
    assert (cells["censored"], cells["ratio"], cells["limit"]) == ("1", "0.0", "1.0")
    assert cells["qc_flags"] == ""
    assert cells["cells_1e9_per_l"] == "1e-07"


def test_a_dataclass_is_a_row(tmp_path: Path) -> None:
    found = Finding(
        "S1", "A", "tube", "QC_SAT", nan, "%", "no limits", Verdict.NOT_MEASURED, "a, b"
    )

    write_table(tmp_path / "qc.csv", "qc", [found])

    assert (tmp_path / "qc.csv").read_text(encoding="utf-8").splitlines()[1] == (
        'S1,A,tube,QC_SAT,,%,no limits,NOT_MEASURED,"a, b"'
    )


def test_rows_are_sorted_whatever_their_order(tmp_path: Path) -> None:
    rows: list[Mapping[str, object]] = [
        {"contrast": "c", "subject_id": subject, "cycle": cycle, "reason": reason}
        for subject in ("P1", "P10", "P2", "ä")
        for cycle in (1, 2, 10, None)
        for reason in ("x", "y", "x")
    ]
    first = written(tmp_path / "a.csv", "exclusions", rows)

    np.random.default_rng(7).shuffle(rows)
    second = written(tmp_path / "b.csv", "exclusions", rows)

    assert first == second
    cycles = [line.split(",")[2] for line in first[1:13:3]]
    assert cycles == ["", "1", "2", "10"]


def test_a_column_that_the_registry_does_not_know_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="qc has no column 'verdikt'"):
        write_table(tmp_path / "qc.csv", "qc", [{"verdikt": "PASS"}])

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("n_events", 1.5),
        ("n_events", "5"),
        ("censored", 2),
        ("cells_per_ul", "many"),
        ("sample_id", 7),
    ],
)
def test_a_value_of_another_type_is_refused(
    column: str, value: object, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=f"counts.{column} is "):
        write_table(tmp_path / "counts.csv", "counts", [{column: value}])


def test_a_failed_write_leaves_the_old_table(tmp_path: Path) -> None:
    path = tmp_path / "qc.csv"
    write_table(path, "qc", [{"sample_id": "S1", "check": "QC_SAT"}])
    before = path.read_bytes()

    with pytest.raises(ValueError, match="no column"):
        write_table(path, "qc", [{"wrong": 1}])

    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["qc.csv"]


def test_columns_of_the_sheet_are_carried_through_as_text(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    row = {"sample_id": "S1", "population": "NK", "nurse": "007"}

    write_table(path, "counts", [row], carried=("nurse",))

    frame = read_table(path, "counts")
    assert frame.columns[-1] == "nurse"
    assert list(frame["nurse"]) == ["007"]


def test_a_carried_column_cannot_take_the_place_of_one_of_ours(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="counts has a column 'ratio' of its own"):
        write_table(tmp_path / "counts.csv", "counts", [], carried=("ratio",))


def test_ids_that_look_like_numbers_or_nothing_stay_text(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    rows = [{"sample_id": name, "population": "NK"} for name in ("001", "NA", "1e5")]

    write_table(path, "counts", rows)

    assert list(read_table(path, "counts")["sample_id"]) == ["001", "1e5", "NA"]


def test_numbers_read_back_with_missing_ones_missing(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    rows: list[Mapping[str, object]] = [
        {
            "sample_id": "S1",
            "n_events": 3,
            "censored": False,
            "cells_per_ul": 0.1 + 0.2,
        },
        {"sample_id": "S2"},
    ]

    write_table(path, "counts", rows)

    frame = read_table(path, "counts")
    assert list(frame["n_events"].isna()) == [False, True]
    assert frame["n_events"][0] == 3
    assert frame["censored"][0] == False  # noqa: E712 - numpy's or pandas' own False
    assert frame["cells_per_ul"][0] == 0.1 + 0.2
    assert isnan(frame["cells_per_ul"][1])


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=20))
def test_every_float_reads_back_exactly(values: list[float]) -> None:
    @dataclass(frozen=True)
    class Line:
        sample_id: str
        value: float

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "qc.csv"
        write_table(path, "qc", [Line(f"{n:03}", x) for n, x in enumerate(values)])

        assert list(read_table(path, "qc")["value"]) == values


def test_text_with_commas_quotes_and_breaks_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "failures.csv"
    text = 'a "quoted", two-line\ntext; 中文 =1+1'

    write_table(path, "failures", [{"sample_id": "S1", "problem": text}])

    assert list(read_table(path, "failures")["problem"]) == [text]


def test_infinity_is_a_number_and_not_missing(tmp_path: Path) -> None:
    path = tmp_path / "qc.csv"

    write_table(path, "qc", [{"sample_id": "S1", "value": inf}])

    assert list(read_table(path, "qc")["value"]) == [inf]
