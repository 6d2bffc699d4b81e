"""Make a study folder that runs once its sample sheet is filled."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from cytoflow_blina.cohort.columns import columns_of
from cytoflow_blina.domain.documents import shipped_documents, shipped_panels
from cytoflow_blina.errors import ConfigError, Problem, did_you_mean
from cytoflow_blina.workflow.study import (
    STUDY_FILE,
    ComparisonPlan,
    Documents,
    StudyConfig,
    write_study,
)


def make_study(folder: Path, panels: Sequence[str]) -> None:
    """Write study.toml, an empty sample sheet, and the lab's copies of documents.

    Parameters
    ----------
    folder : Path
        The study folder; made where it is missing. Files that are there stay.
    panels : sequence of str
        Names of shipped panels, one or more.

    Raises
    ------
    ConfigError
        Where a panel is not shipped, or the folder already has a study.toml.
    """
    problems = [
        Problem(
            "--panel",
            f"there is no panel {panel!r}; shipped are {', '.join(shipped_panels())}."
            + did_you_mean(panel, shipped_panels()),
        )
        for panel in panels
        if panel not in shipped_panels()
    ]
    if (folder / STUDY_FILE).exists():
        problems.append(
            Problem(
                f"{folder.name}/{STUDY_FILE}",
                "is there already and is left as it is. Choose another folder.",
            )
        )
    if problems:
        raise ConfigError(*problems)
    documents = ["limits.toml"]
    for panel in panels:
        documents += [f"panels/{panel}.toml", f"templates/{panel}.toml"]
    for document in documents:
        copy = folder / "gating" / document
        copy.parent.mkdir(parents=True, exist_ok=True)
        if not copy.exists():
            shutil.copyfile(shipped_documents() / document, copy)
    (folder / "fcs").mkdir(exist_ok=True)
    sheet = folder / "samples.csv"
    if not sheet.exists():
        header = ",".join(columns_of("samples"))
        sheet.write_text(header + "\n", encoding="utf-8", newline="\n")
    write_study(default_study(panels), folder / STUDY_FILE)


def default_study(panels: Sequence[str]) -> StudyConfig:
    """Make the study.toml that `init` leaves: one comparison, defaults elsewhere."""
    return StudyConfig(
        documents=Documents(
            panels=[f"gating/panels/{panel}.toml" for panel in panels],
            templates=[f"gating/templates/{panel}.toml" for panel in panels],
            limits="gating/limits.toml",
        ),
        comparison=[ComparisonPlan(name="end of treatment vs baseline")],
    )
