"""Simulate one marrow tube, look for MRD as a run does, and compare with the truth."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import nan
from pathlib import Path
from time import process_time

import numpy as np

from cytoflow_blina.bridge.gating_ml import read_gating_ml, write_gating_ml
from cytoflow_blina.domain.documents import shipped_documents
from cytoflow_blina.domain.mrd import NormalReference, Phenotype, TubeMrd
from cytoflow_blina.domain.panel import Panel
from cytoflow_blina.domain.template import GatingTemplate
from cytoflow_blina.fcs.read import read_tube
from cytoflow_blina.gates.load import load_template
from cytoflow_blina.mrd.reference_document import load_reference
from cytoflow_blina.mrd.rules import MrdRules, load_mrd_rules
from cytoflow_blina.mrd.verdict import MrdContext, MrdConvention, judge_tube
from cytoflow_blina.preprocess.panels import load_panel
from cytoflow_blina.simulate.marrow.cytometers import DEFAULT_MARROW_RANGES
from cytoflow_blina.simulate.marrow.other_ranges import OTHER_MARROW_RANGES
from cytoflow_blina.simulate.marrow.ranges import MarrowRanges
from cytoflow_blina.simulate.marrow.spec import MarrowSpec
from cytoflow_blina.simulate.marrow.tube import SimulatedMarrow, simulate_marrow
from cytoflow_blina.simulate.marrow.tube_file import write_marrow
from cytoflow_blina.workflow.gating import (
    GatedTube,
    apply_gates,
    find_gates,
    recognise_tube,
)
from cytoflow_blina.workflow.mrd_search import MrdSearch, add_candidates, b_lineage_of
from cytoflow_blina.workflow.mrd_tube import measure_mrd

RANGES: Mapping[str, MarrowRanges] = {
    "default": DEFAULT_MARROW_RANGES,
    "other": OTHER_MARROW_RANGES,
}
"""Sets of ranges; the second is kept for acceptance."""


@dataclass(frozen=True, eq=False)
class GatedMarrow:
    """A simulated tube, its gates, what they say of MRD, and the truth.

    Attributes
    ----------
    truth : SimulatedMarrow
        The tube.
    gated : GatedTube
        Its populations, candidates among them.
    mrd : TubeMrd
        What is told of MRD.
    rules : MrdRules
        How it is judged.
    seconds : float
        Processor time of reading, gating and looking for candidates.
    """

    truth: SimulatedMarrow
    gated: GatedTube
    mrd: TubeMrd
    rules: MrdRules
    seconds: float

    def row(self) -> dict[str, object]:
        """Compare candidates with the blasts of the tube; one row of a table."""
        labels = np.asarray(self.truth.names)[self.truth.codes]
        is_blast = np.char.startswith(labels, "blast")
        found = np.zeros(labels.size, dtype=np.bool_)
        for candidate in self.mrd.candidates:
            found |= self.gated.populations[candidate.path].mask
        # A panel without a viability dye cannot tell dead blasts: left out.
        found &= ~np.char.startswith(labels, "dead:blast")
        n_true, n_found = int(is_blast.sum()), int(found.sum())
        n_both = int((found & is_blast).sum())
        total = n_true + n_found
        mrd = self.mrd
        template = "b_lineage"
        foreign, number = np.unique(labels[found & ~is_blast], return_counts=True)
        return {
            "n_true": n_true,
            "n_found": n_found,
            "n_both": n_both,
            "f1": 2 * n_both / total if total else nan,
            "n_candidates": len(mrd.candidates),
            "in_b_lineage": self._held(is_blast, template),
            "n_nucleated": self.truth.n_nucleated,
            "nuc_events": mrd.denominators.get("NUC", 0),
            "b_lineage": mrd.stages.get("b_lineage", 0),
            "distance_sd": min(
                (one.distance_sd for one in self.truth.clones), default=nan
            ),
            "hematogone_share": self.truth.hematogone_share,
            "status": judge_tube(
                mrd, MrdContext(), MrdConvention("ICCS20_50"), self.rules
            ).status,
            "score_sd": max((one.score_sd for one in mrd.candidates), default=nan),
            "cd19": mrd.candidates[0].cd19 if mrd.candidates else "",
            "foreign": ";".join(
                f"{name} {n}" for name, n in zip(foreign, number, strict=True)
            ),
            "seconds": self.seconds,
        }

    def _held(self, mask: np.ndarray, name: str) -> int:
        paths = [
            one for one in self.gated.populations if one.rpartition("/")[2] == name
        ]
        return sum(
            int((mask & self.gated.populations[one].mask).sum()) for one in paths
        )


@cache
def documents(
    panel: str,
) -> tuple[Panel, GatingTemplate, NormalReference, MrdRules]:
    """Load the shipped documents of a panel."""
    folder = shipped_documents()
    return (
        load_panel(folder / f"panels/{panel}.toml"),
        load_template(folder / f"templates/{panel}.toml"),
        load_reference(folder / f"references/{panel}.toml"),
        load_mrd_rules(folder / "mrd.toml"),
    )


def gate_marrow(
    spec: MarrowSpec,
    seed: int,
    *,
    ranges: str = "default",
    phenotype: Phenotype | None = None,
) -> GatedMarrow:
    """Simulate a tube, write it, read it, gate it, and look for candidates.

    Parameters
    ----------
    spec : MarrowSpec
        The tube.
    seed : int
        Seed of the simulation.
    ranges : {"default", "other"}
        From where the tube is drawn.
    phenotype : Phenotype, optional
        Of the subject at diagnosis.

    Returns
    -------
    GatedMarrow
        Candidates are counted from the Gating-ML that was written.
    """
    panel, template, reference, rules = documents(spec.panel)
    truth = simulate_marrow(spec, seed, ranges=RANGES[ranges])
    search = MrdSearch(
        rules.candidates,
        rules.cd19,
        reference.tube(spec.tube),
        phenotype,
        spec.visit,
    )
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "tube.fcs"
        write_marrow(truth, file, ranges=RANGES[ranges])
        start = process_time()
        recognised = recognise_tube(read_tube(file), panel, template.tube(spec.tube))
        fitted = find_gates(recognised)
        before = apply_gates(recognised, fitted.strategy)
        lineage = b_lineage_of(recognised, before, search)
        strategy = add_candidates(recognised, fitted, lineage, search).strategy
        gates = Path(name) / "tube.xml"
        write_gating_ml(strategy, gates)
        gated = apply_gates(recognised, read_gating_ml(gates))
        mrd = measure_mrd(recognised, gated, lineage, search, sample_id=spec.subject)
        seconds = process_time() - start
    return GatedMarrow(truth, gated, mrd, rules, seconds)
