"""Hold the ranges from which a marrow tube draws its instrument, donor and staining."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cytoflow_blina.simulate.marrow.populations import LevelTable, Scatter
from cytoflow_blina.simulate.populations import Span


@dataclass(frozen=True)
class MarrowDetector:
    """One fluorescence detector.

    Attributes
    ----------
    name : str
        `$PnN`.
    photoelectrons : float
        Photoelectrons for one linear unit at nominal gain.
    glow : float
        Autofluorescence here beside that of `MarrowRanges.glow`.
    voltage : float
        Volts at which the gain is nominal.
    """

    name: str
    photoelectrons: float
    glow: float
    voltage: float


@dataclass(frozen=True)
class MarrowKind:
    """One kind of marrow: what a sample draws its cells from.

    Attributes
    ----------
    shares : mapping of str to float
        Typical share of nucleated cells by population, hematogones apart; they need
        not add up to one.
    hematogones : tuple of two float
        Share of cells on the way of B-cell maturation.
    mature_b : tuple of two float
        Share of mature B cells.
    chance_of_no_b : float
        Chance that there is no mature B cell at all.
    precursors : tuple of two float
        Share of normal precursors with CD34 and CD22 and without CD19.
    carries_cd19 : bool
        Whether plasma cells with CD19 are there; a drug against it takes them too.
    """

    shares: Mapping[str, float]
    hematogones: Span
    mature_b: Span
    chance_of_no_b: float
    precursors: Span
    carries_cd19: bool


@dataclass(frozen=True)
class MarrowRanges:
    """All that differs between marrow tubes; every value is drawn anew.

    Attributes
    ----------
    cytometer : str
        `$CYT`.
    panels : mapping of str to mapping of str to mapping of str to str
        For each panel and tube, the detector of each marker in file order.
    detectors : mapping of str to MarrowDetector
        By name.
    spill : mapping of (str, str) to tuple of two float
        Share of the first detector's dye that the second sees; absent means none.
    levels : mapping of str to mapping of str to Level
        Markers of each population.
    scatter : mapping of str to Scatter
        Of each population.
    glow : mapping of str to float
        Median autofluorescence in linear units for `lymphocyte`, `monocyte`,
        `granulocyte`, `erythroid` and `debris`.
    kinds : mapping of str to MarrowKind
        By name.
    share_decades : float
        Standard deviation of a population's share between samples, decades.
    cd10_of_granulocytes : tuple of two float
        Share of mature ones, with CD10, among the neutrophil row.
    hemodilution : tuple of two float
        Share of blood in the sample.
    gain_decades, brightness_decades, glow_decades : tuple of two float
        Shift of a detector's gain, of a marker's reagent and of autofluorescence.
    donor_decades : float
        Standard deviation, between donors, of each marker on each population.
    spread_factor : tuple of two float
        Factor on the spread of a marker.
    glow_spread : tuple of two float
        Standard deviation of autofluorescence between cells, decades.
    size_spread : float
        Standard deviation of the size that all signals of one cell share, decades.
    forward_factor, side_factor : tuple of two float
        Gain of the scatter detectors.
    forward_cv, side_cv : tuple of two float
        Coefficient of variation of scatter between cells.
    electronic_noise : float
        Standard deviation of the electronics, linear units.
    compensation_error : tuple of two float
        Relative error of each coefficient that compensates.
    debris, dead, doublets, stragglers : tuple of two float
        Shares: particles without a nucleus in all events, dead in all cells,
        coincidences in all cells, and cells whose staining spreads twice as far.
    events_per_s, drift : tuple of two float
        Event rate, and relative change of the gains from first to last event.
    """

    cytometer: str
    panels: Mapping[str, Mapping[str, Mapping[str, str]]]
    detectors: Mapping[str, MarrowDetector]
    spill: Mapping[tuple[str, str], Span]
    levels: LevelTable
    scatter: Mapping[str, Scatter]
    glow: Mapping[str, float]
    kinds: Mapping[str, MarrowKind]
    share_decades: float = 0.12
    cd10_of_granulocytes: Span = (0.35, 0.60)
    hemodilution: Span = (0.0, 0.15)
    gain_decades: Span = (-0.2, 0.1)
    brightness_decades: Span = (-0.2, 0.2)
    glow_decades: Span = (-0.1, 0.1)
    donor_decades: float = 0.05
    spread_factor: Span = (0.75, 1.4)
    glow_spread: Span = (0.12, 0.18)
    size_spread: float = 0.05
    forward_factor: Span = (0.85, 1.15)
    side_factor: Span = (0.75, 1.1)
    forward_cv: Span = (0.10, 0.15)
    side_cv: Span = (0.22, 0.32)
    electronic_noise: float = 25.0
    compensation_error: Span = (-0.03, 0.03)
    debris: Span = (0.10, 0.30)
    dead: Span = (0.01, 0.05)
    doublets: Span = (0.01, 0.04)
    stragglers: Span = (0.0, 0.02)
    events_per_s: Span = (3_000.0, 8_000.0)
    drift: Span = (-0.04, 0.04)
