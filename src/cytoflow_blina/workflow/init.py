"""Make a study folder that runs once its sample sheet is filled."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from cytoflow_blina.domain.documents import shipped_documents, shipped_panels
from cytoflow_blina.errors import ConfigError, FcsError, Problem, did_you_mean
from cytoflow_blina.export.tables import write_table
from cytoflow_blina.fcs.discover import find_fcs_files
from cytoflow_blina.fcs.read import read_acquisition
from cytoflow_blina.gates.load import load_template
from cytoflow_blina.preprocess.panels import load_panel
from cytoflow_blina.workflow.inspect import match_all
from cytoflow_blina.workflow.study import MRD_RULES, REFERENCE_INTERVALS, STUDY_FILE


def make_study(folder: Path, panels: Sequence[str], *, analyses: str = "") -> None:
    """Write study.toml, a sample sheet to fill, and the lab's copies of documents.

    The sheet has a row for each FCS file that is in `fcs/` already, with its panel and
    tube where one alone fits.

    Parameters
    ----------
    folder : Path
        The study folder; made where it is missing. Files that are there stay.
    panels : sequence of str
        Names of shipped panels, one or more.
    analyses : str, optional
        Analyses to declare, as TOML; without them examples are left as comments.

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
    references = _references(panels)
    documents = ["limits.toml", Path(REFERENCE_INTERVALS).name, *references]
    for panel in panels:
        documents += [f"panels/{panel}.toml", f"templates/{panel}.toml"]
    looks_for_mrd = any(map(_looks_for_mrd, panels))
    if looks_for_mrd:
        documents.append(Path(MRD_RULES).name)
    for document in documents:
        copy = folder / "gating" / document
        copy.parent.mkdir(parents=True, exist_ok=True)
        if not copy.exists():
            shutil.copyfile(shipped_documents() / document, copy)
    (folder / "fcs").mkdir(exist_ok=True)
    sheet = folder / "samples.csv"
    if not sheet.exists():
        write_table(sheet, "samples", _files_of(folder, panels))
    content = STUDY_TOML.format(
        panels=_list(f"gating/panels/{panel}.toml" for panel in panels),
        templates=_list(f"gating/templates/{panel}.toml" for panel in panels),
        mrd_documents=MRD_DOCUMENTS.format(
            references=_list(f"gating/{reference}" for reference in references),
            rules=MRD_RULES,
        )
        if looks_for_mrd
        else "",
        mrd=MRD_TOML if looks_for_mrd else "",
    )
    content += analyses or commented(ANALYSES_TOML + ADVERSE_EVENTS_TOML)
    (folder / STUDY_FILE).write_text(content, encoding="utf-8", newline="\n")


def _looks_for_mrd(panel: str) -> bool:
    """Tell whether the template of a shipped panel says how MRD is sought."""
    template = load_template(shipped_documents() / f"templates/{panel}.toml")
    return any(tube.mrd is not None for tube in template.tubes)


def _references(panels: Sequence[str]) -> list[str]:
    """Name the shipped references of normal marrow of these panels."""
    names = [f"references/{panel}.toml" for panel in panels]
    return [name for name in names if (shipped_documents() / name).is_file()]


def _files_of(folder: Path, panels: Sequence[str]) -> list[dict[str, str]]:
    """List the FCS files of a study folder as rows of its sample sheet."""
    loaded = [load_panel(folder / f"gating/panels/{name}.toml") for name in panels]
    rows = []
    for file in find_fcs_files(folder / "fcs"):
        row = {"sample_id": file.stem, "fcs_file": file.relative_to(folder).as_posix()}
        rows.append(row)
        try:
            acquisition, channels = read_acquisition(file)
        except FcsError:
            # The row stays, so that `check` tells what is wrong with the file.
            continue
        matches, _ = match_all(loaded, acquisition, channels)
        if len(matches) == 1:
            tube = matches[0].tube
            row |= {"panel": matches[0].panel, "tube": tube}
            row["sample_id"] = _without_tube(file.stem, tube)
    return rows


def _without_tube(name: str, tube: str) -> str:
    """Take the tube's id from the end of a file's name: tubes share a sample."""
    shorter = name.removesuffix(tube).rstrip("._- ") if tube else name
    is_apart = name[len(shorter) : len(name) - len(tube)] != ""
    return shorter if shorter and is_apart else name


