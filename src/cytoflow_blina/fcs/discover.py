"""Find FCS files below a folder."""

from __future__ import annotations

import re
from pathlib import Path

# CellQuest numbers its files: `Data.001`, `Data.002`, ...
_FCS_NAME = re.compile(r"\.(fcs|lmd|\d{3})", re.IGNORECASE)


def find_fcs_files(folder: Path) -> tuple[Path, ...]:
    """Find every file whose name ends as FCS files do.

    Parameters
    ----------
    folder : Path
        Searched with all folders in it; hidden ones and hidden files are left out.

    Returns
    -------
    tuple of Path
        `.fcs`, `.lmd` and numbered (`.001`) files in any case, sorted by their
        path below `folder`; empty where there are none, or no such folder.
    """
    found = []
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        is_hidden = any(part.startswith(".") for part in parts)
        if _FCS_NAME.fullmatch(path.suffix) and not is_hidden and path.is_file():
            found.append((parts, path))
    return tuple(path for _, path in sorted(found))
