"""Read what an operator's label (`$PnS`) and a detector's name (`$PnN`) say.

Every comparison of names is made here, after normalisation: capitals, blanks,
hyphens and the many spellings of a dye do not matter. Bytes beyond ASCII, which
CellQuest writes in MacRoman and others in Latin-1, count as blanks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cytoflow_blina.domain.events import Channel
from cytoflow_blina.domain.panel import Panel, PanelTube

PulseShape = Literal["A", "H", "W", ""]

# Spellings of one dye or of one class of dyes, without blanks, hyphens and dots.
_DYES = {
    "PERCPCY55": "PERCP-CY5.5",
    "PERCP55": "PERCP-CY5.5",
    "PC55": "PERCP-CY5.5",
    "PECY7": "PE-CY7",
    "PC7": "PE-CY7",
    "PECY5": "PE-CY5",
    "PC5": "PE-CY5",
    "RD1": "PE",
    "PETEXASRED": "ECD",
    "PECF594": "ECD",
    "PEDAZZLE594": "ECD",
    "APCCY7": "APC-CY7 CLASS",
    "APCH7": "APC-CY7 CLASS",
    "APCAF750": "APC-CY7 CLASS",
    "APCA750": "APC-CY7 CLASS",
    "AA750": "APC-CY7 CLASS",
    "ALEXAFLUOR700": "AF700",
    "APCR700": "AF700",
    "KRO": "V500 CLASS",
    "KROMEORANGE": "V500 CLASS",
    "V500": "V500 CLASS",
    "V500C": "V500 CLASS",
    "OC515": "V500 CLASS",
    "BV510": "V500 CLASS",
    "AMCYAN": "V500 CLASS",
    "PACIFICORANGE": "V500 CLASS",
    "BV786": "BV785",
}
_PLAIN_DYES = frozenset({"FITC", "PE", "PERCP", "APC", "ECD", "V450", "PACIFICBLUE"})
_SERIES = r"(?:BUV|BV|BB|AF|ALEXAFLUOR|ALEXA|EFLUOR|QDOT)\d{3}"
_DYE = "|".join([*sorted({*_DYES, *_PLAIN_DYES}, key=len, reverse=True), _SERIES])
_ANY_DYE = re.compile(_DYE)
_DYE_AT_AN_END = re.compile(rf"(?P<first>{_DYE})(?=CD)|(?P<last>{_DYE})$")

_PULSE = re.compile(r"[\s_-]+(A|H|W|AREA|HEIGHT|WIDTH)$", re.IGNORECASE)
_DETECTOR = re.compile(r"(FL|FS|SS|[BRVYGU]L?|UV|IR|YG)\d{1,2}|[FS]SC|FS|SS")
_NOTHING = re.compile(r"(EMPTY|BLANK|UNUSED|NONE|N/?A)")
_TIME = re.compile(r"TIME\b.*")

# Antigens whose number, followed by more, means another antigen.
_SUFFIX = {
    "CD8": r"(?![0-9])(?![\s-]*(B(?![A-Z0-9])|BETA))",
    "CD45": r"(?![0-9])(?![\s-]*R([ABCO](?![0-9])|(?![A-Z0-9])))",
    "CD19": r"(?![0-9X])",
}
_CLUSTER = re.compile(r"CD(\d+[A-Z]?)")
_TWO_CLUSTERS = re.compile(r"CD(\d+[A-Z]?)[+/&](?:CD)?(\d+[A-Z]?)")

# Markers that go by many names. SYTO dyes enter every nucleus, SYTOX dead cells alone;
# CD79a is only ever stained inside cells.
_NAMES = {
    "SYTO": r"(?<![A-Z])SYTO[\s-]*(?:\d{1,2})?(?![A-Z0-9])",
    "CYCD79A": r"(?<![A-Z0-9])(?:CY(?:TO?)?|I?C|I)?[\s.-]*"
    r"CD[\s-]*79[\s-]*A(?![A-Z0-9])",
    "VIABILITY": r"VIAB|LIVE[\s/&_-]*DEAD|(?<![A-Z])L/D(?![A-Z])|ZOMBIE|GHOST\s*DYE"
    r"|(?<![A-Z])FV[DS][\s-]*\d{3}|FIXABLE|(?<![A-Z])(?:E?AQUA|DAPI|DRAQ\s*7|SYTOX)"
    r"|(?<![0-9])7[\s-]*AAD|PROPIDIUM",
}


@dataclass(frozen=True)
class Labels:
    """What the labels of a file say about the markers of a panel.

    Attributes
    ----------
    tube : PanelTube
        The tube that the file is said to be.
    channels : tuple of Channel
        The file's channels, less scatter and time.
    named : tuple of tuple of str
        For each channel, the panel's markers that its label names.
    """

    tube: PanelTube
    channels: tuple[Channel, ...]
    named: tuple[tuple[str, ...], ...]

    def naming(self, marker: str) -> list[Channel]:
        """Find the channels whose label names a marker.

        Parameters
        ----------
        marker : str
            A marker of the panel.

        Returns
        -------
        list of Channel
            In the order of the file; empty where none does.
        """
        return [
            channel
            for channel, markers in zip(self.channels, self.named, strict=True)
            if marker in markers
        ]

    def markers_of(self, channel: Channel) -> tuple[str, ...]:
        """Find the markers that the label of a channel names.

        Parameters
        ----------
        channel : Channel
            One of `channels`.

        Returns
        -------
        tuple of str
            Empty where it names none of the panel.
        """
        return self.named[self.channels.index(channel)]


def read_labels(panel: Panel, tube: PanelTube, channels: Sequence[Channel]) -> Labels:
    """Find which markers of a panel the labels of a file name.

    Parameters
    ----------
    panel : Panel
        The panel. Markers of its other tubes are looked for too, so that a tube taken
        for another is noticed.
    tube : PanelTube
        The tube that the file is said to be; how it writes a marker goes first.
    channels : sequence of Channel
        The file's channels.

    Returns
    -------
    Labels
        Where a label is empty, the detector's name is read in its place: some files
        carry the antigen there.
    """
    tubes = (*(other for other in panel.tubes if other.id != tube.id), tube)
    patterns = {
        wanted.marker: antigen_pattern(wanted.marker, wanted.antigens)
        for one in tubes
        for wanted in one.channels
        if wanted.kind == "fluorescence"
    }
    stained = tuple(
        channel for channel in channels if channel.kind in {"fluorescence", "other"}
    )
    named = []
    for channel in stained:
        text = plain_label(channel.label) or plain_label(channel.detector)
        named.append(
            tuple(
                marker for marker, pattern in patterns.items() if pattern.search(text)
            )
        )
    return Labels(tube, stained, tuple(named))


def antigen_pattern(marker: str, antigens: str = "") -> re.Pattern[str]:
    """Make the expression by which a label names a marker.

    Parameters
    ----------
    marker : str
        `CD3`, `CD16+56`, `HLA-DR`.
    antigens : str, optional
        The panel's own expression, taken as it is; capitals do not matter.

    Returns
    -------
    re.Pattern
        To be searched for in a label that `plain_label` wrote.

    Notes
    -----
    CD45 is not CD45RA or CD45RO, CD8 is not its beta chain (`CD8 B`), and a number
    is not the beginning of a longer one. CD16 and CD56 on one dye are also called
    NK. Cytoplasmic staining (`cyCD3`) is another marker, but for CD79a, which is only
    there. `SYTO` is any dye of the name, `viability` any that dead cells take up.

    Examples
    --------
    >>> bool(antigen_pattern("CD3").search("CD3 FITC"))
    True
    >>> bool(antigen_pattern("CD3").search("CD33 PE"))
    False
    >>> bool(antigen_pattern("CD45").search("AF700 - CD45RO"))
    False
    """
    if antigens:
        return re.compile(antigens, re.IGNORECASE)
    name = marker.upper()
    if name in _NAMES:
        return re.compile(_NAMES[name])
    two = _TWO_CLUSTERS.fullmatch(name)
    if two:
        first, second = two.groups()
        joint = r"[\s+/&,_.-]*(?:AND\s*)?(?:CD[\s-]*)?"
        expression = (
            rf"(?<![0-9]){first}{joint}{second}(?![0-9])"
            rf"|(?<![0-9]){second}{joint}{first}(?![0-9])"
        )
        if {first, second} == {"16", "56"}:
            expression += r"|(?<![A-Z0-9])NK(?![A-Z0-9./-])"
        return re.compile(expression)
    cluster = _CLUSTER.fullmatch(name)
    if cluster:
        suffix = _SUFFIX.get(name, r"(?![0-9])")
        before = r"(?<![A-Z0-9])(?:ANTI[\s-]*|HU?)?"
        return re.compile(rf"{before}CD[\s-]*{cluster.group(1)}{suffix}")
    parts = re.split(r"[\s_/-]+", name)
    text = r"[\s_/-]*".join(re.escape(part) for part in parts)
    return re.compile(rf"(?<![A-Z0-9]){text}(?![A-Z0-9])")


def plain_label(label: str) -> str:
    """Write a label in capitals, without bytes beyond ASCII, blanks made single.

    Parameters
    ----------
    label : str
        `$PnS` or `$PnN`, as typed.

    Returns
    -------
    str
        Greek letters of chains are spelt as Latin ones, so that `CD8β` is
        `CD8B`.
    """
    label = label.replace("α", "A").replace("β", "B")
    ascii_only = re.sub(r"[^\x20-\x7e]+", " ", label)
    return " ".join(ascii_only.split()).upper()


def is_silent(label: str, detector: str) -> bool:
    """Tell whether a label that names no marker of the panel says nothing at all.

    Parameters
    ----------
    label : str
        `$PnS`.
    detector : str
        `$PnN` of the same channel.

    Returns
    -------
    bool
        True for an empty one, and for one that repeats a detector's or a dye's
        name: `FL1-Height`, `FITC-A`, `Time (51.20 sec.)`.
    """
    text = plain_label(label)
    if not re.search("[A-Z0-9]", text) or text == plain_label(detector):
        return True
    if _TIME.fullmatch(text):
        return True
    base = pulse_base(text)
    if _DETECTOR.fullmatch(base):
        return True
    return _ANY_DYE.fullmatch(_squeezed(base)) is not None


def is_nothing(label: str) -> bool:
    """Tell whether a label says that the detector was not used.

    Parameters
    ----------
    label : str
        `$PnS`.

    Returns
    -------
    bool
        True for `EMPTY`, `unused` and the like; False for an empty label.
    """
    return bool(_NOTHING.fullmatch(plain_label(label)))


def same_name(one: str, other: str) -> bool:
    """Tell whether two names of detectors are the same.

    Parameters
    ----------
    one, other : str
        `PerCP-Cy5-5-A`, `PERCP-CY5.5-A`.

    Returns
    -------
    bool
        Area and height stay different.
    """
    return pulse_shape(one) == pulse_shape(other) and (
        _squeezed(pulse_base(one)) == _squeezed(pulse_base(other))
    )


def dye(name: str) -> str:
    """Write a dye in its one spelling.

    Parameters
    ----------
    name : str
        A dye, or a detector named after it.

    Returns
    -------
    str
        A class of dyes that share a detector counts as one: `PC7` and `PE-
        Cy7-A` give `PE-CY7`; `APC-H7` and `APC-Cy7` give one class.
    """
    squeezed = _squeezed(pulse_base(name))
    return _DYES.get(squeezed, squeezed)


def known_dye(channel: Channel) -> str:
    """Find the dye that a channel's detector or label speaks of.

    Parameters
    ----------
    channel : Channel
        A channel of the file.

    Returns
    -------
    str
        In its one spelling: `PE-Cy7-A` and `CD3 FITC` speak of one; `FL5-H` and
        `CD3` give an empty string.
    """
    for text in (channel.detector, channel.label):
        found = _DYE_AT_AN_END.search(_squeezed(pulse_base(text)))
        if found:
            return dye(found.group("first") or found.group("last"))
    return ""


def pulse_base(name: str) -> str:
    """Take from a detector what was measured of its pulse.

    Parameters
    ----------
    name : str
        `$PnN`.

    Returns
    -------
    str
        `FL1-H` gives `FL1`.
    """
    return _PULSE.sub("", name.strip())


def pulse_shape(name: str) -> PulseShape:
    """Tell whether a detector's name ends in area, height, width, or none of them.

    Parameters
    ----------
    name : str
        `$PnN`.

    Returns
    -------
    {"A", "H", "W", ""}
        Empty where it says nothing.
    """
    found = _PULSE.search(name.strip())
    if found is None:
        return ""
    letter = found.group(1)[0].upper()
    return "A" if letter == "A" else "H" if letter == "H" else "W"


def _squeezed(name: str) -> str:
    """Write a name in capitals without blanks, hyphens, dots and underscores."""
    return re.sub(r"[\s._-]+", "", plain_label(name))
