import csv
from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from cytoflow_blina.domain.notice import RESEARCH_USE_ONLY
from cytoflow_blina.report.cohort.manuscript import table_csv, write_manuscript
from cytoflow_blina.report.cohort.printed_table import BOLD, PrintedLine, PrintedTable
from cytoflow_blina.report.cohort.sections import (
    AnalysisFigure,
    AnalysisSection,
    NamedTable,
    slug_of,
)
from cytoflow_blina.report.render import render_table

TABLE = PrintedTable(
    "R/R <b>vs</b> CR",
    ("Outcome", "n", "P"),
    (
        PrintedLine(("Counts",)),
        PrintedLine(("CD3, all", "7", "0.016"), 1, (2,)),
        PrintedLine(("CD4", "0", "not defined [a]"), 1),
    ),
    ("Test: Wilcoxon.", "[a] Nobody."),
)


def section(slug: str) -> AnalysisSection:
    figure = Figure(layout="constrained")
    figure.add_subplot().plot((0, 1), (1, 0))
    return AnalysisSection(
        "x",
        "paired",
        (AnalysisFigure("", figure, "A line."),),
        (NamedTable("", TABLE), NamedTable("model", TABLE)),
        slug=slug,
    )


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_figures_and_tables_are_files_named_after_the_analysis(tmp_path: Path) -> None:
    write_manuscript([section("one")], tmp_path, render_table)

    assert list(files(tmp_path)) == [
        "figures/one.pdf",
        "figures/one.png",
        "figures/one.svg",
        "tables/contents.csv",
        "tables/one-model.csv",
        "tables/one-model.html",
        "tables/one.csv",
        "tables/one.html",
    ]


def test_the_same_sections_give_the_same_bytes(tmp_path: Path) -> None:
    write_manuscript([section("one")], tmp_path, render_table)
    first = files(tmp_path)

    write_manuscript([section("one")], tmp_path, render_table)

    assert files(tmp_path) == first


def test_what_an_analysis_left_goes_with_it_and_nothing_else(tmp_path: Path) -> None:
    write_manuscript([section("one"), section("two")], tmp_path, render_table)
    (tmp_path / "figures" / "my own.png").write_bytes(b"edited")
    (tmp_path / "counts.csv").write_text("", encoding="utf-8")
    contents = tmp_path / "tables" / "contents.csv"
    outside = '../counts.csv,x,y\ncounts.csv,x,y\nfigures/..,x,y\n"figures/a\0b",x,y\n'
    contents.write_text(contents.read_text("utf-8") + outside, encoding="utf-8")

    write_manuscript([section("two")], tmp_path, render_table)

    assert "counts.csv" in files(tmp_path)
    assert [name for name in files(tmp_path) if name.startswith("figures/")] == [
        "figures/my own.png",
        "figures/two.pdf",
        "figures/two.png",
        "figures/two.svg",
    ]
    assert "figures/two.pdf,x,paired\n" in contents.read_text("utf-8")
    assert "one" not in contents.read_text("utf-8")


def test_without_analyses_no_folder_is_made(tmp_path: Path) -> None:
    write_manuscript([], tmp_path, render_table)

    assert list(tmp_path.iterdir()) == []


def test_the_csv_is_as_printed_with_its_notes_below() -> None:
    rows = list(csv.reader(table_csv(TABLE).splitlines()))

    assert rows == [
        ["Outcome", "n", "P"],
        ["Counts", "", ""],
        ["  CD3, all", "7", "0.016"],
        ["  CD4", "0", "not defined [a]"],
        [],
        ["Test: Wilcoxon.", "", ""],
        ["[a] Nobody.", "", ""],
    ]


def test_a_table_without_notes_ends_with_its_last_line() -> None:
    printed = table_csv(replace(TABLE, notes=(BOLD,)))

    assert printed.endswith("  CD4,0,not defined [a]\n")


def test_a_table_is_a_document_that_escapes_its_words() -> None:
    html = render_table(TABLE)

    assert "<b>vs</b>" not in html
    assert "R/R &lt;b&gt;vs&lt;/b&gt; CR" in html
    assert "<b>0.016</b>" in html
    assert "Test: Wilcoxon. [a] Nobody." in html
    assert RESEARCH_USE_ONLY in html
    assert "<script" not in html
    assert "http://" not in html
    assert "default-src 'none'" in html


def test_a_table_has_rules_above_below_and_under_its_header() -> None:
    html = render_table(TABLE)

    assert html.count('class="head') == 3
    assert html.count(' last"') == 3


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("EOT vs D0", "eot-vs-d0"),
        ("../../etc", "etc"),
        ("CD3+ %", "cd3"),
        ("对照", "对照"),
        ("", "analysis"),
        ("x" * 300, "x" * 60),
    ],
)
def test_a_slug_is_fit_for_a_file_name(title: str, slug: str) -> None:
    assert slug_of(title) == slug
