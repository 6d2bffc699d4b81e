"""Take the words of `dilute` apart, call, and print."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from cytoflow_blina.cli.show import print_json, say
from cytoflow_blina.errors import ConfigError, Problem

if TYPE_CHECKING:
    from cytoflow_blina.workflow.dilution_tubes import BlastChoice

Numbers = tuple[str, int, int, bool, str, str]
"""Levels as typed, replicates, seed, exact or drawn, panel, tube."""


def judge(out: Path, truth: Path | None, *, replace: bool, as_json: bool) -> None:
    """Judge a run of a dilution."""
    from cytoflow_blina.workflow.judge_dilution import evaluate_dilution, summary_text

    if truth is None:
        message = "name the truth.csv of the study that was run."
        raise ConfigError(Problem("--truth", message))
    summary = evaluate_dilution(out, truth, replace=replace)
    if as_json:
        print_json(asdict(summary))
    else:
        say(summary_text(summary))
        say(f"Wrote {out}/dilution.csv.")


def mix_levels(
    files: tuple[Path | None, Path | None, Path | None],
    choice: BlastChoice,
    numbers: Numbers,
) -> None:
    """Mix tubes of several levels into a study folder."""
    from cytoflow_blina.workflow.dilute import DilutionPlan, make_dilution

    blasts, normal, out = files
    if blasts is None or normal is None or out is None:
        message = (
            "name the file with blasts, the file of normal marrow and -o DIR; or judge "
            "a run by --evaluate OUT --truth truth.csv."
        )
        raise ConfigError(Problem("dilute", message))
    levels, replicates, seed, exact, panel, tube = numbers
    plan = DilutionPlan(_levels(levels), replicates, seed, exact, panel, tube)
    made = make_dilution(out, blasts, normal, choice, plan)
    for note in made.notes:
        say(note)
    say(
        f"Made {out} with {made.n_tubes} tubes and {out}/truth.csv. Run it: "
        f"cytoflow-blina run {out} -o {out}-results; then judge it: cytoflow-blina "
        f"dilute --evaluate {out}-results --truth {out}/truth.csv"
    )


def _levels(text: str) -> tuple[float, ...]:
    """Read levels between commas."""
    try:
        return tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError as error:
        message = f"must be numbers between commas, 1e-2,1e-3; found {text!r}."
        raise ConfigError(Problem("--levels", message)) from error
