"""Check samples.csv as a whole: rows against each other, and against the study."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

from cytoflow_blina.cohort.sample_row import SampleRow
from cytoflow_blina.domain.counting import (
    BEADS_PER_TUBE_MAX,
    BEADS_PER_TUBE_MIN,
    CountMethod,
)
from cytoflow_blina.errors import Problem, did_you_mean

NumberedRow = tuple[int, SampleRow]

_SHARED = (
    "subject_id", "cycle", "visit", "rel_day", "specimen", "panel", "count_method",
    "wbc_1e9_per_l", "lymph_percent_of_wbc", "collected_at", "prior_cd19_therapy",
    "marrow_pull",
)  # fmt: skip

_NEEDED = {
    CountMethod.BEAD: {
        "beads_per_tube": "the number on the pouch of the bead lot",
        "blood_volume_ul": "the blood pipetted into the tube, usually 50",
    },
    CountMethod.VOLUMETRIC: {
        "dilution_factor": "(blood + reagents + lysing solution) / blood",
    },
    CountMethod.DUAL: {
        "wbc_1e9_per_l": "the analyser's leukocytes in 10^9/L",
        "lymph_percent_of_wbc": "the analyser's lymphocytes in % of them",
    },
    CountMethod.NONE: {},
}


@dataclass(frozen=True)
class SheetContext:
    """What the rest of the study allows in the sheet.

    Attributes
    ----------
    name : str
        File name of the sheet.
    visits : tuple of str
        Visits that a sample may have; empty to allow any.
    panels : mapping of str to sequence of str
        Tube ids of each panel, `("",)` for a panel of one tube; empty to allow any.
    folder : Path or None
        Study folder in which the FCS files must be; None not to look.
    """

    name: str
    visits: tuple[str, ...] = ()
    panels: Mapping[str, Sequence[str]] | None = None
    folder: Path | None = None

    def problem(self, number: int, column: str, message: str) -> Problem:
        """Say where in the sheet something is wrong.

        Parameters
        ----------
        number, column : int, str
            Row of the spreadsheet, and column.
        message : str
            What is wrong.

        Returns
        -------
        Problem
            With both.
        """
        return Problem(f"{self.name}: row {number}, column {column}", message)


def sheet_problems(
    rows: Sequence[NumberedRow], context: SheetContext
) -> Iterator[Problem]:
    """Find every fault that a single cell does not show.

    Parameters
    ----------
    rows : sequence of (int, SampleRow)
        Row number and row.
    context : SheetContext
        What the study allows.

    Yields
    ------
    Problem
        Repeated tubes and files, tubes of one sample that contradict each other,
        unknown visits, panels and tubes, numbers that the count method needs, FCS
        files that are not there.
    """
    yield from _repeated(rows, context)
    yield from _contradictions(rows, context)
    for number, row in rows:
        yield from _visit_and_panel(number, row, context)
        yield from _counting(number, row, context)
        yield from _file(number, row, context)


def _repeated(rows: Sequence[NumberedRow], context: SheetContext) -> Iterator[Problem]:
    """Find tubes and files that stand in the sheet twice."""
    stems: dict[str, NumberedRow] = {}
    files: dict[str, int] = {}
    for number, row in rows:
        # Not every file system tells a.xml from A.xml.
        first_number, first = stems.setdefault(row.file_stem.casefold(), (number, row))
        if (first.sample_id, first.tube) == (row.sample_id, row.tube):
            if first_number != number:
                message = (
                    f"sample {row.sample_id!r}{_tube(row)} stands already in row "
                    f"{first_number}. Delete one row, or name the tubes apart in "
                    "column tube."
                )
                yield context.problem(number, "sample_id", message)
        else:
            message = (
                f"the files of sample {row.sample_id!r}{_tube(row)} would bear the "
                f"same name as those of row {first_number}; rename one."
            )
            yield context.problem(number, "sample_id", message)
        first_with_file = files.setdefault(os.path.normpath(row.fcs_file), number)
        if first_with_file != number:
            message = f"{row.fcs_file!r} is already the file of row {first_with_file}."
            yield context.problem(number, "fcs_file", message)


def _tube(row: SampleRow) -> str:
    """Name the tube in a sentence."""
    return f", tube {row.tube!r}," if row.tube else ""


def _contradictions(
    rows: Iterable[NumberedRow], context: SheetContext
) -> Iterator[Problem]:
    """Find tubes of one sample that do not agree on what the sample is."""
    samples: dict[str, list[NumberedRow]] = defaultdict(list)
    for number, row in rows:
        samples[row.sample_id].append((number, row))
    for sample_id, tubes in samples.items():
        first_number, first = tubes[0]
        for number, row in tubes[1:]:
            for column in _SHARED:
                found, expected = getattr(row, column), getattr(first, column)
                if found != expected:
                    message = (
                        f"found {_word(found)}, but row {first_number} of the same "
                        f"sample {sample_id!r} has {_word(expected)}."
                    )
                    yield context.problem(number, column, message)


def _word(value: object) -> str:
    """Write a value in a sentence."""
    return "nothing" if value in {None, ""} else repr(str(value))


def _visit_and_panel(
    number: int, row: SampleRow, context: SheetContext
) -> Iterator[Problem]:
    """Check visit, panel and tube against what the study knows."""
    if context.visits and row.visit not in context.visits:
        message = (
            f"unknown visit {row.visit!r}; known are {', '.join(context.visits)}. "
            "Declare others in study.toml." + did_you_mean(row.visit, context.visits)
        )
        yield context.problem(number, "visit", message)
    if context.panels is None:
        return
    if row.panel not in context.panels:
        message = (
            f"unknown panel {row.panel!r}; the study has {', '.join(context.panels)}."
            + did_you_mean(row.panel, context.panels)
        )
        yield context.problem(number, "panel", message)
        return
    tubes = context.panels[row.panel]
    if len(tubes) > 1 and row.tube not in tubes:
        message = (
            f"found {_word(row.tube)}, expected one of {', '.join(tubes)}, the tubes "
            f"of panel {row.panel!r}."
        )
        yield context.problem(number, "tube", message)


def _counting(number: int, row: SampleRow, context: SheetContext) -> Iterator[Problem]:
    """Check that the numbers of the count method are there and sane."""
    for column, meaning in _NEEDED[row.count_method].items():
        if getattr(row, column) is None:
            message = (
                f"is empty, but count_method is {str(row.count_method)!r}; expected "
                f"{meaning}."
            )
            yield context.problem(number, column, message)
    beads = row.beads_per_tube
    if row.count_method is not CountMethod.BEAD or beads is None:
        return
    if not BEADS_PER_TUBE_MIN <= beads <= BEADS_PER_TUBE_MAX:
        message = (
            f"found {beads:g}, expected {BEADS_PER_TUBE_MIN} to {BEADS_PER_TUBE_MAX}; "
            "copy the number from the pouch of the bead lot."
        )
        yield context.problem(number, "beads_per_tube", message)


def _file(number: int, row: SampleRow, context: SheetContext) -> Iterator[Problem]:
    """Check that the FCS file lies in the study folder."""
    name = row.fcs_file
    if Path(name).is_absolute() or PureWindowsPath(name).anchor:
        # The path itself stays unsaid: it may name a person.
        message = "is an absolute path, expected one relative to the study folder."
        yield context.problem(number, "fcs_file", message)
        return
    if Path(os.path.normpath(name)).parts[:1] == ("..",):
        message = f"{name!r} leads out of the study folder; copy the file into it."
        yield context.problem(number, "fcs_file", message)
        return
    if context.folder is None or (context.folder / name).is_file():
        return
    message = f"there is no file {name!r} in the study folder."
    if "\\" in name:
        message += " Write '/' between folders."
    elif (context.folder / name).parent.is_dir():
        folder = (context.folder / name).parent
        message += did_you_mean(
            Path(name).name, sorted(one.name for one in folder.iterdir())
        )
    yield context.problem(number, "fcs_file", message)
