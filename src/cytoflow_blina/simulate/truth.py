"""Count the truth as the pipeline would report it."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cytoflow_blina.domain.population import percent
from cytoflow_blina.simulate.populations import LYMPHOCYTES, NK_CELLS, T_CELLS

REPORTED: Mapping[str, tuple[str, ...]] = {
    "LYMPH": LYMPHOCYTES,
    "CD3": T_CELLS,
    "CD4": ("cd4_t", "dp_t", "activated_cd4_t"),
    # NKT-like cells of these tubes carry CD8, and any CD3+CD8+ cell counts.
    "CD8": ("cd8_t", "dp_t", "nkt_like", "activated_cd8_t"),
    "NK": NK_CELLS,
    "CD19": ("b",),
    "DPT": ("dp_t",),
    "DNT": ("dn_t",),
    "NKTLIKE": ("nkt_like",),
}
"""Simulated populations that make up each reported one."""

_T_SUBSETS = ("LYMPH", "CD3", "CD4", "CD8", "DPT", "DNT")
_NK_AND_B = ("LYMPH", "CD3", "NK", "CD19", "NKTLIKE")
_REPORTED_IN = {
    "A": _T_SUBSETS,
    "B": _NK_AND_B,
    "1": _T_SUBSETS,
    "2": _NK_AND_B,
    "": tuple(REPORTED),
}


def true_masks(labels: NDArray[np.str_], tube_id: str) -> dict[str, NDArray[np.bool_]]:
    """Tell for each reported population which events belong to it.

    Parameters
    ----------
    labels : ndarray of str, shape (n_events,)
        Membership of each event. Coincidences belong to no population.
    tube_id : str
        `A` or `1` for the T subsets, `B` or `2` for NK and B cells, or the empty
        string where one tube holds all markers.

    Returns
    -------
    dict of str to ndarray of bool, shape (n_events,)
        By the name of the population in `counts.csv`.
    """
    return {name: np.isin(labels, REPORTED[name]) for name in _REPORTED_IN[tube_id]}


def true_counts(labels: NDArray[np.str_], tube_id: str) -> dict[str, int]:
    """Count the events of each reported population.

    Parameters
    ----------
    labels : ndarray of str, shape (n_events,)
        Membership of each event.
    tube_id : str
        As in `true_masks`.

    Returns
    -------
    dict of str to int
        Events by name of the population; 0 where there are none.
    """
    masks = true_masks(labels, tube_id)
    return {name: int(np.count_nonzero(mask)) for name, mask in masks.items()}


def true_percentages(labels: NDArray[np.str_], tube_id: str) -> dict[str, float]:
    """Give each reported population as a share of the lymphocytes.

    Parameters
    ----------
    labels : ndarray of str, shape (n_events,)
        Membership of each event.
    tube_id : str
        As in `true_masks`.

    Returns
    -------
    dict of str to float
        Percent (0 to 100) by name; NaN where there is no lymphocyte.
    """
    counts = true_counts(labels, tube_id)
    return {name: percent(n, counts["LYMPH"]) for name, n in counts.items()}


def true_concentrations(
    concentrations: Mapping[str, float], tube_id: str
) -> dict[str, float]:
    """Add up the cells per microlitre of each reported population.

    Parameters
    ----------
    concentrations : mapping of str to float
        Cells per microlitre by simulated population.
    tube_id : str
        As in `true_masks`.

    Returns
    -------
    dict of str to float
        Cells per microlitre by name of the reported population.
    """
    return {
        name: float(sum(concentrations.get(part, 0.0) for part in REPORTED[name]))
        for name in _REPORTED_IN[tube_id]
    }


def write_labels(labels: NDArray[np.str_], path: Path) -> None:
    """Write the label of each event, in file order; compressed without a clock.

    Parameters
    ----------
    labels : ndarray of str, shape (n_events,)
        Membership of each event.
    path : Path
        A file that ends in `.csv.gz`, replaced where it exists.
    """
    text = "label\n" + "".join(f"{label}\n" for label in labels)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
