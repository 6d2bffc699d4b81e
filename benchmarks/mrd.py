"""Write every figure of MRD as a table: detection, F1, false findings, CD19.

``make accuracy`` runs all of it with default ranges; for the second set of ranges and
other seeds::

    python benchmarks/mrd.py --ranges other --first-seed 9001

Truth is the label of every simulated event. Dead blasts are neither right nor wrong, as
a panel without a viability dye cannot tell them. Coincidences belong to no population.
"""

from __future__ import annotations

import argparse
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from acceptance.gate_marrow import gate_marrow
from scipy.stats import binomtest
from threadpoolctl import threadpool_limits

from cytoflow_blina.domain.mrd import Cd19
from cytoflow_blina.simulate.marrow.cytometers import AIEOP, POST_CD19
from cytoflow_blina.simulate.marrow.spec import Cd19OfClone, CloneSpec, MarrowSpec

KINDS = ("regenerating", "resting", "regenerating", "aplasia")
CLOSENESS = (0.0, 0.0, 0.2, 0.4, 0.6, 0.8)
"""How far clones lie towards normal cells; tables go by their distance in SD."""

DECADES = {"0.002 %": 10, "0.01 %": 50, "0.1 %": 500, "1 %": 5_000}
"""Blasts in a tube of 500,000 nucleated cells."""

BANDS, BAND_NAMES = (0, 3, 6, np.inf), ("below 3 SD", "3 to 6 SD", "above 6 SD")
HEMATOGONES = (0.20, 0.20, 0.12, 0.05)
"""Shares in negative marrows."""

Row = dict[str, object]
Task = tuple[str, int, MarrowSpec]


def detection_tasks(seeds: Sequence[int]) -> Iterator[Task]:
    """List tubes of clones at every distance and level."""
    for seed in seeds:
        for level, n in DECADES.items():
            yield level, seed, _with_clone(seed, n, CLOSENESS[seed % len(CLOSENESS)])


def few_tasks(seeds: Sequence[int]) -> Iterator[Task]:
    """List tubes of exactly 20 and exactly 50 blasts of typical phenotypes."""
    for seed in seeds:
        for n in (20, 50):
            yield f"exactly {n}", seed, _with_clone(seed, n, 0.1 * (seed % 3))


def negative_tasks(seeds: Sequence[int]) -> Iterator[Task]:
    """List marrows without leukaemia: up to 20 % hematogones, and B-cell aplasia."""
    for seed in seeds:
        share = HEMATOGONES[seed % len(HEMATOGONES)]
        spec = MarrowSpec(
            AIEOP, subject=f"N{seed}", visit="EOT", hematogone_share=share
        )
        yield "hematogones", seed, spec
        yield (
            "aplasia",
            seed,
            MarrowSpec(AIEOP, subject=f"N{seed}", visit="EOT", kind="aplasia"),
        )


def cd19_tasks(seeds: Sequence[int]) -> Iterator[Task]:
    """List the same clones with and without CD19, in the post-CD19 panel."""
    states: tuple[Cd19OfClone, ...] = ("positive", "negative")
    for seed in seeds:
        for cd19 in states:
            yield (
                cd19,
                seed,
                MarrowSpec(
                    POST_CD19,
                    subject=f"C{seed}",
                    visit="UNS",
                    kind=("aplasia", "resting")[seed % 2],
                    clones=(CloneSpec(500, cd19=cd19, closeness=0.1 * (seed % 3)),),
                ),
            )


