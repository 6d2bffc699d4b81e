"""The claims of the published study, their routes and their checks."""

import csv
import io
from collections import Counter
from dataclasses import fields

import pytest

from cytoflow_blina.domain.claim import Claim, Kind
from cytoflow_blina.errors import ConfigError
from cytoflow_blina.published.claim_checks import check_claim
from cytoflow_blina.published.claim_routes import (
    Check,
    Route,
    RouteKind,
    claim_checks,
    claim_routes,
    read_checks,
    read_routes,
)
from cytoflow_blina.published.claims import (
    published_claims,
    read_claims,
    shipped_text,
)

CLAIMS = published_claims()
BY_ID = {one.id: one for one in CLAIMS}


def as_csv(columns: list[str], *rows: dict[str, str]) -> str:
    """Write rows under a header, empty where a row says nothing."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def claims_csv(*rows: dict[str, str]) -> str:
    return as_csv([one.name for one in fields(Claim)], *rows)


def routes_csv(*rows: dict[str, str]) -> str:
    return as_csv([one.name for one in fields(Route)], *rows)


def checks_csv(*rows: dict[str, str]) -> str:
    return as_csv([one.name for one in fields(Check)], *rows)


def test_all_claims_ship() -> None:
    assert len(CLAIMS) == 174
    assert Counter(one.kind for one in CLAIMS) == {
        Kind.EXACT: 48,
        Kind.RECONSTRUCTED: 16,
        Kind.DISTRIBUTION: 65,
        Kind.DESCRIPTIVE: 45,
    }


def test_p_values_are_those_of_the_paper_by_kind() -> None:
    with_p = Counter(one.kind for one in CLAIMS if one.published_p)

    assert with_p == {Kind.EXACT: 25, Kind.RECONSTRUCTED: 14, Kind.DISTRIBUTION: 46}


def test_the_document_carries_no_answer() -> None:
    header = shipped_text("claims.csv").partition("\n")[0].split(",")

    assert not {"recomputed_p", "matching_test", "reproduces", "verdict"} & set(header)
    words = " ".join(one.notes for one in CLAIMS).casefold()
    assert "fisher" not in words
    assert "cohort" not in words


def test_every_claim_has_a_route() -> None:
    assert tuple(claim_routes()) == tuple(BY_ID)


def test_counts_of_two_groups_are_tested_by_one_rule() -> None:
    # Fisher for two by two, Pearson for more; not what fits the printed P.
    tables = [one for one in claim_routes().values() if one.route is RouteKind.TABLE]

    assert len(tables) > 25
    for route in tables:
        is_two_by_two = len(BY_ID[route.id].counts[0]) == 2
        assert route.test == ("fisher" if is_two_by_two else "chi2")


def test_a_comparison_has_numbers_to_compare_with() -> None:
    for route in claim_routes().values():
        if route.route is RouteKind.COMPARISON:
            assert BY_ID[route.id].published_p


def test_a_claim_is_offered_a_comparison_beside_it_where_none_can_decide() -> None:
    beside = {
        one.id.split(".")[0]
        for one in claim_routes().values()
        if one.route is RouteKind.BESIDE
    }

    assert beside == {"cox", "cox2", "f1", "f2", "f3", "d14"}


def test_claims_are_read_with_their_counts() -> None:
    text = claims_csv({"id": "a", "kind": "exact", "counts": "[[1, null], [2.5, 3]]"})

    claims = read_claims(text)

    assert [one.counts for one in claims] == [((1, None), (2.5, 3))]
    assert [one.published_p for one in claims] == [""]


def test_every_fault_of_the_claims_is_told_at_once() -> None:
    text = claims_csv(
        {"id": "a", "kind": "exakt"},
        {"id": "a", "kind": "exact", "published_p": "1.5", "p_op": "="},
        {"id": "", "kind": "exact", "published_p": "0.5"},
        {"id": "b", "kind": "exact", "p_op": ">", "published_p": "0.5"},
        {"id": "c", "kind": "exact", "counts": "[[1, 2], [3]]"},
        {"id": "d", "kind": "exact", "counts": "9 of 11"},
        {"id": "e", "kind": "exact", "published_p": "small", "p_op": "="},
    )

    with pytest.raises(ConfigError) as raised:
        read_claims(text)

    assert [str(one) for one in raised.value.problems] == [
        "claims.csv: row 3, a: its id stands above already; keep one.",
        "claims.csv: row 4, : has no id; give it one.",
        (
            "claims.csv: row 2, a: kind is 'exakt'; expected one of exact, "
            "reconstructed, distribution, descriptive. Did you mean 'exact'?"
        ),
        "claims.csv: row 3, a: published_p is '1.5'; expected 0 to 1.",
        "claims.csv: row 4, : published_p and p_op stand together or not at all.",
        "claims.csv: row 5, b: p_op is '>'; expected one of nothing, =, <.",
        (
            "claims.csv: row 6, c: counts are '[[1, 2], [3]]'; expected rows of equal "
            "length, such as [[9, 2], [33, 7]]."
        ),
        (
            "claims.csv: row 7, d: counts are '9 of 11'; expected rows of equal "
            "length, such as [[9, 2], [33, 7]]."
        ),
        "claims.csv: row 8, e: published_p is 'small'; expected 0 to 1.",
    ]


@pytest.mark.parametrize("counts", ["[]", "[1, 2]", '[["a", "b"]]', "[[true, 1]]"])
def test_counts_that_are_no_table_of_numbers_are_refused(counts: str) -> None:
    with pytest.raises(ConfigError, match="expected rows of equal length"):
        read_claims(claims_csv({"id": "a", "kind": "exact", "counts": counts}))


def test_another_header_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"claims\.csv: header: found id, kind"):
        read_claims("id,kind\n")
    with pytest.raises(ConfigError, match="header"):
        read_claims("")


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ConfigError, match="row 2: has 2 cells; the header has 26"):
        read_claims(claims_csv() + "a,b\n")


def test_every_fault_of_the_routes_is_told_at_once() -> None:
    claims = [BY_ID["co.n"], BY_ID["co.rr"]]
    text = routes_csv(
        {"id": "co.n", "route": "table"},
        {"id": "co.n", "route": "unprinted", "reason": "None."},
        {"id": "co.nn", "route": "tavle", "test": "fischer", "quantity": "pair"},
    )

    with pytest.raises(ConfigError) as raised:
        read_routes(text, claims)

    found = "\n".join(str(one) for one in raised.value.problems)
    assert "row 3, co.n: its id stands above already" in found
    assert "row 2, co.n: route 'table' needs test; fill it." in found
    assert "row 4, co.nn: there is no claim 'co.nn'." in found
    assert "Did you mean 'table'?" in found
    assert "Did you mean 'fisher'?" in found
    assert "quantity is 'pair'" in found
    assert "claim 'co.rr' has no route; add a row for it." in found


def test_every_fault_of_the_checks_is_told_at_once() -> None:
    text = checks_csv(
        {
            "id": "co.nn",
            "left": "1 +",
            "relation": "<",
            "right": "co.n.size",
            "effect": "told",
        },
        {
            "id": "co.n",
            "left": "1",
            "relation": "=",
            "right": "1",
            "effect": "perhaps",
            "fails": "No.",
        },
    )

    with pytest.raises(ConfigError) as raised:
        read_checks(text, CLAIMS)

    found = "\n".join(str(one) for one in raised.value.problems)
    assert "row 2, co.nn: there is no claim 'co.nn'." in found
    assert "relation is '<'; expected one of =, <=, >=." in found
    assert "fails is empty; say what a failure means." in found
    assert "left: '1 +' is no expression." in found
    assert "right: 'co.n.size': a claim has no column 'size'." in found
    assert "row 3, co.n: effect is 'perhaps'" in found


def test_a_check_that_holds_or_fails_says_so() -> None:
    checks = (
        Check("co.n", "1 + 1", "=", "2", "verdict", "It is {left}.", "No."),
        Check("co.n", "100 / 3", "<=", "20", "verdict", "", "{left} is above {right}."),
        Check("co.n", "1", ">=", "2", "told", "", "{left} is little."),
        Check("co.rr", "1", "=", "2", "verdict", "", "Not mine."),
    )

    found = check_claim("co.n", BY_ID, checks)

    assert found.n_checks == 3
    assert found.holds == ("It is 2.",)
    assert found.contradictions == ("33.3 is above 20.",)
    assert found.told == ("1 is little.",)
    assert found.number == "33.3, not at most 20"


def test_a_claim_without_checks_has_no_findings() -> None:
    found = check_claim("co.dose", BY_ID)

    assert (found.n_checks, found.holds, found.number) == (0, (), "")


def test_every_sentence_of_a_check_can_be_written() -> None:
    for check in claim_checks():
        for sentence in (check.holds, check.fails):
            assert "{" not in sentence.format(left="1", right="2")
