"""Write the page of a reproduction from its output folder alone."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from cytoflow_blina.domain.notice import RESEARCH_USE_ONLY
from cytoflow_blina.report.reproduction.figures import SYNTHETIC
from cytoflow_blina.report.reproduction.page import (
    ReproductionPage,
    lay_out_reproduction,
)
from cytoflow_blina.report.reproduction.strip import WIDTH
from cytoflow_blina.report.reproduction.tables import collect_reproduction

PAGE = "reproduction.html"


def write_reproduction(out: Path) -> Path:
    """Write `reproduction.html`.

    Parameters
    ----------
    out : Path
        The output folder of a reproduction, with its tables and the folder `run`.
        What is empty or missing leaves its section empty.

    Returns
    -------
    Path
        The page: one file, which fetches nothing. A page that was there is replaced;
        the same folder gives the same bytes.

    Raises
    ------
    ConfigError
        A table was changed so that it cannot be read.
    """
    page = lay_out_reproduction(collect_reproduction(out), out)
    path = out / PAGE
    path.write_text(_render(page), encoding="utf-8", newline="\n")
    return path


def _render(page: ReproductionPage) -> str:
    script = _resource("reproduction.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    template = _environment().get_template("reproduction.html")
    return template.render(
        page=page,
        notice=RESEARCH_USE_ONLY,
        synthetic=SYNTHETIC,
        strip_width=WIDTH,
        stylesheet=_resource("report.css") + _resource("reproduction.css"),
        script=script,
        # The browser runs this script and no other, and fetches nothing.
        policy=(
            "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
            f"script-src 'sha256-{digest}'"
        ),
    )


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("cytoflow_blina.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _resource(name: str) -> Markup:
    """Read a file of our own, which goes into the page as it is."""
    folder = files("cytoflow_blina.report").joinpath("templates")
    return Markup(folder.joinpath(name).read_text(encoding="utf-8"))  # noqa: S704