STUDY_TOML = """\
# What to run. Paths are relative to this file. Every key but [documents] may be left
# out; what stands here is what is taken then.

title = ""
visits = [] # visits beside DX, D0, D14, D21, D28, EOT, UNS
describe_by = "" # a column of subjects.csv or cycles.csv, for descriptives.csv

# The lab's own copies: change them freely, and raise their version.
[documents]
panels = [
{panels}]
templates = [
{templates}]
limits = "gating/limits.toml"
{mrd_documents}
[tables]
samples = "samples.csv" # one row for each tube; the only one that must be there
subjects = "subjects.csv"
cycles = "cycles.csv"
measurements = "measurements.csv"
adverse_events = "adverse_events.csv"

# Errors beside counting noise, as coefficients of variation: they widen the intervals.
[counting]
pipetting_cv_percent = 2.0 # blood into the tube
bead_lot_cv_percent = 2.0 # beads per tube
volume_cv_percent = 2.0 # acquired volume and dilution, volumetric counting
wbc_cv_percent = 3.0 # dual platform: white cells
lymph_percent_cv_percent = 5.0 # dual platform: lymphocytes in percent of them
count_method_change_reason = "" # why a subject may be counted by two methods

# Counts of healthy people of the same age: a flag beside each count, no quality check.
[reference_intervals]
file = "gating/reference_intervals.csv"
unverified = false # true takes limits that were recalled and not read in their source
{mrd}
# A paired comparison; repeat for more.
[[comparison]]
name = "end of treatment vs baseline"
baseline = "D0"
post = ["EOT", "D28", "D21", "D14"] # the first of these that a subject has
cycles = "first" # or "all": by a mixed model where a subject has several

# Days of a visit, counted from the start of the infusion, where they are not the usual
# ones: D0 -7 to 0, D14 12 to 16, D21 19 to 23, D28 and EOT 26 to 30 (EOT within two
# days of the last day of the infusion, where cycles.csv has it). A sample drawn on
# another day is listed in exclusions.csv.
# [windows]
# D14 = [12, 16]
"""
"""The study.toml that `init` leaves, without the analyses that need more tables."""

MRD_DOCUMENTS = """\
references = [ # normal marrow; 'learn-reference' makes the lab's own
{references}]
mrd = "{rules}" # event rules and limits of MRD
"""
"""Documents of a study whose panels look for MRD."""

MRD_TOML = """
# How residual leukaemia is judged.
[mrd]
profile = "ICCS20_50" # or AIEOP_BFM, EUROFLOW: an event rule of gating/mrd.toml
denominator = "" # what is 100 %: NUC, MNC, CD45P, WBC; empty for that of each panel
blank_samples = [] # samples without leukaemia: their MRD gives a limit of detection,
low_samples = [] # with that of samples with a little of it
"""
"""What such a study may set."""

ANALYSES_TOML = """
# Change between two groups of subjects. 'where' holds for every analysis: values that
# columns of subjects.csv and cycles.csv must have; 'infusion' is "14 d" or "21/28 d".
[[group_comparison]]
name = "change by group"
by = "group2"
a = ["RRPOS"]
b = ["NEG"]
where = {}
outcomes = ["CD3", "CD4", "CD8", "NK", "CD19"] # left out: all that are counted

# Visits one by one against the first, by a linear mixed model on log2(value + offset).
[[kinetics]]
name = "course"
visits = ["D0", "D14", "D21", "D28", "EOT"]
offset = 1.0

# Who responded, and what goes with it: columns, column=value, VISIT:OUTCOME.
[[response]]
name = "response"
responders = ["CR", "MRD_CR"]
non_responders = ["NR"]
by = ["group3"]
predictors = ["sex", "age_months", "poor_cytogenetics", "mrd_percent_before", "D0:CD19"]
model = ["mrd_percent_before", "poor_cytogenetics"] # Firth's logistic regression

[[survival]]
name = "event-free survival"
endpoint = "efs" # or "os"
by = "group3"
at_months = [12.0]
landmark_months = 0.0 # more: those who are free of the event then, from there

[[characteristics]]
name = "patients"
by = "group2"
a = ["RRPOS"]
b = ["NEG"]
columns = ["sex", "age_months", "poor_cytogenetics"]
"""
"""Analyses that need subjects.csv and cycles.csv; `init` leaves them as comments."""

ADVERSE_EVENTS_TOML = """
[[adverse_events]]
name = "adverse events"
by = "group2"
a = ["RRPOS"]
b = ["NEG"]
severe = 3
assessed = "listed" # a cycle without a row was not assessed; "all": it was free of it
"""
"""The analysis that needs adverse_events.csv; `init` leaves it as a comment."""


def commented(text: str) -> str:
    """Turn a part of a document into a comment.

    Parameters
    ----------
    text : str
        Lines of TOML; comments among them stay as they are.

    Returns
    -------
    str
        The same lines behind `#`.
    """
    return "".join(
        f"# {line}\n" if line and not line.startswith("#") else f"{line}\n"
        for line in text.splitlines()
    )


def _list(names: Iterable[str]) -> str:
    """Write names as lines of a TOML list."""
    return "".join(f'  "{name}",\n' for name in names)
