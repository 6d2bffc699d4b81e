"""Put results where they belong, whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cytoflow_blina.errors import ConfigError, Problem
from cytoflow_blina.workflow.provenance import PROVENANCE_FILE


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """Make a folder beside the output folder, which takes its place when complete.

    Whatever stops the run, the results of an earlier one are left, and no half of new
    ones.

    Parameters
    ----------
    out : Path
        The output folder; what it holds is replaced in the end.

    Yields
    ------
    Path
        The folder to write to.
    """
    out = out.resolve()  # '.' has no name to put a folder beside
    partial = out.with_name(f".{out.name}.partial")
    if partial.exists():
        shutil.rmtree(partial)
    partial.mkdir(parents=True)
    try:
        yield partial
        if out.exists():
            shutil.rmtree(out)
        partial.rename(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def check_output(out: Path, *, replace: bool) -> None:
    """Refuse to overwrite what is not the output of an earlier run.

    Parameters
    ----------
    out : Path
        The output folder; may be absent.
    replace : bool
        Whether an earlier run may be replaced.

    Raises
    ------
    ConfigError
        Where the folder holds something that must stay.
    """
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not (out / PROVENANCE_FILE).is_file():
        message = (
            f"is there and is no output of a run (no {PROVENANCE_FILE}); it is left as "
            "it is. Choose another folder."
        )
        raise ConfigError(Problem(str(out), message))
    if not replace:
        message = (
            "holds the results of an earlier run. Choose another folder, or add "
            "--replace."
        )
        raise ConfigError(Problem(str(out), message))
