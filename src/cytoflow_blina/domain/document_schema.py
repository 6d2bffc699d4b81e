"""Read a TOML document through its schema, telling all its faults at once."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from cytoflow_blina.errors import CytoflowBlinaError, Problem, did_you_mean


class Table(BaseModel):
    """A table of a document: frozen, strict about its types and its keys."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False
    )


Schema = TypeVar("Schema", bound=Table)

_LONGEST_QUOTE = 80


@dataclass(frozen=True)
class Document(Generic[Schema]):
    """A document that has the form of its schema.

    Attributes
    ----------
    name : str
        File name without folder, where problems are reported.
    content : Table
        What it says.
    sha256 : str
        Hash of its bytes.
    """

    name: str
    content: Schema
    sha256: str


def read_document(
    path: Path, schema: type[Schema], error: type[CytoflowBlinaError]
) -> Document[Schema]:
    """Read a document and check it against its schema.

    Parameters
    ----------
    path : Path
        A TOML file in UTF-8.
    schema : type of Table
        The form it must have.
    error : type of CytoflowBlinaError
        What to raise, the branch named after the document.

    Returns
    -------
    Document
        Its content and its hash.

    Raises
    ------
    CytoflowBlinaError
        Of type `error`, where the file is absent or no TOML, or with every key that
        is unknown, missing or of a wrong type.
    """
    try:
        data = path.read_bytes()
    except OSError as cause:
        found = f"cannot be read ({cause.strerror}). Check the name and the folder."
        raise error(Problem(path.name, found)) from cause
    try:
        content = tomllib.loads(data.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
        raise error(Problem(path.name, f"is not valid TOML: {cause}.")) from cause
    try:
        document = schema.model_validate(content)
    except ValidationError as cause:
        raise error(*_problems(cause, schema, path.name)) from cause
    return Document(path.name, document, hashlib.sha256(data).hexdigest())


def _problems(
    error: ValidationError, schema: type[Table], name: str
) -> tuple[Problem, ...]:
    """Write what pydantic found for the person who owns the document."""
    problems = [_problem(found, schema, name) for found in error.errors()]
    # A number or a name, where neither is found, is reported once for each.
    return tuple({problem.where: problem for problem in reversed(problems)}.values())[
        ::-1
    ]


def _problem(found: ErrorDetails, schema: type[Table], name: str) -> Problem:
    """Write one finding of pydantic."""
    location, keys = _locate(found["loc"], schema)
    where = f"{name}: {location}" if location else name
    match found["type"]:
        case "extra_forbidden":
            message = f"unknown key; known are {', '.join(keys)}."
            message += did_you_mean(str(found["loc"][-1]), keys)
        case "missing":
            message = "is missing; add it."
        case _:
            expected = found["msg"].removeprefix("Value error, ")
            expected = expected.replace("Input should be", "must be")
            message = f"{expected}; found {_shortened(found['input'])}."
    return Problem(where, message)


def _shortened(value: object) -> str:
    """Quote what was found; of a whole table its beginning is enough."""
    text = repr(value)
    return text if len(text) <= _LONGEST_QUOTE else f"{text[: _LONGEST_QUOTE - 1]}…"


def _locate(
    location: tuple[int | str, ...], schema: type[Table]
) -> tuple[str, tuple[str, ...]]:
    """Write a place in a document, and list the keys that its table may have."""
    text = ""
    table: type[Table] | None = schema
    keys: tuple[str, ...] = tuple(_names(schema))
    for part in location:
        if isinstance(part, int):
            text += f"[{part}]"
            continue
        if table is None:
            # Inside a free mapping a key is a place; a member of a union is none.
            text += "" if _UNION_MEMBER.match(part) else f".{part}"
            continue
        text += f".{part}"
        keys = tuple(_names(table))
        annotation = _names(table).get(part)
        table = _table_in(annotation)
    return text.lstrip("."), keys


_UNION_MEMBER = re.compile(r"(float|str|int|bool|function-after\[.*)$")


def _names(schema: type[Table]) -> Mapping[str, Any]:
    """Keys of a table, as written in the document, with their types."""
    return {
        field.alias or name: field.annotation
        for name, field in schema.model_fields.items()
    }


def _table_in(annotation: Any) -> type[Table] | None:
    """Find the table that a list, a mapping or an optional value holds."""
    if isinstance(annotation, type) and issubclass(annotation, Table):
        return annotation
    for inner in get_args(annotation):
        table = _table_in(inner)
        if table is not None:
            return table
    return None
