"""A reference reads back as it was written, and tells all its faults at once."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cytoflow_blina.domain.documents import shipped_documents
from cytoflow_blina.domain.mrd import NormalPopulation, NormalReference, TubeReference
from cytoflow_blina.errors import GatingError
from cytoflow_blina.mrd.reference_document import load_reference, write_reference

SHIPPED = sorted((shipped_documents() / "references").glob("*.toml"))


def _reference() -> NormalReference:
    covariance = np.array([[0.04, 0.01], [0.01, 0.09]])
    tube = TubeReference(
        tube="1",
        markers=("CD10", 'CD66c"+123'),
        cofactor=165.79443956887985,
        populations=(
            NormalPopulation("hg1", np.array([2.41234567, -0.05]), covariance, 0.75),
            NormalPopulation("2", np.array([0.25, 1.0]), 2 * covariance, 0.25),
        ),
        anchors={"nucleated/t": np.array([0.25, 2.4])},
        between_tubes=np.array([0.03, 0.11]),
    )
    return NormalReference("toy", "1.0.2", "bcp", "3 marrows \\ näive", (tube,))


@pytest.fixture
def document(tmp_path: Path) -> Path:
    file = tmp_path / "toy.toml"
    write_reference(_reference(), file)
    return file


def test_a_reference_reads_back_to_four_decimals(document: Path) -> None:
    written = _reference()

    found = load_reference(document)

    assert (found.name, found.version, found.panel) == ("toy", "1.0.2", "bcp")
    assert found.learnt_from == written.learnt_from
    assert len(found.sha256) == 64
    tube, expected = found.tubes[0], written.tubes[0]
    assert (tube.tube, tube.markers) == (expected.tube, expected.markers)
    assert tube.cofactor == expected.cofactor
    assert np.allclose(tube.between_tubes, expected.between_tubes)
    assert np.allclose(tube.anchors["nucleated/t"], [0.25, 2.4])
    for one, other in zip(tube.populations, expected.populations, strict=True):
        assert (one.name, one.weight) == (other.name, other.weight)
        assert np.allclose(one.mean, other.mean, rtol=0, atol=5.1e-5)
        assert np.allclose(one.covariance, other.covariance, rtol=0, atol=5e-5)


def test_what_was_read_is_written_with_the_same_bytes(
    document: Path, tmp_path: Path
) -> None:
    write_reference(load_reference(document), tmp_path / "again.toml")

    assert (tmp_path / "again.toml").read_bytes() == document.read_bytes()


def test_a_tube_may_be_without_anchors(tmp_path: Path) -> None:
    written = _reference()
    bare = replace(written.tubes[0], anchors={})

    write_reference(replace(written, tubes=(bare,)), tmp_path / "bare.toml")

    assert load_reference(tmp_path / "bare.toml").tubes[0].anchors == {}


def test_every_fault_is_told_at_once(document: Path) -> None:
    text = document.read_text("utf-8")
    text = text.replace("between_tubes = [0.03, 0.11]", "between_tubes = [0.03]")
    text = text.replace("mean = [0.25, 1.0]", "mean = [0.25, 1.0, 2.0]")
    text = text.replace('"nucleated/t" = [0.25, 2.4]', '"nucleated/t" = [0.25]')
    document.write_text(text, encoding="utf-8")

    with pytest.raises(GatingError) as caught:
        load_reference(document)

    places = ("between_tubes", "anchors.'nucleated/t'", "population[1].mean")
    message = "numbers, expected 2, one for each marker. Learn the reference again."
    assert [str(one) for one in caught.value.problems] == [
        f"toy.toml: tube[0].{place}: {n_found} {message}"
        for place, n_found in zip(places, (1, 1, 3), strict=True)
    ]


def test_unknown_keys_and_wrong_types_are_told(document: Path) -> None:
    text = document.read_text("utf-8").replace("weight = 0.75", "wieght = 0.75")
    text = text.replace('version = "1.0.2"', 'version = "2"')
    document.write_text(text, encoding="utf-8")

    with pytest.raises(GatingError) as caught:
        load_reference(document)

    told = "\n".join(map(str, caught.value.problems))
    assert "version" in told
    assert "Did you mean 'weight'?" in told


def test_a_marker_or_a_tube_twice_is_refused(document: Path) -> None:
    text = document.read_text("utf-8")
    text = text.replace("'CD66c\"+123'", '"CD10"').replace('"CD66c\\"+123"', '"CD10"')
    tube = text[text.index("[[tube]]") :]
    document.write_text(f"{text}\n{tube}", encoding="utf-8")

    with pytest.raises(GatingError) as caught:
        load_reference(document)

    told = "\n".join(map(str, caught.value.problems))
    assert "marker 'CD10' stands twice" in told
    assert "tube '1' stands twice" in told


def test_a_spread_that_no_cells_have_is_refused(tmp_path: Path) -> None:
    three = np.full((3, 3), -0.9) + 1.9 * np.eye(3)
    tube = TubeReference(
        "",
        ("CD10", "CD19", "CD20"),
        166.0,
        (NormalPopulation("1", np.zeros(3), three, 1.0),),
        {},
        np.zeros(3),
    )
    file = tmp_path / "odd.toml"
    write_reference(NormalReference("odd", "1.0.0", "bcp", "none", (tube,)), file)

    with pytest.raises(GatingError, match="no cells can have these correlations"):
        load_reference(file)


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_shipped_references_are_small_and_name_their_command(file: Path) -> None:
    reference = load_reference(file)

    assert file.stat().st_size < 100_000
    assert reference.panel == file.stem
    assert "cytoflow-blina simulate DIR --scenario" in reference.learnt_from
    for tube in reference.tubes:
        names = {one.name for one in tube.populations}
        assert {"hg2", "mature_b"} <= names
        assert tube.anchors
