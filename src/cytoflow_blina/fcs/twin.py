"""Complete one data set of a Beckman LMD file with what its twin alone says.

An LMD file holds the same events twice: as FCS 2.0 of 10 bits, with the cytometer,
the date and the stains in its TEXT, and as FCS 3.0 of 20 bits, with hardly any.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_ACQUISITION = ("$CYT", "$DATE", "$BTIM", "$ETIM", "$VOL")


def complete_from_twin(
    keywords: Mapping[str, str], twin: Mapping[str, str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Take cytometer, date, volume and stains from the twin where they are missing.

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
    stains = _stains(twin)
    for keyword, name in keywords.items():
        number = re.fullmatch(r"\$P(\d+)N", keyword)
        if number and not completed.get(f"$P{number[1]}S", "").strip():
            stain = stains.get(_fluorescence_number(name))
            if stain:
                completed[f"$P{number[1]}S"] = stain
    if completed == keywords:
        return completed, ()
    return completed, (
        "Cytometer, date or stains were taken from the other data set of the file.",
    )


def _stains(keywords: Mapping[str, str]) -> dict[str, str]:
    """Gather `$PnS` by fluorescence number; one that repeats `$PnN` says nothing."""
    stains: dict[str, str] = {}
    for keyword, name in keywords.items():
        number = re.fullmatch(r"\$P(\d+)N", keyword)
        stain = keywords.get(f"$P{number[1]}S", "").strip() if number else ""
        fluorescence = _fluorescence_number(name)
        if stain and fluorescence and stain != name.strip():
            stains.setdefault(fluorescence, stain)
    return stains


def _fluorescence_number(name: str) -> str:
    """Give `FL1` of `FL1 INT LOG` or `FL1-A`; empty for other names."""
    match = re.match(r"FL\d+(?![0-9])", name.strip().upper())
    return match[0] if match else ""
