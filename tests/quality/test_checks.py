"""Each check: its value, its verdict at the limits, and what it says."""

from dataclasses import replace
from math import isnan, nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cytoflow_blina.domain.counting import ReplicateCount
from cytoflow_blina.domain.finding import (
    LOW_COUNT_CHECKS,
    CheckLimits,
    Finding,
    Verdict,
)
from cytoflow_blina.quality.back_gating import GateQuality
from cytoflow_blina.quality.carry_over import CarryOver
from cytoflow_blina.quality.check import Measured, judge, limits_in_words
from cytoflow_blina.quality.limits import load_limits
from cytoflow_blina.quality.measurements import (
    EventQuality,
    SampleMeasurements,
    TubeMeasurements,
)
from cytoflow_blina.quality.registry import (
    SAMPLE_CHECKS,
    TUBE_CHECKS,
    UNITS,
    check_sample,
    check_tube,
)
from cytoflow_blina.quality.residual_spill import ResidualSpill, Stain
from cytoflow_blina.quality.run_course import Drift, RatioCourse, measure_ratio_course
from cytoflow_blina.quality.saturation import measure_saturation
from cytoflow_blina.quality.time_course import TimeMeasurement

LIMITS = load_limits(Path(__file__).parents[2] / "gating" / "limits.toml").limits


def spill_of(percent: float) -> ResidualSpill:
    return ResidualSpill(
        Stain("CD4", "PE-Cy7"),
        Stain("CD16+56", "PE"),
        percent,
        standard_error=0.1,
        shift=2.0,
    )


GOOD = TubeMeasurements(
    sample_id="S1",
    tube="",
    n_events=40_000,
    n_lymphocytes=15_000,
    count_method="bead",
    n_beads=8000,
    percent_of_lymphocytes={
        "CD3": 70.0, "CD4": 40.0, "CD8": 29.0, "DPT": 1.0, "NK": 15.0, "CD19": 14.0,
    },
    monocyte_percent=0.5,
    confidences={"LYMPH": 0.95, "CD3": 0.9},
    quality=EventQuality(
        saturation_percent={"CD3": 0.0, "CD45": 0.1},
        time=TimeMeasurement(100.0, 5.0),
        gate=GateQuality(99.0, 98.0, 150.0, 300.0, problem=""),
        spill=(spill_of(0.4),),
        has_tandem=True,
        axis_percent={"CD3": 2.0, "CD8": 14.0},
        bead_cv_percent={"CD3": 3.0, "CD45": 3.5},
        bead_course=RatioCourse(1.0, 2.0),
        drift=Drift("CD45 of lymphocytes", 0.01, 0.005),
        carry_over=CarryOver(0.1, by_chance=True, problem=""),
        n_doublets=20,
        viable_percent=95.0,
        n_leukocytes=30_000,
        n_cd45dim_cd19pos=10,
    ),
)  # fmt: skip


def finding_of(tube: TubeMeasurements, code: str) -> Finding:
    (found,) = [one for one in check_tube(tube, LIMITS) if one.check == code]
    return found


def with_quality(**changes: Any) -> TubeMeasurements:
    return replace(GOOD, quality=replace(GOOD.quality, **changes))


def with_percent(**percents: float) -> TubeMeasurements:
    return replace(
        GOOD, percent_of_lymphocytes={**GOOD.percent_of_lymphocytes, **percents}
    )


def test_a_good_tube_passes_every_check() -> None:
    findings = check_tube(GOOD, LIMITS)

    assert [one.check for one in findings] == [check.code for check in TUBE_CHECKS]
    assert {one.verdict for one in findings} == {"PASS"}
    assert {one.level for one in findings} == {"tube"}


def test_codes_are_unique_and_low_count_checks_exist() -> None:
    codes = [check.code for check in TUBE_CHECKS]
    codes += [check.code for check in SAMPLE_CHECKS]

    assert len(codes) == len(set(codes))
    assert set(codes) >= LOW_COUNT_CHECKS


def test_every_check_documents_its_source_and_direction() -> None:
    documented = {check.code: check.measure.__doc__ for check in TUBE_CHECKS}
    documented |= {check.code: check.measure.__doc__ for check in SAMPLE_CHECKS}

    assert [
        code for code, words in documented.items() if "bad" not in (words or "")
    ] == []


