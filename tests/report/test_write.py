import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import lxml.html
import pytest
from lxml.html import HtmlElement
from tests.report.conftest import finding, sample_counts

from cytoflow_blina.domain.notice import RESEARCH_USE_ONLY
from cytoflow_blina.report.write import write_report

SCRIPT = "<script>alert(1)</script>"
VOID = {
    *(
        "area",
        "br",
        "hr",
        "image",
        "img",
        "input",
        "line",
        "link",
        "meta",
        "path",
        "wbr",
    )
}


class Checker(HTMLParser):
    """Follow the tags of a page; remember what is not closed, and its resources."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.errors: list[str] = []
        self.resources: list[str] = []
        self.scripts = 0
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        if tag not in VOID:
            self.open.append(tag)
        self.look(tag, attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open and close an element."""
        self.look(tag, attrs)

    def look(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember what an element loads, and what it is called."""
        self.scripts += tag == "script"
        for name, value in attrs:
            if name in {"src", "href", "xlink:href", "srcset", "action", "data"}:
                self.resources.append(value or "")
            if name == "id":
                self.ids.append(value or "")
            if name.startswith("on"):
                self.errors.append(f"{tag} {name}")

    def handle_endtag(self, tag: str) -> None:
        """Close an element."""
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.errors.append(f"</{tag}>")


def pages(folder: Path) -> list[Path]:
    return [folder / "report.html", *sorted((folder / "samples").glob("*.html"))]


def checked(page: Path) -> Checker:
    checker = Checker()
    checker.feed(page.read_text(encoding="utf-8"))
    checker.close()
    return checker


def parsed(page: Path) -> HtmlElement:
    return lxml.html.fromstring(page.read_text(encoding="utf-8"))


def words(element: HtmlElement) -> str:
    return re.sub(r"\s+", " ", element.text_content())


def table_of(page: HtmlElement, section: str) -> list[list[str]]:
    rows = page.xpath(f"//section[@id='{section}']//table/tbody/tr")
    return [[words(cell).strip() for cell in row] for row in rows]


def test_a_run_has_a_page_and_a_page_for_each_sample(run_folder: Path) -> None:
    report = write_report(run_folder)

    assert report == run_folder / "report.html"
    assert [page.name for page in pages(run_folder)] == [
        "report.html",
        "S-broken.html",
        "S-good.html",
        "S-look.html",
        "S-reject.html",
    ]


def test_every_page_says_that_it_is_for_research_use_only(run_folder: Path) -> None:
    write_report(run_folder)

    assert RESEARCH_USE_ONLY == (
        "For research use only. Not for use in diagnostic procedures."
    )
    for page in pages(run_folder):
        assert RESEARCH_USE_ONLY in words(parsed(page).xpath("//body")[0])


def test_every_page_is_whole_and_fetches_nothing(run_folder: Path) -> None:
    write_report(run_folder)

    for page in pages(run_folder):
        checker = checked(page)
        assert checker.errors == []
        assert checker.open == []
        assert len(checker.ids) == len(set(checker.ids))
        places = [urlsplit(resource) for resource in checker.resources]
        assert {place.scheme for place in places} <= {"", "data"}
        assert {place.netloc for place in places} == {""}
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"url\(\s*['\"]?(?!#)", text)
        assert "@import" not in text
        (policy,) = parsed(page).xpath("//meta[@http-equiv]/@content")
        assert policy.startswith("default-src 'none'; img-src data:;")


def test_every_link_leads_to_a_page_that_is_there(run_folder: Path) -> None:
    write_report(run_folder)

    for page in pages(run_folder):
        for link in parsed(page).xpath("//a/@href"):
            file, _, anchor = link.partition("#")
            target = (page.parent / file).resolve() if file else page
            assert target.is_file()
            assert not anchor or parsed(target).xpath(f"//*[@id='{anchor}']")


def test_samples_stand_worst_first_with_reasons_and_counts(run_folder: Path) -> None:
    write_report(run_folder)

    rows = table_of(parsed(run_folder / "report.html"), "samples")

    assert [row[1] for row in rows] == [
        "S-broken",
        "S-rejectP01",
        "S-lookP01",
        "S-goodP01",
    ]
    assert "ends before its events do" in rows[0][3]
    assert "CD3 + CD19 + NK add up to 93.2 % (fail)." in rows[1][3]
    assert rows[3][5:] == [
        "1,000950–1,050",
        "800760–840",
        "300285–315",
        "450428–472",
        "190180–200",
        "< 0.380 events",
        "0.6670.640–0.690",
    ]


def test_the_run_page_says_how_many_can_be_released(run_folder: Path) -> None:
    page = parsed(write_report(run_folder))

    (glance,) = page.xpath("//p[@class='glance']")
    assert words(glance) == (
        "1 of 4 samples can be released at a glance; 3 need a person."
    )
    raised = [words(one) for one in page.xpath("//button[@data-code]")]
    assert raised == ["QC_LYMPHOSUM 2"]


def test_reasons_beyond_the_second_are_folded(make_run: Callable[..., Path]) -> None:
    counts = sample_counts("S1", status="WARN")
    qc = [finding("S1", "WARN", check=f"QC_{n}", message=f"{n}.") for n in range(4)]
    folder = make_run(counts=counts, qc=qc)

    page = parsed(write_report(folder))

    (why,) = page.xpath("//td[@class='why']")
    assert [words(one) for one in why.xpath("./p")] == [
        "Warn: 0. QC_0",
        "Warn: 1. QC_1",
    ]
    assert words(why.xpath("./details/summary")[0]) == "2 more"
    assert "Warn: 3. QC_3" in words(why.xpath("./details")[0])


def test_a_row_that_is_not_released_with_the_others_is_marked(
    make_run: Callable[..., Path],
) -> None:
    held = {"release_class": "look", "confidence": 0.12}
    counts = [
        *sample_counts("S1", confidence=0.91),
        {**sample_counts("S1")[1], "population": "NKTLIKE", **held},
    ]
    folder = make_run(counts=counts)

    report = parsed(write_report(folder))
    page = parsed(folder / "samples" / "S1.html")

    row = table_of(report, "samples")[0]
    assert row[0].startswith("Release")
    assert row[3:5] == [
        "Without NKTLIKE, whose gates are not sure enough.",
        "CD190.91 sure",
    ]
    (marked,) = page.xpath("//tr[@class='held']")
    assert "NKTLIKE" in words(marked)
    assert "0.12 looknot released" in words(marked)
    assert table_of(page, "counts")[0][6] == "0.91 sure"
    reasons = words(page.xpath("//header")[0])
    assert "Release: no check failed or warned" in reasons
    assert "this count is not released with the others" in reasons


def test_a_flag_that_stops_nothing_is_noted_in_words_and_in_its_rows(
    make_run: Callable[..., Path],
) -> None:
    few, said = "FLAG_B_BELOW_COUNT_LIMIT", "QC_MONO"
    rows = sample_counts("S1", status="WARN", qc_flags=said)
    counts = [
        {**row, "qc_flags": f"{few};{said}"} if row["population"] == "CD19" else row
        for row in rows
    ]
    folder = make_run(counts=counts, qc=[finding("S1", "WARN", check=said)])

    report = parsed(write_report(folder))
    page = parsed(folder / "samples" / "S1.html")

    raised = [words(one) for one in report.xpath("//button[@data-code]")]
    assert raised == [f"{said} 1", f"{few} 1"]
    assert "Dashed ones stop nothing." in words(report)
    assert "Noted: There are too few B cells for a precise count." in words(page)
    names = [row[0] for row in table_of(page, "counts")]
    assert names[4:6] == ["NK", f"CD19{few}"]


def test_findings_to_act_on_stand_open_and_the_others_folded(
    run_folder: Path,
) -> None:
    write_report(run_folder)

    page = parsed(run_folder / "samples" / "S-reject.html")
    good = parsed(run_folder / "samples" / "S-good.html")

    (findings,) = page.xpath("//section[@id='findings']")
    (shown,) = findings.xpath("./div//tbody/tr")
    assert words(shown).strip().startswith("Fail QC_LYMPHOSUM")
    (folded,) = findings.xpath("./details")
    assert words(folded.xpath("./summary")[0]) == "1 not measured, with the reason"
    assert "QC_TIME" in words(folded)
    (findings,) = good.xpath("//section[@id='findings']")
    assert "No check failed or warned." in words(findings)
    assert words(findings.xpath("./details/summary")[0]) == "1 passed"


def test_a_borrowed_gate_says_so_in_words(make_run: Callable[..., Path]) -> None:
    gate = {"sample_id": "S1", "tube": "B", "gate_source": "fitted", "confidence": 0.6}
    folder = make_run(
        counts=sample_counts("S1"),
        populations=[
            {**gate, "path": "lymph"},
            {**gate, "path": "lymph/t", "gate_source": "borrowed"},
        ],
    )

    write_report(folder)

    page = parsed(folder / "samples" / "S1.html")
    text = words(page)
    assert "Borrowed from another tube of the same settings" in text
    assert "first of this sample: t." in text
    _, row = page.xpath("//table[@class='tree']/tbody/tr")
    assert [words(cell) for cell in row][-3:] == [
        "borrowed from another tube of the same settings",
        "0.60",
        "fair",
    ]


def test_without_charts_the_report_says_why(run_folder: Path) -> None:
    page = parsed(write_report(run_folder))

    quality = words(page.xpath("//section[@id='quality']")[0])
    assert "No chart: no file says when it was acquired" in quality
    assert "8 earlier ones before it has limits" in quality


def test_zero_events_are_never_printed_as_zero_cells(run_folder: Path) -> None:
    write_report(run_folder)

    for page in pages(run_folder):
        assert "0.00<" not in page.read_text(encoding="utf-8")
    rows = table_of(parsed(run_folder / "samples" / "S-good.html"), "counts")
    (cd19,) = [row for row in rows if row[0] == "CD19"]
    assert cd19[4:6] == ["< 0.380 events", "< 0.00038"]


def test_a_sample_page_shows_counts_formula_checks_and_gates(run_folder: Path) -> None:
    write_report(run_folder)

    page = parsed(run_folder / "samples" / "S-good.html")

    text = words(page)
    assert "8,000 ÷ 10,000 × 50,000 ÷ 50 µL" in text
    assert text.count("events ÷ bead events × beads per tube ÷ blood volume") == 1
    assert "fcs/good.fcs" in text
    assert "sha256 " + "cd" * 32 in text
    assert "TEXT and HEADER disagree" in text
    assert [row[1] for row in table_of(page, "findings")] == ["QC_LYMPHOSUM"]
    assert (
        len(page.xpath("//figure//*[local-name()='svg' and @class='gate-plot']")) == 2
    )
    captions = [words(caption) for caption in page.xpath("//figcaption")]
    assert "fitted, confidence 0.93 (sure)" in captions[0]
    assert "template" in captions[1]
    assert "no events in parent" in text


def test_the_report_shows_comparison_exclusion_failure_methods_and_provenance(
    run_folder: Path,
) -> None:
    write_report(run_folder)

    page = parsed(run_folder / "report.html")

    assert table_of(page, "comparisons")[:2] == [
        ["Counts"],
        [
            "CD3",
            "cells/µL",
            "6",
            "0",
            "1",
            "960 (30.0–3,790)",
            "1,130 (260–7,740)",
            "170 (21.3–340)",
            "0.031",
            "0.188",
        ],
    ]
    assert table_of(page, "exclusions") == [
        ["EOT vs D0", "P07", "1", "no sample at EOT", "CD3, CD19"]
    ]
    assert table_of(page, "failures")[0][-1] == "broken.fcs: ends before its events do."
    assert "Wilcoxon" in words(page.xpath("//section[@id='methods']")[0])
    assert ["template", "facscanto-tbnk", "1.0.0"] in table_of(page, "provenance")
    assert "Blinatumomab, paired samples" in words(page.xpath("//h1")[0])


@pytest.mark.parametrize(
    ("p_values", "bold"),
    [
        ({"p_value": 0.01, "p_adjusted": 0.03}, ["0.030"]),
        ({"p_value": 0.01, "p_adjusted": 0.06}, []),
        ({"p_value": 0.01}, ["0.010"]),
        ({}, []),
    ],
)
def test_the_p_that_decides_stands_out(
    make_run: Callable[..., Path], p_values: dict[str, float], bold: list[str]
) -> None:
    row = {"contrast": "EOT vs D0", "outcome": "CD3", **p_values}
    folder = make_run(comparisons=[row])

    write_report(folder)

    page = parsed(folder / "report.html")
    strong = page.xpath("//section[@id='comparisons']//strong")
    assert [words(one) for one in strong] == bold


def test_the_same_folder_gives_the_same_bytes(run_folder: Path) -> None:
    write_report(run_folder)
    files = sorted(path for path in run_folder.rglob("*") if path.is_file())
    first = [file.read_bytes() for file in files]

    write_report(run_folder)

    assert [file.read_bytes() for file in files] == first
    assert {file.suffix for file in files} >= {".pdf", ".png", ".svg", ".html", ".csv"}


def test_no_page_carries_a_path_of_the_machine(run_folder: Path) -> None:
    write_report(run_folder)

    for page in pages(run_folder):
        assert str(run_folder) not in page.read_text(encoding="utf-8")
        assert str(Path.home()) + "/" not in page.read_text(encoding="utf-8")


def test_tables_with_headers_alone_give_a_report_that_says_so(
    make_run: Callable[..., Path],
) -> None:
    text = words(parsed(write_report(make_run())))

    for sentence in (
        "0 samples",
        "No sample was processed.",
        "No check was made.",
        "Nothing was compared",
        "Nothing was left out.",
        "Every tube was processed.",
        "The run left no provenance.",
    ):
        assert sentence in text


def test_an_empty_folder_gives_a_report(tmp_path: Path) -> None:
    assert write_report(tmp_path).is_file()


def test_one_sample_without_visit_or_comparison_is_reported(
    make_run: Callable[..., Path],
) -> None:
    folder = make_run(counts=[{"sample_id": "S1", "population": "CD3"}])

    text = words(parsed(write_report(folder)))

    assert "1 sample," in text
    assert "Subject –" in words(parsed(folder / "samples" / "S1.html"))


@pytest.mark.parametrize("name", [SCRIPT, "n" * 300, "../../etc/passwd", "'\"&<b>"])
def test_names_from_outside_do_no_harm(
    make_run: Callable[..., Path], tmp_path: Path, name: str
) -> None:
    """A name of anything appears as text, whole, and in no file name."""
    row = {"sample_id": name, "tube": name}
    folder = make_run(
        counts=[
            {
                "sample_id": name,
                "subject_id": name,
                "visit": name,
                "population": name,
                "definition": name,
                "qc_flags": name,
                "release_class": "look",
                "release_reasons": name,
                "confidence": 0.1,
                "review_status": name,
            }
        ],
        populations=[{**row, "path": name, "gate_source": name}],
        qc=[{**row, "check": name, "verdict": "FAIL", "message": name, "limits": name}],
        comparisons=[{"contrast": name, "outcome": "CD3", "unit": name, "test": name}],
        pairs=[
            {
                "contrast": name,
                "outcome": "CD3",
                "visit_a": name,
                "visit_b": name,
                "value_a": 1,
                "value_b": 2,
            }
        ],
        exclusions=[{"contrast": name, "subject_id": name, "reason": name}],
        failures=[{**row, "fcs_file": name, "stage": name, "problem": name}],
    )
    (folder / "provenance.json").write_text(json.dumps({name: {name: name}}), "utf-8")

    write_report(folder)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["made"]
    assert len(pages(folder)) == 2
    for page in pages(folder):
        checker = checked(page)
        assert (checker.errors, checker.open, checker.scripts) == ([], [], 1)
        assert name in parsed(page).text_content()


def test_a_message_of_several_lines_keeps_them(make_run: Callable[..., Path]) -> None:
    folder = make_run(failures=[{"sample_id": "S1", "problem": "first\nsecond"}])

    page = parsed(write_report(folder))

    assert "first\nsecond" in page.xpath("//section[@id='failures']")[0].text_content()
