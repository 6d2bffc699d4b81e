"""Every test and interval against R, where both use the same method."""

from math import isnan

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.stats.r_oracle import run_r

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.stats.adjust import benjamini_hochberg, holm
from cytoflow_blina.stats.contingency import fisher_exact, odds_ratio, pearson_chi2
from cytoflow_blina.stats.describe import describe
from cytoflow_blina.stats.paired import (
    asymptotic_p,
    hodges_lehmann,
    wilcoxon_matched_pairs,
)
from cytoflow_blina.stats.proportion import exact_proportion
from cytoflow_blina.stats.two_samples import hodges_lehmann_two, mann_whitney

pytestmark = pytest.mark.slow

SHAPES = [(2, 2), (2, 3), (2, 5), (3, 2), (3, 3), (3, 4), (4, 3), (2, 8)]
SIZES = [(1, 1), (1, 5), (1, 40), (3, 4), (3, 5), (8, 8), (12, 30), (45, 49)]


def near(expected: FloatArray | float) -> object:
    """Agree to 1e-8, absolutely and relatively, NaN with NaN."""
    return pytest.approx(expected, rel=1e-8, abs=1e-8, nan_ok=True)


def random_table(seed: int, n_rows: int, n_columns: int) -> NDArray[np.int64]:
    """Draw counts from groups that differ; some cells are empty, no margin is."""
    generator = np.random.default_rng(seed)
    shares = generator.dirichlet(np.full(n_columns, 1.5), n_rows)
    counts = np.array([generator.multinomial(14, share) for share in shares])
    counts[0, counts.sum(axis=0) == 0] = 1
    return counts.astype(np.int64)


def random_group(seed: int, n: int, digits: int) -> FloatArray:
    """Draw values, tied where the digits are few."""
    drawn = np.random.default_rng(seed).normal(0.4, 1, n)
    return np.round(drawn, digits)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_fisher_agrees_with_r(shape: tuple[int, int]) -> None:
    tables = [random_table(seed, *shape) for seed in range(12)]

    found = [fisher_exact(table) for table in tables]

    expected = run_r(
        "emit(p = apply(cells, 1, function(x)"
        " fisher.test(matrix(x, n_rows, byrow = TRUE), workspace = 2e7)$p.value))",
        cells=[table.ravel() for table in tables],
        n_rows=shape[0],
    )
    assert {one.method for one in found} == {"exact"}
    assert [one.p_value for one in found] == near(expected["p"])


@pytest.mark.parametrize(
    "table",
    [
        [[0, 5], [3, 4]],
        [[1000, 2000], [1100, 1900]],
        [[0, 3, 5], [7, 0, 0], [1, 1, 0]],
        [[45, 21, 3], [30, 22, 14]],
        [[40, 12, 6, 4], [30, 20, 3, 13]],
    ],
    ids=str,
)
def test_fisher_agrees_with_r_on_uneven_tables(table: list[list[int]]) -> None:
    found = fisher_exact(np.array(table))

    expected = run_r("emit(p = fisher.test(t, workspace = 2e7)$p.value)", t=table)
    assert found.p_value == near(float(expected["p"]))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("continuity", [False, True])
def test_pearson_agrees_with_r(shape: tuple[int, int], *, continuity: bool) -> None:
    tables = [random_table(seed, *shape) for seed in range(12)]

    found = [pearson_chi2(table, continuity=continuity) for table in tables]

    expected = run_r(
        """
        tests <- apply(cells, 1, function(x) suppressWarnings(
          chisq.test(matrix(x, n_rows, byrow = TRUE), correct = correct)))
        emit(p = sapply(tests, function(x) x$p.value),
             statistic = sapply(tests, function(x) x$statistic),
             df = sapply(tests, function(x) x$parameter))
        """,
        cells=[table.ravel() for table in tables],
        n_rows=shape[0],
        correct=continuity,
    )
    assert [one.p_value for one in found] == near(expected["p"])
    assert [one.statistic for one in found] == near(expected["statistic"])
    assert [one.df for one in found] == expected["df"].tolist()


