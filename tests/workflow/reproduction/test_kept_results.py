"""What an interrupted reproduction leaves for the next."""

from dataclasses import replace
from pathlib import Path

import pytest

from cytoflow_blina.workflow.reproduction.calibration import Ratio
from cytoflow_blina.workflow.reproduction.cohort import SyntheticCohort, load_cohort
from cytoflow_blina.workflow.reproduction.drawn_seed import SeedResult, draw_seed
from cytoflow_blina.workflow.reproduction.kept_results import KeptResults


@pytest.fixture(scope="module")
def cohort() -> SyntheticCohort:
    return load_cohort()


@pytest.fixture(scope="module")
def drawn() -> SeedResult:
    return draw_seed(1)


def test_a_result_comes_back_as_it_was(
    tmp_path: Path, cohort: SyntheticCohort, drawn: SeedResult
) -> None:
    kept = KeptResults(tmp_path, cohort)

    kept.save("drawn", 1, drawn)

    # NaN is not equal to itself; the words are.
    assert repr(kept.load("drawn", 1)) == repr(drawn)


def test_seeds_without_a_result_are_missing(
    tmp_path: Path, cohort: SyntheticCohort
) -> None:
    kept = KeptResults(tmp_path, cohort)
    kept.save("drawn", 2, SeedResult((), (Ratio("S1", "CD3", "drawn", 2, 0.1),)))

    assert kept.missing("drawn", [1, 2, 3]) == [1, 3]
    assert kept.missing("fcs", [2]) == [2]


def test_a_result_of_another_cohort_is_not_used(
    tmp_path: Path, cohort: SyntheticCohort
) -> None:
    KeptResults(tmp_path, cohort).save("drawn", 1, SeedResult((), ()))

    other = replace(cohort, documents={"true_counts.csv": b"others"})

    assert KeptResults(tmp_path, other).load("drawn", 1) is None


def test_files_of_another_cohort_are_not_used(
    tmp_path: Path, cohort: SyntheticCohort
) -> None:
    begun = tmp_path / "seeds" / "fcs-001" / "study"
    KeptResults(tmp_path, cohort)
    begun.mkdir(parents=True)

    KeptResults(tmp_path, cohort)
    assert begun.exists()

    KeptResults(tmp_path, replace(cohort, documents={"true_counts.csv": b"others"}))
    assert not begun.parent.exists()


def test_half_a_result_is_not_used(tmp_path: Path, cohort: SyntheticCohort) -> None:
    kept = KeptResults(tmp_path, cohort)
    kept.save("drawn", 1, SeedResult((), ()))
    file = tmp_path / "seeds" / "drawn-001.json"
    file.write_text(file.read_text()[:-5])

    assert kept.load("drawn", 1) is None
