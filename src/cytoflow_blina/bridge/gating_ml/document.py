"""Read a Gating-ML 2.0 document, or write one."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lxml import etree

from cytoflow_blina.bridge.gating_ml.reader import read_document
from cytoflow_blina.bridge.gating_ml.writer import build_document
from cytoflow_blina.bridge.safe_xml import Element, parse_xml
from cytoflow_blina.domain.gate import GatingStrategy
from cytoflow_blina.errors import GatingError, Problem


def read_gating_ml(path: Path) -> GatingStrategy:
    """Read a Gating-ML 2.0 document.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    GatingStrategy
        Gates in the order of the document, as far as parents and operands then come
        first. Each quadrant is a rectangle that names its quadrant gate.

    Raises
    ------
    GatingError
        The file is missing, not well-formed, declares entities, breaks the schema, or
        says something that cannot be followed: all such faults, each with its line.
    """
    root = parse_xml(path)
    problems = _schema_problems(path.name, root)
    if problems:
        raise GatingError(*problems)
    return read_document(path.name, root)


def write_gating_ml(strategy: GatingStrategy, path: Path) -> None:
    """Write a gating strategy as a Gating-ML 2.0 document.

    Parameters
    ----------
    strategy : GatingStrategy
        The gates and what they need.
    path : Path
        The file, replaced in one step where it exists; its folder must exist.

    Raises
    ------
    GatingError
        Something that Gating-ML cannot express, such as FlowJo's scales.

    Notes
    -----
    The same strategy gives the same bytes. Numbers are written so that the same
    float64 is read back, so that an event exactly on a limit stays on its side.
    """
    root = build_document(path.name, strategy)
    content = etree.tostring(
        root, encoding="UTF-8", xml_declaration=True, pretty_print=True
    )
    problems = _schema_problems(path.name, etree.fromstring(content))
    if problems:
        raise GatingError(*problems)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    part.replace(path)


def _schema_problems(document: str, root: Element) -> list[Problem]:
    """List where a document breaks the schema."""
    schema = _schema()
    if schema.validate(root):
        return []
    return [
        Problem(f"{document}, line {fault.line}", _without_namespaces(fault.message))
        for fault in schema.error_log
    ]


def _without_namespaces(message: str) -> str:
    """Shorten the schema's message to names that a person knows."""
    return re.sub(r"\{[^}]*\}", "", message)


@lru_cache(maxsize=1)
def _schema() -> Any:
    """Load the schema from FlowKit's folder, without importing FlowKit."""
    package = find_spec("flowkit")
    if package is None or not package.submodule_search_locations:
        raise GatingError(
            Problem("Gating-ML schema", "FlowKit is not installed; install it.")
        )
    folder = Path(package.submodule_search_locations[0])
    return etree.XMLSchema(file=folder / "_resources" / "Gating-ML.v2.0.xsd")
