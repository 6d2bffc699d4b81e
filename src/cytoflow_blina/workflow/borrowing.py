"""Let a tube borrow thresholds from an earlier one, in one direction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cytoflow_blina.cohort.draw_day import draw_day
from cytoflow_blina.cohort.sample_row import SampleRow
from cytoflow_blina.domain.mrd import Phenotype
from cytoflow_blina.gates.fit.placed import PlacedThreshold
from cytoflow_blina.mrd.follow_up import DIAGNOSIS

SURE_ENOUGH_TO_LEND = 0.8
"""Nobody borrows a threshold that the lender is less sure of than of its template's."""

TubeKey = tuple[str, str]
"""Sample and tube."""


@dataclass(frozen=True, eq=False)
class Lender:
    """What a tube lends.

    Attributes
    ----------
    settings : mapping of str to str
        How its instrument was set (`read_settings`).
    thresholds : mapping of str to PlacedThreshold
        Its thresholds by id.
    phenotype : Phenotype or None
        What the subject's leukaemia looked like, of a tube at diagnosis.
    """

    settings: Mapping[str, str]
    thresholds: Mapping[str, PlacedThreshold]
    phenotype: Phenotype | None = None


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
        specimen, where it was drawn on an earlier day, then that of the subject's first
        diagnosis, likewise, then the first tube of the same sample. The first tube of a
        first sample has none, and a sample of which the sheet tells no day, neither by
        `rel_day` nor by a visit that stands for one, neither lends to other samples nor
        borrows from them.

    Notes
    -----
    Tube A lends to tube B, the baseline to later visits, never back: adding a later
    visit changes no earlier one.
    """
    first: dict[tuple[str, ...], SampleRow] = {}
    diagnosis: dict[tuple[str, ...], SampleRow] = {}
    first_tube: dict[str, str] = {}
    for row in rows:
        first_tube[row.sample_id] = min(
            row.tube, first_tube.get(row.sample_id, row.tube)
        )
        earliest = diagnosis if row.visit == DIAGNOSIS else first
        key = _who_and_what(row)
        if draw_day(row) is not None and (
            key not in earliest or _order(row) < _order(earliest[key])
        ):
            earliest[key] = row
    lenders = {}
    for row in rows:
        own = (row.sample_id, row.tube)
        wanted = [
            (one.sample_id, row.tube)
            for earliest in (first, diagnosis)
            if (one := earliest.get(_who_and_what(row))) is not None
            and _is_earlier(one, row)
        ]
        wanted.append((row.sample_id, first_tube[row.sample_id]))
        lenders[own] = tuple(one for one in wanted if one != own)
    return lenders


def _who_and_what(row: SampleRow) -> tuple[str, ...]:
    """Name subject, specimen, panel and tube: their samples lend to each other."""
    return row.subject_id, row.specimen, row.panel, row.tube


def _moment(row: SampleRow) -> tuple[int, int, int]:
    """Cycle and day of a row whose day is known; diagnosis comes first in its cycle."""
    return row.cycle, 0 if row.visit == DIAGNOSIS else 1, draw_day(row) or 0


def _order(row: SampleRow) -> tuple[int, int, int, str]:
    """Order rows whose day is known; of one day the sample's id decides."""
    return *_moment(row), row.sample_id


def _is_earlier(one: SampleRow, other: SampleRow) -> bool:
    """Tell whether one was drawn on an earlier day than another."""
    return draw_day(other) is not None and _moment(one) < _moment(other)


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
        What a lender borrowed itself, is not sure of, or found at the end of a single
        population is not lent on.
    """
    found: dict[str, PlacedThreshold] = {}
    if not _says_voltages(settings):
        return found
    for lender in lenders:
        if lender.settings == settings:
            for name, placed in lender.thresholds.items():
                if (
                    placed.source == "fitted"
                    and placed.confidence >= SURE_ENOUGH_TO_LEND
                    and placed.doubt.parts_two
                ):
                    found.setdefault(name, placed)
    return found


def _says_voltages(settings: Mapping[str, str]) -> bool:
    """Tell whether a file says how its detectors were set."""
    return any(
        value and (name.endswith("$PnV") or name.startswith("BD$WORD"))
        for name, value in settings.items()
    )
