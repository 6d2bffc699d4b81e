"""Learn a normal reference from a study of negative marrows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from filecmp import cmp
from itertools import groupby
from pathlib import Path

from threadpoolctl import threadpool_limits

from cytoflow_blina import __version__
from cytoflow_blina.cohort.sample_row import SampleRow
from cytoflow_blina.domain.documents import shipped_documents
from cytoflow_blina.domain.mrd import NormalReference, TubeReference
from cytoflow_blina.domain.template import GatingTemplate, MrdTemplate
from cytoflow_blina.errors import ConfigError, CytoflowBlinaError, PanelError, Problem
from cytoflow_blina.fcs.read import read_tube
from cytoflow_blina.mrd.follow_up import DIAGNOSIS
from cytoflow_blina.mrd.learn_reference import (
    FEWEST_EVENTS,
    FEWEST_MARROWS,
    NormalMarrow,
    hold_out,
    learn_marrows,
)
from cytoflow_blina.mrd.reference_document import write_reference
from cytoflow_blina.workflow.gating import (
    RecognisedTube,
    apply_gates,
    find_gates,
    recognise_tube,
)
from cytoflow_blina.workflow.learn_summary import (
    LearnSummary,
    LearntTube,
    describe_tube,
)
from cytoflow_blina.workflow.marrow_levels import (
    anchor_levels,
    cofactor_of,
    decades_of,
)
from cytoflow_blina.workflow.plan import StudyPlan, load_plan

Advance = Callable[[int, int, str], None]

REFERENCES_FOLDER = "gating/references"
"""Where a study keeps its references, `<panel>.toml` each."""


@dataclass(frozen=True)
class ReferenceNames:
    """What a reference is called, and of whom it is.

    Attributes
    ----------
    name : str
        Its name; that of the panel where empty.
    version : str
        Three numbers.
    of : str
        Of whom the marrows are, in words, for the head of the document.
    """

    name: str = ""
    version: str = "1.0.0"
    of: str = ""


def learn_reference(
    study: Path,
    out: Path | None = None,
    *,
    names: ReferenceNames = ReferenceNames(),
    replace: bool = False,
    advance: Advance = lambda _done, _total, _name: None,
) -> LearnSummary:
    """Learn a reference for every panel of a study of negative marrows.

    Parameters
    ----------
    study : Path
        A study folder, or its study.toml, whose samples are all negative marrows.
    out : Path, optional
        The document to write; a folder where the study has several panels. By default
        `gating/references/<panel>.toml` of the study.
    names : ReferenceNames, optional
        What the reference is called, and of whom it is.
    replace : bool, default False
        Whether a document that is there is replaced. An unchanged copy of the shipped
        reference, as `init` leaves it, is replaced in any case.
    advance : callable, optional
        Called after each tube with tubes done, tubes in all, and the sample.

    Returns
    -------
    LearnSummary
        What was learnt, and which marrows could not be used.

    Raises
    ------
    ConfigError
        Where a document must be corrected, a panel's template does not say how MRD is
        sought, there are too few marrows or events of B lineage, or a document is in
        the way; no document was written then.
    """
    plan = load_plan(study)
    files = _files(plan, out)
    problems = (
        *_study_problems(plan),
        *_occupied(files, replace=replace),
        *_version_problems(names.version),
    )
    if problems:
        raise ConfigError(*problems)
    learner = _Learner(plan, names, advance)
    with threadpool_limits(1):  # sums differ in the last digit with the threads
        references = learner.references()
    if not references:
        raise ConfigError(*learner.failed)
    for reference in references:
        file = files[reference.panel]
        file.parent.mkdir(parents=True, exist_ok=True)
        write_reference(reference, file)
    return LearnSummary(
        tuple(str(files[reference.panel]) for reference in references),
        tuple(learner.learnt),
        tuple(learner.failed),
    )


def _files(plan: StudyPlan, out: Path | None) -> dict[str, Path]:
    """Say where the reference of each panel goes."""
    panels = list(dict.fromkeys(row.panel for row in plan.samples))
    if out is None:
        out = plan.folder / REFERENCES_FOLDER
    if out.suffix != ".toml":
        return {panel: out / f"{panel}.toml" for panel in panels}
    if len(panels) > 1:
        message = (
            f"is one document, and the study has marrows of {len(panels)} panels: "
            f"{', '.join(panels)}. Name a folder."
        )
        raise ConfigError(Problem(f"-o {out.name}", message))
    return dict.fromkeys(panels, out)


def _occupied(files: Mapping[str, Path], *, replace: bool) -> list[Problem]:
    """Find documents that would be overwritten, but for copies of shipped ones."""
    if replace:
        return []
    message = "is there already and is left as it is. Choose another, or add --replace."
    return [
        Problem(file.name, message)
        for panel, file in files.items()
        if file.exists() and not _is_shipped(panel, file)
    ]


def _is_shipped(panel: str, file: Path) -> bool:
    """Tell the copy of the shipped reference that `init` made, as nobody changed it."""
    shipped = shipped_documents() / f"references/{panel}.toml"
    return file.is_file() and shipped.is_file() and cmp(file, shipped, shallow=False)


def _version_problems(version: str) -> list[Problem]:
    """Find a version that the document could not be read with."""
    if re.fullmatch(r"\d+\.\d+\.\d+", version, re.ASCII):
        return []
    message = f"must be three numbers, such as 1.0.0; found {version!r}."
    return [Problem("--version", message)]


def _study_problems(plan: StudyPlan) -> list[Problem]:
    """Find what makes learning hopeless before any file is read."""
    problems = []
    panels = dict.fromkeys(row.panel for row in plan.samples)
    for panel in panels:
        if all(tube.mrd is None for tube in plan.templates[panel].tubes):
            message = (
                "its template does not say how MRD is sought ([tube.mrd]), so that "
                "there is no normal B lineage to learn. Take a marrow panel, or take "
                "its samples out of the sheet."
            )
            problems.append(Problem(f"panel {panel!r}", message))
    diseased = sorted({row.sample_id for row in plan.samples if row.visit == DIAGNOSIS})
    if diseased:
        message = (
            f"{', '.join(diseased)} stand at visit {DIAGNOSIS}: leukaemia would be "
            "learnt as normal, and hidden from then on. Take them out of the sheet."
        )
        problems.append(Problem("samples.csv", message))
    for panel, tube_id, rows in _by_tube(plan):
        if len(rows) < FEWEST_MARROWS:
            problems.append(_too_few(_where(panel, tube_id), len(rows)))
    return problems


def _where(panel: str, tube_id: str) -> str:
    """Say which tube of which panel."""
    return f"panel {panel!r}" + (f", tube {tube_id!r}" if tube_id else "")


def _too_few(where: str, n_marrows: int) -> Problem:
    message = (
        f"{n_marrows} marrows, at least {FEWEST_MARROWS} are needed: from fewer nobody "
        "can tell what all marrows have from what one has. Ten or more, some of them "
        "regenerating, make a good reference."
    )
    return Problem(where, message)


def _by_tube(plan: StudyPlan) -> Iterable[tuple[str, str, list[SampleRow]]]:
    """Sort tubes by panel and tube; those in which no MRD is sought are left out."""
    sought = (
        row
        for row in plan.samples
        if plan.templates[row.panel].tube(row.tube).mrd is not None
    )
    ordered = sorted(sought, key=lambda row: (row.panel, row.tube, row.sample_id))
    for (panel, tube), rows in groupby(ordered, lambda row: (row.panel, row.tube)):
        yield panel, tube, list(rows)


class _Learner:
    """Go through the tubes of a study, keeping what was learnt and what failed."""

    def __init__(
        self, plan: StudyPlan, names: ReferenceNames, advance: Advance
    ) -> None:
        self.plan = plan
        self.names = names
        self.advance = advance
        self.n_done = 0
        self.n_tubes = sum(len(rows) for _, _, rows in _by_tube(plan))
        self.learnt: list[LearntTube] = []
        self.failed: list[Problem] = []

    def references(self) -> list[NormalReference]:
        """Learn a reference for every panel that has a tube to learn from."""
        tubes: dict[str, list[TubeReference]] = {}
        for panel, tube_id, rows in _by_tube(self.plan):
            found = self._tube(panel, tube_id, rows)
            if found is not None:
                tubes.setdefault(panel, []).append(found)
        return [
            NormalReference(
                name=self.names.name or panel,
                version=self.names.version,
                panel=panel,
                learnt_from=self._told(panel),
                tubes=tuple(found),
            )
            for panel, found in tubes.items()
        ]

    def _tube(
        self, panel: str, tube_id: str, rows: Sequence[SampleRow]
    ) -> TubeReference | None:
        """Learn one tube of a panel; None where its marrows do not suffice."""
        marrows: list[NormalMarrow] = []
        markers: tuple[str, ...] = ()
        cofactor = 0.0
        for row in rows:
            try:
                recognised = self._recognise(row)
                markers = _markers(recognised, self._mrd(row))
                cofactor = cofactor or cofactor_of(recognised)
                marrows.append(_marrow(row, recognised, markers, cofactor))
            except CytoflowBlinaError as error:
                self.failed += [
                    Problem(f"{row.file_stem}: {one.where}", one.message)
                    for one in error.problems
                ]
            self.n_done += 1
            self.advance(self.n_done, self.n_tubes, row.sample_id)
        where = _where(panel, tube_id)
        problem = _not_enough(where, marrows)
        if problem is not None:
            self.failed.append(problem)
            return None
        learnt = learn_marrows(marrows, markers, tube=tube_id, cofactor=cofactor)
        reference = learnt.reference
        if not reference.populations:
            message = "the marrows have no normal cells of B lineage in common."
            self.failed.append(Problem(where, message))
            return None
        held_out = hold_out(marrows, markers, cofactor=cofactor)
        self.learnt.append(describe_tube(panel, marrows, learnt, held_out))
        return reference

    def _recognise(self, row: SampleRow) -> RecognisedTube:
        return recognise_tube(
            read_tube(self.plan.folder / row.fcs_file),
            self.plan.panels[row.panel],
            self.plan.templates[row.panel].tube(row.tube),
        )

    def _mrd(self, row: SampleRow) -> MrdTemplate:
        """Say how MRD is sought in a tube; panels without were refused before."""
        mrd = self.plan.templates[row.panel].tube(row.tube).mrd
        if mrd is None:
            raise KeyError(row.panel)
        return mrd

    def _told(self, panel: str) -> str:
        """Say in words what a reference was learnt from."""
        learnt = [one for one in self.learnt if one.panel == panel]
        template: GatingTemplate = self.plan.templates[panel]
        parts = "; ".join(
            (f"tube {one.tube}: " if one.tube else "")
            + f"{one.n_marrows} negative marrows, {one.n_events} events of B lineage"
            for one in learnt
        )
        of = f" ({self.names.of})" if self.names.of else ""
        return (
            f"{parts}{of}, gated by template {template.name} {template.version}; "
            f"cytoflow-blina {__version__} learn-reference"
        )


def _markers(recognised: RecognisedTube, mrd: MrdTemplate) -> tuple[str, ...]:
    """Give the markers of a reference, all of which a tube must measure."""
    measured = recognised.resolved.dimensions
    missing = [marker for marker in mrd.markers if marker not in measured]
    kept = recognised.resolved.template.mrd
    name = recognised.tube.acquisition.file_name
    if missing:
        message = f"does not measure {', '.join(missing)}, which the reference needs."
        raise PanelError(Problem(name, message))
    if kept is None or not kept.b_lineage:
        message = "lacks the markers of the gate of B lineage."
        raise PanelError(Problem(name, message))
    return mrd.markers


def _marrow(
    row: SampleRow,
    recognised: RecognisedTube,
    markers: Sequence[str],
    cofactor: float,
) -> NormalMarrow:
    """Gate one marrow and take the events of B lineage."""
    populations = apply_gates(recognised, find_gates(recognised).strategy).populations
    mrd = recognised.resolved.template.mrd
    inside = populations[mrd.b_lineage if mrd else ""].mask
    return NormalMarrow(
        sample_id=row.sample_id,
        events=decades_of(recognised, markers, [inside], cofactor=cofactor)[0],
        anchors=anchor_levels(recognised, populations, markers, cofactor=cofactor),
        stages={
            name: populations[path].mask[inside]
            for name, path in (mrd.stages if mrd else {}).items()
        },
    )


def _not_enough(where: str, marrows: Sequence[NormalMarrow]) -> Problem | None:
    """Find that the marrows that could be read do not suffice."""
    if len(marrows) < FEWEST_MARROWS:
        return _too_few(where, len(marrows))
    n_events = sum(len(marrow.events) for marrow in marrows)
    if n_events < FEWEST_EVENTS:
        message = (
            f"{n_events} events of B lineage in {len(marrows)} marrows, at least "
            f"{FEWEST_EVENTS} are needed. Add marrows, regenerating ones among them."
        )
        return Problem(where, message)
    return None
