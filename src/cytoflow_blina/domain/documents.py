"""Find the panels, templates and limits that ship with the program."""

from __future__ import annotations

from pathlib import Path

from cytoflow_blina.errors import ConfigError, Problem

_PACKAGE = Path(__file__).resolve().parents[1]


def shipped_documents() -> Path:
    """Find the folder of the shipped documents.

    Returns
    -------
    Path
        `_gating` inside an installed package, `gating` at the top of a checkout. It
        holds `panels/`, `templates/` and `limits.toml`.

    Raises
    ------
    ConfigError
        Where the installation has lost them.
    """
    for folder in (_PACKAGE / "_gating", _PACKAGE.parents[1] / "gating"):
        if (folder / "panels").is_dir():
            return folder
    raise ConfigError(
        Problem(
            "gating",
            "the shipped panels and templates are missing from this installation. "
            "Install cytoflow-blina again.",
        )
    )


def shipped_panels() -> tuple[str, ...]:
    """Name the shipped panels, each of which has a template of the same name.

    Returns
    -------
    tuple of str
        Sorted: `("facscalibur-multitest", "facscanto-tbnk", ...)`.
    """
    return tuple(
        sorted(path.stem for path in (shipped_documents() / "panels").glob("*.toml"))
    )
