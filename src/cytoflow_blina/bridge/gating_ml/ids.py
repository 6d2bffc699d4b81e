"""Name gates, scales and matrices in Gating-ML, where one id serves all and names one.

An id of Gating-ML is an XML name, alone in the whole document, whereas our names stand
in a tree and may hold any character. Characters that an XML name cannot hold are
written as `_x002B_`, in the manner of ISO 9075-14. A name that occurs twice is written
with its path, and the number of slashes before it says what it names.
"""

from __future__ import annotations

import re

GATE = "/"
QUADRANT_GATE = "//"
DIVIDER = "///"
SCALE = "//scale//"
RATIO = "//ratio//"
MATRIX = "//matrix//"

_UNFIT = re.compile(r"[^A-Za-z0-9_.\-]|_(?=x[0-9A-Fa-f]{4,6}_)|^[0-9.\-]")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4,6})_")
_LAST_CHARACTER = 0x10FFFF


def encode(label: str) -> str:
    """Write a label as an XML name.

    Parameters
    ----------
    label : str
        Any text; the empty one has no XML name and stays empty.

    Returns
    -------
    str
        The label where it is an XML name already. `root` is escaped, since FlowKit
        takes a gate of that name for the tree itself.
    """
    if label == "root":
        return "_x0072_oot"
    return _UNFIT.sub(lambda unfit: f"_x{ord(unfit[0]):04X}_", label)


def decode(xml_id: str) -> str:
    """Undo `encode`; an id that was not made by it comes back as it is.

    Parameters
    ----------
    xml_id : str
        An id of a document.

    Returns
    -------
    str
        The label.
    """

    def character(escape: re.Match[str]) -> str:
        code = int(escape[1], 16)
        return chr(code) if code <= _LAST_CHARACTER else escape[0]

    return _ESCAPE.sub(character, xml_id)


def gate_name(xml_id: str, parent_path: str) -> str:
    """Find the name of a gate in the tree.

    Parameters
    ----------
    xml_id : str
        Its id in the document.
    parent_path : str
        Path of its parent, empty at the root.

    Returns
    -------
    str
        The name; the id itself where the decoded one cannot be part of a path.
    """
    label = decode(xml_id)
    if label.startswith(GATE):
        head, _, name = label.rpartition("/")
        expected = f"{GATE}{parent_path}" if parent_path else ""
        return name if name and head == expected else xml_id
    return xml_id if "/" in label else label


def plain_name(xml_id: str) -> str:
    """Find the name of a quadrant gate, a scale, a ratio or a matrix.

    Parameters
    ----------
    xml_id : str
        Its id in the document.

    Returns
    -------
    str
        The name.
    """
    label = decode(xml_id)
    for kind in (SCALE, RATIO, MATRIX):
        if label.startswith(kind):
            return label.removeprefix(kind)
    if label.startswith(QUADRANT_GATE):
        return label.rpartition("/")[2]
    return label


class IdRegister:
    """Hold the ids that a document has used up."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, *labels: str) -> str:
        """Take the first label whose id is free.

        Parameters
        ----------
        *labels : str
            Labels, best first; the last is known to be unique.

        Returns
        -------
        str
            The id, now taken.
        """
        ids = [encode(label) for label in labels]
        chosen = next((one for one in ids if one not in self._taken), ids[-1])
        self._taken.add(chosen)
        return chosen
