"""A whole cohort of known values, its tables held to scipy, statsmodels, lifelines."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import hypot, log2
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from lifelines import KaplanMeierFitter
from lifelines.statistics import logrank_test
from scipy import stats

from cytoflow_blina.cohort.people import gather_people
from cytoflow_blina.domain.counting import CountRow
from cytoflow_blina.domain.sample import Sample
from cytoflow_blina.export.tables import read_table
from cytoflow_blina.workflow.analysis import TABLES, analyse
from cytoflow_blina.workflow.cohort_tables import CohortTables
from cytoflow_blina.workflow.compare import compare_run
from cytoflow_blina.workflow.plan import load_plan
from tests.workflow.cohort_study import count, edit, make_cohort, sample

PLAN = """
[[comparison]]
name = "overall"
post = ["EOT"]

[[comparison]]
name = "14 days"
post = ["EOT"]
where = { infusion = ["14 d"] }

[[comparison]]
name = "every cycle"
post = ["EOT"]
cycles = "all"
outcomes = ["CD3"]

[[comparison]]
name = "cytokines"
post = ["EOT"]
outcomes = ["IL-6", "CD3"]

[[group_comparison]]
name = "change by group"
by = "group2"
a = ["RRPOS"]
b = ["NEG"]
post = ["EOT"]
outcomes = ["CD3"]

[[group_comparison]]
name = "baseline by group"
of = "value"
by = "group2"
a = ["RRPOS"]
b = ["NEG"]
outcomes = ["CD3", "age_months"]

[[kinetics]]
name = "course"
visits = ["D0", "D14", "EOT"]
outcomes = ["CD3"]

[[response]]
name = "response"
by = ["group2"]
predictors = ["age_months", "sex", "D0:CD3"]
model = ["poor_cytogenetics"]

[[survival]]
name = "efs"
endpoint = "efs"
by = "group3"
groups = [["A"], ["B"]]
at_months = [6.0]

[[survival]]
name = "efs, landmark"
endpoint = "efs"
by = "group3"
groups = [["A"], ["B"]]
landmark_months = 3.0

[[survival]]
name = "os"
endpoint = "os"

[[adverse_events]]
name = "events"
by = "group2"
a = ["RRPOS"]
b = ["NEG"]

