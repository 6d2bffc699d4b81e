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
    header : tuple of str
        Names of the columns of a list; empty where rows are a name and a value.
    rows : tuple of tuple of str
        Cells; a name within a name is joined to it by a dot.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def lay_out_provenance(provenance: Mapping[str, Any]) -> tuple[ProvenanceGroup, ...]:
    """Turn `provenance.json` into small tables.

    Parameters
    ----------
    provenance : mapping of str to object
        What JSON holds, nested as it may be.

    Returns
    -------
    tuple of ProvenanceGroup
        First what stands at the top alone, as `run`; then one for each nested part,
        in the order of the file; a list of objects has a column for each of their
        keys. Empty where there is no provenance.
    """
    single = {key: one for key, one in provenance.items() if not _is_nested(one)}
    groups = [ProvenanceGroup("run", (), tuple(_flatten(single)))] if single else []
    for key, part in provenance.items():
        if _is_nested(part) and part:
            groups.append(_group(key, part))
    return tuple(groups)


def _group(title: str, part: object) -> ProvenanceGroup:
    if isinstance(part, list) and all(isinstance(one, dict) for one in part):
        flat = [dict(_flatten(one)) for one in part]
        header = tuple(dict.fromkeys(key for one in flat for key in one))
        rows = tuple(tuple(one.get(key, "") for key in header) for one in flat)
        return ProvenanceGroup(title, header, rows)
    return ProvenanceGroup(title, (), tuple(_flatten(part)))


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
