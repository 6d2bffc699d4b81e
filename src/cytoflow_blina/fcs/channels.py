"""Describe the parameters of an FCS data set as channels."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan

from cytoflow_blina.bridge.fcs_reader import FcsDataSet
from cytoflow_blina.bridge.fcs_text import BLANKS
from cytoflow_blina.domain.events import Channel, ChannelKind
from cytoflow_blina.errors import CorruptFcsError, Problem
from cytoflow_blina.fcs.keywords import number_of, read_time_step_s
from cytoflow_blina.fcs.linearise import Amplification

# Beyond any instrument: more is damage, and would overflow.
_MOST_DECADES = 20.0
_LARGEST_OFFSET = 1e12
_LARGEST_GAIN = 1e12

_TIME = re.compile(r"TIME|HDR-T")
_SCATTER = re.compile(r"[A-Z]?[FSB]SC.*|.*SCATTER.*|(FS|SS|EV)(\d.*|[ _-].*)?")
_OTHER = re.compile(
    r"(.*[ _-])?TIME([ _-].*|\d.*)?|(.*[ _-])?WIDTH|EVENT.*|HDR-.*|DOUBLET.*|UNUSED.*"
    r"|SORT.*|INDEX.*|ORIGINAL.?ID|CENTER|OFFSET|RESIDUAL|CLUSTER.*|SAMPLE.?ID"
)


@dataclass(frozen=True)
class ChannelTable:
    """The parameters of a data set, in the order of its columns.

    Attributes
    ----------
    channels : tuple of Channel
        One for each parameter; no detector twice.
    amplifications : tuple of Amplification
        One for each parameter.
    notes : tuple of str
        What had to be tolerated, in words.
    """

    channels: tuple[Channel, ...]
    amplifications: tuple[Amplification, ...]
    notes: tuple[str, ...]


def describe_channels(
    data_set: FcsDataSet, keywords: Mapping[str, str]
) -> ChannelTable:
    """Describe every parameter of a data set.

    Parameters
    ----------
    data_set : FcsDataSet
        Whose parameters they are.
    keywords : mapping of str to str
        Its keywords, which the twin of an LMD data set may have completed.

    Returns
    -------
    ChannelTable
        `range_max` is NaN where a floating-point file does not say it.

    Raises
    ------
    CorruptFcsError
        The amplification of an integer parameter is unreadable: its values have no
        known meaning.

    Notes
    -----
    `range_max` is the largest linear value there can be: for integers that of
    channel `$PnR` - 1, so 9,910 for four decades of 1,024 channels.
    """
    notes: list[str] = []
    time_step_s = read_time_step_s(keywords)
    channels, amplifications = [], []
    for number, detector in enumerate(_unique_detectors(data_set, notes), start=1):
        name = keywords.get(f"$P{number}N", "").strip(BLANKS)
        kind = kind_of(name)
        amplification = _amplification(data_set, number, kind, time_step_s, notes)
        channels.append(
            Channel(
                detector=detector,
                label=keywords.get(f"$P{number}S", "").strip(BLANKS),
                kind=kind,
                range_max=_largest_value(data_set, number, amplification),
                is_logarithmic=amplification.decades > 0,
                is_integer=data_set.is_integer,
            )
        )
        amplifications.append(amplification)
    if time_step_s is None and any(channel.kind == "time" for channel in channels):
        notes.append("No $TIMESTEP or TIMETICKS: time is in steps of unknown length.")
    return ChannelTable(
        tuple(channels), tuple(amplifications), tuple(dict.fromkeys(notes))
    )


def kind_of(name: str) -> ChannelKind:
    """Judge by its name what a detector measures.

    Parameters
    ----------
    name : str
        `$PnN`.

    Returns
    -------
    {"scatter", "fluorescence", "time", "other"}
        What is neither scatter, time nor one of the bookkeeping parameters that
        cytometers add (pulse width, event number, ...) is fluorescence.

    Examples
    --------
    >>> [kind_of(name) for name in ("FS INT", "FL1 INT LOG", "Time", "Event_length")]
    ['scatter', 'fluorescence', 'time', 'other']
    """
    plain = name.strip(BLANKS).upper()
    if _TIME.fullmatch(plain):
        return "time"
    if _SCATTER.fullmatch(plain):
        return "scatter"
    return "other" if _OTHER.fullmatch(plain) else "fluorescence"


def _unique_detectors(data_set: FcsDataSet, notes: list[str]) -> list[str]:
    """Name every detector; a repeated name is numbered, a missing one made up."""
    numbers = range(1, data_set.n_parameters + 1)
    names = [data_set.keywords.get(f"$P{n}N", "").strip(BLANKS) for n in numbers]
    if not all(names):
        notes.append("$PnN is missing for some parameters; they are named P1, P2, ...")
        names = [name or f"P{n}" for n, name in zip(numbers, names, strict=True)]
    if len(set(names)) == len(names):
        return names
    notes.append("Several parameters share a name ($PnN); the later ones are numbered.")
    taken = set(names)
    seen: Counter[str] = Counter()
    unique = []
    for name in names:
        seen[name] += 1
        detector = name
        while seen[name] > 1 and detector in taken:
            detector = f"{name}_{seen[name]}"
            seen[name] += detector in taken
        taken.add(detector)
        unique.append(detector)
    return unique


def _amplification(
    data_set: FcsDataSet,
    number: int,
    kind: ChannelKind,
    time_step_s: float | None,
    notes: list[str],
) -> Amplification:
    """Read `$PnE` and `$PnG` of one parameter.

    The standard allows logarithmic amplification for integers alone, and gain for
    linear amplification alone; what goes beyond that is left unheeded.
    """
    decades, offset = _exponent(data_set, number, notes)
    if kind == "time":
        return Amplification(factor=time_step_s or 1.0)
    gain_text = data_set.keywords.get(f"$P{number}G", "")
    gain = number_of(gain_text) if gain_text.strip(BLANKS) else 1.0
    if not 1 / _LARGEST_GAIN <= gain <= _LARGEST_GAIN:
        if gain != 0:
            notes.append("A gain ($PnG) is unreadable; 1 was taken.")
        gain = 1.0
    if not decades:
        return Amplification(gain=gain)
    if gain != 1.0:
        notes.append("A gain ($PnG) of a logarithmic parameter was left unheeded.")
    value_range = number_of(data_set.keywords.get(f"$P{number}R", ""))
    if not value_range >= 1:
        raise _meaningless(data_set, number, "R", "the number of its channels")
    return Amplification(decades=decades, offset=offset, value_range=value_range)


def _exponent(
    data_set: FcsDataSet, number: int, notes: list[str]
) -> tuple[float, float]:
    """Read decades and offset of `$PnE`; an illegal offset of 0 means 1."""
    text = data_set.keywords.get(f"$P{number}E")
    if text is None:
        notes.append("$PnE is missing for some parameters; they were taken as linear.")
        return 0.0, 1.0
    values = [number_of(part) for part in text.split(",")]
    is_readable = (
        len(values) == 2
        and 0 <= values[0] <= _MOST_DECADES
        and 0 <= values[1] <= _LARGEST_OFFSET
    )
    if data_set.is_integer:
        if not is_readable:
            raise _meaningless(data_set, number, "E", "decades and offset, as in 4,1")
        return values[0], values[1] or 1.0
    if not is_readable or values[0] > 0:
        notes.append(
            "$PnE says logarithmic, which floating-point events cannot be; they were "
            "read as they stand."
        )
    return 0.0, 1.0


def _largest_value(
    data_set: FcsDataSet, number: int, amplification: Amplification
) -> float:
    """Give the linear value of the highest channel; NaN where it is unknown."""
    top = number_of(data_set.keywords.get(f"$P{number}R", ""))
    if data_set.is_integer:
        mask = data_set.layout.event_format.words.masks[number - 1]
        top = min(top - 1, mask) if top >= 1 else float(mask)
    elif isnan(top) or top <= 0:
        return float("nan")
    return amplification.linear_value(top)


def _meaningless(
    data_set: FcsDataSet, number: int, letter: str, expected: str
) -> CorruptFcsError:
    keyword = f"$P{number}{letter}"
    found = data_set.keywords.get(keyword, "").strip(BLANKS)[:20]
    message = (
        f"{keyword} is {found!r}; expected {expected}. Without it the values of the "
        "parameter have no meaning. Export the file again with the cytometer's own "
        "software."
    )
    return CorruptFcsError(Problem(data_set.where, message))