[[characteristics]]
name = "patients"
by = "group2"
a = ["RRPOS"]
b = ["NEG"]
columns = ["sex", "age_months"]
"""

N = 20
SUBJECTS = [f"P{number:02d}" for number in range(1, N + 1)]
WITHOUT_BASELINE, SATURATED, WITHOUT_GROUP = "P19", "P20", "P18"
SPREAD = 60.0
LIMIT = 2.5


@dataclass(frozen=True)
class Cohort:
    """What was put into the study, and the tables that came of it."""

    folder: Path
    cd3: Mapping[tuple[str, str], float]
    il6: Mapping[tuple[str, str], float]
    people: pd.DataFrame

    def table(self, name: str, **where: object) -> pd.DataFrame:
        """Read a table, its rows with some values alone."""
        frame = read_table(self.folder / f"{name}.csv", name)
        for column, value in where.items():
            frame = frame[frame[column] == value]
        return frame

    def row(self, name: str = "comparisons", **where: object) -> Any:
        """Read the only row with some values."""
        (found,) = self.table(name, **where).to_dict("records")
        return found

    def paired(self, *subjects: str) -> tuple[np.ndarray, np.ndarray]:
        """Give CD3 before and after of those who have both."""
        usable = [one for one in subjects if one not in {WITHOUT_BASELINE, SATURATED}]
        before, after = (
            np.array([self.cd3[one, visit] for one in usable])
            for visit in ("D0", "EOT")
        )
        return before, after

    def members(self, **where: object) -> list[str]:
        """List the subjects with some values."""
        frame = self.people
        for column, value in where.items():
            frame = frame[frame[column] == value]
        return list(frame["subject_id"])


def described(rng: np.random.Generator) -> pd.DataFrame:
    """Make up the subjects, one row each."""
    efs = np.round(rng.exponential(8, N), 2)
    rows = [
        {
            "subject_id": one,
            "sex": "FM"[number % 3 == 0],
            "age_months": round(float(rng.uniform(12, 200)), 3),
            "poor_cytogenetics": int(number % 4 == 0),
            "group3": "AB"[number % 2],
            "group2": "" if one == WITHOUT_GROUP else ("RRPOS", "NEG")[number % 2],
            "infusion_days_planned": 14 if number < 10 else 28,
            "response": ("CR", "NR", "MRD_CR", "NR", "NE")[number % 5],
            "efs_months": efs[number],
            "efs_event": int(number % 3 != 0),
            "os_months": efs[number] + 2,
            "os_event": int(number % 5 == 0 and number % 3 != 0),
        }
        for number, one in enumerate(SUBJECTS)
    ]
    return pd.DataFrame(rows)


def counted(
    cd3: Mapping[tuple[str, str], float],
) -> tuple[list[Sample], list[CountRow]]:
    """Draw every sample, and a second cycle of one subject, far from all others."""
    samples = [sample(*key) for key in cd3]
    rows = []
    for one in samples:
        value = cd3[one.subject_id, one.visit]
        cells = count(one, "CD3", value, spread=SPREAD)
        if (one.subject_id, one.visit) == (SATURATED, "EOT"):
            cells = replace(cells, qc_fails=("QC_SAT",))
        b_cells = 0.0 if one.visit == "EOT" else 100.0
        rows += [cells, count(one, "CD19", b_cells)]
    for visit in ("D0", "EOT"):
        later = sample("P01", visit, cycle=2)
        samples.append(later)
        rows.append(count(later, "CD3", 90_000.0))
    return samples, rows


def tables_of(
    people: pd.DataFrame, il6: Mapping[tuple[str, str], float]
) -> dict[str, list[dict[str, Any]]]:
    of_cycle = ["group2", "infusion_days_planned", "response"]
    subjects = people.drop(columns=of_cycle).to_dict("records")
    cycles = [
        {"cycle": 1, **row}
        for row in people[["subject_id", *of_cycle]].to_dict("records")
    ]
    second = {"subject_id": "P01", "cycle": 2, "response": "NR"}
    return {
        "subjects": [{str(k): v for k, v in row.items()} for row in subjects],
        "cycles": [{str(k): v for k, v in row.items()} for row in cycles] + [second],
        "measurements": [
            {
                "subject_id": subject,
                "cycle": 1,
                "visit": visit,
                "analyte": "IL-6",
                "value": max(value, LIMIT),
                "unit": "pg/mL",
                "lower_limit": LIMIT,
                "censored": int(value < LIMIT),
            }
            for (subject, visit), value in il6.items()
        ],
        "adverse_events": [
            {
                "subject_id": one,
                "cycle": 1,
                "term": "CRS",
                "grade": number % 5,
            }
            for number, one in enumerate(SUBJECTS[:16])
        ],
    }


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    """Make a cohort of known values, and analyse it."""
    rng = np.random.default_rng(11)
    people = described(rng)
    cd3 = {}
    for one in SUBJECTS:
        base = float(rng.lognormal(6.5, 0.6))
        for visit, shift in (("D0", 0.0), ("D14", 40.0), ("EOT", 150.0)):
            if (one, visit) != (WITHOUT_BASELINE, "D0"):
                value = base + shift + float(rng.normal(0, 120))
                cd3[one, visit] = round(max(value, 5.0), 3)
    il6 = {
        (one, visit): round(float(rng.lognormal(1.2 + shift, 0.8)), 2)
        for one in SUBJECTS[:9]
        for visit, shift in (("D0", 0.0), ("EOT", 0.5))
    }
    samples, rows = counted(cd3)
    folder = make_cohort(
        tmp_path_factory.mktemp("cohort") / "study",
        samples,
        plan=PLAN,
        tables=tables_of(people, il6),
        counts=rows,
    )
    edit(folder, "study.toml", 'describe_by = ""', 'describe_by = "group2"')
    compare_run(folder)
    return Cohort(folder, cd3, il6, people)


# ---- pairs


def test_pairs_are_compared_as_scipy_compares_them(cohort: Cohort) -> None:
    before, after = cohort.paired(*SUBJECTS)

    row = cohort.row(contrast="overall", outcome="CD3")

    expected = stats.wilcoxon(after, before, method="exact")
    assert row["p_value"] == pytest.approx(expected.pvalue)
    assert row["statistic"] == expected.statistic
    assert row["n_pairs"] == row["n_a"] == row["n_b"] == 18
    assert row["n_excluded"] == 2
    assert row["median_a"] == np.median(before)
    assert row["median_b"] == np.median(after)
    walsh = [
        (a + b) / 2 for i, a in enumerate(after - before) for b in (after - before)[i:]
    ]
    assert row["effect"] == pytest.approx(np.median(walsh))


def test_a_second_cycle_changes_nothing_unless_it_is_asked_for(cohort: Cohort) -> None:
    assert cohort.row(contrast="overall", outcome="CD3")["max_a"] < 90_000

    every = cohort.row(contrast="every cycle", outcome="CD3")

    assert every["n_pairs"] == 19
    assert every["max_a"] == 90_000
    assert every["test"].startswith("linear mixed model")
    assert every["method"].startswith(
        "several cycles of a subject, hence a mixed model"
    )


def test_pairs_of_one_length_of_infusion_are_compared_alone(cohort: Cohort) -> None:
    before, after = cohort.paired(*cohort.members(infusion_days_planned=14))

    row = cohort.row(contrast="14 days", outcome="CD3")

    assert row["n_pairs"] == before.size == 10
    expected = stats.wilcoxon(after, before, method="exact")
    assert row["p_value"] == pytest.approx(expected.pvalue)


def test_p_is_adjusted_within_the_family_of_a_contrast(cohort: Cohort) -> None:
    found = cohort.table("comparisons", contrast="overall", family="counts")

    p_values = dict(zip(found["outcome"], found["p_value"], strict=True))
    adjusted = dict(zip(found["outcome"], found["p_adjusted"], strict=True))
    assert set(p_values) == {"CD3", "CD19"}
    # B cells are gone in everybody, so that theirs is the smaller of two.
    assert adjusted["CD19"] == pytest.approx(2 * p_values["CD19"])
    assert adjusted["CD3"] == pytest.approx(max(p_values["CD3"], adjusted["CD19"]))


def test_everybody_without_a_pair_is_listed_and_counted_at_a_stage(
    cohort: Cohort,
) -> None:
    listed = cohort.table("exclusions", contrast="overall")
    of_cd3 = listed[(listed["outcomes"] == "") | listed["outcomes"].str.contains("CD3")]

    assert set(zip(of_cd3["subject_id"], of_cd3["reason"], strict=True)) == {
        (WITHOUT_BASELINE, "no sample at D0"),
        (SATURATED, "EOT: QC_SAT failed"),
    }
    stages = cohort.table("attrition", contrast="overall", reason="")
    assert list(stages["n_subjects"]) == [20, 20, 19, 19]
    assert list(stages["n_cycles"]) == [21, 20, 19, 19]
    later = cohort.row(
        "attrition", contrast="overall", reason="a later cycle of the same subject"
    )
    assert (later["n_subjects"], later["n_cycles"]) == (0, 1)


def test_a_change_is_told_from_its_counting_error(cohort: Cohort) -> None:
    pairs = cohort.table("pairs", contrast="overall", outcome="CD3")
    reach = hypot(SPREAD, SPREAD)

    assert len(pairs) == 18
    for row in pairs.to_dict("records"):
        before, after = (cohort.cd3[row["subject_id"], v] for v in ("D0", "EOT"))
        assert row["difference"] == pytest.approx(after - before)
        assert row["difference_lo95"] == pytest.approx(after - before - reach)
        assert bool(row["exceeds_counting_error"]) == (abs(after - before) > reach)
    assert 0 < pairs["exceeds_counting_error"].sum() < 18


def test_a_value_without_interval_is_not_said_to_exceed_its_error(
    cohort: Cohort,
) -> None:
    pairs = cohort.table("pairs", contrast="overall", outcome="CD19")

    assert pairs["exceeds_counting_error"].isna().all()
    assert pairs["censored_b"].all()


# ---- measurements


def test_cytokines_below_their_limit_tie_at_it(cohort: Cohort) -> None:
    before, after = (
        np.array([max(cohort.il6[one, v], LIMIT) for one in SUBJECTS[:9]])
        for v in ("D0", "EOT")
    )
    n_censored = [
        sum(cohort.il6[one, v] < LIMIT for one in SUBJECTS[:9]) for v in ("D0", "EOT")
    ]

    row = cohort.row(contrast="cytokines", outcome="IL-6")

    assert min(n_censored) > 0
    assert (row["n_pairs"], row["n_excluded"], row["unit"]) == (9, 0, "pg/mL")
    assert [row["n_censored_a"], row["n_censored_b"]] == n_censored
    expected = stats.wilcoxon(
        after - before, zero_method="wilcox", method=stats.PermutationMethod()
    )
    assert row["p_value"] == pytest.approx(expected.pvalue)
    assert row["min_a"] == LIMIT


def test_what_is_said_of_counts_is_not_said_of_a_cytokine(cohort: Cohort) -> None:
    listed = cohort.table("exclusions", contrast="cytokines")

    assert set(listed["outcomes"]) == {"CD3"}
    stages = cohort.table("attrition", contrast="cytokines: IL-6", reason="")
    assert list(stages["n_subjects"]) == [9, 9, 9, 9]
    assert list(
        cohort.table("attrition", contrast="cytokines", reason="")["stage"]
    ) == [
        1,
        2,
        3,
        4,
    ]


# ---- groups


def exact_p(a: Any, b: Any) -> float:
    """Compare two groups without ties."""
    return float(stats.mannwhitneyu(a, b, method="exact").pvalue)


def test_changes_of_two_groups_are_compared_as_scipy_compares_them(
    cohort: Cohort,
) -> None:
    changes = []
    for group in ("RRPOS", "NEG"):
        before, after = cohort.paired(*cohort.members(group2=group))
        changes.append(after - before)

    row = cohort.row(contrast="change by group")

    expected = exact_p(*changes)
    assert row["outcome"] == "change of CD3"
    assert row["p_value"] == pytest.approx(expected)
    assert (row["n_a"], row["n_b"]) == tuple(one.size for one in changes) == (9, 8)
    assert row["n_excluded"] == 2
    assert row["effect"] == pytest.approx(
        np.median(np.subtract.outer(changes[0], changes[1]))
    )
    unknown = cohort.row(
        "exclusions", contrast="change by group", subject_id=WITHOUT_GROUP
    )
    assert unknown["reason"] == "group2 is not known"


def test_values_of_two_groups_are_those_of_the_visit_and_of_columns(
    cohort: Cohort,
) -> None:
    groups = [cohort.members(group2=group) for group in ("RRPOS", "NEG")]
    cd3 = [
        [cohort.cd3[one, "D0"] for one in group if one != WITHOUT_BASELINE]
        for group in groups
    ]
    age = cohort.people.set_index("subject_id")["age_months"]

    of_cd3, of_age = (
        cohort.row(contrast="baseline by group", outcome=name)
        for name in ("CD3", "age_months")
    )

    assert of_cd3["p_value"] == pytest.approx(exact_p(*cd3))
    assert of_cd3["n_excluded"] == 1
    expected = exact_p(*(age[group] for group in groups))
    assert of_age["p_value"] == pytest.approx(expected)
    assert (of_age["n_a"], of_age["n_b"], of_age["n_excluded"]) == (10, 9, 0)


def test_patients_are_described_once_each(cohort: Cohort) -> None:
    cells = [
        [len(cohort.members(group2=group, sex=sex)) for sex in ("F", "M")]
        for group in ("RRPOS", "NEG")
    ]

    row = cohort.row(contrast="patients", outcome="sex=F")

    assert row["cells"] == " / ".join(" | ".join(map(str, one)) for one in cells)
    assert row["p_value"] == pytest.approx(stats.fisher_exact(np.array(cells)).pvalue)
    share = cohort.row(
        "rates", contrast="patients", outcome="sex=F", category="F", group="RRPOS"
    )
    assert (share["n_events"], share["n"]) == (cells[0][0], sum(cells[0]))


# ---- visits


def test_the_course_is_that_of_a_mixed_model(cohort: Cohort) -> None:
    frame = pd.DataFrame(
        [
            {"subject": subject, "visit": visit, "y": log2(value + 1)}
            for (subject, visit), value in cohort.cd3.items()
            if (subject, visit) != (SATURATED, "EOT")
        ]
    )
    model = smf.mixedlm("y ~ C(visit, Treatment('D0'))", frame, groups="subject").fit()

    for visit, n in (("D14", 20), ("EOT", 19)):
        row = cohort.row(contrast="course", outcome=f"CD3 at {visit}")
        term = f"C(visit, Treatment('D0'))[T.{visit}]"
        assert log2(row["effect"]) == pytest.approx(model.fe_params[term], abs=1e-4)
        assert (row["n_a"], row["n_b"], row["n_excluded"]) == (19, n, 1)
    (listed,) = cohort.table("exclusions", contrast="course").to_dict("records")
    assert (listed["subject_id"], listed["reason"]) == (SATURATED, "EOT: QC_SAT failed")


# ---- response


def test_the_rate_of_response_is_exact_and_leaves_out_who_was_not_evaluated(
    cohort: Cohort,
) -> None:
    row = cohort.row(
        "rates", contrast="response", outcome="response", category="responders"
    )

    assert (row["n_events"], row["n"]) == (8, 16)
    exact = stats.binomtest(8, 16).proportion_ci(method="exact")
    assert (row["percent_lo95"], row["percent_hi95"]) == pytest.approx(
        (100 * exact.low, 100 * exact.high)
    )
    listed = cohort.table("exclusions", contrast="response", reason="response is NE")
    assert len(listed) == 4


def test_response_is_compared_between_groups_by_fisher(cohort: Cohort) -> None:
    responders = {*cohort.members(response="CR"), *cohort.members(response="MRD_CR")}
    failures = set(cohort.members(response="NR"))
    cells = np.array(
        [
            [
                len(kind & set(cohort.members(group2=g)))
                for kind in (responders, failures)
            ]
            for g in ("NEG", "RRPOS")
        ]
    )

    row = cohort.row(contrast="response", outcome="response by group2")

    assert row["p_value"] == pytest.approx(stats.fisher_exact(cells).pvalue)
    assert row["groups"] == "NEG;RRPOS"
    assert row["n_excluded"] == 1
    # One test of rates is a family of its own.
    assert (row["p_adjusted"], row["adjustment"]) == (row["p_value"], "Holm")


def test_predictors_are_compared_one_by_one(cohort: Cohort) -> None:
    who = cohort.people.set_index("subject_id")
    kinds = [who[who["response"].isin(["CR", "MRD_CR"])], who[who["response"] == "NR"]]

    age = cohort.row(contrast="response", outcome="age_months")
    cd3 = cohort.row(contrast="response", outcome="CD3")
    sex = cohort.row(contrast="response", outcome="sex=F")

    ages = [kind["age_months"] for kind in kinds]
    assert age["p_value"] == pytest.approx(exact_p(*ages))
    counts = [
        [cohort.cd3[one, "D0"] for one in kind.index if one != WITHOUT_BASELINE]
        for kind in kinds
    ]
    assert cd3["p_value"] == pytest.approx(exact_p(*counts))
    assert cd3["n_excluded"] == 1
    cells = np.array([[(kind["sex"] == s).sum() for s in "FM"] for kind in kinds])
    assert sex["p_value"] == pytest.approx(stats.fisher_exact(cells).pvalue)


def test_the_model_of_one_predictor_adds_a_half_to_each_cell(cohort: Cohort) -> None:
    who = cohort.people
    poor, failed = who["poor_cytogenetics"] == 1, who["response"] == "NR"
    known = who["response"] != "NE"
    a, b, c, d = (
        (one & known).sum() + 0.5
        for one in (poor & failed, poor & ~failed, ~poor & failed, ~poor & ~failed)
    )

    row = cohort.row(contrast="response: model")

    assert row["outcome"] == "poor_cytogenetics"
    assert row["effect"] == pytest.approx(a * d / (b * c), rel=1e-5)
    assert (row["n_events"], row["n_a"], row["n_b"]) == (8, 8, 8)


# ---- survival and events


def test_survival_is_that_of_lifelines(cohort: Cohort) -> None:
    a, b = (cohort.people[cohort.people["group3"] == group] for group in "AB")

    row = cohort.row(contrast="efs")

    expected = logrank_test(
        a["efs_months"], b["efs_months"], a["efs_event"], b["efs_event"]
    )
    assert row["p_value"] == pytest.approx(expected.p_value)
    assert (row["n_a"], row["n_b"]) == (10, 10)
    assert row["n_events"] == cohort.people["efs_event"].sum()
    fitter = KaplanMeierFitter().fit(a["efs_months"], a["efs_event"])
    rate = cohort.row("survival_rates", contrast="efs", group="A")
    assert rate["percent"] == pytest.approx(100 * fitter.predict(6.0))


def test_a_landmark_takes_those_who_were_followed_up_to_it(cohort: Cohort) -> None:
    left = cohort.people[cohort.people["efs_months"] > 3]
    a, b = (left[left["group3"] == group] for group in "AB")

    row = cohort.row(contrast="efs, landmark")

    expected = logrank_test(
        a["efs_months"] - 3, b["efs_months"] - 3, a["efs_event"], b["efs_event"]
    )
    assert row["p_value"] == pytest.approx(expected.p_value)
    assert row["n_excluded"] == N - len(left) > 0
    assert len(cohort.table("exclusions", contrast="efs, landmark")) == N - len(left)


def test_survival_of_one_group_has_a_curve_and_no_test(cohort: Cohort) -> None:
    row = cohort.row(contrast="os")

    assert row["method"] == "not defined: one group, nothing to compare it with"
    assert np.isnan(row["p_value"])
    assert row["n_groups"] == "20"
    assert cohort.row("survival_rates", contrast="os")["n"] == 20


def test_events_are_counted_in_those_who_were_assessed(cohort: Cohort) -> None:
    severe = {one for number, one in enumerate(SUBJECTS[:16]) if number % 5 >= 3}
    cells = np.array(
        [
            [len(members & severe), len(members - severe)]
            for members in (
                set(cohort.members(group2=group)) & set(SUBJECTS[:16])
                for group in ("RRPOS", "NEG")
            )
        ]
    )

    row = cohort.row(contrast="events", outcome="CRS, severe")

    assert row["p_value"] == pytest.approx(stats.fisher_exact(cells).pvalue)
    assert (row["n_a"], row["n_b"]) == (8, 8)
    assert row["n_excluded"] == 3
    listed = cohort.table("exclusions", contrast="events", reason="not assessed")
    # P18 has no group, so that nobody knows where it would have counted.
    assert set(listed["subject_id"]) == {"P17", "P19", "P20"}


# ---- descriptives


def test_every_subject_is_described_or_missing(cohort: Cohort) -> None:
    found = cohort.table("descriptives", group="all", outcome="CD3").set_index("visit")

    assert list(found["n"]) == [19, 20, 19]
    assert (found["n"] + found["n_missing"] == N).all()
    assert found.loc["D0", "n_no_sample"] == 1
    assert found.loc["EOT", "n_no_sample"] == 0
    values = [value for (_, visit), value in cohort.cd3.items() if visit == "D14"]
    assert found.loc["D14", "median"] == np.median(values)
    assert found.loc["D14", "q1"] == pytest.approx(np.quantile(values, 0.25))


def test_groups_add_up_to_all(cohort: Cohort) -> None:
    found = cohort.table("descriptives", outcome="CD3", visit="D0").set_index("group")

    assert set(found.index) == {"all", "RRPOS", "NEG", "not known"}
    parts = found.drop(index="all")
    for column in ("n", "n_missing", "n_no_sample", "n_censored"):
        assert parts[column].sum() == found.loc["all", column]


def test_what_was_below_its_limit_and_who_was_never_measured_is_told(
    cohort: Cohort,
) -> None:
    il6 = cohort.row("descriptives", group="all", outcome="IL-6", visit="D0")
    b_cells = cohort.row("descriptives", group="all", outcome="CD19", visit="EOT")

    assert (il6["n"], il6["n_missing"], il6["n_no_sample"]) == (9, 11, 11)
    assert il6["n_censored"] == sum(
        value < LIMIT for (_, visit), value in cohort.il6.items() if visit == "D0"
    )
    assert (b_cells["n"], b_cells["n_censored"]) == (20, 20)


# ---- the whole


def tables_in(folder: Path) -> CohortTables:
    plan = load_plan(folder, with_files=False)
    return CohortTables(
        config=plan.config,
        counts=read_table(folder / "counts.csv", "counts"),
        samples=tuple(row.sample for row in plan.samples),
        people=gather_people(plan.subjects, plan.cycles, plan.adverse_events),
        measurements=plan.measurements,
        adverse_events=plan.adverse_events,
    )


def test_the_order_in_which_rows_come_does_not_matter(cohort: Cohort) -> None:
    forth = tables_in(cohort.folder)
    back = replace(
        forth,
        counts=forth.counts.iloc[::-1],
        samples=forth.samples[::-1],
        people=gather_people(
            reversed(list(forth.people.subjects.values())),
            reversed(list(forth.people.cycles.values())),
            reversed(forth.adverse_events),
        ),
        measurements=forth.measurements[::-1],
        adverse_events=forth.adverse_events[::-1],
    )

    one, other = analyse(forth), analyse(back)

    assert set(one) == set(TABLES)
    for name in TABLES:
        assert sorted(map(repr, one[name])) == sorted(map(repr, other[name])), name


def test_the_same_folder_gives_the_same_bytes(cohort: Cohort, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(cohort.folder, copy)

    compare_run(copy)

    for name in TABLES:
        file = f"{name}.csv"
        assert (copy / file).read_bytes() == (cohort.folder / file).read_bytes()


def test_one_subject_and_one_visit_give_headers_alone(tmp_path: Path) -> None:
    one = sample("P1", "D0")
    folder = make_cohort(tmp_path / "s", [one], counts=[count(one, "CD3", 5.0)])

    compare_run(folder)

    for name in ("comparisons", "pairs", "rates", "survival", "survival_rates"):
        assert read_table(folder / f"{name}.csv", name).empty
    assert len(read_table(folder / "descriptives.csv", "descriptives")) == 2


def test_an_outcome_that_is_named_and_not_reported_is_told(tmp_path: Path) -> None:
    pair = [sample("P1", "D0"), sample("P1", "EOT")]
    folder = make_cohort(
        tmp_path / "s",
        pair,
        plan='[[kinetics]]\nname = "k"\nvisits = ["D0", "EOT"]\n'
        'outcomes = ["CD3", "NK"]\n',
        counts=[count(one, "CD3", 5.0) for one in pair],
    )

    compare_run(folder)

    rows = read_table(folder / "exclusions.csv", "exclusions")
    told = rows[rows["contrast"] == "k"]
    assert set(told["outcomes"]) == {"NK"}
    assert list(told["reason"]) == [
        f"{visit}: not reported by any tube that was processed"
        for visit in ("D0", "EOT")
    ]


def test_who_may_have_been_asked_for_is_listed_in_every_analysis(
    tmp_path: Path,
) -> None:
    draws = [sample(p, v) for p in ("P1", "P2", "P3") for v in ("D0", "EOT")]
    kinds = {
        "kinetics": 'visits = ["D0", "EOT"]\noutcomes = ["CD3"]',
        "survival": 'endpoint = "os"',
        "response": "",
        "group_comparison": 'by = "sex"\na = ["F"]\nb = ["M"]\noutcomes = ["CD3"]',
    }
    cells = [("P1", "F", "A", "CR"), ("P2", "M", "", "NR"), ("P3", "M", "B", "NR")]
    folder = make_cohort(
        tmp_path / "s",
        draws,
        plan="".join(
            f'[[{kind}]]\nname = "{kind}"\n{content}\nwhere = {{ arm = ["A"] }}\n'
            for kind, content in kinds.items()
        ),
        tables={
            "subjects": [
                {"subject_id": one, "sex": sex, "os_months": 5, "os_event": 1}
                for one, sex, _, _ in cells
            ],
            "cycles": [
                {"subject_id": one, "cycle": 1, "arm": arm, "response": response}
                for one, _, arm, response in cells
            ],
        },
        counts=[count(one, "CD3", 5.0) for one in draws],
    )

    compare_run(folder)

    rows = read_table(folder / "exclusions.csv", "exclusions")
    doubtful = rows[rows["reason"] == "arm is not known"]
    assert set(doubtful["contrast"]) == set(kinds)
    assert set(doubtful["subject_id"]) == {"P2"}


def test_adverse_events_that_nobody_recorded_are_told(tmp_path: Path) -> None:
    one = sample("P1", "D0")
    folder = make_cohort(
        tmp_path / "s",
        [one],
        plan='[[adverse_events]]\nname = "ae"\nby = "group2"\na = ["A"]\nb = ["B"]\n',
        tables={
            "cycles": [
                {"subject_id": "P1", "cycle": number, "group2": group}
                for number, group in enumerate("AB", start=1)
            ]
        },
        counts=[count(one, "CD3", 5.0)],
    )

    compare_run(folder)

    rows = read_table(folder / "exclusions.csv", "exclusions")
    assert list(rows[rows["contrast"] == "ae"]["reason"]) == [
        "adverse_events.csv is not there, or empty"
    ]


def test_what_cannot_be_asked_without_subjects_is_listed(tmp_path: Path) -> None:
    one = sample("P1", "D0")
    folder = make_cohort(
        tmp_path / "s",
        [one],
        plan='[[survival]]\nname = "efs"\nendpoint = "efs"\n',
        counts=[count(one, "CD3", 5.0)],
    )

    compare_run(folder)

    rows = read_table(folder / "exclusions.csv", "exclusions")
    (row,) = rows[rows["contrast"] == "efs"].to_dict("records")
    assert (row["subject_id"], row["reason"]) == (
        "",
        "neither subjects.csv nor cycles.csv is there",
    )


def test_a_comparison_of_what_nobody_has_says_so_at_its_stage(tmp_path: Path) -> None:
    samples = [sample("P1", "D0"), sample("P1", "EOT")]
    folder = make_cohort(
        tmp_path / "s",
        samples,
        plan='[[comparison]]\nname = "14 days"\nwhere = { infusion = ["14 d"] }\n',
        counts=[count(one, "CD3", 5.0) for one in samples],
    )

    compare_run(folder)

    rows = read_table(folder / "attrition.csv", "attrition")
    lost = rows[(rows["contrast"] == "14 days") & (rows["reason"] != "")]
    assert list(zip(lost["stage"], lost["reason"], strict=True)) == [
        (2, "infusion not known")
    ]
