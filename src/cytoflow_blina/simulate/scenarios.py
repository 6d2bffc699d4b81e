"""Name the studies that can be simulated, alone and perturbed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from cytoflow_blina.errors import ConfigError, Problem, did_you_mean
from cytoflow_blina.simulate.cohorts import (
    cd3_taken_in,
    first_days,
    identity_swap,
    instrument_drift,
    laser_loss,
    method_mixed,
    paired,
    volts_changed,
    wrong_blood,
)
from cytoflow_blina.simulate.cytometers import DEFAULT_RANGES
from cytoflow_blina.simulate.perturbations import PERTURBATIONS
from cytoflow_blina.simulate.plan import StudyPlan
from cytoflow_blina.simulate.ranges import Ranges
from cytoflow_blina.simulate.studies import default, demo

Study = Callable[[int, Ranges], StudyPlan]

STUDIES: Mapping[str, Study] = {
    "demo": demo,
    "default": default,
    "paired": paired,
    "identity_swap": identity_swap,
    "method_mixed": method_mixed,
    "volts_changed": volts_changed,
    "wrong_blood": wrong_blood,
    "first_days": first_days,
    "cd3_taken_in": cd3_taken_in,
    "instrument_drift": instrument_drift,
    "laser_loss": laser_loss,
}
"""Studies as they are; perturbations change their samples."""

SCENARIOS = (*STUDIES, *PERTURBATIONS)
"""Every name of a scenario; `+` joins several."""


def plan_study(
    scenario: str, seed: int, *, ranges: Ranges = DEFAULT_RANGES
) -> StudyPlan:
    """Plan a study by the name of its scenario.

    Parameters
    ----------
    scenario : str
        One of `SCENARIOS`, or several joined by `+`: `nk_high+debris_50`. One of them
        may name a study, else it is `default`; perturbations follow each other from
        left to right.
    seed : int
        Seed of the simulation.
    ranges : Ranges
        From where tubes are drawn.

    Returns
    -------
    StudyPlan
        What is to be simulated; nothing has been simulated yet. Samples of a panel to
        which a perturbation does not apply are left out.

    Raises
    ------
    ConfigError
        Where there is no such scenario, two studies are named, no panel is left, or
        the seed is negative.
    """
    parts = scenario.split("+")
    problems = [
        f"there is no scenario {part!r}; there are {', '.join(SCENARIOS)}."
        f"{did_you_mean(part, SCENARIOS)}"
        for part in parts
        if part not in SCENARIOS
    ]
    studies = [part for part in parts if part in STUDIES]
    if len(studies) > 1:
        problems.append(
            f"{scenario!r} names the studies {' and '.join(studies)}; name one, and "
            "any number of perturbations."
        )
    if seed < 0:
        problems.append(f"the seed is {seed}; give 0 or more.")
    if problems:
        raise ConfigError(*(Problem("simulate", text) for text in problems))
    plan = STUDIES[studies[0] if studies else "default"](seed, ranges)
    for part in parts:
        if part in PERTURBATIONS:
            plan = _perturbed(plan, part)
    if not plan.samples:
        message = f"{scenario!r} leaves no panel: its parts apply to different ones."
        raise ConfigError(Problem("simulate", message))
    return plan


def _perturbed(plan: StudyPlan, name: str) -> StudyPlan:
    """Perturb every sample to whose panel that applies."""
    perturb = PERTURBATIONS[name]
    samples = (perturb(sample, plan.seed) for sample in plan.samples)
    return replace(plan, samples=tuple(one for one in samples if one is not None))
