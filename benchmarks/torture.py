"""Print what the reader makes of every file of a folder: read, or refused and why.

Run as ``python benchmarks/torture.py [FOLDER]``.
"""

import os
import sys
from pathlib import Path

from cytoflow_blina.errors import FcsError
from cytoflow_blina.fcs.discover import find_fcs_files
from cytoflow_blina.fcs.read import read_all_data_sets

DATA = Path(
    os.environ.get(
        "CYTOFLOW_BLINA_DATA",
        Path(__file__).resolve().parents[2] / "shared" / "data",
    )
)


def rows_of(path: Path) -> list[str]:
    """Say what became of a file, one row for each of its data sets."""
    try:
        tubes = read_all_data_sets(path)
    except FcsError as error:
        reason = "; ".join(problem.message for problem in error.problems)
        return [f"{path.name:<30} refused   {type(error).__name__}: {reason}"]
    rows = []
    for number, tube in enumerate(tubes, start=1):
        name = path.name if len(tubes) == 1 else f"{path.name} [{number}]"
        rows.append(
            f"{name:<30} read      FCS {tube.acquisition.fcs_version}  "
            f"{tube.events.n_events:>6} events x {len(tube.events.channels):>2} "
            f"channels  {' '.join(tube.acquisition.notes)}"
        )
    return rows


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA / "torture"
    for path in find_fcs_files(folder):
        print("\n".join(rows_of(path)).rstrip())


if __name__ == "__main__":
    main()
