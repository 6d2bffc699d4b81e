"""Tell which quality code each scenario raises, and what comes with it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import nan
from pathlib import Path

import pandas as pd

from acceptance.rows import Row
from acceptance.sample_rows import RAISED
from cytoflow_blina.quality.registry import UNITS
from cytoflow_blina.simulate.scenarios import SCENARIOS
from cytoflow_blina.workflow.batch import run_study
from cytoflow_blina.workflow.simulated_study import make_simulated_study
from cytoflow_blina.workflow.study import STUDY_FILE

COHORT_SCENARIOS = (
    "paired", "identity_swap", "method_mixed", "volts_changed", "instrument_drift",
)  # fmt: skip
"""Scenarios of several samples that are compared; run as whole studies."""

ALWAYS_COMPANIONS = frozenset({"QC_PURITY", "QC_LYMPHOSUM", "QC_MONO"})
"""What enters or leaves the lymphocyte gate moves these, whatever the cause."""

DEFAULT_AT_MOST = 2.0
"""Percent of default tubes in which a code may be raised."""


@dataclass(frozen=True)
class Own:
    """What a code is made for.

    Attributes
    ----------
    scenario : str
        That must raise it.
    companions : frozenset of str
        Codes that may come with it, beside `ALWAYS_COMPANIONS`.
    """

    scenario: str
    companions: frozenset[str] = frozenset()


def _own(scenario: str, *companions: str) -> Own:
    return Own(scenario, frozenset(companions))


_FEW = ("QC_N_LYMPH", "QC_N_EVENTS", "QC_N_BEADS", "QC_WBC", "QC_CD3_ABS_REP")
_BEADS = ("QC_N_BEADS", "QC_BEAD_PEAK", "QC_BEAD_TIME", "QC_BEAD_DUAL", "FLAG_NO_BEADS")
_WORTH = ("QC_BEAD_DUAL", "QC_CD3_ABS_REP", "QC_N_BEADS")
_FLOW = ("QC_TIME", "QC_BEAD_TIME", "QC_DRIFT")
_OLD = ("QC_VIAB", "QC_AGE", "QC_RECOVERY", "QC_AXIS")
_SWAPPED = (
    "FLAG_TUBE_SWAP", "FLAG_TUBES_DISAGREE", "FLAG_UNCLASSIFIED_LYMPH",
    "FLAG_LYMPH_FROM_TBNK", "QC_CD3_REP", "QC_CD3_ABS_REP", "QC_T_SUM", "QC_COMP",
    "QC_TANDEM", "QC_RECOVERY", "QC_AXIS",
)  # fmt: skip
_SPILL = ("QC_COMP", "QC_T_SUM", "QC_TANDEM", "QC_CD3_REP")
_DIRTY = ("QC_RECOVERY", "FLAG_LYMPH_FROM_TBNK", "FLAG_UNCLASSIFIED_LYMPH", "QC_AXIS")
_DRIFT = ("QC_LJ_BEADS", "QC_LJ_CD3", "QC_LJ_CD45", "QC_LJ_GATES", "QC_INSTR")
_PAIR = ("QC_PAIR", "QC_INSTR", "FLAG_CD3_DIM_SHIFT", *_DRIFT)
_BLASTS = ("QC_CONFIDENCE", "FLAG_CD45DIM_CD19POS", "QC_RECOVERY")
_OTHER_PERSON = ("FLAG_CD3_DIM_SHIFT", "QC_AGE", "QC_BEAD_DUAL")

CODES: Mapping[str, Own] = {
    "QC_N_EVENTS": _own("few_events", *_FEW),
    "QC_N_LYMPH": _own("alc_30", *_FEW),
    "QC_N_BEADS": _own("beads_few", *_BEADS, "QC_CD3_ABS_REP"),
    "FLAG_NO_BEADS": _own("beads_missing", *_BEADS),
    "QC_BEAD_PEAK": _own("beads_wide", *_BEADS, "QC_CD3_ABS_REP"),
    "QC_BEAD_DUAL": _own("wrong_lot", *_WORTH),
    "QC_BEAD_TIME": _own("beads_settling", *_BEADS, "QC_CD3_ABS_REP"),
    "QC_PURITY": _own("granulocyte_shoulder", *_DIRTY),
    "QC_LYMPHOSUM": _own("granulocyte_shoulder", *_DIRTY),
    "FLAG_LYMPH_FROM_TBNK": _own("granulocyte_shoulder", *_DIRTY),
    "FLAG_UNCLASSIFIED_LYMPH": _own("granulocyte_shoulder", *_DIRTY),
    "QC_MONO": _own("monocytes", *_DIRTY),
    "QC_RECOVERY": _own("activated_t", "QC_AXIS"),
    "QC_T_SUM": _own("tubes_swapped", *_SWAPPED),
    "QC_CD3_REP": _own("tubes_swapped", *_SWAPPED),
    "QC_CD3_ABS_REP": _own("pipetting_error", "QC_BEAD_DUAL", "FLAG_TUBES_DISAGREE"),
    "FLAG_TUBE_SWAP": _own("tubes_swapped", *_SWAPPED),
    "FLAG_TUBES_DISAGREE": _own("tubes_swapped", *_SWAPPED),
    "QC_AXIS": _own("axis_pile", "QC_COMP", "QC_T_SUM"),
    "QC_SAT": _own("saturated", "QC_AXIS", "QC_RECOVERY"),
    "QC_COMP": _own("spill_1.3", *_SPILL),
    "QC_TANDEM": _own("tandem", *_SPILL),
    "QC_TIME": _own("clog", *_FLOW),
    "QC_DRIFT": _own("gain_drift", *_FLOW),
    "QC_CARRYOVER": _own("carry_over", *_FLOW),
    "QC_DOUBLETS": _own("doublets_5"),
    "QC_VIAB": _own("aged_72h", *_OLD),
    "QC_AGE": _own("old_specimen"),
    "QC_WBC": _own("leukopenic", *_FEW),
    "QC_CONFIDENCE": _own("blasts_20", *_BLASTS),
    "FLAG_CD45DIM_CD19POS": _own("blasts_20", *_BLASTS),
    "FLAG_B_BELOW_COUNT_LIMIT": _own("b_5"),
    "FLAG_TIME_WRAPPED": _own("time_wrapped"),
    "QC_PAIR": _own("volts_changed", *_PAIR),
    "QC_INSTR": _own("volts_changed", *_PAIR),
    "FLAG_METHOD_MISMATCH_PAIR": _own("method_mixed", "QC_PAIR", "QC_WBC"),
    "FLAG_ID_SWAP": _own("identity_swap", "QC_DELTA", *_OTHER_PERSON),
    "QC_DELTA": _own("identity_swap", "FLAG_ID_SWAP", *_OTHER_PERSON),
    "QC_LJ_BEADS": _own("instrument_drift", *_DRIFT),
    "QC_LJ_CD3": _own("instrument_drift", *_DRIFT),
    "QC_LJ_CD45": _own("instrument_drift", *_DRIFT),
    "QC_LJ_GATES": _own("instrument_drift", *_DRIFT),
}
"""The scenario that each code is made for, and the codes declared to come with it."""


def code_scenarios() -> tuple[str, ...]:
    """Name the scenarios of single samples that codes are made for."""
    wanted = dict.fromkeys(own.scenario for own in CODES.values())
    return tuple(
        name for name in wanted if name in SCENARIOS and name not in COHORT_SCENARIOS
    )


def findings_of_cohorts(seeds: Iterable[int], *, n_jobs: int) -> pd.DataFrame:
    """Simulate and run whole studies; read what their quality checks say.

    Parameters
    ----------
    seeds : iterable of int
        One study of each scenario for each.
    n_jobs : int
        Worker processes of a run.

    Returns
    -------
    DataFrame
        Rows of `qc.csv` with `scenario` and `seed`.
    """
    tables = []
    for scenario in COHORT_SCENARIOS:
        if scenario not in SCENARIOS:
            continue
        for seed in seeds:
            with tempfile.TemporaryDirectory() as name:
                study, out = Path(name) / "study", Path(name) / "out"
                make_simulated_study(study, scenario=scenario, seed=seed)
                _allow_two_methods(study / STUDY_FILE)
                run_study(study, out, n_jobs=n_jobs)
                table = pd.read_csv(out / "qc.csv", keep_default_na=False)
            tables.append(table.assign(scenario=scenario, seed=seed))
    columns = ["scenario", "seed", "sample_id", "tube", "level", "check", "verdict"]
    if not tables:
        return pd.DataFrame(columns=columns)
    return pd.concat(tables)[columns]


def _allow_two_methods(file: Path) -> None:
    """Give the reason without which a pair counted by two methods is refused."""
    text = file.read_text(encoding="utf-8")
    key = "count_method_change_reason"
    text = text.replace(f'{key} = ""', f'{key} = "to see that it is flagged"')
    file.write_text(text, encoding="utf-8")


def raised_by_scenario(findings: pd.DataFrame) -> pd.DataFrame:
    """Give the share of samples in which each code is raised, by scenario.

    Parameters
    ----------
    findings : DataFrame
        Rows of `Tables.findings`, or of `findings_of_cohorts`.

    Returns
    -------
    DataFrame
        `scenario, check, n, raised_percent`: WARN or FAIL in any tube of the sample.
        A sample of a cohort counts where the finding names it; one that names none, of
        a batch, counts for the study.
    """
    rows = findings.assign(is_raised=findings.verdict.isin([str(v) for v in RAISED]))
    about = ["scenario", "seed", "sample_id"]
    by_sample = rows.groupby([*about, "check"], sort=False)["is_raised"].any()
    n_samples = rows.drop_duplicates(about).groupby("scenario").size()
    n_raised = by_sample.groupby(["scenario", "check"], sort=False).sum()
    n_about = by_sample.groupby(["scenario", "check"], sort=False).size()
    table = pd.DataFrame({"n_raised": n_raised, "n_checked": n_about}).reset_index()
    table["n"] = table.scenario.map(n_samples)
    # A flag is written where it is raised and nowhere else.
    is_flag = table.check.str.startswith("FLAG_")
    table.loc[is_flag, "n_checked"] = table.n[is_flag]
    table["raised_percent"] = 100 * table.n_raised / table.n_checked
    return table


def scenario_by_code(raised: pd.DataFrame) -> pd.DataFrame:
    """Lay out scenarios by codes, in percent of samples; empty where never raised.

    Parameters
    ----------
    raised : DataFrame
        As from `raised_by_scenario`.

    Returns
    -------
    DataFrame
        One row for each scenario, one column for each code that was raised anywhere.
    """
    seen = raised[raised.n_raised > 0]
    wide = seen.pivot_table(
        index="scenario", columns="check", values="raised_percent", sort=False
    )
    order = list(dict.fromkeys(raised.scenario))
    codes = sorted(wide.columns)
    return wide.reindex(index=order, columns=codes).reset_index()


def own_scenarios(raised: pd.DataFrame, *, at_least: float = 5.0) -> pd.DataFrame:
    """Say for each code whether its own scenario raises it, and what comes with it.

    Parameters
    ----------
    raised : DataFrame
        As from `raised_by_scenario`.
    at_least : float
        A code comes with the scenario where its share of samples exceeds that of the
        control by so many points.

    Returns
    -------
    DataFrame
        `undeclared` lists the codes that come with it without being declared. Codes of
        the registry that have no scenario here, and scenarios that were not run, are
        said to. The control of a cohort is `paired`, of other scenarios `default`. Of a
        cohort few samples are perturbed, so that a small share is enough.
    """
    shares: dict[tuple[str, str], float] = {
        (scenario, check): float(share)
        for scenario, check, share in zip(
            raised.scenario, raised.check, raised.raised_percent, strict=True
        )
    }
    simulated = set(raised.scenario)
    rows: list[Row] = []
    for code in dict.fromkeys((*CODES, *UNITS)):
        own = CODES.get(code)
        if own is None or own.scenario not in simulated:
            scenario = "none declared" if own is None else f"{own.scenario} (not run)"
            rows.append({"check": code, "scenario": scenario})
            continue
        allowed = {code, *own.companions, *ALWAYS_COMPANIONS}
        control = "paired" if own.scenario in COHORT_SCENARIOS else "default"
        undeclared = [
            f"{check} {share:.0f} %"
            for (scenario, check), share in shares.items()
            if scenario == own.scenario
            and check not in allowed
            and share - shares.get((control, check), 0.0) >= at_least
        ]
        share = shares.get((own.scenario, code), nan)
        rows.append(
            {
                "check": code,
                "scenario": own.scenario,
                "is_raised": share > 0,
                "raised_percent": share,
                "control_percent": shares.get((control, code), nan),
                "undeclared": "; ".join(undeclared),
            }
        )
    return pd.DataFrame(rows)


def raised_in_default(findings: pd.DataFrame) -> pd.DataFrame:
    """Give the share of default tubes in which each code is raised.

    Parameters
    ----------
    findings : DataFrame
        Rows of `Tables.findings` of default tubes.

    Returns
    -------
    DataFrame
        One row for each code and level: tubes, or samples for a check of samples, in
        which it was looked at, raised, and not measured.
    """
    rows = findings[findings.level != "flag"]
    rows = rows.assign(
        is_raised=rows.verdict.isin([str(one) for one in RAISED]),
        is_missing=rows.verdict == "NOT_MEASURED",
    )
    table = (
        rows.groupby(["check", "level"], sort=False)
        .agg(
            n=("is_raised", "size"),
            n_raised=("is_raised", "sum"),
            n_not_measured=("is_missing", "sum"),
        )
        .reset_index()
    )
    table["raised_percent"] = 100 * table.n_raised / table.n
    table["is_few"] = table.raised_percent <= DEFAULT_AT_MOST
    return table


def code_tables(
    findings: Sequence[pd.DataFrame], default: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Sum up which codes were raised.

    Parameters
    ----------
    findings : sequence of DataFrame
        Of single samples and of cohorts.
    default : DataFrame
        Of default tubes.

    Returns
    -------
    dict of str to DataFrame
        By the name of the file.
    """
    raised = pd.concat([raised_by_scenario(one) for one in findings if len(one)])
    return {
        "codes": raised,
        "codes_by_scenario": scenario_by_code(raised),
        "codes_own_scenario": own_scenarios(raised),
        "codes_in_default_tubes": raised_in_default(default),
    }
