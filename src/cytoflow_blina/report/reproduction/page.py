"""Lay out the page of a reproduction."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from cytoflow_blina.domain.claim import Verdict
from cytoflow_blina.figures.svg import figure_svg
from cytoflow_blina.report.collect import text
from cytoflow_blina.report.provenance import ProvenanceGroup, lay_out_provenance
from cytoflow_blina.report.reproduction.calibration import (
    CalibrationLine,
    FastPath,
    judge_fast_path,
    lay_out_calibration,
)
from cytoflow_blina.report.reproduction.claims import (
    Chapter,
    ClaimLine,
    TallyLine,
    TallyPart,
    lay_out_claims,
    tally,
    tally_of_p,
)
from cytoflow_blina.report.reproduction.figures import study_figures
from cytoflow_blina.report.reproduction.findings import (
    DiscrepancyCard,
    RateLine,
    lay_out_rates,
    survival_claims,
    tell_discrepancies,
)
from cytoflow_blina.report.reproduction.marrow import MarrowSection, lay_out_marrow
from cytoflow_blina.report.reproduction.seeds import SeedSection, lay_out_seeds
from cytoflow_blina.report.reproduction.tables import RUN_FOLDER, ReproductionTables

_CAPTIONS = {
    "figure-1": (
        "Lymphocyte subsets at baseline and at the end of the infusion. One line for "
        "each subject; black bars are medians; P by the Wilcoxon matched-pairs "
        "signed-rank test, not adjusted."
    ),
    "figure-2": (
        "Changes from baseline to the end of the infusion by group. Neutrophils and "
        "platelets, which the paper draws as well, are not cytometer counts."
    ),
    "figure-3": (
        "Cytokines at baseline and at the onset of cytokine release syndrome. They "
        "come from the cohort as it is and pass through no cytometer."
    ),
    "figure-4": (
        "Event-free and overall survival by Kaplan and Meier, with the numbers at "
        "risk. Times are made up so that rates and standard errors are the printed "
        "ones. C and D show all three groups, to which the printed P belongs."
    ),
}


@dataclass(frozen=True)
class FigureSection:
    """One figure, drawn; `svg` is an element."""

    name: str
    title: str
    caption: str
    svg: Markup


@dataclass(frozen=True)
class ReproductionPage:
    """What the page prints.

    Attributes
    ----------
    n_claims, n_reproduced, n_consistent, n_not_recomputable, n_discrepancies : int
        Claims, and those with each verdict.
    tally : tuple of TallyLine
        Verdicts by kind of claim.
    p_values : tuple of TallyPart
        What became of the printed P values.
    n_p_values : int
        How many there are.
    discrepancies : tuple of DiscrepancyCard
        Each told once.
    rates : tuple of RateLine
        Survival rates with their arithmetic.
    survival : tuple of ClaimLine
        Claims with the P of a survival test.
    seeds : SeedSection
        What went through the cytometer.
    calibration : tuple of CalibrationLine
        Drawn counts beside those of files.
    fast_path : FastPath or None
        Where the former may stand for the latter; None where it is not known.
    marrow : MarrowSection or None
        What was found in simulated marrow; None where it was left out.
    figures : tuple of FigureSection
        Those that could be drawn.
    missing_figures : tuple of str
        Titles of those that could not.
    has_run : bool
        Whether there is a run at all.
    chapters : tuple of Chapter
        All claims.
    tests : tuple of (str, int)
        Tests that were made, and for how many claims.
    provenance : tuple of ProvenanceGroup
        What ran.
    """

    n_claims: int
    n_reproduced: int
    n_consistent: int
    n_not_recomputable: int
    n_discrepancies: int
    tally: tuple[TallyLine, ...]
    p_values: tuple[TallyPart, ...]
    n_p_values: int
    discrepancies: tuple[DiscrepancyCard, ...]
    rates: tuple[RateLine, ...]
    survival: tuple[ClaimLine, ...]
    seeds: SeedSection
    calibration: tuple[CalibrationLine, ...]
    fast_path: FastPath | None
    marrow: MarrowSection | None
    figures: tuple[FigureSection, ...]
    missing_figures: tuple[str, ...]
    has_run: bool
    chapters: tuple[Chapter, ...]
    tests: tuple[tuple[str, int], ...]
    provenance: tuple[ProvenanceGroup, ...]


def lay_out_reproduction(tables: ReproductionTables, out: Path) -> ReproductionPage:
    """Lay out the page of a reproduction.

    Parameters
    ----------
    tables : ReproductionTables
        Its tables.
    out : Path
        Its folder, for the run that the figures are drawn from.

    Returns
    -------
    ReproductionPage
        Ready to be rendered; what is not there leaves its section empty.

    Raises
    ------
    ConfigError
        A table of the run was changed so that it cannot be read.
    """
    found = Counter(text(row, "verdict") for row in tables.claims)
    p_values = tally_of_p(tables.claims)
    figures = _draw(out / RUN_FOLDER)
    drawn = {figure.name for figure in figures}
    tests = Counter(text(row, "test") for row in tables.claims if text(row, "test"))
    return ReproductionPage(
        n_claims=len(tables.claims),
        n_reproduced=found[Verdict.REPRODUCED],
        n_consistent=found[Verdict.CONSISTENT],
        n_not_recomputable=found[Verdict.NOT_RECOMPUTABLE],
        n_discrepancies=found[Verdict.DISCREPANCY],
        tally=tally(tables.claims),
        p_values=p_values,
        n_p_values=sum(part.n_claims for part in p_values),
        discrepancies=tell_discrepancies(tables.claims),
        rates=lay_out_rates(tables.rates),
        survival=survival_claims(tables.claims),
        seeds=lay_out_seeds(tables.claims, tables.seeds),
        calibration=lay_out_calibration(tables.calibration),
        fast_path=judge_fast_path(tables.calibration),
        marrow=lay_out_marrow(tables.marrow),
        figures=figures,
        missing_figures=tuple(_title(name) for name in _CAPTIONS if name not in drawn),
        has_run=(out / RUN_FOLDER).is_dir(),
        chapters=lay_out_claims(tables.claims),
        tests=tuple(sorted(tests.items(), key=lambda one: (-one[1], one[0]))),
        provenance=lay_out_provenance(tables.provenance),
    )


def _draw(run_folder: Path) -> tuple[FigureSection, ...]:
    return tuple(
        FigureSection(
            name=name,
            title=_title(name),
            caption=_CAPTIONS[name],
            # matplotlib escapes every text it writes into the element.
            svg=Markup(figure_svg(one, salt=name)),  # noqa: S704
        )
        for name, one in study_figures(run_folder).items()
    )


def _title(name: str) -> str:
    return name.replace("-", " ").capitalize()
