"""Lay out what ran: versions, documents, inputs, settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ProvenanceGroup:
    """One part of the provenance.

    Attributes
    ----------
    title : str
        Its name.
    rows : tuple of (str, str)
        Names and values; a name within a name is joined by a dot.
    """

    title: str
    rows: tuple[tuple[str, str], ...]


def lay_out_provenance(provenance: Mapping[str, Any]) -> tuple[ProvenanceGroup, ...]:
    """Turn `provenance.json` into groups of names and values.

    Parameters
    ----------
    provenance : mapping of str to object
        What JSON holds, nested as it may be.

    Returns
    -------
    tuple of ProvenanceGroup
        First what stands at the top alone, as `run`; then one for each nested part,
        in the order of the file. Empty where there is no provenance.
    """
    single = {key: one for key, one in provenance.items() if not _is_nested(one)}
    groups = [ProvenanceGroup("run", tuple(_flatten(single)))] if single else []
    groups += [
        ProvenanceGroup(key, tuple(_flatten(part)))
        for key, part in provenance.items()
        if _is_nested(part) and part
    ]
    return tuple(groups)


def _is_nested(value: object) -> bool:
    return isinstance(value, dict | list)


def _flatten(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _flatten(part, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list) and any(_is_nested(part) for part in value):
        for position, part in enumerate(value, start=1):
            yield from _flatten(part, f"{name}.{position}" if name else str(position))
    elif isinstance(value, list):
        yield name, ", ".join(_in_words(part) for part in value)
    else:
        yield name, _in_words(value)


def _in_words(value: object) -> str:
    match value:
        case None:
            return ""
        case True:
            return "yes"
        case False:
            return "no"
        case _:
            return str(value)
