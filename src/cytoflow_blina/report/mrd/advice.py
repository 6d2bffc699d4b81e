"""Say what limits a verdict on residual leukaemia, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from cytoflow_blina.mrd.flags import MRD_FLAGS
from cytoflow_blina.report.mrd.words import sentence

_FLAG_ACTIONS = {
    "FLAG_MRD_CD19_ONLY": (
        "After anti-CD19 therapy use a panel that finds B cells without CD19 "
        "(bcp-all-mrd-post-cd19)."
    ),
    "FLAG_MRD_DENOM_APPROX": (
        "Do not compare the percentage with one of nucleated cells by dye, or with "
        "another laboratory's, where it lies near the cut-off."
    ),
    "REVIEW_CD19NEG_PRECURSOR": (
        "Look for CD10, CD38 and CD58 of these cells, and compare them with the "
        "diagnosis."
    ),
    "FLAG_LINEAGE_SWITCH": (
        "Look at CD33, CD14, CD15 and CD64, at a smear, and at the KMT2A status."
    ),
    "FLAG_HEMODILUTED": "Ask for the first pull of another aspirate.",
    "FLAG_HG_HIGH": (
        "Compare each candidate with the corridor of normal cells and with the "
        "diagnosis before it is called leukaemia."
    ),
    "FLAG_MRD_NEAR_CUTOFF": (
        "Acquire more cells, or confirm by molecular MRD, before a decision is made."
    ),
    "FLAG_BELOW_LOD_BUT_GE_CUT": "Ask for another sample with more cells.",
}

_LIMITATION_ACTIONS = (
    ("blood in the marrow", "Ask for the first pull of another aspirate."),
    ("of the cells are viable", "Repeat with a fresh sample."),
    ("pull ", "Ask for the first pull with the next aspirate."),
    (
        "CD19 alone, after anti-CD19 therapy",
        "Repeat with a panel that finds B cells without CD19 (bcp-all-mrd-post-cd19).",
    ),
    ("prior_cd19_therapy", "Fill in that column and run the study again."),
    (
        "denominator is approximate",
        "Add a nucleic-acid dye; read percentages near the cut-off with care.",
    ),
    ("not measured:", "The verdict is made without what they would show."),
    (
        "normal cells were not known",
        "Name one in study.toml ([documents] references), or run learn-reference.",
    ),
    ("blank samples", "Run more blank and low samples, and name them in study.toml."),
    ("limit of blank", "Run more blank and low samples, and name them in study.toml."),
)


@dataclass(frozen=True)
class Advice:
    """Something to know about a verdict.

    Attributes
    ----------
    code : str
        Name of a flag; empty for a limitation.
    words : str
        What it is, as a sentence.
    action : str
        What to do; empty where nothing can be said.
    """

    code: str
    words: str
    action: str


def flag_advice(code: str) -> Advice:
    """Say what a flag means and what to do.

    Parameters
    ----------
    code : str
        Its name in `mrd.csv`.

    Returns
    -------
    Advice
        A flag that is not known stands for itself.
    """
    meanings = {flag.code: flag.meaning for flag in MRD_FLAGS}
    return Advice(code, meanings.get(code, f"{code}."), _FLAG_ACTIONS.get(code, ""))


def limitation_advice(words: str) -> Advice:
    """Say what to do about a limitation.

    Parameters
    ----------
    words : str
        The limitation, as `mrd.csv` has it.

    Returns
    -------
    Advice
        As a sentence; without an action where none is known.
    """
    action = next((act for part, act in _LIMITATION_ACTIONS if part in words), "")
    return Advice("", sentence(words), action)
