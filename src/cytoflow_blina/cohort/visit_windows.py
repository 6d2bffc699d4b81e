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


@dataclass(frozen=True)
class VisitWindows:
    """Windows of the visits of a study.

    Attributes
    ----------
    days : mapping of str to sequence of two int
        First and last day of a visit; these take the place of the standard ones.
    infusion_days : mapping of (str, int) to int
        Length of the infusion, by subject and cycle, where it is known.
    """

    days: Mapping[str, Sequence[int]] = field(default_factory=dict)
    infusion_days: Mapping[tuple[str, int], int] = field(default_factory=dict)

    def problem(self, sample: Sample) -> str:
        """Say that a sample was drawn outside the window of its visit.

        Parameters
        ----------
        sample : Sample
            The sample.

        Returns
        -------
        str
            Empty where it was drawn within, where its day is not known, and where its
            visit has no window.
        """
        window = self._window(sample)
        if window is None or sample.rel_day is None:
            return ""
        first, last = window
        if first <= sample.rel_day <= last:
            return ""
        return (
            f"{sample.visit} drawn on day {sample.rel_day}, outside its window of day "
            f"{first} to {last}"
        )

    def _window(self, sample: Sample) -> tuple[int, int] | None:
        declared = self.days.get(sample.visit)
        if declared is not None:
            return declared[0], declared[1]
        length = self.infusion_days.get((sample.subject_id, sample.cycle))
        if sample.visit == "EOT" and length is not None:
            return length - _DAYS_AROUND_THE_END, length + _DAYS_AROUND_THE_END
        return WINDOWS.get(sample.visit)
