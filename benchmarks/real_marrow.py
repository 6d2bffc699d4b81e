"""Count rare cells of real marrow, and look for leukaemia where there is none.

``make accuracy`` prints how labelled CD34+ progenitors are counted that were taken out
of four marrows and mixed back at known shares: recovery, slope and how often the
interval holds the level. Then it prints the recall of B cells by CD19, and what is
proposed as MRD in each marrow when the other three are its reference: once where CD19
alone tells B lineage, once where all that carries HLA-DR or CD34 is looked at too, and
once with a reference to which progenitors are unknown, as a clone would be. The
positions of the templates were set by people who saw the labels of all four.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

import pandas as pd
from tests.gating_real.marrow import (
    MARROWS,
    blank_kinds,
    find_blank,
    level_table,
    limit_of_blank,
    log_slope,
    mixtures,
    pooled_marrows,
)
from tests.gating_real.marrow_mrd import (
    B19,
    WITH_PROGENITORS,
    left_out_in_turn,
    recall_table,
    without_progenitors,
)
from threadpoolctl import threadpool_limits

DATA = Path(
    os.environ.get(
        "CYTOFLOW_BLINA_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"
    )
)
N_DRAWS = 30


def rare_tables(data: Path, folder: Path) -> dict[str, pd.DataFrame]:
    """Mix progenitors into marrow at three levels; every table by its name."""
    blank = find_blank(data, folder)
    pool = pooled_marrows(data)
    mixed = list(mixtures(pool, folder, n_draws=N_DRAWS))
    limit = limit_of_blank(blank, mixed)
    by_marrow = dict(zip(MARROWS, blank.by_marrow, strict=True))
    return {
        "rare_blank": pd.Series(
            {
                "events": blank.n_total,
                "found": blank.n_found,
                "found_percent": blank.percent,
                **{f"percent_{name}": value for name, value in by_marrow.items()},
                "recall": blank.recall,
                "limit_of_blank_percent": limit.limit_of_blank,
                "limit_of_detection_percent": limit.limit_of_detection,
                **blank_kinds(pool, folder),
            }
        )
        .rename_axis("quantity")
        .reset_index(name="value"),
        "rare_levels": level_table(mixed, blank),
        "rare_slope": pd.DataFrame(
            [
                {"found": "raw", **log_slope(mixed)},
                {"found": "less the blank", **log_slope(mixed, blank=blank.percent)},
            ]
        ),
    }


def mrd_tables(data: Path, folder: Path) -> dict[str, pd.DataFrame]:
    """Look for residual leukaemia in normal marrow; every table by its name."""
    ways = (B19, WITH_PROGENITORS)
    return {
        "marrow_b_recall": recall_table(data, folder),
        "marrow_proposed": pd.DataFrame(
            [
                one
                for way in ways
                for one in left_out_in_turn(data, folder, b_lineage=way)
            ]
        ),
        "marrow_proposed_progenitors_unknown": pd.DataFrame(
            [without_progenitors(data, folder, one) for one in MARROWS]
        ),
    }


def main() -> None:
    """Print every table, and write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--out", type=Path, default=Path("accuracy-results"))
    options = parser.parse_args()
    if not options.data.is_dir():
        print("the real data are not at hand (set CYTOFLOW_BLINA_DATA)")
        return
    options.out.mkdir(parents=True, exist_ok=True)
    with threadpool_limits(1), tempfile.TemporaryDirectory() as folder:
        tables = rare_tables(options.data, Path(folder))
        tables |= mrd_tables(options.data, Path(folder))
        for name, table in tables.items():
            print(f"\n{name}\n{table.round(4).to_string(index=False)}")
            table.to_csv(options.out / f"{name}.csv", index=False)


if __name__ == "__main__":
    main()