@pytest.mark.parametrize(
    ("cd19", "verdict"),
    [
        (10.0, "PASS"),
        (9.9, "WARN"),
        (5.0, "WARN"),
        (4.9, "FAIL"),
        (20.0, "PASS"),
        (20.1, "WARN"),
        (25.1, "FAIL"),
    ],
)
def test_the_lymphosum_is_judged_on_both_sides(cd19: float, verdict: str) -> None:
    # CD3 and NK are 70 and 15 %.
    assert finding_of(with_percent(CD19=cd19), "QC_LYMPHOSUM").verdict == verdict


def test_no_b_cells_are_no_warning() -> None:
    tube = with_percent(CD3=80.0, CD4=45.0, CD8=34.0, NK=19.0, CD19=0.0)

    findings = check_tube(tube, LIMITS)

    # Doublets are told by T and B cells together, and there are no B cells.
    assert [one.check for one in findings if one.verdict != "PASS"] == ["QC_DOUBLETS"]
    assert finding_of(tube, "QC_DOUBLETS").verdict == "NOT_MEASURED"


def test_a_low_lymphosum_without_b_cells_is_not_waived() -> None:
    tube = with_percent(CD3=70.0, NK=15.0, CD19=0.0)

    found = finding_of(tube, "QC_LYMPHOSUM")

    assert found.verdict == "FAIL"
    assert found.value == pytest.approx(85)
    assert found.message == (
        "CD3 70.0 % + CD19 0.0 % + NK 15.0 % = 85.0 % of the lymphocyte gate."
    )
    assert found.limits == "pass 95 to 105, fail below 90 or above 110"


def test_a_tube_without_b_and_nk_cells_has_no_lymphosum() -> None:
    tube = replace(
        GOOD,
        percent_of_lymphocytes={"CD3": 70.0, "CD4": 40.0, "CD8": 29.0},
        monocyte_percent=None,
    )

    codes = {one.check for one in check_tube(tube, LIMITS)}

    assert "QC_LYMPHOSUM" not in codes
    assert "QC_MONO" not in codes
    assert "QC_T_SUM" in codes


@pytest.mark.parametrize(
    ("cd8", "verdict"), [(25.0, "PASS"), (24.0, "WARN"), (19.0, "FAIL"), (41.0, "FAIL")]
)
def test_the_t_sum_is_judged_on_both_sides(cd8: float, verdict: str) -> None:
    assert finding_of(with_percent(CD8=cd8), "QC_T_SUM").verdict == verdict


def test_the_t_sum_is_told_with_and_without_double_positives() -> None:
    found = finding_of(with_percent(CD8=33.0, DPT=4.0), "QC_T_SUM")

    assert found.value == pytest.approx(3.0)
    assert found.message == (
        "CD4 40.0 % + CD8 33.0 % - CD3 70.0 % = +3.0 points; -1.0 with double "
        "positives counted once."
    )


def test_percentages_of_an_empty_gate_are_not_measured_and_not_passed() -> None:
    tube = with_percent(CD3=nan, CD4=nan, CD8=nan, NK=nan, CD19=nan)

    assert finding_of(tube, "QC_LYMPHOSUM").verdict == "NOT_MEASURED"
    assert finding_of(tube, "QC_T_SUM").verdict == "NOT_MEASURED"


@pytest.mark.parametrize(
    ("n_lymphocytes", "verdict"),
    [(2500, "PASS"), (2499, "WARN"), (500, "WARN"), (499, "FAIL"), (0, "FAIL")],
)
def test_lymphocytes_are_judged_by_number(n_lymphocytes: int, verdict: str) -> None:
    tube = replace(GOOD, n_lymphocytes=n_lymphocytes)

    assert finding_of(tube, "QC_N_LYMPH").verdict == verdict


@pytest.mark.parametrize(
    ("n_beads", "verdict"), [(2500, "PASS"), (1000, "WARN"), (999, "FAIL"), (0, "FAIL")]
)
def test_beads_are_judged_by_number(n_beads: int, verdict: str) -> None:
    assert finding_of(replace(GOOD, n_beads=n_beads), "QC_N_BEADS").verdict == verdict


