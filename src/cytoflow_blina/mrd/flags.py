"""Flag what a reader of a verdict should know about the marrow.

A flag informs; it changes neither status nor class. Its limits stand in `mrd.toml`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import nan

from cytoflow_blina.domain.mrd import TubeMrd
from cytoflow_blina.domain.mrd_verdict import MrdSensitivity
from cytoflow_blina.domain.population import percent
from cytoflow_blina.mrd.limitations import SampleFacts, signs_of_hemodilution
from cytoflow_blina.mrd.rules import MrdRules

HEMATOGONES = ("hg1", "hg2", "hg3")


@dataclass(frozen=True)
class MrdEvidence:
    """All that a flag may look at.

    Attributes
    ----------
    mrd : TubeMrd
        What was found in the tube.
    sensitivity : MrdSensitivity or None
        Its arithmetic; None where it is not evaluable.
    facts : SampleFacts
        What is known of the sample.
    """

    mrd: TubeMrd
    sensitivity: MrdSensitivity | None
    facts: SampleFacts


@dataclass(frozen=True)
class MrdFlag:
    """One flag.

    Attributes
    ----------
    code : str
        Its name in `mrd.csv`.
    meaning : str
        In words, for the reader of a report.
    is_raised : callable
        Takes the evidence and the rules.
    """

    code: str
    meaning: str
    is_raised: Callable[[MrdEvidence, MrdRules], bool]


def raised_mrd_flags(evidence: MrdEvidence, rules: MrdRules) -> tuple[str, ...]:
    """List the flags of a tube.

    Parameters
    ----------
    evidence : MrdEvidence
        What is known of it.
    rules : MrdRules
        Limits.

    Returns
    -------
    tuple of str
        Codes in the order of `MRD_FLAGS`. What was not measured raises none.
    """
    return tuple(flag.code for flag in MRD_FLAGS if flag.is_raised(evidence, rules))


def hematogone_percent(mrd: TubeMrd) -> float:
    """Take the hematogones of all stages in percent of the nucleated cells.

    Parameters
    ----------
    mrd : TubeMrd
        Events of each kind of cell.

    Returns
    -------
    float
        0 to 100; NaN where no stage, or no nucleated cell, was counted.
    """
    counted = [mrd.stages[stage] for stage in HEMATOGONES if stage in mrd.stages]
    if not counted:
        return nan
    return percent(sum(counted), mrd.denominators.get("NUC", 0))


def _percent_of_nucleated(mrd: TubeMrd, stage: str) -> float:
    """Take a kind of cell in percent of the nucleated ones; NaN where not counted."""
    return percent(mrd.stages.get(stage, nan), mrd.denominators.get("NUC", 0))


def _is_cd19_only(evidence: MrdEvidence, _rules: MrdRules) -> bool:
    return evidence.mrd.has_cd19 and not evidence.mrd.has_b_alt


def _is_approximate(evidence: MrdEvidence, _rules: MrdRules) -> bool:
    return not evidence.mrd.has_nuclear_dye


def _has_precursors(evidence: MrdEvidence, rules: MrdRules) -> bool:
    """Find CD19-negative precursors, or a CD19-negative candidate next to them."""
    mrd, limits = evidence.mrd, rules.precursors
    if any(
        one.cd19 in {"negative", "mixed"} and one.nearest_normal == "early_b"
        for one in mrd.candidates
    ):
        return True
    return (
        mrd.stages.get("early_b", 0) >= limits.fewest_events
        and _percent_of_nucleated(mrd, "early_b") >= limits.percent_of_nucleated
    )


def _may_have_switched(evidence: MrdEvidence, rules: MrdRules) -> bool:
    """Find many immature myeloid cells, or many monocytes where the gene is known.

    Where nothing tells B lineage its CD45-dim cells lie among the myeloid ones.
    """
    mrd, limits = evidence.mrd, rules.lineage_switch
    window = _percent_of_nucleated(mrd, "myeloid_window")
    tells_b_lineage = mrd.has_cd19 or mrd.has_b_alt
    if tells_b_lineage and window > limits.myeloid_window_percent:
        return True
    fusion = evidence.facts.fusion.upper()
    is_prone = any(gene.upper() in fusion for gene in limits.monocyte_fusions)
    monocytes = _percent_of_nucleated(mrd, "monocytes")
    return is_prone and monocytes > limits.monocyte_percent


def _is_hemodiluted(evidence: MrdEvidence, rules: MrdRules) -> bool:
    return bool(signs_of_hemodilution(evidence.mrd, rules.hemodilution))


def _has_many_hematogones(evidence: MrdEvidence, rules: MrdRules) -> bool:
    return hematogone_percent(evidence.mrd) >= rules.hematogones.high_percent


def _is_near_cut(evidence: MrdEvidence, _rules: MrdRules) -> bool:
    found = evidence.sensitivity
    if found is None:
        return False
    return found.mrd_percent_lo95 <= found.cut_percent <= found.mrd_percent_hi95


def _is_below_lod_and_above_cut(evidence: MrdEvidence, _rules: MrdRules) -> bool:
    found = evidence.sensitivity
    if found is None or not found.n_events:
        return False
    return found.reaches_cut and not found.is_detected


MRD_FLAGS = (
    MrdFlag(
        "FLAG_MRD_CD19_ONLY",
        "B cells were sought by CD19 alone: leukaemia without CD19 is not seen.",
        _is_cd19_only,
    ),
    MrdFlag(
        "FLAG_MRD_DENOM_APPROX",
        "No dye tells nucleated cells: the denominator is approximate.",
        _is_approximate,
    ),
    MrdFlag(
        "REVIEW_CD19NEG_PRECURSOR",
        "CD19-negative CD22+ CD34+ CD10- precursors, which are normal in most marrows "
        "and grow after anti-CD19 therapy: a person must look before any of them is "
        "called leukaemia.",
        _has_precursors,
    ),
    MrdFlag(
        "FLAG_LINEAGE_SWITCH",
        "Many immature myeloid cells, or many monocytes with a fusion of KMT2A: the "
        "leukaemia may have switched lineage.",
        _may_have_switched,
    ),
    MrdFlag(
        "FLAG_HEMODILUTED",
        "The marrow is mixed with blood, in which there is less leukaemia.",
        _is_hemodiluted,
    ),
    MrdFlag(
        "FLAG_HG_HIGH",
        "Many hematogones, which may be taken for leukaemia, or hide it.",
        _has_many_hematogones,
    ),
    MrdFlag(
        "FLAG_MRD_NEAR_CUTOFF",
        "The 95 % interval of MRD contains the cut: the class may be either.",
        _is_near_cut,
    ),
    MrdFlag(
        "FLAG_BELOW_LOD_BUT_GE_CUT",
        "Too few events for a finding, and yet no less than the cut: ask for another "
        "sample.",
        _is_below_lod_and_above_cut,
    ),
)
"""Every flag of a marrow."""
