"""Gather what a study says, before the first event is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from cytoflow_blina.cohort.count_methods import MethodChange, check_count_methods
from cytoflow_blina.cohort.sample_row import SampleRow
from cytoflow_blina.cohort.sample_sheet import read_samples
from cytoflow_blina.cohort.subject_tables import (
    AdverseEventRow,
    CycleRow,
    MeasurementRow,
    SubjectRow,
    read_adverse_events,
    read_cycles,
    read_measurements,
    read_subjects,
)
from cytoflow_blina.domain.documents import shipped_documents
from cytoflow_blina.domain.mrd import NormalReference
from cytoflow_blina.domain.panel import Panel
from cytoflow_blina.domain.template import GatingTemplate
from cytoflow_blina.errors import ConfigError, CytoflowBlinaError, Problem
from cytoflow_blina.gates.check_template import check_template
from cytoflow_blina.gates.fit.methods import KNOWN_METHODS
from cytoflow_blina.gates.load import load_template
from cytoflow_blina.mrd.reference_document import load_reference
from cytoflow_blina.mrd.rules import MrdRules, load_mrd_rules
from cytoflow_blina.preprocess.panels import load_panel
from cytoflow_blina.quality.limits import LimitsDocument, load_limits
from cytoflow_blina.quality.reference_intervals import (
    ReferenceDocument,
    load_reference_intervals,
)
from cytoflow_blina.workflow.analysis_problems import (
    SubjectTables,
    analysis_problems,
)
from cytoflow_blina.workflow.marrow_specimen import specimen_problems
from cytoflow_blina.workflow.mrd_problems import mrd_problems, reference_problems
from cytoflow_blina.workflow.study import (
    MRD_RULES,
    REFERENCE_INTERVALS,
    StudyConfig,
    load_study,
    study_file,
)

Document = TypeVar("Document")


@dataclass(frozen=True, eq=False)
class StudyPlan:
    """A study whose every document has been read and checked.

    Attributes
    ----------
    folder : Path
        The study folder.
    config : StudyConfig
        study.toml.
    panels, templates : mapping of str to Panel and GatingTemplate
        By the name of the panel.
    limits : LimitsDocument
        Limits of the quality checks.
    reference : ReferenceDocument
        Counts of healthy people.
    samples : tuple of SampleRow
        One for each tube, sorted.
    method_changes : tuple of MethodChange
        Subjects counted by more than one method, for which a reason was given.
    subjects : tuple of SubjectRow
        One for each subject that the study describes.
    cycles : tuple of CycleRow
        One for each treatment cycle that it describes.
    measurements : tuple of MeasurementRow
        What other methods measured.
    adverse_events : tuple of AdverseEventRow
        Adverse events by cycle.
    references : mapping of str to NormalReference
        Normal marrow by the name of the panel, of panels that look for MRD.
    mrd_rules : MrdRules or None
        How MRD is judged; None for a study without such a panel.
    documents : mapping of str to Path
        Every file that was read, by its path relative to the study folder.
    """

    folder: Path
    config: StudyConfig
    panels: Mapping[str, Panel]
    templates: Mapping[str, GatingTemplate]
    limits: LimitsDocument
    reference: ReferenceDocument
    samples: tuple[SampleRow, ...]
    method_changes: tuple[MethodChange, ...]
    subjects: tuple[SubjectRow, ...]
    cycles: tuple[CycleRow, ...]
    measurements: tuple[MeasurementRow, ...]
    adverse_events: tuple[AdverseEventRow, ...]
    documents: Mapping[str, Path]
    references: Mapping[str, NormalReference] = field(default_factory=dict)
    mrd_rules: MrdRules | None = None


class _Reader:
    """Read documents one after another and keep the problems of all of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []
        self.documents: dict[str, Path] = {}

    def read(
        self, name: str, load: Callable[[Path], Document], *, shipped: str = ""
    ) -> Document | None:
        """Read one document, or the shipped one; None where it has problems."""
        path = self.folder / name
        if shipped and not path.is_file():
            path = shipped_documents() / shipped
        self.documents[name] = path
        return self.collect(name, partial(load, path))

    def collect(self, name: str, check: Callable[[], Document]) -> Document | None:
        """Do one check of a document; None where it finds problems.

        Panels and templates bear the same file names, so that a problem is told with
        the folder of its document.
        """
        try:
            return check()
        except CytoflowBlinaError as error:
            file_name = Path(name).name
            self.problems += [
                Problem(name + one.where.removeprefix(file_name), one.message)
                if one.where.startswith(file_name)
                else one
                for one in error.problems
            ]
            return None

    def failed(self, *names: str) -> bool:
        """Tell whether any of these documents has problems."""
        return any(
            one.where.startswith(name) for one in self.problems for name in names
        )

    def read_optional(
        self, name: str, load: Callable[[Path], Document]
    ) -> Document | None:
        """Read a table that a study may do without; None where there is none."""
        return self.read(name, load) if (self.folder / name).is_file() else None


