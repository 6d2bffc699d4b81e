"""Check a table as a paper prints it against its own numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cytoflow_blina.domain.printed_number import PrintedNumber
from cytoflow_blina.table_check.printed_table import read_printed_table
from cytoflow_blina.table_check.table_counts import Check, cells_of, keys_of
from cytoflow_blina.table_check.table_model import (
    PrintedTable,
    Repeat,
    Row,
    Survival,
    number_key,
)
from cytoflow_blina.table_check.table_rules import RULES


@dataclass(frozen=True)
class TableFinding:
    """A number that does not fit.

    Attributes
    ----------
    severity : {"error", "note"}
        Whether numbers contradict each other, or are odd or incomplete.
    rule : str
        What was checked.
    place : str
        Where in the table.
    message : str
        What does not fit, with the numbers.
    """

    severity: str
    rule: str
    place: str
    message: str


@dataclass(frozen=True)
class TableCheck:
    """What checking a printed table gave.

    Attributes
    ----------
    name, title : str
        File and title of the table.
    findings : tuple of TableFinding
        Errors first.
    n_checked : int
        Printed numbers that took part in at least one comparison.
    not_checkable : tuple of str
        The others, of which nothing can be recomputed: `Age | CR | median`.
    """

    name: str
    title: str
    findings: tuple[TableFinding, ...]
    n_checked: int
    not_checkable: tuple[str, ...]

    @property
    def has_errors(self) -> bool:
        """Whether any numbers contradict each other."""
        return any(one.severity == "error" for one in self.findings)

    def as_text(self) -> str:
        """Write the findings for people.

        Returns
        -------
        str
            One line a finding; the last line counts the numbers that were checked and
            those that cannot be.
        """
        title = f"{self.title} ({self.name})" if self.title else self.name
        lines = [title, ""]
        lines += [
            f"{one.severity.upper():5}  {one.place}: {one.message} [{one.rule}]"
            for one in self.findings
        ]
        if not self.findings:
            lines.append("Nothing found.")
        counts = f"{self.n_checked} numbers checked, "
        counts += f"{len(self.not_checkable)} not checkable"
        lines += ["", counts]
        return "\n".join(lines) + "\n"

    def as_dict(self) -> Mapping[str, object]:
        """Give the findings to a machine.

        Returns
        -------
        mapping of str to object
            Ready for JSON: `name, title, has_errors, findings, n_checked,
            not_checkable`.
        """
        return {
            "name": self.name,
            "title": self.title,
            "has_errors": self.has_errors,
            "findings": [
                {
                    "severity": one.severity,
                    "rule": one.rule,
                    "place": one.place,
                    "message": one.message,
                }
                for one in self.findings
            ],
            "n_checked": self.n_checked,
            "not_checkable": list(self.not_checkable),
        }


def check_table(path: Path) -> TableCheck:
    """Check a table as a paper prints it against its own numbers.

    Parameters
    ----------
    path : Path
        The table, typed as `.csv` or `.toml`.

    Returns
    -------
    TableCheck
        Every number that does not fit, and how many could be checked.

    Raises
    ------
    ConfigError
        Where the file cannot be read, with every fault of the document.
    """
    return check_printed_table(read_printed_table(path))


def check_printed_table(table: PrintedTable) -> TableCheck:
    """Check a printed table that was read already.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Returns
    -------
    TableCheck
        Every number that does not fit, and how many could be checked.
    """
    checks = [check for rule in RULES.values() for check in rule(table)]
    findings = [_finding(check) for check in checks if check.message]
    seen = {key for check in checks for key in check.numbers}
    keys = list(dict.fromkeys(printed_numbers(table)))
    return TableCheck(
        name=table.name,
        title=table.title,
        findings=tuple(sorted(findings, key=lambda one: one.severity)),
        n_checked=sum(key in seen for key in keys),
        not_checkable=tuple(key for key in keys if key not in seen),
    )


def printed_numbers(table: PrintedTable) -> Iterator[str]:
    """Name every number of a table but the sizes of its groups.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Yields
    ------
    str
        Keys as `number_key` writes them.
    """
    placed: tuple[Row | Repeat, ...] = (*table.rows, *table.repeats)
    for row in placed:
        for _, name, cell in cells_of(table, row):
            yield from keys_of(row.place, name, cell)
        yield from _p_key(row.place, row.p)
    for block in table.blocks.values():
        yield from _p_key(block.name, block.p)
    for one in table.elsewhere:
        yield from keys_of(one.place, "", one.cell)
    for survival in table.survival:
        yield from _survival_keys(survival)
    for told in table.told:
        yield number_key(f"{told.where}: {told.outcome} events", "", "events")


def _survival_keys(one: Survival) -> Iterator[str]:
    """Name the numbers of survival at one place."""
    for arm, rate, error in zip(one.arms, one.rates, one.errors, strict=True):
        for slot, number in (("rate", rate), ("standard error", error)):
            if number is not None:
                yield number_key(one.place, arm, slot)
    yield from _p_key(one.place, one.p)


def _p_key(place: str, p: PrintedNumber | None) -> Iterator[str]:
    """Name a P value where there is one."""
    if p is not None:
        yield number_key(place, "", "P")


def _finding(check: Check) -> TableFinding:
    """Keep of a check what people are told."""
    return TableFinding(check.severity, check.rule, check.place, check.message)
