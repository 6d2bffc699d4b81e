"""Tell which quality code each scenario raises, and what comes with it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from math import nan
from pathlib import Path

import pandas as pd

from acceptance.declared_codes import CODES, CONTROLS, NOT_MEASURED, reason
from acceptance.rows import Row
from acceptance.run_seeds import Tables
from acceptance.sample_rows import RAISED
from cytoflow_blina.quality.registry import UNITS
from cytoflow_blina.workflow.batch import run_study
from cytoflow_blina.workflow.simulated_study import make_simulated_study
from cytoflow_blina.workflow.study import STUDY_FILE

DEFAULT_AT_MOST = 2.0
"""Percent of default tubes in which a code may be raised."""

FEWEST_B, MOST_OF_T = (
    20,
    {"FLAG_DP_HIGH": 5.0, "FLAG_DN_HIGH": 10.0, "FLAG_NKT_HIGH": 15.0},
)
"""From where flags tell the truth of the blood: events, and percent of the T cells."""

_KINDS = {"FLAG_DP_HIGH": "DPT", "FLAG_DN_HIGH": "DNT", "FLAG_NKT_HIGH": "NKTLIKE"}

COHORT_SCENARIOS = ("paired", *CONTROLS)
"""Scenarios of several samples that are compared; run as whole studies."""


def code_scenarios() -> tuple[str, ...]:
    """Name the scenarios of single samples that codes are made for."""
    wanted = dict.fromkeys(CODES.values())
    return tuple(name for name in wanted if name not in COHORT_SCENARIOS)


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
        `scenario, check, n, n_checked, n_raised, raised_percent`: WARN or FAIL in any
        tube of the sample, of the samples in which it could be measured; NaN where it
        could not in any.
    """
    rows = findings.assign(
        is_raised=findings.verdict.isin([str(v) for v in RAISED]),
        is_measured=findings.verdict != "NOT_MEASURED",
    )
    about = ["scenario", "seed", "sample_id"]
    by_sample = rows.groupby([*about, "check"], sort=False)[
        ["is_raised", "is_measured"]
    ].any()
    table = by_sample.groupby(["scenario", "check"], sort=False).sum().reset_index()
    table = table.rename(columns={"is_raised": "n_raised", "is_measured": "n_checked"})
    n_samples = rows.drop_duplicates(about).groupby("scenario").size()
    table["n"] = table.scenario.map(n_samples)
    # A flag is written where it is raised and nowhere else.
    is_flag = table.check.str.startswith("FLAG_")
    table.loc[is_flag, "n_checked"] = table.n[is_flag]
    table["raised_percent"] = 100 * table.n_raised / table.n_checked.replace(0, nan)
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


def companions_by_scenario(
    raised: pd.DataFrame, *, at_least: float = 5.0, fewest: int = 2
) -> pd.DataFrame:
    """Say of every code that comes with a scenario made for a code why it does.

    Parameters
    ----------
    raised : DataFrame
        As from `raised_by_scenario`.
    at_least : float
        A code comes with the scenario where its share of samples exceeds that of the
        control by so many points.
    fewest : int
        Samples in which it must be raised: a single one may be chance.

    Returns
    -------
    DataFrame
        `reason` is empty where it is not declared. The control of a cohort is `paired`,
        of other scenarios `default`. Of a cohort few samples are perturbed: a small
        share is enough there for the codes that it is made for.
    """
    shares = _shares(raised)
    many = raised[raised.n_raised >= fewest]
    seen = set(zip(many.scenario, many.check, strict=True))
    rows: list[Row] = []
    for (scenario, check), share in shares.items():
        control = shares.get((CONTROLS.get(scenario, "default"), check), 0.0)
        is_own = CODES.get(check) == scenario and share > control
        if scenario not in CODES.values():
            continue
        is_many = (scenario, check) in seen and share - control >= at_least
        if is_own or is_many:
            rows.append(
                {
                    "scenario": scenario,
                    "check": check,
                    "raised_percent": share,
                    "control_percent": control,
                    "reason": reason(scenario, check),
                }
            )
    order = list(dict.fromkeys(CODES.values()))
    rows.sort(key=lambda row: order.index(row["scenario"]))
    columns = ["scenario", "check", "raised_percent", "control_percent", "reason"]
    return pd.DataFrame(rows, columns=columns)