def load_plan(study: Path, *, with_files: bool = True) -> StudyPlan:
    """Read and check every document of a study.

    Parameters
    ----------
    study : Path
        The study folder or its study.toml.
    with_files : bool, default True
        Whether the FCS files must be there; a run's folder has its counts instead.

    Returns
    -------
    StudyPlan
        All that a run needs.

    Raises
    ------
    ConfigError
        With the problems of all documents together; those of study.toml alone where
        it cannot be read.
    """
    folder = study_file(study).parent
    if not with_files:
        _check_that_it_was_run(study, folder)
    config = load_study(study)
    reader = _Reader(folder)
    panels = _panels(reader, config)
    templates = _templates(reader, config, panels)
    limits = reader.read(config.documents.limits, load_limits)
    references = _references(reader, config, templates)
    mrd_rules = _mrd_rules(reader, config, templates)
    reference = _reference(reader, config)
    # A panel that could not be read is no fault of the sheet that names it.
    is_complete = len(panels) == len(config.documents.panels)
    samples = reader.read(
        config.tables.samples,
        partial(
            read_samples,
            visits=config.known_visits,
            panels=_tube_ids(panels) if is_complete else None,
            study_folder=folder if with_files else None,
        ),
    )
    if mrd_rules is not None and samples is not None:
        known = {row.sample_id: row.visit for row in samples}
        reader.problems += mrd_problems(
            config.mrd, mrd_rules, known, list(templates.values())
        )
        reader.problems += specimen_problems(samples, templates, config.tables.samples)
    changes = reader.collect(
        config.tables.samples,
        partial(
            check_count_methods,
            [row.sample for row in samples or ()],
            config.counting.count_method_change_reason,
        ),
    )
    people = _read_subject_tables(reader, config, samples)
    reader.problems += analysis_problems(config, people)
    if reader.problems or limits is None or reference is None or samples is None:
        raise ConfigError(*reader.problems)
    return StudyPlan(
        folder=folder,
        config=config,
        panels=panels,
        templates=templates,
        limits=limits,
        reference=reference,
        samples=samples,
        method_changes=changes or (),
        subjects=people.subjects,
        cycles=people.cycles,
        measurements=people.measurements,
        adverse_events=people.adverse_events,
        documents=reader.documents,
        references=references,
        mrd_rules=mrd_rules,
    )


def _check_that_it_was_run(study: Path, folder: Path) -> None:
    """Refuse a study folder where the folder of its run is meant."""
    if (folder / "samples.csv").is_file() and not (folder / "counts.csv").is_file():
        message = (
            "this is a study folder; run it first: cytoflow-blina run "
            f"{study} -o OUT. Then name the folder OUT."
        )
        raise ConfigError(Problem(str(study), message))


def _reference(reader: _Reader, config: StudyConfig) -> ReferenceDocument | None:
    """Read the study's own reference intervals, or the shipped ones."""
    name = config.reference_intervals.file
    is_own = name != REFERENCE_INTERVALS
    shipped = "" if is_own else Path(REFERENCE_INTERVALS).name
    return reader.read(name, load_reference_intervals, shipped=shipped)


def _panels(reader: _Reader, config: StudyConfig) -> dict[str, Panel]:
    """Load the panels, by name; a name twice is a problem."""
    panels: dict[str, Panel] = {}
    for name in config.documents.panels:
        panel = reader.read(name, load_panel)
        if panel is None:
            continue
        if panel.name in panels:
            message = f"panel {panel.name!r} is in the study twice; remove one."
            reader.problems.append(Problem(name, message))
        panels[panel.name] = panel
    return panels


