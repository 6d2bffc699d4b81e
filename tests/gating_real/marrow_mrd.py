"""Look for residual leukaemia in real normal marrow, with the other marrows as normal.

Each marrow in turn is searched against a reference that was learnt from the others.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from tests.gating_real.marrow import MARROWS, PROGENITOR, B, gate_marrow, read_marrow
from threadpoolctl import threadpool_limits

from cytoflow_blina.gates.fit.strategy import FittedStrategy
from cytoflow_blina.mrd.learn_reference import NormalMarrow, learn_tube
from cytoflow_blina.mrd.rules import load_mrd_rules
from cytoflow_blina.workflow.gating import GatedTube, RecognisedTube, apply_gates
from cytoflow_blina.workflow.marrow_levels import (
    anchor_levels,
    cofactor_of,
    decades_of,
)
from cytoflow_blina.workflow.mrd_search import MrdSearch, add_candidates, b_lineage_of
from cytoflow_blina.workflow.mrd_tube import measure_mrd

RULES = Path(__file__).parents[2] / "gating" / "mrd.toml"
B19 = "mnc/b19"
CD34 = "mnc/blast_window/cd34"
WITH_PROGENITORS = "mnc/b_lineage"
"""Where candidates are sought: by CD19 alone, or all that is HLA-DR+ or CD34+, too."""


@dataclass(frozen=True, eq=False)
class GatedMarrow:
    """A marrow with its labels, gated for MRD.

    Attributes
    ----------
    label : ndarray of int64, shape (n_events,)
        The expert's.
    recognised : RecognisedTube
        Its events.
    gated : GatedTube
        Its populations.
    """

    label: np.ndarray
    recognised: RecognisedTube
    gated: GatedTube


@dataclass(frozen=True)
class Proposed:
    """What was proposed as MRD in a marrow without leukaemia.

    Attributes
    ----------
    sample : str
        The marrow.
    searched_in : str
        Path of the gate in which candidates were sought.
    n_searched, n_progenitors_searched : int
        Events in it, and labelled progenitors among them.
    n_candidates, n_proposed : int
        Candidates, and events in them.
    n_progenitors_proposed : int
        Labelled progenitors among these.
    """

    sample: str
    searched_in: str
    n_searched: int
    n_progenitors_searched: int
    n_candidates: int
    n_proposed: int
    n_progenitors_proposed: int


def gate_all(
    events: Mapping[str, pd.DataFrame], folder: Path, *, b_lineage: str
) -> dict[str, GatedMarrow]:
    """Gate marrows by name; `b_lineage` says where candidates are to be sought."""

    def one(name: str, table: pd.DataFrame) -> GatedMarrow:
        recognised, gated = gate_marrow("marrow-mrd", table, folder / f"{name}.fcs")
        template = recognised.resolved.template
        assert template.mrd is not None
        elsewhere = replace(template, mrd=replace(template.mrd, b_lineage=b_lineage))
        resolved = replace(recognised.resolved, template=elsewhere)
        label = table["label"].to_numpy()
        return GatedMarrow(label, replace(recognised, resolved=resolved), gated)

    return {name: one(name, table) for name, table in events.items()}


def recall_of_b(data: Path, folder: Path, sample: str) -> tuple[int, int]:
    """Count labelled B cells within the gate of CD19, and all of them."""
    events = read_marrow(data, sample)
    _, gated = gate_marrow("marrow-mrd", events, folder / f"{sample}.fcs")
    is_b = (events["label"] == B).to_numpy()
    return int((gated.populations[B19].mask & is_b).sum()), int(is_b.sum())


def recall_table(data: Path, folder: Path) -> pd.DataFrame:
    """Recall of labelled B cells in every marrow, and in all."""
    table = pd.DataFrame(
        [(one, *recall_of_b(data, folder, one)) for one in MARROWS],
        columns=["marrow", "n_found", "n_label"],
    )
    table.loc[len(table)] = ["all", table["n_found"].sum(), table["n_label"].sum()]
    return table.assign(recall=table["n_found"] / table["n_label"])


def normal_marrow(sample: str, marrow: GatedMarrow) -> NormalMarrow:
    """Take what a reference is learnt from."""
    recognised, populations = marrow.recognised, marrow.gated.populations
    mrd = recognised.resolved.template.mrd
    assert mrd is not None
    cofactor = cofactor_of(recognised)
    inside = populations[mrd.b_lineage].mask
    levels = decades_of(recognised, mrd.markers, [inside], cofactor=cofactor)
    return NormalMarrow(
        sample,
        levels[0],
        anchor_levels(recognised, populations, mrd.markers, cofactor=cofactor),
        {name: populations[path].mask[inside] for name, path in mrd.stages.items()},
    )


def search_marrow(
    sample: str, marrow: GatedMarrow, others: Mapping[str, GatedMarrow]
) -> Proposed:
    """Search a marrow for MRD, with others as normal."""
    recognised = marrow.recognised
    mrd = recognised.resolved.template.mrd
    assert mrd is not None
    rules = load_mrd_rules(RULES)
    with threadpool_limits(1):
        reference = learn_tube(
            [normal_marrow(name, other) for name, other in others.items()],
            mrd.markers,
            cofactor=cofactor_of(recognised),
        )
        search = MrdSearch(rules.candidates, rules.cd19, reference=reference)
        lineage = b_lineage_of(recognised, marrow.gated, search)
        assert lineage is not None
        fitted = FittedStrategy(marrow.gated.strategy, {})
        strategy = add_candidates(recognised, fitted, lineage, search).strategy
    gated = apply_gates(recognised, strategy)
    found = measure_mrd(recognised, gated, lineage, search, sample_id=sample)
    paths = [candidate.path for candidate in found.candidates]
    searched = gated.populations[mrd.b_lineage].mask
    is_progenitor = marrow.label == PROGENITOR
    is_proposed = np.zeros(searched.size, dtype=np.bool_)
    for path in paths:
        is_proposed |= gated.populations[path].mask
    return Proposed(
        sample,
        mrd.b_lineage,
        n_searched=int(searched.sum()),
        n_progenitors_searched=int((searched & is_progenitor).sum()),
        n_candidates=len(paths),
        n_proposed=found.mrd_events,
        n_progenitors_proposed=int((is_proposed & is_progenitor).sum()),
    )


def left_out_in_turn(
    data: Path, folder: Path, *, b_lineage: str = WITH_PROGENITORS
) -> Iterator[Proposed]:
    """Search every marrow against a reference of the others."""
    events = {one: read_marrow(data, one) for one in MARROWS}
    marrows = gate_all(events, folder, b_lineage=b_lineage)
    for sample, marrow in marrows.items():
        others = {name: one for name, one in marrows.items() if name != sample}
        yield search_marrow(sample, marrow, others)


def without_progenitors(data: Path, folder: Path, sample: str) -> Proposed:
    """Search a marrow against others from which all progenitors were taken.

    To such a reference progenitors are unknown cells, as a clone would be. Those that
    nobody labelled are taken too.
    """
    tables = {sample: read_marrow(data, sample)}
    for name in MARROWS:
        if name == sample:
            continue
        events = read_marrow(data, name)
        _, gated = gate_marrow("marrow-mrd", events, folder / f"{name}.fcs")
        is_progenitor = gated.populations[CD34].mask | (events["label"] == PROGENITOR)
        tables[name] = events[~is_progenitor]
    marrows = gate_all(tables, folder, b_lineage=WITH_PROGENITORS)
    return search_marrow(sample, marrows.pop(sample), marrows)
