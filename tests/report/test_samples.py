from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cytoflow_blina.report.collect import collect_run
from cytoflow_blina.report.confidence import ConfidenceCell, LeastSure
from cytoflow_blina.report.reasons import Reason, count_codes
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


def test_a_line_shows_two_reasons_and_folds_the_others(
    make_run: Callable[..., Path],
) -> None:
    folder = make_run(
        counts=[{"sample_id": "S1", "population": "CD3"}],
        qc=[{"sample_id": "S1", "check": str(n), "verdict": "WARN"} for n in range(5)],
    )

    (sample,) = summaries(folder)

    assert [one.check for one in sample.shown_reasons] == ["0", "1"]
    assert [one.check for one in sample.folded_reasons] == ["2", "3", "4"]


def test_a_small_population_does_not_hold_the_sample(
    make_run: Callable[..., Path],
) -> None:
    """What the main populations are released for is not undone by their parts."""
    sure = {"sample_id": "S1", "release_class": "release", "confidence": 0.9}
    unsure = {
        "sample_id": "S1",
        "release_class": "look",
        "confidence": 0.2,
        "release_reasons": "DPT: its gates are 0.20 sure, less than 0.5.",
    }
    folder = make_run(
        counts=[
            {**sure, "population": "CD3"},
            {**sure, "population": "NK", "confidence": 0.7},
            {**unsure, "population": "DPT"},
        ]
    )

    (sample,) = summaries(folder)

    assert sample.is_released
    assert sample.held == ("DPT",)
    assert sample.reasons == ()
    assert sample.least_sure == LeastSure("NK", ConfidenceCell("0.70", "fair"))


def test_a_main_population_holds_the_sample_and_says_why(
    make_run: Callable[..., Path],
) -> None:
    words = "CD4: its gates are 0.60 sure, less than 0.7."
    row = {"sample_id": "S1", "release_class": "release", "confidence": 0.9}
    held = {"release_class": "look", "confidence": 0.6, "release_reasons": words}
    folder = make_run(
        counts=[{**row, "population": "CD3"}, {**row, "population": "CD4", **held}]
    )

    (sample,) = summaries(folder)

    assert sample.badge.word == "Look"
    assert [one.message for one in sample.reasons] == [words]


def test_a_row_below_a_limit_of_the_lab_is_held_too(
    make_run: Callable[..., Path],
) -> None:
    row = {"sample_id": "S1", "release_class": "release", "confidence": 0.9}
    held = {"release_class": "look", "confidence": 0.6}
    folder = make_run(
        counts=[{**row, "population": "CD3"}, {**row, "population": "DNT", **held}]
    )

    (sample,) = summaries(folder)

    assert (sample.is_released, sample.held) == (True, ("DNT",))


def test_a_flag_that_asks_for_a_look_is_a_reason_before_warnings(
    make_run: Callable[..., Path],
) -> None:
    row = {
        "sample_id": "S1",
        "release_class": "look",
        "qc_flags": "FLAG_CD45DIM_CD19POS;FLAG_DP_HIGH",
        "release_reasons": "FLAG_CD45DIM_CD19POS.",
    }
    qc = [
        {"sample_id": "S1", "check": word, "verdict": word} for word in ("WARN", "FAIL")
    ]
    folder = make_run(counts=[{**row, "population": "CD3"}], qc=qc)

    (sample,) = summaries(folder)

    _, reason, _ = sample.reasons
    assert [one.badge.word for one in sample.reasons] == ["Fail", "Look", "Warn"]
    assert reason.check == "FLAG_CD45DIM_CD19POS"
    assert "They are not counted as B cells." in reason.message
    assert sample.codes == ("FLAG_CD45DIM_CD19POS", "FLAG_DP_HIGH")


def test_codes_are_counted_once_a_sample_the_gravest_first() -> None:
    fail, warn = (
        Reason(verdict_badge(verdict), tube, "QC_PURITY", "")
        for verdict, tube in (("FAIL", "A"), ("WARN", "B"))
    )
    mono = Reason(verdict_badge("WARN"), "", "QC_MONO", "")
    failed = Reason(verdict_badge("FAIL"), "", "", "cut short")

    counted = count_codes(
        [
            ((warn, mono, failed), ("QC_PURITY", "QC_MONO", "FLAG_DP_HIGH")),
            ((fail, warn), ("QC_PURITY",)),
            ((), ("FLAG_DP_HIGH", "FLAG_DN_HIGH")),
        ]
    )

    assert [(one.badge.word, one.code, one.n_samples) for one in counted] == [
        ("Fail", "QC_PURITY", 2),
        ("Warn", "QC_MONO", 1),
        ("Noted", "FLAG_DP_HIGH", 2),
        ("Noted", "FLAG_DN_HIGH", 1),
    ]


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
