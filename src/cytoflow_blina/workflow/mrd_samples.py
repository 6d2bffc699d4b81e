"""Turn the gated marrow tubes of a study into its tables of residual leukaemia."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from cytoflow_blina.cohort.draw_day import draw_day
from cytoflow_blina.cohort.sample_row import SampleRow
from cytoflow_blina.domain.documents import shipped_documents
from cytoflow_blina.domain.mrd import NormalReference
from cytoflow_blina.domain.mrd_verdict import MrdVerdict
from cytoflow_blina.mrd.follow_up import BEFORE, DIAGNOSIS
from cytoflow_blina.mrd.limitations import SampleFacts
from cytoflow_blina.mrd.reference_document import load_reference
from cytoflow_blina.mrd.rules import MrdRules
from cytoflow_blina.mrd.sensitivity import BlankLimit, blank_limit
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
from cytoflow_blina.workflow.plan import StudyPlan
from cytoflow_blina.workflow.study import Mrd
from cytoflow_blina.workflow.tube import TubeResult

NOT_PROCESSED = "the tube could not be processed; failures.csv says why"
NOT_SOUGHT = "MRD was not sought in this tube"

Row = Mapping[str, object]
TubeKey = tuple[str, str]
"""Sample, or panel, and id of the tube."""


@dataclass(frozen=True)
class MrdTables:
    """Rows of the three tables of residual leukaemia.

    Attributes
    ----------
    samples : tuple of mapping
        Of `mrd.csv`, one for each marrow sample.
    tubes : tuple of mapping
        Of `mrd_tubes.csv`, one for each of their tubes.
    candidates : tuple of mapping
        Of `mrd_candidates.csv`, one for each candidate of every tube.
    """

    samples: tuple[Row, ...]
    tubes: tuple[Row, ...]
    candidates: tuple[Row, ...]

    def by_table(self) -> dict[str, tuple[Row, ...]]:
        """Give the rows by the name of their table."""
        return {
            "mrd": self.samples,
            "mrd_tubes": self.tubes,
            "mrd_candidates": self.candidates,
        }


def mrd_rows(
    plan: StudyPlan, results: Iterable[TubeResult], rules: MrdRules
) -> MrdTables:
    """Judge every marrow sample of a study, and write its rows.

    Parameters
    ----------
    plan : StudyPlan
        The study, its settings checked (`mrd_problems`).
    results : iterable of TubeResult
        Tubes that could be processed, in any order; the others are missing.
    rules : MrdRules
        Event rules and limits.

    Returns
    -------
    MrdTables
        A row for every sample whose panel has a template of MRD, whether a tube of it
        could be processed or not; none for other samples.
    """
    verdicts = judge_marrows(plan, results, rules)
    return MrdTables(
        samples=tuple(sample_row(one) for one in verdicts),
        tubes=tuple(
            tube_row(one, verdict) for one in verdicts for verdict in one.tubes
        ),
        candidates=tuple(
            candidate_row(one.row.sample_id, verdict, candidate)
            for one in verdicts
            for verdict in one.tubes
            if verdict.mrd is not None
            for candidate in verdict.mrd.candidates
        ),
    )


def judge_marrows(
    plan: StudyPlan, results: Iterable[TubeResult], rules: MrdRules
) -> tuple[SampleVerdict, ...]:
    """Judge every marrow sample of a study.

    Parameters
    ----------
    plan : StudyPlan
        The study.
    results : iterable of TubeResult
        Tubes that could be processed, in any order.
    rules : MrdRules
        Event rules and limits.

    Returns
    -------
    tuple of SampleVerdict
        In the order of the sheet.
    """
    by_tube = {(one.job.sample_id, one.job.tube): one for one in results}
    study = _Study(
        settings=plan.config.mrd,
        rules=rules,
        fusions={row.subject_id: row.fusion for row in plan.subjects},
        tubes=_tubes_of_mrd(plan),
        references=plan.references,
        shipped=frozenset(
            panel for panel, one in plan.references.items() if is_shipped(one)
        ),
    )
    marrows = [row for row in plan.samples if row.panel in study.tubes]
    study = replace(study, blanks=_blank_limits(marrows, by_tube, study))
    return tuple(
        _judge_sample(tuple(rows), by_tube, study)
        for _, rows in groupby(marrows, key=lambda row: row.sample_id)
    )


@dataclass(frozen=True)
class _Study:
    """What every sample of a study is judged by."""

    settings: Mrd
    rules: MrdRules
    fusions: Mapping[str, str]
    tubes: Mapping[str, tuple[str, ...]]
    references: Mapping[str, NormalReference]
    shipped: frozenset[str]
    blanks: Mapping[TubeKey, BlankLimit | None] = field(default_factory=dict)

    @property
    def convention(self) -> MrdConvention:
        """Event rule and denominator."""
        return MrdConvention(self.settings.profile, self.settings.denominator)


def is_shipped(reference: NormalReference) -> bool:
    """Tell whether a reference is the one that is shipped for its panel.

    Parameters
    ----------
    reference : NormalReference
        Of a study.

    Returns
    -------
    bool
        By the hash of the document; False for a panel for which none is shipped.
    """
    path = shipped_documents() / "references" / f"{reference.panel}.toml"
    return path.is_file() and load_reference(path).sha256 == reference.sha256


def _tubes_of_mrd(plan: StudyPlan) -> dict[str, tuple[str, ...]]:
    """List the tubes that look for MRD, of each panel that has some."""
    tubes = {
        name: tuple(tube.tube for tube in template.tubes if tube.mrd is not None)
        for name, template in plan.templates.items()
    }
    return {name: ids for name, ids in tubes.items() if ids}


def _blank_limits(
    rows: Iterable[SampleRow], by_tube: Mapping[TubeKey, TubeResult], study: _Study
) -> dict[TubeKey, BlankLimit | None]:
    """Find the limit of blank of each tube of each panel that has blank samples."""
    settings = study.settings
    levels: dict[TubeKey, tuple[list[float], list[float]]] = {}
    for row in rows:
        is_low = row.sample_id in settings.low_samples
        if not is_low and row.sample_id not in settings.blank_samples:
            continue
        kinds = levels.setdefault((row.panel, row.tube), ([], []))
        found = _judge_row(row, by_tube, study).sensitivity
        if found is not None:
            kinds[is_low].append(found.mrd_percent)
    return {
        key: blank_limit(blanks, lows, z=study.rules.blank.z)
        for key, (blanks, lows) in levels.items()
    }


def _judge_sample(
    rows: Sequence[SampleRow], by_tube: Mapping[TubeKey, TubeResult], study: _Study
) -> SampleVerdict:
    """Judge the tubes of one sample, and choose the one that speaks for it."""
    first = rows[0]
    judged = {
        row.tube
        for row in rows
        if _judge_row(row, by_tube, study).sensitivity is not None
    }
    lost = tuple(one for one in study.tubes[first.panel] if one not in judged)
    verdicts = tuple(_judge_row(row, by_tube, study, lost) for row in rows)
    results = (by_tube.get((row.sample_id, row.tube)) for row in rows)
    return SampleVerdict(
        row=first,
        tubes=verdicts,
        chosen=choose_tube(verdicts),
        manual=frozenset(one.job.tube for one in results if one and _is_given(one)),
        reference=study.references.get(first.panel),
    )


def _is_given(result: TubeResult) -> bool:
    return result.job.given_gates is not None


def _judge_row(
    row: SampleRow,
    by_tube: Mapping[TubeKey, TubeResult],
    study: _Study,
    lost: Sequence[str] = (),
) -> MrdVerdict:
    """Judge one tube of one sample, of which some tubes are lost."""
    result = by_tube.get((row.sample_id, row.tube))
    if result is None:
        return not_evaluable(row.tube, NOT_PROCESSED)
    if result.mrd is None:
        return not_evaluable(row.tube, NOT_SOUGHT)
    facts = SampleFacts(
        prior_cd19_therapy=row.prior_cd19_therapy,
        marrow_pull=row.marrow_pull,
        fusion=study.fusions.get(row.subject_id, ""),
        specimen=row.specimen,
        drawn_after_drug=drawn_after_drug(row),
        tubes_not_judged=tuple(one for one in lost if one != row.tube),
        is_reference_shipped=row.panel in study.shipped,
    )
    key = (row.panel, row.tube)
    context = MrdContext(
        tube=row.tube,
        facts=facts,
        are_gates_given=_is_given(result),
        has_blanks=key in study.blanks,
        blank=study.blanks.get(key),
    )
    return judge_tube(result.mrd, context, study.convention, study.rules)


def drawn_after_drug(row: SampleRow) -> str:
    """Tell by what a sample comes after the start of the study's drug.

    Parameters
    ----------
    row : SampleRow
        A row of the sheet.

    Returns
    -------
    str
        "cycle 2", "day 15" or "visit D14"; empty for a diagnosis, for the first day of
        the first cycle, for what came before, and where nothing tells.
    """
    if row.visit == DIAGNOSIS:
        return ""
    if row.cycle > 1:
        return f"cycle {row.cycle}"
    if row.visit == BEFORE or (draw_day(row) or 0) <= 0:
        return ""
    return f"visit {row.visit}" if row.rel_day is None else f"day {row.rel_day}"
