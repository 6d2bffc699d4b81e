"""Write a claim as the paper prints it."""

from __future__ import annotations

from cytoflow_blina.domain.claim import Claim, Kind


def sides(text: str) -> tuple[str, ...]:
    """Part the values of one side, which a bar divides.

    Parameters
    ----------
    text : str
        `97.8 | 86.7`, or a single value.

    Returns
    -------
    tuple of str
        Without blanks; empty where a value is not printed.
    """
    return tuple(part.strip() for part in text.split("|"))


def published_p(claim: Claim) -> str:
    """Write the printed P, with its sign where that is not `=`.

    Parameters
    ----------
    claim : Claim
        The claim.

    Returns
    -------
    str
        `0.016`, `<0.0001`; empty where none is printed.
    """
    return f"{claim.p_op.replace('=', '')}{claim.published_p}"


def published_text(claim: Claim) -> str:
    """Write what the paper prints.

    Parameters
    ----------
    claim : Claim
        The claim.

    Returns
    -------
    str
        `0.96 (0.03 to 3.79) v 1.13 (0.26 to 7.74) 1e9/L; P = 0.016`; what the claim
        speaks of where it prints no number of its own.
    """
    first = _side(claim.a_value, claim.se_a, claim.a_min, claim.a_max)
    second = _side(claim.b_value, claim.se_b, claim.b_min, claim.b_max)
    if claim.summary == "count":
        values = _counted(claim)
    elif claim.kind is Kind.EXACT and (claim.summary == "cases" or not first):
        values = _values(claim)
    else:
        values = " v ".join(side for side in (first, second) if side)
        values = f"{values} {claim.unit}".strip() if values else ""
    parts = [values or ("" if claim.published_p else claim.quantity)]
    if claim.published_p:
        parts.append(f"P {claim.p_op} {claim.published_p}")
    return "; ".join(part for part in parts if part)


def _side(value: str, error: str, low: str, high: str) -> str:
    """Write one side: values with their standard errors, or median and range."""
    if not value:
        return f"{low} to {high}" if low and high else ""
    if low and high:
        return f"{value} ({low} to {high})"
    errors = sides(error) if error else ("",) * len(sides(value))
    pairs = zip(sides(value), errors, strict=True)
    return " v ".join(f"{one} ± {se}" if se else one for one, se in pairs)


def _values(claim: Claim) -> str:
    """Write the printed cases of both sides, or the counts of both groups."""
    if claim.summary == "cases":
        before, after, *_ = zip(*claim.counts, strict=True)
        sides_of_cases = [
            ", ".join(f"{one:g}" for one in side) for side in (before, after)
        ]
        return f"{' v '.join(sides_of_cases)} {claim.unit}"
    return " v ".join("/".join(f"{n:g}" for n in row) for row in claim.counts)


def _counted(claim: Claim) -> str:
    """Write a count, with its percentage where one is printed."""
    if not claim.a_value:
        return ""
    total = f" of {claim.n_b}" if claim.b_value else ""
    share = f" ({claim.b_value} %)" if claim.b_value else ""
    return f"{claim.a_value}{total}{share}"
