"""Compare gates with the labels of experts on real tubes.

``make accuracy`` prints, for every labelled population of the real data at hand, events
with the label, events found, precision, recall and F1. The templates name markers, tree
and methods, and say nowhere where a threshold lies. Of bone marrow the class "other" is
left out, as it holds lymphocytes that nobody gated.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pandas as pd
from tests.gating_real.labelled import agreements, gate, labelled_tubes, replicate
from threadpoolctl import threadpool_limits

from cytoflow_blina.domain.population import percent

DATA = Path(
    os.environ.get(
        "CYTOFLOW_BLINA_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"
    )
)
REPLICATES = ("day1_rep1", "day1_rep2", "day2_rep1", "day2_rep2")


def agreement_table(data: Path, folder: Path) -> pd.DataFrame:
    """Gate every labelled tube; one row for each population."""
    return pd.DataFrame(
        [
            asdict(agreement)
            for tube in labelled_tubes(data, folder)
            for agreement in agreements(tube)
        ]
    )


def shares_of_replicates(data: Path, folder: Path) -> pd.DataFrame:
    """Percentages of each replicate tube, of T cells for CD4 and CD8."""

    def rows() -> Iterator[dict[str, float | str]]:
        for name in REPLICATES:
            _, found = gate("replicates", replicate(data, folder, name))
            n = {population: int(mask.sum()) for population, mask in found.items()}
            yield {
                "tube": name,
                "CD3": percent(n["CD3"], n["LYMPH"]),
                "CD4": percent(n["CD4"], n["CD3"]),
                "CD8": percent(n["CD8"], n["CD3"]),
                "CD19": percent(n["CD19"], n["LYMPH"]),
            }

    return pd.DataFrame(list(rows())).set_index("tube")


def main() -> None:
    """Print both tables, and write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--out", type=Path, default=Path("accuracy-results"))
    options = parser.parse_args()
    if not options.data.is_dir():
        print("the real data are not at hand (set CYTOFLOW_BLINA_DATA)")
        return
    with threadpool_limits(1), tempfile.TemporaryDirectory() as folder:
        table = agreement_table(options.data, Path(folder))
        print("Labels of experts, templates without positions")
        print(table.round(4).to_string(index=False))
        shares = shares_of_replicates(options.data, Path(folder))
        print("\nReplicates of one donor, percent of lymphocytes or T cells")
        print(shares.round(2).to_string())
        print(f"range\n{(shares.max() - shares.min()).round(2).to_string()}")
    options.out.mkdir(parents=True, exist_ok=True)
    table.to_csv(options.out / "labelled.csv", index=False)
    shares.to_csv(options.out / "replicates.csv")


if __name__ == "__main__":
    main()
