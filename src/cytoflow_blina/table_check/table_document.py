"""Give the form of a printed table as a TOML document."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from cytoflow_blina.domain.document_schema import Table
from cytoflow_blina.table_check.table_model import Comparison, Summary, Test

Printed = str | int
"""A cell as printed; a string where digits after the point matter (`"55.4"`)."""

Name = Annotated[str, Field(min_length=1)]
Size = Annotated[int, Field(ge=0)]


class GroupEntry(Table):
    """A group: `[[group]]`."""

    name: Name
    n: Size


class TotalEntry(Table):
    """The column of all: `[total]`."""

    n: Size


class BlockEntry(Table):
    """A variable whose levels are rows: `[[block]]`."""

    name: Name
    p: Printed = ""
    p_of: Comparison = ""
    test: Test = "any"
    n: list[Size] = Field(default_factory=list)


class RowEntry(Table):
    """A line of the table: `[[row]]`; in a CSV table any line."""

    label: str
    block: str = ""
    cells: list[Printed] = Field(default_factory=list)
    total: Printed = ""
    p: Printed = ""
    p_of: Comparison = ""
    test: Test = "any"
    summary: Summary = ""
    n: list[Size] = Field(default_factory=list)


class ClaimEntry(Table):
    """What another place prints of rows of the table: `[[claim]]`."""

    where: Name
    block: str = ""
    rows: Annotated[list[Name], Field(min_length=1)]
    cells: list[Printed] = Field(default_factory=list)
    total: Printed = ""
    p: Printed = ""
    test: Test = "any"


class ElsewhereEntry(Table):
    """A row printed elsewhere for other people: `[[elsewhere]]`."""

    where: Name
    who: Name
    row: Name
    cell: Printed
    inside: str = ""
    holds: list[Name] = Field(default_factory=list)
    complete: bool = True


class UnionEntry(Table):
    """A row that is any of other rows by its definition: `[[union]]`."""

    row: Name
    of: Annotated[list[Name], Field(min_length=1)]


class SurvivalEntry(Table):
    """Survival of groups at one time: `[[survival]]`."""

    where: Name
    outcome: Name
    time: Name
    arms: Annotated[list[Name], Field(min_length=1)]
    n: list[Annotated[int, Field(ge=1)]] = Field(default_factory=list)
    rates: list[Printed] = Field(default_factory=list)
    p: Printed = ""


class ToldEntry(Table):
    """How many events the text tells of: `[[told]]`."""

    where: Name
    outcome: Name
    events: Size


class TableDocument(Table):
    """A printed table, with what other places of the paper say of it."""

    title: str = ""
    group: list[GroupEntry] = Field(default_factory=list)
    total: TotalEntry | None = None
    block: list[BlockEntry] = Field(default_factory=list)
    row: list[RowEntry] = Field(default_factory=list)
    claim: list[ClaimEntry] = Field(default_factory=list)
    elsewhere: list[ElsewhereEntry] = Field(default_factory=list)
    union: list[UnionEntry] = Field(default_factory=list)
    survival: list[SurvivalEntry] = Field(default_factory=list)
    told: list[ToldEntry] = Field(default_factory=list)
