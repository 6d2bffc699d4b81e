"""The shipped documents are found from a checkout and from an installed wheel."""

from pathlib import Path

import pytest

from cytoflow_blina.domain import documents
from cytoflow_blina.domain.documents import shipped_documents, shipped_panels
from cytoflow_blina.errors import ConfigError


def test_every_shipped_panel_has_a_template_of_its_name() -> None:
    folder = shipped_documents()

    templates = sorted(path.stem for path in folder.glob("templates/*.toml"))

    assert list(shipped_panels()) == templates


def test_the_panels_of_the_main_job_are_shipped() -> None:
    assert {
        "facscalibur-multitest",
        "facscanto-tbnk",
        "navios-tetrachrome",
    } <= set(shipped_panels())


def test_an_installed_package_brings_its_own_documents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site-packages" / "cytoflow_blina"
    (package / "_gating" / "panels").mkdir(parents=True)
    (package / "_gating" / "panels" / "mine.toml").touch()
    (tmp_path / "gating" / "panels").mkdir(parents=True)
    monkeypatch.setattr(documents, "_PACKAGE", package)

    assert shipped_documents() == package / "_gating"
    assert shipped_panels() == ("mine",)


def test_a_broken_installation_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "_PACKAGE", tmp_path / "src" / "cytoflow_blina")

    with pytest.raises(ConfigError) as caught:
        shipped_documents()

    assert str(caught.value) == (
        "gating: the shipped panels and templates are missing from this installation. "
        "Install cytoflow-blina again."
    )
