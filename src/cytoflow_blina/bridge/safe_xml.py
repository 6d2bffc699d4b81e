"""Parse XML from outside without obeying it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException
from lxml import etree

from cytoflow_blina.errors import GatingError, Problem

Element = Any  # lxml carries no types


def parse_xml(path: Path) -> Element:
    """Parse an XML file that declares no document type and no entities.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    lxml element
        The root; comments and processing instructions are left out, and every element
        knows its line.

    Raises
    ------
    GatingError
        The file is missing, is not well-formed, is in an encoding that is not read,
        or declares a document type.

    Notes
    -----
    A document type can name entities that swell to gigabytes or pull in other files.
    No gating document needs one, so it is refused before anything is expanded.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise GatingError(Problem(path.name, f"cannot be read: {reason}.")) from error
    try:
        defusedxml.ElementTree.fromstring(content, forbid_dtd=True)
    except DefusedXmlException as error:
        message = (
            "declares a document type or entities, which are refused. Remove the "
            "DOCTYPE."
        )
        raise GatingError(Problem(path.name, message)) from error
    except ParseError as error:
        line, column = error.position
        where = f"{path.name}, line {line}"
        message = f"is not well-formed XML near column {column + 1} ({error.msg})."
        raise GatingError(Problem(where, message)) from error
    except (LookupError, ValueError) as error:
        message = "is in an encoding that is not read. Save it as UTF-8."
        raise GatingError(Problem(path.name, message)) from error
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        # lxml sets limits of its own: 256 levels, 10 MB in one text.
        reason = str(error.msg).partition("\n")[0]
        raise GatingError(Problem(path.name, f"cannot be read: {reason}.")) from error
