"""Hold a table as a paper prints it, each number with its printed digits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from cytoflow_blina.domain.printed_number import PrintedNumber

Summary = Literal["", "count", "median_range", "median_iqr", "mean_sd", "value"]
Comparison = Literal["", "levels", "any", "severe"]
Test = Literal["any", "fisher", "chi2", "other"]

TOTAL = "total"


@dataclass(frozen=True)
class Cell:
    """One cell of a table; what it does not hold is None.

    Attributes
    ----------
    text : str
        What is printed; empty where nothing is.
    count, n : int or None
        How many, and of how many where the cell itself says so (`8/49`).
    percent : PrintedNumber or None
        The percentage.
    median, low, high : PrintedNumber or None
        Median with its range or its quartiles.
    n_others : int
        Numbers of which nothing can be recomputed: means, standard deviations, values.
    """

    text: str = ""
    count: int | None = None
    n: int | None = None
    percent: PrintedNumber | None = None
    median: PrintedNumber | None = None
    low: PrintedNumber | None = None
    high: PrintedNumber | None = None
    n_others: int = 0

    def slots(self) -> Iterator[str]:
        """Name the numbers of the cell.

        Yields
        ------
        str
            `count`, `percent`, ..., and `other 1`, `other 2`, ... for the rest.
        """
        for slot in ("count", "n", "percent", "median", "low", "high"):
            if getattr(self, slot) is not None:
                yield slot
        for number in range(self.n_others):
            yield f"other {number + 1}"


@dataclass(frozen=True)
class Group:
    """A group of the table: one column, and how many it has."""

    name: str
    n: int


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes
    ----------
    label : str
        As printed.
    block : str
        The variable whose level the row is; empty where it stands alone.
    cells : tuple of Cell
        One for each group.
    total : Cell
        All groups together.
    p : PrintedNumber or None
        P value on this line.
    n : tuple of int or None
        Assessed in each group, where that is stated for the row.
    test : {"any", "fisher", "chi2", "other"}
        The test that the paper names for it; P of an `other` is not recomputed.
    summary : {"", "count", "median_range", "median_iqr", "mean_sd", "value"}
        What the row holds; empty where that is told by its cells.
    n_missing : tuple of int or None
        Of whom nothing is known, in each group and in all, where the next row says so.
    """

    label: str
    block: str
    cells: tuple[Cell, ...]
    total: Cell
    p: PrintedNumber | None = None
    n: tuple[int | None, ...] = ()
    test: Test = "any"
    summary: Summary = ""
    n_missing: tuple[int | None, ...] = ()

    @property
    def place(self) -> str:
        """Name the row for people, its block first."""
        return f"{self.block}, {self.label}" if self.block else self.label


@dataclass(frozen=True)
class Block:
    """A variable whose levels are rows: each subject is in just one.

    Attributes
    ----------
    name : str
        The variable.
    p : PrintedNumber or None
        P value of the variable.
    p_of : {"", "levels", "any", "severe"}
        What P compares: all levels, the first with all others, the last with all
        others; empty where the paper does not say.
    test : {"any", "fisher", "chi2", "other"}
        The test that the paper names for it; P of an `other` is not recomputed.
    n : tuple of int or None
        Assessed in each group, where that is stated.
    """

    name: str
    p: PrintedNumber | None = None
    p_of: Comparison = ""
    test: Test = "any"
    n: tuple[int | None, ...] = ()


@dataclass(frozen=True)
class Repeat:
    """What another place of the paper prints of rows of the table.

    Attributes
    ----------
    where : str
        The other place.
    block : str
        Block of the rows; empty where a single row without block is meant.
    levels : tuple of str
        Labels of the rows, which count together.
    cells : tuple of Cell
        One for each group; empty cells for what is not repeated.
    total : Cell
        All groups together.
    p : PrintedNumber or None
        P of these rows against the rest of their block, or of the group.
    test : {"any", "fisher", "chi2", "other"}
        The test that the paper names for it; P of an `other` is not recomputed.
    """

    where: str
    block: str
    levels: tuple[str, ...]
    cells: tuple[Cell, ...]
    total: Cell
    p: PrintedNumber | None
    test: Test = "any"

    @property
    def place(self) -> str:
        """Name what is claimed, for people."""
        name = " + ".join(self.levels)
        name = f"{self.block}, {name}" if self.block else name
        return f"{self.where}: {name}"