@pytest.mark.parametrize("seed", range(8))
def test_the_odds_ratio_solves_the_equations_of_r(seed: int) -> None:
    table = random_table(seed, 2, 2) + 1

    found = odds_ratio(table)

    # R solves them to four digits, so that its own solution is near, and ours is put
    # into its equations: the mean of the corner, and both tails at the limits.
    expected = run_r(
        """
        f <- fisher.test(t)
        m <- sum(t[, 1]); n <- sum(t[, 2]); k <- sum(t[1, ]); x <- t[1, 1]
        support <- max(0, k - n):min(k, m)
        chances <- function(odds) {
          logs <- dhyper(support, m, n, k, log = TRUE) + support * log(odds)
          weights <- exp(logs - max(logs))
          weights / sum(weights)
        }
        emit(estimate = f$estimate, ci = f$conf.int,
             mean = sum(support * chances(odds[1])), corner = x,
             lower = sum(chances(odds[2])[support >= x]),
             upper = sum(chances(odds[3])[support <= x]))
        """,
        t=table,
        odds=[found.estimate, found.lo95, found.hi95],
    )
    assert found.estimate == pytest.approx(float(expected["estimate"]), rel=1e-3)
    assert [found.lo95, found.hi95] == pytest.approx(expected["ci"], rel=1e-2)
    assert float(expected["mean"]) == near(float(expected["corner"]))
    assert float(expected["lower"]) == near(0.025)
    assert float(expected["upper"]) == near(0.025)


def test_the_exact_interval_of_a_percentage_agrees_with_r() -> None:
    generator = np.random.default_rng(3)
    n = np.append([1, 1, 7, 7, 42], generator.integers(1, 400, 60))
    events = np.append([0, 1, 0, 7, 40], generator.integers(0, n[5:] + 1))

    found = [exact_proportion(int(k), int(of)) for k, of in zip(events, n, strict=True)]

    expected = run_r(
        "emit(ci = 100 * mapply(function(k, n) binom.test(k, n)$conf.int, k, n))",
        k=events,
        n=n,
    )
    assert np.ravel([(one.lo95, one.hi95) for one in found]) == near(expected["ci"])


@pytest.mark.parametrize(("n_a", "n_b"), SIZES)
def test_two_groups_without_ties_agree_with_r(n_a: int, n_b: int) -> None:
    a, b = random_group(n_a, n_a, 15), random_group(1000 + n_b, n_b, 15)

    found, shift = mann_whitney(a, b), hodges_lehmann_two(a, b)

    # R gives the extreme differences even where they bound less than 95 %.
    expected = run_r(
        """
        x <- suppressWarnings(wilcox.test(a, b, exact = TRUE, conf.int = TRUE))
        is_bound <- 2 * pwilcox(0, length(a), length(b)) <= 0.05 + 1e-12
        emit(p = x$p.value, u = x$statistic, estimate = x$estimate,
             ci = if (is_bound) x$conf.int else c(NA, NA))
        """,
        a=a,
        b=b,
    )
    assert found.method.startswith("exact;")
    assert found.p_value == near(float(expected["p"]))
    assert found.statistic == float(expected["u"])
    assert shift.estimate == near(float(expected["estimate"]))
    assert np.array([shift.lo95, shift.hi95]) == near(expected["ci"])


def test_every_rank_of_the_interval_of_two_groups_agrees_with_r() -> None:
    sizes = np.arange(1, 41)

    # Differences 0, 1, 2, ... tell their rank.
    found = [
        hodges_lehmann_two(
            np.arange(0.0, float(n_a * n_b), float(n_b)), -np.arange(float(n_b))
        ).lo95
        for n_a in sizes.tolist()
        for n_b in sizes.tolist()
    ]

    expected = run_r(
        """
        limit <- function(m, n) {
          q <- pmax(qwilcox(0.025, m, n), 1)
          ifelse(2 * pwilcox(q - 1, m, n) <= 0.05 + 1e-12, q - 1, NA)
        }
        emit(rank = t(outer(n, n, limit)))
        """,
        n=sizes,
    )
    assert found == near(expected["rank"])


