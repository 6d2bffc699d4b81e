"""A simulated study is a folder that a lab could have filled."""

import csv
import gzip
import hashlib
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from cytoflow_blina.errors import ConfigError, FcsError, TruncatedFcsError
from cytoflow_blina.fcs.read import read_tube
from cytoflow_blina.simulate.patients import between, treated_concentrations
from cytoflow_blina.simulate.scenarios import SCENARIOS, plan_study
from cytoflow_blina.simulate.seeds import stream
from cytoflow_blina.simulate.study import simulate_study


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    simulate_study(folder, scenario="demo", seed=20260101)
    return folder


def test_the_demo_is_small_enough_to_travel(demo: Path) -> None:
    assert sum(p.stat().st_size for p in demo.rglob("*") if p.is_file()) < 4_000_000


def test_the_demo_has_both_panels_and_two_visits_of_six_subjects_or_more(
    demo: Path,
) -> None:
    sheet = rows(demo / "samples.csv")

    assert len({row["subject_id"] for row in sheet}) >= 6
    assert {row["panel"] for row in sheet} == {
        "facscalibur-multitest",
        "facscanto-tbnk",
    }
    visits = {(row["subject_id"], row["visit"]) for row in sheet}
    assert {v for s, v in visits if s == "S01"} == {"D0", "EOT"}
    assert {row["tube"] for row in sheet if row["panel"] == "facscanto-tbnk"} == {""}
    assert all((demo / row["fcs_file"]).is_file() for row in sheet)


def test_one_file_of_the_demo_ends_early(demo: Path) -> None:
    refused = {}
    for row in rows(demo / "samples.csv"):
        try:
            read_tube(demo / row["fcs_file"])
        except FcsError as error:
            refused[row["fcs_file"]] = type(error)

    assert refused == {"fcs/S03-EOT.B.fcs": TruncatedFcsError}


def test_one_tube_of_the_demo_holds_too_few_lymphocytes_and_the_others_enough(
    demo: Path,
) -> None:
    lymphocytes = {
        (row["sample_id"], row["tube"]): int(row["n_events"])
        for row in rows(demo / "truth/counts.csv")
        if row["population"] == "LYMPH"
    }
    beads = [int(row["n_beads"]) for row in rows(demo / "truth/tubes.csv")]

    few = lymphocytes.pop(("S06-D0", ""))

    assert 600 < few < 2_200
    assert min(lymphocytes.values()) > 2_600
    assert min(beads) > 2_600


def test_counts_rise_and_b_cells_vanish_under_treatment(demo: Path) -> None:
    cells: dict[tuple[str, str], dict[str, float]] = {}
    for row in rows(demo / "truth/counts.csv"):
        subject, visit = row["sample_id"].split("-")
        by_subject = cells.setdefault((row["population"], visit), {})
        by_subject[subject] = float(row["cells_per_ul"])

    for population in ("CD3", "CD4", "CD8"):
        before, after = cells[population, "D0"], cells[population, "EOT"]
        assert sum(after[s] > before[s] for s in before) >= 6
    assert max(cells["CD19", "EOT"].values()) < 1
    assert max(cells["CD19", "D0"].values()) > 1


def test_the_truth_of_two_tubes_is_the_same_blood(demo: Path) -> None:
    cd3: dict[str, set[str]] = {}
    for row in rows(demo / "truth/counts.csv"):
        if row["population"] == "CD3":
            cd3.setdefault(row["sample_id"], set()).add(row["cells_per_ul"])

    assert all(len(values) == 1 for values in cd3.values())


def test_labels_add_up_to_the_events_of_the_tube(demo: Path) -> None:
    total: dict[tuple[str, str], int] = {}
    for row in rows(demo / "truth/labels.csv"):
        key = row["sample_id"], row["tube"]
        total[key] = total.get(key, 0) + int(row["n_events"])

    events = {
        (row["sample_id"], row["tube"]): int(row["n_events"])
        for row in rows(demo / "truth/tubes.csv")
    }
    assert total == events


def test_the_same_seed_writes_the_same_bytes(demo: Path, tmp_path: Path) -> None:
    simulate_study(tmp_path, scenario="demo", seed=20260101)

    assert hashes(tmp_path) == hashes(demo)


def test_another_seed_writes_other_events(demo: Path, tmp_path: Path) -> None:
    simulate_study(tmp_path, scenario="demo", seed=1)

    ours, theirs = hashes(demo), hashes(tmp_path)
    fcs = [name for name in ours if name.endswith(".fcs")]
    assert all(ours[name] != theirs[name] for name in fcs)


def test_the_membership_of_each_event_can_be_written_beside_the_file(
    demo: Path, tmp_path: Path
) -> None:
    simulate_study(tmp_path, scenario="demo", seed=20260101, with_events=True)

    text = gzip.decompress((tmp_path / "truth/events/S05-D0.csv.gz").read_bytes())

    labels = text.decode().splitlines()[1:]
    assert len(labels) == read_tube(tmp_path / "fcs/S05-D0.fcs").events.n_events
    n_b = next(
        int(row["n_events"])
        for row in rows(demo / "truth/labels.csv")
        if row["sample_id"] == "S05-D0" and row["label"] == "b"
    )
    assert labels.count("b") == n_b