def test_missing_beads_are_said_to_be_missing() -> None:
    found = finding_of(replace(GOOD, n_beads=None), "QC_N_BEADS")

    assert found.value == 0
    assert found.message == "No beads found: cells/µL cannot be computed."


def test_beads_are_not_looked_for_where_they_are_not_counted() -> None:
    tube = replace(GOOD, count_method="volumetric", n_beads=None)

    assert "QC_N_BEADS" not in {one.check for one in check_tube(tube, LIMITS)}


def test_the_worst_fluorescence_is_named() -> None:
    tube = with_quality(saturation_percent={"CD3": 0.4, "CD8": 2.5, "CD4": nan})

    found = finding_of(tube, "QC_SAT")

    assert found.verdict == "FAIL"
    assert found.message == "CD8: 2.50 % of the events at the top."


def test_saturation_that_was_not_measured_is_not_passed() -> None:
    found = finding_of(with_quality(saturation_percent={}), "QC_SAT")

    assert found.verdict == "NOT_MEASURED"


def test_time_that_cannot_be_used_is_not_measured_and_says_why() -> None:
    tube = with_quality(time=TimeMeasurement(nan, nan, "the file has no Time"))

    found = finding_of(tube, "QC_TIME")

    assert found.verdict == "NOT_MEASURED"
    assert isnan(found.value)
    assert found.message == "the file has no Time."


@pytest.mark.parametrize(
    ("kept", "verdict"), [(95.0, "PASS"), (94.9, "WARN"), (79.9, "FAIL")]
)
def test_time_is_judged_by_the_share_that_was_steady(kept: float, verdict: str) -> None:
    tube = with_quality(time=TimeMeasurement(kept, 30.0))

    assert finding_of(tube, "QC_TIME").verdict == verdict


# ---- saturation


def test_events_in_the_top_channel_are_saturated() -> None:
    values = np.linspace(0, 200_000, 990)
    values = np.concatenate([values, np.full(10, 262_143.0)])

    assert measure_saturation(values, 262_144.0) == pytest.approx(1.0)


@pytest.mark.parametrize("n_channels", [256, 1024, 4096])
def test_the_top_channel_of_a_logarithmic_scale_lies_below_its_end(
    n_channels: int,
) -> None:
    channels = np.concatenate(
        [np.arange(n_channels - 2), np.full(20, n_channels - 1.0)]
    )
    values = 10 ** (4 * channels / n_channels)

    share = measure_saturation(values, 10_000.0)

    assert share == pytest.approx(100 * 20 / values.size)


def test_bright_events_below_the_top_are_not_saturated() -> None:
    assert measure_saturation(np.full(100, 9000.0), 10_000.0) == 0


def test_no_events_have_no_saturation() -> None:
    assert isnan(measure_saturation(np.empty(0), 1000.0))


# ---- replicates


def both(a: ReplicateCount | None, b: ReplicateCount | None) -> dict[str, Finding]:
    sample = SampleMeasurements("S1", "bead", {"A": a, "B": b})
    return {one.check: one for one in check_sample(sample, LIMITS)}


def test_tubes_that_agree_pass() -> None:
    found = both(
        ReplicateCount(7000, 10_000, 700.0, 10_000),
        ReplicateCount(7200, 10_000, 720.0, 10_000),
    )

    assert found["QC_CD3_REP"].verdict == "PASS"
    assert found["QC_CD3_REP"].value == pytest.approx(2.0)
    assert found["QC_CD3_ABS_REP"].value == pytest.approx(100 * 20 / 710)
    assert found["QC_CD3_ABS_REP"].verdict == "PASS"
    assert found["QC_CD3_REP"].level == "sample"
    assert found["QC_CD3_REP"].tube == ""


def test_tubes_that_disagree_fail_in_either_order() -> None:
    a = ReplicateCount(7000, 10_000, 700.0, 10_000)
    b = ReplicateCount(7600, 10_000, 900.0, 10_000)

    for found in (both(a, b), both(b, a)):
        assert found["QC_CD3_REP"].verdict == "FAIL"
        assert found["QC_CD3_ABS_REP"].verdict == "FAIL"


def test_a_pipetting_error_shows_in_cells_and_not_in_percent() -> None:
    found = both(
        ReplicateCount(7000, 10_000, 700.0, 10_000),
        ReplicateCount(7000, 10_000, 900.0, 7800),
    )

    assert found["QC_CD3_REP"].verdict == "PASS"
    assert found["QC_CD3_ABS_REP"].verdict == "FAIL"


