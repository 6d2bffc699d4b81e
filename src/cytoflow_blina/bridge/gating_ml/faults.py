"""Gather what is wrong with a document, each fault with its line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import isinf, isnan

from cytoflow_blina.bridge.safe_xml import Element
from cytoflow_blina.errors import GatingError, Problem, did_you_mean


@dataclass(frozen=True)
class Faults:
    """What is wrong with a document, gathered while it is read."""

    document: str
    problems: list[Problem] = field(default_factory=list)

    def note(self, element: Element, message: str) -> None:
        """Note a fault at an element.

        Parameters
        ----------
        element : lxml element
            Where it is.
        message : str
            What is wrong and what to do.
        """
        kind = element.tag.rpartition("}")[2]
        where = f"{self.document}, line {element.sourceline}, {kind}"
        self.problems.append(Problem(where, message))

    def unknown(
        self, element: Element, kind: str, name: str, choices: Iterable[str]
    ) -> None:
        """Note a reference that leads nowhere.

        Parameters
        ----------
        element : lxml element
            Where it is.
        kind : str
            What is referred to: `scale`, `gate`, ...
        name : str
            The id.
        choices : iterable of str
            The ids that there are.
        """
        choices = list(choices)
        self.note(
            element,
            f"refers to the {kind} {name!r}, which is not defined; defined: "
            f"{', '.join(choices) or 'none'}.{did_you_mean(name, choices)}",
        )

    def check(self) -> None:
        """Raise what was noted.

        Raises
        ------
        GatingError
            Where anything was.
        """
        if self.problems:
            raise GatingError(*self.problems)


def number(
    element: Element, attribute: str, faults: Faults, *, may_be_infinite: bool = False
) -> float | None:
    """Read a number from an attribute.

    Parameters
    ----------
    element : lxml element
        The element; the schema has seen to it that the attribute holds a number.
    attribute : str
        Name with namespace.
    faults : Faults
        Notes NaN, which no number of a gate can be, and infinity.
    may_be_infinite : bool
        Whether infinity means an open end.

    Returns
    -------
    float or None
        None where the attribute is absent.
    """
    text = element.get(attribute)
    if text is None:
        return None
    value = float(text)
    name = attribute.rpartition("}")[2]
    if isnan(value):
        faults.note(element, f"{name} is NaN.")
    elif isinf(value) and not may_be_infinite:
        faults.note(element, f"{name} is infinite; give a number.")
    return value
