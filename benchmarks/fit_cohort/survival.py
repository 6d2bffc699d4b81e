"""Compare survival with the published rates and P values."""

import numpy as np
import pandas as pd
from lifelines import KaplanMeierFitter
from lifelines.statistics import multivariate_logrank_test

from fit_cohort.account import Line, Tables, p_line

_YEAR = 12.0


def survival_lines(tables: Tables) -> list[Line]:
    """Compare rates at one year with their standard errors, and log-rank P values."""
    people = tables.subjects
    group, after = people["group3"], people["mrd_negative_after"].astype(str)
    rr, positive, negative = (group == name for name in ("RR", "CRMRDPOS", "CRMRDNEG"))
    good, bad = after == "True", after == "False"
    contrasts = [
        (
            "efs",
            "km.efs_rr",
            {"R/R": rr, "not R/R": ~rr},
            (73.3, 8.1, 93.3, 2.9),
            "0.0004",
            "",
        ),
        (
            "os",
            "km.os_rr",
            {"R/R": rr, "not R/R": ~rr},
            (93.3, 4.6, 98.6, 1.3),
            "0.009",
            "",
        ),
        (
            "efs",
            "km.efs_posneg",
            {"CR-MRDneg": negative, "CR-MRDpos": positive},
            (97.8, 2.2, 86.7, 6.2),
            "0.001",
            "the printed P is that of three groups",
        ),
        (
            "os",
            "km.os_posneg",
            {"CR-MRDneg": negative, "CR-MRDpos": positive},
            (97.8, 2.2, 100, 0),
            "0.029",
            "the printed P is that of three groups",
        ),
        (
            "efs",
            "km.efs_3",
            {"CR-MRDneg": negative, "CR-MRDpos": positive, "R/R": rr},
            (97.8, 2.2, 86.7, 6.2, 73.3, 8.1),
            "0.001",
            "",
        ),
        (
            "os",
            "km.os_3",
            {"CR-MRDneg": negative, "CR-MRDpos": positive, "R/R": rr},
            (97.8, 2.2, 100, 0, 93.3, 4.6),
            "0.029",
            "",
        ),
        (
            "efs",
            "km.efs_60",
            {"MRD-negative": good, "not": bad},
            (94.0, 3.4, 10.0, 9.5),
            "<0.0001",
            "",
        ),
        (
            "os",
            "km.os_60",
            {"MRD-negative": good, "not": bad},
            (100, 0, 78.8, 13.4),
            "0.001",
            "",
        ),
        (
            "efs",
            "km.efs_rrsub",
            {"R/R, MRD-negative": rr & good, "R/R, not": rr & bad},
            (87.5, 6.8, 16.7, 15.2),
            "<0.0001",
            "",
        ),
        (
            "os",
            "km.os_rrsub",
            {"R/R, MRD-negative": rr & good, "R/R, not": rr & bad},
            (100, 0, 66.7, 19.2),
            "0.002",
            "",
        ),
        (
            "efs",
            "km.efs_possub",
            {
                "CR-MRDpos, MRD-negative": positive & good,
                "CR-MRDpos, not": positive & bad,
            },
            (100, 0, 0, 0),
            "<0.0001",
            "",
        ),
        (
            "os",
            "km.os_possub",
            {
                "CR-MRDpos, MRD-negative": positive & good,
                "CR-MRDpos, not": positive & bad,
            },
            (100, 0, 100, 0),
            "1.000",
            "no deaths: not defined, which software prints as 1",
        ),
    ]
    lines = []
    for kind, claim, groups, printed, p, why in contrasts:
        for number, (name, members) in enumerate(groups.items()):
            rate, error = _rate(people[members], kind)
            for what, found, due in (
                ("rate", rate, printed[2 * number]),
                ("SE", error, printed[2 * number + 1]),
            ):
                lines.append(
                    Line(
                        claim,
                        f"1-year {kind.upper()} {what} %, {name} (n = {members.sum()})",
                        f"{due:g}",
                        f"{found:.1f}",
                        abs(found - due) < 0.0501,
                    )
                )
        found_p = _log_rank(people, kind, groups)
        line = p_line(
            claim, f"log-rank, {kind.upper()}, {' v '.join(groups)}", found_p, p
        )
        lines.append(
            Line(line.claim, line.quantity, line.published, line.found, line.met, why)
        )
    return lines


def _rate(people: pd.DataFrame, kind: str) -> tuple[float, float]:
    """Kaplan-Meier rate at one year and Greenwood's standard error, in percent."""
    fitter = KaplanMeierFitter().fit(people[f"{kind}_months"], people[f"{kind}_event"])
    rate = float(fitter.predict(_YEAR))
    table = fitter.event_table[fitter.event_table.index <= _YEAR]
    at_risk, died = table["at_risk"], table["observed"]
    left = (at_risk * (at_risk - died)).where(lambda one: one > 0)
    error = rate * float(np.sqrt((died / left).fillna(0).sum()))
    return 100 * rate, 100 * error


def _log_rank(people: pd.DataFrame, kind: str, groups: dict[str, pd.Series]) -> float:
    """P of the log-rank test; NaN without events."""
    labels = pd.Series("", index=people.index)
    for name, members in groups.items():
        labels[members] = name
    chosen = people[labels != ""]
    if chosen[f"{kind}_event"].sum() == 0:
        return float("nan")
    test = multivariate_logrank_test(
        chosen[f"{kind}_months"], labels[labels != ""], chosen[f"{kind}_event"]
    )
    return float(test.p_value)