def test_a_difference_that_counting_alone_explains_warns_and_does_not_fail() -> None:
    found = both(
        ReplicateCount(70, 100, 7.0, 10_000), ReplicateCount(80, 100, 8.5, 10_000)
    )

    assert found["QC_CD3_REP"].value == pytest.approx(10)
    assert found["QC_CD3_REP"].verdict == "WARN"
    assert found["QC_CD3_ABS_REP"].verdict == "WARN"
    assert "counting alone makes up to" in found["QC_CD3_REP"].message


def test_a_tube_that_could_not_be_processed_leaves_the_agreement_unmeasured() -> None:
    found = both(ReplicateCount(7000, 10_000, 700.0), None)

    assert found["QC_CD3_REP"].verdict == "NOT_MEASURED"
    assert found["QC_CD3_REP"].message == "Tube B has no CD3 to compare."
    assert found["QC_CD3_ABS_REP"].verdict == "NOT_MEASURED"


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        (
            ReplicateCount(0, 0, 0.0),
            ReplicateCount(5, 10, 1.0),
            "A tube has no lymphocytes.",
        ),
        (ReplicateCount(0, 0, nan), ReplicateCount(0, 0, nan), "no lymphocytes"),
    ],
)
def test_an_empty_gate_leaves_the_percentages_uncompared(
    a: ReplicateCount, b: ReplicateCount, words: str
) -> None:
    found = both(a, b)["QC_CD3_REP"]

    assert found.verdict == "NOT_MEASURED"
    assert words in found.message


def test_no_t_cells_at_all_leave_the_counts_uncompared() -> None:
    found = both(ReplicateCount(0, 100, 0.0), ReplicateCount(0, 100, 0.0))

    assert found["QC_CD3_REP"].verdict == "PASS"
    assert found["QC_CD3_ABS_REP"].verdict == "NOT_MEASURED"


def test_one_tube_has_nothing_to_agree_with() -> None:
    sample = SampleMeasurements("S1", "bead", {"": ReplicateCount(7000, 10_000, 700.0)})

    assert check_sample(sample, LIMITS) == ()


def test_a_sample_that_is_not_counted_compares_percentages_alone() -> None:
    replicate = ReplicateCount(7000, 10_000, nan)
    sample = SampleMeasurements("S1", "none", {"A": replicate, "B": replicate})

    assert [one.check for one in check_sample(sample, LIMITS)] == ["QC_CD3_REP"]


# ---- judging


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (CheckLimits(95, 105, 90, 110), "pass 95 to 105, fail below 90 or above 110"),
        (CheckLimits(pass_low=2500, fail_low=500), "pass from 2500, fail below 500"),
        (CheckLimits(pass_high=0.5, fail_high=2), "pass up to 0.5, fail above 2"),
        (CheckLimits(), "no limits"),
    ],
)
def test_limits_are_written_in_words(limits: CheckLimits, words: str) -> None:
    assert limits_in_words(limits) == words


def test_what_was_not_measured_is_never_passed() -> None:
    assert judge(Measured(nan, ""), CheckLimits()) == "NOT_MEASURED"


def test_every_check_has_limits_and_a_cited_source() -> None:
    document = load_limits(Path(__file__).parents[2] / "gating" / "limits.toml")

    assert set(document.limits) == set(UNITS)
    assert all(document.sources.values())


# ---- checks of the events


@pytest.mark.parametrize(
    ("purity", "verdict"), [(90.0, "PASS"), (89.9, "WARN"), (84.9, "FAIL")]
)
def test_the_purity_of_the_lymphocyte_gate_is_judged(
    purity: float, verdict: str
) -> None:
    tube = with_quality(gate=GateQuality(purity, 98.0, 900.0, 300.0, problem=""))

    assert finding_of(tube, "QC_PURITY").verdict == verdict


@pytest.mark.parametrize(
    ("recovery", "verdict"), [(95.0, "PASS"), (94.9, "WARN"), (89.9, "FAIL")]
)
def test_the_recovery_of_the_lymphocyte_gate_is_judged(
    recovery: float, verdict: str
) -> None:
    tube = with_quality(gate=GateQuality(97.0, recovery, 100.0, 900.0, problem=""))

    assert finding_of(tube, "QC_RECOVERY").verdict == verdict


