"""Refuse a count method that changes between the visits of a pair."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from cytoflow_blina.domain.sample import Sample
from cytoflow_blina.errors import Problem, SampleSheetError


@dataclass(frozen=True)
class MethodChange:
    """A subject counted by more than one method within a cycle, and why it is allowed.

    Attributes
    ----------
    subject_id, cycle : str, int
        Which pair.
    methods : tuple of str
        The methods, with the visits: `bead (D0)`.
    reason : str
        Why they may be compared, as given.
    """

    subject_id: str
    cycle: int
    methods: tuple[str, ...]
    reason: str


def check_count_methods(
    samples: Iterable[Sample], override_reason: str = ""
) -> tuple[MethodChange, ...]:
    """Find subjects whose count method changes within a cycle.

    Parameters
    ----------
    samples : iterable of Sample
        All samples of the study.
    override_reason : str, optional
        Why visits counted differently may be compared all the same.

    Returns
    -------
    tuple of MethodChange
        What was allowed, to be recorded; empty where nothing changes. Method `none`
        has no counts to compare and is no change.

    Raises
    ------
    SampleSheetError
        Where a method changes and no reason is given, with every such subject: methods
        differ systematically, so that the change of method would pass for an effect.
    """
    visits: dict[tuple[str, int, str], dict[str, set[str]]] = defaultdict(
        lambda: defaultdict(set)
    )
    for sample in samples:
        if sample.count_method != "none":
            key = (sample.subject_id, sample.cycle, sample.specimen)
            visits[key][sample.count_method].add(sample.visit)
    changes = tuple(
        MethodChange(
            subject_id,
            cycle,
            tuple(
                f"{method} ({', '.join(sorted(visits))})"
                for method, visits in sorted(methods.items())
            ),
            override_reason.strip(),
        )
        for (subject_id, cycle, _), methods in sorted(visits.items())
        if len(methods) > 1
    )
    if changes and not override_reason.strip():
        raise SampleSheetError(
            *(
                Problem(
                    f"samples.csv: subject {change.subject_id}, cycle {change.cycle}",
                    f"is counted by {' and by '.join(change.methods)}. Counts of "
                    "different methods cannot be compared: use one method, or give "
                    "count_method_change_reason under [counting] in study.toml.",
                )
                for change in changes
            )
        )
    return changes
