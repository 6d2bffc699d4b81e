"""Let a tube borrow thresholds from an earlier one, in one direction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf

from cytoflow_blina.cohort.sample_row import SampleRow
from cytoflow_blina.gates.fit.placed import PlacedThreshold

TubeKey = tuple[str, str]
"""Sample and tube."""


@dataclass(frozen=True)
class Lender:
    """What a tube lends.

    Attributes
    ----------
    settings : mapping of str to str
        How its instrument was set (`read_settings`).
    thresholds : mapping of str to PlacedThreshold
        Its thresholds by id.
    """

    settings: Mapping[str, str]
    thresholds: Mapping[str, PlacedThreshold]


def lenders_of_tubes(rows: Sequence[SampleRow]) -> dict[TubeKey, tuple[TubeKey, ...]]:
    """Say from which tubes each tube may borrow.

    Parameters
    ----------
    rows : sequence of SampleRow
        The sample sheet.

    Returns
    -------
    dict of (str, str) to tuple of (str, str)
        Best first: the same tube of the subject's first sample of that panel and
        specimen, then the first tube of the same sample. Samples are ordered by cycle,
        day, and place in the sheet. The first tube of a first sample has none.

    Notes
    -----
    Tube A lends to tube B, the baseline to later visits, never back: adding a later
    visit changes no earlier one.
    """
    first_sample: dict[tuple[str, str, str], str] = {}
    first_tube: dict[str, str] = {}
    for row in sorted(rows, key=_moment):
        first_sample.setdefault(
            (row.subject_id, row.panel, row.specimen), row.sample_id
        )
        tube = first_tube.setdefault(row.sample_id, row.tube)
        first_tube[row.sample_id] = min(tube, row.tube)
    known = {(row.sample_id, row.tube) for row in rows}
    lenders = {}
    for row in rows:
        own = (row.sample_id, row.tube)
        baseline = first_sample[row.subject_id, row.panel, row.specimen]
        wanted = ((baseline, row.tube), (row.sample_id, first_tube[row.sample_id]))
        lenders[own] = tuple(one for one in wanted if one != own and one in known)
    return lenders


def _moment(row: SampleRow) -> tuple[int, float]:
    """When a sample was taken, as far as the sheet says; the sort keeps its order."""
    return row.cycle, inf if row.rel_day is None else row.rel_day


def lending_waves(
    lenders: Mapping[TubeKey, tuple[TubeKey, ...]],
) -> tuple[tuple[TubeKey, ...], ...]:
    """Order tubes so that lenders come before those who borrow.

    Parameters
    ----------
    lenders : mapping of (str, str) to tuple of (str, str)
        As from `lenders_of_tubes`.

    Returns
    -------
    tuple of tuple of (str, str)
        Tubes of one wave need none of the same wave; the order of the sheet is kept.
    """
    wave: dict[TubeKey, int] = {}

    def number(tube: TubeKey) -> int:
        if tube not in wave:
            wave[tube] = max((number(one) + 1 for one in lenders[tube]), default=0)
        return wave[tube]

    for tube in lenders:
        number(tube)
    return tuple(
        tuple(tube for tube in lenders if wave[tube] == n)
        for n in range(max(wave.values(), default=-1) + 1)
    )


def borrow(
    lenders: Iterable[Lender], settings: Mapping[str, str]
) -> dict[str, PlacedThreshold]:
    """Take the thresholds that lenders with the same settings found themselves.

    Parameters
    ----------
    lenders : iterable of Lender
        Best first.
    settings : mapping of str to str
        Those of the tube that borrows.

    Returns
    -------
    dict of str to PlacedThreshold
        By id, of the best lender that has it. None where settings differ, or where the
        files do not say how the detectors were set: a threshold means nothing then.
    """
    found: dict[str, PlacedThreshold] = {}
    if not _says_voltages(settings):
        return found
    for lender in lenders:
        if lender.settings == settings:
            for name, placed in lender.thresholds.items():
                if placed.source == "fitted":
                    found.setdefault(name, placed)
    return found


def _says_voltages(settings: Mapping[str, str]) -> bool:
    """Tell whether a file says how its detectors were set."""
    return any(
        value and (name.endswith("$PnV") or name.startswith("BD$WORD"))
        for name, value in settings.items()
    )
