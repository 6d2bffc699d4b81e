"""A document is checked against its schema, and all its faults are told at once."""

import hashlib
from pathlib import Path

import pytest
from pydantic import Field

from cytoflow_blina.domain.document_schema import Document, Table, read_document
from cytoflow_blina.errors import ConfigError


class Limit(Table):
    """One limit."""

    marker: str
    at: float | str = 0.0


class Settings(Table):
    """A small document."""

    name: str
    limit: list[Limit] = Field(default_factory=list)
    by_name: dict[str, Limit] = Field(default_factory=dict)
    weights: dict[str, float] = Field(default_factory=dict)


def read(folder: Path, content: str | bytes) -> Document[Settings]:
    """Write a document and read it."""
    path = folder / "lab.toml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_document(path, Settings, ConfigError)


def faults(folder: Path, content: str | bytes) -> list[str]:
    """Read a document that must be refused."""
    with pytest.raises(ConfigError) as caught:
        read(folder, content)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    "content",
    [b'name = "a"\n', b'\xef\xbb\xbfname = "a"\n', b'name = "a"\r\n'],
    ids=["plain", "byte order mark", "Windows"],
)
def test_a_document_is_read_whichever_editor_saved_it(
    tmp_path: Path, content: bytes
) -> None:
    document = read(tmp_path, content)

    assert document.name == "lab.toml"
    assert document.content == Settings(name="a")
    assert document.sha256 == hashlib.sha256(content).hexdigest()


def test_every_fault_is_told_with_its_place(tmp_path: Path) -> None:
    content = """
        nmae = "a"
        weights = { cd3 = "much" }
        [[limit]]
        marker = 3
        [[limit]]
        marker = "CD3"
        att = 1.0
        [by_name.cd19]
        mark = "CD19"
    """

    assert faults(tmp_path, content) == [
        "lab.toml: name: is missing; add it.",
        "lab.toml: limit[0].marker: must be a valid string; found 3.",
        (
            "lab.toml: limit[1].att: unknown key; known are marker, at. Did you mean "
            "'at'?"
        ),
        "lab.toml: by_name.cd19.marker: is missing; add it.",
        (
            "lab.toml: by_name.cd19.mark: unknown key; known are marker, at. Did you "
            "mean 'marker'?"
        ),
        "lab.toml: weights.cd3: must be a valid number; found 'much'.",
        (
            "lab.toml: nmae: unknown key; known are name, limit, by_name, weights. Did "
            "you mean 'name'?"
        ),
    ]


def test_a_number_or_a_word_that_is_neither_is_told_once(tmp_path: Path) -> None:
    content = 'name = "a"\nlimit = [{ marker = "CD3", at = true }]'

    assert faults(tmp_path, content) == [
        "lab.toml: limit[0].at: must be a valid number; found True."
    ]


def test_of_a_long_value_the_beginning_is_quoted(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, f"name = {[*range(100)]}")

    assert fault.startswith("lab.toml: name: must be a valid string; found [0, 1, 2,")
    assert fault.endswith("….")
    assert len(fault) < 140


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (
            "name = ",
            "lab.toml: is not valid TOML: Invalid value (at end of document).",
        ),
        (
            b'name = "\xe4"',
            (
                "lab.toml: is not valid TOML: 'utf-8' codec can't decode byte 0xe4 in "
                "position 8: invalid continuation byte."
            ),
        ),
    ],
)
def test_what_is_no_toml_is_refused(
    tmp_path: Path, content: str | bytes, fault: str
) -> None:
    assert faults(tmp_path, content) == [fault]


def test_a_missing_document_is_named_without_its_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read_document(tmp_path / "gone.toml", Settings, ConfigError)

    assert str(caught.value) == (
        "gone.toml: cannot be read (No such file or directory). Check the name and the "
        "folder."
    )
