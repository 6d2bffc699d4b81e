"""Write what the cohort is, and what it meets, beside its tables."""

from pathlib import Path

from fit_cohort.account import (
    Line,
    Tables,
    count_lines,
    disease_lines,
    measured_lines,
    steadiness,
)
from fit_cohort.survival import survival_lines
from fit_cohort.tallies import event_lines, people_lines, table_lines

_HEAD = """# A synthetic cohort

**Everything in this folder is synthetic.** No row describes a child who exists. The
tables were fitted, by a search with a fixed seed, to the medians, ranges, P values,
counts and rates that Zhang N. et al. print (Front Immunol 16:1607138, 2025), who
published no data of single patients. They show that the printed numbers can stand
together, and give the pipeline a known truth to recover; that they agree with the study
is their making, so they are no evidence about patients, and nothing about blinatumomab
may be learnt from them.

Made by `python -m benchmarks.fit_cohort`, which starts from
`benchmarks/fit_cohort/start` and writes this folder anew. The counts it starts from
were found by longer and warmer walks of the same search, from another fitted cohort;
the command repeats the last of them alone. Random numbers are seeded; where the
arithmetic of two machines differs, so may what is found.

| file | one row per | note |
|---|---|---|
| `subjects.csv` | child | survival is counted from the first infusion, in months |
| `cycles.csv` | cycle | dates are invented |
| `true_counts.csv` | sample | cells/uL; the second visit ends the first infusion |
| `measurements.csv` | analyte, visit | censored at a kit's limit, 2.44 or 0.32 |
| `adverse_events.csv` | term, cycle | grade 0: assessed, none; no row: not assessed |

`group3` is the class at enrolment, `status_first_cycle` that at the first cycle;
`group2` and `response` go by the status at the cycle. The 20 cycles after a first one
are all MRD-negative, as 51 + 74 has it, so that the second cycles of three
non-responders, told in the text, have no row. `mrd_negative_after` is given for the 60
of whom the study tells it. CD4 and CD8 include the double positives, taken as 1 % of
CD3: CD3 = CD4 + CD8 - 0.01 CD3 + DNT. Lymphocytes are CD3 + NK + CD19. CD4 + CD8 stay
within 10 points of CD3, in percent of the lymphocytes, which quality control asks of a
tube.

Choices where the study is silent: {n_pairs} pairs of samples ({n_high} R/R +
CR-MRDpos, {n_low} CR-MRDneg; {n_short} of 14 and {n_long} of 21 or 28 days), and a
first sample alone of {n_alone} others of the 51. Cox models take the end of the cycle
as time, Breslow's ties, and log10 MRD, BCR::ABL1 and poor cytogenetics together. Ages
with and without ICANS are those of 6 and 119 cycles.

P values are exact: Wilcoxon's with zero differences dropped, Mann and Whitney's with
ties. A number is met when it prints as published; `>=0.05` stands for "not significant"
without a number. The study says that CD8+ and NK cells declined by days 21 and 28 (P
0.470 and 0.850): those P are asked for, that direction is not.
"""


def write_readme(tables: Tables, path: Path) -> list[Line]:
    """Write the page, and give its comparisons."""
    parts = {
        "Children and cycles": people_lines(tables),
        "Tables 1 and 2, responses": table_lines(tables),
        "Lymphocytes": count_lines(tables),
        "Age, MRD, blasts, Cox models": disease_lines(tables),
        "Immunoglobulins, cytokines, blood cells": measured_lines(tables),
        "Adverse events": event_lines(tables),
        "Survival": survival_lines(tables),
    }
    lines = [line for part in parts.values() for line in part]
    unmet = [line for line in lines if not line.met]
    text = [
        _head(tables),
        f"## Summary\n\n{len(lines) - len(unmet)} of {len(lines)} numbers are met.\n",
        "| part | met | of |\n|---|---|---|",
        *(
            f"| {name} | {sum(line.met for line in part)} | {len(part)} |"
            for name, part in parts.items()
        ),
        "\n## Not met\n",
        _table(unmet),
        "\n## Under noise\n",
        _steadiness(tables),
        "\n## Every number\n",
    ]
    for name, part in parts.items():
        text += [f"### {name}\n", _table(part), ""]
    path.write_text("\n".join(text).rstrip() + "\n", encoding="utf-8", newline="\n")
    return lines


def _head(tables: Tables) -> str:
    counts, first = tables.counts, tables.first_cycles
    pairs = first.loc[counts["subject_id"][counts["rel_day"] > 0]]
    return _HEAD.format(
        n_pairs=len(pairs),
        n_high=int((pairs["group2"] == "RRPOS").sum()),
        n_low=int((pairs["group2"] == "NEG").sum()),
        n_short=int((pairs["infusion_days_actual"] == 14).sum()),
        n_long=int((pairs["infusion_days_actual"] > 14).sum()),
        n_alone=counts["subject_id"].nunique() - len(pairs),
    )


def _table(lines: list[Line]) -> str:
    rows = [
        f"| {line.claim} | {line.quantity} | {line.published} | {line.found} "
        f"| {_verdict(line)} |"
        for line in lines
    ]
    head = ["| claim | quantity | published | cohort | met |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows])


def _verdict(line: Line) -> str:
    if line.met:
        return "yes"
    return f"no: {line.why}" if line.why else "no"


def _steadiness(tables: Tables) -> str:
    found = steadiness(tables)
    shares = 100 * found[["test", "medians", "extremes"]].to_numpy()
    rows = [
        f"| {name} | {test:.1f} | {medians:.1f} | {extremes:.1f} |"
        for name, (test, medians, extremes) in zip(
            found["analyte"], shares, strict=True
        )
    ]
    head = (
        "Every count of the pairs was multiplied by 1 + 4 % of noise and drawn from a\n"
        "Poisson of ten events for each cell/uL, 400 times. Percent of the draws in\n"
        "which direction and P < 0.05 hold, medians stay within 10 % (or 0.02e9/L)\n"
        "and extremes within 15 % (or 0.03e9/L):\n\n"
        "| counts of | direction and P < 0.05 | medians | extremes |\n"
        "|---|---|---|---|"
    )
    return "\n".join([head, *rows])
