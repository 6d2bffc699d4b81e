"""Hold what is known of residual leukaemia: normal cells, candidates, and counts.

Marker values of references and candidates are in decades on the arcsinh axis
`asinh(x / cofactor) / ln 10`, x in linear units: a difference of 1 is tenfold light,
and zero light lies at 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from cytoflow_blina.domain.events import FloatArray

Denominator = Literal["NUC", "MNC", "CD45P", "WBC"]
Cd19 = Literal["positive", "dim", "negative", "mixed", ""]
"""How a candidate carries CD19; empty where it is not measured or nothing was found."""


@dataclass(frozen=True, eq=False)
class NormalPopulation:
    """One station of normal maturation, or another normal kind of cell.

    Attributes
    ----------
    name : str
        `hg1`, `mature_b`, `plasma`, or a number where it bears no name.
    mean : ndarray of float64, shape (n_markers,)
        Decades.
    covariance : ndarray of float64, shape (n_markers, n_markers)
        Spread of its cells within a tube, squared decades.
    weight : float
        Share of the reference's events, 0 to 1.
    """

    name: str
    mean: FloatArray
    covariance: FloatArray
    weight: float


@dataclass(frozen=True, eq=False)
class TubeReference:
    """Normal cells of one tube of a panel, as learnt from negative marrows.

    Attributes
    ----------
    tube : str
        Id of the panel's tube, empty in a panel of one.
    markers : tuple of str
        The axes of every population.
    cofactor : float
        Of the arcsinh axis, in linear units.
    populations : tuple of NormalPopulation
        Stations of maturation and other normal cells; one or more.
    anchors : mapping of str to ndarray of float64, shape (n_markers,)
        Medians of the anchor gates by path, decades.
    between_tubes : ndarray of float64, shape (n_markers,)
        Standard deviation, between marrows, of how brightly a marker is stained once
        the anchors agree, decades.
    """

    tube: str
    markers: tuple[str, ...]
    cofactor: float
    populations: tuple[NormalPopulation, ...]
    anchors: Mapping[str, FloatArray] = field(default_factory=dict)
    between_tubes: FloatArray = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True, eq=False)
class NormalReference:
    """A versioned document of normal and regenerating marrow.

    Attributes
    ----------
    name, version, panel : str
        Its name, its version, and the panel it is for.
    learnt_from : str
        In words: how many marrows and events, of whom, by which command.
    tubes : tuple of TubeReference
        One for each tube of the panel in which candidates can be sought.
    sha256 : str
        Hash of the document.
    """

    name: str
    version: str
    panel: str
    learnt_from: str
    tubes: tuple[TubeReference, ...]
    sha256: str = ""

    def tube(self, tube_id: str) -> TubeReference | None:
        """Find the normal cells of a tube.

        Parameters
        ----------
        tube_id : str
            Id of the panel's tube, empty in a panel of one.

        Returns
        -------
        TubeReference or None
            None where the reference knows nothing of the tube.
        """
        return next((one for one in self.tubes if one.tube == tube_id), None)


@dataclass(frozen=True, eq=False)
class Phenotype:
    """What the leukaemia of a subject looked like in one tube.

    Attributes
    ----------
    sample_id, visit : str
        Where it was seen.
    markers : tuple of str
        Axes.
    mean : ndarray of float64, shape (n_markers,)
        Decades.
    covariance : ndarray of float64, shape (n_markers, n_markers)
        Squared decades.
    n_events : int
        Events it was learnt from.
    """

    sample_id: str
    visit: str
    markers: tuple[str, ...]
    mean: FloatArray
    covariance: FloatArray
    n_events: int


@dataclass(frozen=True)
class Aberrancy:
    """One marker on which a candidate differs from the normal cells nearest to it.

    Attributes
    ----------
    marker : str
        The marker.
    decades : float
        Candidate minus normal, above 0 where it is brighter.
    sd : float
        The same in standard deviations of the normal cells.
    """

    marker: str
    decades: float
    sd: float


@dataclass(frozen=True)
class MrdCandidate:
    """A cluster of B-lineage events unlike normal ones: one row of mrd_candidates.csv.

    Attributes
    ----------
    path : str
        Path of its gate.
    n_events : int
        Events in the gate.
    score_sd : float
        Median distance of its events from the nearest normal cells, in standard
        deviations; NaN without a reference.
    spread_decades : mapping of str to float
        Robust standard deviation of its events by marker.
    medians : mapping of str to float
        By marker, in linear units.
    aberrancies : tuple of Aberrancy
        Those beyond the limit, largest first.
    nearest_normal : str
        Name of the nearest normal population; empty without a reference.
    cd19 : {"positive", "dim", "negative", "mixed", ""}
        How it carries CD19.
    cd19_decades_below_b : float
        Decades by which its median of CD19 lies below that of mature B cells (or of
        where the reference expects them); NaN where not measured.
    cd19_positive_percent : float
        Events with CD19 in percent of its events; NaN where not measured.
    diagnosis_sd : float
        Distance of its median from the diagnostic phenotype, in standard deviations of
        that; NaN where none is known.
    shifts : tuple of Aberrancy
        Differences from the diagnostic phenotype by marker; empty where none is known.
    gate_source : {"fitted", "manual"}
        Proposed, or drawn by a person.
    """

    path: str
    n_events: int
    score_sd: float
    spread_decades: Mapping[str, float]
    medians: Mapping[str, float]
    aberrancies: tuple[Aberrancy, ...]
    nearest_normal: str
    cd19: Cd19
    cd19_decades_below_b: float
    cd19_positive_percent: float
    diagnosis_sd: float
    shifts: tuple[Aberrancy, ...]
    gate_source: Literal["fitted", "manual"]


@dataclass(frozen=True)
class TubeMrd:
    """What one marrow tube says of MRD; plain numbers, small enough to travel.

    Attributes
    ----------
    mrd_events : int
        Events in at least one candidate's gate.
    candidates : tuple of MrdCandidate
        Most events first.
    denominator : str
        Code of what is 100 % by the panel's convention.
    denominators : mapping of str to int
        Events by code, for every code that the tube can give.
    has_nuclear_dye : bool
        Whether nucleated cells were told by a dye; otherwise the denominators are
        approximate.
    stages : mapping of str to int
        Events of each kind of cell by the names of `MrdTemplate.stages`; one whose
        gate fell away is left out. `b19`, `b_alt` and `b_lineage` stand here too.
    missing : tuple of str
        Markers of the panel that the tube does not measure.
    has_b_alt : bool
        Whether B lineage was also sought without CD19.
    has_cd19 : bool
        Whether CD19 is measured.
    has_reference : bool
        Whether normal cells were known, so that candidates could be sought.
    viable_percent : float
        Viable in percent of all cells; NaN where no dye tells.
    phenotype : Phenotype or None
        Of the largest candidate, for later samples of the subject.
    compared_with : str
        Sample whose diagnostic phenotype was known; empty for none.
    markers : tuple of str
        Markers on which events are compared with normal cells: those of the template
        that the tube measures and the reference knows.
    """

    mrd_events: int
    candidates: tuple[MrdCandidate, ...]
    denominator: str
    denominators: Mapping[str, int]
    has_nuclear_dye: bool
    stages: Mapping[str, int]
    missing: tuple[str, ...]
    has_b_alt: bool
    has_cd19: bool
    has_reference: bool
    viable_percent: float
    phenotype: Phenotype | None = None
    compared_with: str = ""
    markers: tuple[str, ...] = ()