def _with_clone(seed: int, n: int, closeness: float) -> MarrowSpec:
    return MarrowSpec(
        AIEOP,
        subject=f"P{seed}",
        visit="EOT",
        kind=KINDS[seed // len(CLOSENESS) % len(KINDS)],
        clones=(CloneSpec(n, closeness=closeness),),
    )


def run_task(ranges: str, task: Task) -> Row:
    """Simulate and gate one tube."""
    case, seed, spec = task
    return {
        "case": case,
        "seed": seed,
        "kind": spec.kind,
        **gate_marrow(spec, seed, ranges=ranges).row(),
    }


def detection_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Tell by distance and level how often clones are shown, and how well held."""
    rows = rows.assign(
        distance=pd.cut(rows.distance_sd, BANDS, labels=BAND_NAMES),
        is_shown=rows.n_both >= np.minimum(5, rows.n_true),
    )
    found = []
    for (distance, case), part in rows.groupby(["distance", "case"], observed=True):
        shown = int(part.is_shown.sum())
        low, high = binomtest(shown, len(part)).proportion_ci()
        found.append(
            {
                "distance": distance,
                "blasts": case,
                "tubes": len(part),
                "shown_percent": 100 * shown / len(part),
                "lo95": 100 * low,
                "hi95": 100 * high,
                "median_f1": part.f1.median(),
                "q1_f1": part.f1.quantile(0.25),
                "median_recall": (part.n_both / part.n_true).median(),
                "in_b_lineage_percent": 100
                * part.in_b_lineage.sum()
                / part.n_true.sum(),
            }
        )
    return pd.DataFrame(found)


def negative_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Tell how often a marrow without leukaemia is called negative."""
    found = []
    for case, part in rows.groupby("case"):
        negative = part.status.str.startswith("NEG")
        low, high = binomtest(int(negative.sum()), len(part)).proportion_ci()
        found.append(
            {
                "marrow": case,
                "tubes": len(part),
                "negative_percent": 100 * negative.mean(),
                "lo95": 100 * low,
                "hi95": 100 * high,
                "with_a_candidate": int((part.n_found > 0).sum()),
                "mean_candidate_events": part.n_found.mean(),
                "most_candidate_events": int(part.n_found.max()),
            }
        )
    return pd.DataFrame(found)


def cd19_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Tell how clones without CD19 fare beside the same clones with it."""
    lost: tuple[Cd19, ...] = ("negative",)
    return pd.DataFrame(
        [
            {
                "cd19": case,
                "tubes": len(part),
                "recall_percent": 100 * part.n_both.sum() / part.n_true.sum(),
                "median_recall_percent": 100 * (part.n_both / part.n_true).median(),
                "median_f1": part.f1.median(),
                "called_negative_percent": 100 * part.cd19.isin(lost).mean(),
            }
            for case, part in rows.groupby("case")
        ]
    )


PARTS: dict[
    str,
    tuple[
        Callable[[Sequence[int]], Iterator[Task]],
        Callable[[pd.DataFrame], pd.DataFrame],
        int,
    ],
] = {
    "detection": (detection_tasks, detection_table, 48),
    "few": (few_tasks, detection_table, 60),
    "negative": (negative_tasks, negative_table, 200),
    "cd19": (cd19_tasks, cd19_table, 40),
}
"""Tubes to simulate, how they are summed up, and for how many seeds."""


def main() -> None:
    """Run the parts, print and write their tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--ranges", default="default", choices=("default", "other"))
    parser.add_argument("--first-seed", type=int, default=8001)
    parser.add_argument("--seeds", type=int, help="instead of each part's own number")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("accuracy-results"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        options.jobs, mp_context=context, initializer=threadpool_limits, initargs=(1,)
    ) as pool:
        for name in options.parts.split(","):
            tasks, summarise, n_seeds = PARTS[name]
            seeds = range(
                options.first_seed, options.first_seed + (options.seeds or n_seeds)
            )
            work = partial(run_task, options.ranges)
            rows = pd.DataFrame(list(pool.map(work, tasks(seeds))))
            table = summarise(rows)
            stem = f"mrd_{name}_{options.ranges}"
            rows.to_csv(options.out / f"rows_{stem}.csv", index=False)
            table.to_csv(options.out / f"{stem}.csv", index=False)
            print(f"\n{name}, {options.ranges} ranges, seeds {seeds[0]} to {seeds[-1]}")
            print(table.round(3).to_string(index=False), flush=True)


if __name__ == "__main__":
    main()
