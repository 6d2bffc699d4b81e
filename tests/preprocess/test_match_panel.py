"""A tube's detectors are recognised for a stated reason, or the tube is refused."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from cytoflow_blina.domain.documents import shipped_documents, shipped_panels
from cytoflow_blina.domain.events import Channel, ChannelKind
from cytoflow_blina.domain.panel import Panel, PanelChannel, PanelMatch, PanelTube
from cytoflow_blina.errors import PanelError
from cytoflow_blina.preprocess.match_panel import match_panel
from cytoflow_blina.preprocess.panels import load_panel

PANELS = {
    name: load_panel(shipped_documents() / "panels" / f"{name}.toml")
    for name in shipped_panels()
}
CALIBUR = PANELS["facscalibur-multitest"]
CANTO = PANELS["facscanto-tbnk"]

CALIBUR_A = {"FL1-H": "CD3 FITC", "FL2-H": "CD8 PE", "FL3-H": "CD45 PerCP"} | {
    "FL2-A": "",
    "FL4-H": "CD4 APC",
}
CALIBUR_B = {"FL1-H": "CD3 FITC", "FL2-H": "CD16+CD56 PE", "FL3-H": "CD45 PerCP"} | {
    "FL4-H": "CD19 APC"
}
CANTO_TUBE = {
    "FITC-A": "CD3",
    "PE-A": "CD16+56",
    "PerCP-Cy5-5-A": "CD45",
    "PE-Cy7-A": "CD4",
    "APC-A": "CD19",
    "APC-Cy7-A": "CD8",
}


def kind_of(detector: str) -> ChannelKind:
    if detector.upper().startswith(("FSC", "SSC")):
        return "scatter"
    return "time" if detector.upper() == "TIME" else "fluorescence"


def channels(labels: Mapping[str, str]) -> tuple[Channel, ...]:
    scatter = {} if "SSC-A" in labels or "SSC-H" in labels else {"SSC-H": ""}
    if "FL1-H" not in labels:
        scatter = {"FSC-A": "", "FSC-H": "", "SSC-A": ""}
    return tuple(
        Channel(detector, label, kind_of(detector), 1024.0)
        for detector, label in {"FSC-H": "", **scatter, **labels, "Time": ""}.items()
    )


def recognise(
    panel: Panel, tube: str, labels: Mapping[str, str], *others: Panel
) -> PanelMatch:
    return match_panel(panel, tube, channels(labels), where="tube.fcs", others=others)


def faults(
    panel: Panel, tube: str, labels: Mapping[str, str], *others: Panel
) -> list[str]:
    with pytest.raises(PanelError) as caught:
        recognise(panel, tube, labels, *others)
    return [problem.message for problem in caught.value.problems]


def detectors(match: PanelMatch) -> dict[str, str]:
    return {found.marker: found.detector for found in match.assignments}


def reason(match: PanelMatch, marker: str) -> str:
    return next(a.reason for a in match.assignments if a.marker == marker)


def one_marker(**changes: object) -> Panel:
    wanted = {
        "marker": "CD3",
        "kind": "fluorescence",
        "fluorochrome": "FITC",
        "detectors": ("FITC-A",),
    } | changes
    channel = PanelChannel(**wanted)  # type: ignore[arg-type]  # fields by name
    return Panel("one", "1.0.0", "One", "file", (PanelTube("", (channel,)),))


def test_labels_name_the_markers_of_both_calibur_tubes() -> None:
    match_a = recognise(CALIBUR, "A", CALIBUR_A)
    match_b = recognise(CALIBUR, "B", CALIBUR_B)

    assert detectors(match_a) == {
        "FSC": "FSC-H",
        "SSC": "SSC-H",
        "CD3": "FL1-H",
        "CD8": "FL2-H",
        "CD45": "FL3-H",
        "CD4": "FL4-H",
    }
    assert detectors(match_b)["CD16+56"] == "FL2-H"
    assert detectors(match_b)["CD19"] == "FL4-H"
    assert reason(match_a, "CD3") == "$PnS is 'CD3 FITC'"
    assert match_a.missing == ()


def test_labels_name_the_markers_of_the_canto() -> None:
    match = recognise(CANTO, "", CANTO_TUBE)

    assert detectors(match) == {
        "FSC": "FSC-A",
        "FSC-H": "FSC-H",
        "SSC": "SSC-A",
        "CD3": "FITC-A",
        "CD16+56": "PE-A",
        "CD45": "PerCP-Cy5-5-A",
        "CD4": "PE-Cy7-A",
        "CD19": "APC-A",
        "CD8": "APC-Cy7-A",
    }


def test_the_order_of_the_channels_does_not_matter() -> None:
    forwards = channels(CANTO_TUBE)

    straight = match_panel(CANTO, "", forwards, where="")
    turned = match_panel(CANTO, "", forwards[::-1], where="")

    assert straight == turned


def test_a_label_on_a_detector_that_the_panel_does_not_know_is_taken_and_said() -> None:
    labels = {"450/50 (405)-A": "CD3"}

    match = recognise(one_marker(), "", labels)

    assert detectors(match) == {"CD3": "450/50 (405)-A"}
    assert reason(match, "CD3") == "$PnS is 'CD3'; the panel expected 'FITC-A'"


def test_a_label_with_the_panels_dye_needs_no_remark() -> None:
    match = recognise(one_marker(), "", {"BL1-A": "CD3 FITC"})

    assert reason(match, "CD3") == "$PnS is 'CD3 FITC'"


def test_the_area_is_taken_where_all_pulses_bear_the_label() -> None:
    labels = {"FITC-W": "CD3", "FITC-H": "CD3", "FITC-A": "CD3"}

    assert detectors(recognise(one_marker(), "", labels)) == {"CD3": "FITC-A"}
    unlisted = one_marker(detectors=())
    assert detectors(recognise(unlisted, "", labels)) == {"CD3": "FITC-A"}


def test_the_pulse_that_the_panel_names_is_taken_before_the_area() -> None:
    labels = CALIBUR_A | {"FL2-A": "CD8 PE"}

    assert detectors(recognise(CALIBUR, "A", labels))["CD8"] == "FL2-H"


def test_an_antigen_as_the_detectors_name_counts_as_a_label() -> None:
    match = recognise(one_marker(detectors=()), "", {"CD3": "", "CD4": ""})

    assert detectors(match) == {"CD3": "CD3"}
    assert reason(match, "CD3") == "its name is the antigen's"


def test_latin_1_and_macroman_bytes_in_labels_do_no_harm() -> None:
    labels = CALIBUR_A | {"FL1-H": "CD3\xaa FITC", "FL2-A": "M\xfcller\xaa"}

    assert reason(recognise(CALIBUR, "A", labels), "CD3") == "$PnS is 'CD3ª FITC'"


@pytest.mark.parametrize("tube", ["A", "B"])
def test_without_labels_the_panel_names_the_detectors(tube: str) -> None:
    match = recognise(CALIBUR, tube, dict.fromkeys(CALIBUR_A, ""))

    assert detectors(match)["CD3"] == "FL1-H"
    assert reason(match, "CD3") == "the panel names detector 'FL1-H'; $PnS is empty"
    assert match.missing == ()


def test_a_label_that_repeats_the_detector_is_no_label() -> None:
    labels = {name: name.replace("-H", "-Height") for name in CALIBUR_A}

    match = recognise(CALIBUR, "A", labels)

    assert reason(match, "CD45") == (
        "the panel names detector 'FL3-H'; $PnS 'FL3-Height' names no antigen"
    )


def test_lyric_spellings_are_those_of_the_canto() -> None:
    labels = dict.fromkeys(
        ["FITC-A", "PE-A", "PERCP-CY5.5-A", "PE-CY7-A", "APC-A", "APC-H7-A"], ""
    )

    found = detectors(recognise(CANTO, "", labels))

    assert found["CD45"] == "PERCP-CY5.5-A"
    assert found["CD8"] == "APC-H7-A"


def test_the_dye_is_the_last_resort() -> None:
    panel = one_marker(fluorochrome="PerCP-Cy5.5", detectors=("FL3-H",))

    match = recognise(panel, "", {"PC5.5-H": "", "PC5.5-A": "", "PE-A": ""})

    assert detectors(match) == {"CD3": "PC5.5-A"}
    assert reason(match, "CD3") == (
        "its detector bears the dye's name, PerCP-Cy5.5; $PnS is empty"
    )


def test_a_dye_in_the_label_serves_where_the_detector_has_a_number() -> None:
    match = recognise(one_marker(), "", {"FL1-A": "FITC-A", "FL2-A": "PE-A"})

    assert detectors(match) == {"CD3": "FL1-A"}


def test_an_absent_detector_falls_away_with_a_reason() -> None:
    labels = {k: v for k, v in CANTO_TUBE.items() if k != "PE-A"}

    match = recognise(CANTO, "", labels)

    assert match.missing == ("CD16+56",)
    assert match.notes == (
        "CD16+56 is not measured: no label names it and none of its detectors is there",
    )


@pytest.mark.parametrize("label", ["CD20", "EMPTY"])
def test_a_detector_used_for_something_else_or_nothing_falls_away(label: str) -> None:
    match = recognise(CANTO, "", CANTO_TUBE | {"PE-A": label})

    assert match.missing == ("CD16+56",)
    assert match.notes == (f"CD16+56 is not measured: PE-A is labelled '{label}'",)


def test_the_beta_chain_of_cd8_is_not_cd8() -> None:
    match = recognise(CALIBUR, "A", CALIBUR_A | {"FL2-H": "CD8 B PE"})

    assert match.missing == ("CD8",)


def test_without_forward_scatter_height_only_that_is_missing() -> None:
    tube = tuple(c for c in channels(CANTO_TUBE) if c.detector != "FSC-H")

    match = match_panel(CANTO, "", tube, where="")

    assert match.missing == ("FSC-H",)
    assert match.detector("FSC") == "FSC-A"


def test_tube_b_declared_as_a_is_caught_by_its_labels() -> None:
    messages = faults(CALIBUR, "A", CALIBUR_B)

    assert messages == [
        "its labels fit tube 'B' of panel 'facscalibur-multitest'; correct the sheet.",
        "FL2-H is labelled 'CD16+CD56 PE', where the panel expects CD8.",
        "FL4-H is labelled 'CD19 APC', where the panel expects CD4.",
        (
            "the file does not fit tube 'A' of panel 'facscalibur-multitest', which "
            "expects FSC, SSC, CD3, CD8, CD45, CD4; it holds FSC-H, SSC-H, FL1-H "
            "'CD3 FITC', FL2-H 'CD16+CD56 PE', FL3-H 'CD45 PerCP', FL4-H 'CD19 APC', "
            "Time. Name the right panel and tube in the sample sheet, or write the "
            "lab's detectors into the panel."
        ),
    ]


def test_tube_a_declared_as_b_is_caught_by_its_labels() -> None:
    assert faults(CALIBUR, "B", CALIBUR_A)[0] == (
        "its labels fit tube 'A' of panel 'facscalibur-multitest'; correct the sheet."
    )


def test_two_swapped_labels_are_not_passed_over() -> None:
    labels = CALIBUR_A | {"FL2-H": "CD4 PE", "FL4-H": "CD8 APC"}

    assert faults(CALIBUR, "A", labels)[:2] == [
        "FL4-H is labelled 'CD8 APC', where the panel expects CD4.",
        "FL2-H is labelled 'CD4 PE', where the panel expects CD8.",
    ]


def test_a_required_marker_whose_detector_is_used_otherwise_is_a_fault() -> None:
    labels = CALIBUR_A | {"FL1-H": "CD15 FITC"}

    assert faults(CALIBUR, "A", labels)[0] == (
        "CD3 is required and not found: FL1-H is labelled 'CD15 FITC'."
    )


def test_the_panel_that_would_fit_is_named() -> None:
    messages = faults(CALIBUR, "A", CANTO_TUBE, CANTO)

    assert messages[0] == "its labels fit panel 'facscanto-tbnk'; correct the sheet."


def test_an_unlabelled_file_is_not_said_to_fit_anything() -> None:
    unlabelled = {k: "" for k in CANTO_TUBE if k != "PerCP-Cy5-5-A"}

    messages = faults(CANTO, "", unlabelled, CALIBUR)

    assert messages[0] == (
        "CD45 is required and not found: no label names it and none of its detectors "
        "is there."
    )
    assert not any("fit panel" in message for message in messages[2:])


def test_the_marker_on_another_dye_is_another_panel() -> None:
    labels = CANTO_TUBE | {"PerCP-Cy5-5-A": "CD38", "BV421-A": "CD45"}

    assert faults(CANTO, "", labels)[0] == (
        "BV421-A is labelled 'CD45', whose dye is BV421, where the panel has CD45 on "
        "PerCP-Cy5.5."
    )


def test_two_labels_for_one_marker_are_ambiguous() -> None:
    labels = CANTO_TUBE | {"BV421-A": "CD3"}

    assert faults(CANTO, "", labels)[0] == (
        "CD3 is ambiguous: the labels of FITC-A 'CD3', BV421-A 'CD3' all name it. Say "
        "in the panel which label is meant (key 'antigens')."
    )


def test_the_panels_own_expression_settles_an_ambiguity() -> None:
    panel = one_marker(antigens="CD3 FITC")

    match = recognise(panel, "", {"FITC-A": "CD3 FITC", "BV421-A": "CD3 BV421"})

    assert detectors(match) == {"CD3": "FITC-A"}


def test_a_label_that_names_two_markers_is_refused() -> None:
    labels = CANTO_TUBE | {"FITC-A": "CD3/CD19"}

    assert "FITC-A is labelled 'CD3/CD19', which names CD3 and CD19." in faults(
        CANTO, "", labels
    )


def test_an_unknown_tube_lists_those_there_are() -> None:
    with pytest.raises(PanelError) as caught:
        recognise(CALIBUR, "C", CALIBUR_A)

    assert str(caught.value) == (
        "tube.fcs: is tube 'C', but panel 'facscalibur-multitest' has tubes 'A', 'B'; "
        "correct the column 'tube'."
    )


def test_a_panel_of_one_tube_wants_no_tube() -> None:
    with pytest.raises(PanelError) as caught:
        recognise(CANTO, "A", CANTO_TUBE)

    assert str(caught.value) == (
        "tube.fcs: is tube 'A', but panel 'facscanto-tbnk' has one tube without id; "
        "leave the column 'tube' empty."
    )


@pytest.mark.parametrize(
    ("file", "panel", "tube", "fault"),
    [
        (
            "gatingml/gate_ref/data1.fcs",
            "facscalibur-multitest",
            "A",
            "FL1-H is labelled 'CD4 FITC', where the panel expects CD3.",
        ),
        (
            "torture/gvhd_s10a01.FCS",
            "facscalibur-multitest",
            "B",
            "FL2-H is labelled 'CD45 PE', where the panel expects CD16+56.",
        ),
        (
            "blood_tb/Specimen_001_Tube_001_001.fcs",
            "facscanto-tbnk",
            "",
            "APC-A is labelled 'CD45', where the panel expects CD19.",
        ),
        (
            "mouse_workspace/68983.fcs",
            "facscanto-tbnk",
            "",
            "PE-Cy7-A is labelled 'CD3', where the panel expects CD4.",
        ),
        (
            "whole_blood/whole_blood_a.fcs",
            "facscanto-tbnk",
            "",
            (
                "CD45 is required and not found: no label names it and none of its "
                "detectors is there."
            ),
        ),
    ],
)
def test_real_files_of_other_panels_are_refused(
    shared_data: Path, file: str, panel: str, tube: str, fault: str
) -> None:
    with pytest.raises(PanelError) as caught:
        match_panel(PANELS[panel], tube, header(shared_data / file), where="")

    assert fault in [problem.message for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("file", "panel", "missing"),
    [
        ("torture/facscalibur_fcs2_E07.fcs", "facscalibur-multitest", ()),
        ("torture/facscalibur_comp_060909.001", "facscalibur-multitest", ()),
        ("torture/facscalibur_hts.fcs", "facscalibur-multitest", ("CD4",)),
        ("torture/flowcal_Data002.fcs", "facscanto-tbnk", ("FSC-H",)),
    ],
)
def test_real_files_without_labels_are_recognised_by_their_detectors(
    shared_data: Path, file: str, panel: str, missing: tuple[str, ...]
) -> None:
    tube = PANELS[panel].tubes[0].id

    match = match_panel(PANELS[panel], tube, header(shared_data / file), where="")

    assert match.missing == missing
    assert "$PnS" in reason(match, "CD45")


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("blood-tb", "blood_tb/Specimen_001_Tube_001_001.fcs"),
        ("whole-blood", "whole_blood/whole_blood_a.fcs"),
        ("whole-blood", "whole_blood/whole_blood_b.fcs"),
        ("pbmc-t", "pbmc_t/Donor1.fcs"),
        ("pbmc-t", "pbmc_t/Donor2.fcs"),
    ],
)
def test_real_files_fit_panels_of_their_own_by_their_labels(
    shared_data: Path, name: str, file: str
) -> None:
    folder = Path(__file__).parents[1] / "gating_real" / "panels"
    panel = load_panel(folder / f"{name}.toml")

    match = match_panel(panel, "", header(shared_data / file), where="")

    assert match.missing == ()
    assert reason(match, "CD3").startswith("$PnS is ")


def header(path: Path) -> list[Channel]:
    """Channels of a file by an independent reader, FlowIO."""
    import flowio

    text = flowio.FlowData(str(path), only_text=True, ignore_offset_error=True)
    return [
        Channel(c["pnn"], c["pns"], kind_of(c["pnn"]), 1.0)
        for _, c in sorted(text.channels.items())
    ]


def test_a_file_with_little_of_the_panel_is_refused() -> None:
    names = ("FSC-A", "SSC-A", "FITC-A", "PerCP-Cy5-5-A", "AmCyan-A")

    messages = faults(CANTO, "", dict.fromkeys(names, ""))

    assert messages[0] == "of the panel's 6 markers only CD3, CD45 were found."
