"""Draw how many cells of each kind a person has in a microlitre of blood."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

Concentrations = dict[str, float]

_HEALTHY_LYMPHOCYTES = 2_600.0
_HEALTHY_SHARE = {
    "cd4_t": 0.36,
    "cd8_t": 0.24,
    "dn_t": 0.035,
    "dp_t": 0.01,
    "nkt_like": 0.02,
    "b": 0.18,
    "nk_cd8neg": 0.10,
    "nk_cd8dim": 0.03,
}
_HEALTHY_MYELOID = {
    "monocyte": 430.0,
    "neutrophil": 2_700.0,
    "eosinophil": 180.0,
    "basophil": 37.0,
}

# Medians of a treated cohort: T cells rise, B cells vanish. Domain figures for D14
# stand for the end of treatment.
_TREATED = {
    "D0": {"cd4": 350.0, "cd8": 410.0, "dn_t": 40.0, "nk": 120.0, "b": 7.0},
    "D14": {"cd4": 470.0, "cd8": 560.0, "dn_t": 50.0, "nk": 150.0, "b": 0.0},
    "EOT": {"cd4": 470.0, "cd8": 560.0, "dn_t": 50.0, "nk": 150.0, "b": 0.0},
}
_ACTIVATED_SHARE = {"D0": 0.02, "D14": 0.15, "EOT": 0.08}
_TREATED_MYELOID = {
    "monocyte": 120.0,
    "neutrophil": 260.0,
    "eosinophil": 15.0,
    "basophil": 5.0,
}
_NO_B_AT_BASELINE = 0.3
_SOME_B_LEFT = 0.25


def healthy_concentrations(rng: np.random.Generator) -> Concentrations:
    """Draw a healthy child of about four years.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where the numbers come from.

    Returns
    -------
    dict of str to float
        Cells per microlitre by population.
    """
    lymphocytes = _HEALTHY_LYMPHOCYTES * 10 ** rng.normal(0, 0.12)
    parts = {
        name: share * 10 ** rng.normal(0, 0.10)
        for name, share in _HEALTHY_SHARE.items()
    }
    whole = sum(parts.values())
    drawn = {name: lymphocytes * part / whole for name, part in parts.items()}
    return drawn | _strayed(_HEALTHY_MYELOID, 0.15, rng)


def treated_concentrations(
    visit: str,
    *,
    subject: np.random.Generator,
    occasion: np.random.Generator,
    between_subjects: float = 0.35,
) -> Concentrations:
    """Draw a child of a cohort under a CD19-directed T-cell engager.

    Parameters
    ----------
    visit : {"D0", "D14", "EOT"}
        Which occasion.
    subject : numpy.random.Generator
        Stream of the person, opened afresh at each visit: their level stays theirs.
    occasion : numpy.random.Generator
        Stream of the visit.
    between_subjects : float
        Standard deviation of the T-cell level between persons, in decades.

    Returns
    -------
    dict of str to float
        Cells per microlitre by population. B cells are absent in three of ten
        persons at baseline, and later in all but a few, who keep under one.
    """
    level = {
        name: 10 ** subject.normal(0, spread)
        for name, spread in (
            ("t", between_subjects),
            ("cd4", between_subjects / 3),
            ("nk", between_subjects),
            ("b", 0.6),
        )
    }
    has_b = subject.uniform() >= _NO_B_AT_BASELINE
    profile = _TREATED[visit]
    day = {name: 10 ** occasion.normal(0, 0.07) for name in ("t", "cd8", "nk")}
    t = level["t"] * day["t"]
    cd4 = profile["cd4"] * t * level["cd4"]
    cd8 = profile["cd8"] * t * day["cd8"] / level["cd4"]
    nk = profile["nk"] * level["nk"] * day["nk"]
    activated = _ACTIVATED_SHARE[visit]
    return {
        "cd4_t": cd4 * (1 - activated),
        "activated_cd4_t": cd4 * activated,
        "cd8_t": cd8 * (0.94 - activated),
        "activated_cd8_t": cd8 * activated,
        "nkt_like": cd8 * 0.04,
        "dp_t": cd8 * 0.02,
        "dn_t": profile["dn_t"] * t,
        "nk_cd8neg": nk * 0.75,
        "nk_cd8dim": nk * 0.25,
        "b": profile["b"] * level["b"] * has_b or _leftover_b(visit, occasion),
    } | _strayed(_TREATED_MYELOID, 0.15, occasion)


def _leftover_b(visit: str, rng: np.random.Generator) -> float:
    """Leave no B cell, but under treatment a few of them in one person of four."""
    is_left = visit != "D0" and rng.uniform() < _SOME_B_LEFT
    return float(rng.uniform(0.2, 1.0)) if is_left else 0.0


def _strayed(
    medians: Mapping[str, float], decades: float, rng: np.random.Generator
) -> Concentrations:
    return {name: m * 10 ** rng.normal(0, decades) for name, m in medians.items()}


def between(
    one: Mapping[str, float], other: Mapping[str, float], weight: float
) -> Concentrations:
    """Find a person between two others.

    Parameters
    ----------
    one, other : mapping of str to float
        Cells per microlitre by population.
    weight : float
        0 gives the first, 1 the second.

    Returns
    -------
    dict of str to float
        Geometric mean of the two where both have the population; the weighted
        arithmetic mean where one has none.
    """
    mixed = {}
    for name in sorted({*one, *other}):
        a, b = one.get(name, 0.0), other.get(name, 0.0)
        is_in_both = a > 0 and b > 0
        mixed[name] = (
            a ** (1 - weight) * b**weight
            if is_in_both
            else a * (1 - weight) + b * weight
        )
    return mixed