@pytest.mark.parametrize(("n_a", "n_b"), [(60, 50), (101, 1), (150, 300)])
def test_large_tied_groups_agree_with_r(n_a: int, n_b: int) -> None:
    a, b = random_group(n_a, n_a, 1), random_group(1000 + n_b, n_b, 1)

    found = mann_whitney(a, b)

    expected = run_r(
        "emit(p = wilcox.test(a, b, exact = FALSE, correct = FALSE)$p.value)", a=a, b=b
    )
    assert found.method.startswith("asymptotic")
    assert found.p_value == near(float(expected["p"]))


@pytest.mark.parametrize("n", [2, 3, 5, 6, 12, 25, 26, 49, 70, 100])
def test_pairs_without_ties_agree_with_r(n: int) -> None:
    before, after = random_group(n, n, 15), random_group(2000 + n, n, 15)

    found = wilcoxon_matched_pairs(before, after)
    shift = hodges_lehmann(before, after)

    expected = run_r(
        """
        x <- suppressWarnings(
          wilcox.test(a, b, paired = TRUE, exact = TRUE, conf.int = TRUE))
        v <- unname(x$statistic); n <- length(a)
        emit(p = x$p.value, w = min(v, n * (n + 1) / 2 - v), estimate = x$estimate,
             ci = if (2 * psignrank(0, n) <= 0.05) x$conf.int else c(NA, NA))
        """,
        a=after,
        b=before,
    )
    assert found.method.startswith("exact;")
    assert found.p_value == near(float(expected["p"]))
    assert found.statistic == float(expected["w"])
    assert shift.estimate == near(float(expected["estimate"]))
    assert np.array([shift.lo95, shift.hi95]) == near(expected["ci"])


@pytest.mark.parametrize("n", [2, 9, 47, 150])
@pytest.mark.parametrize("continuity", [False, True])
def test_the_approximation_of_tied_pairs_with_zeros_agrees_with_r(
    n: int, *, continuity: bool
) -> None:
    # Quarters are exact, so that R ties what we tie.
    before = np.round(4 * random_group(n, n, 9)) / 4
    after = np.append(np.round(4 * random_group(7 + n, n, 9)) / 4, [5, 0])
    before = np.append(before, [4, 0])

    found = asymptotic_p(before, after, zero_rule="wilcox", continuity=continuity)

    expected = run_r(
        "x <- suppressWarnings(wilcox.test(a, b, paired = TRUE, exact = FALSE,"
        " correct = correct))\nemit(p = x$p.value)",
        a=after,
        b=before,
        correct=continuity,
    )
    assert found == near(float(expected["p"]))


def test_all_equal_is_undefined_as_in_r() -> None:
    found = (
        asymptotic_p(np.ones(5), np.ones(5), zero_rule="wilcox", continuity=False),
        mann_whitney(np.ones(4), np.ones(3)).p_value,
    )

    expected = run_r(
        "p <- function(...) suppressWarnings(wilcox.test(..., exact = FALSE,"
        " correct = FALSE)$p.value)\n"
        "emit(paired = p(x, x, paired = TRUE), groups = p(rep(1, 4), rep(1, 3)))",
        x=np.ones(5),
    )
    assert all(isnan(p) for p in found)
    assert np.isnan(expected["paired"])
    assert np.isnan(expected["groups"])


@pytest.mark.parametrize("n", [0, 1, 2, 7, 40])
def test_adjusted_p_values_agree_with_r(n: int) -> None:
    p_values = np.round(np.random.default_rng(n).beta(0.5, 2, n), 2)
    p_values = np.append(p_values, [np.nan])

    found_holm, found_bh = holm(p_values), benjamini_hochberg(p_values)

    expected = run_r(
        "emit(holm = p.adjust(p, 'holm'), bh = p.adjust(p, 'BH'))", p=p_values
    )
    assert found_holm == near(np.atleast_1d(expected["holm"]))
    assert found_bh == near(np.atleast_1d(expected["bh"]))


@pytest.mark.parametrize("n", [1, 2, 3, 8, 47])
def test_descriptives_are_those_of_r(n: int) -> None:
    values = np.round(np.random.default_rng(n).lognormal(0, 1, n), 1)

    known = run_r("emit(all = quantile(x, c(0.5, 0, 1, 0.25, 0.75)))", x=values)

    found = describe(values)
    assert [found.median, found.min, found.max, found.q1, found.q3] == pytest.approx(
        known["all"].tolist(), rel=1e-12
    )
