"""Mix labelled progenitors of real marrow into what is left of it, and count them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree
from scipy.stats import linregress, t
from tests.gating_real.labelled import DOCUMENTS, write_columns

from cytoflow_blina.domain.exact_limits import garwood_limits
from cytoflow_blina.domain.population import percent
from cytoflow_blina.fcs.read import read_tube
from cytoflow_blina.gates.check_template import check_template
from cytoflow_blina.gates.fit.methods import KNOWN_METHODS
from cytoflow_blina.gates.load import load_template
from cytoflow_blina.mrd.sensitivity import BlankLimit, blank_limit
from cytoflow_blina.preprocess.panels import load_panel
from cytoflow_blina.workflow.gating import (
    GatedTube,
    RecognisedTube,
    apply_gates,
    find_gates,
    recognise_tube,
)

MARROWS = ("a", "b", "c", "d")
B, PROGENITOR = 1, 4
"""Labels of B cells and of CD34+ progenitors."""

TOP = 1_048_576
COFACTOR = float(TOP / np.sinh(3.5 * np.log(10)))
CD34 = "agranular/cd14_negative/blast_window/cd34"
LEVELS = (1.0, 0.3, 0.1)
"""Progenitors that are mixed in, in percent of all events."""

COLUMNS = {
    "FSC": "FS INT",
    "SSC": "SS INT",
    "CD14": "FL1 INT_CD14-FITC",
    "CD19": "FL2 INT_CD19-PE",
    "CD13": "FL3 INT_CD13-ECD",
    "CD33": "FL4 INT_CD33-PC5.5",
    "CD34": "FL5 INT_CD34-PC7",
    "CD117": "FL6 INT_CD117-APC",
    "CD7": "FL7 INT_CD7-APC700",
    "CD16": "FL8 INT_CD16-APC750",
    "HLA-DR": "FL9 INT_HLA-PB",
    "CD45": "FL10 INT_CD45-KO",
}


def read_marrow(data: Path, sample: str) -> pd.DataFrame:
    """Read one marrow: a column for each marker, and `label`."""
    table = pd.read_csv(data / "marrow_labelled" / f"marrow_{sample}.csv")
    events = table[list(COLUMNS.values())].set_axis(list(COLUMNS), axis=1)
    return events.assign(label=table["label"].astype(int))


def pooled_marrows(data: Path) -> pd.DataFrame:
    """Put the events of all four marrows together."""
    return pd.concat([read_marrow(data, one) for one in MARROWS], ignore_index=True)


def gate_marrow(
    template: str, events: pd.DataFrame, file: Path
) -> tuple[RecognisedTube, GatedTube]:
    """Write events as a file, and gate that."""
    write_columns(file, {marker: events[marker] for marker in COLUMNS}, TOP)
    panel = load_panel(DOCUMENTS / "panels" / "marrow-mrd.toml")
    gates = load_template(DOCUMENTS / "templates" / f"{template}.toml")
    check_template(gates, panel, KNOWN_METHODS)
    recognised = recognise_tube(read_tube(file), panel, gates.tube(""))
    return recognised, apply_gates(recognised, find_gates(recognised).strategy)


def is_cd34(events: pd.DataFrame, file: Path) -> np.ndarray:
    """Tell which events lie in the gate of CD34+ progenitors."""
    _, gated = gate_marrow("marrow-cd34", events, file)
    return gated.populations[CD34].mask


@dataclass(frozen=True)
class Blank:
    """What the gate finds where no labelled progenitor is.

    Attributes
    ----------
    n_found, n_total : int
        Events in the gate, and all events, of the four marrows together.
    by_marrow : tuple of float
        The same of each marrow alone, in percent.
    recall : float
        Share of all labelled progenitors that the gate holds, 0 to 1.
    """

    n_found: int
    n_total: int
    by_marrow: tuple[float, ...]
    recall: float

    @property
    def percent(self) -> float:
        """Found in percent of all events."""
        return percent(self.n_found, self.n_total)


def blank_kinds(pool: pd.DataFrame, folder: Path) -> dict[str, int]:
    """Tell what the unlabelled events in the gate are, by the labels around them.

    One of which most of the ten nearest events, over all colours and scatter, are
    labelled progenitors is a progenitor that nobody labelled.
    """
    levels = np.arcsinh(pool[list(COLUMNS)] / COFACTOR) / np.log(10)
    is_progenitor = (pool["label"] == PROGENITOR).to_numpy()
    unlabelled = is_cd34(pool, folder / "pool.fcs") & ~is_progenitor
    _, nearest = cKDTree(levels).query(levels[unlabelled], k=11)
    around = is_progenitor[np.atleast_2d(nearest)[:, 1:]].mean(axis=1)
    return {
        "found_among_progenitors": int((around > 0.5).sum()),
        "found_labelled_b": int((pool["label"][unlabelled] == B).sum()),
    }


@dataclass(frozen=True)
class Mixture:
    """One draw of progenitors, mixed into the blank.

    Attributes
    ----------
    level : float
        Progenitors that are expected, in percent of all events.
    draw : int
        Its number.
    n_true, n_total : int
        Progenitors drawn, and all events.
    n_found, n_blank : int
        Events in the gate, and those of them that are not the drawn progenitors.
    """

    level: float
    draw: int
    n_true: int
    n_total: int
    n_found: int
    n_blank: int

    @property
    def true_percent(self) -> float:
        """Progenitors drawn, in percent of all events."""
        return percent(self.n_true, self.n_total)

    @property
    def found_percent(self) -> float:
        """Events in the gate, in percent of all events."""
        return percent(self.n_found, self.n_total)

    def holds_level(self, *, blank: float = 0.0, recall: float = 1.0) -> bool:
        """Tell whether Garwood's interval holds the level that was expected.

        The blank, in percent, is taken from both limits. It is known exactly, as every
        mixture holds the same other events.
        """
        lower, upper = (
            (100 * limit / self.n_total - blank) / recall
            for limit in garwood_limits(self.n_found)
        )
        return lower <= self.level <= upper


def find_blank(data: Path, folder: Path) -> Blank:
    """Gate marrows without their labelled progenitors."""

    def blank_of(events: pd.DataFrame) -> tuple[int, int]:
        rest = events[events["label"] != PROGENITOR]
        return int(is_cd34(rest, folder / "blank.fcs").sum()), len(rest)

    pool = pooled_marrows(data)
    found = is_cd34(pool, folder / "pool.fcs")
    n_found, n_total = blank_of(pool)
    return Blank(
        n_found,
        n_total,
        tuple(percent(*blank_of(read_marrow(data, one))) for one in MARROWS),
        recall=float(found[pool["label"] == PROGENITOR].mean()),
    )


def mixtures(
    pool: pd.DataFrame, folder: Path, *, n_draws: int, levels: Sequence[float] = LEVELS
) -> Iterator[Mixture]:
    """Mix progenitors back, a Poisson number without replacement, and count them."""
    progenitors = pool[pool["label"] == PROGENITOR]
    rest = pool[pool["label"] != PROGENITOR]
    for level in levels:
        expected = len(rest) * level / (100 - level)
        for draw in range(n_draws):
            rng = np.random.default_rng((draw, round(1000 * level)))
            drawn = progenitors.sample(int(rng.poisson(expected)), random_state=rng)
            mixed = pd.concat([rest, drawn])
            found = is_cd34(mixed, folder / "mixture.fcs")
            yield Mixture(
                level,
                draw,
                len(drawn),
                len(mixed),
                int(found.sum()),
                int(found[: len(rest)].sum()),
            )


def level_table(mixed: Sequence[Mixture], blank: Blank) -> pd.DataFrame:
    """Summarise the draws of each level: recovery, and levels within intervals."""

    def row(draws: list[Mixture]) -> dict[str, float]:
        true = np.array([one.true_percent for one in draws])
        found = np.array([one.found_percent for one in draws])
        net = found - blank.percent
        return {
            "level_percent": draws[0].level,
            "n_draws": len(draws),
            "mean_events": float(np.mean([one.n_true for one in draws])),
            "mean_blank_events": float(np.mean([one.n_blank for one in draws])),
            "mean_found_percent": float(found.mean()),
            "cv_percent": float(100 * found.std(ddof=1) / found.mean()),
            "recovery_raw": float((found / true).mean()),
            "recovery_net": float((net / true).mean()),
            "held_raw": sum(one.holds_level() for one in draws),
            "held_net": sum(one.holds_level(blank=blank.percent) for one in draws),
            "held_net_recall": sum(
                one.holds_level(blank=blank.percent, recall=blank.recall)
                for one in draws
            ),
        }

    levels = sorted({one.level for one in mixed}, reverse=True)
    return pd.DataFrame(
        [row([one for one in mixed if one.level == level]) for level in levels]
    )


def log_slope(mixed: Sequence[Mixture], *, blank: float = 0.0) -> dict[str, float]:
    """Regress log10 of what was found on log10 of what is there, 95 % interval."""
    true = np.log10([one.true_percent for one in mixed])
    found = np.log10([one.found_percent - blank for one in mixed])
    fit = linregress(true, found)
    half = float(t.ppf(0.975, len(mixed) - 2) * fit.stderr)
    slope = float(fit.slope)
    return {"slope": slope, "lo95": slope - half, "hi95": slope + half}


def limit_of_blank(blank: Blank, mixed: Sequence[Mixture]) -> BlankLimit:
    """Estimate limits from the four marrows, and the draws of the lowest level."""
    lowest = min(one.level for one in mixed)
    lows = [one.found_percent for one in mixed if one.level == lowest]
    limit = blank_limit(blank.by_marrow, lows)
    if limit is None:
        raise ValueError("four blank marrows have a spread")
    return limit
