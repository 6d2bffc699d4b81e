"""Complete one data set of a Beckman LMD file with what its twin alone says.

An LMD file holds the same events twice: as FCS 2.0 of 10 bits, with the cytometer,
the date, the stains and the voltages in its TEXT, and as FCS 3.0 of 20 bits, with
hardly any.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_ACQUISITION = ("$CYT", "$DATE", "$BTIM", "$ETIM", "$VOL")


def complete_from_twin(
    keywords: Mapping[str, str], twin: Mapping[str, str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Take cytometer, date, volume, stains and voltages from the twin where missing.

    Parameters
    ----------
    keywords : mapping of str to str
        TEXT of the data set that is read.
    twin : mapping of str to str
        TEXT of the other data set of the same events.

    Returns
    -------
    keywords : dict of str to str
        Completed; nothing is replaced.
    notes : tuple of str
        What was taken, in words; empty where nothing was.
    """
    completed = dict(keywords)
    for keyword in _ACQUISITION:
        if keyword in twin and not completed.get(keyword, "").strip():
            completed[keyword] = twin[keyword]
    for kind, said in (("S", _stains(twin)), ("V", _voltages(twin))):
        for number, sensor in _sensors(keywords):
            keyword = f"$P{number}{kind}"
            if sensor in said and not completed.get(keyword, "").strip():
                completed[keyword] = said[sensor]
    if completed == keywords:
        return completed, ()
    return completed, (
        "Cytometer, date, voltages or stains are those of the file's other data set.",
    )


def _stains(keywords: Mapping[str, str]) -> dict[str, str]:
    """Gather `$PnS` of fluorescence; one that repeats `$PnN` says nothing."""
    stains: dict[str, str] = {}
    for number, sensor in _sensors(keywords):
        stain = keywords.get(f"$P{number}S", "").strip()
        is_fluorescence = sensor.startswith("FL")
        if stain and is_fluorescence and stain != keywords[f"$P{number}N"].strip():
            stains.setdefault(sensor, stain)
    return stains


def _voltages(keywords: Mapping[str, str]) -> dict[str, str]:
    """Gather `$PnV`: all parameters of one sensor share it."""
    voltages: dict[str, str] = {}
    for number, sensor in _sensors(keywords):
        voltage = keywords.get(f"$P{number}V", "").strip()
        if voltage:
            voltages.setdefault(sensor, voltage)
    return voltages


def _sensors(keywords: Mapping[str, str]) -> list[tuple[str, str]]:
    """List parameters by number and sensor: `FL1` of `FL1 INT LOG` or `FL1-A`.

    What is neither fluorescence nor scatter is left out.
    """
    named = ((re.fullmatch(r"\$P(\d+)N", key), name) for key, name in keywords.items())
    found = (
        (number[1], re.match(r"(FL\d+|FS|SS)(?![0-9A-Z])", name.strip().upper()))
        for number, name in named
        if number
    )
    return [(number, sensor[0]) for number, sensor in found if sensor]
