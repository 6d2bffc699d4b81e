"""Name what a verdict cannot see: in the sample, in the panel, in the gates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cytoflow_blina.domain.exact_limits import upper_count_limit
from cytoflow_blina.domain.mrd import TubeMrd
from cytoflow_blina.domain.mrd_verdict import MrdLimitation
from cytoflow_blina.domain.population import percent
from cytoflow_blina.mrd.precursors import is_like_precursors
from cytoflow_blina.mrd.rules import HemodilutionLimits, MrdRules, PanelLimits

MARROW_CELLS = {
    "erythroid": "erythroid cells",
    "cd34_progenitors": "CD34+ progenitors",
    "plasma": "plasma cells",
    "mast_cells": "mast cells",
}
"""Kinds of cell that blood does not have, and how they are called in a sentence."""

TELL_LINEAGE = ("CD19", "CD45")
"""Markers that tell B lineage and its stages rather than what is aberrant in it."""

SHIPPED_REFERENCE = (
    "normal cells are those of simulated marrows, not of this laboratory (learn your "
    "own with learn-reference)"
)

_SPECIMENS = {"PB": "blood", "CSF": "cerebrospinal fluid"}

HARDLY_TOLD = "aberrant cells are hardly told from normal ones"


@dataclass(frozen=True)
class SampleFacts:
    """What the tables of the study say of a sample.

    Attributes
    ----------
    prior_cd19_therapy : bool or None
        Whether anti-CD19 therapy came before; None where not known.
    marrow_pull : int or None
        Which pull of the aspirate it is, 1 for the first; None where not known.
    fusion : str
        Fusion gene of the leukaemia; empty where not known.
    specimen : str
        `BM`, `PB` or `CSF`.
    drawn_after_drug : str
        By what the sample is known to come after the start of the study's own
        anti-CD19 drug: "day 15", "visit D14", "cycle 2"; empty where it does not, or
        is not known to.
    tubes_not_judged : tuple of str
        Ids of further tubes of the panel that look for MRD and that are not in the
        sheet, could not be processed, or are not evaluable.
    is_reference_shipped : bool
        Whether the normal cells are those that are shipped, not the lab's own.
    """

    prior_cd19_therapy: bool | None = None
    marrow_pull: int | None = None
    fusion: str = ""
    specimen: str = "BM"
    drawn_after_drug: str = ""
    tubes_not_judged: tuple[str, ...] = ()
    is_reference_shipped: bool = False


def find_limitations(
    mrd: TubeMrd, facts: SampleFacts, rules: MrdRules
) -> tuple[MrdLimitation, ...]:
    """Name what the verdict on a tube cannot see.

    Parameters
    ----------
    mrd : TubeMrd
        What was found in the tube.
    facts : SampleFacts
        What is known of the sample.
    rules : MrdRules
        Limits.

    Returns
    -------
    tuple of MrdLimitation
        First those for which the status ends in `_LIMITED`: no marrow, hemodilution,
        low viability, a tube of the panel that was not judged, gating by CD19 alone
        after anti-CD19 therapy, candidates like CD19-negative precursors, too few
        markers to tell leukaemia from normal cells; then what a reader should know
        besides. Nothing else that was not measured limits a verdict.
    """
    found = (
        *_of_study(mrd, facts),
        *_of_sample(mrd, facts, rules),
        *_of_gating(mrd, facts),
        *_of_precursors(mrd),
        *_of_markers(mrd, rules.panel),
        *_of_panel(mrd),
    )
    return tuple(sorted(found, key=lambda one: not one.is_limiting))


def signs_of_hemodilution(mrd: TubeMrd, limits: HemodilutionLimits) -> tuple[str, ...]:
    """Tell what speaks for blood in the marrow.

    Parameters
    ----------
    mrd : TubeMrd
        Events of each kind of cell.
    limits : HemodilutionLimits
        Limits.

    Returns
    -------
    tuple of str
        In words; empty where nothing speaks for it, or nothing was measured.

    Notes
    -----
    Mature (CD10+) cells above 90 % of the granulocytes; or every kind of marrow cell
    that was measured, two at least, absent: its one-sided upper 95 % limit lies below
    what a marrow has, so that a small tube is never called diluted for want of events.
    """
    signs = []
    share = _mature_granulocytes(mrd, limits.fewest_granulocytes)
    if share is not None and share > limits.mature_granulocyte_percent:
        signs.append(f"{share:.0f} % of the granulocytes are mature (CD10+)")
    measured = [kind for kind in MARROW_CELLS if kind in mrd.stages]
    if len(measured) >= limits.fewest_kinds and all(
        _is_absent(mrd, kind, limits) for kind in measured
    ):
        kinds = ", ".join(MARROW_CELLS[kind] for kind in measured)
        signs.append(f"cells that only marrow has are absent ({kinds})")
    return tuple(signs)


def _mature_granulocytes(mrd: TubeMrd, fewest: int) -> float | None:
    """Take CD10+ in percent of the granulocytes; None where it says nothing."""
    mature, all_of_them = (
        mrd.stages.get(kind) for kind in ("cd10_granulocytes", "granulocytes")
    )
    if mature is None or all_of_them is None or all_of_them < fewest:
        return None
    return percent(mature, all_of_them)


def _is_absent(mrd: TubeMrd, kind: str, limits: HemodilutionLimits) -> bool:
    """Tell whether a kind of marrow cell is missing, beyond the chance of counting."""
    nucleated = mrd.denominators.get("NUC", 0)
    upper = percent(upper_count_limit(mrd.stages[kind]), nucleated)
    limit: float = getattr(limits.absent_percent, kind)
    return upper < limit


def _of_study(mrd: TubeMrd, facts: SampleFacts) -> Iterator[MrdLimitation]:
    """Name what the sheet and the documents of the study tell."""
    if facts.specimen != "BM":
        words = _SPECIMENS.get(facts.specimen, facts.specimen)
        text = f"the specimen is {facts.specimen}: {words} does not stand for marrow"
        yield MrdLimitation("not_marrow", text, is_limiting=True)
    for tube in facts.tubes_not_judged:
        text = f"tube {tube} of the panel is missing or could not be judged"
        yield MrdLimitation("tube_missing", text, is_limiting=True)
    if facts.is_reference_shipped and mrd.has_reference:
        yield MrdLimitation("shipped_reference", SHIPPED_REFERENCE, is_limiting=False)


def _of_sample(
    mrd: TubeMrd, facts: SampleFacts, rules: MrdRules
) -> Iterator[MrdLimitation]:
    """Name what is wrong with the sample itself."""
    signs = signs_of_hemodilution(mrd, rules.hemodilution)
    if signs:
        text = f"blood in the marrow: {' and '.join(signs)}"
        yield MrdLimitation("hemodiluted", text, is_limiting=True)
    fewest = rules.viability.fewest_percent
    if mrd.viable_percent < fewest:
        text = f"{mrd.viable_percent:.0f} % of the cells are viable, below {fewest:g} %"
        yield MrdLimitation("low_viability", text, is_limiting=True)
    if facts.marrow_pull is not None and facts.marrow_pull > 1:
        text = f"pull {facts.marrow_pull} of the aspirate, where the first is asked for"
        yield MrdLimitation("later_pull", text, is_limiting=False)


def _of_gating(mrd: TubeMrd, facts: SampleFacts) -> Iterator[MrdLimitation]:
    """Name what is lost where B cells are sought by CD19 alone."""
    if mrd.has_b_alt or not mrd.has_cd19:
        return
    if facts.prior_cd19_therapy:
        text = "B cells sought by CD19 alone, after anti-CD19 therapy"
        yield MrdLimitation("cd19_only", text, is_limiting=True)
    elif facts.prior_cd19_therapy is None and facts.drawn_after_drug:
        text = (
            "B cells sought by CD19 alone, after the study's own anti-CD19 drug "
            f"(inferred from {facts.drawn_after_drug}, as samples.csv is silent on "
            "prior_cd19_therapy)"
        )
        yield MrdLimitation("cd19_only_inferred", text, is_limiting=True)
    elif facts.prior_cd19_therapy is None:
        text = (
            "B cells sought by CD19 alone, and samples.csv (prior_cd19_therapy) does "
            "not say whether anti-CD19 therapy came before"
        )
        yield MrdLimitation("cd19_only_therapy_unknown", text, is_limiting=False)


def _of_precursors(mrd: TubeMrd) -> Iterator[MrdLimitation]:
    """Name candidates that are not counted, because a person must look at them."""
    names = [
        one.path.rpartition("/")[2] for one in mrd.candidates if is_like_precursors(one)
    ]
    if names:
        text = (
            f"{', '.join(names)} not counted, being like normal CD19-negative "
            "precursors: a person must look"
        )
        yield MrdLimitation("cd19neg_precursor", text, is_limiting=True)


def _of_markers(mrd: TubeMrd, limits: PanelLimits) -> Iterator[MrdLimitation]:
    """Name what is lost where the markers of aberrancy are missing."""
    telling = [one for one in mrd.markers if one not in TELL_LINEAGE]
    if limits.one_needed_of and not set(limits.one_needed_of) & set(telling):
        needed = " and ".join(limits.one_needed_of)
        verb = "is" if len(limits.one_needed_of) == 1 else "are"
        text = f"{needed} {verb} not measured: {HARDLY_TOLD}"
        yield MrdLimitation("no_telling_marker", text, is_limiting=True)
    elif len(telling) < limits.fewest_markers:
        sought = ", ".join(telling) or "no marker"
        beside = " and ".join(TELL_LINEAGE)
        text = f"candidates sought on {sought} beside {beside} alone: {HARDLY_TOLD}"
        yield MrdLimitation("few_markers", text, is_limiting=True)


def _of_panel(mrd: TubeMrd) -> Iterator[MrdLimitation]:
    """Name what the tube does not measure."""
    if not mrd.has_nuclear_dye:
        text = "no dye tells nucleated cells, so that the denominator is approximate"
        yield MrdLimitation("approximate_denominator", text, is_limiting=False)
    if mrd.missing:
        text = f"not measured: {', '.join(mrd.missing)}"
        yield MrdLimitation("missing_markers", text, is_limiting=False)
    if not mrd.has_reference and (mrd.has_cd19 or mrd.has_b_alt):
        text = "normal cells were not known, so that no candidates were sought"
        if mrd.candidates:
            text += " beside those that a person drew"
        yield MrdLimitation("no_reference", text, is_limiting=False)
