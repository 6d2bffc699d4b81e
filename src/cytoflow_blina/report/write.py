"""Write the report of a run from its output folder alone."""

from __future__ import annotations

from pathlib import Path

from cytoflow_blina.report.cohort.declared import DeclaredAnalysis
from cytoflow_blina.report.cohort.manuscript import write_manuscript
from cytoflow_blina.report.collect import collect_run
from cytoflow_blina.report.render import render_run, render_sample, render_table
from cytoflow_blina.report.run_page import lay_out_run
from cytoflow_blina.report.sample_page import lay_out_sample
from cytoflow_blina.report.samples import summarise_samples


def write_report(run_folder: Path, analyses: tuple[DeclaredAnalysis, ...] = ()) -> Path:
    """Write `report.html`, the pages of the samples, and the files for a manuscript.

    Parameters
    ----------
    run_folder : Path
        The output folder of a run. Its tables, its provenance and the histograms of
        its plots are read; FCS files are not. Tables that are empty or missing leave
        their sections empty.
    analyses : tuple of DeclaredAnalysis, optional
        What study.toml declares; without it analyses stand in the order of the
        tables.

    Returns
    -------
    Path
        The page of the run. Pages and files that were there are replaced; the same
        folder gives the same bytes.
    """
    tables = collect_run(run_folder, analyses)
    samples = summarise_samples(tables)
    folder = run_folder / "samples"
    folder.mkdir(parents=True, exist_ok=True)
    neighbours = (None, *samples, None)
    for position, summary in enumerate(samples):
        sample_page = lay_out_sample(summary, tables)
        html = render_sample(
            sample_page, neighbours[position], neighbours[position + 2]
        )
        _write(folder / summary.page, html)
    page = lay_out_run(tables, samples)
    # Saving a figure settles its layout, which the page then need not find again.
    write_manuscript(page.analyses, run_folder, render_table)
    report = run_folder / "report.html"
    _write(report, render_run(page))
    return report


def _write(path: Path, html: str) -> None:
    path.write_text(html, encoding="utf-8", newline="\n")