@pytest.mark.parametrize("code", ["QC_PURITY", "QC_RECOVERY"])
@pytest.mark.parametrize(("share", "verdict"), [(60.0, "NOT_MEASURED"), (99.0, "PASS")])
def test_a_few_foreign_or_lost_events_do_not_make_a_gate_pass(
    code: str, share: float, verdict: str
) -> None:
    tube = with_quality(gate=GateQuality(share, share, 8.0, 8.0, problem=""))

    found = finding_of(tube, code)

    words = "Not judged: fewer than 9 events are too few to tell it from chance."
    assert found.verdict == verdict
    assert found.message.endswith(words) is (verdict == "NOT_MEASURED")


def test_a_gate_that_could_not_be_held_against_markers_says_why() -> None:
    tube = with_quality(gate=GateQuality(problem="the tube has no CD3"))

    found = finding_of(tube, "QC_PURITY")

    assert found.verdict == "NOT_MEASURED"
    assert found.message == "Not measured: the tube has no CD3."


@pytest.mark.parametrize(
    ("left", "verdict"),
    [(2.0, "PASS"), (2.1, "WARN"), (-2.1, "WARN"), (5.1, "FAIL"), (-5.1, "FAIL")],
)
def test_compensation_is_judged_on_both_sides(left: float, verdict: str) -> None:
    tube = with_quality(spill=(spill_of(0.1), spill_of(left)))

    assert finding_of(tube, "QC_COMP").verdict == verdict


def test_the_dyes_of_the_worst_pair_are_named() -> None:
    found = finding_of(with_quality(spill=(spill_of(6.0),)), "QC_COMP")

    assert found.message == (
        "+6.0 % of the signal of CD4 PE-Cy7 is left in the detector of CD16+56 PE."
    )


def test_spill_that_moves_no_cell_visibly_passes() -> None:
    invisible = replace(spill_of(4.0), shift=0.4)
    tube = with_quality(spill=(invisible, spill_of(1.0)))

    found = finding_of(tube, "QC_COMP")

    assert found.value == 1.0
    assert found.verdict == "PASS"
    assert finding_of(with_quality(spill=(invisible,)), "QC_COMP").verdict == "PASS"


@pytest.mark.parametrize(
    ("shift", "has_unstained", "verdict"),
    [(0.5, True, "WARN"), (0.9, False, "PASS"), (1.0, False, "WARN")],
)
def test_a_dye_that_all_cells_carry_must_move_them_farther(
    shift: float, verdict: str, *, has_unstained: bool
) -> None:
    spill = replace(spill_of(4.0), shift=shift, has_unstained=has_unstained)

    assert finding_of(with_quality(spill=(spill,)), "QC_COMP").verdict == verdict


def test_a_tandem_is_judged_by_what_is_left_and_not_by_what_is_missing() -> None:
    assert finding_of(with_quality(spill=(spill_of(9.0),)), "QC_TANDEM").verdict == (
        "FAIL"
    )
    assert finding_of(with_quality(spill=(spill_of(-9.0),)), "QC_TANDEM").verdict == (
        "PASS"
    )


def test_dyes_that_no_cell_shows_leave_compensation_unmeasured() -> None:
    tube = with_quality(spill=())

    assert finding_of(tube, "QC_COMP").verdict == "NOT_MEASURED"
    assert finding_of(tube, "QC_TANDEM").verdict == "NOT_MEASURED"


def test_missing_beads_have_no_peak_and_fail() -> None:
    found = finding_of(replace(GOOD, n_beads=0), "QC_BEAD_PEAK")

    assert found.verdict == "FAIL"
    assert found.message == "No bead peak was found."


@pytest.mark.parametrize(("cv", "verdict"), [(5.0, "PASS"), (7.0, "WARN"), (9, "FAIL")])
def test_the_widest_bead_peak_is_judged(cv: float, verdict: str) -> None:
    found = finding_of(
        with_quality(bead_cv_percent={"CD3": cv, "CD45": 2.0}), "QC_BEAD_PEAK"
    )

    assert found.verdict == verdict
    assert "CD3" in found.message


