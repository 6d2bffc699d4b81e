"""Build the output folder of a run of marrow samples, from verdicts of the rules."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
from tests.figures.marrow import marrow_tube
from tests.mrd.tubes import RULES, candidate, stages, tube

from cytoflow_blina.cohort.sample_row import SampleRow
from cytoflow_blina.domain.counting import CountMethod
from cytoflow_blina.domain.mrd import Aberrancy, MrdCandidate, TubeMrd
from cytoflow_blina.export.tables import write_table
from cytoflow_blina.figures.marrow_file import save_marrow
from cytoflow_blina.mrd.limitations import SampleFacts
from cytoflow_blina.mrd.verdict import (
    MrdContext,
    MrdConvention,
    choose_tube,
    judge_tube,
    not_evaluable,
)
from cytoflow_blina.workflow.mrd_table_rows import (
    SampleVerdict,
    candidate_row,
    sample_row,
    tube_row,
)

PARENT = "nucleated/mnc/b_lineage"
NO_FACTS = SampleFacts()
ICCS = MrdConvention("ICCS20_50")


def leukaemia(*sizes: int, **changes: Any) -> tuple[MrdCandidate, ...]:
    """Make candidates of these sizes, the second without CD19."""
    made = [
        candidate(n_events, path=f"{PARENT}/candidate_{place + 1}")
        for place, n_events in enumerate(sizes)
    ]
    if len(made) > 1:
        made[1] = replace(
            made[1],
            cd19="negative",
            cd19_decades_below_b=1.9,
            cd19_positive_percent=4.0,
        )
    return tuple(replace(one, **changes) for one in made)


def with_leukaemia(*sizes: int, n_nucleated: int = 412_000, **changes: Any) -> TubeMrd:
    """Make a tube with candidates of these sizes."""
    return tube(
        n_nucleated, mrd_events=sum(sizes), candidates=leukaemia(*sizes), **changes
    )


def judged(
    sample_id: str,
    tubes: Mapping[str, TubeMrd | str],
    *,
    facts: SampleFacts = NO_FACTS,
    convention: MrdConvention = ICCS,
    **row: Any,
) -> SampleVerdict:
    """Judge a sample; a text in place of a tube says why that was not processed."""
    verdicts = tuple(
        not_evaluable(name, found)
        if isinstance(found, str)
        else judge_tube(found, MrdContext(name, facts), convention, RULES)
        for name, found in tubes.items()
    )
    sheet = SampleRow(
        **{
            "sample_id": sample_id,
            "subject_id": "P01",
            "visit": "EOT",
            "specimen": "BM",
            "panel": "bcp-all-mrd-aieop-bfm",
            "fcs_file": f"fcs/{sample_id}.fcs",
            "count_method": CountMethod("none"),
            **row,
        }
    )
    return SampleVerdict(sheet, verdicts, choose_tube(verdicts), frozenset())


def write_marrow_run(
    folder: Path,
    samples: Sequence[SampleVerdict],
    *,
    follow_up: Sequence[Mapping[str, object]] = (),
    has_plots: bool = True,
) -> Path:
    """Write the tables and the plots that a run of these samples leaves."""
    (folder / "plots").mkdir(parents=True, exist_ok=True)
    (folder / "inputs").mkdir(exist_ok=True)
    write_table(folder / "mrd.csv", "mrd", [sample_row(one) for one in samples])
    each = [(one, verdict) for one in samples for verdict in one.tubes]
    write_table(
        folder / "mrd_tubes.csv",
        "mrd_tubes",
        [tube_row(one, verdict) for one, verdict in each],
    )
    write_table(
        folder / "mrd_candidates.csv",
        "mrd_candidates",
        [
            candidate_row(one.row.sample_id, verdict, found)
            for one, verdict in each
            if verdict.mrd
            for found in verdict.mrd.candidates
        ],
    )
    write_table(folder / "mrd_follow_up.csv", "mrd_follow_up", follow_up)
    write_table(
        folder / "populations.csv",
        "populations",
        [
            {
                "sample_id": one.row.sample_id,
                "tube": verdict.tube,
                "path": f"nucleated/{name}",
                "n_events": n_events,
                "n_parent": verdict.mrd.denominators.get("NUC", 0),
                "percent_of_parent": nan,
                "gate_source": "fitted",
            }
            for one, verdict in each
            if verdict.mrd
            for name, n_events in verdict.mrd.stages.items()
        ],
    )
    for one, verdict in each:
        if has_plots and verdict.mrd:
            _store(folder, one.row.sample_id, verdict.tube, verdict.mrd)
    return folder


def _store(folder: Path, sample_id: str, tube_id: str, mrd: TubeMrd) -> None:
    drawn = marrow_tube(
        [one.n_events for one in mrd.candidates],
        sample_id=sample_id,
        tube=tube_id,
        n_events=mrd.stages.get("b_lineage", 0),
        has_reference=mrd.has_reference,
        has_phenotype=bool(mrd.compared_with),
    )
    name = f"{sample_id}.{tube_id}" if tube_id else sample_id
    save_marrow(folder / "plots" / f"{name}.mrd.npz", drawn)


def follow_up_rows(samples: Sequence[SampleVerdict]) -> list[dict[str, object]]:
    """Write the follow-up of samples that stand in the order of time."""
    rows: list[dict[str, object]] = []
    first = samples[0].chosen.sensitivity
    for one in samples:
        found, row = one.chosen.sensitivity, one.row
        known: dict[str, object] = (
            {}
            if found is None
            else {
                "mrd_percent": found.mrd_percent,
                "mrd_percent_lo95": found.mrd_percent_lo95,
                "mrd_percent_hi95": found.mrd_percent_hi95,
                "lod_percent": found.lod_percent,
            }
        )
        if found and first and one is not samples[0]:
            value = found.mrd_percent if found.is_detected else found.upper_percent
            known |= {
                "baseline_sample": samples[0].row.sample_id,
                "log10_reduction": float(np.log10(first.mrd_percent / value)),
                "log10_reduction_is_bound": not found.is_detected,
            }
        rows.append(
            {
                "sample_id": row.sample_id,
                "subject_id": row.subject_id,
                "cycle": row.cycle,
                "visit": row.visit,
                "rel_day": row.rel_day,
                "specimen": row.specimen,
                "status": one.chosen.status,
                "class": one.chosen.mrd_class,
                "marker_shifts": ("CD10 dimmer by 0.9 decade",) if found else (),
                "response_by_mrd": "NR" if found else "NE",
                **known,
            }
        )
    return rows


def every_case() -> dict[str, SampleVerdict]:
    """Make one sample of each kind that a page must be fit for."""
    no_b = stages(b19=0, b_alt=0, b_lineage=0, mature_b=0, hg1=0, hg2=0, hg3=0)
    shifted = leukaemia(
        900,
        40,
        diagnosis_sd=6.2,
        shifts=(Aberrancy("CD10", -0.9, -4.0), Aberrancy("CD38", 0.5, 2.6)),
    )
    cases: dict[str, dict[str, TubeMrd | str]] = {
        "POSITIVE": {
            "": tube(
                412_000, mrd_events=940, candidates=shifted, compared_with="P01-DX"
            )
        },
        "WORKED-31": {"": with_leukaemia(31)},
        "NEGATIVE": {"": tube(500_000)},
        "FEW-EVENTS": {"": with_leukaemia(8, n_nucleated=500_000)},
        "INADEQUATE": {"": tube(60_000)},
        "APLASIA": {"": tube(500_000, stages=no_b)},
        "NO-REFERENCE": {"": tube(500_000, has_reference=False)},
        "LIMITED": {
            "": tube(
                500_000,
                has_b_alt=False,
                has_nuclear_dye=False,
                viable_percent=61.0,
                missing=("CD58",),
            )
        },
        "TWO-TUBES": {"A": tube(700_000), "B": with_leukaemia(120, 22)},
        "ONE-FAILED": {"A": "the file is truncated", "B": tube(400_000)},
        "FAILED": {"": "the file is truncated"},
        "NO-MARKER": {"": tube(has_cd19=False, has_b_alt=False, stages={})},
    }
    facts = {"LIMITED": SampleFacts(prior_cd19_therapy=True, marrow_pull=2)}
    return {
        name: judged(name, tubes, facts=facts.get(name, NO_FACTS))
        for name, tubes in cases.items()
    }
