"""Mix blasts into normal marrow at known levels, as a study that can be run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cytoflow_blina.bridge.fcs_writer import FcsContents, write_fcs
from cytoflow_blina.domain.documents import shipped_documents, shipped_panels
from cytoflow_blina.errors import ConfigError, Problem, did_you_mean
from cytoflow_blina.export.tables import write_table
from cytoflow_blina.fcs.read import read_acquisition
from cytoflow_blina.mrd.dilution import (
    Mixture,
    level_name,
    mix,
    plan_mixture,
)
from cytoflow_blina.preprocess.match_panel import match_panel
from cytoflow_blina.preprocess.panels import load_panel
from cytoflow_blina.workflow.dilution_rows import write_rows
from cytoflow_blina.workflow.dilution_tubes import (
    BlastChoice,
    DilutionTubes,
    read_dilution_tubes,
)
from cytoflow_blina.workflow.init import make_study

LEVELS = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5)

TRUTH_FILE = "truth.csv"

TRUTH_COLUMNS = (
    "sample_id",
    "level",
    "replicate",
    "n_expected",
    "n_blasts",
    "n_normal",
    "expected_percent",
)
COMMENT = "Mixed in silico: blasts of one tube in the normal marrow of another."


@dataclass(frozen=True)
class DilutionPlan:
    """What is to be mixed.

    Attributes
    ----------
    levels : tuple of float
        Shares of blasts among all events; 0 makes blanks.
    n_replicates : int
        Tubes of each level, each drawn anew.
    seed : int
        Of the draws, 0 or more; the same gives the same bytes.
    exact : bool
        Whether numbers of blasts are exact instead of drawn (Poisson).
    panel, tube : str
        A shipped panel, and its tube where it has several.
    """

    levels: tuple[float, ...] = LEVELS
    n_replicates: int = 3
    seed: int = 1
    exact: bool = False
    panel: str = ""
    tube: str = ""


@dataclass(frozen=True)
class DilutionMade:
    """What was mixed: tubes, and what a person should know of them."""

    n_tubes: int
    notes: tuple[str, ...]


def make_dilution(
    folder: Path, blasts: Path, normal: Path, choice: BlastChoice, plan: DilutionPlan
) -> DilutionMade:
    """Write a study folder of mixed tubes, with the truth beside them.

    Parameters
    ----------
    folder : Path
        The study folder; made where it is missing, and empty where it is not.
    blasts, normal : Path
        FCS files with blasts, and of normal marrow.
    choice : BlastChoice
        Which events of the first are blasts.
    plan : DilutionPlan
        What is to be mixed.

    Returns
    -------
    DilutionMade
        How many tubes there are, and what a person should know of them.

    Raises
    ------
    ConfigError
        Where the folder holds something, the plan makes no sense, or neither or both
        of gates and labels are given.
    FcsError, GatingError, SampleSheetError
        As `read_dilution_tubes`.
    """
    problems = [*_plan_problems(plan), *_folder_problems(folder)]
    if problems:
        raise ConfigError(*problems)
    _check_panel(normal, plan)
    tubes = read_dilution_tubes(blasts, normal, choice)
    make_study(folder, [plan.panel])
    truth, sheet = [], []
    n_short = 0
    for level in plan.levels:
        for replicate in range(1, plan.n_replicates + 1):
            sample_id = f"{level_name(level)}-r{replicate:02d}"
            mixture = _write_mixture(folder, sample_id, tubes, level, plan)
            n_short += mixture.n_normal < len(tubes.normal)
            truth.append(_truth_row(sample_id, level, replicate, mixture))
            sheet.append(_sheet_row(sample_id, plan))
    write_rows(folder / TRUTH_FILE, TRUTH_COLUMNS, truth)
    write_table(folder / "samples.csv", "samples", sheet)
    notes = list(tubes.notes)
    if n_short:
        notes.append(
            f"{n_short} tubes have fewer normal events than the file: its "
            f"{len(tubes.blasts)} blasts do not suffice for all of them."
        )
    return DilutionMade(len(truth), tuple(notes))


def _plan_problems(plan: DilutionPlan) -> Iterable[Problem]:
    """Find what makes no sense, or would make the same tube twice."""
    if not plan.levels:
        yield Problem("--levels", "names no level; 1e-2,1e-3,1e-4 is an example.")
    for level in plan.levels:
        if not 0 <= level < 1:
            message = f"must be shares of 0 to below 1, such as 1e-4; found {level!r}."
            yield Problem("--levels", message)
    names = [level_name(level) for level in plan.levels]
    if len(set(names)) < len(names):
        yield Problem("--levels", "a level is named twice; name each once.")
    if plan.n_replicates < 1:
        yield Problem("--replicates", "must be 1 or more.")
    if plan.panel not in shipped_panels():
        message = f"there is no panel {plan.panel!r}; shipped are "
        message += f"{', '.join(shipped_panels())}."
        message += did_you_mean(plan.panel, shipped_panels())
        yield Problem("--panel", message)


def _folder_problems(folder: Path) -> Iterable[Problem]:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        yield Problem(f"-o {folder.name}", "is not empty. Choose another folder.")


def _check_panel(normal: Path, plan: DilutionPlan) -> None:
    """Refuse files that do not fit the panel before anything is written."""
    panel = load_panel(shipped_documents() / f"panels/{plan.panel}.toml")
    _, channels = read_acquisition(normal)
    match_panel(panel, plan.tube, channels, where=normal.name)


def _write_mixture(
    folder: Path,
    sample_id: str,
    tubes: DilutionTubes,
    level: float,
    plan: DilutionPlan,
) -> Mixture:
    """Mix and write one tube; its draws depend on seed and sample alone."""
    rng = np.random.default_rng([plan.seed, *sample_id.encode()])
    mixture = plan_mixture(
        level, len(tubes.blasts), len(tubes.normal), rng, exact=plan.exact
    )
    values, _ = mix(tubes.normal, tubes.blasts, mixture, rng, time=tubes.time)
    keywords = {"$CYT": tubes.cytometer, "$COM": COMMENT}
    if tubes.has_seconds:
        keywords["$TIMESTEP"] = "1"
    contents = FcsContents(
        "3.1", tubes.parameters, values.astype(np.float32), keywords, tubes.spillover
    )
    write_fcs(folder / f"fcs/{sample_id}.fcs", contents)
    return mixture


def _truth_row(
    sample_id: str, level: float, replicate: int, mixture: Mixture
) -> dict[str, object]:
    return {
        "sample_id": sample_id,
        "level": level,
        "replicate": replicate,
        "n_expected": mixture.n_expected,
        "n_blasts": mixture.n_blasts,
        "n_normal": mixture.n_normal,
        "expected_percent": mixture.expected_percent,
    }


def _sheet_row(sample_id: str, plan: DilutionPlan) -> dict[str, object]:
    """Fill in the sheet; every tube is a subject of its own, without a diagnosis."""
    return {
        "sample_id": sample_id,
        "subject_id": sample_id,
        "cycle": 1,
        "visit": "UNS",
        "specimen": "BM",
        "tube": plan.tube,
        "panel": plan.panel,
        "fcs_file": f"fcs/{sample_id}.fcs",
        "count_method": "none",
    }
