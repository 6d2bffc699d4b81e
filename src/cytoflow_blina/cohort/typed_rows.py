"""Turn the cells of a table into typed rows, telling every fault with its row."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)
from pydantic_core import ErrorDetails

from cytoflow_blina.cohort.csv_document import CsvDocument
from cytoflow_blina.errors import Problem, did_you_mean

_UNFIT = re.compile(r'[<>:"/\\|?*;,\s]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_LONGEST_ID = 80
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_NEAR = 0.8


class TableRow(BaseModel):
    """One row of a table of the study folder; the fields are its columns.

    `carried` holds the columns that are not ours, as text.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    carried: dict[str, str] = Field(default_factory=dict)


AnyRow = TypeVar("AnyRow", bound=TableRow)


@dataclass(frozen=True)
class TypedRows(Generic[AnyRow]):
    """Rows that could be typed, and what is wrong with the others.

    Attributes
    ----------
    rows : tuple of (int, TableRow)
        Row number and row.
    problems : tuple of Problem
        Every fault of header and cells.
    """

    rows: tuple[tuple[int, AnyRow], ...]
    problems: tuple[Problem, ...]


def fit_for_file_name(text: str) -> str:
    """Pass an id that every file system can bear in a file name.

    Parameters
    ----------
    text : str
        The id; letters of any script, digits, and most signs but blanks.

    Returns
    -------
    str
        The same.

    Raises
    ------
    ValueError
        Saying which character, or which habit of file systems, is in the way.
    """
    unfit = _UNFIT.search(text)
    if unfit:
        raise ValueError(f"holds {unfit[0]!r}, which is unfit for a file name")
    if any(unicodedata.category(one)[0] == "C" for one in text):
        raise ValueError("holds a character that cannot be seen")
    if text[:1] in {".", "-", "~"} or text.endswith("."):
        raise ValueError("begins or ends with a sign that is unfit for a file name")
    if _RESERVED.fullmatch(text):
        raise ValueError("is a name that Windows keeps for itself")
    if len(text) > _LONGEST_ID:
        raise ValueError(f"is longer than {_LONGEST_ID} characters")
    return text


def _iso_date(value: Any) -> Any:
    """Read an ISO 8601 date; anything else would be guessed at."""
    if not isinstance(value, str):
        return value
    if not _ISO.fullmatch(value):
        raise ValueError("expected a date as 2024-05-31 or 2024-05-31T09:30")
    return datetime.fromisoformat(value)


FileId = Annotated[str, AfterValidator(fit_for_file_name)]
IsoDate = Annotated[datetime, BeforeValidator(_iso_date)]


def type_rows(document: CsvDocument, model: type[AnyRow]) -> TypedRows[AnyRow]:
    """Type the rows of a table.

    Parameters
    ----------
    document : CsvDocument
        The table.
    model : type of TableRow
        Its columns; `carried` takes those that are not among them.

    Returns
    -------
    TypedRows
        Empty cells take the default of their column.
    """
    known = [name for name in model.model_fields if name != "carried"]
    unknown = [name for name in document.header if name and name not in known]
    problems = _column_problems(document, known, unknown, model)
    rows = []
    for number, cells in document.rows:
        content = {name: cells[name] for name in known if cells.get(name)}
        carried = {name: cells[name] for name in unknown}
        try:
            rows.append((number, model.model_validate({**content, "carried": carried})))
        except ValidationError as error:
            problems += [
                Problem(
                    f"{document.name}: row {number}, column {found['loc'][0]}",
                    _below_limit(found, model) or _message(found),
                )
                for found in error.errors()
                if found["loc"][0] in document.header
            ]
    return TypedRows(tuple(rows), tuple(problems))


def _column_problems(
    document: CsvDocument,
    known: Sequence[str],
    unknown: Sequence[str],
    model: type[TableRow],
) -> list[Problem]:
    """Find columns that are wanting, and those that look like one that is wanting."""
    where = f"{document.name}: row 1"
    absent = [name for name in known if name not in document.header]
    problems, meant = [], set()
    for name in unknown:
        near = _nearest(name, absent)
        if near:
            meant.add(near)
            message = f"unknown column {name!r}. Did you mean {near!r}?"
            problems.append(Problem(where, message))
    problems += [
        Problem(where, f"column {name!r} is missing; add it.")
        for name in absent
        if model.model_fields[name].is_required() and name not in meant
    ]
    return problems


def _nearest(name: str, choices: Sequence[str]) -> str:
    """Find the column that a name was meant to be; empty where it is its own.

    Upper case, blanks and hyphens do not count; beyond them four letters in five must
    agree.
    """

    def likeness(choice: str) -> float:
        plain = re.sub(r"[\s\-.]+", "_", name.casefold())
        return SequenceMatcher(None, plain, choice).ratio()

    best = max(choices, key=likeness, default="")
    return best if best and likeness(best) >= _NEAR else ""


def _message(found: ErrorDetails) -> str:
    """Say what was found in a cell and what was expected."""
    value, limits = found["input"], found.get("ctx", {})
    match found["type"]:
        case "missing":
            return "is empty; fill it."
        case "int_parsing" | "int_from_float":
            expected = "a whole number"
        case "float_parsing" | "finite_number":
            expected = "a number"
            if isinstance(value, str) and _DECIMAL_COMMA.fullmatch(value):
                expected += f" with a decimal point: {value.replace(',', '.')}"
        case "bool_parsing":
            expected = "0 or 1"
        case "literal_error" | "enum":
            choices = re.findall(r"'([^']*)'", str(limits.get("expected", "")))
            expected = f"one of {', '.join(choices)}"
            return f"found {value!r}, expected {expected}." + did_you_mean(
                str(value), choices
            )
        case "value_error":
            return f"found {value!r}: {limits.get('error', '')}."
        case _:
            expected = _bounds(limits) or found["msg"]
    return f"found {value!r}, expected {expected}."


def _below_limit(found: ErrorDetails, model: type[TableRow]) -> str:
    """Say how a value below a limit is written, in a table that has columns for it."""
    if found["loc"][0] != "value" or "censored" not in model.model_fields:
        return ""
    if not str(found["input"]).startswith(("<", "\N{LESS-THAN OR EQUAL TO}")):
        return ""
    return (
        f"{_message(found).removesuffix('.')}; for a value below a limit write the "
        "limit in column lower_limit and 1 in column censored."
    )


def _bounds(limits: Mapping[str, Any]) -> str:
    """Write the bound that a number breaks."""
    words = {"gt": "more than", "ge": "at least", "lt": "less than", "le": "at most"}
    return " and ".join(
        f"{words[key]} {limit:g}" for key, limit in limits.items() if key in words
    )
