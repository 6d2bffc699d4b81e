"""Find a free place for the label of each gate in a plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_GAP = 3.0


@dataclass(frozen=True)
class Box:
    """A rectangle in the plot, in pixels, the vertical axis pointing down."""

    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: Box) -> float:
        """Measure what is shared with another box.

        Parameters
        ----------
        other : Box
            The other box.

        Returns
        -------
        float
            Area in square pixels; 0 where they only touch.
        """
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(width, 0.0) * max(height, 0.0)


def place_labels(
    gates: Sequence[Box],
    sizes: Sequence[tuple[float, float]],
    image: NDArray[np.uint8],
    side: float,
) -> list[Box]:
    """Place labels so that they hide little and do not meet.

    Parameters
    ----------
    gates : sequence of Box
        Bounding box of each gate, within the plot.
    sizes : sequence of (float, float)
        Width and height of each label, in pixels.
    image : ndarray of uint8, shape (n_rows, n_columns)
        The density drawn, top row first; 0 where there is no event.
    side : float
        Width and height of the plot, in pixels.

    Returns
    -------
    list of Box
        Where each label goes: inside the corners of its gate or just outside its
        edges, wherever least is hidden; always within the plot.
    """
    ink = image / max(int(image.max()), 1)
    placed: list[Box] = []
    for gate, (width, height) in zip(gates, sizes, strict=True):
        others = [other for other in gates if other is not gate]
        candidates = _candidates(gate, width, height, side)
        costs = [
            20 * sum(box.overlap(other) for other in placed)
            + sum(box.overlap(other) for other in others)
            + 8 * _hidden(box, ink, side)
            + 2 * _astray(box, gate)
            - 0.5 * _away_from_middle(box, side)
            for box in candidates
        ]
        placed.append(candidates[int(np.argmin(costs))])
    return placed


def _candidates(gate: Box, width: float, height: float, side: float) -> list[Box]:
    middle = (gate.left + gate.right - width) / 2
    centre = (gate.top + gate.bottom - height) / 2
    corners = [
        (gate.left + _GAP, gate.top + _GAP),
        (gate.right - width - _GAP, gate.top + _GAP),
        (gate.left + _GAP, gate.bottom - height - _GAP),
        (gate.right - width - _GAP, gate.bottom - height - _GAP),
        (middle, gate.top - height - _GAP),
        (middle, gate.bottom + _GAP),
        (gate.right + _GAP, centre),
        (gate.left - width - _GAP, centre),
    ]
    boxes = []
    for wanted_left, wanted_top in corners:
        left = min(max(wanted_left, 1.0), side - width - 1)
        top = min(max(wanted_top, 1.0), side - height - 1)
        boxes.append(Box(left, top, left + width, top + height))
    return boxes


def _astray(box: Box, gate: Box) -> float:
    """Area of a label outside a gate that is large enough to hold it.

    Such a label would seem to belong to the neighbour.
    """
    width, height = box.right - box.left, box.bottom - box.top
    holds = gate.right - gate.left > width and gate.bottom - gate.top > height
    return width * height - box.overlap(gate) if holds else 0.0


def _hidden(box: Box, ink: NDArray[np.float64], side: float) -> float:
    """Density under a box, as square pixels of the darkest colour."""
    rows, columns = ink.shape
    top, bottom = int(box.top / side * rows), int(box.bottom / side * rows) + 1
    left, right = int(box.left / side * columns), int(box.right / side * columns) + 1
    area = side * side / (rows * columns)
    return float(ink[top:bottom, left:right].sum() * area)


def _away_from_middle(box: Box, side: float) -> float:
    """Prefer the rim of the plot, where an open gate ends."""
    x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    return float(np.hypot(x - side / 2, y - side / 2))
