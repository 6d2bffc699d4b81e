"""Compare the written tables with every published number."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import norm

from fit_cohort.count_model import Layout, derive, samples_of, tolerance
from fit_cohort.count_targets import (
    DOUBTED,
    EXCLUDED,
    GROUPS,
    PAIRED,
    GroupTarget,
    PairedTarget,
    Printed,
)
from fit_cohort.disease import (
    BLAST_TARGETS,
    COX_TARGETS,
    MRD_TARGETS,
    Diseased,
    cox_p,
)
from fit_cohort.measurements import CYTOKINES, IMMUNOGLOBULINS
from fit_cohort.rank_tests import (
    FloatArray,
    exact_group_p,
    exact_paired_p,
    rank_sum_deviates,
    ranks_of,
    signed_rank_deviates,
)
from fit_cohort.subjects import AGE_TARGETS

BASE = ["CD3", "CD4", "CD8", "NK", "CD19"]
_NAMES = ("median", "minimum", "maximum")


@dataclass(frozen=True)
class Line:
    """One published number beside that of the cohort."""

    claim: str
    quantity: str
    published: str
    found: str
    met: bool
    why: str = ""


@dataclass(frozen=True)
class Tables:
    """The tables of the cohort as they were written."""

    subjects: pd.DataFrame
    cycles: pd.DataFrame
    counts: pd.DataFrame
    measurements: pd.DataFrame
    events: pd.DataFrame

    @property
    def first_cycles(self) -> pd.DataFrame:
        """First cycles with what is known of their subject."""
        first = self.cycles[self.cycles["cycle"] == 1]
        return first.merge(self.subjects, on="subject_id").set_index("subject_id")


def read_tables(folder: Path) -> Tables:
    """Read the five tables."""
    names = ("subjects", "cycles", "true_counts", "measurements", "adverse_events")
    # "NE" and the like stay words; only an empty field is missing.
    return Tables(
        *(
            pd.read_csv(folder / f"{name}.csv", keep_default_na=False, na_values=[""])
            for name in names
        )
    )


def counted_of(tables: Tables) -> tuple[FloatArray, Layout]:
    """Give counts in 1e9/L, pairs first, and who is who; (people, 2, 5)."""
    counts = tables.counts
    first = counts[counts["rel_day"] == 0].set_index("subject_id")
    last = counts[counts["rel_day"] > 0].set_index("subject_id")
    pairs = sorted(last.index)
    ids = [*pairs, *sorted(set(first.index) - set(pairs))]
    before = first.loc[ids, BASE].to_numpy(np.float64) / 1000
    after = before.copy()
    after[: len(pairs)] = last.loc[pairs, BASE].to_numpy(np.float64) / 1000
    who = tables.first_cycles.loc[ids]
    high = (who["group2"] == "RRPOS").to_numpy()
    nr = (who["response"] == "NR").to_numpy()
    negative = (who["response"] == "MRD_CR").to_numpy()
    layout = Layout(
        n_pairs=len(pairs),
        high=high[: len(pairs)],
        long=(who["infusion_days_actual"] > 14).to_numpy()[: len(pairs)],
        cr=np.flatnonzero(high & ~nr),
        nr=np.flatnonzero(nr),
        negative=np.flatnonzero(negative),
        positive=np.flatnonzero(high & ~negative),
    )
    return np.stack([before, after], axis=1), layout


def summary_lines(
    claim: str, what: str, values: FloatArray, printed: Printed
) -> list[Line]:
    """Compare median, minimum and maximum."""
    found = (float(np.median(values)), float(values.min()), float(values.max()))
    return [
        Line(
            claim,
            f"{what}: {name} (n = {values.size})",
            text,
            f"{value:.4g}",
            abs(value - float(text)) <= tolerance(text) * (1 + 1e-9),
        )
        for name, value, text in zip(_NAMES, found, printed, strict=True)
        if text is not None
    ]


def p_line(claim: str, what: str, p: float, printed: str) -> Line:
    """Compare a P value with its printed digits or its bound."""
    if printed.startswith(">="):
        met = p >= float(printed[2:])
    elif printed.startswith("<"):
        met = p < float(printed[1:])
    else:
        met = abs(p - float(printed)) <= tolerance(printed) * (1 + 1e-9)
    return Line(claim, f"{what}: P", printed, f"{p:.3g}", met)


def count_lines(tables: Tables) -> list[Line]:
    """Compare every number of the lymphocyte counts."""
    counts, layout = counted_of(tables)
    derived = derive(counts[None])
    lines = []
    for target in (*PAIRED, *GROUPS):
        first, second = (one[0] for one in samples_of(target, derived, layout))
        lines += _lines_of(target, first, second)
    return lines


def _lines_of(
    target: PairedTarget | GroupTarget, first: FloatArray, second: FloatArray
) -> list[Line]:
    """Compare the numbers of one contrast."""
    if isinstance(target, PairedTarget):
        names, printed = ("before", "after"), (target.before, target.after)
        what, p = f"{target.subset} {target.analyte}", exact_paired_p(first, second)
    else:
        names, printed = (
            {
                "change": ("R/R+CR-MRDpos", "CR-MRDneg"),
                "response": ("CR", "NR"),
                "mrd": ("MRD-negative after", "not"),
            }[target.kind],
            (target.first, target.second),
        )
        change = "change of " if target.kind == "change" else "baseline "
        what, p = f"{change}{target.analyte}", exact_group_p(first, second)
    lines = []
    for side, name, values, texts in zip(
        ("first", "second"), names, (first, second), printed, strict=True
    ):
        found = summary_lines(target.claim, f"{what}, {name}", values, texts)
        excluded = {
            _NAMES[n]: why
            for (c, s, n), why in {**EXCLUDED, **DOUBTED}.items()
            if (c, s) == (target.claim, side)
        }
        for line in found:
            whys = [why for n, why in excluded.items() if f": {n} " in line.quantity]
            lines.append(replace(line, why="; ".join(whys)))
    if not target.p:
        changes = second - first
        ranks = ranks_of(np.abs(changes)[None])[0]
        rises = float((np.sign(changes) * ranks).sum()) > 0
        word = "rise" if rises else "fall"
        return [
            Line(target.claim, f"{what}: direction (P {p:.3g})", "rise", word, rises)
        ]
    line = p_line(target.claim, what, p, target.p)
    if not line.met and target.p.startswith("0"):
        table = (
            signed_rank_deviates(first.size)
            if isinstance(target, PairedTarget)
            else rank_sum_deviates(first.size, second.size)
        )
        reachable = 2 * norm.sf(np.abs(table))
        nearest = reachable[np.argmin(np.abs(reachable - float(target.p)))]
        if not p_line("", "", float(nearest), target.p).met:
            line = replace(
                line, why=f"untied, these n allow no nearer than {nearest:.3g}"
            )
    return [*lines, line]


def measured_lines(tables: Tables) -> list[Line]:
    """Compare immunoglobulins, cytokines and changes of blood cells."""
    lines = []
    wide = tables.measurements.pivot_table(
        index="subject_id", columns=["analyte", "visit"], values="value"
    )
    for target in (*IMMUNOGLOBULINS, *CYTOKINES):
        later = "EOT" if target in IMMUNOGLOBULINS else "CRS"
        pairs = wide[target.analyte][["D0", later]].dropna().to_numpy(np.float64)
        before, after = pairs.T
        lines += summary_lines(
            target.claim, f"{target.analyte}, before", before, target.before
        )
        lines += summary_lines(
            target.claim, f"{target.analyte}, after", after, target.after
        )
        p = exact_paired_p(before, after)
        lines.append(p_line(target.claim, target.analyte, p, target.p))
    high = tables.first_cycles["group2"] == "RRPOS"
    for claim, analyte in (
        ("f2.neutrophils", "NEUTROPHILS"),
        ("f2.platelets", "PLATELETS"),
    ):
        change = (wide[analyte]["EOT"] - wide[analyte]["D0"]).dropna()
        is_high = high.loc[change.index].to_numpy()
        values = change.to_numpy(np.float64)
        p = exact_group_p(values[is_high], values[~is_high])
        lines.append(p_line(claim, f"change of {analyte}", p, ">=0.05"))
    return lines


def disease_lines(tables: Tables) -> list[Line]:
    """Compare ages, MRD, blasts and the Cox models of the 51."""
    first = tables.first_cycles
    nr, high = first["response"] == "NR", first["group2"] == "RRPOS"
    events = tables.events
    icans = events[(events["term"] == "ICANS")].merge(tables.subjects, on="subject_id")
    ages = {
        "all": first["age_months"],
        "high": first["age_months"][high],
        "negative": first["age_months"][~high],
        "cr": first["age_months"][high & ~nr],
        "nr": first["age_months"][nr],
        "icans": icans["age_months"][icans["grade"] > 0],
        "no icans": icans["age_months"][icans["grade"] == 0],
    }
    of = {name: values.to_numpy(np.float64) for name, values in ages.items()}
    claims = {
        "all": "co.age",
        "high": "t1.age",
        "negative": "t1.age",
        "cr": "t2.age",
        "nr": "t2.age",
    }
    lines = []
    for name, printed in AGE_TARGETS.items():
        claim = claims.get(name, "t3.icans_age")
        lines += summary_lines(claim, f"age, {name}", of[name], printed)
    lines += [
        p_line("t1.age", "age", exact_group_p(of["high"], of["negative"]), "0.593"),
        p_line("t2.age", "age", exact_group_p(of["cr"], of["nr"]), "0.539"),
        p_line(
            "t3.icans_age", "age", exact_group_p(of["icans"], of["no icans"]), "0.014"
        ),
        Line(
            "t3.icans_age",
            "age, no icans: maximum (n = 119)",
            "212",
            f"{of['no icans'].max():g}",
            met=False,
            why="the cohort ends at 210 months",
        ),
    ]
    return lines + _burden_lines(first[high])


def _burden_lines(first: pd.DataFrame) -> list[Line]:
    """Compare MRD, blasts and the Cox models."""
    nr = (first["response"] == "NR").to_numpy()
    mrd = first["mrd_percent_before"].to_numpy(np.float64)
    blasts = first["blasts_percent_before"].to_numpy(np.float64)
    groups = {"all": np.ones(nr.size, dtype=np.bool_), "cr": ~nr, "nr": nr}
    lines = []
    for name, printed in MRD_TARGETS.items():
        claim = "t1.mrd" if name == "all" else "t2.mrd"
        lines += summary_lines(claim, f"MRD %, {name}", mrd[groups[name]], printed)
    lines.append(p_line("t2.mrd", "MRD %", exact_group_p(mrd[~nr], mrd[nr]), "0.228"))
    for name, printed in BLAST_TARGETS.items():
        lines += summary_lines(
            "t2.blasts", f"blasts %, {name}", blasts[groups[name]], printed
        )
    lines.append(
        p_line("t2.blasts", "blasts %", exact_group_p(blasts[~nr], blasts[nr]), "0.345")
    )
    median = float(np.median(blasts))
    lines.append(
        Line(
            "t1.blasts",
            "blasts %, all: median (n = 51)",
            "2",
            f"{median:g}",
            met=False,
            why="medians of 0 (CR) and 1 (NR) keep it at 1 or less",
        )
    )
    who = Diseased(
        numbers=np.arange(nr.size),
        nr=nr,
        persists=(first["response"] != "MRD_CR").to_numpy(),
        relapsed=(first["status_first_cycle"] == "RR").to_numpy(),
        bcr=(first["fusion"] == "BCR::ABL1").to_numpy(),
        poor=first["poor_cytogenetics"].to_numpy(np.bool_),
        days=first["infusion_days_actual"].to_numpy(np.int64),
    )
    for (name, deviates), prefix in zip(
        cox_p(mrd, who).items(), ("cox", "cox2"), strict=True
    ):
        for z, (p, _), term in zip(
            deviates, COX_TARGETS[name], ("mrd", "bcr", "poor"), strict=True
        ):
            lines.append(
                p_line(
                    f"{prefix}.{term}",
                    f"Cox, {name}, {term}",
                    float(2 * norm.sf(abs(z))),
                    p,
                )
            )
    return lines


def steadiness(tables: Tables, *, n_draws: int = 400, seed: int = 1) -> pd.DataFrame:
    """Share of noisy repeats in which each test of absolute counts holds.

    Each count is multiplied by 1 + 4 % of noise and drawn from a Poisson of ten events
    for each cell/uL.
    """
    counts, layout = counted_of(tables)
    pairs = counts[: layout.n_pairs] * 1000
    rng = np.random.default_rng(seed)
    shape = (n_draws, *pairs.shape)
    factor = np.maximum(1 + 0.04 * rng.normal(size=shape), 0)
    drawn = rng.poisson(pairs * factor * 10) / 1e4
    rows = []
    for column, name in enumerate(BASE):
        before, after = drawn[..., 0, column], drawn[..., 1, column]
        true = pairs[..., column] / 1000
        change = after - before
        balance = (np.sign(change) * ranks_of(np.abs(change))).sum(axis=1)
        p = np.array([exact_paired_p(a, b) for a, b in zip(before, after, strict=True)])
        wanted = -1 if name == "CD19" else 1
        direction = np.sign(balance) == wanted
        direction &= (
            np.sign(np.median(after, axis=1) - np.median(before, axis=1)) == wanted
        )
        medians = np.ones(n_draws, dtype=np.bool_)
        extremes = medians.copy()
        for visit, found in enumerate((before, after)):
            medians &= _near(
                np.median(found, axis=1), float(np.median(true[:, visit])), 0.1, 0.02
            )
            extremes &= _near(
                found.min(axis=1), float(true[:, visit].min()), 0.15, 0.03
            )
            extremes &= _near(
                found.max(axis=1), float(true[:, visit].max()), 0.15, 0.03
            )
        rows.append(
            (
                name,
                float(np.mean(direction & (p < 0.05))),
                float(medians.mean()),
                float(extremes.mean()),
            )
        )
    return pd.DataFrame(rows, columns=["analyte", "test", "medians", "extremes"])


def _near(found: FloatArray, true: float, share: float, least: float) -> np.ndarray:
    return np.abs(found - true) <= max(share * abs(true), least)
