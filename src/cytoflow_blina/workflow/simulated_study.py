"""Make a study folder of simulated tubes that runs as it is."""

from __future__ import annotations

import shutil
from pathlib import Path

from cytoflow_blina.domain.notice import RESEARCH_USE_ONLY
from cytoflow_blina.errors import ConfigError, Problem, did_you_mean
from cytoflow_blina.simulate.marrow.scenarios import MARROW_SCENARIOS, plan_marrow
from cytoflow_blina.simulate.marrow.study import simulate_marrow_study
from cytoflow_blina.simulate.scenarios import SCENARIOS, plan_study
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
    _refuse_an_unknown_scenario(scenario)
    is_marrow = scenario in MARROW_SCENARIOS
    if is_marrow:
        panels = plan_marrow(scenario, seed).panels
    else:
        tubes = plan_study(scenario, seed).tubes
        panels = tuple(dict.fromkeys(tube.panel for tube in tubes))
    if folder.exists() and any(folder.iterdir()):
        _clear(folder, replace=replace)
    # The subjects of other scenarios may all be of one group.
    analyses = ANALYSES_TOML if scenario == DEMO else ""
    make_study(folder, panels, analyses=analyses)
    simulate = simulate_marrow_study if is_marrow else simulate_study
    simulate(folder, scenario=scenario, seed=seed)
    readme = (
        f"Simulated tubes, no person's data. {RESEARCH_USE_ONLY}\n\n"
        "Made by the command\n\n"
        f"    cytoflow-blina simulate DIR --scenario {scenario} --seed {seed}\n\n"
        f"The truth about every tube is in `{TRUTH_FOLDER}/`, and nowhere in the FCS "
        "files.\n"
    )
    (folder / "README.md").write_text(readme, encoding="utf-8", newline="\n")


def _refuse_an_unknown_scenario(scenario: str) -> None:
    """Tell every name, those of blood and of marrow, where one is not known."""
    known = (*SCENARIOS, *MARROW_SCENARIOS)
    parts = scenario.split("+")
    problems = [
        f"there is no scenario {part!r}; there are {', '.join(known)}."
        f"{did_you_mean(part, known)}"
        for part in parts
        if part not in known
    ]
    problems += [
        f"{part!r} is a study of marrow, which stands alone: leave out the '+'."
        for part in parts
        if part in MARROW_SCENARIOS and len(parts) > 1
    ]
    if problems:
        raise ConfigError(*(Problem("simulate", text) for text in problems))


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
