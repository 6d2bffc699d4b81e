"""Make a study folder of simulated tubes that runs as it is."""

from __future__ import annotations

import shutil
from pathlib import Path

from cytoflow_blina.domain.notice import RESEARCH_USE_ONLY
from cytoflow_blina.errors import ConfigError, Problem
from cytoflow_blina.simulate.scenarios import plan_study
from cytoflow_blina.simulate.study import simulate_study
from cytoflow_blina.workflow.init import ANALYSES_TOML, make_study

TRUTH_FOLDER = "truth"
DEMO = "demo"
"""The scenario whose subjects are of all groups."""


def make_simulated_study(
    folder: Path, *, scenario: str, seed: int, replace: bool = False
) -> None:
    """Simulate a study, and put the documents beside it with which it runs.

    Parameters
    ----------
    folder : Path
        The study folder; made where it is missing.
    scenario : str
        Name of a scenario.
    seed : int
        Seed of the simulation; the same gives the same bytes.
    replace : bool, default False
        Whether a simulated study in this folder is replaced.

    Raises
    ------
    ConfigError
        Where there is no such scenario, or the folder holds something: any files
        without `replace`, anything but a simulated study with it.
    """
    plan = plan_study(scenario, seed)
    if folder.exists() and any(folder.iterdir()):
        _clear(folder, replace=replace)
    panels = dict.fromkeys(tube.panel for tube in plan.tubes)
    # The subjects of other scenarios may all be of one group.
    analyses = ANALYSES_TOML if scenario == DEMO else ""
    make_study(folder, tuple(panels), analyses=analyses)
    simulate_study(folder, scenario=scenario, seed=seed)
    readme = (
        f"Simulated tubes, no person's data. {RESEARCH_USE_ONLY}\n\n"
        "Made by the command\n\n"
        f"    cytoflow-blina simulate DIR --scenario {scenario} --seed {seed}\n\n"
        f"The truth about every tube is in `{TRUTH_FOLDER}/`, and nowhere in the FCS "
        "files.\n"
    )
    (folder / "README.md").write_text(readme, encoding="utf-8", newline="\n")


def _clear(folder: Path, *, replace: bool) -> None:
    """Empty the folder of an earlier simulated study, and of nothing else."""
    if not replace:
        message = "is not empty. Choose another folder, or add --replace."
        raise ConfigError(Problem(folder.name, message))
    if not (folder / TRUTH_FOLDER).is_dir():
        message = (
            f"is no simulated study (it has no folder {TRUTH_FOLDER!r}), and is left "
            "as it is. Choose another folder."
        )
        raise ConfigError(Problem(folder.name, message))
    shutil.rmtree(folder)
