"""Record what ran, on what, with which documents."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cytoflow_blina.domain.mrd import NormalReference
from cytoflow_blina.domain.notice import RESEARCH_USE_ONLY
from cytoflow_blina.domain.panel import Panel
from cytoflow_blina.domain.template import GatingTemplate
from cytoflow_blina.mrd.rules import MrdRules
from cytoflow_blina.workflow.given_gates import GateChoice
from cytoflow_blina.workflow.plan import StudyPlan
from cytoflow_blina.workflow.study import (
    STUDY_FILE,
    Documents,
    ReferenceIntervals,
    StudyConfig,
    Tables,
    write_study,
)
from cytoflow_blina.workflow.tube import TubeResult

PROVENANCE_FILE = "provenance.json"
INPUTS_FOLDER = "inputs"

PACKAGES = (
    "cytoflow-blina",
    "flowkit",
    "flowutils",
    "numpy",
    "pandas",
    "scipy",
    "scikit-learn",
    "statsmodels",
    "matplotlib",
)


def copy_inputs(plan: StudyPlan, out: Path) -> None:
    """Copy the tables and documents of a study, and a study.toml that points there.

    Parameters
    ----------
    plan : StudyPlan
        What was run.
    out : Path
        The output folder.
    """
    for name, path in plan.documents.items():
        copy = out / copied_name(name)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    used = {one.sha256 for one in plan.references.values()}
    references = [
        name for name, path in plan.documents.items() if _sha256(path) in used
    ]
    write_study(copied_config(plan.config, references), out / STUDY_FILE)


def copied_config(config: StudyConfig, references: Iterable[str] = ()) -> StudyConfig:
    """Point a configuration to the copies of its tables and documents.

    `references` are the normal references that were used, the shipped ones among them.
    """
    documents, tables = config.documents, config.tables
    return config.model_copy(
        update={
            "documents": Documents(
                panels=[copied_name(name) for name in documents.panels],
                templates=[copied_name(name) for name in documents.templates],
                limits=copied_name(documents.limits),
                references=[copied_name(name) for name in references],
                mrd=copied_name(documents.mrd),
            ),
            "tables": Tables(
                **{key: copied_name(name) for key, name in tables.model_dump().items()}
            ),
            "reference_intervals": ReferenceIntervals(
                file=copied_name(config.reference_intervals.file),
                unverified=config.reference_intervals.unverified,
            ),
        }
    )


def copied_name(name: str) -> str:
    """Name the copy of an input; one from outside the study folder comes inside."""
    parts = Path(name).parts
    inside = [part for part in parts if part != ".." and part != Path(name).anchor]
    return "/".join((INPUTS_FOLDER, *inside))


def write_provenance(
    out: Path, plan: StudyPlan, results: Iterable[TubeResult], gates: GateChoice
) -> None:
    """Write `provenance.json`: versions, settings, and a hash of every input.

    Parameters
    ----------
    out : Path
        The output folder.
    plan : StudyPlan
        What was run.
    results : iterable of TubeResult
        The tubes that could be processed.
    gates : GateChoice
        Where gates came from.
    """
    provenance = {
        "notice": RESEARCH_USE_ONLY,
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "software": {
            "python": platform.python_version(),
            **{name: version(name) for name in PACKAGES},
        },
        "settings": copied_config(plan.config).model_dump(mode="json"),
        "gates": {
            "source": _gate_source(gates),
            "by": gates.by,
            "reason": gates.reason,
        },
        "count_method_changes": [asdict(change) for change in plan.method_changes],
        "documents": _documents(plan),
        "inputs": [
            {"file": copied_name(name), "sha256": _sha256(path)}
            for name, path in plan.documents.items()
        ],
        "tubes": [
            {
                "sample_id": one.job.sample_id,
                "tube": one.job.tube,
                "fcs_file": one.job.fcs_file,
                "sha256": one.sha256,
                "cytometer": one.cytometer,
                "notes": list(one.notes),
            }
            for one in results
        ],
    }
    text = json.dumps(provenance, indent=2, ensure_ascii=False) + "\n"
    (out / PROVENANCE_FILE).write_text(text, encoding="utf-8", newline="\n")


def _gate_source(gates: GateChoice) -> str:
    if gates.folder is not None:
        return "given where there is a file, else found in the tube"
    return "found in the tube" if gates.find else "template"


def _documents(plan: StudyPlan) -> list[dict[str, Any]]:
    """List panels, templates, limits, references and rules with their hash."""
    versioned: list[tuple[str, Panel | GatingTemplate | NormalReference | MrdRules]] = [
        *(("panel", one) for one in plan.panels.values()),
        *(("template", one) for one in plan.templates.values()),
        *(("normal reference", one) for one in plan.references.values()),
    ]
    if plan.mrd_rules is not None:
        versioned.append(("rules of MRD", plan.mrd_rules))
    listed = [
        {"kind": kind, "name": one.name, "version": one.version, "sha256": one.sha256}
        for kind, one in versioned
    ]
    for kind, file, sha256 in (
        ("limits", plan.config.documents.limits, plan.limits.sha256),
        (
            "reference intervals",
            plan.config.reference_intervals.file,
            plan.reference.sha256,
        ),
    ):
        name = Path(file).name
        listed.append({"kind": kind, "name": name, "version": "", "sha256": sha256})
    return listed


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