def test_few_beads_have_no_peak_to_judge() -> None:
    found = finding_of(with_quality(bead_cv_percent={}), "QC_BEAD_PEAK")

    assert found.verdict == "NOT_MEASURED"


@pytest.mark.parametrize(
    ("difference", "error", "verdict"),
    [
        (4.0, 1.0, "PASS"),
        (-7.0, 1.0, "WARN"),
        (12.0, 1.0, "FAIL"),
        (12.0, 4.0, "PASS"),
        (nan, nan, "NOT_MEASURED"),
    ],
)
def test_beads_per_cell_are_judged_beyond_what_counting_makes(
    difference: float, error: float, verdict: str
) -> None:
    tube = with_quality(bead_course=RatioCourse(difference, error))

    assert finding_of(tube, "QC_BEAD_TIME").verdict == verdict


def test_beads_that_vanish_in_the_last_third_fail() -> None:
    is_bead = np.zeros(60_000, dtype=np.bool_)
    is_bead[:40_000:5] = True

    course = measure_ratio_course(is_bead, ~is_bead)

    found = finding_of(with_quality(bead_course=course), "QC_BEAD_TIME")
    assert found.value == 200
    assert found.verdict == "FAIL"


def test_a_change_of_beads_by_chance_says_so() -> None:
    found = finding_of(with_quality(bead_course=RatioCourse(12.0, 4.0)), "QC_BEAD_TIME")

    assert found.message == (
        "Beads per cell changed by +12.0 % from the first to the last third of the "
        "events (no change beyond chance was seen; counting alone makes up to 14.0)."
    )


@pytest.mark.parametrize(
    ("decades", "by_chance", "verdict"),
    [
        (0.05, 0.01, "PASS"),
        (0.06, 0.01, "WARN"),
        (0.11, 0.01, "FAIL"),
        (0.11, 0.2, "PASS"),
    ],
)
def test_drift_is_judged_beyond_what_counting_makes(
    decades: float, by_chance: float, verdict: str
) -> None:
    tube = with_quality(drift=Drift("CD45 of lymphocytes", decades, by_chance))

    found = finding_of(tube, "QC_DRIFT")
    assert found.verdict == verdict
    words = "no more than counting alone makes"
    assert (words in found.message) is (decades < by_chance)


def test_too_few_events_leave_drift_unmeasured() -> None:
    found = finding_of(with_quality(drift=Drift()), "QC_DRIFT")

    assert found.verdict == "NOT_MEASURED"


@pytest.mark.parametrize(
    ("percent", "verdict"), [(1.0, "PASS"), (1.5, "WARN"), (2.1, "FAIL")]
)
def test_carry_over_is_judged_unless_it_is_chance(percent: float, verdict: str) -> None:
    real = CarryOver(percent, by_chance=False, problem="")
    chance = replace(real, by_chance=True)

    assert finding_of(with_quality(carry_over=real), "QC_CARRYOVER").verdict == verdict
    assert finding_of(with_quality(carry_over=chance), "QC_CARRYOVER").verdict == "PASS"


@pytest.mark.parametrize(
    ("is_by_order", "when"),
    [
        (False, "in the first 2 s"),
        (True, "in the first tenth of them, as Time cannot be used"),
    ],
)
def test_carry_over_says_where_it_was_looked_for_and_what_chance_makes(
    when: str, *, is_by_order: bool
) -> None:
    real = CarryOver(1.5, by_chance=False, problem="", is_by_order=is_by_order)
    chance = replace(real, by_chance=True)

    said = [
        finding_of(with_quality(carry_over=one), "QC_CARRYOVER").message
        for one in (real, chance)
    ]

    words = f"1.50 % of the events came in excess {when}"
    assert said == [f"{words}.", f"{words}, no more than counting alone makes."]


def test_carry_over_that_was_not_looked_for_says_why() -> None:
    tube = with_quality(carry_over=CarryOver(problem="Time runs backwards"))

    found = finding_of(tube, "QC_CARRYOVER")

    assert found.verdict == "NOT_MEASURED"
    assert found.message == "Not measured: Time runs backwards."


