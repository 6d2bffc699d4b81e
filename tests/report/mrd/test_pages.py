"""What stands on the pages of marrow samples of every kind."""

import re
from pathlib import Path

import lxml.html
import pytest
from lxml.html import HtmlElement
from tests.mrd.tubes import tube
from tests.report.conftest import sample_counts, write_run
from tests.report.mrd.marrow_run import (
    every_case,
    follow_up_rows,
    judged,
    leukaemia,
    with_leukaemia,
    write_marrow_run,
)
from tests.report.test_write import SCRIPT, checked, pages

from cytoflow_blina.report.write import write_report

CLASS = "contains(concat(' ', @class, ' '), ' {} ')"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("marrow")
    write_marrow_run(folder, list(every_case().values()))
    write_report(folder)
    return folder


def sample(folder: Path, sample_id: str) -> HtmlElement:
    text = (folder / "samples" / f"{sample_id}.html").read_text(encoding="utf-8")
    return lxml.html.document_fromstring(text)


def select(element: HtmlElement, path: str) -> list[HtmlElement]:
    found = element.xpath(path)
    assert isinstance(found, list)
    return found


def words(element: HtmlElement) -> str:
    return re.sub(r"\s+", " ", str(element.text_content()))


def verdict(folder: Path, sample_id: str) -> HtmlElement:
    (found,) = select(sample(folder, sample_id), "//*[@id='mrd']")
    return found


def test_every_page_is_whole_offline_and_has_each_id_once(run: Path) -> None:
    for page in pages(run):
        found = checked(page)

        assert not found.errors
        assert not found.open
        assert len(found.ids) == len(set(found.ids))
        assert not [one for one in found.resources if one.startswith("http")]


@pytest.mark.parametrize(
    ("sample_id", "kind", "said"),
    [
        ("POSITIVE", "bad", "MRD failure MRD detected: 0.01 % or more"),
        ("WORKED-31", "look", "MRD intermediate MRD detected, too few events"),
        ("NEGATIVE", "good", "MRD CR MRD not detected"),
        ("FEW-EVENTS", "good", "suspicious events, fewer than the limit of detection"),
        ("INADEQUATE", "look", "Inadequate, not negative"),
        ("APLASIA", "good", "MRD not detected"),
        ("NO-REFERENCE", "none", "Not evaluable"),
        ("LIMITED", "look", "MRD not detected, with limitations"),
        ("TWO-TUBES", "bad", "MRD detected"),
        ("ONE-FAILED", "good", "MRD not detected"),
        ("FAILED", "none", "Not evaluable: the file is truncated"),
        ("NO-MARKER", "none", "no marker tells B lineage"),
    ],
)
def test_the_verdict_comes_first_in_words_and_colour(
    run: Path, sample_id: str, kind: str, said: str
) -> None:
    page = sample(run, sample_id)

    first = select(page, "//main/section")[0]
    assert first.get("id") == "mrd"
    assert kind in first.get("class").split()
    assert said in words(first)
    assert "UNREVIEWED" in words(first)


def test_no_page_but_that_of_a_complete_response_is_green(run: Path) -> None:
    for sample_id, case in every_case().items():
        greens = select(verdict(run, sample_id), f".//*[{CLASS.format('good')}]")
        is_green = "good" in verdict(run, sample_id).get("class").split()

        assert is_green == (case.chosen.mrd_class == "CR")
        assert bool(greens) == is_green


def test_the_sentence_of_the_worked_example_stands_with_its_facts(run: Path) -> None:
    said = words(verdict(run, "WORKED-31"))

    assert "31 events of 412,000 nucleated cells: 0.0075 % (0.0051-0.0107)." in said
    assert "0.0049 %, 20 events" in said
    assert "0.0121 %, 50 events" in said
    assert "negative: below 0.01 %" in said
    assert "Acquire more cells" in said


def test_limitations_and_flags_say_what_to_do(run: Path) -> None:
    said = words(verdict(run, "LIMITED"))

    assert (
        "61 % of the cells are viable, below 75 %. Repeat with a fresh sample." in said
    )
    assert "B cells sought by CD19 alone, after anti-CD19 therapy. Repeat with" in said
    assert "Not measured: CD58." in said


@pytest.mark.parametrize("sample_id", ["NO-REFERENCE", "FAILED", "NO-MARKER"])
def test_what_is_not_evaluable_shows_no_percentage_of_mrd(
    run: Path, sample_id: str
) -> None:
    page = sample(run, sample_id)

    assert not select(page, "//svg[@class='mrd-scale']")
    assert "MRD events" not in words(verdict(run, sample_id))
    assert "neither positive nor negative" in words(verdict(run, sample_id))
    for line in select(page, "//*[@aria-label='Denominators']//tbody/tr"):
        assert words(select(line, "./td")[1]) == "–"


def test_candidates_are_listed_and_drawn_in_every_pair(run: Path) -> None:
    page = sample(run, "POSITIVE")

    lines = select(page, "//table[@class='candidates']/tbody/tr")
    assert [words(select(one, "./th")[0]).strip() for one in lines] == ["1", "2"]
    assert "shifted, 6.2 SD away" in words(lines[0])
    drawn = select(page, "//*[@class='marrow-plots']/svg")
    plots = [one.get("aria-label") for one in drawn]
    assert len(plots) == 7
    assert all("candidate 2 of 40 events" in one for one in plots)
    assert "Candidate 2: 40 of its 40 events drawn." in words(page)
    assert "Dashed: the phenotype at diagnosis" in words(page)


