"""Fit the cohort and write its tables: ``python -m benchmarks.fit_cohort [FOLDER]``."""

import sys
from pathlib import Path

from fit_cohort.account import read_tables
from fit_cohort.cohort import make_cohort
from fit_cohort.count_search import Schedule
from fit_cohort.readme import write_readme
from fit_cohort.tables import write_tables

FOLDER = (
    Path(__file__).resolve().parents[2]
    / "src"
    / "cytoflow_blina"
    / "published"
    / "cohort"
)

# Short walks: each begins with what ties do to P values where the last one ended.
SCHEDULES = 6 * (Schedule(n_rounds=1000, n_candidates=32, warmest=0.03, coldest=0.003),)


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    write_tables(make_cohort(SCHEDULES), folder)
    lines = write_readme(read_tables(folder), folder / "README.md")
    unmet = [line for line in lines if not line.met]
    print(f"{len(lines) - len(unmet)} of {len(lines)} published numbers are met")
    for line in unmet:
        print(f"  {line.claim}: {line.quantity}: {line.published}, here {line.found}")


if __name__ == "__main__":
    main()
