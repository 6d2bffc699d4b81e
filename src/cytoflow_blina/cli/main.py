"""Offer the commands of cytoflow-blina."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cytoflow_blina.cli.show import print_json, print_problems, say
from cytoflow_blina.domain.notice import RESEARCH_USE_ONLY
from cytoflow_blina.errors import CytoflowBlinaError, Problem

FINISHED_WITH_FAILURES, INPUT_TO_CORRECT = 1, 2

app = typer.Typer(
    name="cytoflow-blina",
    help="Gate a folder of FCS files, count cells, check the tubes, compare visits."
    f"\n\n{RESEARCH_USE_ONLY}",
    epilog=RESEARCH_USE_ONLY,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Study = Annotated[
    Path, typer.Argument(metavar="STUDY", help="Study folder, or its study.toml.")
]
Run = Annotated[Path, typer.Argument(metavar="OUT", help="Output folder of a run.")]
Json = Annotated[bool, typer.Option("--json", help="Print for a machine, on stdout.")]


def _print_version(wanted: bool) -> None:
    """Print the version and the notice, and stop."""
    if wanted:
        from cytoflow_blina import __version__

        typer.echo(f"cytoflow-blina {__version__}\n{RESEARCH_USE_ONLY}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print version."
        ),
    ] = False,
) -> None:
    """Take the options that stand before a command."""


@app.command(epilog="Example: cytoflow-blina init my-study --panel facscanto-tbnk")
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make.")],
    panel: Annotated[
        list[str], typer.Option("--panel", help="A shipped panel; may be repeated.")
    ],
) -> None:
    """Make a study folder: study.toml, a sheet to fill, copies of the gating."""
    from cytoflow_blina.workflow.init import make_study

    make_study(folder, panel)
    say(
        f"Made {folder}. Fill {folder}/samples.csv, where the files of {folder}/fcs "
        f"stand already, then: cytoflow-blina check {folder}"
    )


@app.command(epilog="Example: cytoflow-blina inspect fcs/S01-D0.A.fcs")
def inspect(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="FCS or LMD files.")
    ],
    panel: Annotated[
        list[Path] | None,
        typer.Option("--panel", help="A panel document, beside the shipped ones."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what a file holds, which markers were recognised, and why."""
    from cytoflow_blina.cli.show import print_inspection
    from cytoflow_blina.workflow.inspect import inspect_files

    inspections = inspect_files(files, panel or [])
    if as_json:
        print_json([inspection.as_dict() for inspection in inspections])
    else:
        for inspection in inspections:
            print_inspection(inspection)
    if any(inspection.problems for inspection in inspections):
        raise typer.Exit(FINISHED_WITH_FAILURES)


@app.command(epilog="Example: cytoflow-blina check my-study")
def check(study: Study, as_json: Json = False) -> None:
    """Read every document of a study and every file's header; run nothing."""
    from cytoflow_blina.workflow.check import check_study

    found = check_study(study)
    if as_json:
        print_json(asdict(found))
    elif found.documents or found.files:
        print_problems((*found.documents, *found.files))
    else:
        say("Everything fits: ready to run.")
    if found.documents:
        raise typer.Exit(INPUT_TO_CORRECT)
    if found.files:
        raise typer.Exit(FINISHED_WITH_FAILURES)