@pytest.mark.parametrize(
    ("share", "verdict"), [(50.0, "PASS"), (55.0, "WARN"), (61.0, "FAIL")]
)
def test_pile_up_is_judged_where_channels_are_logarithmic(
    share: float, verdict: str
) -> None:
    found = finding_of(with_quality(axis_percent={"CD3": 1, "CD8": share}), "QC_AXIS")

    assert found.verdict == verdict
    assert found.message.startswith("CD8:")


def test_doublets_are_estimated_from_pairs_of_t_and_b_cells() -> None:
    # CD3 70 % and CD19 14 %: of all pairs 19.6 % are T with B.
    found = finding_of(with_quality(n_doublets=60), "QC_DOUBLETS")

    assert found.value == pytest.approx(100 * 60 / 15_000 / 0.196)
    assert found.verdict == "WARN"
    assert finding_of(with_quality(n_doublets=8), "QC_DOUBLETS").verdict == "PASS"


@pytest.mark.parametrize(("n_pairs", "verdict"), [(13, "NOT_MEASURED"), (16, "WARN")])
def test_doublets_that_counting_explains_raise_nothing(
    n_pairs: int, verdict: str
) -> None:
    # With 4 % of B cells 1 % of doublets give 8.4 pairs, once in a hundred tubes 15.
    tube = replace(
        with_percent(CD19=4.0),
        quality=replace(GOOD.quality, n_doublets=n_pairs),
    )

    found = finding_of(tube, "QC_DOUBLETS")

    words = "Not judged: chance makes so few CD3+CD19+ events."
    assert found.value > 1.5
    assert found.verdict == verdict
    assert found.message.endswith(words) is (verdict == "NOT_MEASURED")


def test_a_panel_without_a_viability_dye_says_so() -> None:
    found = finding_of(with_quality(viable_percent=None), "QC_VIAB")

    assert found.verdict == "NOT_MEASURED"
    assert found.message == "Not measured: the panel has no viability dye."


def test_leukocytes_of_one_mode_are_neither_living_nor_dead() -> None:
    found = finding_of(with_quality(viable_percent=nan), "QC_VIAB")

    assert found.verdict == "NOT_MEASURED"
    assert found.message == (
        "Not measured: living and dead leukocytes do not stand apart."
    )


def test_too_few_leukocytes_have_no_viability() -> None:
    found = finding_of(with_quality(viable_percent=nan, n_leukocytes=19), "QC_VIAB")

    assert found.message == "Not measured: too few leukocytes."


@pytest.mark.parametrize(
    ("alive", "verdict"), [(85.0, "PASS"), (80.0, "WARN"), (74.0, "FAIL")]
)
def test_viability_is_judged_where_there_is_a_dye(alive: float, verdict: str) -> None:
    assert finding_of(with_quality(viable_percent=alive), "QC_VIAB").verdict == verdict


def test_what_cannot_exist_by_design_is_not_checked() -> None:
    tube = replace(
        GOOD,
        count_method="dual",
        n_beads=None,
        quality=replace(
            GOOD.quality, gate=None, spill=None, drift=None, axis_percent=None
        ),
    )

    codes = {one.check for one in check_tube(replace(tube), LIMITS)}

    assert codes.isdisjoint(
        {
            "QC_PURITY", "QC_RECOVERY", "QC_COMP", "QC_TANDEM", "QC_DRIFT", "QC_AXIS",
            "QC_BEAD_PEAK", "QC_BEAD_TIME", "QC_N_BEADS",
        }
    )  # fmt: skip


def test_a_tube_without_a_tandem_has_no_tandem_to_break() -> None:
    tube = with_quality(has_tandem=False)

    assert "QC_TANDEM" not in {one.check for one in check_tube(tube, LIMITS)}


def test_noise_passes_too_few_events_do_not_and_a_given_verdict_stands() -> None:
    limits = CheckLimits(pass_high=1, fail_high=2)

    assert judge(Measured(9.0, "", is_noise=True), limits) == "PASS"
    assert judge(Measured(9.0, "", too_few="Few."), limits) == "NOT_MEASURED"
    assert judge(Measured(1.5, "", too_few="Few."), limits) == "NOT_MEASURED"
    assert judge(Measured(0.5, "", too_few="Few."), limits) == "PASS"
    assert judge(Measured(nan, "", verdict=Verdict.FAIL), limits) == "FAIL"
