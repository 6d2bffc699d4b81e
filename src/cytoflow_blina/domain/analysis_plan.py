"""Say in study.toml what is analysed: the declared plan of a cohort.

Every analysis is declared before it is made, has a name, and gives rows of
`comparisons.csv` under that name. Columns are those of `subjects.csv` and
`cycles.csv`, the study's own ones among them, and `infusion` (`14 d`, `21/28 d`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from cytoflow_blina.domain.document_schema import Table


def _as_in_a_cell(value: Any) -> Any:
    """Write yes, no and whole numbers as a cell of a table holds them."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else value


CellValue = Annotated[str, BeforeValidator(_as_in_a_cell)]
"""A value of a column: text, or `true`, `false` or a whole number without quotes."""

Where = dict[str, list[CellValue]]
"""Values that a column may have; every column must fit."""

LATER_VISITS = ("EOT", "D28", "D21", "D14")
Months = Annotated[float, Field(ge=0)]


def _later_visits() -> list[str]:
    return list(LATER_VISITS)


class ComparisonPlan(Table):
    """One paired comparison: post visit against baseline of the same cycle.

    The first visit of `post` that a subject has is taken. `cycles = "first"` takes
    one cycle for each subject, so that no subject counts twice; `"all"` takes every
    cycle, and compares by a mixed model where a subject has several. Without
    `outcomes`, all that the panels report; a name in `outcomes` may be an analyte of
    measurements.csv.
    """

    name: str
    baseline: str = "D0"
    post: list[str] = Field(default_factory=_later_visits, min_length=1)
    cycles: Literal["first", "all"] = "first"
    where: Where = Field(default_factory=dict)
    outcomes: list[str] = Field(default_factory=list)
    zero_rule: Literal["wilcox", "pratt"] = "wilcox"
    adjustment: Literal["holm", "bh"] = "holm"


class GroupPlan(Table):
    """One comparison of two groups of subjects, each subject once.

    `of = "change"` compares post minus baseline; `of = "value"` the values at `visit`,
    and those of subjects and cycles, which have none (`age_months`).
    """

    name: str
    by: str
    a: list[CellValue]
    b: list[CellValue]
    label_a: str = ""
    label_b: str = ""
    of: Literal["change", "value"] = "change"
    baseline: str = "D0"
    post: list[str] = Field(default_factory=_later_visits, min_length=1)
    visit: str = "D0"
    where: Where = Field(default_factory=dict)
    outcomes: list[str] = Field(default_factory=list)
    adjustment: Literal["holm", "bh"] = "holm"


class KineticsPlan(Table):
    """Counts over several visits, by a linear mixed model with the subject at random.

    Values enter as log2 of (value + `offset`), in the unit of the value.
    """

    name: str
    visits: list[str] = Field(min_length=2)
    outcomes: list[str] = Field(default_factory=list)
    offset: Annotated[float, Field(gt=0)] = 1.0
    where: Where = Field(default_factory=dict)
    adjustment: Literal["holm", "bh"] = "holm"


class ResponsePlan(Table):
    """Response to the first cycle: rates, and what goes with not responding.

    Predictors are columns, `column=value` for one value against the others, and
    `VISIT:OUTCOME` for a count (`D0:CD19`). `model` names those that enter Firth's
    logistic regression together.
    """

    name: str
    column: str = "response"
    responders: list[CellValue] = Field(default_factory=lambda: ["CR", "MRD_CR"])
    non_responders: list[CellValue] = Field(default_factory=lambda: ["NR"])
    where: Where = Field(default_factory=dict)
    by: list[str] = Field(default_factory=list)
    predictors: list[str] = Field(default_factory=list)
    model: list[str] = Field(default_factory=list)
    adjustment: Literal["holm", "bh"] = "holm"


class SurvivalPlan(Table):
    """Survival by Kaplan and Meier, and the log-rank test between groups.

    Without `groups`, every value of `by`. Those who had their event, or were last
    seen, before `landmark_months` are left out, and time counts from there.
    """

    name: str
    endpoint: Literal["efs", "os"]
    by: str = ""
    groups: list[list[CellValue]] = Field(default_factory=list)
    labels: list[str] = Field(default_factory=list)
    where: Where = Field(default_factory=dict)
    at_months: list[Months] = Field(default_factory=lambda: [12.0])
    landmark_months: Months = 0.0


class AdverseEventPlan(Table):
    """Adverse events by grade, in two groups of cycles.

    The worst grade of a term in a cycle counts. `assessed = "all"` takes a cycle
    without a row as free of the event; `"listed"` takes those alone that have a row,
    grade 0 for none.
    """

    name: str
    by: str
    a: list[CellValue]
    b: list[CellValue]
    label_a: str = ""
    label_b: str = ""
    terms: list[str] = Field(default_factory=list)
    severe: Annotated[int, Field(ge=1, le=5)] = 3
    assessed: Literal["all", "listed"] = "listed"
    where: Where = Field(default_factory=dict)


class CharacteristicsPlan(Table):
    """Patients in two groups, each subject once.

    `columns` may be numbers (median and range), words (each value against the
    others), or `column=value`.
    """

    name: str
    by: str
    a: list[CellValue]
    b: list[CellValue]
    label_a: str = ""
    label_b: str = ""
    columns: list[str] = Field(min_length=1)
    where: Where = Field(default_factory=dict)
