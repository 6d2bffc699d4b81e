"""Find out where the events of an FCS data set lie.

HEADER, TEXT and the length of the file often contradict each other: an end that is
one byte off, offsets that only one of them has, offsets of another version of the
file. What is believed is what `$TOT` events of the declared width fill.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cytoflow_blina.bridge.fcs_words import (
    RE_EXPORT,
    EventFormat,
    read_event_format,
    whole_number,
    whole_word_readings,
)
from cytoflow_blina.errors import CorruptFcsError, Problem, TruncatedFcsError

# HEADER has eight digits; of longer files it says nothing, by the standard.
_LAST_BYTE_OF_HEADER = 99_999_999


@dataclass(frozen=True)
class Section:
    """Bytes `begin` to `end`, both included, counted from the data set's start."""

    begin: int
    end: int

    @property
    def n_bytes(self) -> int:
        """Number of bytes."""
        return self.end - self.begin + 1


@dataclass(frozen=True)
class Extent:
    """What the HEADER of a data set says, and how many bytes there are to read.

    Attributes
    ----------
    where : str
        File name (and number of the data set), for messages.
    text : Section
        TEXT.
    data : Section or None
        DATA; None where HEADER leaves it blank or zero.
    n_bytes : int
        Bytes from the start of the data set to the end of the file.
    """

    where: str
    text: Section
    data: Section | None
    n_bytes: int


@dataclass(frozen=True)
class EventLayout:
    """How many events there are, where they begin, how they are written.

    Attributes
    ----------
    n_events : int
        Number of events; all of them lie within the file.
    begin : int
        First byte of DATA, counted from the start of the data set.
    event_format : EventFormat
        How one event is written.
    notes : tuple of str
        Tolerated contradictions, in words.
    """

    n_events: int
    begin: int
    event_format: EventFormat
    notes: tuple[str, ...] = ()


def find_layout(keywords: Mapping[str, str], extent: Extent) -> EventLayout:
    """Settle how many events there are, where they begin and how they are written.

    Parameters
    ----------
    keywords : mapping of str to str
        TEXT, keywords in upper case.
    extent : Extent
        What HEADER says.

    Returns
    -------
    EventLayout
        With `n_events` 0 where `$TOT` is 0.

    Raises
    ------
    UnsupportedFcsError
        Histograms, ASCII events, mixed data types, a byte order of no known kind.
    CorruptFcsError
        A required keyword is missing or unreadable, or no reading of the offsets
        gives a whole number of events.
    TruncatedFcsError
        The file ends before the events that it announces.
    """
    declared = read_event_format(keywords, extent.where)
    announced = whole_number(keywords.get("$TOT", ""))
    if announced == 0:
        return EventLayout(0, extent.text.end + 1, declared)
    sections = _sections(keywords, extent)
    layout = None
    if announced is not None:
        layout = _fit_announced(sections, declared, announced, extent)
    if layout is None:
        layout = _count_by_length(sections, declared, announced, extent)
    if layout.begin + layout.event_format.n_bytes(layout.n_events) > extent.n_bytes:
        raise _truncated(layout, extent)
    return layout


def _sections(keywords: Mapping[str, str], extent: Extent) -> dict[str, Section]:
    """Gather what HEADER and TEXT say of DATA; an unknown end is the file's end.

    A section that begins inside TEXT cannot be meant and is left out, unless it is
    the only one.
    """
    sections = {}
    if extent.data is not None:
        sections["HEADER"] = extent.data
    begin = whole_number(keywords.get("$BEGINDATA", ""))
    if begin:
        end = whole_number(keywords.get("$ENDDATA", ""))
        sections["TEXT"] = Section(begin, end or extent.n_bytes - 1)
    if not sections:
        message = f"neither HEADER nor $BEGINDATA says where DATA begins. {RE_EXPORT}"
        raise CorruptFcsError(Problem(extent.where, message))
    clear = {
        name: section
        for name, section in sections.items()
        if not extent.text.begin <= section.begin <= extent.text.end
    }
    return clear or sections


