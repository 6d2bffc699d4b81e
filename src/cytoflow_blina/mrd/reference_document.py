"""Read and write a normal reference as a TOML document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import tomli_w
from pydantic import Field

from cytoflow_blina.domain.document_schema import Table, read_document
from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.domain.mrd import NormalPopulation, NormalReference, TubeReference
from cytoflow_blina.errors import GatingError, Problem

Text = Annotated[str, Field(min_length=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Correlation = Annotated[float, Field(gt=-1, lt=1)]

_DIGITS = 4
"""Decimals of levels and correlations: a ten-thousandth of a decade is no light."""

_HEAD = """\
# What normal cells of B lineage look like, tube by tube: stations along maturation and
# other normal cells that the gate of B lineage lets in. Levels are decades on the axis
# asinh(x / cofactor) / ln 10; 'sd' and 'correlation' (with the markers before it) tell
# how the cells of one marrow scatter, 'between_tubes' by how much marrows differ in
# brightness (SD) once their anchors agree. Do not edit by hand: learn it again.
"""


class _PopulationTable(Table):
    """One `[[tube.population]]`."""

    name: Text
    weight: Annotated[float, Field(ge=0, le=1)]
    mean: list[float]
    sd: list[Positive]
    correlation: list[list[Correlation]]


class _TubeTable(Table):
    """One `[[tube]]`."""

    id: str
    cofactor: Positive
    markers: Annotated[list[Text], Field(min_length=2)]
    between_tubes: list[NotNegative]
    anchors: dict[str, list[float]] = Field(default_factory=dict)
    population: Annotated[list[_PopulationTable], Field(min_length=1)]


class _ReferenceTable(Table):
    """A whole reference document."""

    name: Text
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    panel: Text
    learnt_from: Text
    tube: Annotated[list[_TubeTable], Field(min_length=1)]


def load_reference(path: Path) -> NormalReference:
    """Read and check a normal reference.

    Parameters
    ----------
    path : Path
        A TOML file, such as `gating/references/bcp-all-mrd-aieop-bfm.toml`.

    Returns
    -------
    NormalReference
        With the hash of the document.

    Raises
    ------
    GatingError
        With every problem of the document: no TOML, keys that are unknown, missing or
        of a wrong type, a tube or a marker twice, lists that do not have one number
        for each marker, correlations that no cells can have.
    """
    document = read_document(path, _ReferenceTable, GatingError)
    content = document.content
    problems = tuple(_problems(content, document.name))
    if problems:
        raise GatingError(*problems)
    return NormalReference(
        name=content.name,
        version=content.version,
        panel=content.panel,
        learnt_from=content.learnt_from,
        tubes=tuple(_tube(tube) for tube in content.tube),
        sha256=document.sha256,
    )


def write_reference(reference: NormalReference, path: Path) -> None:
    """Write a normal reference; the same reference gives the same bytes.

    Parameters
    ----------
    reference : NormalReference
        What was learnt; its hash is that of the file, and is not written into it.
    path : Path
        File to write, in a folder that exists; one that is there is replaced. Levels
        and correlations are rounded to four decimals, the cofactor is not.
    """
    lines = [
        _HEAD,
        *(
            f"{key} = {_text(getattr(reference, key))}"
            for key in ("name", "version", "panel", "learnt_from")
        ),
    ]
    for tube in reference.tubes:
        lines += _tube_lines(tube)
    partial = path.with_name(f".{path.name}.part")
    partial.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    partial.replace(path)


def _tube(table: _TubeTable) -> TubeReference:
    """Turn the table of a tube into the value that it describes."""
    return TubeReference(
        tube=table.id,
        markers=tuple(table.markers),
        cofactor=table.cofactor,
        populations=tuple(
            NormalPopulation(one.name, np.array(one.mean), _covariance(one), one.weight)
            for one in table.population
        ),
        anchors={path: np.array(levels) for path, levels in table.anchors.items()},
        between_tubes=np.array(table.between_tubes),
    )


def _covariance(table: _PopulationTable) -> FloatArray:
    """Put SDs and correlations together; shape (n_markers, n_markers)."""
    matrix = np.eye(len(table.sd))
    for row, values in enumerate(table.correlation):
        matrix[row, :row] = matrix[:row, row] = values
    covariance: FloatArray = matrix * np.outer(table.sd, table.sd)
    return covariance


def _problems(content: _ReferenceTable, name: str) -> Iterator[Problem]:
    """Find what the schema cannot see."""
    seen: set[str] = set()
    for number, tube in enumerate(content.tube):
        where = f"{name}: tube[{number}]"
        if tube.id in seen:
            yield Problem(where, f"tube {tube.id!r} stands twice; remove one.")
        seen.add(tube.id)
        yield from _tube_problems(tube, where)


def _tube_problems(tube: _TubeTable, where: str) -> Iterator[Problem]:
    """Find markers that stand twice, and lists of a wrong length."""
    n_markers = len(tube.markers)
    for marker in dict.fromkeys(tube.markers):
        if tube.markers.count(marker) > 1:
            message = f"marker {marker!r} stands twice; remove one."
            yield Problem(f"{where}.markers", message)
    lists = {f"{where}.between_tubes": tube.between_tubes}
    lists |= {f"{where}.anchors.{path!r}": one for path, one in tube.anchors.items()}
    for place, values in lists.items():
        yield from _length_problem(place, len(values), n_markers)
    for number, population in enumerate(tube.population):
        yield from _population_problems(
            population, f"{where}.population[{number}]", n_markers
        )


def _population_problems(
    population: _PopulationTable, where: str, n_markers: int
) -> Iterator[Problem]:
    """Find lists of a wrong length, and a spread that no cells can have."""
    problems = [
        *_length_problem(f"{where}.mean", len(population.mean), n_markers),
        *_length_problem(f"{where}.sd", len(population.sd), n_markers),
    ]
    rows = [len(row) for row in population.correlation]
    if rows != list(range(n_markers)):
        message = (
            f"rows of {rows} numbers, expected one row for each of {n_markers} markers "
            f"with its correlations with those before it: {list(range(n_markers))}. "
            "Learn the reference again."
        )
        problems.append(Problem(f"{where}.correlation", message))
    if not problems and np.linalg.eigvalsh(_covariance(population)).min() <= 0:
        message = (
            "no cells can have these correlations together (the matrix is not "
            "positive). Learn the reference again."
        )
        problems.append(Problem(f"{where}.correlation", message))
    yield from problems


def _length_problem(where: str, n_found: int, n_expected: int) -> Iterator[Problem]:
    """Find a list that does not have one number for each marker."""
    if n_found != n_expected:
        message = (
            f"{n_found} numbers, expected {n_expected}, one for each marker. Learn the "
            "reference again."
        )
        yield Problem(where, message)


def _tube_lines(tube: TubeReference) -> list[str]:
    """Write one tube."""
    lines = [
        "",
        "[[tube]]",
        f"id = {_text(tube.tube)}",
        f"cofactor = {float(tube.cofactor)!r}",
        f"markers = [{', '.join(_text(marker) for marker in tube.markers)}]",
        f"between_tubes = {_numbers(tube.between_tubes)}",
    ]
    if tube.anchors:
        lines += ["", "[tube.anchors]"]
        lines += [
            f"{_text(path)} = {_numbers(levels)}"
            for path, levels in tube.anchors.items()
        ]
    for population in tube.populations:
        lines += ["", "[[tube.population]]", *_population_lines(population)]
    return lines


def _population_lines(population: NormalPopulation) -> list[str]:
    """Write one population."""
    sd = np.sqrt(np.diag(population.covariance))
    correlation = population.covariance / np.outer(sd, sd)
    rows = [f"  {_numbers(correlation[row, :row])}," for row in range(sd.size)]
    return [
        f"name = {_text(population.name)}",
        f"weight = {round(float(population.weight), 6)!r}",
        f"mean = {_numbers(population.mean)}",
        f"sd = {_numbers(sd)}",
        "correlation = [",
        *rows,
        "]",
    ]


def _numbers(values: FloatArray | Sequence[float]) -> str:
    """Write numbers in one line; no -0.0."""
    return f"[{', '.join(repr(round(float(v), _DIGITS) + 0.0) for v in values)}]"


def _text(text: str) -> str:
    """Write text as TOML does."""
    return tomli_w.dumps({"x": text}).removeprefix("x = ").rstrip("\n")