def test_a_marrow_without_b_cells_reads_sensibly(run: Path) -> None:
    said = words(sample(run, "APLASIA"))

    assert "holds no cells of B lineage" in said
    assert "no cells of B lineage" in said
    assert "all 0 cells" not in said


def test_tubes_are_shown_beside_each_other_and_not_added(run: Path) -> None:
    page = sample(run, "TWO-TUBES")

    rows = [words(one) for one in select(page, "//*[@aria-label='Tubes']//tbody/tr")]
    assert len(rows) == 2
    assert "the verdict's" in rows[1]
    assert "not detected" in rows[0]
    assert "never added" in words(page)


def test_cells_and_denominators_have_their_n(run: Path) -> None:
    page = sample(run, "NEGATIVE")

    cells = [
        [words(cell) for cell in row]
        for row in select(page, "//*[@aria-label='Kinds of cell']//tbody/tr")
    ]
    assert ["Hematogones, stage 2", "4,000", "0.800 %", "0.775–0.825"] in cells
    nucleated, mononuclear = (
        words(row) for row in select(page, "//*[@aria-label='Denominators']//tbody/tr")
    )
    assert "nucleated cells (NUC)the verdict's" in nucleated
    assert "250,000" in mononuclear


def test_the_page_of_the_run_lists_the_worst_first(run: Path) -> None:
    text = (run / "report.html").read_text(encoding="utf-8")
    page = lxml.html.document_fromstring(text)

    rows = select(page, "//*[@id='mrd']//tbody/tr")
    badges = [select(row, f".//*[{CLASS.format('badge')}]")[0] for row in rows]
    ranks = [words(badge).strip() for badge in badges]
    assert len(rows) == len(every_case())
    assert ranks == sorted(
        ranks,
        key=["MRD failure", "Not evaluable", "MRD intermediate", "MRD CR"].index,
    )
    links = [select(row, ".//a")[0].get("href") for row in rows]
    assert all((run / link.partition("#")[0]).is_file() for link in links)
    assert select(page, "//nav/a[@href='#mrd']")


def test_a_marrow_without_counts_is_to_be_looked_at_and_says_why(run: Path) -> None:
    page = sample(run, "NEGATIVE")

    assert "Look: MRD not detected. Proposed; a person must sign it." in words(page)
    assert not select(page, "//*[@id='counts']")


def test_no_marrow_is_released_at_a_glance_whatever_its_counts(
    tmp_path: Path,
) -> None:
    write_run(tmp_path, counts=sample_counts("S1", specimen="BM"))
    write_marrow_run(tmp_path, [judged("S1", {"": tube(500_000)})])

    report = write_report(tmp_path)

    assert "Release:" not in words(sample(tmp_path, "S1"))
    assert "0 of 1 sample can be released" in words(
        lxml.html.document_fromstring(report.read_text(encoding="utf-8"))
    )


def test_a_run_without_marrow_has_no_word_of_it(tmp_path: Path) -> None:
    write_marrow_run(tmp_path, [])

    text = write_report(tmp_path).read_text(encoding="utf-8")

    assert 'id="mrd"' not in text
    assert 'href="#mrd"' not in text


def test_the_course_of_a_subject_is_drawn_and_linked(tmp_path: Path) -> None:
    diagnosis = tube(300_000, mrd_events=240_000, candidates=leukaemia(2_400))
    course = [
        judged("DX", {"": diagnosis}, visit="DX", rel_day=-30),
        judged("D14", {"": "the file is truncated"}, visit="D14", rel_day=14),
        judged("EOT", {"": tube(500_000)}, rel_day=28),
    ]
    write_marrow_run(tmp_path, course, follow_up=follow_up_rows(course))
    write_report(tmp_path)

    page = sample(tmp_path, "EOT")

    (svg,) = select(page, "//svg[@class='mrd-course']")
    assert "DX: 80 %, D14: not evaluable, EOT: not detected" in svg.get("aria-label")
    rows = select(page, "//*[@aria-label='This subject over time']//tbody/tr")
    assert [bool(select(row, ".//a")) for row in rows] == [True, True, False]
    assert "≥ 4.3from DX" in words(rows[2])


def test_what_was_typed_by_people_is_escaped(tmp_path: Path) -> None:
    case = judged("S1", {"": f"broken {SCRIPT}"}, subject_id="P01")
    write_marrow_run(tmp_path, [case])

    report = write_report(tmp_path)

    for page in pages(tmp_path):
        assert SCRIPT not in page.read_text(encoding="utf-8")
        assert checked(page).scripts == 1
    assert "&lt;script&gt;" in report.read_text(encoding="utf-8")


def test_without_stored_plots_the_page_says_so(tmp_path: Path) -> None:
    write_marrow_run(
        tmp_path, [judged("S1", {"": with_leukaemia(60)})], has_plots=False
    )
    write_report(tmp_path)

    assert "No plots of this tube were stored." in words(sample(tmp_path, "S1"))


def test_the_same_run_gives_the_same_pages(tmp_path: Path) -> None:
    write_marrow_run(tmp_path, [judged("S1", {"": with_leukaemia(60)})])
    write_report(tmp_path)
    first = [page.read_bytes() for page in pages(tmp_path)]

    write_report(tmp_path)

    assert [page.read_bytes() for page in pages(tmp_path)] == first