def _shares(raised: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Give the share of samples by scenario and code; 0 where nothing was measured."""
    return {
        (scenario, check): float(share)
        for scenario, check, share in zip(
            raised.scenario,
            raised.check,
            raised.raised_percent.fillna(0.0),
            strict=True,
        )
    }


def own_scenarios(raised: pd.DataFrame) -> pd.DataFrame:
    """Say for each code whether its own scenario raises it, and what comes with it.

    Parameters
    ----------
    raised : DataFrame
        As from `raised_by_scenario`.

    Returns
    -------
    DataFrame
        `undeclared` lists the codes that come with it without being declared,
        `is_as_declared` says that there is none and that the code is raised, or was
        measured nowhere where that is what is declared. Codes of the registry that have
        no scenario here, and scenarios that were not run, are said to.
    """
    shares = _shares(raised)
    simulated = set(raised.scenario)
    found = companions_by_scenario(raised)
    undeclared = found[found.reason == ""]
    rows: list[Row] = []
    for code in dict.fromkeys((*CODES, *UNITS)):
        scenario = CODES.get(code)
        if scenario is None:
            rows.append(_unmeasured_row(code, raised))
            continue
        if scenario not in simulated:
            row = {"check": code, "scenario": f"{scenario} (not run)"}
            rows.append(row | {"is_as_declared": False})
            continue
        others = undeclared[undeclared.scenario == scenario]
        share = shares.get((scenario, code), 0.0)
        rows.append(
            {
                "check": code,
                "scenario": scenario,
                "is_as_declared": share > 0 and others.empty,
                "raised_percent": share,
                "control_percent": shares.get(
                    (CONTROLS.get(scenario, "default"), code), 0.0
                ),
                "undeclared": "; ".join(
                    f"{check} {percent:.0f} %"
                    for check, percent in zip(
                        others.check, others.raised_percent, strict=True
                    )
                ),
            }
        )
    return pd.DataFrame(rows)


def _unmeasured_row(code: str, raised: pd.DataFrame) -> Row:
    """Say of a code without a scenario whether it is measured anywhere."""
    is_measured = (raised[raised.check == code].n_checked > 0).any()
    words = NOT_MEASURED.get(code, "none declared")
    return {
        "check": code,
        "scenario": words if is_measured else f"NOT_MEASURED: {words}",
        "is_as_declared": code in NOT_MEASURED and not is_measured,
    }


def raised_in_default(
    findings: pd.DataFrame, populations: pd.DataFrame
) -> pd.DataFrame:
    """Give the share of default tubes in which each code is raised.

    Parameters
    ----------
    findings, populations : DataFrame
        Rows of `Tables.findings` and `Tables.populations` of default tubes.

    Returns
    -------
    DataFrame
        One row for each code and level: tubes, or samples for a check of samples or a
        flag, in which it was looked at, raised, and not measured. Flags of the blood
        itself, as few B cells, are right where the labels of the events say the same:
        `n_true` counts those, and `is_few` those beyond.
    """
    rows = findings.assign(
        is_raised=findings.verdict.isin([str(one) for one in RAISED]),
        is_missing=findings.verdict == "NOT_MEASURED",
        is_true=_is_true(findings, populations),
    )
    table = (
        rows.groupby(["check", "level"], sort=False)
        .agg(
            n=("is_raised", "size"),
            n_raised=("is_raised", "sum"),
            n_true=("is_true", "sum"),
            n_not_measured=("is_missing", "sum"),
        )
        .reset_index()
    )
    # A flag is written where it is raised and nowhere else.
    n_samples = len(findings.drop_duplicates(["seed", "sample_id"]))
    table.loc[table.level == "flag", "n"] = n_samples
    table["raised_percent"] = 100 * table.n_raised / table.n
    wrong_percent = 100 * (table.n_raised - table.n_true) / table.n
    table["is_few"] = wrong_percent <= DEFAULT_AT_MOST
    return table


def _is_true(findings: pd.DataFrame, populations: pd.DataFrame) -> pd.Series[bool]:
    """Tell which flags of the blood the labels bear out."""
    fitted = populations[populations.gates == "fitted"]
    ids = ["seed", "sample_id"]
    true = fitted.pivot_table(
        index=ids, columns="population", values="n_true", aggfunc="max"
    )
    borne_out = {
        code: 100 * true[kind] > MOST_OF_T[code] * true["CD3"]
        for code, kind in _KINDS.items()
    }
    borne_out["FLAG_B_BELOW_COUNT_LIMIT"] = true["CD19"].between(1, FEWEST_B - 1)
    keys = zip(findings.check, findings.seed, findings.sample_id, strict=True)
    return pd.Series(
        [
            code in borne_out and bool(borne_out[code][tuple(about)])
            for code, *about in keys
        ],
        index=findings.index,
    )


def code_tables(
    findings: Sequence[pd.DataFrame], default: Tables
) -> dict[str, pd.DataFrame]:
    """Sum up which codes were raised.

    Parameters
    ----------
    findings : sequence of DataFrame
        Of single samples and of cohorts.
    default : Tables
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
        "codes_companions": companions_by_scenario(raised),
        "codes_own_scenario": own_scenarios(raised),
        "codes_in_default_tubes": raised_in_default(
            default.findings, default.populations
        ),
    }
