"""Read what the keywords of an FCS file say about its acquisition."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from math import isfinite, nan

from cytoflow_blina.bridge.fcs_text import BLANKS

_MONTHS = {
    "JAN": 1,
    "FEB": 2,
    "MAR": 3,
    "APR": 4,
    "MAY": 5,
    "JUN": 6,
    "JUL": 7,
    "AUG": 8,
    "SEP": 9,
    "OCT": 10,
    "NOV": 11,
    "DEC": 12,
}
# FCS itself is of 1984: two-digit years from 70 on belong to the last century.
_FIRST_YEAR_OF_1900 = 70
_LONGEST_STEP_S = 3600.0
_DETECTOR_SETTINGS = ("V", "G", "E")
_INSTRUMENT = ("$CYT", "$CYTSN")
_CELLQUEST_WORD = re.compile(r"BD\$WORD(\d+)")


def number_of(text: str) -> float:
    """Read a number that may stand between blanks.

    Parameters
    ----------
    text : str
        Value of a keyword.

    Returns
    -------
    float
        NaN where it is empty, infinite or no number.

    Examples
    --------
    >>> number_of("   4194304")
    4194304.0
    """
    try:
        value = float(text.strip(BLANKS))
    except ValueError:
        return nan
    return value if isfinite(value) else nan


def read_acquired_at(keywords: Mapping[str, str]) -> datetime | None:
    """Read when acquisition began, from `$DATE` and `$BTIM`.

    Parameters
    ----------
    keywords : mapping of str to str
        TEXT, keywords in upper case.

    Returns
    -------
    datetime or None
        To the second, without time zone. None where either keyword is missing or
        unreadable, or where day and month could be exchanged.

    Examples
    --------
    >>> read_acquired_at({"$DATE": "23-Aug-02", "$BTIM": "16:31:33"})
    datetime.datetime(2002, 8, 23, 16, 31, 33)
    """
    day = _read_date(keywords.get("$DATE", ""))
    begin = _read_time(keywords.get("$BTIM", ""))
    if day is None or begin is None:
        return None
    return datetime.combine(day, begin)


def _read_date(text: str) -> date | None:
    """Read dd-mmm-yyyy as the standard has it, and the usual departures from it."""
    parts = re.split(r"[-/. ]+", text.strip(BLANKS).upper())
    if len(parts) != 3:
        return None
    year_is_first = len(parts[0]) == 4
    year, middle, day = parts if year_is_first else reversed(parts)
    if middle[:3] in _MONTHS:
        return _as_date(year, _MONTHS[middle[:3]], day)
    if year_is_first:
        return _as_date(year, middle, day)
    readings = {_as_date(year, middle, day), _as_date(year, day, middle)} - {None}
    return readings.pop() if len(readings) == 1 else None


def _as_date(year: str, month: str | int, day: str) -> date | None:
    try:
        full_year = int(year)
        if len(year) == 2:
            full_year += 1900 if full_year >= _FIRST_YEAR_OF_1900 else 2000
        return date(full_year, int(month), int(day))
    except ValueError:
        return None


def _read_time(text: str) -> time | None:
    """Read hh:mm:ss, leaving out the fractions that every vendor writes its own way."""
    match = re.match(r"(\d{1,2}):(\d{2}):(\d{2})(?!\d)", text.strip(BLANKS))
    if match is None:
        return None
    try:
        return time(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def read_volume_ul(keywords: Mapping[str, str]) -> float | None:
    """Read the acquired volume, from `$VOL`.

    Parameters
    ----------
    keywords : mapping of str to str
        TEXT, keywords in upper case.

    Returns
    -------
    float or None
        Microlitres; None where it is missing, unreadable or zero.

    Notes
    -----
    `$VOL` is in nanolitres (FCS 3.1, 3.2.21). SpectroFlo, the software of Cytek
    Aurora and Northern Lights, writes microlitres.
    """
    volume = number_of(keywords.get("$VOL", ""))
    if not volume > 0:
        return None
    return volume if _is_spectroflo(keywords) else volume / 1000


def _is_spectroflo(keywords: Mapping[str, str]) -> bool:
    return keywords.get("CREATOR", "").strip(BLANKS).upper().startswith("SPECTROFLO")


def read_time_step_s(keywords: Mapping[str, str]) -> float | None:
    """Read how long one step of the time channel lasts.

    Parameters
    ----------
    keywords : mapping of str to str
        TEXT, keywords in upper case.

    Returns
    -------
    float or None
        Seconds, from `$TIMESTEP` or, in files of BD's CellQuest, from `TIMETICKS`,
        which is in milliseconds. None where neither is a positive number of no more
        than an hour.
    """
    step = number_of(keywords.get("$TIMESTEP", ""))
    if 0 < step <= _LONGEST_STEP_S:
        return step
    ticks_s = number_of(keywords.get("TIMETICKS", "")) / 1000
    return ticks_s if 0 < ticks_s <= _LONGEST_STEP_S else None


def read_settings(keywords: Mapping[str, str]) -> dict[str, str]:
    """Read how the instrument was set.

    Parameters
    ----------
    keywords : mapping of str to str
        TEXT, keywords in upper case.

    Returns
    -------
    dict of str to str
        As written, without surrounding blanks: name and serial number of the
        instrument (`$CYT`, `$CYTSN`), voltage, gain and amplification of each
        detector (`FL1-H $PnV`), and the instrument words of BD's CellQuest
        (`BD$WORD34`), whose meaning is not published. What the file does not say is
        absent.

    Examples
    --------
    >>> read_settings({"$CYT": "FACSCalibur", "$P1N": "FL1-H", "$P1V": " 600"})
    {'$CYT': 'FACSCalibur', 'FL1-H $PnV': '600'}
    """
    settings = {name: keywords.get(name, "") for name in _INSTRUMENT}
    number = 1
    while detector := keywords.get(f"$P{number}N", "").strip(BLANKS):
        for kind in _DETECTOR_SETTINGS:
            settings[f"{detector} $Pn{kind}"] = keywords.get(f"$P{number}{kind}", "")
        number += 1
    words = [match for match in map(_CELLQUEST_WORD.fullmatch, keywords) if match]
    for match in sorted(words, key=lambda match: int(match[1])):
        settings[match[0]] = keywords[match[0]]
    stripped = {name: value.strip(BLANKS) for name, value in settings.items()}
    return {name: value for name, value in stripped.items() if value}
