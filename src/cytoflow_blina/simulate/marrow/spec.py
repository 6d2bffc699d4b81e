"""Say which marrow tube to simulate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Cd19OfClone = Literal["positive", "dim", "negative"]


@dataclass(frozen=True)
class ClonePhenotype:
    """What the cells of one leukaemia carry, on an instrument at nominal gain.

    Attributes
    ----------
    decades : mapping of str to float
        log10 of the median signal by marker, linear units; one that is not named is
        not carried.
    spreads : mapping of str to float
        Standard deviation between cells by marker, decades; the same markers.
    size : float
        Forward scatter beside that of a typical blast.
    """

    decades: Mapping[str, float]
    spreads: Mapping[str, float]
    size: float = 1.0


@dataclass(frozen=True)
class CloneSpec:
    """Leukaemic cells in a tube.

    Attributes
    ----------
    n_events : int
        Live single blasts: exactly as many, or expected if `is_poisson`.
    is_poisson : bool
        Whether the number is drawn.
    cd19 : {"positive", "dim", "negative"}
        How the clone carries CD19.
    closeness : float
        0 for a phenotype drawn around the typical blast; up to 1, how far it lies
        from there towards a normal cell of a random place on the path of maturation.
    like : ClonePhenotype or None
        The phenotype, where it is known; None draws that of the subject, which is the
        same at every visit for the same closeness.
    shifts : mapping of str to float
        What therapy changed, decades by marker: `{"CD10": -0.5}`. A marker that is not
        carried stays so.
    """

    n_events: int
    is_poisson: bool = False
    cd19: Cd19OfClone = "positive"
    closeness: float = 0.0
    like: ClonePhenotype | None = None
    shifts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class MarrowSpec:
    """A marrow tube to simulate.

    Attributes
    ----------
    panel, tube : str
        A panel and one of its tubes; the empty string in a panel of one.
    subject, visit : str
        Whose marrow: with seed, panel and tube the key to the random numbers. Tubes of
        one subject share donor and leukaemia, those of one visit the mixture of cells.
    kind : str
        `regenerating`, `resting` or `aplasia` on a drug against CD19.
    n_nucleated : int
        Live single nucleated cells, blasts included: exactly as many. Dead cells,
        coincidences and debris come on top.
    hematogone_share : float or None
        Share of hematogones in the normal nucleated cells; None draws it.
    clones : tuple of CloneSpec
        Leukaemias, two at most.
    has_nuclear_dye : bool
        Whether the dye that stains nuclei is there.
    missing : tuple of str
        Markers of the panel that are neither stained nor in the file.
    hemodilution, dead_share, debris_share, doublet_share : float or None
        Blood in the normal cells, dead in all cells, particles without a nucleus in all
        events, coincidences in all live cells; None draws it.
    acquired_at : datetime
        When the first event came, by the instrument's clock.
    instrument : str
        Tubes of one instrument share voltages, spill, scatter and rate; empty for one
        of its own.
    staining_lot : str
        Tubes stained with one lot of reagents share most of its brightness; empty for
        one of its own.
    """

    panel: str
    tube: str = ""
    subject: str = "S01"
    visit: str = "DX"
    kind: str = "regenerating"
    n_nucleated: int = 500_000
    hematogone_share: float | None = None
    clones: tuple[CloneSpec, ...] = ()
    has_nuclear_dye: bool = True
    missing: tuple[str, ...] = ()
    hemodilution: float | None = None
    dead_share: float | None = None
    debris_share: float | None = None
    doublet_share: float | None = None
    acquired_at: datetime = datetime(2026, 1, 5, 10, 0, 0)  # noqa: DTZ001  instrument clocks know no zone
    instrument: str = ""
    staining_lot: str = ""
