"""Every row of the status table, its borders, and what no input can make it say."""

from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cytoflow_blina.domain.mrd_verdict import MrdSensitivity
from cytoflow_blina.mrd.rules import EventRule
from cytoflow_blina.mrd.sensitivity import measure_sensitivity
from cytoflow_blina.mrd.status import (
    CLASSES,
    MrdStatus,
    decide_status,
    percent_text,
    status_sentence,
)


def measured(
    n_events: int,
    n_denominator: int,
    *,
    lod_events: int = 20,
    lloq_events: int = 50,
    blank_lod_percent: float = nan,
) -> MrdSensitivity:
    return measure_sensitivity(
        n_events,
        n_denominator,
        EventRule(lod_events=lod_events, lloq_events=lloq_events, source="convention"),
        profile="OURS",
        cut_percent=0.01,
        blank_lod_percent=blank_lod_percent,
    )


ROWS = [
    # Rows 2 to 8, each at its borders: n = LOD, n = LLOQ, n/N = cut, LOD/N = cut.
    (50, 500_000, "POS_QUANT", "failure", "positive"),
    (50, 499_999, "POS_QUANT", "failure", "positive"),
    (50, 500_001, "POS_QUANT_LOW", "intermediate", "negative"),
    (5_000, 60_000_000, "POS_QUANT_LOW", "intermediate", "negative"),
    (49, 490_000, "POS_NOT_QUANT_GE_CUT", "failure", "positive"),
    (49, 490_001, "POS_NOT_QUANT", "intermediate", "negative"),
    (20, 200_000, "POS_NOT_QUANT_GE_CUT", "failure", "positive"),
    (20, 200_001, "POS_NOT_QUANT", "intermediate", "negative"),
    (31, 412_000, "POS_NOT_QUANT", "intermediate", "negative"),
    (20, 100_000, "POS_NOT_QUANT_GE_CUT", "failure", "positive"),
    (19, 200_000, "NEG_BELOW_LOD", "CR", "negative"),
    (1, 200_000, "NEG_BELOW_LOD", "CR", "negative"),
    (19, 199_999, "INADEQUATE", "intermediate", "negative_unsupported"),
    (19, 190_000, "INADEQUATE", "intermediate", "positive"),
    (5, 30_000, "INADEQUATE", "intermediate", "positive"),
    (1, 199_999, "INADEQUATE", "intermediate", "negative_unsupported"),
    (0, 200_000, "NEG", "CR", "negative"),
    (0, 5_000_000, "NEG", "CR", "negative"),
    (0, 199_999, "INADEQUATE", "intermediate", "negative_unsupported"),
    (0, 1, "INADEQUATE", "intermediate", "negative_unsupported"),
    (1, 1, "INADEQUATE", "intermediate", "positive"),
    (95_000, 100_000, "POS_QUANT", "failure", "positive"),
]


@pytest.mark.parametrize(
    ("n_events", "n_denominator", "status", "mrd_class", "rule"), ROWS
)
def test_the_status_table(
    n_events: int, n_denominator: int, status: str, mrd_class: str, rule: str
) -> None:
    decided = decide_status(measured(n_events, n_denominator))

    assert (decided.status, decided.mrd_class, decided.paper_rule) == (
        status,
        mrd_class,
        rule,
    )


def test_every_status_stands_in_the_table() -> None:
    assert {row[2] for row in ROWS} | {"NOT_EVALUABLE"} == set(CLASSES)


def test_without_arithmetic_nothing_can_be_said() -> None:
    assert decide_status(None, is_limited=True) == MrdStatus("NOT_EVALUABLE", "NE", "")


@pytest.mark.parametrize(
    ("n_events", "n_denominator", "status", "mrd_class", "rule"), ROWS
)
def test_a_limited_verdict_says_so_and_is_no_complete_response(
    n_events: int, n_denominator: int, status: str, mrd_class: str, rule: str
) -> None:
    decided = decide_status(measured(n_events, n_denominator), is_limited=True)

    assert decided.status == f"{status}_LIMITED"
    assert decided.mrd_class == ("intermediate" if mrd_class == "CR" else mrd_class)
    assert decided.paper_rule == rule


@pytest.mark.parametrize(
    ("n_events", "n_denominator", "blank_lod_percent", "status"),
    [
        (0, 1_000_000, 0.01, "NEG"),
        (0, 1_000_000, 0.011, "INADEQUATE"),
        (300, 5_000_000, 0.007, "NEG_BELOW_LOD"),
        (350, 5_000_000, 0.007, "POS_QUANT_LOW"),
        (600, 1_000_000, 0.08, "INADEQUATE"),
        (800, 1_000_000, 0.08, "POS_QUANT"),
    ],
)
def test_what_blank_samples_show_too_is_not_detected(
    n_events: int, n_denominator: int, blank_lod_percent: float, status: str
) -> None:
    found = measured(n_events, n_denominator, blank_lod_percent=blank_lod_percent)

    assert decide_status(found).status == status


