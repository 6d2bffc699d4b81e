"""Hold a gating template: the tree, its fallback geometry, and how to find it.

A template is written in markers, a `GatingStrategy` in detectors. Fitting turns the
one into the other for one tube.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Bound = float | str | None
"""A number in display units, the id of a threshold, or an open end."""


@dataclass(frozen=True)
class ScaleSpec:
    """How one kind of channel is scaled.

    Attributes
    ----------
    kind : {"linear", "log", "arcsinh", "logicle", "hyperlog"}
        The scale.
    top : float or None
        Upper end in linear units; None for the range that the file declares.
    linear_decades : float or None
        As in `domain.scale`; None to estimate it from the events of each tube.
    total_decades, negative_decades : float
        As in `domain.scale`; those that the kind does not use are ignored.
    """

    kind: Literal["linear", "log", "arcsinh", "logicle", "hyperlog"]
    top: float | None = None
    linear_decades: float | None = None
    total_decades: float = 4.5
    negative_decades: float = 0.0


@dataclass(frozen=True)
class Threshold:
    """A cut between the negative and the positive events of one marker.

    Attributes
    ----------
    id : str
        The name by which gates refer to it: `cd3_positive`.
    marker : str
        The marker it cuts.
    population : str
        Path of the population on which it is found; empty for all events.
    otherwise : str or None
        Path of the population to look at where the first one shows no threshold;
        None for no other.
    negatives : str or None
        Path of a population that does not carry the marker; None where none is named.
    at : float or None
        Where it lies when the tube does not show it, in display units; None where
        nothing is known of it beforehand, and the whole axis is searched.
    method : str
        Name of the method that finds it; empty for a fixed threshold.
    settings : mapping of str to float
        Settings of the method.
    note : str
        Why the cut is there.
    """

    id: str
    marker: str
    population: str
    at: float | None = None
    method: str = ""
    settings: Mapping[str, float] = field(default_factory=dict)
    note: str = ""
    otherwise: str | None = None
    negatives: str | None = None


@dataclass(frozen=True)
class MarkerLimits:
    """A stretch of one marker: `at_least <= x < below`, either end open.

    `where_measured` keeps the gate, without this limit, in a tube that does not
    measure the marker; otherwise the gate falls away there.
    """

    marker: str
    at_least: Bound = None
    below: Bound = None
    where_measured: bool = False


@dataclass(frozen=True)
class RectangleShape:
    """Limits on one or more markers."""

    limits: tuple[MarkerLimits, ...]


@dataclass(frozen=True, eq=False)
class PolygonShape:
    """A polygon on two markers.

    Attributes
    ----------
    markers : tuple of two str
        Horizontal and vertical axis.
    vertices : ndarray of float64, shape (n_vertices, 2)
        Corners in display units; none where nothing is known of it beforehand.
    """

    markers: tuple[str, str]
    vertices: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class EllipsoidShape:
    """An ellipsoid on two or more markers, in display units.

    Attributes
    ----------
    markers : tuple of str
        The axes.
    center : ndarray of float64, shape (n_markers,)
        Centre.
    covariance : ndarray of float64, shape (n_markers, n_markers)
        Shape and orientation.
    distance_squared : float
        Squared Mahalanobis distance of the surface.
    """

    markers: tuple[str, ...]
    center: NDArray[np.float64]
    covariance: NDArray[np.float64]
    distance_squared: float


@dataclass(frozen=True)
class BooleanShape:
    """Events in all of some populations and in none of others, or in any of some.

    `any_of` stands alone; else either of the two others may be empty, not both. Where a
    population fell away for want of a marker, so does the gate, but for a population
    that is `optional`: that is left out. Of `any_of` one that is left is enough.
    """

    all_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()

    @property
    def operands(self) -> tuple[str, ...]:
        """Path of every population that is combined."""
        return (*self.all_of, *self.none_of, *self.any_of)


Shape = RectangleShape | PolygonShape | EllipsoidShape | BooleanShape


@dataclass(frozen=True)
class TemplateGate:
    """One gate of a template.

    Attributes
    ----------
    path : str
        Gate ids from the root, joined by `/`.
    shape : Shape
        The template's own geometry, used where the tube shows none.
    method : str
        Name of the method that finds the geometry in a tube; empty where the shape
        is fixed or made of thresholds.
    settings : mapping of str to float
        Settings of the method.
    note : str
        Why the gate is there.
    back_gate : tuple of str
        Markers whose positive events are known to belong to the population: they help
        the method to find its border on other markers. One that the tube does not
        measure is left out.
    doublets_of : tuple of two str, or of none
        Paths of two populations whose doublets look like this one.
    dim_like_bright : bool
        Whether its dim events must lie where its bright ones do on the markers of the
        lymphocyte gate: others that carry a little of its marker do not.
    optional : bool
        Whether gates that combine it with others do without it in a tube that does
        not measure its markers: doublets stay in where pulse height is not stored.
    """

    path: str
    shape: Shape
    method: str = ""
    settings: Mapping[str, float] = field(default_factory=dict)
    note: str = ""
    optional: bool = False
    back_gate: tuple[str, ...] = ()
    doublets_of: tuple[str, str] | tuple[()] = ()
    dim_like_bright: bool = False

    @property
    def parent(self) -> str:
        """Path of the parent, empty at the root."""
        return self.path.rpartition("/")[0]


@dataclass(frozen=True)
class ReportedPopulation:
    """One population of `counts.csv`, and the gates that make it up.

    Attributes
    ----------
    name : str
        `CD4`, `NK`, ...
    definition : str
        In words, as printed in the report.
    paths : tuple of str
        Gates whose events are added.
    parent : str
        Path of the gate that is 100 % for `percent_of_parent`.
    """

    name: str
    definition: str
    paths: tuple[str, ...]
    parent: str


@dataclass(frozen=True)
class MrdTemplate:
    """Which gates of a marrow tube play which part in finding MRD.

    Attributes
    ----------
    denominator : str
        Code of what is 100 % by the panel's convention: `NUC`, `MNC`, `CD45P`, `WBC`.
    denominators : mapping of str to str
        Path of the gate by code. One whose gate fell away is left out.
    b_lineage : str
        Path of the gate in which candidates are sought.
    b19, b_alt : str
        Paths of B lineage by CD19 and without it; `b_alt` is empty where the panel, or
        the tube, has no marker for that.
    markers : tuple of str
        Markers on which events are compared with normal maturation.
    anchors : tuple of str
        Paths of normal cells that every marrow has, whose medians tell how brightly
        the tube is stained.
    stages : mapping of str to str
        Path of each kind of cell that is counted, by its name: `mature_b`, `hg1`,
        `hg2`, `hg3`, `plasma`, `t_cells`, `granulocytes`, `cd34_progenitors`, ...
    nuclear_dye : str
        Marker of the dye that tells nucleated cells; empty where the panel has none.
    """

    denominator: str
    denominators: Mapping[str, str]
    b_lineage: str
    b19: str
    b_alt: str = ""
    markers: tuple[str, ...] = ()
    anchors: tuple[str, ...] = ()
    stages: Mapping[str, str] = field(default_factory=dict)
    nuclear_dye: str = ""

    @property
    def paths(self) -> tuple[str, ...]:
        """Path of every gate that is named, once."""
        named = (
            *self.denominators.values(),
            self.b_lineage,
            self.b19,
            self.b_alt,
            *self.anchors,
            *self.stages.values(),
        )
        return tuple(dict.fromkeys(path for path in named if path))


@dataclass(frozen=True)
class TubeTemplate:
    """The gates of one tube of a panel.

    Attributes
    ----------
    tube : str
        Id of the panel's tube, empty in a panel of one.
    scales : mapping of str to ScaleSpec
        By `scatter`, `fluorescence`, or a marker that differs from its kind.
    thresholds : tuple of Threshold
        Cuts that gates share.
    gates : tuple of TemplateGate
        Parents and operands before those that need them.
    populations : tuple of ReportedPopulation
        What `counts.csv` reports.
    lymphocytes, beads : str
        Path of the lymphocyte gate and of the bead gate; empty where there is none.
    mrd : MrdTemplate or None
        How MRD is sought in a marrow tube; None for a tube of blood subsets.
    """

    tube: str
    scales: Mapping[str, ScaleSpec]
    thresholds: tuple[Threshold, ...]
    gates: tuple[TemplateGate, ...]
    populations: tuple[ReportedPopulation, ...]
    lymphocytes: str = ""
    beads: str = ""
    mrd: MrdTemplate | None = None

    def scale_of(self, marker: str, kind: str) -> ScaleSpec:
        """Give the scale of a marker.

        Parameters
        ----------
        marker : str
            A marker of the panel.
        kind : {"scatter", "fluorescence"}
            What it is.

        Returns
        -------
        ScaleSpec
            Its own, else that of its kind.
        """
        return self.scales.get(marker, self.scales[kind])

    def threshold(self, threshold_id: str) -> Threshold:
        """Find a threshold.

        Parameters
        ----------
        threshold_id : str
            Its id.

        Returns
        -------
        Threshold
            The threshold.

        Raises
        ------
        KeyError
            Where there is none of this id.
        """
        for threshold in self.thresholds:
            if threshold.id == threshold_id:
                return threshold
        raise KeyError(threshold_id)


@dataclass(frozen=True)
class GatingTemplate:
    """A versioned template document.

    Attributes
    ----------
    name, version : str
        The template's name and version.
    panel : str
        Name of the panel it is written for.
    tubes : tuple of TubeTemplate
        One for each tube of the panel.
    sha256 : str
        Hash of the document.
    """

    name: str
    version: str
    panel: str
    tubes: tuple[TubeTemplate, ...]
    sha256: str = ""

    def tube(self, tube_id: str) -> TubeTemplate:
        """Find the gates of a tube.

        Parameters
        ----------
        tube_id : str
            Its id, empty in a panel of one.

        Returns
        -------
        TubeTemplate
            The gates.

        Raises
        ------
        KeyError
            Where there are none.
        """
        for tube in self.tubes:
            if tube.tube == tube_id:
                return tube
        raise KeyError(tube_id)
