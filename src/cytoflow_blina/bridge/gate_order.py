"""Order gates so that what each of them needs comes first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def order_by_need(
    needs: Mapping[str, Iterable[str]],
) -> tuple[list[str], list[str]]:
    """Order gates, moving none that can stay.

    Parameters
    ----------
    needs : mapping of str to iterable of str
        For each gate, in the order wished for, the gates that must come before it.

    Returns
    -------
    order : list of str
        The gates that can be placed.
    left : list of str
        Those that need one another in a circle, one that is not there, or one of
        these.
    """
    order: dict[str, None] = {}
    waiting = {gate: set(needed) for gate, needed in needs.items()}
    while waiting:
        ready = next(
            (gate for gate, needed in waiting.items() if needed <= order.keys()), None
        )
        if ready is None:
            break
        order[ready] = None
        del waiting[ready]
    return list(order), list(waiting)
