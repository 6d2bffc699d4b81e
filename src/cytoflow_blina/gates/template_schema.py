"""Describe the form of a gating template document."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from cytoflow_blina.domain.document_schema import Table

Text = Annotated[str, Field(min_length=1)]
Path = Annotated[str, Field(pattern=r"^[\w+.-]+(/[\w+.-]+)*$")]


def _on_the_axis(value: float) -> float:
    """Refuse a number that is no display unit, such as a channel."""
    if not -1 <= value <= 2:
        message = "must be in display units, 0 to 1 (a channel divided by 1024)"
        raise ValueError(message)
    return value


Display = Annotated[float, AfterValidator(_on_the_axis)]
Pair = Annotated[list[Display], Field(min_length=2, max_length=2)]


class ScaleTable(Table):
    """One `[tube.scales.NAME]`: the axis of a kind of channel, or of one marker."""

    kind: Literal["linear", "log", "arcsinh", "logicle", "hyperlog"]
    top: Annotated[float, Field(gt=0)] | None = None
    linear_decades: Annotated[float, Field(gt=0)] | None = None
    total_decades: Annotated[float, Field(gt=0)] = 4.5
    negative_decades: float = 0.0


class ThresholdTable(Table):
    """One `[[tube.threshold]]`."""

    id: Annotated[str, Field(pattern=r"^[\w+.-]+$")]
    marker: Text
    population: str
    otherwise: str | None = None
    negatives: str | None = None
    at: Display | None = None
    method: str = ""
    settings: dict[str, float] = Field(default_factory=dict)
    note: Text


class LimitsTable(Table):
    """One entry of `limits` of a gate."""

    marker: Text
    at_least: Display | str | None = None
    below: Display | str | None = None
    where_measured: bool = False


class GateTable(Table):
    """One `[[tube.gate]]`: which keys stand there says which shape it has."""

    path: Path
    optional: bool = False
    method: str = ""
    back_gate: list[Text] = Field(default_factory=list)
    dim_like_bright: bool = False
    doublets_of: Annotated[list[Text], Field(min_length=2, max_length=2)] | None = None
    settings: dict[str, float] = Field(default_factory=dict)
    note: Text
    limits: list[LimitsTable] = Field(default_factory=list)
    markers: list[Text] = Field(default_factory=list)
    vertices: list[Pair] = Field(default_factory=list)
    center: list[Display] = Field(default_factory=list)
    covariance: list[list[float]] = Field(default_factory=list)
    distance_squared: Annotated[float, Field(gt=0)] | None = None
    all_of: list[Text] = Field(default_factory=list)
    none_of: list[Text] = Field(default_factory=list)
    any_of: list[Text] = Field(default_factory=list)


class PopulationTable(Table):
    """One `[[tube.population]]`."""

    name: Text
    definition: Text
    paths: Annotated[list[Text], Field(min_length=1)]
    parent: Text


class MrdTable(Table):
    """One `[tube.mrd]`: the part that gates of a marrow tube play in finding MRD."""

    denominator: Literal["NUC", "MNC", "CD45P", "WBC"]
    denominators: dict[Literal["NUC", "MNC", "CD45P", "WBC"], Text]
    b_lineage: Text
    b19: Text
    b_alt: str = ""
    markers: Annotated[list[Text], Field(min_length=2)]
    anchors: list[Text] = Field(default_factory=list)
    stages: dict[str, Text] = Field(default_factory=dict)
    nuclear_dye: str = ""


class TubeTable(Table):
    """One `[[tube]]`."""

    id: str
    lymphocytes: str = ""
    beads: str = ""
    scales: dict[str, ScaleTable]
    threshold: list[ThresholdTable] = Field(default_factory=list)
    gate: Annotated[list[GateTable], Field(min_length=1)]
    population: list[PopulationTable] = Field(default_factory=list)
    mrd: MrdTable | None = None


class TemplateTable(Table):
    """A whole template document."""

    name: Text
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    panel: Text
    tube: Annotated[list[TubeTable], Field(min_length=1)]
