"""Declare which scenario each quality code is made for, and what comes with it."""

from __future__ import annotations

from collections.abc import Mapping

CODES: Mapping[str, str] = {
    "QC_N_EVENTS": "few_events",
    "QC_N_LYMPH": "alc_30",
    "QC_N_BEADS": "beads_few",
    "FLAG_NO_BEADS": "beads_missing",
    "QC_BEAD_PEAK": "beads_wide",
    "QC_BEAD_DUAL": "wrong_lot",
    "QC_BEAD_TIME": "beads_settling",
    "QC_PURITY": "small_monocytes",
    "QC_MONO": "small_monocytes",
    "FLAG_LYMPH_FROM_TBNK": "small_monocytes",
    "QC_LYMPHOSUM": "cd19_negative",
    "FLAG_UNCLASSIFIED_LYMPH": "cd19_negative",
    "FLAG_ONE_TUBE": "cd19_negative",
    "QC_RECOVERY": "large_t",
    "QC_T_SUM": "gamma_delta",
    "FLAG_DN_HIGH": "gamma_delta",
    "FLAG_DP_HIGH": "dp_high",
    "FLAG_NKT_HIGH": "nkt_high",
    "QC_CD3_REP": "tubes_swapped",
    "FLAG_TUBE_SWAP": "tubes_swapped",
    "QC_CD3_ABS_REP": "pipetting_error",
    "FLAG_TUBES_DISAGREE": "pipetting_error",
    "QC_AXIS": "axis_pile",
    "QC_SAT": "saturated",
    "QC_COMP": "spill_1.3",
    "QC_TANDEM": "tandem",
    "QC_TIME": "clog",
    "QC_DRIFT": "gain_drift",
    "QC_CARRYOVER": "carry_over",
    "QC_DOUBLETS": "doublets_5",
    "QC_AGE": "old_specimen",
    "QC_WBC": "leukopenic",
    "QC_CONFIDENCE": "blasts_20",
    "FLAG_CD45DIM_CD19POS": "blasts_20",
    "FLAG_B_BELOW_COUNT_LIMIT": "b_5",
    "FLAG_TIME_WRAPPED": "time_wrapped",
    "QC_PAIR": "volts_changed",
    "QC_INSTR": "volts_changed",
    "FLAG_METHOD_MISMATCH_PAIR": "method_mixed",
    "FLAG_ID_SWAP": "identity_swap",
    "QC_DELTA": "wrong_blood",
    "FLAG_REDISTRIBUTION_WINDOW": "first_days",
    "FLAG_CD3_DIM_SHIFT": "cd3_taken_in",
    "QC_LJ_BEADS": "instrument_drift",
    "QC_LJ_CD3": "instrument_drift",
    "QC_LJ_CD45": "instrument_drift",
    "QC_LJ_GATES": "laser_loss",
}
"""The scenario that each code is made for."""

NOT_MEASURED: Mapping[str, str] = {
    "QC_VIAB": "no TBNK panel has a dye that dead cells take up",
}
"""Codes that no file or sheet of these panels allows, and why."""

CONTROLS: Mapping[str, str] = {
    "identity_swap": "paired",
    "method_mixed": "paired",
    "volts_changed": "paired",
    "wrong_blood": "paired",
    "first_days": "paired",
    "cd3_taken_in": "paired",
    "instrument_drift": "paired",
    "laser_loss": "paired",
}
"""Scenarios of several samples that are compared, and that from which they depart."""

ALWAYS = frozenset({"QC_PURITY", "QC_LYMPHOSUM", "QC_MONO"})
"""What enters or leaves the lymphocyte gate moves these, whatever the cause."""

CONSEQUENCES: Mapping[str, tuple[str, ...]] = {
    "FLAG_UNCLASSIFIED_LYMPH": ("QC_LYMPHOSUM",),
    "FLAG_LYMPH_FROM_TBNK": ("QC_PURITY",),
    "FLAG_TUBES_DISAGREE": ("QC_CD3_REP", "QC_CD3_ABS_REP"),
    "FLAG_ONE_TUBE": (
        "QC_LYMPHOSUM", "QC_T_SUM", "QC_MONO", "QC_PURITY", "QC_RECOVERY", "QC_COMP",
        "QC_TANDEM", "QC_AXIS", "QC_SAT", "QC_TIME", "QC_DRIFT", "QC_CARRYOVER",
        "QC_BEAD_TIME", "QC_BEAD_PEAK",
    ),
}  # fmt: skip
"""Flags that say what was done about one of these checks, and come where it does."""

COMPANIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "few_events": {
        "there is little of everything": (
            "QC_N_LYMPH", "QC_N_BEADS", "QC_CONFIDENCE", "FLAG_B_BELOW_COUNT_LIMIT",
        ),
        "counting alone": ("QC_CD3_REP", "QC_CD3_ABS_REP", "QC_T_SUM"),
    },
    "alc_30": {
        "all cells are thinned out": ("QC_WBC", "FLAG_B_BELOW_COUNT_LIMIT"),
        "counting alone": ("QC_CD3_REP", "QC_CD3_ABS_REP"),
    },
    "leukopenic": {"few cells give few events": ("QC_N_LYMPH",)},
    "beads_few": {
        "lost beads make counts too high": ("QC_BEAD_DUAL",),
        "counting alone": ("QC_CD3_ABS_REP",),
    },
    "beads_missing": {
        "there are none to look at": ("QC_N_BEADS", "QC_BEAD_PEAK"),
    },
    "beads_wide": {
        "dim beads lie outside the bead gate, and those in it count too much": (
            "QC_BEAD_DUAL", "QC_CD3_ABS_REP",
        ),
        "dim beads lie among the cells": ("QC_CONFIDENCE", "QC_CD3_REP"),
    },
    "beads_settling": {"a part of the beads is lost": ("QC_BEAD_DUAL",)},
    "pipetting_error": {"the count is wrong": ("QC_BEAD_DUAL",)},
    "small_monocytes": {
        "the gate counts monocytes, the analyser does not": ("QC_BEAD_DUAL",),
        "no gate parts what overlaps": ("QC_CONFIDENCE",),
        "what they bind of CD4 and CD16 looks like spill": ("QC_COMP",),
    },
    "cd19_negative": {
        "the gate counts such cells, the analyser does not": ("QC_BEAD_DUAL",),
        "they lie where CD19+ and NK cells begin": ("QC_CONFIDENCE",),
    },
    "large_t": {
        "T cells outside the gate are missing in the count": ("QC_BEAD_DUAL",),
        "in one tube more than in the other": ("QC_CD3_REP", "QC_CD3_ABS_REP"),
        "no valley parts them from monocytes": ("QC_CONFIDENCE",),
        "CD4-CD8- T cells, none of which is large, weigh more": (
            "QC_T_SUM", "FLAG_DN_HIGH",
        ),
    },
    "gamma_delta": {
        "with up to twice the CD3 they spill more where NK cells are told": (
            "QC_CONFIDENCE",
        ),
    },
    "dp_high": {
        "they stand in CD4 and in CD8": ("QC_T_SUM",),
        "they lie between CD4+CD8- and CD4-CD8+": ("QC_CONFIDENCE",),
    },
    "nkt_high": {
        "they lie between T and NK cells": ("QC_CONFIDENCE",),
        "T cells with CD16 or CD56 look like spill, and like another tube": (
            "QC_COMP", "FLAG_TUBE_SWAP",
        ),
    },
    "tubes_swapped": {
        "markers are taken for others": (
            "QC_T_SUM", "QC_RECOVERY", "QC_DOUBLETS", "QC_CONFIDENCE", "QC_COMP",
            "QC_TANDEM", "FLAG_DN_HIGH", "FLAG_NKT_HIGH", "FLAG_B_BELOW_COUNT_LIMIT",
            "FLAG_CD45DIM_CD19POS",
        ),
        "and the gates of CD3 with them": ("QC_CD3_ABS_REP",),
    },
    "axis_pile": {
        "no valley lies beside negatives on the axis": ("QC_CONFIDENCE", "QC_T_SUM"),
        "it is overcompensation": ("QC_COMP",),
    },
    "saturated": {
        "beads are at the top too": (
            "QC_N_BEADS", "QC_BEAD_PEAK", "FLAG_NO_BEADS", "QC_BEAD_DUAL",
            "QC_CD3_ABS_REP",
        ),
        "CD45 has lost its shape": ("QC_CONFIDENCE", "QC_RECOVERY"),
        "CD45 spills more, and its true height is not known": (
            "QC_AXIS", "QC_COMP", "FLAG_NKT_HIGH",
        ),
    },
    "spill_1.3": {"what is taken off too much lies on the axis": ("QC_AXIS",)},
    "tandem": {
        "it is spill that is not compensated": ("QC_COMP",),
        "T cells shine where the donor dye marks NK cells": (
            "QC_CONFIDENCE", "FLAG_NKT_HIGH", "FLAG_TUBE_SWAP",
        ),
    },
    "carry_over": {
        "another person's cells are among the first": ("QC_CONFIDENCE",),
        "and no beads with them": ("QC_BEAD_TIME",),
    },
    "blasts_20": {
        "a T cell with a blast is CD3+CD19+": ("QC_DOUBLETS",),
        "blasts with more CD45 pass for B cells that the gate lost": ("QC_RECOVERY",),
    },
    "b_5": {"five events say little of a gate": ("QC_CONFIDENCE",)},
    "method_mixed": {"the method is one of what differs": ("QC_PAIR",)},
    "identity_swap": {"the analyser counted the other person": ("QC_BEAD_DUAL",)},
    "wrong_blood": {"it is another person's": ("FLAG_ID_SWAP",)},
    "first_days": {"T cells have left the blood": ("QC_WBC", "QC_N_LYMPH")},
    "laser_loss": {"all signals fall": ("QC_LJ_BEADS", "QC_LJ_CD3", "QC_LJ_CD45")},
}  # fmt: skip
"""Codes that may come with a scenario, by the reason in words."""


def companions(scenario: str) -> frozenset[str]:
    """List what may come with a scenario beside the codes it is made for.

    Parameters
    ----------
    scenario : str
        Its name.

    Returns
    -------
    frozenset of str
        `ALWAYS`, what is declared for it, and what follows from any of these.
    """
    own = {code for code, name in CODES.items() if name == scenario}
    declared = {c for codes in COMPANIONS.get(scenario, {}).values() for c in codes}
    causes = own | declared | ALWAYS
    follows = {
        flag for flag, checks in CONSEQUENCES.items() if not causes.isdisjoint(checks)
    }
    return frozenset(causes | follows)


def reason(scenario: str, code: str) -> str:
    """Say why a code comes with a scenario.

    Parameters
    ----------
    scenario, code : str
        Their names.

    Returns
    -------
    str
        In words; empty where it is not declared.
    """
    if CODES.get(code) == scenario:
        return "made for it"
    for words, codes in COMPANIONS.get(scenario, {}).items():
        if code in codes:
            return words
    if code in ALWAYS:
        return "what enters or leaves the lymphocyte gate moves it"
    if code in companions(scenario):
        checks = CONSEQUENCES[code]
        named = " or ".join(checks) if len(checks) < 3 else "a failed check of one tube"
        return f"follows from {named}"
    return ""
