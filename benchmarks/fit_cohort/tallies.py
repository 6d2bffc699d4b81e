"""Compare counts of people, cycles and events with those published."""

import numpy as np
import pandas as pd
from scipy.stats import chi2_contingency, fisher_exact

from fit_cohort.account import Line, Tables, p_line

_FUSIONS = {
    "t1.bcrabl1": ("BCR::ABL1", 5, 7),
    "t1.kmt2ar": ("KMT2A", 7, 4),
    "t1.tcf3hlf": ("TCF3::HLF", 1, 0),
    "t1.etv6runx1": ("ETV6::RUNX1", 5, 16),
    "t1.e2apbx1": ("TCF3::PBX1", 2, 2),
    "t1.znf384r": ("ZNF384", 2, 3),
    "t1.pax5r": ("PAX5", 1, 1),
}
_GRADES = {
    "t3.crs": ("CRS", (45, 29, 0), (24, 25, 2)),
    "t3.icans": ("ICANS", (69, 1, 4), (50, 1, 0)),
    "t3.tls": ("TLS", (74, 0, 0), (51, 0, 0)),
    "t3.neutropenia": ("neutropenia", (41, 9, 24), (21, 17, 8)),
    "t3.thrombocytopenia": ("thrombocytopenia", (71, 1, 0), (41, 4, 4)),
}
"""Cycles of CR-MRDneg and of the others without, with grade 1-2, with grade 3-4."""


def same(claim: str, what: str, found: int, published: int) -> Line:
    """Compare a count."""
    return Line(claim, what, str(published), str(found), found == published)


def people_lines(tables: Tables) -> list[Line]:
    """Compare how many people and cycles there are of each kind."""
    people, first = tables.subjects, tables.first_cycles
    group, status = people["group3"], people["status_first_cycle"]
    rr = group == "RR"
    tallies = [
        ("co.n", "subjects", len(people), 105),
        ("co.cycles", "cycles", len(tables.cycles), 125),
        (
            "co.mrdneg_cycles",
            "MRD-negative cycles",
            (tables.cycles["group2"] == "NEG").sum(),
            74,
        ),
        ("co.male", "male", (people["sex"] == "M").sum(), 64),
        ("co.female", "female", (people["sex"] == "F").sum(), 41),
        ("co.rr", "R/R at enrolment", rr.sum(), 30),
        (
            "co.mrdpos21",
            "CR-MRDpos at enrolment",
            (people["indication"] == "mrd_positive").sum(),
            21,
        ),
        (
            "co.delay",
            "chemotherapy delay",
            (people["indication"] == "chemotherapy_delay").sum(),
            54,
        ),
        (
            "co.delay_pos",
            "delayed and CR-MRDpos",
            (
                (people["indication"] == "chemotherapy_delay") & (group == "CRMRDPOS")
            ).sum(),
            9,
        ),
        ("co.relapse", "relapse", (people["indication"] == "relapse").sum(), 23),
        (
            "co.indfail",
            "induction failure",
            (people["indication"] == "induction_failure").sum(),
            7,
        ),
        (
            "co.direct",
            "R/R treated directly",
            (people["bridging"] == "direct").sum(),
            8,
        ),
        (
            "co.reduced",
            "R/R with burden reduction",
            (people["bridging"] == "burden_reduction").sum(),
            22,
        ),
        (
            "co.notreduced",
            "burden not reduced",
            ((people["bridging"] == "burden_reduction") & (status == "RR")).sum(),
            3,
        ),
        ("co.red_pos", "reduced to CR-MRDpos", (rr & (status == "CRMRDPOS")).sum(), 10),
        ("co.red_neg", "reduced to CR-MRDneg", (rr & (status == "CRMRDNEG")).sum(), 9),
        ("co.st_rr", "R/R at first cycle", (status == "RR").sum(), 11),
        ("co.st_pos", "CR-MRDpos at first cycle", (status == "CRMRDPOS").sum(), 40),
        ("co.st_neg", "CR-MRDneg at first cycle", (status == "CRMRDNEG").sum(), 54),
        (
            "co.blast_5_9",
            "blasts 5-9.5 %",
            first["blasts_percent_before"].between(5, 9.5).sum(),
            4,
        ),
        (
            "co.blast20",
            "blasts >= 20 %",
            (first["blasts_percent_before"] >= 20).sum(),
            7,
        ),
        ("co.courses", "most cycles of a subject", tables.cycles["cycle"].max(), 4),
    ]
    return [same(claim, what, int(found), due) for claim, what, found, due in tallies]


