"""A simulated study is a folder that a lab could have filled."""

import csv
import gzip
import hashlib
from pathlib import Path

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


def test_a_lab_without_beads_gives_the_analysers_counts(tmp_path: Path) -> None:
    simulate_study(tmp_path, scenario="no_beads", seed=3)

    sheet = rows(tmp_path / "samples.csv")
    truth = {
        row["sample_id"]: float(row["cells_per_ul"])
        for row in rows(tmp_path / "truth/counts.csv")
        if row["population"] == "LYMPH"
    }
    for row in sheet:
        assert (row["count_method"], row["beads_per_tube"]) == ("dual", "")
        per_ul = 10 * float(row["wbc_1e9_per_l"]) * float(row["lymph_percent_of_wbc"])
        assert per_ul == pytest.approx(truth[row["sample_id"]], rel=0.2)


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