def _fit_announced(
    sections: dict[str, Section],
    declared: EventFormat,
    announced: int,
    extent: Extent,
) -> EventLayout | None:
    """Choose the section that `$TOT` events fill, one byte more or less.

    Where HEADER and TEXT name two such sections, it is the one that follows TEXT
    without a gap: some software moves DATA and mends HEADER alone.
    """
    for event_format in (declared, *whole_word_readings(declared)):
        expected = event_format.n_bytes(announced)
        fitting = {
            name: section
            for name, section in sections.items()
            if abs(section.n_bytes - expected) <= 1
        }
        if fitting:
            name = max(
                fitting,
                key=lambda name: (
                    fitting[name].begin == extent.text.end + 1,
                    fitting[name].n_bytes == expected,
                    name == "TEXT",
                ),
            )
            notes = _contradictions(name, sections, expected, extent)
            return EventLayout(announced, fitting[name].begin, event_format, notes)
    return None


def _contradictions(
    chosen: str, sections: dict[str, Section], expected: int, extent: Extent
) -> tuple[str, ...]:
    """Say in words what had to be tolerated to choose a section."""
    notes = []
    n_over = sections[chosen].n_bytes - expected
    if n_over:
        notes.append(f"The end of DATA is off by {n_over:+d} byte; $TOT was believed.")
    if extent.data is None and sections[chosen].end <= _LAST_BYTE_OF_HEADER:
        notes.append("HEADER does not say where DATA lies; TEXT does.")
    if len(set(sections.values())) > 1:
        notes.append(
            f"HEADER and TEXT disagree on where DATA lies; {chosen} fits and was taken."
        )
    elif extent.data is not None and extent.data != sections[chosen]:
        notes.append("HEADER puts DATA inside TEXT; $BEGINDATA was taken.")
    return tuple(notes)


def _count_by_length(
    sections: dict[str, Section],
    declared: EventFormat,
    announced: int | None,
    extent: Extent,
) -> EventLayout:
    """Count events by the length of DATA, where `$TOT` is missing or does not fit."""
    section = sections.get("TEXT") or sections["HEADER"]
    bits_per_event = declared.words.bits_per_event
    n_stored, n_bits_over = divmod(max(section.n_bytes, 0) * 8, bits_per_event)
    n_whole = n_stored if n_bits_over <= 8 and section.end <= extent.n_bytes else None
    if announced is None:
        n_events, note = (
            n_stored,
            "$TOT is missing; events were counted by their bytes.",
        )
        is_settled = n_whole is not None or section.end > extent.n_bytes
    elif n_whole and announced % n_whole and n_whole % announced:
        n_events = n_whole
        note = f"$TOT is {announced}, but DATA holds {n_whole} events, which were read."
        is_settled = True
    else:
        n_events, note = announced, "The end of DATA is wrong; $TOT was believed."
        # A whole multiple of the announced number means wrong widths, not a wrong end.
        is_settled = n_whole is None and (
            declared.n_bytes(announced) < section.n_bytes
            or section.end > extent.n_bytes
        )
    if not is_settled:
        message = (
            f"DATA is {section.n_bytes} bytes long, which fits neither $TOT "
            f"({'missing' if announced is None else announced}) nor a whole number of "
            f"events of {bits_per_event} bits. {RE_EXPORT}"
        )
        raise CorruptFcsError(Problem(extent.where, message))
    return EventLayout(n_events, section.begin, declared, (note,))


def _truncated(layout: EventLayout, extent: Extent) -> TruncatedFcsError:
    n_bits = max(0, extent.n_bytes - layout.begin) * 8
    n_present = n_bits // layout.event_format.words.bits_per_event
    message = (
        f"the file ends early: {n_present} of {layout.n_events} announced events are "
        "there. Copy it again from the cytometer."
    )
    return TruncatedFcsError(Problem(extent.where, message))
