"""From findings to a verdict for each row and a class for each sample."""

from math import nan

import pytest

from cytoflow_blina.counting.combine_tubes import combine_tubes
from cytoflow_blina.domain.counting import PopulationCount, TubeCounts
from cytoflow_blina.domain.finding import Finding, Verdict
from cytoflow_blina.domain.sample import Sample
from cytoflow_blina.quality.release import (
    INCOMPLETE,
    is_tube_usable,
    judge_rows,
    release_sample,
    replicates_fail,
)


def finding(
    check: str, verdict: str, tube: str = "A", value: float = 1.0, level: str = "tube"
) -> Finding:
    return Finding("S1", tube, level, check, value, "", "", Verdict(verdict), "")


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ([finding("QC_SAT", "PASS")], "release"),
        ([finding("QC_SAT", "PASS"), finding("QC_TIME", "NOT_MEASURED")], "release"),
        ([finding("QC_SAT", "PASS"), finding("QC_T_SUM", "WARN")], "look"),
        ([finding("QC_SAT", "PASS"), finding("QC_N_LYMPH", "FAIL", value=80)], "look"),
        ([finding("QC_N_LYMPH", "FAIL", value=0)], "reject"),
        ([finding("QC_SAT", "FAIL"), finding("QC_T_SUM", "WARN")], "reject"),
        ([finding("QC_TIME", "NOT_MEASURED", value=nan)], "look"),
        ([], "look"),
    ],
)
def test_the_release_class_follows_the_worst_finding(
    findings: list[Finding], expected: str
) -> None:
    assert release_sample(findings).release_class == expected


def test_a_sample_that_lacks_a_tube_is_looked_at() -> None:
    released = release_sample([finding("QC_SAT", "PASS")], is_complete=False)

    assert released.release_class == "look"
    assert released.reasons == (INCOMPLETE,)


def test_a_tube_with_few_events_is_usable_and_a_saturated_one_is_not() -> None:
    findings = [
        finding("QC_N_LYMPH", "FAIL", "A", value=100),
        finding("QC_SAT", "FAIL", "B"),
    ]

    assert is_tube_usable(findings, "A")
    assert not is_tube_usable(findings, "B")


def test_only_a_failed_replicate_check_fails_the_replicates() -> None:
    warned = finding("QC_CD3_REP", "WARN", "", level="sample")
    failed = finding("QC_CD3_ABS_REP", "FAIL", "", level="sample")

    assert not replicates_fail([warned])
    assert replicates_fail([warned, failed])


def test_a_fault_of_one_tube_does_not_stain_the_rows_of_the_other() -> None:
    sample = Sample("S1", "P1", 1, "D0", 0, "PB", "none")
    count = PopulationCount(50, 100, "")
    tubes = [
        TubeCounts("A", {"CD3": count, "CD4": count}, 100),
        TubeCounts("B", {"CD3": count, "NK": count}, 100),
    ]
    findings = [
        finding("QC_SAT", "FAIL", "A"),
        finding("QC_SAT", "PASS", "B"),
        finding("QC_CD3_REP", "WARN", "", level="sample"),
    ]

    rows = {
        row.population: row
        for row in judge_rows(combine_tubes(sample, tubes), findings)
    }

    assert rows["CD4"].qc_status == "FAIL"
    assert rows["CD4"].qc_flags == ("QC_CD3_REP", "QC_SAT")
    assert rows["CD4"].qc_fails == ("QC_SAT",)
    assert rows["NK"].qc_status == "WARN"
    assert rows["NK"].qc_flags == ("QC_CD3_REP",)
    assert rows["NK"].qc_fails == ()
    assert rows["CD3"].qc_status == "FAIL"
    assert {row.release_class for row in rows.values()} == {"reject"}


def test_rows_of_a_single_tube_take_its_findings() -> None:
    sample = Sample("S1", "P1", 1, "D0", 0, "PB", "none")
    tube = TubeCounts("", {"NK": PopulationCount(5, 100, "")}, 100)

    rows = judge_rows(
        combine_tubes(sample, [tube]), [finding("QC_LYMPHOSUM", "WARN", "", 92.0)]
    )

    assert {row.qc_flags for row in rows} == {
        ("FLAG_UNCLASSIFIED_LYMPH", "QC_LYMPHOSUM")
    }
    assert {row.release_class for row in rows} == {"look"}


def test_a_lymphosum_above_100_leaves_no_lymphocyte_unclassified() -> None:
    sample = Sample("S1", "P1", 1, "D0", 0, "PB", "none")
    tube = TubeCounts("", {"NK": PopulationCount(5, 100, "")}, 100)

    rows = judge_rows(
        combine_tubes(sample, [tube]), [finding("QC_LYMPHOSUM", "WARN", "", 107.0)]
    )

    assert {row.qc_flags for row in rows} == {("QC_LYMPHOSUM",)}
