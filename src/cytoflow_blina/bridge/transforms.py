"""Put linear intensities on the scale of a plot, with the numbers FlowKit gives.

Every function here is a plain function of one channel. Logicle, on which most gates
stand, has a fast way of its own; the others are FlowUtils' or closed formulas.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, exp, floor, log, log2
from typing import Any

import flowutils
import numpy as np
from numpy.typing import NDArray

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.domain.scale import (
    ArcsinhScale,
    FlowJoBiexScale,
    FlowJoLogScale,
    HyperlogScale,
    LinearScale,
    LogicleScale,
    LogScale,
    Scale,
)

# 512 cubic pieces an octave hold logicle to 3e-14. Ten octaves below the last decade
# of the scale the curve is a straight line; 4 above the top it is nearly a logarithm.
_MANTISSA_BITS = 9
_OCTAVES_BELOW = 10
_OCTAVES_ABOVE = 4
_BLOCK = 16_384  # the tables and a block of events stay in the cache together


def apply_scale(scale: Scale, values: FloatArray) -> FloatArray:
    """Scale one channel.

    Parameters
    ----------
    scale : Scale
        The scale.
    values : ndarray of float64, shape (n_events,)
        Linear units.

    Returns
    -------
    ndarray of float64, shape (n_events,)
        Display units, 0 to 1 being the axis of a plot (0 to 4096 on FlowJo's
        biexponential axis). Equal to FlowKit's within 1e-12.

    Notes
    -----
    A logarithm is -inf at 0 and NaN below, as in FlowKit but without a warning: such
    events are in no gate that is closed on their side. NaN stays NaN and infinity
    infinity on every scale, where FlowKit's logicle and hyperlog make -1 of both.
    """
    return _CURVES[type(scale)](scale, values)


def _linear(scale: LinearScale, values: FloatArray) -> FloatArray:
    """Stretch, as Gating-ML 2.0 section 6.1 says."""
    scaled: FloatArray = (values + scale.a) / (scale.top + scale.a)
    return scaled


def _log(scale: LogScale, values: FloatArray) -> FloatArray:
    """Take the logarithm of Gating-ML 2.0, section 6.2."""
    with np.errstate(divide="ignore", invalid="ignore"):
        # The order of operations is FlowKit's: the last bit decides on a limit.
        decades = (1.0 / scale.total_decades) * np.log10(values / scale.top)
    scaled: FloatArray = decades + 1.0
    return scaled


def _arcsinh(scale: ArcsinhScale, values: FloatArray) -> FloatArray:
    """Take the inverse hyperbolic sine of Gating-ML 2.0, section 6.3."""
    scaled = flowutils.transforms.asinh(
        values,
        None,
        t=scale.top,
        m=scale.total_decades,
        a=scale.negative_decades,
    )
    return np.asarray(scaled, dtype=np.float64)


def _tmwa(scale: LogicleScale | HyperlogScale) -> dict[str, float]:
    """Name the parameters as FlowUtils does."""
    return {
        "t": scale.top,
        "m": scale.total_decades,
        "w": scale.linear_decades,
        "a": scale.negative_decades,
    }


def _hyperlog(scale: HyperlogScale, values: FloatArray) -> FloatArray:
    """Take FlowUtils' hyperlog, keeping what is not finite."""
    scaled = flowutils.transforms.hyperlog(values, None, **_tmwa(scale))
    return np.where(np.isfinite(values), scaled, values)


def _flowjo_log(scale: FlowJoLogScale, values: FloatArray) -> FloatArray:
    """Take FlowJo's logarithm, flat below its offset."""
    above = np.where(values < scale.offset, scale.offset, values)
    decades = np.log10(above) - np.log10(scale.offset)
    scaled: FloatArray = 1.0 / scale.decades * decades
    return scaled


def _biex(scale: FlowJoBiexScale, values: FloatArray) -> FloatArray:
    """Look up FlowJo's biexponential axis."""
    return np.asarray(_biex_table(scale).apply(values), dtype=np.float64)


@lru_cache(maxsize=64)
def _biex_table(scale: FlowJoBiexScale) -> Any:
    """Make FlowJo's table, once for each set of parameters."""
    from flowkit import transforms

    return transforms.WSPBiexTransform(
        negative=scale.negative,
        width=scale.width,
        positive=scale.positive,
        max_value=scale.max_value,
    )


@dataclass(frozen=True, eq=False)
class _LogicleTable:
    """Logicle for positive values, in cubic pieces found by the bits of a float.

    Attributes
    ----------
    first_bits : int
        Leading bits of the lower end of piece 1; piece 0 reaches down to zero.
    starts : ndarray of float64, shape (n_pieces,)
        Lower end of each piece.
    cubics : tuple of four ndarray of float64, shape (n_pieces,)
        Coefficients, constant first, in the distance from the lower end.
    end : float
        Upper end of the last piece.
    zero : float
        Where 0 lies, in display units; the curve is symmetric about this point.
    curve : tuple of five float
        a, b, c, d, f of `_biexponential`.
    """

    first_bits: int
    starts: FloatArray
    cubics: tuple[FloatArray, FloatArray, FloatArray, FloatArray]
    end: float
    zero: float
    curve: tuple[float, float, float, float, float]


