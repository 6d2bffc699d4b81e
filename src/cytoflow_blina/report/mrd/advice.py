"""Say what limits a verdict on residual leukaemia, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from cytoflow_blina.mrd.flags import MRD_FLAGS
from cytoflow_blina.report.collect import Row
from cytoflow_blina.report.mrd.words import listed, sentence

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

_FIRST_PULL = "Ask for the first pull of another aspirate."
_BLANKS = "Run more blank and low samples, and name them in study.toml."
_WITHOUT_CD19 = (
    "Repeat with a panel that finds B cells without CD19 (bcp-all-mrd-post-cd19)."
)
_TELLING = "Repeat with a panel that measures them."

_LIMITATION_ACTIONS = {
    "not_marrow": "Judge the marrow by a marrow.",
    "tube_missing": "Acquire and list that tube, or ask for another sample.",
    "hemodiluted": _FIRST_PULL,
    "low_viability": "Repeat with a fresh sample.",
    "later_pull": "Ask for the first pull with the next aspirate.",
    "cd19_only": _WITHOUT_CD19,
    "cd19_only_inferred": (
        f"{_WITHOUT_CD19} Fill in prior_cd19_therapy in samples.csv, whichever it is."
    ),
    "cd19_only_therapy_unknown": "Fill in that column and run the study again.",
    "cd19neg_precursor": (
        "Look at them, with CD10, CD38 and CD58 and against the diagnosis. Where they "
        "are leukaemia, give the gates back with --gates: a candidate drawn by a "
        "person is counted."
    ),
    "no_telling_marker": _TELLING,
    "few_markers": _TELLING,
    "approximate_denominator": (
        "Add a nucleic-acid dye; read percentages near the cut-off with care."
    ),
    "missing_markers": "The verdict is made without what they would show.",
    "no_reference": (
        "Name one in study.toml ([documents] references), or run learn-reference."
    ),
    "shipped_reference": (
        "Run learn-reference on the laboratory's own negative marrows, and name the "
        "document in study.toml ([documents] references)."
    ),
    "no_blank_limit": _BLANKS,
    "few_blank_samples": _BLANKS,
}


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


def limitation_advice(words: str, code: str = "") -> Advice:
    """Say what to do about a limitation.

    Parameters
    ----------
    words : str
        The limitation, as `mrd.csv` has it.
    code : str, default ""
        Its code there.

    Returns
    -------
    Advice
        As a sentence; without an action where the code is not known.
    """
    return Advice("", sentence(words), _LIMITATION_ACTIONS.get(code, ""))


def advice_on_limitations(row: Row) -> tuple[Advice, ...]:
    """Say what to do about each limitation of a row.

    Parameters
    ----------
    row : Row
        A row with `limitations` and, in the same order, `limitation_codes`.

    Returns
    -------
    tuple of Advice
        In the order of the row; without actions where it has no codes.
    """
    words, codes = listed(row, "limitations"), listed(row, "limitation_codes")
    if len(codes) != len(words):
        codes = ("",) * len(words)
    return tuple(map(limitation_advice, words, codes))
