"""Choose the scale, the range and the ticks of a vertical axis from its values."""

from __future__ import annotations

from math import ceil, floor, log10

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import (
    FixedLocator,
    FuncFormatter,
    LogLocator,
    MaxNLocator,
    NullFormatter,
    NullLocator,
)

from cytoflow_blina.domain.events import FloatArray

# A change this many times the usual one would press the others onto the zero line.
_HEAVY_TAIL = 30.0
_MOST_DECADE_TICKS = 4
# Labels at 1, 2, 5 of more decades would meet.
_WIDE_RANGE = 3e3
_FOLD_OF_MARGIN = 1.3


def scale_amounts(axes: Axes, values: FloatArray, *, adapt_marks: bool = True) -> None:
    """Scale an axis for amounts: logarithmic, and linear next to zero where needed.

    Parameters
    ----------
    axes : Axes
        Whose vertical axis is set.
    values : ndarray of float64, shape (n_values,)
        What is drawn; may be empty or hold NaN. Where some are negative they are
        taken for changes, as in `scale_changes`.
    adapt_marks : bool, default True
        Whether a logarithmic axis of a narrow range is widened to two marks, and one
        of a wide range marked in powers of ten alone; 1, 2, 5, 10 otherwise.
    """
    values = values[np.isfinite(values)]
    if (values < 0).any():
        scale_changes(axes, values)
        return
    positive = values[values > 0]
    if not positive.size:
        axes.set_ylim(-0.05, 1)
        return
    lowest, highest = float(positive.min()), float(positive.max()) * _FOLD_OF_MARGIN
    if positive.size < values.size:
        threshold = 10.0 ** floor(log10(lowest))
        axes.set_yscale("symlog", linthresh=threshold, linscale=0.5)
        axes.set_ylim(-0.12 * threshold, highest)
    else:
        limits = lowest / _FOLD_OF_MARGIN, highest
        folds: tuple[float, ...] = (1.0, 2.0, 5.0)
        if adapt_marks:
            limits = _around_two_marks(*limits)
            if limits[1] / limits[0] > _WIDE_RANGE:
                folds = (1.0,)
        axes.set_yscale("log")
        axes.set_ylim(*limits)
        axes.yaxis.set_major_locator(LogLocator(subs=folds, numticks=6))
    _label(axes)


def scale_changes(axes: Axes, values: FloatArray) -> None:
    """Scale an axis for changes, which have either sign; zero is always on it.

    Parameters
    ----------
    axes : Axes
        Whose vertical axis is set.
    values : ndarray of float64, shape (n_values,)
        What is drawn; may be empty or hold NaN.

    Notes
    -----
    Linear, unless the largest change is more than 30 times the median one that is not
    zero; then linear next to zero and logarithmic either side of that.
    """
    values = values[np.isfinite(values)]
    sizes = np.abs(values[values != 0])
    if not sizes.size:
        axes.set_ylim(-1, 1)
        axes.yaxis.set_major_locator(FixedLocator([0.0]))
        _label(axes)
        return
    low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
    typical = float(np.median(sizes))
    if float(sizes.max()) > _HEAVY_TAIL * typical:
        threshold = 10.0 ** floor(log10(typical))
        axes.set_yscale("symlog", linthresh=threshold, linscale=0.6)
        axes.set_ylim(
            min(low * 1.5, -0.3 * threshold), max(high * 1.5, 0.3 * threshold)
        )
        axes.yaxis.set_major_locator(FixedLocator(_signed_decades(threshold, axes)))
    else:
        margin = 0.06 * (high - low)
        axes.set_ylim(low - margin, high + margin)
        axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    _label(axes)


def _around_two_marks(low: float, high: float) -> tuple[float, float]:
    """Widen a range until two of 1, 2, 5, 10, ... lie in it."""
    marks = np.array(
        [
            fold * 10.0**exponent
            for exponent in range(floor(log10(low)) - 1, ceil(log10(high)) + 2)
            for fold in (1, 2, 5)
        ]
    )
    if ((marks >= low) & (marks <= high)).sum() >= 2:
        return low, high
    return float(marks[marks <= low].max()), float(marks[marks >= high].min())


def _signed_decades(threshold: float, axes: Axes) -> list[float]:
    low, high = axes.get_ylim()
    n_decades = ceil(log10(max(-low, high) / threshold)) + 1
    step = ceil(n_decades / _MOST_DECADE_TICKS)
    sizes = [threshold * 10.0**k for k in range(0, n_decades, step)]
    ticks = [-size for size in reversed(sizes)] + [0.0, *sizes]
    return [tick for tick in ticks if low <= tick <= high]


def _label(axes: Axes) -> None:
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _number(value)))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _number(value: float) -> str:
    # 0.30000000000000004 is a tick of matplotlib's, not a number.
    return f"{round(value, 12):,g}".replace("-", "−")