def _logicle(scale: LogicleScale, values: FloatArray) -> FloatArray:
    """Evaluate logicle, ndarray of float64, shape (n_events,), by table."""
    table = _logicle_table(scale)
    scaled = np.empty(values.shape, dtype=np.float64)
    for start in range(0, values.size, _BLOCK):
        block = values[start : start + _BLOCK]
        size = np.abs(block)
        display = _positive_logicle(table, size)
        np.copysign(display, block, out=display)
        np.add(display, table.zero, out=scaled[start : start + _BLOCK])
    return scaled


def _positive_logicle(table: _LogicleTable, size: FloatArray) -> FloatArray:
    """Evaluate logicle above its zero for values that are not negative."""
    piece: NDArray[np.int64] = size.view(np.int64) >> (52 - _MANTISSA_BITS)
    piece -= table.first_bits - 1
    np.maximum(piece, 0, out=piece)
    step = size - table.starts.take(piece, mode="clip")
    constant, *higher = (cubic.take(piece, mode="clip") for cubic in table.cubics)
    display: FloatArray = higher[-1]
    for coefficient in (*reversed(higher[:-1]), constant):
        display *= step
        display += coefficient
    beyond = ~(size < table.end)
    if beyond.any():
        display[beyond] = _far_logicle(table, size[beyond]) - table.zero
    return display


def _far_logicle(table: _LogicleTable, size: FloatArray) -> FloatArray:
    """Evaluate logicle far above its top, where it is nearly a logarithm.

    The other exponential changes little there, so putting it back into the
    logarithm again and again settles; NaN and infinity come through.
    """
    a, b, c, d, f = table.curve
    display = np.log((size - f) / a) / b
    for _ in range(8):
        display = np.log((size - f + c * np.exp(-d * display)) / a) / b
    return display


@lru_cache(maxsize=64)
def _logicle_table(scale: LogicleScale) -> _LogicleTable:
    """Make the pieces: FlowUtils' values at their ends, the curve's exact slopes."""
    a, b, c, d, f = _biexponential(scale)
    octave = floor(log2(scale.top))
    decades = scale.total_decades + scale.negative_decades
    lowest = octave - ceil(decades * log2(10)) - _OCTAVES_BELOW
    octaves = np.arange(lowest, octave + _OCTAVES_ABOVE + 1)
    pieces = 2**_MANTISSA_BITS
    fractions = 1 + np.arange(pieces) / pieces
    ends = np.ravel(np.exp2(octaves)[:, None] * fractions)
    ends = np.concatenate([[0.0], ends])
    display = flowutils.transforms.logicle(ends, None, **_tmwa(scale))
    slope = 1 / (a * b * np.exp(b * display) + c * d * np.exp(-d * display))
    width = np.diff(ends)
    chord = np.diff(display) / width
    left, right = slope[:-1], slope[1:]
    zero = float(display[0])
    return _LogicleTable(
        first_bits=int(ends[1:2].view(np.int64)[0] >> (52 - _MANTISSA_BITS)),
        starts=ends[:-1],
        cubics=(
            display[:-1] - zero,
            left,
            (3 * chord - 2 * left - right) / width,
            (left + right - 2 * chord) / width**2,
        ),
        end=float(ends[-1]),
        zero=zero,
        curve=(a, b, c, d, f),
    )


def _biexponential(scale: LogicleScale) -> tuple[float, float, float, float, float]:
    """Find a, b, c, d, f of `a exp(by) - c exp(-dy) + f`, logicle's inverse.

    Notes
    -----
    Moore and Parks, Cytometry A 81A:273-277 (2012), equations 5 to 10; f has the
    opposite sign here. d solves `2 (ln d - ln b) + w (b + d) = 0`, which rises and
    is concave, so Newton's method climbs to it from below without overshooting.
    """
    decades = scale.total_decades + scale.negative_decades
    w = scale.linear_decades / decades
    x2 = scale.negative_decades / decades
    x1 = x2 + w
    x0 = x1 + w
    b = decades * log(10)
    d = b * exp(-w * b)
    for _ in range(64):
        rise = 2 * (log(d) - log(b)) + w * (b + d)
        nearer = d - rise / (2 / d + w)
        if not nearer > d:
            break
        d = nearer
    c_over_a = exp(x0 * (b + d))
    f_over_a = c_over_a * exp(-d * x1) - exp(b * x1)
    a = scale.top / (exp(b) + f_over_a - c_over_a * exp(-d))
    return a, b, c_over_a * a, d, f_over_a * a


_CURVES: Mapping[type[Scale], Callable[[Any, FloatArray], FloatArray]] = {
    LinearScale: _linear,
    LogScale: _log,
    ArcsinhScale: _arcsinh,
    LogicleScale: _logicle,
    HyperlogScale: _hyperlog,
    FlowJoBiexScale: _biex,
    FlowJoLogScale: _flowjo_log,
}
