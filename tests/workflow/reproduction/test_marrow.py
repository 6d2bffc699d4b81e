"""The marrow of the synthetic cohort: what is planned, and what is said of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cytoflow_blina.domain.exact_limits import garwood_limits
from cytoflow_blina.export.tables import read_table, write_table
from cytoflow_blina.published.claim_routes import claim_routes
from cytoflow_blina.published.verdict import judge_printed
from cytoflow_blina.simulate.marrow.spec import CloneSpec
from cytoflow_blina.workflow.reproduction.cohort import SyntheticCohort, load_cohort
from cytoflow_blina.workflow.reproduction.drawn_counts import true_counts_frame
from cytoflow_blina.workflow.reproduction.gated_marrow import gate_marrow
from cytoflow_blina.workflow.reproduction.marrow_evidence import (
    MarrowEvidence,
    add_evidence,
    evidence_words,
    gather_evidence,
)
from cytoflow_blina.workflow.reproduction.marrow_plan import (
    N_NUCLEATED,
    PlannedMarrow,
    plan_cohort_marrow,
)

LOD = 100 * 20 / N_NUCLEATED
Found = tuple[pd.DataFrame, pd.DataFrame]


@pytest.fixture(scope="module")
def cohort() -> SyntheticCohort:
    return load_cohort()


@pytest.fixture(scope="module")
def planned(cohort: SyntheticCohort) -> tuple[PlannedMarrow, ...]:
    return plan_cohort_marrow(cohort, 1)


def perfect_row(one: PlannedMarrow) -> Mapping[str, Any]:
    """Write the row of mrd.csv that finds every blast and nothing else."""
    n, is_found = one.n_blasts, one.n_blasts >= 20
    percent = one.simulated_percent
    low, high = garwood_limits(n)
    verdict = ("NEG_BELOW_LOD" if n else "NEG", "CR")
    if is_found:
        verdict = ("POS_NOT_QUANT", "intermediate")
        verdict = ("POS_QUANT", "failure") if percent >= 0.01 else verdict
    return {
        "sample_id": one.sample.sample_id,
        "subject_id": one.sample.subject_id,
        "visit": one.sample.visit,
        "specimen": "BM",
        "mrd_events": n,
        "denominator": "NUC",
        "denominator_events": one.spec.n_nucleated,
        "mrd_percent": percent,
        "mrd_percent_lo95": 100 * low / one.spec.n_nucleated,
        "mrd_percent_hi95": 100 * high / one.spec.n_nucleated,
        "mrd_censored": not is_found,
        "mrd_upper_percent": None if is_found else LOD,
        "lod_percent": LOD,
        "status": verdict[0],
        "class": verdict[1],
        "paper_rule": "positive" if percent >= 0.01 else "negative",
    }


def frames(folder: Path, rows: Sequence[Mapping[str, Any]]) -> Found:
    write_table(folder / "mrd.csv", "mrd", rows)
    return read_table(folder / "mrd.csv", "mrd"), pd.DataFrame()


@pytest.fixture(scope="module")
def evidence(
    cohort: SyntheticCohort,
    planned: tuple[PlannedMarrow, ...],
    tmp_path_factory: pytest.TempPathFactory,
) -> MarrowEvidence:
    folder = tmp_path_factory.mktemp("marrow")
    counts = true_counts_frame(cohort.samples)
    found = frames(folder, [perfect_row(one) for one in planned])
    return gather_evidence(cohort, counts, planned, found)


# ---- what is planned


def test_the_51_have_marrow_before_and_after_and_others_one_without_leukaemia(
    planned: tuple[PlannedMarrow, ...],
) -> None:
    kinds = Counter(
        (one.sample.visit, one.spec.kind, one.n_blasts > 0) for one in planned
    )

    assert kinds == {
        ("D0", "resting", True): 51,
        ("D0", "regenerating", False): 9,
        ("EOT", "aplasia", False): 41,
        ("EOT", "aplasia", True): 10,
    }
    assert len({one.sample.sample_id for one in planned}) == len(planned)


def test_a_marrow_holds_the_mrd_of_its_patient(
    cohort: SyntheticCohort, planned: tuple[PlannedMarrow, ...]
) -> None:
    for one in planned:
        key = (one.sample.subject_id, one.sample.cycle)
        before = cohort.people.number(*key, "mrd_percent_before")
        if one.sample.visit == "D0" and one.n_blasts:
            assert one.simulated_percent == pytest.approx(before, abs=0.00101)


def test_the_same_seed_plans_the_same_and_another_another(
    cohort: SyntheticCohort, planned: tuple[PlannedMarrow, ...]
) -> None:
    assert plan_cohort_marrow(cohort, 1) == planned
    assert plan_cohort_marrow(cohort, 2) != planned


# ---- what is said of it


def test_perfect_marrow_gives_back_the_mrd_of_the_cohort(
    evidence: MarrowEvidence,
) -> None:
    words = dict(evidence_words(evidence, claim_routes()))

    assert words["co.mrd51"] == words["t1.mrd"]
    assert "51 synthetic patients have MRD of 0.523 (0.004 to 63) %" in words["t1.mrd"]


def test_mrd_below_the_cut_off_is_counted_by_both_rules(
    evidence: MarrowEvidence, planned: tuple[PlannedMarrow, ...]
) -> None:
    before = [
        one.simulated_percent
        for one in planned
        if one.sample.visit == "D0" and one.n_blasts
    ]
    n_low = sum(percent < 0.01 for percent in before)
    n_undetected = sum(percent < LOD for percent in before)

    words = dict(evidence_words(evidence, claim_routes()))["co.mrd51"]

    assert n_undetected > 5
    assert f". {n_low} of them were simulated below 0.01 %" in words
    assert f"in {n_undetected} of these fewer events" in words
    assert words.endswith(f"of the other {51 - n_low}, {51 - n_low} were detected.")


def test_p_is_that_of_mrd_as_found_with_undetected_at_the_limit(
    evidence: MarrowEvidence,
    cohort: SyntheticCohort,
    planned: tuple[PlannedMarrow, ...],
) -> None:
    sides: dict[bool, list[float]] = {True: [], False: []}
    for one in planned:
        if one.sample.visit == "D0" and one.n_blasts:
            percent = one.simulated_percent if one.n_blasts >= 20 else LOD
            key = (one.sample.subject_id, one.sample.cycle)
            given = cohort.people.text(*key, "response")
            sides[given in {"CR", "MRD_CR"}].append(percent)
    expected = stats.mannwhitneyu(
        sides[True],
        sides[False],
        method=stats.PermutationMethod(
            n_resamples=20_000, rng=np.random.default_rng(1)
        ),
    ).pvalue

    (found,) = (
        row
        for row in evidence.comparisons
        if (row.contrast, row.outcome) == ("baseline, CR vs NR", "mrd_percent_before")
    )

    assert (found.n_a, found.n_b) == (42, 9)
    assert found.p_value == pytest.approx(expected, abs=0.02)
    words = dict(evidence_words(evidence, claim_routes()))
    assert "(42 v 9; " in words["t2.mrd"]
    assert words["cox.mrd"].startswith("With MRD as it was found")


def test_every_negative_marrow_and_every_response_is_counted(
    evidence: MarrowEvidence,
) -> None:
    words = dict(evidence_words(evidence, claim_routes()))

    assert (
        "Of 50 simulated marrows without a leukaemic cell 50 were" in words["co.st_neg"]
    )
    assert "42 of 51 responded by the status table and 42 by" in words["rr.overall"]
    assert words["rr.overall"].endswith("is given in 0.")


def test_a_row_lost_blasts_and_tells_so(
    cohort: SyntheticCohort, planned: tuple[PlannedMarrow, ...], tmp_path: Path
) -> None:
    missed = next(one for one in planned if one.sample.visit == "EOT" and one.n_blasts)
    blind = replace(missed, spec=replace(missed.spec, clones=()))
    rows = [perfect_row(blind if one is missed else one) for one in planned]
    counts = true_counts_frame(cohort.samples)

    found = gather_evidence(cohort, counts, planned, frames(tmp_path, rows))

    (row,) = (one for one in found.rows if one.sample_id == missed.sample.sample_id)
    assert (row.mrd_events, row.simulated_events) == (0, missed.n_blasts)
    assert (row.response_by_mrd, row.response_given) == ("MRD_CR", "NR")
    words = dict(evidence_words(found, claim_routes()))["rr.overall"]
    assert words.endswith("is given in 1.")


def test_evidence_is_added_to_reasons_and_changes_no_verdict(
    evidence: MarrowEvidence,
) -> None:
    judged = judge_printed()

    told = add_evidence(judged, evidence, claim_routes())

    before, after = ({one.id: one for one in rows} for rows in (judged, told))
    assert [replace(one, reason="") for one in told] == [
        replace(one, reason="") for one in judged
    ]
    assert after["t1.mrd"].reason.startswith(before["t1.mrd"].reason)
    assert "Simulated as marrow" in after["t1.mrd"].reason
    assert after["co.n"] == before["co.n"]


def test_without_marrow_nothing_is_said() -> None:
    judged = judge_printed()

    assert dict(evidence_words(MarrowEvidence(), claim_routes())) == {}
    assert add_evidence(judged, MarrowEvidence(), claim_routes()) == list(judged)


@pytest.mark.slow
def test_marrow_is_simulated_gated_and_kept_by_the_whole_pipeline(
    cohort: SyntheticCohort, planned: tuple[PlannedMarrow, ...], tmp_path: Path
) -> None:
    typical = [
        replace(one, spec=replace(one.spec, clones=(CloneSpec(one.n_blasts),)))
        for one in planned
        if one.centre == 1 and 100 < one.n_blasts < 1_000
    ][:1]
    without = [one for one in planned if one.centre == 1 and not one.n_blasts][:1]
    steps: list[str] = []
    work = (tmp_path, 0, steps.append)

    mrd, _ = gate_marrow(cohort, [*typical, *without], 1, work)
    again, _ = gate_marrow(cohort, [*typical, *without], 1, work)

    pd.testing.assert_frame_equal(mrd, again)
    assert steps.count("simulating marrow") == 2
    assert steps.count("gating marrow") == 2 + 4
    found = mrd.set_index("sample_id")
    assert found.loc[typical[0].sample.sample_id, "mrd_percent"] == pytest.approx(
        typical[0].simulated_percent, rel=0.15
    )
    assert not list(tmp_path.rglob("*.fcs"))


def test_every_cell_of_a_marrow_has_its_column(
    evidence: MarrowEvidence, tmp_path: Path
) -> None:
    cells = [row.cells() for row in evidence.rows]

    write_table(tmp_path / "marrow.csv", "marrow", cells)

    written = read_table(tmp_path / "marrow.csv", "marrow")
    assert list(written.columns) == list(cells[0])
    assert len(written) == 111
