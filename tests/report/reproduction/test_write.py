"""Write the page of a reproduction from the tables in its folder."""

import csv
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cytoflow_blina.domain.claim import ClaimResult
from cytoflow_blina.domain.notice import RESEARCH_USE_ONLY
from cytoflow_blina.errors import ConfigError
from cytoflow_blina.published.rates import survival_rates
from cytoflow_blina.published.verdict import judge_printed
from cytoflow_blina.report.reproduction.figures import SYNTHETIC
from cytoflow_blina.report.reproduction.write import write_reproduction

VOID = {"meta", "input", "br", "wbr", "img", "link"}


def store(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Write rows as a table, 1 and 0 for yes and no, with the columns of the first."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow(
                {k: int(v) if isinstance(v, bool) else v for k, v in row.items()}
            )


def seed(claim: str, source: str, number: object, p_value: float) -> dict[str, object]:
    """Give one row of `seeds.csv`."""
    held = int(p_value < 0.05)
    numbers = dict.fromkeys(
        ("median_a", "min_a", "max_a", "median_b", "min_b", "max_b"), 0.5
    )
    return {
        "claim": claim,
        "source": source,
        "seed": number,
        "n_a": 47,
        "n_b": 47,
        **numbers,
        "effect": 0.17,
        "p_value": p_value,
        "direction_holds": 1,
        "significance_holds": held,
        "holds": held,
        "medians_hold": 1,
        "extremes_hold": "",
    }