def table_lines(tables: Tables) -> list[Line]:
    """Compare the two-by-two tables of Tables 1 and 2 and of the responses."""
    first = tables.first_cycles
    high = first["group2"] == "RRPOS"
    nr = first["response"] == "NR"
    cr = high & ~nr
    negative = first["response"] == "MRD_CR"
    long = first["infusion_days_actual"] > 14
    rr = first["group3"] == "RR"
    ill = first["status_first_cycle"] == "RR"
    failed = first["mrd_negative_after"].astype(str) == "False"
    poor = first["poor_cytogenetics"]
    with_ctx = first["cyclophosphamide"].astype(str)
    male, bridged = first["sex"] == "M", first["bridging"] == "burden_reduction"
    # In the 30 R/R children "CR" includes those who were MRD-negative before.
    r30 = rr & ~nr
    tallies: list[
        tuple[str, str, pd.Series, tuple[pd.Series, pd.Series], tuple[int, int]]
    ] = [
        ("t1.gender", "male, R/R+CR-MRDpos v CR-MRDneg", male, (high, ~high), (34, 30)),
        *(
            (
                claim,
                f"{name}, R/R+CR-MRDpos v CR-MRDneg",
                first["fusion"] == name,
                (high, ~high),
                (a, b),
            )
            for claim, (name, a, b) in _FUSIONS.items()
        ),
        ("t2.gender", "female, CR v NR", ~male, (cr, nr), (14, 3)),
        ("t2.poor_cyto", "poor cytogenetics, CR v NR", poor, (cr, nr), (8, 7)),
        ("t2.kmt2ar", "KMT2A, CR v NR", first["fusion"] == "KMT2A", (cr, nr), (5, 2)),
        (
            "t2.etv6runx1",
            "ETV6::RUNX1, CR v NR",
            first["fusion"] == "ETV6::RUNX1",
            (cr, nr),
            (5, 0),
        ),
        (
            "t2.bcrabl1",
            "BCR::ABL1, CR v NR",
            first["fusion"] == "BCR::ABL1",
            (cr, nr),
            (1, 4),
        ),
        (
            "s3.poor_cyto",
            "poor cytogenetics, MRD-negative after v not",
            poor,
            (negative, high & ~negative),
            (7, 8),
        ),
        (
            "s3.bcrabl1",
            "BCR::ABL1, MRD-negative after v not",
            first["fusion"] == "BCR::ABL1",
            (negative, high & ~negative),
            (1, 4),
        ),
        ("rr.cr", "CR, R/R v CR-MRDpos", cr, (ill, high & ~ill), (9, 33)),
        (
            "rr.mrdcr_rr",
            "MRD-negative CR, R/R v CR-MRDpos",
            negative,
            (ill, high & ~ill),
            (8, 33),
        ),
        ("rr.overall", "CR and MRD-negative of the 51", high, (cr, negative), (42, 41)),
        (
            "rr.regimen",
            "CR, 14 v 21/28 days",
            cr,
            (high & ~long, high & long),
            (26, 16),
        ),
        (
            "br.bridge",
            "CR, burden reduction v none",
            r30,
            (rr & bridged, rr & ~bridged),
            (19, 6),
        ),
        (
            "br.ctx",
            "CR, cyclophosphamide v none",
            r30,
            (
                rr & (with_ctx == "True"),
                rr & (with_ctx == "False"),
            ),
            (7, 18),
        ),
        (
            "km.efs_60",
            "not MRD-negative after, of 60 and of R/R",
            failed,
            (failed, rr),
            (10, 6),
        ),
    ]
    return [
        same(claim, f"{what} ({side})", int((what_is & group).sum()), due)
        for claim, what, what_is, groups, both in tallies
        for side, group, due in zip(("first", "second"), groups, both, strict=True)
    ]


def event_lines(tables: Tables) -> list[Line]:
    """Compare Table 3, with its P values."""
    events = tables.events.merge(
        tables.cycles[["subject_id", "cycle", "group2"]], on=["subject_id", "cycle"]
    )
    lines = []
    for claim, (term, negative, high) in _GRADES.items():
        for name, group, due in (
            ("CR-MRDneg", "NEG", negative),
            ("others", "RRPOS", high),
        ):
            grades = events[(events["term"] == term) & (events["group2"] == group)][
                "grade"
            ]
            found = (
                (grades == 0).sum(),
                grades.between(1, 2).sum(),
                (grades > 2).sum(),
            )
            for level, n, published in zip(
                ("0", "1-2", "3-4"), found, due, strict=True
            ):
                lines.append(
                    same(claim, f"{term} grade {level}, {name}", int(n), published)
                )
    for group, n_ill in (("NEG", 10), ("RRPOS", 7)):
        ill = (
            (events["term"] == "infection")
            & (events["group2"] == group)
            & (events["grade"] > 0)
        )
        lines.append(same("t3.infection", f"infection, {group}", int(ill.sum()), n_ill))
    crs = pd.crosstab(*_any_grade(events, "CRS")).to_numpy()
    neutropenia = events[events["term"] == "neutropenia"]
    levels = pd.crosstab(
        neutropenia["group2"], np.minimum((neutropenia["grade"] + 1) // 2, 2)
    ).to_numpy()
    return [
        *lines,
        p_line("t3.crs", "CRS any grade, Fisher", float(fisher_exact(crs)[1]), "0.146"),
        p_line(
            "t3.neutropenia",
            "neutropenia, three levels, chi-square",
            float(chi2_contingency(levels, correction=False)[1]),
            "0.004",
        ),
    ]


def _any_grade(events: pd.DataFrame, term: str) -> tuple[pd.Series, pd.Series]:
    of_term = events[events["term"] == term]
    return of_term["group2"], of_term["grade"] > 0
