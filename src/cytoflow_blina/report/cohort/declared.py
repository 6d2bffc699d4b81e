"""Hold what study.toml declares, and the single values that tables do not have."""

from __future__ import annotations

from dataclasses import dataclass

from cytoflow_blina.domain.comparison import GroupedOutcome, RepeatedOutcome


@dataclass(frozen=True, eq=False)
class DeclaredAnalysis:
    """One analysis of study.toml.

    Attributes
    ----------
    kind : str
        Its key there: `comparison`, `group_comparison`, `kinetics`, `response`,
        `survival`, `adverse_events`, `characteristics`.
    name : str
        Its name, the `contrast` of the tables.
    order : tuple of str
        Outcomes, columns or predictors as they are named there; the others follow.
    settings : tuple of str
        What else is declared of it, in sentences.
    group_column : str
        The column whose values name its groups, where study.toml gives them no labels;
        else empty.
    landmark_months : float
        Months after which its time begins to count; 0 where it counts from the start.
    grouped : tuple of GroupedOutcome
        Single values of its two groups, where it compares groups.
    repeated : tuple of RepeatedOutcome
        Single values of its visits, where it follows visits.
    """

    kind: str
    name: str
    order: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    group_column: str = ""
    landmark_months: float = 0.0
    grouped: tuple[GroupedOutcome, ...] = ()
    repeated: tuple[RepeatedOutcome, ...] = ()