@dataclass(frozen=True)
class Elsewhere:
    """A row printed elsewhere for people who are part, or hold part, of a column.

    Attributes
    ----------
    where, who : str
        Where it is printed, and of whom.
    row : str
        Label of the row.
    cell : Cell
        What is printed.
    inside : str
        The column that holds them: a group, or `total`; empty where `holds` is given.
    holds : tuple of str
        The groups that they hold.
    complete : bool
        False where some of the larger group may not have been measured.
    """

    where: str
    who: str
    row: str
    cell: Cell
    inside: str = ""
    holds: tuple[str, ...] = ()
    complete: bool = True

    @property
    def place(self) -> str:
        """Name it, for people."""
        return f"{self.where}: {self.row}, {self.who}"


@dataclass(frozen=True)
class AnyOf:
    """A row that, by its definition, is any of other rows; these may overlap."""

    row: str
    of: tuple[str, ...]


@dataclass(frozen=True)
class Survival:
    """Survival of groups at one time, as printed.

    Attributes
    ----------
    where, outcome, time : str
        Where it is printed, `OS`, `1 year`.
    arms : tuple of str
        The groups compared; no subject is in two.
    n : tuple of int or None
        Subjects in each; None where that is not known.
    rates, errors : tuple of PrintedNumber or None
        Survival and its standard error in each, in percent.
    p : PrintedNumber or None
        P of the comparison.
    """

    where: str
    outcome: str
    time: str
    arms: tuple[str, ...]
    n: tuple[int | None, ...]
    rates: tuple[PrintedNumber | None, ...]
    errors: tuple[PrintedNumber | None, ...]
    p: PrintedNumber | None

    @property
    def place(self) -> str:
        """Name it, for people."""
        return f"{self.where}: {self.outcome} at {self.time}, {' v '.join(self.arms)}"


@dataclass(frozen=True)
class Told:
    """How many events of an outcome the text tells of, in the whole follow-up."""

    where: str
    outcome: str
    events: int


@dataclass(frozen=True)
class PrintedTable:
    """A table as printed, with what other places of the paper say of it.

    Attributes
    ----------
    name : str
        File name without folder.
    title : str
        Title of the table.
    groups : tuple of Group
        Its groups, in the order of the cells.
    total_n : int or None
        How many there are in all; None where the table has no such column.
    rows, blocks, repeats, elsewhere, any_of, survival, told : tuple
        What is printed.
    """

    name: str
    title: str
    groups: tuple[Group, ...]
    total_n: int | None
    rows: tuple[Row, ...]
    blocks: Mapping[str, Block] = field(default_factory=dict)
    repeats: tuple[Repeat, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    any_of: tuple[AnyOf, ...] = ()
    survival: tuple[Survival, ...] = ()
    told: tuple[Told, ...] = ()

    @property
    def is_partition(self) -> bool:
        """Whether the groups make up the total."""
        return self.total_n == sum(group.n for group in self.groups)

    def levels(self, block: str) -> tuple[Row, ...]:
        """List the rows of a block, in the printed order.

        Parameters
        ----------
        block : str
            Name of the block.

        Returns
        -------
        tuple of Row
            Empty where there is no such block.
        """
        return tuple(row for row in self.rows if block and row.block == block)

    def columns(self) -> tuple[str, ...]:
        """List the names of the groups, and `total`.

        Returns
        -------
        tuple of str
            In the order of `cells_of`.
        """
        return (*(group.name for group in self.groups), TOTAL)


def number_key(place: str, column: str, slot: str) -> str:
    """Name one printed number, to say that it was checked.

    Parameters
    ----------
    place : str
        Row, repeat or other place.
    column : str
        Group, `total`, or empty.
    slot : str
        Which number of the cell.

    Returns
    -------
    str
        `Neutropenia, G0 | CR-MRDneg | percent`.
    """
    return " | ".join(part for part in (place, column, slot) if part)
