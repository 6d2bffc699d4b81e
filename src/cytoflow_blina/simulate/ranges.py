"""Hold the ranges from which a tube draws its instrument, donor and staining.

`DEFAULT_RANGES` is one set. Another is made with `dataclasses.replace`, in depth
where needed, and given to `simulate_tube` or `simulate_study`::

    wider = replace(DEFAULT_RANGES, brightness_decades=(-0.3, 0.3), debris=(0.3, 0.6))
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from cytoflow_blina.simulate.populations import EXPRESSION, ExpressionTable, Span


@dataclass(frozen=True)
class Detector:
    """One fluorescence detector and the signals that reach it unstained.

    Attributes
    ----------
    name : str
        `$PnN`.
    voltage : float
        Volts at which the other figures hold.
    photoelectrons : float
        Photoelectrons for one linear unit.
    autofluorescence : mapping of str to float
        Median in linear units for `lymphocyte`, `monocyte`, `granulocyte`, `debris`.
    bead : float
        Median of a counting bead, in linear units.
    """

    name: str
    voltage: float
    photoelectrons: float
    autofluorescence: Mapping[str, float]
    bead: float


@dataclass(frozen=True)
class MarkerLevel:
    """The bright population of a marker: log10 of its median, and its width.

    Attributes
    ----------
    median : float
        Decades of linear units; brightness and detector voltage shift it.
    spread : float
        Standard deviation within a tube, in decades.
    """

    median: float
    spread: float


@dataclass(frozen=True)
class ScatterRange:
    """Range of mean and coefficient of variation of one scatter channel."""

    mean: Span
    cv: Span


@dataclass(frozen=True)
class Cytometer:
    """One kind of cytometer with the panel that runs on it.

    Attributes
    ----------
    name : str
        `$CYT`.
    stores : {"channels", "floats", "steps"}
        Whether it compensates and takes the logarithm before digitising, or
        stores raw signals, as floats or in whole steps.
    detectors : tuple of Detector
        Fluorescence detectors, in the order of the spill table.
    tubes : mapping of str to tuple of str
        For each tube of the panel, the marker on each detector.
    levels : mapping of str to MarkerLevel
        The bright population of each marker.
    spill : mapping of (str, str) to tuple of two float
        Share of the first detector's dye that the second sees; absent means none.
    fsc, ssc : mapping of str to ScatterRange
        For `lymphocyte`, `activated`, `monocyte`, `neutrophil`, `eosinophil`,
        `basophil`, `blast`, `debris` and `bead`, in stored units.
    pmt_decades : tuple of two float
        How far a detector's gain lies from nominal, in decades.
    electronic_noise : float
        Standard deviation of the electronics, in linear units.
    unspecific : mapping of str to mapping of str to Expression
        Reagents that stick to populations without the antigen.
    tandem : tuple of two str, or None
        Detector of a tandem dye that is known to fall apart, and that of its donor.
    """

    name: str
    stores: Literal["channels", "floats", "steps"]
    detectors: tuple[Detector, ...]
    tubes: Mapping[str, tuple[str, ...]]
    levels: Mapping[str, MarkerLevel]
    spill: Mapping[tuple[str, str], Span]
    fsc: Mapping[str, ScatterRange]
    ssc: Mapping[str, ScatterRange]
    pmt_decades: Span
    electronic_noise: float
    unspecific: ExpressionTable = field(default_factory=dict)
    tandem: tuple[str, str] | None = None


@dataclass(frozen=True)
class Ranges:
    """All that differs between tubes; every value is drawn anew for each.

    Attributes
    ----------
    cytometers : mapping of str to Cytometer
        By name of the panel.
    expression : mapping of str to mapping of str to Expression
        Markers of each population.
    brightness_decades : tuple of two float
        Shift of a marker's bright level: reagent lot, donor, staining.
    spread_factor : tuple of two float
        Factor on the width of a marker's populations.
    autofluorescence_decades : tuple of two float
        Shift of a tube's autofluorescence.
    autofluorescence_spread : tuple of two float
        Standard deviation of autofluorescence between cells, in decades.
    size_spread : float
        Standard deviation, in decades, of the size factor that all signals of one
        cell share.
    compensation_error : tuple of two float
        Relative error of each coefficient that compensates.
    debris : tuple of two float
        Share of debris in all events.
    doublets : tuple of two float
        Share of coincidences in all events but debris.
    dead : tuple of two float
        Share of dead cells; the label of a dead cell is that of its kind.
    stragglers : tuple of two float
        Share of cells whose staining spreads twice as far as that of their kind.
    events_per_s : tuple of two float
        Event rate.
    drift : tuple of two float
        Relative change of all fluorescence gains from first to last event.
    bin_error : float
        Most by which the width of a channel differs from one, where signals are
        stored as channels.
    """

    cytometers: Mapping[str, Cytometer]
    expression: ExpressionTable = field(default_factory=lambda: EXPRESSION)
    brightness_decades: Span = (-0.2, 0.2)
    spread_factor: Span = (0.7, 1.5)
    autofluorescence_decades: Span = (-0.1, 0.1)
    autofluorescence_spread: Span = (0.12, 0.18)
    size_spread: float = 0.05
    compensation_error: Span = (-0.03, 0.03)
    debris: Span = (0.05, 0.50)
    doublets: Span = (0.01, 0.02)
    dead: Span = (0.01, 0.03)
    stragglers: Span = (0.0, 0.02)
    events_per_s: Span = (500.0, 2500.0)
    drift: Span = (-0.04, 0.04)
    bin_error: float = 0.05
