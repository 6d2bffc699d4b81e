"""Say what can go wrong, one branch for each document a person can mend.

::

    CytoflowBlinaError
    ├── FcsError            an FCS file
    │   ├── NotFcsError         no FCS header
    │   ├── CorruptFcsError     keywords and bytes contradict each other
    │   ├── TruncatedFcsError   the file ends before its events do
    │   ├── UnsupportedFcsError a form of FCS that is not read
    │   └── NoEventsError       a file without events
    ├── PanelError          a panel, or a tube that does not fit it
    ├── GatingError         a gating template, Gating-ML or a workspace
    ├── SampleSheetError    samples.csv, subjects.csv, cycles.csv, ...
    └── ConfigError         study.toml, limits, the command line

Every error carries its problems, each with the place where it was seen, so that
all faults of a document are told at once.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """One fault of a document: where it is, what is wrong, what to do."""

    where: str
    message: str

    def __str__(self) -> str:
        """Write the problem on one line."""
        return f"{self.where}: {self.message}" if self.where else self.message


class CytoflowBlinaError(Exception):
    """Be the ancestor of every error raised on purpose.

    Parameters
    ----------
    *problems : Problem
        Every fault of the document.
    """

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems

    def __reduce__(self) -> tuple[type[CytoflowBlinaError], tuple[Problem, ...]]:
        """Survive the way back from a worker process."""
        return type(self), self.problems


class FcsError(CytoflowBlinaError):
    """An FCS file cannot be read, and its text says why."""


class NotFcsError(FcsError):
    """The file does not begin with an FCS header."""


class CorruptFcsError(FcsError):
    """The file contradicts itself: keywords and bytes do not fit together."""


class TruncatedFcsError(FcsError):
    """The file ends before the events that it announces."""


class UnsupportedFcsError(FcsError):
    """The file is FCS of a form that is not read."""


class NoEventsError(FcsError):
    """The file is whole and holds no events."""


class PanelError(CytoflowBlinaError):
    """A panel document is wrong, or a tube does not fit its panel."""


class GatingError(CytoflowBlinaError):
    """A gating template, a Gating-ML file or a workspace is wrong."""


class SampleSheetError(CytoflowBlinaError):
    """A table of the study folder is wrong."""


class ConfigError(CytoflowBlinaError):
    """study.toml, a limits document or a command line is wrong."""


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Offer the nearest choice to a misspelt word.

    Parameters
    ----------
    word : str
        What was found.
    choices : iterable of str
        What was expected.

    Returns
    -------
    str
        `` Did you mean 'CD19'?`` with a leading space, or the empty string where
        nothing is near.
    """
    near = difflib.get_close_matches(word, list(choices), n=1, cutoff=0.5)
    return f" Did you mean {near[0]!r}?" if near else ""
