"""Hold the synthetic cohort to the published numbers and to itself."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.stats import rankdata

import cytoflow_blina.published

FOLDER = Path(cytoflow_blina.published.__file__).parent / "cohort"

FloatArray = NDArray[np.float64]

ANALYTES = ("CD3", "CD4", "CD8", "NK", "CD19")


def table(name: str) -> pd.DataFrame:
    """Read a table; only an empty field is missing."""
    return pd.read_csv(FOLDER / f"{name}.csv", keep_default_na=False, na_values=[""])


@pytest.fixture(scope="module")
def subjects() -> pd.DataFrame:
    return table("subjects")


@pytest.fixture(scope="module")
def cycles() -> pd.DataFrame:
    return table("cycles")


@pytest.fixture(scope="module")
def counts() -> pd.DataFrame:
    """Give counts in 1e9/L, with lymphocytes, ratio and percentages."""
    found = table("true_counts")
    found[[*ANALYTES, "DNT"]] /= 1000
    found["LYMPH"] = found["CD3"] + found["NK"] + found["CD19"]
    found["RATIO"] = found["CD4"] / found["CD8"]
    for name in ANALYTES:
        found[f"{name}_PCT"] = 100 * found[name] / found["LYMPH"]
    return found


@pytest.fixture(scope="module")
def pairs(counts: pd.DataFrame, cycles: pd.DataFrame) -> pd.DataFrame:
    """One row a pair: columns of `before`, `after`, and the first cycle."""
    first = counts[counts["rel_day"] == 0].set_index("subject_id")
    last = counts[counts["rel_day"] > 0].set_index("subject_id")
    both = first.add_suffix("_before").join(last.add_suffix("_after"), how="inner")
    return both.join(cycles[cycles["cycle"] == 1].set_index("subject_id"))


@pytest.fixture(scope="module")
def baseline(counts: pd.DataFrame, cycles: pd.DataFrame) -> pd.DataFrame:
    """First samples of the 51, with their response."""
    first = counts[counts["rel_day"] == 0].set_index("subject_id")
    joined = first.join(
        cycles[cycles["cycle"] == 1].set_index("subject_id"), rsuffix="_"
    )
    return joined[joined["group2"] == "RRPOS"]


def wilcoxon_p(before: FloatArray, after: FloatArray) -> float:
    """Count signs over all that the ranks could bear, zeros dropped."""
    change = np.round(after - before, 9)
    change = change[change != 0]
    doubled = np.rint(2 * rankdata(np.abs(change))).astype(np.int64)
    smaller = min(doubled[change > 0].sum(), doubled[change < 0].sum())
    chances = np.ones(1)
    for rank in doubled:
        chances = (np.pad(chances, (0, rank)) + np.pad(chances, (rank, 0))) / 2
    return min(1.0, 2 * float(chances[: int(smaller) + 1].sum()))


def mann_whitney_p(first: FloatArray, second: FloatArray) -> float:
    """Count rank sums over all choices of the first group, ties shared."""
    doubled = np.rint(2 * rankdata(np.round(np.append(first, second), 9))).astype(int)
    ways = np.zeros((first.size + 1, doubled.sum() + 1))
    ways[0, 0] = 1.0
    for rank in doubled:
        ways[1:, rank:] += ways[:-1, : ways.shape[1] - rank].copy()
    chances = ways[-1] / ways[-1].sum()
    middle = first.size * (doubled.size + 1)
    distance = abs(int(doubled[: first.size].sum()) - middle)
    sums = np.arange(chances.size)
    return float(chances[np.abs(sums - middle) >= distance].sum())


def test_sizes_are_those_of_the_study(
    subjects: pd.DataFrame, cycles: pd.DataFrame
) -> None:
    assert len(subjects) == 105
    assert len(cycles) == 125
    by_class = {"CRMRDNEG": 45, "CRMRDPOS": 30, "RR": 30}
    by_status = {"CRMRDNEG": 54, "CRMRDPOS": 40, "RR": 11}
    assert subjects["group3"].value_counts().to_dict() == by_class
    assert subjects["status_first_cycle"].value_counts().to_dict() == by_status
    assert subjects["indication"].value_counts().to_dict() == {
        "chemotherapy_delay": 54,
        "relapse": 23,
        "mrd_positive": 21,
        "induction_failure": 7,
    }
    assert cycles["group2"].value_counts().to_dict() == {"NEG": 74, "RRPOS": 51}
    assert cycles["cycle"].max() == 4


def test_every_table_speaks_of_subjects_and_cycles_that_exist(
    subjects: pd.DataFrame, cycles: pd.DataFrame
) -> None:
    known = set(zip(cycles["subject_id"], cycles["cycle"], strict=True))

    assert subjects["subject_id"].tolist() == [f"SYN{n:03d}" for n in range(1, 106)]
    assert len(known) == len(cycles)
    for name in ("true_counts", "measurements", "adverse_events"):
        rows = table(name)
        assert set(zip(rows["subject_id"], rows["cycle"], strict=True)) <= known


def test_cycles_follow_each_other_and_the_study(
    subjects: pd.DataFrame, cycles: pd.DataFrame
) -> None:
    starts = pd.to_datetime(cycles["infusion_start"])
    ends = starts + pd.to_timedelta(cycles["infusion_days_actual"], unit="D")
    of_same = cycles["subject_id"].eq(cycles["subject_id"].shift())
    breaks = (starts - ends.shift())[of_same]
    months = cycles["subject_id"].map(subjects.set_index("subject_id")["os_months"])
    last_seen = starts + pd.to_timedelta(months * 30.4375, unit="D")

    assert (breaks >= pd.Timedelta(days=14)).all()
    assert cycles["infusion_days_actual"].isin([14, 21, 28]).all()
    assert (cycles["infusion_days_actual"] <= cycles["infusion_days_planned"]).all()
    first = cycles["cycle"] == 1
    assert starts[first].between("2021-09-01", "2024-06-30").all()
    assert (last_seen[first] <= pd.Timestamp("2025-04-01")).all()


def test_events_precede_the_end_of_survival(subjects: pd.DataFrame) -> None:
    assert (subjects["efs_months"] <= subjects["os_months"]).all()
    died = subjects["os_event"] == 1
    assert (subjects.loc[died, "efs_event"] == 1).all()


def test_responses_are_counted_as_published(
    subjects: pd.DataFrame, cycles: pd.DataFrame
) -> None:
    high = cycles[cycles["group2"] == "RRPOS"].set_index("subject_id")
    long = high["infusion_days_actual"] > 14
    nr = high["response"] == "NR"
    of = subjects.set_index("subject_id").loc[high.index]

    assert high["response"].value_counts().to_dict() == {"MRD_CR": 41, "NR": 9, "CR": 1}
    assert (long.sum(), (~nr & ~long).sum(), (~nr & long).sum()) == (20, 26, 16)
    assert (cycles.loc[cycles["group2"] == "NEG", "response"] == "NE").all()
    assert of["poor_cytogenetics"].groupby(nr).sum().tolist() == [8, 7]
    assert (of["fusion"] == "BCR::ABL1").groupby(nr).sum().tolist() == [1, 4]
    assert (of["fusion"] == "KMT2A").groupby(nr).sum().tolist() == [5, 2]
    assert (of["sex"] == "F").groupby(nr).sum().tolist() == [14, 3]


@pytest.mark.parametrize(
    ("fusion", "high", "low"),
    [
        ("BCR::ABL1", 5, 7),
        ("KMT2A", 7, 4),
        ("TCF3::HLF", 1, 0),
        ("ETV6::RUNX1", 5, 16),
        ("TCF3::PBX1", 2, 2),
        ("ZNF384", 2, 3),
        ("PAX5", 1, 1),
    ],
)
def test_fusions_are_counted_as_in_table_1(
    subjects: pd.DataFrame, fusion: str, high: int, low: int
) -> None:
    is_low = subjects["status_first_cycle"] == "CRMRDNEG"
    has = subjects["fusion"] == fusion

    assert ((has & ~is_low).sum(), (has & is_low).sum()) == (high, low)


@pytest.mark.parametrize(
    ("term", "low", "high"),
    [
        ("CRS", (45, 29, 0), (24, 25, 2)),
        ("ICANS", (69, 1, 4), (50, 1, 0)),
        ("TLS", (74, 0, 0), (51, 0, 0)),
        ("infection", (64, 0, 10), (44, 0, 7)),
        ("neutropenia", (41, 9, 24), (21, 17, 8)),
        ("thrombocytopenia", (71, 1, 0), (41, 4, 4)),
    ],
)
def test_adverse_events_are_counted_as_in_table_3(
    cycles: pd.DataFrame,
    term: str,
    low: tuple[int, int, int],
    high: tuple[int, int, int],
) -> None:
    events = table("adverse_events").merge(cycles, on=["subject_id", "cycle"])
    events = events[events["term"] == term]

    for group, due in (("NEG", low), ("RRPOS", high)):
        grades = events.loc[events["group2"] == group, "grade"]
        found = ((grades == 0).sum(), grades.between(1, 2).sum(), (grades > 2).sum())
        assert found == due


def test_t_cells_are_the_sum_of_their_parts(counts: pd.DataFrame) -> None:
    double_positive = 0.01 * counts["CD3"]
    parts = counts["CD4"] + counts["CD8"] - double_positive + counts["DNT"]

    assert (counts[[*ANALYTES, "DNT"]] >= 0).all().all()
    assert np.allclose(parts, counts["CD3"], atol=3e-5)
    missing = 100 * (counts["CD3"] - counts["CD4"] - counts["CD8"]) / counts["LYMPH"]
    # Quality control refuses a tube beyond 10 points.
    assert missing.between(-2, 9.5).all()


def test_the_second_sample_is_that_of_the_end_of_the_infusion(
    pairs: pd.DataFrame,
) -> None:
    assert (pairs["rel_day_after"] == pairs["infusion_days_actual"]).all()
    assert (pairs["visit_after"] == "D" + pairs["rel_day_after"].astype(str)).all()
    assert len(pairs) >= 40


@pytest.mark.parametrize(
    ("analyte", "before", "after", "p"),
    [
        ("CD3", (0.96, 0.03, 3.79), (1.13, 0.26, 7.74), 0.016),
        ("CD4", (0.35, 0.01, 1.39), (0.47, 0.07, 2.94), 0.005),
        ("CD8", (0.41, 0.01, 2.39), (0.56, 0.07, 6.07), 0.006),
        ("NK", (0.12, 0.0, 0.63), (0.15, 0.03, 0.74), 0.024),
        ("RATIO", (0.85, 0.37, 4.92), (0.78, 0.21, 4.84), 0.532),
        ("CD3_PCT", None, None, 0.008),
        ("CD4_PCT", None, None, 0.025),
        ("CD8_PCT", None, None, 0.054),
    ],
)
def test_pairs_meet_figure_1(
    pairs: pd.DataFrame,
    analyte: str,
    before: tuple[float, float, float] | None,
    after: tuple[float, float, float] | None,
    p: float,
) -> None:
    values = {visit: pairs[f"{analyte}_{visit}"] for visit in ("before", "after")}

    for visit, due in (("before", before), ("after", after)):
        if due is not None:
            found = values[visit].agg(["median", "min", "max"]).to_numpy()
            assert np.abs(found - due).max() <= 0.00501
    found_p = wilcoxon_p(*(one.to_numpy() for one in values.values()))
    assert abs(found_p - p) <= 0.0005


def test_b_cells_vanish_as_in_figure_1(pairs: pd.DataFrame) -> None:
    for analyte, before, highest in (
        ("CD19", (0.007, 1.12), 0.11),
        ("CD19_PCT", (1.39, 34.48), 2.43),
    ):
        first, last = pairs[f"{analyte}_before"], pairs[f"{analyte}_after"]
        half = 0.0005 if analyte == "CD19" else 0.005

        assert abs(first.median() - before[0]) <= half
        assert first.min() == 0
        assert abs(first.max() - before[1]) <= 0.005
        assert (last.min(), last.median() < half) == (0, True)
        assert abs(last.max() - highest) <= 0.005
        assert wilcoxon_p(first.to_numpy(), last.to_numpy()) < 0.0001


@pytest.mark.parametrize("analyte", ["LYMPH", "NK_PCT"])
def test_what_the_study_calls_stable_does_not_differ(
    pairs: pd.DataFrame, analyte: str
) -> None:
    before, after = pairs[f"{analyte}_before"], pairs[f"{analyte}_after"]

    assert wilcoxon_p(before.to_numpy(), after.to_numpy()) >= 0.05


@pytest.mark.parametrize(
    ("analyte", "high", "low", "p"),
    [
        ("CD3", 0.57, 0.12, 0.047),
        ("CD4", 0.24, 0.03, 0.039),
        ("CD8", 0.16, 0.11, 0.174),
        ("CD19", -0.03, -0.004, 0.017),
    ],
)
def test_changes_meet_figure_2(
    pairs: pd.DataFrame, analyte: str, high: float, low: float, p: float
) -> None:
    change = pairs[f"{analyte}_after"] - pairs[f"{analyte}_before"]
    is_high = pairs["group2"] == "RRPOS"

    assert abs(change[is_high].median() - high) <= 0.00501
    assert abs(change[~is_high].median() - low) <= 0.00501
    found = mann_whitney_p(change[is_high].to_numpy(), change[~is_high].to_numpy())
    # The numbers of pairs do not allow every third digit.
    assert abs(found - p) <= 0.0005 + 0.02 * p
    assert (found < 0.05) == (p < 0.05)


@pytest.mark.parametrize(
    ("analyte", "responders", "others", "p"),
    [
        ("CD3", 0.71, 0.24, 0.359),
        ("CD4", 0.39, 0.11, 0.358),
        ("CD8", 0.36, 0.09, 0.480),
        ("CD19", 0.03, 0.001, 0.046),
        ("CD19_PCT", 3.01, 0.27, 0.041),
        ("CD4_PCT", 33.24, 38.25, 0.696),
    ],
)
def test_first_samples_meet_table_2(
    baseline: pd.DataFrame, analyte: str, responders: float, others: float, p: float
) -> None:
    nr = baseline["response"] == "NR"
    # Seven non-responders: their median is one child's.
    half = 0.0005 if analyte == "CD19" else 0.005 + 0.05 * others

    assert abs(baseline.loc[~nr, analyte].median() - responders) <= 0.00501
    assert abs(baseline.loc[nr, analyte].median() - others) <= half
    found = mann_whitney_p(
        baseline.loc[~nr, analyte].to_numpy(), baseline.loc[nr, analyte].to_numpy()
    )
    assert abs(found - p) <= 0.012
    assert (found < 0.05) == (p < 0.05)


@pytest.mark.parametrize(
    ("analyte", "later", "before", "after", "most_p"),
    [
        ("IgG", "EOT", 9.23, 7.05, 0.00055),
        ("IgA", "EOT", 0.78, 0.27, 0.0001),
        ("IgM", "EOT", 0.41, 0.19, 0.0001),
        ("IL-10", "CRS", 2.44, 2.44, 0.0001),
        ("IL-5", "CRS", 2.7, 2.7, 0.00065),
        ("IFN-g", "CRS", 4.6, 12.3, 0.0035),
        ("IL-2", "CRS", 2.44, 2.44, 0.0015),
    ],
)
def test_measurements_change_as_published(
    analyte: str, later: str, before: float, after: float, most_p: float
) -> None:
    rows = table("measurements")
    rows = rows[rows["analyte"] == analyte]
    wide = rows.pivot_table(index="subject_id", columns="visit", values="value")

    assert wide[["D0", later]].notna().all().all()
    assert wide["D0"].median() == pytest.approx(before, abs=0.051)
    assert wide[later].median() == pytest.approx(after, abs=0.051)
    assert wilcoxon_p(wide["D0"].to_numpy(), wide[later].to_numpy()) <= most_p


def test_other_cytokines_do_not_change() -> None:
    rows = table("measurements").query("unit == 'pg/mL'")

    assert rows["analyte"].nunique() == 12
    for name in set(rows["analyte"]) - {"IL-10", "IL-5", "IFN-g", "IL-2"}:
        wide = rows[rows["analyte"] == name].pivot_table(
            index="subject_id", columns="visit", values="value"
        )
        assert wilcoxon_p(wide["D0"].to_numpy(), wide["CRS"].to_numpy()) >= 0.05


def test_cytokines_below_their_assay_stand_at_its_limit() -> None:
    rows = table("measurements").query("unit == 'pg/mL'")

    assert set(rows["lower_limit"]) == {2.44, 0.32}
    assert (rows["value"] >= rows["lower_limit"]).all()
    assert (rows["censored"] == (rows["value"] == rows["lower_limit"])).all()
    assert rows["censored"].any()


@pytest.mark.slow
@pytest.mark.parametrize("analyte", ANALYTES)
def test_directions_hold_under_noise(pairs: pd.DataFrame, analyte: str) -> None:
    rng = np.random.default_rng([400, *analyte.encode()])
    true = pairs[[f"{analyte}_before", f"{analyte}_after"]].to_numpy() * 1000
    wanted = -1 if analyte == "CD19" else 1
    held = near = 0
    for _ in range(400):
        factor = np.maximum(1 + 0.04 * rng.normal(size=true.shape), 0)
        drawn = rng.poisson(true * factor * 10) / 10
        medians, extremes = (
            np.median(drawn, axis=0),
            (drawn.min(axis=0), drawn.max(axis=0)),
        )
        p = wilcoxon_p(drawn[:, 0], drawn[:, 1])
        held += p < 0.05 and np.sign(medians[1] - medians[0]) == wanted
        due = np.median(true, axis=0)
        close = (np.abs(medians - due) <= np.maximum(0.1 * due, 20)).all()
        for found, limit in zip(
            extremes, (true.min(axis=0), true.max(axis=0)), strict=True
        ):
            close &= (np.abs(found - limit) <= np.maximum(0.15 * limit, 30)).all()
        near += bool(close)

    assert held >= 0.99 * 400
    assert near >= 0.98 * 400
