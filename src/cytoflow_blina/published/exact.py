"""Judge claims by printed counts: percentages, medians of cases, and their P values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from cytoflow_blina.domain.claim import Claim, ClaimVerdict, Kind, Verdict
from cytoflow_blina.published.arithmetic import evaluate
from cytoflow_blina.published.claim_routes import Route
from cytoflow_blina.published.printed_numbers import (
    p_prints_as,
    p_words,
    printed_value,
    prints_as,
    share_words,
)
from cytoflow_blina.stats.contingency import TableTest, fisher_exact, pearson_chi2
from cytoflow_blina.stats.paired import wilcoxon_matched_pairs

IntArray = NDArray[np.int64]

_ALPHA = Fraction(5, 100)
_TEST_WORDS = {
    "fisher": "Fisher's exact test, two-sided",
    "chi2": "Pearson's chi-squared test without correction",
}


def judge_table(
    claim: Claim, route: Route, claims: Mapping[str, Claim]
) -> ClaimVerdict:
    """Judge a claim by its table of counts.

    Parameters
    ----------
    claim : Claim
        With counts, a row for each group.
    route : Route
        Names the test: `fisher`, or `chi2` for Pearson's without correction.
    claims : mapping of str to Claim
        All claims by id; others with the same P, or the same counts, are told.

    Returns
    -------
    ClaimVerdict
        By P where one is printed, else by the percentages. A printed percentage that
        the counts do not give is told in any case.
    """
    table = _table(claim)
    found = _test(table, route.test)
    wrong = [*_wrong_sizes(claim, table), *_wrong_shares(claim, table)]
    ours = " v ".join(_row_words(row) for row in table)
    p_verdict = None
    if claim.published_p:
        comes_out = p_prints_as(found.p_value, claim.published_p, claim.p_op)
        p_verdict = Verdict.REPRODUCED if comes_out else Verdict.DISCREPANCY
        if comes_out:
            words = _TEST_WORDS[route.test]
            reason = [f"The printed counts give the printed P by {words}."]
        else:
            reason = [
                _candidates(claim, table),
                *_flip(found.p_value, claim.published_p),
                *_same_p_elsewhere(claim, claims),
                *_other_p_elsewhere(claim, claims),
            ]
    elif wrong:
        reason = []
    else:
        reason = ["The counts give the printed percentages; no P is printed."]
    verdict = p_verdict or (Verdict.DISCREPANCY if wrong else Verdict.REPRODUCED)
    return ClaimVerdict(
        verdict=verdict,
        ours=f"{ours}; P {p_words(found.p_value)}",
        reason=" ".join([*reason, *wrong, *_misprint(claim, route, table)]),
        test=found.test,
        our_p=found.p_value,
        p_verdict=p_verdict,
        method=f"printed counts; {found.method}",
    )


def judge_cases(
    claim: Claim, _route: Route, _claims: Mapping[str, Claim]
) -> ClaimVerdict:
    """Judge a claim by the values of its printed cases.

    Parameters
    ----------
    claim : Claim
        With a row for each case: before, after, and what else is printed.

    Returns
    -------
    ClaimVerdict
        By median and range of both sides, of which the paper prints the cases alone; P
        of Wilcoxon's test is given beside.
    """
    values = np.array(claim.counts, dtype=np.float64)[:, :2]
    before, after = values.T
    wrong = []
    ours = []
    for side, column in (("a", before), ("b", after)):
        low, middle, high = np.quantile(column, (0, 0.5, 1))
        ours.append(f"{middle:g} ({low:g} to {high:g})")
        for name, value in (("value", middle), ("min", low), ("max", high)):
            printed = getattr(claim, f"{side}_{name}")
            if printed and not prints_as(float(value), printed):
                wrong.append(f"The cases give {value:g}, not {printed}.")
    found = wilcoxon_matched_pairs(before, after)
    words = (
        f"The paper prints the {len(values)} cases; median and range come from them. "
        f"So few pairs cannot give a P below {2.0 ** (1 - len(values)):g}, and none is "
        "printed."
    )
    return ClaimVerdict(
        verdict=Verdict.DISCREPANCY if wrong else Verdict.REPRODUCED,
        ours=f"{' v '.join(ours)} {claim.unit}; P {p_words(found.p_value)}",
        reason=" ".join(wrong) or words,
        test="Wilcoxon matched-pairs",
        our_p=found.p_value,
        method=f"{len(values)} printed cases; {found.method}",
    )


def judge_split(
    claim: Claim, route: Route, claims: Mapping[str, Claim]
) -> ClaimVerdict:
    """Judge a P whose counts are not printed, by all counts that its margins allow.

    Parameters
    ----------
    claim : Claim
        With the sizes of both groups and a P.
    route : Route
        `expression` gives all who have the feature; `test` names the test.
    claims : mapping of str to Claim
        All claims by id.

    Returns
    -------
    ClaimVerdict
        Consistent where counts exist whose P prints as published: they are inferred
        from that very P. A discrepancy where none do.
    """
    n_a, n_b = int(claim.n_a), int(claim.n_b)
    n_all = int(evaluate(route.expression, claims))
    found = [
        (table, test)
        for table in _splits(n_all, n_a, n_b)
        if p_prints_as(
            (test := _test(table, route.test)).p_value, claim.published_p, claim.p_op
        )
    ]
    margins = f"{n_all} patients with the feature in groups of {n_a} and {n_b}"
    if not found:
        return ClaimVerdict(
            Verdict.DISCREPANCY,
            f"no split of {n_all}",
            f"No way to have {margins} gives the printed P.",
            test=route.test,
            p_verdict=Verdict.DISCREPANCY,
            method="all splits of printed margins",
        )
    _, test = found[0]
    only = "the only one" if len(found) == 1 else f"one of {len(found)}"
    return ClaimVerdict(
        verdict=Verdict.CONSISTENT,
        ours=" or ".join(
            f"{' v '.join(_row_words(row) for row in one)}; P {p_words(its.p_value)}"
            for one, its in found
        ),
        reason=(
            f"The counts are not printed. Of all ways to have {margins}, this is "
            f"{only} that gives the printed P. Found by that P, it cannot confirm it."
        ),
        test=test.test,
        our_p=test.p_value,
        p_verdict=Verdict.CONSISTENT,
        method=f"all splits of printed margins; {test.method}",
    )


def _table(claim: Claim) -> IntArray:
    """Take the counts of a claim; ndarray of int64, shape (n_groups, n_categories)."""
    return np.array(claim.counts, dtype=np.int64)


def _test(table: IntArray, test: str) -> TableTest:
    """Make the test that a route names."""
    return fisher_exact(table) if test == "fisher" else pearson_chi2(table)


def _splits(n_all: int, n_a: int, n_b: int) -> Iterator[IntArray]:
    """List all tables of two by two with these margins."""
    for k in range(max(0, n_all - n_b), min(n_all, n_a) + 1):
        yield np.array([[k, n_a - k], [n_all - k, n_b - (n_all - k)]], dtype=np.int64)


def _shown(row: IntArray) -> IntArray:
    """Take the counts of a row whose percentages are printed; of two, the first."""
    return row[:1] if row.size == 2 else row


def _row_words(row: IntArray) -> str:
    """Write the percentages of one group."""
    return ", ".join(share_words(n, row.sum()) for n in _shown(row))


def _wrong_sizes(claim: Claim, table: IntArray) -> Iterator[str]:
    """Tell groups whose printed size is not the sum of their counts."""
    for printed, row in zip((claim.n_a, claim.n_b), table, strict=True):
        if printed != str(row.sum()):
            yield f"The counts add up to {row.sum()}, where {printed} is printed."


def _wrong_shares(claim: Claim, table: IntArray) -> Iterator[str]:
    """Tell printed percentages that the counts do not give."""
    for printed, row in zip((claim.a_value, claim.b_value), table, strict=True):
        shares = printed.split("/") if printed else []
        for share, n in zip(shares, _shown(row), strict=bool(shares)):
            if not prints_as(float(100 * n / row.sum()), share):
                words = share_words(n, row.sum())
                yield f"{words}, where {share.strip()} % is printed."


def _candidates(claim: Claim, table: IntArray) -> str:
    """Tell what every test that the paper may have made gives."""
    tests = {
        "by Fisher's exact test": fisher_exact(table),
        "by the chi-squared test": pearson_chi2(table),
    }
    if table.shape == (2, 2):
        tests["with Yates's correction"] = pearson_chi2(table, continuity=True)
    found = ", ".join(f"{p_words(one.p_value)} {name}" for name, one in tests.items())
    comes_out = any(
        p_prints_as(one.p_value, claim.published_p, claim.p_op)
        for one in tests.values()
    )
    words = "only one of them" if comes_out else "none of them"
    sign = f"{claim.p_op} " if claim.p_op == "<" else ""
    return (
        f"The printed counts give P {found}; {words} prints as "
        f"{sign}{claim.published_p}."
    )


def _flip(p_value: float, printed: str) -> list[str]:
    """Tell where the difference decides over significance."""
    was = printed_value(printed) < _ALPHA
    if not isfinite(p_value) or was == (p_value < _ALPHA):
        return []
    return [f"The difference is {'not ' if was else ''}significant at {float(_ALPHA)}."]


def _same_p_elsewhere(claim: Claim, claims: Mapping[str, Claim]) -> list[str]:
    """Tell other tables with the same printed P, where it comes out."""
    places = [
        f"{other.quantity} ({other.section})"
        for other in claims.values()
        if other.kind is Kind.EXACT
        and other.id != claim.id
        and (other.published_p, other.p_op) == (claim.published_p, claim.p_op)
        and other.counts
        and p_prints_as(
            fisher_exact(_table(other)).p_value, other.published_p, other.p_op
        )
    ]
    if not places:
        return []
    places_words = " and ".join(places)
    return [f"The same P is printed for {places_words}, whose counts do give it."]


def _other_p_elsewhere(claim: Claim, claims: Mapping[str, Claim]) -> list[str]:
    """Tell other P values that are printed for the same counts."""
    return [
        f"{other.section} prints {other.published_p} for the same counts."
        for other in claims.values()
        if other.id != claim.id
        and other.published_p
        and other.counts == claim.counts
        and (other.published_p, other.p_op) != (claim.published_p, claim.p_op)
    ]


def _misprint(claim: Claim, route: Route, table: IntArray) -> list[str]:
    """Tell what a cell that is printed otherwise would mean."""
    if not route.misprint:
        return []
    place, _, number = route.misprint.partition(":")
    row, column = (int(one) for one in place.split(","))
    printed = table.copy()
    printed[row, column] = int(number)
    p_value = _test(printed, route.test).p_value
    size = (claim.n_a, claim.n_b)[row]
    words = (
        f"For {(claim.group_a, claim.group_b)[row]}, {table[row, column]} is taken in "
        f"a cell that is also read as {number}: its percentage and the total of its "
        f"row require it. With {number} the group would have {printed[row].sum()} "
        f"instead of {size} and P would be {p_words(p_value)}."
    )
    return [words]
