"""Take gates that a person drew, instead of finding them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cytoflow_blina.bridge.gating_ml import read_gating_ml
from cytoflow_blina.cohort.sample_row import SampleRow
from cytoflow_blina.errors import (
    ConfigError,
    CytoflowBlinaError,
    Problem,
    did_you_mean,
)


@dataclass(frozen=True)
class GateChoice:
    """Where gates come from.

    Attributes
    ----------
    folder : Path or None
        Gating-ML files named as a run names them, `<sample_id>.<tube>.xml`. A tube
        without a file there is fitted.
    by, reason : str
        Who drew them, and why; recorded.
    find : bool
        False to take the template's own geometry for the other tubes.
    """

    folder: Path | None = None
    by: str = ""
    reason: str = ""
    find: bool = True


def find_given_gates(
    choice: GateChoice, samples: Sequence[SampleRow]
) -> dict[tuple[str, str], Path]:
    """Match the files of a folder with the tubes of the sheet.

    Parameters
    ----------
    choice : GateChoice
        The folder, or none.
    samples : sequence of SampleRow
        The tubes.

    Returns
    -------
    dict of (str, str) to Path
        File by sample and tube; empty without a folder.

    Raises
    ------
    ConfigError
        Where the folder is missing or empty, a file belongs to no tube, or cannot be
        read; with all such problems. Also for a person or reason without a folder.
    """
    if choice.folder is None:
        if choice.by or choice.reason:
            message = "say who drew given gates and why; name their folder by --gates."
            raise ConfigError(Problem("--gates-by, --gates-reason", message))
        return {}
    files = sorted(choice.folder.glob("*.xml"))
    if not files:
        found = "holds no Gating-ML file (*.xml)"
        message = found if choice.folder.is_dir() else "is no folder"
        raise ConfigError(Problem(f"--gates {choice.folder.name}", f"{message}."))
    tubes = {row.file_stem: (row.sample_id, row.tube) for row in samples}
    problems: list[Problem] = []
    given: dict[tuple[str, str], Path] = {}
    for file in files:
        if file.stem not in tubes:
            message = (
                "belongs to no tube of the sample sheet; a file is named as the run "
                f"names it, {next(iter(tubes))}.xml." + did_you_mean(file.stem, tubes)
            )
            problems.append(Problem(file.name, message))
            continue
        given[tubes[file.stem]] = file
        try:
            read_gating_ml(file)
        except CytoflowBlinaError as error:
            problems += error.problems
    if problems:
        raise ConfigError(*problems)
    return given
