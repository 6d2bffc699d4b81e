"""Write the page of a reproduction from its output folder alone."""

from __future__ import annotations

from pathlib import Path

from cytoflow_blina.domain.notice import RESEARCH_USE_ONLY
from cytoflow_blina.report.page_environment import (
    page_environment,
    policy_of,
    resource,
)
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
    script = resource("reproduction.js")
    template = page_environment().get_template("reproduction.html")
    return template.render(
        page=page,
        notice=RESEARCH_USE_ONLY,
        synthetic=SYNTHETIC,
        strip_width=WIDTH,
        stylesheet=resource("report.css") + resource("reproduction.css"),
        script=script,
        policy=policy_of(script),
    )