def patients_claim(**changes: object) -> dict[str, object]:
    """Give a claim that needs patients, as the cohort answers it."""
    row: dict[str, object] = {one.name: "" for one in fields(ClaimResult)}
    return row | {
        "id": "f1.cd3_abs",
        "section": "Fig 1A / abstract",
        "kind": "distribution",
        "quantity": "CD3+",
        "published": "0.96 (0.03 to 3.79) v 1.13 (0.26 to 7.74) 1e9/L; P = 0.016",
        "verdict": "consistent",
        "reason": "The synthetic cohort has it.",
        "published_p": "0.016",
        "our_p": 0.0168,
        "p_verdict": "consistent",
        **changes,
    }


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Give the folder of a quick reproduction: few seeds, and no run."""
    claims = [asdict(one) for one in judge_printed() if one.id != "f1.cd3_abs"]
    store(tmp_path / "reproduction.csv", [*claims, patients_claim()])
    store(tmp_path / "rebuilt_rates.csv", [asdict(one) for one in survival_rates()])
    store(
        tmp_path / "seeds.csv",
        [
            seed("f1.cd3_abs", "truth", "", 0.0168),
            seed("f1.cd3_abs", "fcs", 1, 0.012),
            seed("f1.cd3_abs", "fcs", 2, 0.062),
            *(seed("f1.cd3_abs", "drawn", k, 0.01 + k / 1000) for k in range(25)),
        ],
    )
    store(
        tmp_path / "calibration.csv",
        [
            {
                "population": "CD3",
                "source": source,
                "n_values": 550,
                "bias_percent": -0.42,
                "sd_percent": 2.9,
            }
            for source in ("fcs", "drawn")
        ],
    )
    provenance = {"software": {"cytoflow-blina": "0.1.0"}}
    (tmp_path / "provenance.json").write_text(json.dumps(provenance), encoding="utf-8")
    return tmp_path


def page_of(out: Path) -> str:
    """Write the page and read it."""
    return write_reproduction(out).read_text(encoding="utf-8")


def section_of(page: str, name: str) -> str:
    """Cut a section out of the page."""
    found = re.search(rf'<section id="{name}".*?</section>', page, re.DOTALL)
    assert found is not None
    return found.group()


class Nesting(HTMLParser):
    """Follow the elements of a page; `open` are those not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        """Open an element, unless it is one that has no end."""
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element, which must be this one."""
        assert self.open.pop() == tag


def test_every_element_of_the_page_is_closed(out: Path) -> None:
    nesting = Nesting()

    nesting.feed(page_of(out))

    assert nesting.open == []


def test_the_page_opens_with_what_it_is_and_what_it_is_not(out: Path) -> None:
    page = page_of(out)

    header = page[: page.index("<main>")]
    assert "What this shows" in header
    assert "no evidence about patients" in header
    assert "2 seeds" in header
    assert "25 seeds" in header
    assert RESEARCH_USE_ONLY in header


def test_sections_stand_in_the_order_in_which_they_are_read(out: Path) -> None:
    names = re.findall(r'<section id="([a-z]+)"', page_of(out))

    assert names == [
        "tally",
        "discrepancies",
        "rates",
        "seeds",
        "marrow",
        "figures",
        "claims",
        "methods",
        "again",
    ]


def test_every_claim_has_a_row_with_its_verdict_in_words(out: Path) -> None:
    claims = section_of(page_of(out), "claims")

    n_printed = sum(one.id != "f1.cd3_abs" for one in judge_printed())
    assert claims.count('class="claim"') == n_printed + 1
    assert 'id="claim-t1.gender"' in claims
    assert "Not recomputable" in claims


def test_the_gravest_discrepancy_is_told_first_with_both_numbers(out: Path) -> None:
    found = section_of(page_of(out), "discrepancies")

    first = found[: found.index("</article>")]
    assert "neutropenia" in first
    assert "P = 0.003" in first
    assert "P 0.0900" in first
    assert "The conclusion changes" in first


def test_survival_rates_show_their_arithmetic(out: Path) -> None:
    rates = section_of(page_of(out), "rates")

    assert "9/10 × 7/8 =" in rates
    assert "78.75 ± 13.40" in rates
    assert rates.count("Match") == 20


def test_a_share_of_few_seeds_comes_with_a_warning(out: Path) -> None:
    seeds = section_of(page_of(out), "seeds")

    assert "1 of 2" in seeds
    assert "a share is coarse" in seeds
    assert "0.062" in seeds


def test_files_lead_before_drawn_seeds(out: Path) -> None:
    seeds = section_of(page_of(out), "seeds")

    assert re.search(
        r"<b>1 of 1</b> comes out in at least half of the 2 seeds of FCS files, and "
        r"<b>1 of 1</b> comes out in at least half of the 25 drawn seeds\.",
        seeds,
    )


def test_the_question_of_the_fast_path_is_answered(out: Path) -> None:
    shared = {"n_values": 550, "bias_percent": -0.42}
    spreads = {("CD3", "drawn"): 2.9, ("CD3", "fcs/drawn"): 0.5}
    spreads |= {("NK", "drawn"): 4.1, ("NK", "fcs/drawn"): 2.4}
    store(
        out / "calibration.csv",
        [
            {"population": name, "source": source, **shared, "sd_percent": sd}
            for (name, source), sd in spreads.items()
        ],
    )

    seeds = section_of(page_of(out), "seeds")

    assert "Yes for CD3; NK scatters more when gated" in seeds
    assert "at most 2.40 % (NK) to the 2.90 to 4.10 %" in seeds


def test_without_a_run_the_figures_say_so(out: Path) -> None:
    figures = section_of(page_of(out), "figures")

    assert "There is no folder run/" in figures
    assert "<svg" not in figures


def test_a_run_that_lacks_a_figure_names_it(out: Path) -> None:
    (out / "run").mkdir()
    store(
        out / "run" / "pairs.csv",
        [
            {
                "contrast": "end of infusion vs baseline",
                "outcome": "CD3",
                "unit": "cells/uL",
                "subject_id": "S1",
                "value_a": 500,
                "value_b": 1000,
            }
        ],
    )

    figures = section_of(page_of(out), "figures")

    assert "Figure 1." in figures
    assert SYNTHETIC in figures
    assert "nothing to draw for Figure 2, Figure 3, Figure 4" in figures


def test_without_files_the_page_says_that_all_was_drawn(out: Path) -> None:
    store(
        out / "seeds.csv",
        [
            seed("f1.cd3_abs", "truth", "", 0.0168),
            seed("f1.cd3_abs", "drawn", 1, 0.02),
        ],
    )

    page = page_of(out)

    assert "No FCS files were gated" in section_of(page, "seeds")
    assert "simulated FCS files" not in page[: page.index("<main>")]


def test_an_empty_folder_gives_a_page_that_says_so(tmp_path: Path) -> None:
    page = page_of(tmp_path)

    assert "no claim was judged" in page
    assert "no rate was rebuilt" in page
    assert "nothing was sent through the cytometer" in page


def test_the_same_folder_gives_the_same_bytes(out: Path) -> None:
    first = write_reproduction(out).read_bytes()

    assert write_reproduction(out).read_bytes() == first


def test_whatever_a_table_holds_is_escaped(out: Path) -> None:
    evil = "<script>alert(1)</script>"
    store(
        out / "reproduction.csv",
        [
            patients_claim(
                **dict.fromkeys(
                    ("quantity", "section", "published", "ours", "reason"), evil
                ),
                id='f1.cd3_abs"><i>',
                verdict="discrepancy",
            )
        ],
    )

    page = page_of(out)

    assert evil not in page
    assert '"><i>' not in page


def test_the_page_fetches_nothing(out: Path) -> None:
    page = page_of(out)

    assert "default-src &#39;none&#39;" in page
    assert not re.search(r"(src|href)=[\"'](?!#)", page)
    assert "url(" not in page


def test_filters_wait_for_the_script(out: Path) -> None:
    assert '<div class="filters" id="claim-filters" hidden>' in page_of(out)


def test_a_table_that_was_spoilt_is_named(out: Path) -> None:
    (out / "seeds.csv").write_bytes(b"claim,source\n\xff\xfe")

    with pytest.raises(ConfigError, match=r"seeds.csv.*a table in UTF-8"):
        write_reproduction(out)


def test_a_provenance_that_was_spoilt_is_named(out: Path) -> None:
    (out / "provenance.json").write_text("{", encoding="utf-8")

    with pytest.raises(ConfigError, match=r"provenance\.json"):
        write_reproduction(out)
