"""The sample sheet: what is accepted, and what each fault says."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from cytoflow_blina.cohort.sample_sheet import SampleRow, carried_names, read_samples
from cytoflow_blina.domain.counting import CountMethod
from cytoflow_blina.errors import SampleSheetError

VISITS = ("DX", "D0", "D14", "EOT", "UNS")
PANELS: Mapping[str, tuple[str, ...]] = {
    "facscalibur-multitest": ("A", "B"),
    "facscanto-tbnk": ("",),
}
GOOD = {
    "sample_id": "S1",
    "subject_id": "P1",
    "visit": "D0",
    "panel": "facscanto-tbnk",
    "fcs_file": "fcs/s1.fcs",
    "count_method": "bead",
    "beads_per_tube": "50450",
    "blood_volume_ul": "50",
}


LEADS_OUT = "leads out of the study folder; copy the file into it."
ABSOLUTE = "is an absolute path, expected one relative to the study folder."


def write_sheet(folder: Path, *rows: Mapping[str, str], columns: str = "") -> Path:
    header = (
        columns.split(",")
        if columns
        else list(dict.fromkeys(k for r in rows for k in r))
    )
    lines = [",".join(header)]
    lines += [",".join(row.get(name, "") for name in header) for row in rows]
    path = folder / "samples.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def problems_of(path: Path, **settings: object) -> list[str]:
    with pytest.raises(SampleSheetError) as caught:
        read_samples(path, visits=VISITS, panels=PANELS, **settings)  # type: ignore[arg-type]  # the tests' own shorthand
    return [str(problem) for problem in caught.value.problems]


def test_a_row_needs_no_column_that_it_does_not_use(tmp_path: Path) -> None:
    (row,) = read_samples(write_sheet(tmp_path, GOOD), visits=VISITS, panels=PANELS)

    assert row.sample.sample_id == "S1"
    assert (row.cycle, row.specimen, row.tube, row.rel_day) == (1, "PB", "", None)
    assert row.counting.method is CountMethod.BEAD
    assert row.counting.beads_per_tube == 50_450
    assert row.file_stem == "S1"


def test_every_column_of_the_contract_is_read(tmp_path: Path) -> None:
    full = GOOD | {
        "cycle": "2", "rel_day": "-3", "specimen": "BM", "tube": "",
        "wbc_1e9_per_l": "3.2", "lymph_percent_of_wbc": "30", "bead_lot": "0042",
        "acquired_volume_ul": "100", "dilution_factor": "10.4",
        "collected_at": "2024-05-31T09:30", "prior_cd19_therapy": "1",
        "marrow_pull": "2",
    }  # fmt: skip

    (row,) = read_samples(write_sheet(tmp_path, full))

    assert (row.cycle, row.rel_day, row.specimen) == (2, -3, "BM")
    assert row.bead_lot == "0042"
    assert row.collected_at is not None
    assert row.collected_at.isoformat() == "2024-05-31T09:30:00"
    assert row.prior_cd19_therapy is True
    assert row.marrow_pull == 2
    assert row.counting.lymph_percent_of_wbc == 30


def test_unknown_columns_are_carried_through(tmp_path: Path) -> None:
    rows = read_samples(
        write_sheet(tmp_path, GOOD | {"ward": "3 West", "visit_date": ""})
    )

    assert rows[0].carried == {"ward": "3 West", "visit_date": ""}
    assert carried_names(rows) == ("ward", "visit_date")


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("beads_per_tub", "beads_per_tube"),
        ("Beads per tube", "beads_per_tube"),
        ("blood_volume", "blood_volume_ul"),
        ("reL_day", "rel_day"),
        ("beadlot", "bead_lot"),
    ],
)
def test_a_slip_in_a_column_name_is_no_new_column(
    slip: str, meant: str, tmp_path: Path
) -> None:
    row = {name: cell for name, cell in GOOD.items() if name != meant} | {slip: "50000"}

    problems = problems_of(write_sheet(tmp_path, row))

    assert (
        f"samples.csv: row 1: unknown column {slip!r}. Did you mean {meant!r}?"
    ) in problems


def test_a_column_beside_the_one_it_resembles_is_carried_through(
    tmp_path: Path,
) -> None:
    rows = read_samples(write_sheet(tmp_path, GOOD | {"beads_per_tube2": "1"}))

    assert carried_names(rows) == ("beads_per_tube2",)


def test_a_column_that_results_will_fill_is_refused(tmp_path: Path) -> None:
    problems = problems_of(write_sheet(tmp_path, GOOD | {"population": "CD3"}))

    assert problems == [
        (
            "samples.csv: row 1: column 'population' is one that counts.csv fills with "
            "results; rename it."
        )
    ]


def test_a_missing_column_is_told_once_and_not_for_each_row(tmp_path: Path) -> None:
    row = {name: cell for name, cell in GOOD.items() if name != "visit"}

    problems = problems_of(
        write_sheet(tmp_path, row, row | {"sample_id": "S2", "fcs_file": "b.fcs"})
    )

    assert problems == ["samples.csv: row 1: column 'visit' is missing; add it."]


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("rel_day", "1.5", "found '1.5', expected a whole number."),
        (
            "beads_per_tube",
            '"50450,5"',
            "found '50450,5', expected a number with a decimal point: 50450.5.",
        ),
        ("blood_volume_ul", "50 µL", "found '50 µL', expected a number."),
        ("blood_volume_ul", "nan", "found 'nan', expected a number."),
        ("blood_volume_ul", "0", "found '0', expected more than 0."),
        ("lymph_percent_of_wbc", "130", "found '130', expected at most 100."),
        ("dilution_factor", "0.1", "found '0.1', expected at least 1."),
        ("cycle", "-1", "found '-1', expected at least 0."),
        (
            "specimen",
            "BP",
            "found 'BP', expected one of PB, BM, CSF. Did you mean 'PB'?",
        ),
        (
            "count_method",
            "beads",
            ("found 'beads', expected one of bead, volumetric, dual, none. Did you "
            "mean 'bead'?"),
        ),
        ("prior_cd19_therapy", "perhaps", "found 'perhaps', expected 0 or 1."),
        (
            "collected_at",
            "31.05.2024",
            "found '31.05.2024': expected a date as 2024-05-31 or 2024-05-31T09:30.",
        ),
        ("collected_at", "2024-13-01", "found '2024-13-01': month must be in 1..12."),
        ("subject_id", "", "is empty; fill it."),
        (
            "visit",
            "D15",
            ("unknown visit 'D15'; known are DX, D0, D14, EOT, UNS. Declare others in "
            "study.toml. Did you mean 'D14'?"),
        ),
        (
            "panel",
            "facscanto-tbnq",
            ("unknown panel 'facscanto-tbnq'; the study has facscalibur-multitest, "
            "facscanto-tbnk. Did you mean 'facscanto-tbnk'?"),
        ),
        (
            "beads_per_tube",
            "",
            ("is empty, but count_method is 'bead'; expected the number on the pouch "
            "of the bead lot."),
        ),
        (
            "beads_per_tube",
            "504500",
            ("found 504500, expected 20000 to 100000; copy the number from the pouch "
            "of the bead lot."),
        ),
        ("fcs_file", "../s1.fcs", f"'../s1.fcs' {LEADS_OUT}"),
        ("fcs_file", "fcs/../../s.fcs", f"'fcs/../../s.fcs' {LEADS_OUT}"),
        ("fcs_file", "/data/Smith/s1.fcs", ABSOLUTE),
        ("fcs_file", "C:\\data\\s1.fcs", ABSOLUTE),
    ],
)  # fmt: skip
def test_a_faulty_cell_is_told_with_its_row_and_column(
    column: str, cell: str, message: str, tmp_path: Path
) -> None:
    sheet = write_sheet(tmp_path, GOOD | {column: cell})

    assert problems_of(sheet) == [f"samples.csv: row 2, column {column}: {message}"]


@pytest.mark.parametrize(
    ("sample_id", "message"),
    [
        ("a/b", "found 'a/b': holds '/', which is unfit for a file name."),
        ("a b", "found 'a b': holds ' ', which is unfit for a file name."),
        ("..", "found '..': begins or ends with a sign that is unfit for a file name."),
        ("CON", "found 'CON': is a name that Windows keeps for itself."),
        ("a\u202eb", "found 'a\\u202eb': holds a character that cannot be seen."),
        ("x" * 81, f"found '{'x' * 81}': is longer than 80 characters."),
    ],
)
def test_an_id_unfit_for_a_file_name_is_refused(
    sample_id: str, message: str, tmp_path: Path
) -> None:
    problems = problems_of(write_sheet(tmp_path, GOOD | {"sample_id": sample_id}))

    assert problems == [f"samples.csv: row 2, column sample_id: {message}"]


@pytest.mark.parametrize("sample_id", ["001", "NA", "患者7", "P_1-b", "=1+1", "Übung"])
def test_ids_of_any_script_are_kept_as_text(sample_id: str, tmp_path: Path) -> None:
    (row,) = read_samples(write_sheet(tmp_path, GOOD | {"sample_id": sample_id}))

    assert row.sample_id == sample_id


def test_a_tube_that_stands_twice_is_told_with_both_rows(tmp_path: Path) -> None:
    again = GOOD | {"fcs_file": "fcs/other.fcs"}

    assert problems_of(write_sheet(tmp_path, GOOD, again)) == [
        (
            "samples.csv: row 3, column sample_id: sample 'S1' stands already in row "
            "2. Delete one row, or name the tubes apart in column tube."
        )
    ]


def test_a_file_that_stands_twice_is_a_slip(tmp_path: Path) -> None:
    again = GOOD | {"sample_id": "S2", "fcs_file": "fcs/./s1.fcs"}

    assert problems_of(write_sheet(tmp_path, GOOD, again)) == [
        (
            "samples.csv: row 3, column fcs_file: 'fcs/./s1.fcs' is already the file "
            "of row 2."
        )
    ]


def test_ids_that_differ_by_case_alone_would_share_their_files(tmp_path: Path) -> None:
    again = GOOD | {"sample_id": "s1", "fcs_file": "fcs/other.fcs"}

    (problem,) = problems_of(write_sheet(tmp_path, GOOD, again))

    assert "the files of sample 's1' would bear the same name as those of row 2" in (
        problem
    )


def tube(tube_id: str, **changed: str) -> dict[str, str]:
    return (
        GOOD
        | {
            "tube": tube_id,
            "panel": "facscalibur-multitest",
            "fcs_file": f"fcs/s1{tube_id}.fcs",
        }
        | changed
    )


def test_two_tubes_share_a_sample(tmp_path: Path) -> None:
    rows = read_samples(
        write_sheet(tmp_path, tube("B"), tube("A")), visits=VISITS, panels=PANELS
    )

    assert [row.file_stem for row in rows] == ["S1.A", "S1.B"]
    assert rows[0].sample == rows[1].sample


def test_tubes_of_a_sample_that_contradict_each_other_are_told(tmp_path: Path) -> None:
    problems = problems_of(
        write_sheet(tmp_path, tube("A"), tube("B", visit="EOT", subject_id="P2"))
    )

    assert problems == [
        (
            "samples.csv: row 3, column subject_id: found 'P2', but row 2 of the same "
            "sample 'S1' has 'P1'."
        ),
        (
            "samples.csv: row 3, column visit: found 'EOT', but row 2 of the same "
            "sample 'S1' has 'D0'."
        ),
    ]


def test_a_tube_that_the_panel_does_not_have_is_refused(tmp_path: Path) -> None:
    assert problems_of(write_sheet(tmp_path, tube("A"), tube("C"))) == [
        (
            "samples.csv: row 3, column tube: found 'C', expected one of A, B, the "
            "tubes of panel 'facscalibur-multitest'."
        )
    ]
    assert (
        "found nothing, expected one of A, B"
        in problems_of(write_sheet(tmp_path, tube("")))[0]
    )


@pytest.mark.parametrize(
    ("method", "columns"),
    [
        ("bead", ["beads_per_tube", "blood_volume_ul"]),
        ("volumetric", ["dilution_factor"]),
        ("dual", ["wbc_1e9_per_l", "lymph_percent_of_wbc"]),
        ("none", []),
    ],
)
def test_each_count_method_asks_for_its_numbers(
    method: str, columns: list[str], tmp_path: Path
) -> None:
    row = GOOD | {"count_method": method, "beads_per_tube": "", "blood_volume_ul": ""}
    sheet = write_sheet(tmp_path, row)

    if not columns:
        assert len(read_samples(sheet)) == 1
        return
    assert [
        problem.split(", column ")[1].split(":")[0] for problem in problems_of(sheet)
    ] == columns


def test_files_are_looked_for_in_the_study_folder(tmp_path: Path) -> None:
    (tmp_path / "fcs").mkdir()
    (tmp_path / "fcs" / "s1.fcs").touch()

    assert read_samples(write_sheet(tmp_path, GOOD), study_folder=tmp_path)

    assert problems_of(
        write_sheet(tmp_path, GOOD | {"fcs_file": "fcs/S1.FCS.fcs"}),
        study_folder=tmp_path,
    ) == [
        (
            "samples.csv: row 2, column fcs_file: there is no file 'fcs/S1.FCS.fcs' in "
            "the study folder. Did you mean 's1.fcs'?"
        )
    ]
    assert problems_of(
        write_sheet(tmp_path, GOOD | {"fcs_file": "fcs\\s1.fcs"}), study_folder=tmp_path
    ) == [
        (
            "samples.csv: row 2, column fcs_file: there is no file 'fcs\\\\s1.fcs' in "
            "the study folder. Write '/' between folders."
        )
    ]


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    problems = problems_of(
        write_sheet(
            tmp_path,
            GOOD | {"visit": "D15", "blood_volume_ul": ""},
            GOOD | {"sample_id": "S2", "fcs_file": "b.fcs", "specimen": "blood"},
            GOOD | {"sample_id": "S3", "fcs_file": "c.fcs", "beads_per_tube": "1"},
        )
    )

    assert len(problems) == 4


def test_the_order_of_the_sheet_does_not_show(tmp_path: Path) -> None:
    first, second = GOOD, GOOD | {"sample_id": "S0", "fcs_file": "a.fcs"}

    def ids(*rows: Mapping[str, str]) -> list[str]:
        return [row.sample_id for row in read_samples(write_sheet(tmp_path, *rows))]

    assert ids(first, second) == ids(second, first) == ["S0", "S1"]


# ---- what spreadsheets do to a file

HEADER = ",".join(GOOD)
LINE = ",".join(GOOD.values())


def read_bytes(folder: Path, data: bytes) -> tuple[SampleRow, ...]:
    path = folder / "samples.csv"
    path.write_bytes(data)
    return read_samples(path, visits=VISITS, panels=PANELS)


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + f"{HEADER}\n{LINE}\n".encode(),
        f"{HEADER}\r\n{LINE}\r\n".encode(),
        f"{HEADER}\n{LINE}".encode(),
        f"{HEADER},,\n{LINE},,\n,,,,,,,,,\n\n".encode(),
        f" {HEADER.replace(',', ' , ')}\n{LINE.replace(',', ' , ')}\n".encode(),
        f"{HEADER},rel_day\n{LINE}\n".encode(),
    ],
    ids=["mark", "crlf", "no end", "empty right and below", "blanks", "short row"],
)
def test_harmless_habits_of_spreadsheets_are_accepted(
    data: bytes, tmp_path: Path
) -> None:
    (row,) = read_bytes(tmp_path, data)

    assert row.sample_id == "S1"
    assert row.blood_volume_ul == 50


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "samples.csv: is empty; it needs a header and rows."),
        (
            f"{HEADER}\n".encode(),
            "samples.csv: has a header and no rows; add one for each tube.",
        ),
        (
            f"{HEADER}\n{LINE}\n".replace(",", ";").encode(),
            (
                "samples.csv: its columns are separated by semicolons, expected "
                "commas. Save it as CSV with commas, and numbers with a decimal point."
            ),
        ),
        (
            f"{HEADER}\n{LINE}\n".replace(",", "\t").encode(),
            (
                "samples.csv: its columns are separated by tabs, expected commas. "
                "Save it as CSV with commas, and numbers with a decimal point."
            ),
        ),
        (
            b"PK\x03\x04rest",
            "samples.csv: is an Excel workbook, expected CSV. Save it as 'CSV UTF-8'.",
        ),
        (
            f"{HEADER}\n{LINE}\n".encode("utf-16"),
            "samples.csv: is UTF-16 text, expected CSV. Save it as 'CSV UTF-8'.",
        ),
        (
            f"{HEADER}\n{LINE}\n".replace("P1", "Müller").encode("latin-1"),
            "samples.csv: is not UTF-8 (byte 0xfc in line 2). Save it as 'CSV UTF-8'.",
        ),
        (
            f"{HEADER}\n{LINE},1,5\n".encode(),
            (
                "samples.csv: row 2: has 10 cells, the header has 8. Put quotes around "
                "a cell that holds a comma; write numbers with a decimal point."
            ),
        ),
        (
            f"{HEADER},visit\n{LINE},D0\n".encode(),
            "samples.csv: row 1: column 'visit' stands there more than once; keep one.",
        ),
        (
            f"{HEADER},,ward\n{LINE},x,y\n".encode(),
            "samples.csv: row 1: a column has no name; name it or delete it.",
        ),
        (b",,\n1,2,3\n", "samples.csv: row 1: holds no column names."),
        (
            f'{HEADER}\n{LINE}\n"open'.encode(),
            "samples.csv: is not valid CSV near line 3: unexpected end of data.",
        ),
    ],
)
def test_a_file_that_would_be_misread_is_refused(
    data: bytes, message: str, tmp_path: Path
) -> None:
    with pytest.raises(SampleSheetError) as caught:
        read_bytes(tmp_path, data)

    assert str(caught.value) == message


def test_an_absent_sheet_is_said_to_be_absent(tmp_path: Path) -> None:
    with pytest.raises(SampleSheetError, match=r"samples.csv: there is no such file"):
        read_samples(tmp_path / "samples.csv")


def test_row_numbers_are_those_of_the_spreadsheet(tmp_path: Path) -> None:
    data = f"{HEADER}\n\n{LINE}\n,,,,\n{LINE.replace('bead', 'beads')}\n".encode()

    with pytest.raises(SampleSheetError) as caught:
        read_bytes(tmp_path, data)

    assert str(caught.value).startswith("samples.csv: row 5, column count_method:")
