"""Read study.toml: what to run, on which tables, with which documents."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import tomli_w
from pydantic import Field

from cytoflow_blina.domain.analysis_plan import (
    AdverseEventPlan,
    CharacteristicsPlan,
    ComparisonPlan,
    GroupPlan,
    KineticsPlan,
    ResponsePlan,
    SurvivalPlan,
)
from cytoflow_blina.domain.document_schema import Table, read_document
from cytoflow_blina.errors import ConfigError, Problem, did_you_mean

STUDY_FILE = "study.toml"

VISITS = ("DX", "D0", "D14", "D21", "D28", "EOT", "UNS")
"""Visits that need no declaration (`samples.csv`, column `visit`)."""

REFERENCE_INTERVALS = "gating/reference_intervals.csv"
"""Where a study keeps its copy of the reference intervals."""

Percent = Annotated[float, Field(ge=0, le=100)]
Window = Annotated[list[int], Field(min_length=2, max_length=2)]
"""First and last day of a visit, counted from the start of the infusion."""


MRD_RULES = "gating/mrd.toml"
"""Where a study keeps its copy of the rules of MRD."""


class Documents(Table):
    """Panels, gating templates and limits, relative to the study folder.

    `references` are normal references of marrow; the shipped one stands in for a panel
    of which none is named, as the shipped rules of MRD do for those of `mrd`.
    """

    panels: list[str]
    templates: list[str]
    limits: str
    references: list[str] = Field(default_factory=list)
    mrd: str = MRD_RULES


class Tables(Table):
    """Tables of the study, relative to the study folder; all but the first optional."""

    samples: str = "samples.csv"
    subjects: str = "subjects.csv"
    cycles: str = "cycles.csv"
    measurements: str = "measurements.csv"
    adverse_events: str = "adverse_events.csv"


class Counting(Table):
    """Errors beside counting noise, as coefficients of variation in percent.

    `count_method_change_reason` allows the two visits of a pair to be counted by
    different methods, which is refused without it, and is recorded.
    """

    pipetting_cv_percent: Percent = 2.0
    bead_lot_cv_percent: Percent = 2.0
    volume_cv_percent: Percent = 2.0
    wbc_cv_percent: Percent = 3.0
    lymph_percent_cv_percent: Percent = 5.0
    count_method_change_reason: str = ""


class ReferenceIntervals(Table):
    """Counts of healthy people, relative to the study folder; the shipped ones if not.

    `unverified` allows limits that were recalled and not read in their source.
    """

    file: str = REFERENCE_INTERVALS
    unverified: bool = False


class Mrd(Table):
    """How residual leukaemia is judged: by which of the rules of `mrd.toml`.

    `denominator` is what is 100 %, that of each panel where empty. `blank_samples` hold
    no leukaemia and `low_samples` a little: their MRD gives a limit of detection, which
    is taken where it is larger than that of the event rule.
    """

    profile: str = "ICCS20_50"
    denominator: Literal["", "NUC", "MNC", "CD45P", "WBC"] = ""
    blank_samples: list[str] = Field(default_factory=list)
    low_samples: list[str] = Field(default_factory=list)


ANALYSES = (
    "comparison",
    "group_comparison",
    "kinetics",
    "response",
    "survival",
    "adverse_events",
    "characteristics",
)
"""Keys of study.toml under which analyses are declared."""

AnalysisPlan = (
    ComparisonPlan
    | GroupPlan
    | KineticsPlan
    | ResponsePlan
    | SurvivalPlan
    | AdverseEventPlan
    | CharacteristicsPlan
)


class StudyConfig(Table):
    """A whole study.toml."""

    title: str = ""
    documents: Documents
    tables: Tables = Tables()
    visits: list[str] = Field(default_factory=list)
    counting: Counting = Counting()
    reference_intervals: ReferenceIntervals = ReferenceIntervals()
    mrd: Mrd = Mrd()
    windows: dict[str, Window] = Field(default_factory=dict)
    describe_by: str = ""
    comparison: list[ComparisonPlan] = Field(default_factory=list)
    group_comparison: list[GroupPlan] = Field(default_factory=list)
    kinetics: list[KineticsPlan] = Field(default_factory=list)
    response: list[ResponsePlan] = Field(default_factory=list)
    survival: list[SurvivalPlan] = Field(default_factory=list)
    adverse_events: list[AdverseEventPlan] = Field(default_factory=list)
    characteristics: list[CharacteristicsPlan] = Field(default_factory=list)

    def analyses(self, file_name: str) -> tuple[tuple[str, AnalysisPlan], ...]:
        """List every analysis with its place in the file."""
        return tuple(
            (f"{file_name}: {kind}.{number}", plan)
            for kind in ANALYSES
            for number, plan in enumerate(getattr(self, kind))
        )

    @property
    def known_visits(self) -> tuple[str, ...]:
        """Visits that a sample may have: the standard ones and those declared."""
        return (*VISITS, *self.visits)


def study_file(study: Path) -> Path:
    """Find study.toml, given the folder or the file itself.

    Parameters
    ----------
    study : Path
        A study folder, a run's output folder, or a study.toml.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ConfigError
        Where there is none.
    """
    file = study / STUDY_FILE if study.is_dir() else study
    if file.is_file() and file.suffix == ".toml":
        return file
    if not study.exists():
        message = "there is no such folder or file. Check the name."
    else:
        message = (
            f"there is no {STUDY_FILE} here. Make a study folder with "
            "'cytoflow-blina init DIR --panel NAME', or name the folder that has one."
        )
    raise ConfigError(Problem(str(study), message))


def load_study(study: Path) -> StudyConfig:
    """Read and check study.toml.

    Parameters
    ----------
    study : Path
        The study folder or its study.toml.

    Returns
    -------
    StudyConfig
        With defaults filled in.

    Raises
    ------
    ConfigError
        With every problem of the file: bad TOML, unknown keys, wrong types, a
        comparison whose visits are not declared.
    """
    file = study_file(study)
    try:
        document = read_document(file, StudyConfig, ConfigError)
    except ConfigError as error:
        raise ConfigError(*_with_remedy(error.problems, file)) from error
    config = document.content
    problems = (
        *_visit_problems(config, document.name),
        *_repeated_names(config, document.name),
    )
    if problems:
        raise ConfigError(*problems)
    return config


def write_study(config: StudyConfig, file: Path) -> None:
    """Write a study.toml that reads back as the same configuration.

    Parameters
    ----------
    config : StudyConfig
        The study.
    file : Path
        Written, with defaults filled in; lists and tables that are empty and need not
        be there are left out, because `kinetics = []` forbids a later `[[kinetics]]`.
    """
    content = tomli_w.dumps(_without_empty(config))
    file.write_text(content, encoding="utf-8", newline="\n")


def _without_empty(table: Table) -> dict[str, Any]:
    """Write a table as plain values, without what is empty by default."""
    content = {}
    for name, field in type(table).model_fields.items():
        value = getattr(table, name)
        default = field.get_default(call_default_factory=True)
        if value in ([], {}) and value == default:
            continue
        if isinstance(value, Table):
            value = _without_empty(value)
        elif isinstance(value, list):
            value = [
                _without_empty(one) if isinstance(one, Table) else one for one in value
            ]
        content[name] = value
    return content


def _with_remedy(problems: Sequence[Problem], file: Path) -> list[Problem]:
    """Say which line to delete where an analysis is appended to an empty list."""
    if "Cannot mutate immutable namespace" not in problems[0].message:
        return list(problems)
    text = file.read_text(encoding="utf-8-sig")
    lines = [
        found[0].strip()
        for name in ANALYSES
        if re.search(rf"^\s*\[\[\s*{name}\s*\]\]", text, re.MULTILINE)
        for found in re.finditer(rf"^[ \t]*{name}\s*=\s*\[\s*\]", text, re.MULTILINE)
    ]
    return [
        replace(one, message=f"{one.message} Delete the line {' and '.join(lines)}.")
        if lines
        else one
        for one in problems
    ]


def _visit_problems(config: StudyConfig, file_name: str) -> list[Problem]:
    """Find analyses whose names repeat, visits that no sample may have, bad windows."""
    problems = []
    named = [(where, plan.name) for where, plan in config.analyses(file_name)]
    names = [name for _, name in named]
    problems += [
        Problem(where, f"the name {name!r} is used twice.")
        for where, name in named
        if names.count(name) > 1
    ]
    for where, plan in config.analyses(file_name):
        named_visits = _visits_of(plan)
        problems += [
            Problem(where, f"visit {visit!r} is named twice; name each visit once.")
            for visit in dict.fromkeys(named_visits)
            if named_visits.count(visit) > 1
        ]
        for visit in named_visits:
            if visit not in config.known_visits:
                known = ", ".join(config.known_visits)
                message = (
                    f"visit {visit!r} is not declared; known visits are {known}. Add "
                    "it to 'visits'." + did_you_mean(visit, config.known_visits)
                )
                problems.append(Problem(where, message))
    for visit, (first, last) in config.windows.items():
        where = f"{file_name}: windows.{visit}"
        if visit not in config.known_visits:
            message = f"visit {visit!r} is not declared."
            message += did_you_mean(visit, config.known_visits)
            problems.append(Problem(where, message))
        if first > last:
            message = f"found {first} to {last}, expected the earlier day first."
            problems.append(Problem(where, message))
    return problems


_LISTS = {
    "outcomes": "outcome",
    "columns": "column",
    "by": "column",
    "predictors": "predictor",
    "model": "model term",
    "terms": "term",
}
"""Keys of an analysis that name each thing once, and what they name."""


def _repeated_names(config: StudyConfig, file_name: str) -> list[Problem]:
    """Find what one list of an analysis names twice."""
    problems = []
    for where, plan in config.analyses(file_name):
        for key, kind in _LISTS.items():
            names = getattr(plan, key, ())
            if isinstance(names, str):
                continue
            problems += [
                Problem(where, f"{kind} {name!r} stands twice in {key}; name it once.")
                for name in dict.fromkeys(names)
                if names.count(name) > 1
            ]
    return problems


def _visits_of(plan: AnalysisPlan) -> tuple[str, ...]:
    """List the visits that an analysis names."""
    if isinstance(plan, ComparisonPlan):
        return (plan.baseline, *plan.post)
    if isinstance(plan, GroupPlan):
        return (plan.visit,) if plan.of == "value" else (plan.baseline, *plan.post)
    return tuple(plan.visits) if isinstance(plan, KineticsPlan) else ()
