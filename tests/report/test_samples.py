from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cytoflow_blina.report.collect import collect_run
from cytoflow_blina.report.samples import SampleSummary, page_name, summarise_samples
from cytoflow_blina.report.verdicts import release_badge, verdict_badge


def summaries(folder: Path) -> tuple[SampleSummary, ...]:
    return summarise_samples(collect_run(folder))


def test_the_worst_sample_stands_first(run_folder: Path) -> None:
    ranked = [(one.sample_id, one.badge.word) for one in summaries(run_folder)]

    assert ranked == [
        ("S-broken", "Not processed"),
        ("S-reject", "Reject"),
        ("S-look", "Look"),
        ("S-good", "Release"),
    ]


def test_of_two_rejected_samples_the_one_with_more_failures_stands_first(
    make_run: Callable[..., Path],
) -> None:
    counts = [
        {"sample_id": sample_id, "population": "CD3", "release_class": "reject"}
        for sample_id in ("A", "B", "C")
    ]
    fail, warn = ({"check": "QC", "verdict": word} for word in ("FAIL", "WARN"))
    qc = [
        {"sample_id": "A", **fail},
        {"sample_id": "B", **fail},
        {"sample_id": "B", **warn},
        {"sample_id": "C", **fail},
        {"sample_id": "C", **fail},
    ]

    ranked = summaries(make_run(counts=counts, qc=qc))

    assert [one.sample_id for one in ranked] == ["C", "B", "A"]


def test_a_sample_that_lost_one_of_two_tubes_says_which(
    make_run: Callable[..., Path],
) -> None:
    folder = make_run(
        counts=[{"sample_id": "S1", "population": "CD3", "release_class": "release"}],
        failures=[
            {"sample_id": "S1", "tube": "B", "stage": "read", "problem": "cut short"}
        ],
    )

    (sample,) = summaries(folder)

    assert sample.badge.word == "Tube failed"
    (reason,) = sample.reasons
    assert (reason.tube, reason.message) == ("B", "cut short")


def test_failures_are_named_before_warnings_and_passes_not_at_all(
    make_run: Callable[..., Path],
) -> None:
    verdicts = ("PASS", "WARN", "NOT_MEASURED", "FAIL")
    folder = make_run(
        counts=[{"sample_id": "S1", "population": "CD3", "qc_status": "FAIL"}],
        qc=[
            {"sample_id": "S1", "check": word, "verdict": word, "message": word}
            for word in verdicts
        ],
    )

    (sample,) = summaries(folder)

    assert [reason.message for reason in sample.reasons] == ["FAIL", "WARN"]


def test_a_line_shows_three_reasons_and_counts_the_others(
    make_run: Callable[..., Path],
) -> None:
    folder = make_run(
        counts=[{"sample_id": "S1", "population": "CD3"}],
        qc=[{"sample_id": "S1", "check": str(n), "verdict": "WARN"} for n in range(5)],
    )

    (sample,) = summaries(folder)

    assert (len(sample.shown_reasons), sample.n_more_reasons) == (3, 2)


def test_without_tables_there_are_no_samples(tmp_path: Path) -> None:
    assert summaries(tmp_path) == ()


@pytest.mark.parametrize(
    ("classes", "statuses", "word"),
    [
        (("release", "look"), ("FAIL",), "Look"),
        (("", ""), ("PASS", "WARN"), "Look"),
        (("",), ("PASS",), "Release"),
        ((), (), "No verdict"),
        (("unheard-of",), ("NOT_MEASURED",), "No verdict"),
    ],
)
def test_a_sample_is_as_good_as_its_worst_row(
    classes: tuple[str, ...], statuses: tuple[str, ...], word: str
) -> None:
    assert release_badge(classes, statuses).word == word


def test_not_measured_is_not_passed() -> None:
    assert verdict_badge("NOT_MEASURED").kind != verdict_badge("PASS").kind
    assert verdict_badge("").word == "No verdict"


def test_a_fit_id_names_its_page() -> None:
    assert page_name("P01-C1 (D0)") == "P01-C1 (D0).html"
    assert page_name("患者1") == "患者1.html"


@example("𐐀" * 70)
@given(st.text(min_size=1, max_size=400))
def test_no_id_leads_out_of_the_folder(sample_id: str) -> None:
    name = page_name(sample_id)

    assert name == Path(name).name
    assert len(name.encode()) <= 255
    assert not name.startswith(".")


@given(st.lists(st.text(max_size=60), unique=True, max_size=20))
def test_no_two_samples_share_a_page(ids: list[str]) -> None:
    assert len({page_name(one) for one in ids}) == len(ids)