def _tube_ids(panels: Mapping[str, Panel]) -> dict[str, list[str]]:
    """List the tubes of each panel."""
    return {name: [tube.id for tube in panel.tubes] for name, panel in panels.items()}


def _templates(
    reader: _Reader, config: StudyConfig, panels: Mapping[str, Panel]
) -> dict[str, GatingTemplate]:
    """Load the templates, by the panel they are for, and check them against it."""
    templates: dict[str, GatingTemplate] = {}
    for name in config.documents.templates:
        template = reader.read(name, load_template)
        if template is None:
            continue
        if template.panel in templates:
            message = (
                f"is a second template for panel {template.panel!r}; a study gates a "
                "panel by one. Remove one."
            )
            reader.problems.append(Problem(name, message))
        templates[template.panel] = template
        if template.panel in panels:
            check = partial(
                check_template, template, panels[template.panel], KNOWN_METHODS
            )
            reader.collect(name, partial(check, where=Path(name).name))
    for panel_name in sorted(set(panels) - set(templates)):
        message = f"no template for panel {panel_name!r}; add it to 'templates'."
        reader.problems.append(Problem("study.toml: documents", message))
    return templates


def _looks_for_mrd(template: GatingTemplate) -> bool:
    """Tell whether a template says how MRD is sought."""
    return any(tube.mrd is not None for tube in template.tubes)


def _references(
    reader: _Reader, config: StudyConfig, templates: Mapping[str, GatingTemplate]
) -> dict[str, NormalReference]:
    """Load normal references by panel; the shipped one where the study names none."""
    references: dict[str, NormalReference] = {}
    for name in config.documents.references:
        reference = reader.read(name, load_reference)
        if reference is None:
            continue
        if reference.panel in references:
            message = (
                f"is a second reference for panel {reference.panel!r}; remove one."
            )
            reader.problems.append(Problem(name, message))
        references[reference.panel] = reference
        reader.problems += reference_problems(reference, templates, name)
    if reader.failed(*config.documents.references):
        return references
    for panel, template in sorted(templates.items()):
        shipped = f"references/{panel}.toml"
        is_shipped = (shipped_documents() / shipped).is_file()
        if panel not in references and _looks_for_mrd(template) and is_shipped:
            own = reader.read(f"gating/{shipped}", load_reference, shipped=shipped)
            if own is not None:
                references[panel] = own
    return references


def _mrd_rules(
    reader: _Reader, config: StudyConfig, templates: Mapping[str, GatingTemplate]
) -> MrdRules | None:
    """Load the rules of MRD where a panel needs them; the shipped ones if need be."""
    if not any(map(_looks_for_mrd, templates.values())):
        return None
    name = config.documents.mrd
    shipped = Path(MRD_RULES).name if name == MRD_RULES else ""
    return reader.read(name, load_mrd_rules, shipped=shipped)


def _read_subject_tables(
    reader: _Reader, config: StudyConfig, samples: tuple[SampleRow, ...] | None
) -> SubjectTables:
    """Read the optional tables, all of them, so that no later command stumbles."""
    tables = config.tables
    # A cohort may know subjects of whom there is no sample.
    listed = reader.read_optional(tables.subjects, read_subjects)
    known = {row.subject_id for row in samples or ()}
    known |= {row.subject_id for row in listed or ()}
    # Who is known cannot be told from a table that could not be read.
    is_known = samples is not None and not reader.failed(tables.subjects)
    subjects = known if is_known else None
    cycles = reader.read_optional(
        tables.cycles, partial(read_cycles, subjects=subjects)
    )
    measurements = reader.read_optional(
        tables.measurements, partial(read_measurements, subjects=subjects)
    )
    events = reader.read_optional(
        tables.adverse_events, partial(read_adverse_events, subjects=subjects)
    )
    return SubjectTables(
        subjects=listed or (),
        cycles=cycles or (),
        measurements=measurements or (),
        adverse_events=events or (),
        is_complete=not reader.failed(
            tables.subjects, tables.cycles, tables.measurements, tables.adverse_events
        ),
        empty=tuple(
            name
            for name, rows in ((tables.subjects, listed), (tables.cycles, cycles))
            if rows == ()
        ),
    )