def test_a_stricter_cut_is_kept_to() -> None:
    rule = EventRule(lod_events=10, lloq_events=40, source="convention")
    found = measure_sensitivity(0, 999_999, rule, profile="OURS", cut_percent=0.001)

    assert decide_status(found).status == "INADEQUATE"


EVENTS = st.integers(0, 200) | st.integers(0, 10_000_000)
SHARES = st.just(nan) | st.floats(0, 0.05)


@given(
    EVENTS,
    st.integers(1, 300_000) | st.integers(1, 50_000_000),
    st.tuples(st.integers(1, 100), st.integers(0, 100)),
    SHARES,
    st.booleans(),
)
def test_no_input_is_called_negative_above_the_limit_of_detection(
    n_events: int,
    n_denominator: int,
    rule: tuple[int, int],
    blank_lod_percent: float,
    is_limited: bool,
) -> None:
    found = measured(
        n_events,
        n_denominator,
        lod_events=rule[0],
        lloq_events=rule[0] + rule[1],
        blank_lod_percent=blank_lod_percent,
    )

    decided = decide_status(found, is_limited=is_limited)

    if found.lod_percent > 0.01:
        assert not decided.status.startswith("NEG")
        assert decided.mrd_class != "CR"
        assert decided.paper_rule != "negative"
    if found.lod_percent > 0.01 and not decided.status.startswith("POS"):
        assert "This is not a negative result" in status_sentence(found, "NUC")
    if found.mrd_percent > 0.01:
        assert decided.paper_rule == "positive"
        assert not decided.status.startswith(("NEG", "POS_QUANT_LOW"))
    if is_limited:
        assert decided.mrd_class != "CR"


SENTENCES = {
    (62, 412_000): (
        "62 events of 412,000 nucleated cells: 0.0150 % (0.0115-0.0193). "
        "Quantifiable, 0.01 % or more."
    ),
    (62, 800_000): (
        "62 events of 800,000 nucleated cells: 0.0077 % (0.0059-0.0099). "
        "Quantifiable, positive below 0.01 %."
    ),
    (30, 250_000): (
        "30 events of 250,000 nucleated cells: 0.0120 % (0.0081-0.0171). Detectable, "
        "0.01 % or more; below the limit of quantification (50 events, 0.0200 %), so "
        "that the percentage is approximate."
    ),
    (31, 412_000): (
        "31 events of 412,000 nucleated cells: 0.0075 % (0.0051-0.0107). "
        "Detectable, below the limit of quantification (50 events, 0.0121 %)."
    ),
    (1, 412_000): (
        "1 event of 412,000 nucleated cells: 0.00024 % (0.0000061-0.0014). Suspicious "
        "events, too few for a finding; the limit of detection is 0.0049 %."
    ),
    (0, 412_000): (
        "0 events of 412,000 nucleated cells: 0 % (0-0.00090). Not detected; the limit "
        "of detection is 0.0049 %."
    ),
    (0, 30_000): (
        "0 events of 30,000 nucleated cells: 0 % (0-0.0123). Not detected, but the "
        "limit of detection, 0.0667 %, lies above 0.01 %. This is not a negative "
        "result; it would take 200,000 nucleated cells."
    ),
    (3, 30_000): (
        "3 events of 30,000 nucleated cells: 0.0100 % (0.0021-0.0292). Suspicious "
        "events, too few for a finding, but the limit of detection, 0.0667 %, lies "
        "above 0.01 %. This is not a negative result; it would take 200,000 nucleated "
        "cells."
    ),
}


@pytest.mark.parametrize(("counts", "sentence"), SENTENCES.items())
def test_the_verdict_is_said_in_words(counts: tuple[int, int], sentence: str) -> None:
    assert status_sentence(measured(*counts), "NUC") == sentence


def test_where_blanks_show_as_much_more_cells_are_not_asked_for() -> None:
    found = measured(0, 1_000_000, blank_lod_percent=0.02)

    assert status_sentence(found, "MNC").endswith(
        "Not detected, but the limit of detection, 0.0200 %, lies above 0.01 %. This "
        "is not a negative result; blank samples show as much, and more cells would "
        "not help."
    )


def test_a_limit_by_blanks_is_not_said_in_events() -> None:
    found = measured(30, 400_000, blank_lod_percent=0.006)

    assert "limit of quantification (0.0125 %)" in status_sentence(found, "NUC")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.01, "0.0100"),
        (0.00999999, "0.00999999"),
        (0.0100004, "0.0100004"),
        (0.12345, "0.12"),
        (9.876, "9.88"),
        (45.678, "45.7"),
        (0.00008, "0.000080"),
        (1e-15, "0.0000000000"),
    ],
)
def test_no_rounding_puts_a_percentage_on_the_cut(value: float, text: str) -> None:
    assert percent_text(value, 0.01) == text
