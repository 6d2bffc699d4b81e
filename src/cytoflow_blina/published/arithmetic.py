"""Compute with the numbers of claims: sums, differences, products and quotients.

An expression names printed numbers by claim and column, `co.relapse.a_value`, and
cells of printed counts by row and column, `t3.crs.counts[0][1]`, and may hold plain
numbers. Numbers stay fractions, so that equality is exact.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import fields
from fractions import Fraction

from cytoflow_blina.domain.claim import Claim
from cytoflow_blina.published.printed_numbers import printed_value

_OPERATORS: Mapping[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COLUMNS = tuple(one.name for one in fields(Claim))


def evaluate(expression: str, claims: Mapping[str, Claim]) -> Fraction:
    """Compute an expression of printed numbers.

    Parameters
    ----------
    expression : str
        `co.relapse.a_value + co.indfail.a_value`.
    claims : mapping of str to Claim
        By id.

    Returns
    -------
    Fraction
        The number.

    Raises
    ------
    ValueError
        Saying what in the expression is no claim, no column, no number, or no
        arithmetic; or that it divides by 0.
    """
    try:
        tree = ast.parse(expression.strip(), mode="eval")
    except SyntaxError as error:
        raise ValueError(f"{expression!r} is no expression") from error
    try:
        return _number(tree.body, claims)
    except ZeroDivisionError as error:
        raise ValueError(f"{expression!r} divides by 0") from error


def _number(node: ast.expr, claims: Mapping[str, Claim]) -> Fraction:
    """Compute one part of an expression."""
    match node:
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_number(left, claims), _number(right, claims))
        case ast.Constant(value=value) if type(value) in {int, float}:
            # Through its text: 0.1 is one tenth.
            return Fraction(str(value))
        case ast.Subscript() | ast.Attribute():
            return _printed(node, claims)
    raise ValueError(f"{ast.unparse(node)!r} is neither a number nor a printed one")


def _printed(
    node: ast.Subscript | ast.Attribute, claims: Mapping[str, Claim]
) -> Fraction:
    """Look up a printed number, or a cell of printed counts."""
    words = ast.unparse(node)
    reference, *places = words.replace("]", "").split("[")
    claim_id, _, column = reference.rpartition(".")
    if claim_id not in claims:
        raise ValueError(f"{words!r}: there is no claim {claim_id!r}")
    if column not in _COLUMNS:
        raise ValueError(f"{words!r}: a claim has no column {column!r}")
    claim = claims[claim_id]
    if column == "counts":
        return _cell(words, claim, places)
    return printed_value(getattr(claim, column))


def _cell(words: str, claim: Claim, places: list[str]) -> Fraction:
    """Look up a cell of printed counts."""
    try:
        row, column = (int(place) for place in places)
        value = claim.counts[row][column]
    except (ValueError, IndexError) as error:
        raise ValueError(f"{words!r}: there is no such cell") from error
    if value is None:
        raise ValueError(f"{words!r}: no value is printed there")
    return Fraction(str(value))
