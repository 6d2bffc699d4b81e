"""Tell the kinds of lymphocytes apart, and say which markers each does not carry."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cytoflow_blina.domain.events import BoolArray

KINDS_WITHOUT: Mapping[str, tuple[str, ...]] = {
    "CD3": ("B", "NK", "CD3-"),
    "CD4": ("CD8 T", "B", "NK", "CD3-"),
    # Many NK cells carry a little CD8.
    "CD8": ("CD4 T", "B"),
    # Some CD8 T cells carry CD16 or CD56.
    "CD16+56": ("CD4 T", "T", "B"),
    "CD56": ("CD4 T", "T", "B"),
    "CD19": ("CD4 T", "CD8 T", "T", "NK"),
}
"""Kinds of lymphocytes that are known not to carry a marker."""

KINDS_WITH: Mapping[str, tuple[str, ...]] = {
    "CD3": ("CD4 T", "CD8 T", "T"),
    "CD4": ("CD4 T",),
    "CD8": ("CD8 T",),
    "CD16+56": ("NK",),
    "CD56": ("NK",),
    "CD19": ("B",),
    "CD45": ("CD4 T", "CD8 T", "T", "B", "NK", "CD3-"),
}
"""Kinds of lymphocytes that carry a marker."""


def lymphocyte_kinds(
    lymphocytes: BoolArray,
    populations: Mapping[str, BoolArray],
    monocytes: BoolArray | None = None,
) -> dict[str, BoolArray]:
    """Part the lymphocytes of a tube into kinds, as far as its markers tell.

    Parameters
    ----------
    lymphocytes : ndarray of bool, shape (n_events,)
        Events of the lymphocyte gate.
    populations : mapping of str to ndarray of bool, shape (n_events,)
        Reported populations by their names in `counts.csv`: `CD3`, `CD4`, `CD8`,
        `CD19`, `NK`; what the tube does not measure is absent.
    monocytes : ndarray of bool, shape (n_events,), optional
        CD3- CD4dim events, which are no lymphocytes.

    Returns
    -------
    dict of str to ndarray of bool, shape (n_events,)
        No event is of two kinds: `CD4 T` and `CD8 T` without double positives, or `T`
        where these are not told apart; `B` and `NK`, or `CD3-` for both together.
        Empty without CD3.
    """
    if "CD3" not in populations:
        return {}
    cd3 = populations["CD3"]
    kinds = {"T": cd3}
    if "CD4" in populations and "CD8" in populations:
        cd4, cd8 = populations["CD4"], populations["CD8"]
        kinds = {"CD4 T": cd4 & ~cd8, "CD8 T": cd8 & ~cd4}
    named = {"B": "CD19", "NK": "NK"}
    found = {
        kind: populations[one] for kind, one in named.items() if one in populations
    }
    kinds |= found or {"CD3-": lymphocytes & ~cd3}
    if monocytes is not None:
        for kind in ("CD3-", "NK"):
            if kind in kinds:
                kinds[kind] = kinds[kind] & ~monocytes
    return kinds


def events_of(
    kinds: Mapping[str, BoolArray], wanted: tuple[str, ...]
) -> tuple[BoolArray, ...]:
    """Take the kinds that a tube tells apart.

    Parameters
    ----------
    kinds : mapping of str to ndarray of bool, shape (n_events,)
        As from `lymphocyte_kinds`.
    wanted : tuple of str
        Their names.

    Returns
    -------
    tuple of ndarray of bool, shape (n_events,)
        Those that are there and have events.
    """
    return tuple(
        kinds[kind] for kind in wanted if kind in kinds and np.any(kinds[kind])
    )