def test_an_unknown_scenario_and_seed_are_refused_with_what_there_is(
    tmp_path: Path,
) -> None:
    with pytest.raises(ConfigError) as caught:
        simulate_study(tmp_path / "x", scenario="demmo", seed=-1)

    assert str(caught.value) == (
        "simulate: there is no scenario 'demmo'; there are "
        f"{', '.join(SCENARIOS)}. Did you mean 'demo'?\n"
        "simulate: the seed is -1; give 0 or more."
    )
    assert not (tmp_path / "x").exists()


@pytest.fixture(scope="module")
def swapped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a small study in which tubes A and B changed their names."""
    folder = tmp_path_factory.mktemp("swapped")
    simulate_study(folder, scenario="tubes_swapped+few_events+wrong_lot", seed=3)
    return folder


def test_swapped_files_hold_each_others_events(swapped: Path) -> None:
    sheet = {(r["sample_id"], r["tube"]): r for r in rows(swapped / "samples.csv")}
    truth = {(r["sample_id"], r["tube"]): r for r in rows(swapped / "truth/tubes.csv")}

    one, other = {"A": "B", "B": "A"}, {"1": "2", "2": "1"}
    for (sample, tube), row in truth.items():
        wrong = (one | other)[tube]
        assert row["fcs_file"] == sheet[sample, wrong]["fcs_file"]
        read = read_tube(swapped / row["fcs_file"])
        assert read.events.n_events == int(row["n_events"])


def test_the_sheet_names_beads_of_another_lot_and_the_truth_their_number(
    swapped: Path,
) -> None:
    believed = float(rows(swapped / "samples.csv")[0]["beads_per_tube"])
    true = float(rows(swapped / "truth/tubes.csv")[0]["beads_per_tube"])

    # The lot itself strays by 2 %.
    assert believed / true == pytest.approx(0.7, rel=0.08)


def test_the_analyser_counts_every_sample_with_errors_of_three_percent(
    tmp_path: Path,
) -> None:
    wbc, shares = [], []
    for seed in range(3):
        simulate_study(tmp_path / str(seed), scenario="few_events", seed=seed)
        samples = {s.sample_id: s for s in plan_study("few_events", seed).samples}
        for row in rows(tmp_path / str(seed) / "samples.csv"):
            truth = samples[row["sample_id"]]
            wbc.append(1000 * float(row["wbc_1e9_per_l"]) / truth.wbc_per_ul - 1)
            share = 100 * truth.lymphocytes_per_ul / truth.wbc_per_ul
            shares.append(float(row["lymph_percent_of_wbc"]) / share - 1)

    for errors in (wbc, shares):
        assert 0.015 < np.std(errors) < 0.045
        assert abs(np.mean(errors)) < 0.02


def test_a_lab_without_beads_names_none(tmp_path: Path) -> None:
    simulate_study(tmp_path, scenario="no_beads+few_events", seed=3)

    sheet = rows(tmp_path / "samples.csv")
    assert {(r["count_method"], r["beads_per_tube"], r["bead_lot"]) for r in sheet} == {
        ("dual", "", "")
    }


def test_old_blood_was_drawn_that_many_hours_before(tmp_path: Path) -> None:
    hours = {}
    for scenario in ("default", "aged_48h", "old_specimen"):
        folder = tmp_path / scenario
        simulate_study(folder, scenario=f"{scenario}+few_events", seed=3)
        first = rows(folder / "samples.csv")[0]
        acquired = plan_study(scenario, 3).samples[0].tubes[0].acquired_at
        drawn = datetime.fromisoformat(first["collected_at"])
        hours[scenario] = (acquired - drawn).total_seconds() / 3600

    assert hours == {"default": 3, "aged_48h": 48, "old_specimen": 80}


def test_the_default_range_of_people_is_wide() -> None:
    b = [
        s.concentrations["b"]
        for seed in range(6)
        for s in plan_study("default", seed).samples
    ]

    assert min(b) < 50
    assert max(b) > 250


def test_a_person_keeps_their_level_between_visits() -> None:
    d0, eot = (
        [
            treated_concentrations(
                visit,
                subject=stream(1, "subject", str(i)),
                occasion=stream(1, "occasion", str(i), visit),
            )["cd4_t"]
            for i in range(40)
        ]
        for visit in ("D0", "EOT")
    )

    ratios = sorted(after / before for before, after in zip(d0, eot, strict=True))
    assert 1.0 < ratios[len(ratios) // 2] < 1.5
    assert max(d0) / min(d0) > max(ratios) / min(ratios)


def test_a_mixture_of_two_people_lies_between_them() -> None:
    mixed = between({"cd4_t": 100.0, "b": 80.0}, {"cd4_t": 400.0}, 0.5)

    assert mixed == {"b": 40.0, "cd4_t": pytest.approx(200.0)}
