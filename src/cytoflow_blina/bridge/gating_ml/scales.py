"""Read the scales, ratios and matrices of a Gating-ML 2.0 document."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cytoflow_blina.bridge.gating_ml.faults import Faults, number
from cytoflow_blina.bridge.gating_ml.ids import plain_name
from cytoflow_blina.bridge.gating_ml.namespaces import DATA, TRANSFORMS
from cytoflow_blina.bridge.safe_xml import Element
from cytoflow_blina.domain.scale import (
    ArcsinhScale,
    HyperlogScale,
    LinearScale,
    LogicleScale,
    LogScale,
    Ratio,
    Scale,
)
from cytoflow_blina.domain.spillover import Spillover

# Far beyond any instrument; more would overflow.
_LARGEST_TOP = 1e30
_MOST_DECADES = 50.0


def read_transformations(
    root: Element, faults: Faults
) -> tuple[dict[str, Scale], dict[str, Ratio]]:
    """Read every transformation.

    Parameters
    ----------
    root : lxml element
        The document.
    faults : Faults
        Notes parameters out of their domain and bounds, which are not supported.

    Returns
    -------
    dict of str to Scale, dict of str to Ratio
        By id.
    """
    scales: dict[str, Scale] = {}
    ratios: dict[str, Ratio] = {}
    for element in root.iterfind(f"{TRANSFORMS}transformation"):
        name = plain_name(element.get(f"{TRANSFORMS}id"))
        if not {f"{TRANSFORMS}boundMin", f"{TRANSFORMS}boundMax"}.isdisjoint(
            element.keys()
        ):
            faults.note(element, "boundMin and boundMax are not supported.")
        (curve,) = element
        if curve.tag == f"{TRANSFORMS}fratio":
            ratios[name] = _read_ratio(curve, faults)
        else:
            scales[name] = _read_scale(curve, faults)
    return scales, ratios


def _parameter(element: Element, letter: str, faults: Faults) -> float:
    """Read a parameter that the schema requires."""
    value = number(element, f"{TRANSFORMS}{letter}", faults)
    return 0.0 if value is None else value


def _read_ratio(element: Element, faults: Faults) -> Ratio:
    """Read a ratio of two detectors."""
    numerator, denominator = element.iterfind(f"{DATA}fcs-dimension")
    return Ratio(
        numerator.get(f"{DATA}name"),
        denominator.get(f"{DATA}name"),
        *(_parameter(element, letter, faults) for letter in "ABC"),
    )


def _read_scale(element: Element, faults: Faults) -> Scale:
    """Read a scale and see that its parameters make one."""
    kind = element.tag.removeprefix(TRANSFORMS)
    t, a = (_parameter(element, letter, faults) for letter in "TA")
    m, w = (_parameter(element, letter, faults) for letter in "MW")
    if not 1 / _LARGEST_TOP <= t <= _LARGEST_TOP or m > _MOST_DECADES:
        faults.note(
            element,
            f"T must lie between {1 / _LARGEST_TOP:g} and {_LARGEST_TOP:g}, and M not "
            f"exceed {_MOST_DECADES:g} (T={t}, M={m}).",
        )
    match kind:
        case "flin":
            if not t + a > 0:
                faults.note(element, f"T + A must be positive (T={t}, A={a}).")
            return LinearScale(t, a)
        case "flog":
            return LogScale(t, m)
        case "fasinh":
            if a > m:
                faults.note(element, f"A must not exceed M (M={m}, A={a}).")
            return ArcsinhScale(t, m, a)
    # Gating-ML 2.0, sections 6.4 and 6.5; FlowUtils answers -1 beyond them.
    if not (w <= m / 2 and -w <= a <= m - 2 * w):
        faults.note(
            element,
            f"W must not exceed M/2, nor A leave -W to M-2W (W={w}, M={m}, A={a}).",
        )
    family = LogicleScale if kind == "logicle" else HyperlogScale
    return family(t, w, m, a)


def read_matrices(
    root: Element, faults: Faults
) -> tuple[dict[str, Spillover], dict[str, Mapping[str, str]]]:
    """Read every spectrum matrix.

    Parameters
    ----------
    root : lxml element
        The document.
    faults : Faults
        Notes matrices that are not square or cannot be inverted.

    Returns
    -------
    dict of str to Spillover
        By id. One that is stored inverted is inverted back.
    dict of str to mapping of str to str
        By id of the matrix, the detector of each fluorochrome.
    """
    matrices: dict[str, Spillover] = {}
    detectors: dict[str, Mapping[str, str]] = {}
    for element in root.iterfind(f"{TRANSFORMS}spectrumMatrix"):
        matrix_id = plain_name(element.get(f"{TRANSFORMS}id"))
        names, dyes = (
            [child.get(f"{DATA}name") for child in element.find(f"{TRANSFORMS}{part}")]
            for part in ("detectors", "fluorochromes")
        )
        rows = [
            [_parameter(entry, "value", faults) for entry in row]
            for row in element.iterfind(f"{TRANSFORMS}spectrum")
        ]
        n = len(names)
        if matrix_id in ("FCS", "uncompensated"):
            faults.note(element, f"{matrix_id!r} is not an id but has a meaning.")
        if len(dyes) != n or [len(row) for row in rows] != [n] * n:
            faults.note(
                element,
                f"has {n} detectors, {len(dyes)} fluorochromes and {len(rows)} "
                "spectra; only square matrices can be undone.",
            )
            continue
        matrix = np.array(rows, dtype=np.float64)
        if not np.isfinite(matrix).all():
            continue  # noted where the number stands
        try:
            inverse = np.linalg.inv(matrix)
        except np.linalg.LinAlgError:
            faults.note(element, "cannot be inverted.")
            continue
        inverted = element.get(f"{TRANSFORMS}matrix-inverted-already", "").strip()
        if inverted in ("true", "1"):
            matrix = np.asarray(inverse, dtype=np.float64)
        matrix.setflags(write=False)
        matrices[matrix_id] = Spillover(tuple(names), matrix)
        detectors[matrix_id] = dict(zip(dyes, names, strict=True))
    return matrices, detectors
