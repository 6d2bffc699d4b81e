"""Sum up how well events were gated, fitted gates beside the template's own."""

from __future__ import annotations

import pandas as pd

from acceptance.rows import HEADLINE

ENOUGH = 50
"""True events from which F1 is summed up: of ten cells, one more or less is 5 %."""

NO_B = "no_b"


def f1_default(populations: pd.DataFrame) -> pd.DataFrame:
    """Give median and 5th percentile of F1 in default tubes.

    Parameters
    ----------
    populations : DataFrame
        Rows of `Tables.populations`.

    Returns
    -------
    DataFrame
        One row for each panel, tube and population with enough events.
    """
    default = populations[populations.scenario == "default"]
    return _f1(default, ["panel", "tube", "population"])


def f1_scenarios(populations: pd.DataFrame) -> pd.DataFrame:
    """Give median and 5th percentile of F1 for each scenario and for all.

    Parameters
    ----------
    populations : DataFrame
        Rows of `Tables.populations`.

    Returns
    -------
    DataFrame
        One row for each scenario and set of populations: the headline ones, and all
        that are reported. In the row `all` every scenario is in, in as many rows as it
        has.
    """
    tables = []
    for name, rows in _sets(populations):
        every = pd.concat([rows, rows.assign(scenario="all")])
        tables.append(_f1(every, ["scenario"]).assign(populations=name))
    table = pd.concat(tables)
    return table[["populations", *(c for c in table if c != "populations")]]


def f1_by_population(populations: pd.DataFrame) -> pd.DataFrame:
    """Give median and 5th percentile of F1 for each scenario, panel and population.

    Parameters
    ----------
    populations : DataFrame
        Rows of `Tables.populations`.

    Returns
    -------
    DataFrame
        One row for each.
    """
    return _f1(populations, ["scenario", "panel", "tube", "population"])


def _sets(rows: pd.DataFrame) -> tuple[tuple[str, pd.DataFrame], ...]:
    """Take the headline populations, and all."""
    return (
        ("headline", rows[rows.population.isin(HEADLINE)]),
        ("reported", rows),
    )


def _f1(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Sum F1 up by keys, fitted and template side by side."""
    enough = rows[rows.n_true >= ENOUGH]
    if enough.empty:
        return pd.DataFrame(columns=[*keys, "n"])
    by_gates = enough.groupby([*keys, "gates"], sort=False)["f1"]
    summary = by_gates.agg(
        n="size",
        median="median",
        p05=lambda f1: f1.quantile(0.05),
        lowest="min",
    )
    fitted = summary.xs("fitted", level="gates")
    template = summary.xs("template", level="gates")[["median", "p05"]]
    joined: pd.DataFrame = fitted.join(template.add_prefix("template_"))
    return joined.reset_index()


def counts_default(populations: pd.DataFrame) -> pd.DataFrame:
    """Give the errors of percentages and counts in default tubes.

    Parameters
    ----------
    populations : DataFrame
        Rows of `Tables.populations`.

    Returns
    -------
    DataFrame
        For each panel, tube and population: error in points of the lymphocytes, mean
        and largest; events found over true less 1, and cells/uL over true less 1, in
        percent, mean over tubes with 500 events and more; share of tubes with enough
        events that are right.
    """
    rows = populations[populations.scenario == "default"].copy()
    rows["events_error"] = (100 * (rows.n_found / rows.n_true - 1)).where(
        rows.n_true >= 500
    )
    rows["count_error"] = rows.count_error.where(rows.n_true >= 500)
    rows["right"] = 100 * rows.is_right.astype(float).where(rows.n_true >= ENOUGH)
    summary = rows.groupby(["panel", "tube", "population", "gates"], sort=False).agg(
        mean_error=("error", "mean"),
        largest_error=("error", lambda error: error.abs().max()),
        events_percent=("events_error", "mean"),
        cells_percent=("count_error", "mean"),
        right_percent=("right", "mean"),
    )
    return _side_by_side(summary)


def lymphocyte_gate(populations: pd.DataFrame) -> pd.DataFrame:
    """Give recovery and purity of the lymphocyte gate, by scenario and tube.

    Parameters
    ----------
    populations : DataFrame
        Rows of `Tables.populations`.

    Returns
    -------
    DataFrame
        Median and lowest, in percent.
    """
    rows = populations[populations.population == "LYMPH"]
    summary = rows.groupby(["scenario", "panel", "tube", "gates"], sort=False).agg(
        recovery=("recovery", "median"),
        lowest_recovery=("recovery", "min"),
        purity=("purity", "median"),
        lowest_purity=("purity", "min"),
    )
    return _side_by_side(summary)


def false_b(populations: pd.DataFrame) -> pd.DataFrame:
    """Count B events in tubes without a B cell.

    Parameters
    ----------
    populations : DataFrame
        Rows of `Tables.populations`.

    Returns
    -------
    DataFrame
        For each panel: tubes, those with at most one B event in percent, and the most
        events in a tube. Tubes of any scenario without B cells are in.
    """
    rows = populations[(populations.population == "CD19") & (populations.n_true == 0)]
    if rows.empty:
        return pd.DataFrame(columns=["scenario", "panel", "n"])
    rows = pd.concat([rows, rows.assign(scenario="all", panel="all")])
    summary = rows.groupby(["scenario", "panel", "gates"], sort=False).agg(
        n=("n_found", "size"),
        at_most_one_percent=("n_found", lambda n: 100 * (n <= 1).mean()),
        most=("n_found", "max"),
    )
    return _side_by_side(summary)


def _side_by_side(summary: pd.DataFrame) -> pd.DataFrame:
    """Put the figures of the template beside those of fitted gates."""
    fitted = summary.xs("fitted", level="gates")
    template = summary.xs("template", level="gates").add_prefix("template_")
    return fitted.join(template).reset_index()
