"""Panels are documents: read whole, and refused with every fault at once."""

import hashlib
from pathlib import Path

import pytest

from cytoflow_blina.domain.documents import shipped_documents, shipped_panels
from cytoflow_blina.domain.panel import PanelChannel
from cytoflow_blina.errors import PanelError
from cytoflow_blina.preprocess.panels import load_panel

PANEL = """
name = "two-colours"
version = "1.0.0"
title = "Two colours"
compensation = "file"

[[tube]]
id = ""

[[tube.channel]]
marker = "SSC"
kind = "scatter"
detectors = ["SSC-A"]

[[tube.channel]]
marker = "CD3"
kind = "fluorescence"
fluorochrome = "FITC"
detectors = ["FITC-A", "FL1-A"]
antigens = "CD3|LEU4"

[[tube.channel]]
marker = "CD19"
kind = "fluorescence"
required = false
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "two-colours.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(path: Path) -> list[str]:
    with pytest.raises(PanelError) as caught:
        load_panel(path)
    return str(caught.value).splitlines()


def test_a_panel_holds_what_its_document_says(tmp_path: Path) -> None:
    panel = load_panel(write(tmp_path, PANEL))

    assert (panel.name, panel.version) == ("two-colours", "1.0.0")
    assert panel.title == "Two colours"
    assert panel.compensation == "file"
    assert panel.tube("").markers == ("SSC", "CD3", "CD19")
    assert panel.tube("").channels[1] == PanelChannel(
        marker="CD3",
        kind="fluorescence",
        fluorochrome="FITC",
        detectors=("FITC-A", "FL1-A"),
        antigens="CD3|LEU4",
        required=True,
    )
    assert not panel.tube("").channels[2].required


def test_a_panel_carries_the_hash_of_its_bytes(tmp_path: Path) -> None:
    path = write(tmp_path, PANEL)

    assert load_panel(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_an_editors_byte_order_mark_and_line_ends_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "windows.toml"
    path.write_bytes(b"\xef\xbb\xbf" + PANEL.replace("\n", "\r\n").encode())

    assert load_panel(path).tube("").markers == ("SSC", "CD3", "CD19")


def test_all_faults_of_form_are_told_at_once(tmp_path: Path) -> None:
    text = (
        PANEL.replace('version = "1.0.0"\n', "")
        .replace('compensation = "file"', 'compensation = "software"')
        .replace('detectors = ["SSC-A"]', 'detector = ["SSC-A"]')
        .replace("required = false", 'required = "no"')
    )

    assert sorted(faults(write(tmp_path, text))) == [
        (
            "two-colours.toml: compensation: must be 'hardware' or 'file'; "
            "found 'software'."
        ),
        (
            "two-colours.toml: tube[0].channel[0].detector: unknown key; known are "
            "marker, kind, fluorochrome, detectors, antigens, required. "
            "Did you mean 'detectors'?"
        ),
        (
            "two-colours.toml: tube[0].channel[2].required: must be a valid boolean; "
            "found 'no'."
        ),
        "two-colours.toml: version: is missing; add it.",
    ]


def test_what_stands_twice_is_found(tmp_path: Path) -> None:
    channel = PANEL[PANEL.index("[[tube]]") :]
    text = PANEL.replace('"CD19"', '"CD3"').replace('id = ""', 'id = "A"')
    text += channel.replace('id = ""', 'id = "A"')

    assert faults(write(tmp_path, text)) == [
        "two-colours.toml: tube[0].channel[2]: marker 'CD3' stands twice; remove one.",
        "two-colours.toml: tube[1]: tube 'A' stands twice; remove one.",
    ]


def test_a_tube_among_several_needs_an_id(tmp_path: Path) -> None:
    text = PANEL.replace('id = ""', 'id = "A"') + PANEL[PANEL.index("[[tube]]") :]

    assert faults(write(tmp_path, text)) == [
        "two-colours.toml: tube[1]: a tube among several needs an id, such as 'A'."
    ]


def test_a_detector_has_one_antigen(tmp_path: Path) -> None:
    text = PANEL + 'detectors = ["fitc-a"]\n'

    assert faults(write(tmp_path, text)) == [
        (
            "two-colours.toml: tube[0].channel[2].detectors: 'fitc-a' is given to "
            "'CD19' and already to 'CD3'; a detector has one marker in a tube."
        )
    ]


def test_a_faulty_expression_is_named(tmp_path: Path) -> None:
    text = PANEL.replace("CD3|LEU4", "CD3(")

    assert faults(write(tmp_path, text)) == [
        (
            "two-colours.toml: tube[0].channel[1].antigens: 'CD3(' is no regular "
            "expression: missing ), unterminated subpattern at position 3."
        )
    ]


def test_a_document_that_is_no_toml_says_where(tmp_path: Path) -> None:
    lines = faults(write(tmp_path, 'name = "x"\nversion = 1.0.0'))

    assert len(lines) == 1
    assert lines[0].startswith("two-colours.toml: is not valid TOML: ")
    assert "line 2" in lines[0]


def test_a_missing_document_is_named_without_its_folder(tmp_path: Path) -> None:
    assert faults(tmp_path / "absent.toml") == [
        (
            "absent.toml: cannot be read (No such file or directory). Check the name "
            "and the folder."
        )
    ]


@pytest.mark.parametrize("name", shipped_panels())
def test_shipped_panels_load_under_their_own_name(name: str) -> None:
    assert load_panel(shipped_documents() / "panels" / f"{name}.toml").name == name


def test_a_tube_of_the_shipped_panels_needs_cd45_side_scatter_and_cd3_in_blood() -> (
    None
):
    for name in shipped_panels():
        panel = load_panel(shipped_documents() / "panels" / f"{name}.toml")
        needed = {"SSC", "CD45"}
        needed |= set() if name.startswith("bcp-all-mrd") else {"CD3"}
        for tube in panel.tubes:
            required = {c.marker for c in tube.channels if c.required}
            assert required == needed


def test_only_the_calibur_compensates_in_hardware() -> None:
    folder = shipped_documents() / "panels"

    calibur = load_panel(folder / "facscalibur-multitest.toml")
    canto = load_panel(folder / "facscanto-tbnk.toml")
    navios = load_panel(folder / "navios-tetrachrome.toml")

    assert calibur.compensation == "hardware"
    assert (canto.compensation, navios.compensation) == ("file", "file")
    assert [tube.id for tube in calibur.tubes] == ["A", "B"]
    assert [tube.id for tube in canto.tubes] == [""]
    assert [tube.id for tube in navios.tubes] == ["1", "2"]
