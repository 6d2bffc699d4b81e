from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cytoflow_blina.domain.mrd_verdict import LIMITED, STATUSES
from cytoflow_blina.report.mrd.words import (
    class_badge,
    cut_of,
    is_detected,
    listed,
    mrd_percent,
    paper_rule_words,
    percent_interval,
    sentence,
    status_words,
)

CLASSES = ("CR", "intermediate", "failure", "NE", "", "else")


@given(
    st.sampled_from([*STATUSES, *(name + LIMITED for name in STATUSES), "", "odd"]),
    st.sampled_from(CLASSES),
)
def test_only_a_complete_response_without_detectable_mrd_is_green(
    status: str, mrd_class: str
) -> None:
    badge = class_badge({"status": status, "class": mrd_class})

    if badge.kind == "good":
        assert mrd_class == "CR"
        assert status in {"NEG", "NEG_BELOW_LOD"}


@pytest.mark.parametrize(
    ("mrd_class", "kind"),
    [("CR", "good"), ("intermediate", "look"), ("failure", "bad"), ("NE", "none")],
)
def test_each_class_has_its_colour(mrd_class: str, kind: str) -> None:
    assert class_badge({"status": "NEG", "class": mrd_class}).kind == kind


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_has_words_of_its_own_and_limits_are_said(status: str) -> None:
    words = status_words({"status": status})

    assert status not in words
    assert "{" not in words
    assert status_words({"status": status + LIMITED}) == f"{words}, with limitations"


def test_an_inadequate_sample_is_never_called_negative() -> None:
    assert "not negative" in status_words({"status": "INADEQUATE"})


def test_the_cut_is_had_from_the_events_that_it_takes() -> None:
    assert cut_of({"lod_events": "20", "events_for_lod": "200000"}) == 0.01
    assert cut_of({"lod_events": "20", "events_for_lod": "666667"}) == 0.003
    assert cut_of({"lod_events": "20"}) == 0.01


@given(st.floats(0, 100, allow_nan=False))
def test_no_percentage_is_rounded_onto_the_cut(value: float) -> None:
    written = mrd_percent(value, 0.01).removesuffix("\u202f%")

    assert (float(written) == 0.01) <= (value == 0.01 or abs(value - 0.01) < 1e-9)


def test_what_is_not_known_is_a_dash() -> None:
    assert mrd_percent(nan, 0.01) == "–"
    assert percent_interval({"mrd_percent_lo95": "0.1"}, 0.01) == ""
    assert paper_rule_words({}) == "–"


def test_an_unsupported_negative_says_so() -> None:
    words = paper_rule_words({"paper_rule": "negative_unsupported"})

    assert "not supported" in words
    assert not words.startswith("negative")


def test_only_positive_statuses_are_detected() -> None:
    detected = {one for one in STATUSES if is_detected({"status": one})}

    assert detected == {one for one in STATUSES if one.startswith("POS")}


def test_lists_and_sentences_are_taken_apart_and_put_together() -> None:
    assert listed({"flags": "A; B;"}, "flags") == ("A", "B")
    assert listed({}, "flags") == ()
    assert sentence("no dye") == "No dye."
    assert sentence("No dye.") == "No dye."
    assert sentence(" ") == ""
