"""List the comparisons that a P value beside counts may be of, each with its P."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import combinations
from math import isnan, sqrt

import numpy as np

from cytoflow_blina.domain.printed_number import PrintedNumber
from cytoflow_blina.stats.contingency import fisher_exact, pearson_chi2
from cytoflow_blina.table_check.printed_cell import is_missing_label
from cytoflow_blina.table_check.table_counts import (
    count_in,
    denominators,
    level_sum,
    size_of,
    sum_of,
)
from cytoflow_blina.table_check.table_model import PrintedTable, Row, Test

Counts = tuple[tuple[int, ...], ...]

FISHER = "Fisher"
CHI2 = "chi-square"
YATES = "chi-square with Yates's correction"
_TESTS_NAMED = {
    "any": (FISHER, CHI2, YATES),
    "fisher": (FISHER,),
    "chi2": (CHI2, YATES),
    "other": (),
}
_N_DRAWS = 100_000
_ROUNDING_NOISE = 1e-9


@dataclass(frozen=True)
class Contrast:
    """One comparison of groups.

    Attributes
    ----------
    words : str
        `G0 v G1-2 + G3-4`, and the groups where they are not all.
    parts : frozenset of frozenset of str
        Places of the rows that count together, to tell whether two contrasts are one.
    groups : tuple of str
        The groups compared.
    counts : tuple of tuple of int
        One row for each group, one column for each part.
    """

    words: str
    parts: frozenset[frozenset[str]]
    groups: tuple[str, ...]
    counts: Counts


@dataclass(frozen=True)
class TestedP:
    """P of one test; `margin` is what random tables leave open."""

    test: str
    p_value: float
    margin: float

    def prints_as(self, printed: PrintedNumber) -> bool:
        """Say whether the P value can be printed so.

        Parameters
        ----------
        printed : PrintedNumber
            As printed.

        Returns
        -------
        bool
            True where it rounds to it, or lies on the side of `<` or `>`.
        """
        slack = self.margin + _ROUNDING_NOISE
        low, high = Fraction(self.p_value - slack), Fraction(self.p_value + slack)
        if printed.relation == ">":
            return high >= printed.value
        return low <= (printed.highest or 0) and high >= printed.lowest


@lru_cache(maxsize=1024)
def p_values(counts: Counts) -> tuple[TestedP, ...]:
    """Compute P by each test that papers use.

    Parameters
    ----------
    counts : tuple of tuple of int
        One row for each group, one column for each category.

    Returns
    -------
    tuple of TestedP
        Fisher's exact test (Freeman and Halton's for more than two by two), Pearson's
        chi-squared, and for two by two also with Yates's correction. Empty where fewer
        than two groups or categories have any count.
    """
    table = np.array(counts, dtype=np.int64)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    if min(table.shape) < 2:
        return ()
    fisher = fisher_exact(table)
    found = [(FISHER, fisher.p_value, fisher.method), (CHI2, _chi2(table), "")]
    if table.shape == (2, 2):
        found.append((YATES, _chi2(table, continuity=True), ""))
    return tuple(
        TestedP(test, p_value, _margin(p_value, method))
        for test, p_value, method in found
        if not isnan(p_value)
    )


def tests_named(test: Test) -> tuple[str, ...]:
    """List the tests that a paper may mean.

    Parameters
    ----------
    test : {"any", "fisher", "chi2", "other"}
        What it names.

    Returns
    -------
    tuple of str
        Names of tests, as in `TestedP`; none for one that is not computed here.
    """
    return _TESTS_NAMED[test]


def row_contrast(table: PrintedTable, row: Row) -> Iterator[Contrast]:
    """Compare those in a row with those who are not, for a row without block.

    Parameters
    ----------
    table : PrintedTable
        The table.
    row : Row
        A row without block.

    Yields
    ------
    Contrast
        Of all groups with a count, and without those who are missing; nothing where
        fewer than two have one.
    """
    parts = frozenset({frozenset({row.label}), frozenset({f"no {row.label}"})})
    found = []
    # With those who are missing, then without.
    for which in (0, -1):
        named = []
        for column, group in enumerate(table.groups):
            n, count = denominators(table, row, column), count_in(row, column)
            if count is not None and n and count <= n[which]:
                named.append((group.name, (count, n[which] - count)))
        if named not in found:
            found.append(named)
            yield from _of_groups(f"{row.label} v not", parts, named)


def level_contrast(
    table: PrintedTable, block: str, parts: Sequence[Sequence[str]]
) -> Iterator[Contrast]:
    """Compare levels of a block, some of which count together.

    Parameters
    ----------
    table : PrintedTable
        The table.
    block : str
        Name of the block.
    parts : sequence of sequence of str
        Labels of the rows that count together; no level stands in two parts.

    Yields
    ------
    Contrast
        Of all groups with all counts; nothing where fewer than two have them.

    Notes
    -----
    Levels that no part names are left out. Where the levels of a group hold more than
    its n, one part against the rest is taken
    out of n; which count is wrong cannot be known.
    """
    named = []
    for column, group in enumerate(table.groups):
        counts = [
            sum_of([count_in(row, column) for row in _rows(table, block, part)])
            for part in parts
        ]
        held, size = level_sum(table, block, column), size_of(table, column)
        known = [count for count in counts if count is not None]
        if held is None or len(known) < len(parts):
            continue
        if len(parts) == 2 and size is not None and known[0] <= size < held:
            known[1] = size - known[0]
        named.append((group.name, tuple(known)))
    words = " v ".join(" + ".join(part) for part in parts)
    labels = frozenset(
        frozenset(f"{block}, {label}" for label in part) for part in parts
    )
    yield from _of_groups(words, labels, named)


def block_parts(table: PrintedTable, block: str) -> list[list[list[str]]]:
    """List how the levels of a block may be compared.

    Parameters
    ----------
    table : PrintedTable
        The table.
    block : str
        Name of the block.

    Returns
    -------
    list of list of list of str
        All levels apart; then cut after the first, the second, ...; then each level
        against the rest. Those who are missing are left out.
    """
    labels = known_levels(table, block)
    ways = [[[label] for label in labels]]
    ways += [[labels[:cut], labels[cut:]] for cut in range(1, len(labels))]
    ways += [[[one], [label for label in labels if label != one]] for one in labels]
    unique = {frozenset(frozenset(part) for part in way): way for way in reversed(ways)}
    return [way for way in reversed(unique.values()) if len(way) > 1 and all(way)]


def known_levels(table: PrintedTable, block: str) -> list[str]:
    """List the levels of a block without those who are missing.

    Parameters
    ----------
    table : PrintedTable
        The table.
    block : str
        Name of the block.

    Returns
    -------
    list of str
        Their labels, in the printed order.
    """
    labels = [row.label for row in table.levels(block)]
    return [label for label in labels if not is_missing_label(label)]


def pairs_of_groups(contrast: Contrast) -> Iterator[Contrast]:
    """Compare two groups of three or more at a time.

    Parameters
    ----------
    contrast : Contrast
        Of all groups.

    Yields
    ------
    Contrast
        One for each pair; nothing where there are but two.
    """
    if len(contrast.groups) < 3:
        return
    for first, second in combinations(range(len(contrast.groups)), 2):
        groups = (contrast.groups[first], contrast.groups[second])
        yield Contrast(
            f"{contrast.words} in {groups[0]} v {groups[1]} alone",
            contrast.parts,
            groups,
            (contrast.counts[first], contrast.counts[second]),
        )


def _rows(table: PrintedTable, block: str, labels: Sequence[str]) -> list[Row]:
    """Look up levels by their labels."""
    return [row for row in table.levels(block) if row.label in labels]


def _of_groups(
    words: str,
    parts: frozenset[frozenset[str]],
    named: Sequence[tuple[str, tuple[int, ...]]],
) -> Iterator[Contrast]:
    """Make a contrast where two groups can be compared."""
    if len(named) > 1:
        groups, counts = zip(*named, strict=True)
        yield Contrast(words, parts, groups, counts)


def _chi2(table: np.ndarray, *, continuity: bool = False) -> float:
    """Compute P of Pearson's test."""
    return pearson_chi2(table, continuity=continuity).p_value


def _margin(p_value: float, method: str) -> float:
    """Say how far P from random tables may be from the exact one (four errors)."""
    if not method.startswith("Monte Carlo"):
        return 0.0
    return 4 * sqrt(p_value * (1 - p_value) / _N_DRAWS)
