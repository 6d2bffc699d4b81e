"""Say on which days of an infusion a visit may be drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from cytoflow_blina.domain.sample import Sample

WINDOWS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "D0": (-7, 0),
        "D14": (12, 16),
        "D21": (19, 23),
        "D28": (26, 30),
        "EOT": (26, 30),
    }
)
"""First and last day of each visit, unless study.toml says otherwise.

The end of treatment is within two days of the last day of the infusion, where that is
known.
"""

_DAYS_AROUND_THE_END = 2
_CLOCKS_APART = 1
"""Days by which a day of the sheet and one of the dates may differ: midnights."""


@dataclass(frozen=True)
class VisitWindows:
    """Windows of the visits of a study.

    Attributes
    ----------
    days : mapping of str to sequence of two int
        First and last day of a visit; these take the place of the standard ones.
    infusion_days : mapping of (str, int) to int
        Length of the infusion, by subject and cycle, where it is known.
    dated_days : mapping of str to int
        Day of the infusion by the dates of both, by sample, where they are known.
    """

    days: Mapping[str, Sequence[int]] = field(default_factory=dict)
    infusion_days: Mapping[tuple[str, int], int] = field(default_factory=dict)
    dated_days: Mapping[str, int] = field(default_factory=dict)

    def problem(self, sample: Sample) -> str:
        """Say that a sample was drawn outside the window of its visit, or when is open.

        Parameters
        ----------
        sample : Sample
            The sample.

        Returns
        -------
        str
            Empty where it was drawn within, where its day is not known, and where its
            visit has no window. Where the sheet gives no day, that of the dates counts.
        """
        window, dated = self._window(sample), self.dated_days.get(sample.sample_id)
        day = dated if sample.rel_day is None else sample.rel_day
        if window is None or day is None:
            return ""
        if dated is not None and abs(day - dated) > _CLOCKS_APART:
            return (
                f"{sample.visit} has rel_day {day}, but was collected on day {dated} "
                "of the infusion: which is right is not said"
            )
        first, last = window
        if first <= day <= last:
            return ""
        return (
            f"{sample.visit} drawn on day {day}, outside its window of day {first} to "
            f"{last}"
        )

    def _window(self, sample: Sample) -> tuple[int, int] | None:
        declared = self.days.get(sample.visit)
        if declared is not None:
            return declared[0], declared[1]
        length = self.infusion_days.get((sample.subject_id, sample.cycle))
        if sample.visit == "EOT" and length is not None:
            return length - _DAYS_AROUND_THE_END, length + _DAYS_AROUND_THE_END
        return WINDOWS.get(sample.visit)
