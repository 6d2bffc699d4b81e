"""Say who belongs to which of two groups that are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cytoflow_blina.cohort.attrition import Cycle, undecided
from cytoflow_blina.cohort.people import People, is_one_of
from cytoflow_blina.domain.analysis_plan import (
    AdverseEventPlan,
    CharacteristicsPlan,
    GroupPlan,
)


@dataclass(frozen=True)
class TwoGroups:
    """Two groups of cycles, by a column of subjects or cycles.

    Attributes
    ----------
    contrast : str
        Name of the comparison.
    by : str
        The column.
    a, b : tuple of str
        Its values in either group; a cycle with another belongs to neither.
    labels : tuple of two str
        Names of the groups.
    where : mapping of str to sequence of str
        Values that further columns must have.
    """

    contrast: str
    by: str
    a: tuple[str, ...]
    b: tuple[str, ...]
    labels: tuple[str, str]
    where: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def group_of(self, cycle: Cycle, people: People) -> int | None:
        """Tell the group of a cycle: 0 or 1, None where it belongs to neither."""
        if not people.fits(*cycle, self.where):
            return None
        value = people.text(*cycle, self.by)
        return (
            0 if is_one_of(value, self.a) else 1 if is_one_of(value, self.b) else None
        )

    def unknown(self, cycle: Cycle, people: People) -> str:
        """Say why a cycle that may be asked for is in neither group.

        Parameters
        ----------
        cycle : (str, int)
            Subject and cycle.
        people : People
            What is known of subjects and cycles.

        Returns
        -------
        str
            `group2 is not known`, `group2 is 'XX', of neither group`; empty where the
            cycle has a group, or `where` does not ask for it.
        """
        if not people.fits(*cycle, self.where):
            return undecided(cycle, self.where, people)
        if self.group_of(cycle, people) is not None:
            return ""
        value = people.text(*cycle, self.by)
        if not value:
            return f"{self.by} is not known"
        return f"{self.by} is {value!r}, of neither group"


def declared_groups(
    plan: GroupPlan | AdverseEventPlan | CharacteristicsPlan,
) -> TwoGroups:
    """Take the two groups of an analysis from its plan.

    Parameters
    ----------
    plan : GroupPlan, AdverseEventPlan or CharacteristicsPlan
        Names a column and its values in either group.

    Returns
    -------
    TwoGroups
        Groups without a label are named by their values: `RR + CRMRDPOS`.
    """
    labels = (
        plan.label_a or " + ".join(plan.a),
        plan.label_b or " + ".join(plan.b),
    )
    return TwoGroups(
        plan.name, plan.by, tuple(plan.a), tuple(plan.b), labels, plan.where
    )
