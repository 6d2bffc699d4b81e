"""The truth is counted by the definitions of the report."""

import numpy as np
import pytest

from cytoflow_blina.simulate.truth import (
    true_concentrations,
    true_counts,
    true_masks,
    true_percentages,
)

LABELS = np.array(
    ["cd4_t"] * 3
    + ["cd8_t"] * 2
    + ["dp_t", "dn_t", "nkt_like", "activated_cd8_t", "b", "nk_cd8dim"]
    + ["b_blast", "basophil", "monocyte", "debris", "bead", "doublet:cd4_t+b"]
)


def test_double_positives_count_in_both_and_coincidences_nowhere() -> None:
    assert true_counts(LABELS, "") == {
        "LYMPH": 11,
        "CD3": 9,
        "CD4": 4,
        "CD8": 5,
        "NK": 1,
        "CD19": 1,
        "DPT": 1,
        "DNT": 1,
        "NKTLIKE": 1,
    }


@pytest.mark.parametrize(
    ("tube", "populations"),
    [
        ("A", ["LYMPH", "CD3", "CD4", "CD8", "DPT", "DNT"]),
        ("B", ["LYMPH", "CD3", "NK", "CD19", "NKTLIKE"]),
    ],
)
def test_a_tube_counts_what_its_markers_allow(
    tube: str, populations: list[str]
) -> None:
    assert list(true_counts(LABELS, tube)) == populations


def test_percentages_are_of_the_lymphocytes() -> None:
    percentages = true_percentages(LABELS, "B")

    assert percentages["LYMPH"] == 100
    assert percentages["CD3"] == pytest.approx(100 * 9 / 11)


def test_without_lymphocytes_a_percentage_is_unknown() -> None:
    assert np.isnan(true_percentages(np.array(["bead", "debris"]), "")["CD3"])


def test_masks_mark_the_events_that_are_counted() -> None:
    masks = true_masks(LABELS, "")

    assert LABELS[masks["CD8"]].tolist() == [
        "cd8_t", "cd8_t", "dp_t", "nkt_like", "activated_cd8_t",
    ]  # fmt: skip


def test_concentrations_add_up_the_parts() -> None:
    cells = true_concentrations({"cd4_t": 300.0, "dp_t": 5.0, "monocyte": 90.0}, "A")

    assert cells["CD4"] == cells["LYMPH"] == 305.0
    assert cells["CD8"] == 5.0
