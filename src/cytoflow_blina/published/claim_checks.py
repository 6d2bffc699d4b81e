"""Check the relations that must hold between the printed numbers of a claim."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from cytoflow_blina.domain.claim import Claim
from cytoflow_blina.published.arithmetic import evaluate
from cytoflow_blina.published.claim_routes import RELATIONS, Check, claim_checks

_NOT = {"=": "not", "<=": "not at most", ">=": "not at least"}


@dataclass(frozen=True)
class Findings:
    """What the checks of one claim found, in sentences.

    Attributes
    ----------
    n_checks, n_equalities : int
        Checks that were made, and those of them that compute the claim: a limit does
        not.
    holds : tuple of str
        What held and is worth saying.
    contradictions : tuple of str
        Failures by which the paper's own numbers say otherwise.
    told : tuple of str
        Failures that do not decide over the claim.
    number : str
        What the first contradiction computed, `17.6, not at most 15`; without any, the
        first check that held, `30`. Empty where there is neither.
    """

    n_checks: int
    n_equalities: int
    holds: tuple[str, ...]
    contradictions: tuple[str, ...]
    told: tuple[str, ...]
    number: str


def check_claim(
    claim_id: str,
    claims: Mapping[str, Claim],
    checks: Sequence[Check] | None = None,
) -> Findings:
    """Make every check of one claim.

    Parameters
    ----------
    claim_id : str
        The claim.
    claims : mapping of str to Claim
        All claims by id.
    checks : sequence of Check, optional
        Those that ship with the program where none are given.

    Returns
    -------
    Findings
        Without sentences for a claim that has no checks.

    Raises
    ------
    ValueError
        Where an expression names a number that the claims do not hold.
    """
    holds, contradictions, told = [], [], []
    numbers, failures = [], []
    mine = [
        one
        for one in (claim_checks() if checks is None else checks)
        if one.id == claim_id
    ]
    for one in mine:
        left, right = evaluate(one.left, claims), evaluate(one.right, claims)
        is_met = RELATIONS[one.relation](left, right)
        sentence = (one.holds if is_met else one.fails).format(
            left=_words(left), right=_words(right)
        )
        if is_met:
            holds.append(sentence)
            numbers.append(_words(left))
        elif one.effect == "verdict":
            contradictions.append(sentence)
            failures.append(f"{_words(left)}, {_NOT[one.relation]} {_words(right)}")
        else:
            told.append(sentence)
    return Findings(
        len(mine),
        sum(one.relation == "=" for one in mine),
        tuple(one for one in holds if one),
        tuple(contradictions),
        tuple(told),
        next(iter([*failures, *numbers]), ""),
    )


def _words(number: Fraction) -> str:
    """Write a number of a sentence: 30, 17.6, 0.004."""
    return str(number) if number.denominator == 1 else f"{float(number):.3g}"
