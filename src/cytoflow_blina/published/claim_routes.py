"""Read how each claim of the published study is judged."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from fractions import Fraction
from functools import cache
from types import MappingProxyType

from cytoflow_blina.domain.claim import Claim
from cytoflow_blina.errors import ConfigError, Problem
from cytoflow_blina.published.arithmetic import evaluate
from cytoflow_blina.published.claims import (
    csv_rows,
    published_claims,
    repeated_ids,
    shipped_text,
    unknown_word,
)

RELATIONS: Mapping[str, Callable[[Fraction, Fraction], bool]] = MappingProxyType(
    {"=": operator.eq, "<=": operator.le, ">=": operator.ge}
)
_TESTS = ("", "fisher", "chi2", "wilcoxon", "log-rank")
_QUANTITIES = ("", "paired", "change", "groups", "model")
_EFFECTS = ("verdict", "told")


class RouteKind(StrEnum):
    """Ways to judge a claim."""

    TABLE = "table"
    """By a test of the printed counts, and their percentages."""
    CASES = "cases"
    """By median and range of the printed cases."""
    ARITHMETIC = "arithmetic"
    """By sums and percentages of printed numbers."""
    SPLIT = "split"
    """By the only counts, with printed margins, whose P prints as published."""
    SURVIVAL = "survival"
    """By rates from n and events; their P needs patients."""
    DEATHS = "deaths"
    """By the deaths that the survival rates need."""
    OTHER_RATE = "other_rate"
    """By the same rate elsewhere in the paper."""
    COMBINED_MEDIAN = "combined_median"
    """By the medians of the groups that make up the whole."""
    UNPRINTED = "unprinted"
    """Not at all: the paper prints nothing to compute it from."""
    COHORT = "cohort"
    """By a synthetic cohort, as a description."""
    COMPARISON = "comparison"
    """By a contrast and outcome of a synthetic cohort."""
    BESIDE = "beside"
    """Not at all; a contrast of a synthetic cohort is offered beside it."""


PRINTED_ROUTES = frozenset(RouteKind) - {
    RouteKind.COHORT,
    RouteKind.COMPARISON,
    RouteKind.BESIDE,
}
"""Routes for which print is enough, of survival as far as its rates."""

_NEEDS = {
    RouteKind.TABLE: ("test",),
    RouteKind.SPLIT: ("test", "expression"),
    RouteKind.DEATHS: ("expression",),
    RouteKind.OTHER_RATE: ("expression",),
    RouteKind.COMBINED_MEDIAN: ("expression",),
    RouteKind.UNPRINTED: ("reason",),
    RouteKind.COHORT: ("contrast", "outcome", "quantity"),
    RouteKind.COMPARISON: ("contrast", "outcome", "quantity"),
    RouteKind.BESIDE: ("contrast", "outcome", "quantity", "reason"),
}


@dataclass(frozen=True)
class Route:
    """How one claim is judged.

    Attributes
    ----------
    id : str
        The claim.
    route : RouteKind
        The way.
    test : {"", "fisher", "chi2", "wilcoxon", "log-rank"}
        Test that is made of printed counts, cases or, later, patients.
    contrast, outcome : str
        Row of `comparisons.csv` that answers the claim.
    quantity : {"", "paired", "change", "groups", "model"}
        What is compared there.
    expression : str
        A number of the paper that the way needs: of a split all who have the feature,
        of deaths those that are told; of a combined median the claim with the groups,
        of another rate the place that prints it.
    misprint : str
        A cell that is also read otherwise than the other numbers of the paper have it:
        `row,column:number`.
    reason : str
        What a reader must know, whatever is found.
    """

    id: str
    route: RouteKind
    test: str
    contrast: str
    outcome: str
    quantity: str
    expression: str
    misprint: str
    reason: str


@dataclass(frozen=True)
class Check:
    """One relation between printed numbers that must hold.

    Attributes
    ----------
    id : str
        The claim that it bears on.
    left, relation, right : str
        Two expressions, and `=`, `<=` or `>=` between them.
    effect : {"verdict", "told"}
        Whether the claim is a discrepancy where the relation fails, or the failure is
        told in its reason.
    holds, fails : str
        Sentences with `{left}` and `{right}`; empty where nothing is to be said.
    """

    id: str
    left: str
    relation: str
    right: str
    effect: str
    holds: str
    fails: str


@cache
def claim_routes() -> Mapping[str, Route]:
    """Read the routes that ship with the program, by claim."""
    return read_routes(shipped_text("claim_routes.csv"), published_claims())


@cache
def claim_checks() -> tuple[Check, ...]:
    """Read the checks that ship with the program."""
    return read_checks(shipped_text("claim_checks.csv"), published_claims())


def read_routes(
    text: str, claims: Sequence[Claim], name: str = "claim_routes.csv"
) -> Mapping[str, Route]:
    """Read the routes of claims from CSV.

    Parameters
    ----------
    text : str
        A header with every field of `Route`, in its order, and one row a claim.
    claims : sequence of Claim
        All claims.
    name : str, default "claim_routes.csv"
        Where problems are reported.

    Returns
    -------
    mapping of str to Route
        By claim, in the order of the rows.

    Raises
    ------
    ConfigError
        With every fault: a claim without a route or with two, a route without a claim,
        an unknown word, a cell that the route needs and does not have.
    """
    rows = csv_rows(text, tuple(one.name for one in fields(Route)), name)
    by_id = {one.id: one for one in claims}
    problems = [*repeated_ids(rows)]
    routes = {}
    for where, cells in rows:
        found = _route_faults(cells, by_id)
        problems += [Problem(where, message) for message in found]
        if not found:
            words = {name: cell for name, cell in cells.items() if name != "route"}
            routes[cells["id"]] = Route(**words, route=RouteKind(cells["route"]))
    named = {cells["id"] for _, cells in rows}
    problems += [
        Problem(name, f"claim {one!r} has no route; add a row for it.")
        for one in by_id
        if one not in named
    ]
    if problems:
        raise ConfigError(*problems)
    return MappingProxyType(routes)


def read_checks(
    text: str, claims: Sequence[Claim], name: str = "claim_checks.csv"
) -> tuple[Check, ...]:
    """Read checks of claims from CSV.

    Parameters
    ----------
    text : str
        A header with every field of `Check`, in its order, and one row a check; a
        claim may have several.
    claims : sequence of Claim
        All claims.
    name : str, default "claim_checks.csv"
        Where problems are reported.

    Returns
    -------
    tuple of Check
        In the order of the rows.

    Raises
    ------
    ConfigError
        With every fault: an unknown claim, relation or effect, an expression that
        cannot be computed, a failure without a sentence.
    """
    rows = csv_rows(text, tuple(one.name for one in fields(Check)), name)
    by_id = {one.id: one for one in claims}
    problems = [
        Problem(where, message)
        for where, cells in rows
        for message in _check_faults(cells, by_id)
    ]
    if problems:
        raise ConfigError(*problems)
    return tuple(Check(**cells) for _, cells in rows)


def _route_faults(cells: dict[str, str], claims: Mapping[str, Claim]) -> list[str]:
    """Find what is wrong with the cells of one route."""
    found = []
    if cells["id"] not in claims:
        found.append(f"there is no claim {cells['id']!r}.")
    ways = tuple(way.value for way in RouteKind)
    choices = {"route": ways, "test": _TESTS, "quantity": _QUANTITIES}
    found += [
        unknown_word(column, cells[column], words)
        for column, words in choices.items()
        if cells[column] not in words
    ]
    if cells["route"] in ways:
        way = RouteKind(cells["route"])
        found += [
            f"route {way.value!r} needs {column}; fill it."
            for column in _NEEDS.get(way, ())
            if not cells[column]
        ]
    return found


def _check_faults(cells: dict[str, str], claims: Mapping[str, Claim]) -> list[str]:
    """Find what is wrong with the cells of one check."""
    found = []
    if cells["id"] not in claims:
        found.append(f"there is no claim {cells['id']!r}.")
    choices = {"relation": tuple(RELATIONS), "effect": _EFFECTS}
    found += [
        unknown_word(column, cells[column], words)
        for column, words in choices.items()
        if cells[column] not in words
    ]
    if not cells["fails"]:
        found.append("fails is empty; say what a failure means.")
    for column in ("left", "right"):
        try:
            evaluate(cells[column], claims)
        except ValueError as error:
            found.append(f"{column}: {error}.")
    return found
