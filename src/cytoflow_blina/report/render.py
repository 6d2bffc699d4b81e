"""Turn the laid-out pages into HTML, every text escaped."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment

from cytoflow_blina.domain.notice import RESEARCH_USE_ONLY
from cytoflow_blina.quality.batch_drift import FEWEST_RUNS, MOST_RUNS
from cytoflow_blina.report.cohort.printed_table import PrintedTable
from cytoflow_blina.report.confidence import FAIR_FROM, SURE_FROM
from cytoflow_blina.report.page_environment import (
    page_environment,
    policy_of,
    resource,
)
from cytoflow_blina.report.reasons import words_of
from cytoflow_blina.report.run_page import RunPage
from cytoflow_blina.report.sample_page import SamplePage
from cytoflow_blina.report.samples import COUNT_COLUMNS, SampleSummary

_CONFIDENCE_WORDS = (
    f"Confidence, 0 to 1: how sure the gates are; sure from {SURE_FROM:g}, fair from "
    f"{FAIR_FROM:g}, below that have a look."
)


def render_run(page: RunPage) -> str:
    """Write the page of a run.

    Parameters
    ----------
    page : RunPage
        What it prints.

    Returns
    -------
    str
        A whole HTML document without outside resources.
    """
    template = _environment().get_template("report.html")
    return template.render(page=page, columns=COUNT_COLUMNS)


def render_sample(
    page: SamplePage, before: SampleSummary | None, after: SampleSummary | None
) -> str:
    """Write the page of a sample.

    Parameters
    ----------
    page : SamplePage
        What it prints.
    before, after : SampleSummary or None
        Its neighbours in the list of samples, to be linked.

    Returns
    -------
    str
        A whole HTML document without outside resources.
    """
    template = _environment().get_template("sample.html")
    return template.render(page=page, before=before, after=after)


def render_table(table: PrintedTable) -> str:
    """Write one table as a document of its own, which word processors open.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Returns
    -------
    str
        A whole HTML document without outside resources: black rules above, below and
        under the header, notes beneath.
    """
    return _environment().get_template("manuscript_table.html").render(table=table)


@cache
def _environment() -> Environment:
    environment = page_environment()
    script = resource("report.js")
    environment.globals.update(
        notice=RESEARCH_USE_ONLY,
        stylesheet=resource("report.css") + resource("mrd.css"),
        script=script,
        confidence_words=_CONFIDENCE_WORDS,
        words_of=words_of,
        fewest_runs=FEWEST_RUNS,
        most_runs=MOST_RUNS,
        policy=policy_of(script),
    )
    return environment