@app.command(epilog="Example: cytoflow-blina run my-study -o my-study/results --jobs 4")
def run(
    study: Study,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the results.")],
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            min=1,
            show_default="one a core",
            help="Tubes worked on at the same time.",
        ),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the results of an earlier run.")
    ] = False,
    gates: Annotated[
        Path | None,
        typer.Option("--gates", help="Folder of Gating-ML files to apply as they are."),
    ] = None,
    gates_by: Annotated[
        str, typer.Option("--gates-by", help="Who drew those gates.")
    ] = "",
    gates_reason: Annotated[
        str, typer.Option("--gates-reason", help="Why they were drawn.")
    ] = "",
    template_gates: Annotated[
        bool,
        typer.Option(
            "--template-gates", help="Find no gates: use the template's own geometry."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Gate every tube, count, check, compare and report."""
    from cytoflow_blina.cli.show import progress_bar
    from cytoflow_blina.workflow.batch import run_study
    from cytoflow_blina.workflow.given_gates import GateChoice

    choice = GateChoice(gates, gates_by, gates_reason, find=not template_gates)
    say(RESEARCH_USE_ONLY)
    with progress_bar() as advance:
        summary = run_study(
            study,
            out,
            n_jobs=jobs or os.cpu_count() or 1,
            replace=replace,
            gates=choice,
            advance=advance,
        )
    if as_json:
        print_json(summary.as_dict())
    else:
        say(summary.as_text())
    if summary.n_failed_tubes or summary.n_failed_checks:
        raise typer.Exit(FINISHED_WITH_FAILURES)


@app.command(epilog="Example: cytoflow-blina compare my-study/results")
def compare(out: Run) -> None:
    """Make the comparisons of a run again, from its folder alone."""
    from cytoflow_blina.workflow.compare import compare_run

    compare_run(out)
    say(
        f"Wrote {out}/comparisons.csv. report.html, figures/ and tables/ have the old "
        "ones until 'report'."
    )


@app.command(epilog="Example: cytoflow-blina report my-study/results")
def report(out: Run) -> None:
    """Write the report of a run again, from its folder alone."""
    from cytoflow_blina.workflow.report import report_run

    say(f"Wrote {report_run(out)}.")


@app.command(epilog="Example: cytoflow-blina simulate my-samples --seed 7")
def simulate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make.")],
    scenario: Annotated[
        str, typer.Option("--scenario", help="What to simulate.")
    ] = "demo",
    seed: Annotated[int, typer.Option("--seed", min=0, help="Any number.")] = 1,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace an earlier simulated study.")
    ] = False,
) -> None:
    """Write a study of simulated FCS files, with the truth beside them."""
    from cytoflow_blina.workflow.simulated_study import make_simulated_study

    make_simulated_study(folder, scenario=scenario, seed=seed, replace=replace)
    say(f"Made {folder}. Run it: cytoflow-blina run {folder} -o {folder}-results")


@app.command(
    "learn-reference",
    epilog="Example: cytoflow-blina learn-reference negative-marrows --version 1.1.0",
)
def learn_reference(
    study: Study,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--out",
            help="Document to write; a folder for several panels.",
            show_default="gating/references of the study",
        ),
    ] = None,
    name: Annotated[
        str, typer.Option("--name", help="Name of the reference, else the panel's.")
    ] = "",
    version: Annotated[
        str, typer.Option("--version", help="Its version, three numbers.")
    ] = "1.0.0",
    of: Annotated[
        str, typer.Option("--of", help="Of whom the marrows are, in words.")
    ] = "",
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace a document that is there.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Learn what normal marrow looks like from a study of negative marrows."""
    from cytoflow_blina.cli.show import progress_bar
    from cytoflow_blina.workflow.learn_reference import ReferenceNames
    from cytoflow_blina.workflow.learn_reference import learn_reference as learn

    names = ReferenceNames(name, version, of)
    with progress_bar() as advance:
        summary = learn(study, out, names=names, replace=replace, advance=advance)
    if as_json:
        print_json(summary.as_dict())
    else:
        say(summary.as_text())
    if summary.failed:
        raise typer.Exit(FINISHED_WITH_FAILURES)


@app.command(
    epilog="Example: cytoflow-blina dilute dx.fcs normal.fcs -o dilution --panel NAME "
    "--gates results/gates/S01-DX.xml --population nucleated/mnc/b_lineage/candidate_1"
)
def dilute(
    blasts: Annotated[
        Path | None,
        typer.Argument(
            metavar="BLASTS.fcs", help="File with blasts.", show_default=False
        ),
    ] = None,
    normal: Annotated[
        Path | None,
        typer.Argument(
            metavar="NORMAL.fcs", help="File of normal marrow.", show_default=False
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="Study folder to make.", show_default=False),
    ] = None,
    panel: Annotated[str, typer.Option("--panel", help="A shipped panel.")] = "",
    tube: Annotated[
        str, typer.Option("--tube", help="Tube of a panel of several.")
    ] = "",
    levels: Annotated[
        str, typer.Option("--levels", help="Shares of blasts; 0 makes blanks.")
    ] = "1e-1,1e-2,1e-3,1e-4,1e-5",
    replicates: Annotated[
        int, typer.Option("--replicates", min=1, help="Tubes of each level.")
    ] = 3,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Any number.")] = 1,
    exact: Annotated[
        bool, typer.Option("--exact", help="Exact numbers of blasts, not drawn ones.")
    ] = False,
    gates: Annotated[
        Path | None, typer.Option("--gates", help="Gating-ML of the file with blasts.")
    ] = None,
    population: Annotated[
        str, typer.Option("--population", help="Path of the blasts in it.")
    ] = "",
    labels: Annotated[
        Path | None, typer.Option("--labels", help="CSV with a label for each event.")
    ] = None,
    label: Annotated[
        str, typer.Option("--label", help="The label of blasts.")
    ] = "blast",
    evaluate: Annotated[
        Path | None,
        typer.Option("--evaluate", metavar="OUT", help="Judge a run of a dilution."),
    ] = None,
    truth: Annotated[
        Path | None, typer.Option("--truth", help="truth.csv of its study.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the dilution.csv of the run.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Mix blasts into normal marrow at known levels, or judge a run of such tubes."""
    from cytoflow_blina.cli.dilution import judge, mix_levels
    from cytoflow_blina.workflow.dilution_tubes import BlastChoice

    if evaluate is not None:
        judge(evaluate, truth, replace=replace, as_json=as_json)
        return
    choice = BlastChoice(gates, population, labels, label)
    mix_levels(
        (blasts, normal, out), choice, (levels, replicates, seed, exact, panel, tube)
    )


@app.command("check-table", epilog="Example: cytoflow-blina check-table table-3.toml")
def check_table(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A printed table, TOML or CSV.")
    ],
    as_json: Json = False,
) -> None:
    """Compute percentages, sums and P of a printed table again from its counts."""
    from cytoflow_blina.table_check.check_table import check_table as check_file

    found = check_file(file)
    if as_json:
        print_json(found.as_dict())
    else:
        typer.echo(found.as_text())
    if found.has_errors:
        raise typer.Exit(FINISHED_WITH_FAILURES)


@app.command(epilog="Example: cytoflow-blina reproduce -o reproduction --quick")
def reproduce(
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the results.")],
    quick: Annotated[
        bool, typer.Option("--quick", help="Few cytometers; still every claim.")
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", min=1, show_default="one a core", help="Processes."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Reproduce a published study from FCS files to P values; goes on where it was."""
    from cytoflow_blina.cli.show import progress_bar
    from cytoflow_blina.workflow.reproduction.reproduce import (
        FULL,
        QUICK,
    )
    from cytoflow_blina.workflow.reproduction.reproduce import (
        reproduce as reproduce_study,
    )

    say(RESEARCH_USE_ONLY)
    with progress_bar() as advance:
        summary = reproduce_study(
            out,
            seeds=QUICK if quick else FULL,
            n_jobs=jobs or os.cpu_count() or 1,
            advance=advance,
        )
    if as_json:
        print_json(summary.as_dict())
    else:
        say(summary.as_text())


def main() -> None:
    """Run a command; an input document to correct ends it with 2."""
    try:
        app()
    except CytoflowBlinaError as error:
        print_problems(error.problems)
        sys.exit(INPUT_TO_CORRECT)
    except OSError as error:
        found = f"cannot be read or written: {error.strerror or error}."
        print_problems([Problem(str(error.filename or "disk"), found)])
        sys.exit(INPUT_TO_CORRECT)


if __name__ == "__main__":
    main()
