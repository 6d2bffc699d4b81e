"""Read how residual leukaemia is judged: event rules, and limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from cytoflow_blina.domain.document_schema import Table, read_document
from cytoflow_blina.errors import ConfigError, Problem
from cytoflow_blina.mrd.cd19_expression import Cd19Limits

Percent = Annotated[float, Field(ge=0, le=100)]
Events = Annotated[int, Field(ge=1)]
Distance = Annotated[float, Field(gt=0)]

LARGEST_CUT_PERCENT = 0.01
"""A negative result must exclude this much (ELN, ASH); a cut may only be stricter."""


class _Sourced(Table):
    """A table that says where its limits come from."""

    source: str = Field(min_length=1)


class CutRule(_Sourced):
    """MRD in percent that the class and the rule of the study turn on."""

    percent: Annotated[float, Field(gt=0, le=LARGEST_CUT_PERCENT)]


class EventRule(_Sourced):
    """Events that make a finding (LOD), and events that make a number (LLOQ)."""

    lod_events: Events
    lloq_events: Events


class BlankRule(_Sourced):
    """How the limit of detection is had from blank and low samples."""

    z: Distance
    fewest_blank_samples: Annotated[int, Field(ge=2)]
    fewest_low_samples: Annotated[int, Field(ge=2)]


class ViabilityLimit(_Sourced):
    """Viable cells in percent of all below which a verdict is limited."""

    fewest_percent: Percent


class AbsentLimits(Table):
    """Percent of nucleated cells below which a kind of marrow cell is absent."""

    erythroid: Percent
    cd34_progenitors: Percent
    plasma: Percent
    mast_cells: Percent


class HemodilutionLimits(_Sourced):
    """When a marrow is taken to be mixed with blood."""

    mature_granulocyte_percent: Percent
    fewest_granulocytes: Events
    fewest_kinds: Events
    absent_percent: AbsentLimits


class Cd19Table(_Sourced):
    """How CD19 of a candidate is called."""

    dim_decades: Distance
    negative_percent: Percent
    positive_percent: Percent


class HematogoneLimit(_Sourced):
    """Hematogones in percent of nucleated cells that are many."""

    high_percent: Percent


class LineageSwitchLimits(_Sourced):
    """Myeloid cells in percent of nucleated ones that may be a switch of lineage."""

    myeloid_window_percent: Percent
    monocyte_percent: Percent
    monocyte_fusions: list[str]


class PrecursorLimits(_Sourced):
    """Normal CD19-negative precursors that are worth a look."""

    fewest_events: Events
    percent_of_nucleated: Percent


class PanelLimits(_Sourced):
    """Markers without which candidates are hardly told from normal cells."""

    one_needed_of: list[str]
    fewest_markers: Annotated[int, Field(ge=0)]


class CandidateLimits(_Sourced):
    """What is shown as a candidate; less far out where it was at diagnosis."""

    score_sd: Distance
    like_diagnosis_score_sd: Distance
    no_maturation_score_sd: Distance
    spread_decades: Distance
    compact_markers: Events
    fewest_events: Events
    least_above_cd19_cut: Annotated[float, Field(ge=0)]
    brighter_decades: Annotated[float, Field(ge=0)]
    most_candidates: Events
    aberrant_sd: Distance


class _RulesSchema(Table):
    """A whole mrd.toml."""

    name: str = Field(min_length=1)
    version: str = Field(min_length=1)
    cut: CutRule
    profile: Annotated[dict[str, EventRule], Field(min_length=1)]
    blank: BlankRule
    viability: ViabilityLimit
    hemodilution: HemodilutionLimits
    panel: PanelLimits
    cd19: Cd19Table
    hematogones: HematogoneLimit
    lineage_switch: LineageSwitchLimits
    precursors: PrecursorLimits
    candidates: CandidateLimits


@dataclass(frozen=True)
class MrdRules:
    """How residual leukaemia is judged.

    Attributes
    ----------
    name, version : str
        Of the document.
    cut_percent : float
        MRD in percent that the class turns on, 0.01 at most.
    profiles : mapping of str to EventRule
        Event rules by name.
    blank : BlankRule
        How the limit of detection is had from blank samples.
    viability : ViabilityLimit
        Viability below which a verdict is limited.
    hemodilution : HemodilutionLimits
        When a marrow is taken to be diluted.
    panel : PanelLimits
        Markers that a verdict is limited without.
    cd19 : Cd19Limits
        How CD19 of a candidate is called.
    hematogones : HematogoneLimit
        Hematogones that are many.
    lineage_switch : LineageSwitchLimits
        Myeloid cells that may be a switch of lineage.
    precursors : PrecursorLimits
        CD19-negative precursors worth a look.
    candidates : CandidateLimits
        What is shown as a candidate.
    sources : mapping of str to str
        Where each limit comes from, by the name of its table.
    sha256 : str
        Hash of the document.
    """

    name: str
    version: str
    cut_percent: float
    profiles: Mapping[str, EventRule]
    blank: BlankRule
    viability: ViabilityLimit
    hemodilution: HemodilutionLimits
    panel: PanelLimits
    cd19: Cd19Limits
    hematogones: HematogoneLimit
    lineage_switch: LineageSwitchLimits
    precursors: PrecursorLimits
    candidates: CandidateLimits
    sources: Mapping[str, str]
    sha256: str = ""


def load_mrd_rules(path: Path) -> MrdRules:
    """Read the document of event rules and limits.

    Parameters
    ----------
    path : Path
        `mrd.toml`.

    Returns
    -------
    MrdRules
        Its rules, limits and sources.

    Raises
    ------
    ConfigError
        With every fault: a key unknown or left out, a limit that is no number or out
        of its range, no source, fewer events for a number than for a finding, calls of
        CD19 that overlap, a cut above 0.01 %.
    """
    document = read_document(path, _RulesSchema, ConfigError)
    content = document.content
    problems = [
        Problem(f"{document.name}: {where}", message)
        for where, message in _faults(content)
    ]
    if problems:
        raise ConfigError(*problems)
    cd19 = content.cd19
    return MrdRules(
        name=content.name,
        version=content.version,
        cut_percent=content.cut.percent,
        profiles=content.profile,
        blank=content.blank,
        viability=content.viability,
        hemodilution=content.hemodilution,
        panel=content.panel,
        cd19=Cd19Limits(cd19.dim_decades, cd19.negative_percent, cd19.positive_percent),
        hematogones=content.hematogones,
        lineage_switch=content.lineage_switch,
        precursors=content.precursors,
        candidates=content.candidates,
        sources=_sources(content),
        sha256=document.sha256,
    )


def _faults(content: _RulesSchema) -> Iterator[tuple[str, str]]:
    """Find numbers that contradict each other."""
    for name, rule in content.profile.items():
        if rule.lloq_events < rule.lod_events:
            message = (
                f"found lod_events {rule.lod_events} and lloq_events "
                f"{rule.lloq_events}, expected at least as many for a number as for a "
                "finding."
            )
            yield f"profile.{name}", message
    negative, positive = content.cd19.negative_percent, content.cd19.positive_percent
    if negative > positive:
        message = (
            f"found negative_percent {negative:g} above positive_percent {positive:g}; "
            "negative must end where positive begins, or before."
        )
        yield "cd19", message


def _sources(content: _RulesSchema) -> dict[str, str]:
    """List where the limits of each table come from."""
    tables = {name: getattr(content, name) for name in type(content).model_fields}
    tables |= {f"profile.{name}": rule for name, rule in content.profile.items()}
    return {
        name: table.source
        for name, table in tables.items()
        if isinstance(table, _Sourced)
    }
