"""Read the limits of the checks from their document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from pydantic import Field, create_model

from cytoflow_blina.domain.document_schema import Table, read_document
from cytoflow_blina.domain.finding import CheckLimits
from cytoflow_blina.errors import ConfigError, Problem
from cytoflow_blina.quality.registry import UNITS


class _LimitsTable(Table):
    """One table of the document."""

    pass_low: float | None = None
    pass_high: float | None = None
    fail_low: float | None = None
    fail_high: float | None = None
    unit: str
    source: str = Field(min_length=1)


@dataclass(frozen=True)
class LimitsDocument:
    """Limits of every check.

    Attributes
    ----------
    limits : mapping of str to CheckLimits
        By code of the check.
    sources : mapping of str to str
        Where each comes from, in words.
    sha256 : str
        Hash of the document.
    """

    limits: Mapping[str, CheckLimits]
    sources: Mapping[str, str]
    sha256: str


def load_limits(path: Path) -> LimitsDocument:
    """Read a limits document.

    Parameters
    ----------
    path : Path
        TOML with one table for each check: `[QC_LYMPHOSUM]` with any of `pass_low,
        pass_high, fail_low, fail_high`, and with `unit` and `source`.

    Returns
    -------
    LimitsDocument
        Its limits and sources.

    Raises
    ------
    ConfigError
        With every fault: a check unknown or left out, a key unknown, a limit that is
        no number, no source, a unit that is not the check's, no limit at all, limits
        in a wrong order.
    """
    fields: dict[str, Any] = dict.fromkeys(UNITS, (_LimitsTable, ...))
    schema = create_model("LimitsSchema", __base__=Table, **fields)
    document = read_document(path, schema, ConfigError)
    tables = {
        code: cast("_LimitsTable", getattr(document.content, code)) for code in UNITS
    }
    problems = [
        Problem(f"{document.name}: {code}", message)
        for code, table in tables.items()
        for message in _faults(table, UNITS[code])
    ]
    if problems:
        raise ConfigError(*problems)
    return LimitsDocument(
        limits={
            code: CheckLimits(
                table.pass_low, table.pass_high, table.fail_low, table.fail_high
            )
            for code, table in tables.items()
        },
        sources={code: table.source for code, table in tables.items()},
        sha256=document.sha256,
    )


def _faults(table: _LimitsTable, unit: str) -> list[str]:
    """Find what is wrong with the limits of one check."""
    faults = []
    if table.unit != unit:
        faults.append(
            f"found unit {table.unit!r}, expected {unit!r}; give the limits in it."
        )
    ends = (table.fail_low, table.pass_low, table.pass_high, table.fail_high)
    given = [end for end in ends if end is not None]
    if not given:
        faults.append(
            "has no limit; give any of pass_low, pass_high, fail_low, fail_high."
        )
    if given != sorted(given):
        faults.append(
            "limits are out of order, expected fail_low <= pass_low <= pass_high <= "
            f"fail_high; found {' '.join(f'{end:g}' for end in given)}."
        )
    return faults
