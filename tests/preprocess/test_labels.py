"""Labels of operators name antigens in many ways, and must not be misread."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cytoflow_blina.domain.events import Channel
from cytoflow_blina.preprocess.labels import (
    antigen_pattern,
    dye,
    is_nothing,
    is_silent,
    known_dye,
    plain_label,
    pulse_base,
    pulse_shape,
    same_name,
)


def names(marker: str, label: str) -> bool:
    return antigen_pattern(marker).search(plain_label(label)) is not None


@pytest.mark.parametrize(
    ("marker", "label"),
    [
        ("CD3", "CD3"),
        ("CD3", "cd3 fitc"),
        ("CD3", "CD 3"),
        ("CD3", "CD3-FITC"),
        ("CD3", "FITC-CD3"),
        ("CD3", "BV785 - CD3"),
        ("CD3", "anti-CD3"),
        ("CD3", "CD3;FITC;530/30@488/B"),
        ("CD3", "CD3\xaaFITC"),
        ("CD4", "APCCy7 - CD4"),
        ("CD8", "CD8a AF700"),
        ("CD8", "CD8 BV421"),
        ("CD8", "CD8 BB515"),
        ("CD45", "CD45 Qdot605"),
        ("CD45", "CD45 RD1"),
        ("CD45", "CD45 RB780"),
        ("CD45", "CD45-R718"),
        ("CD19", "CD19-ECD"),
        ("CD16+56", "CD16+56"),
        ("CD16+56", "CD16+CD56 PE"),
        ("CD16+56", "CD16/CD56"),
        ("CD16+56", "CD16&56"),
        ("CD16+56", "CD16 CD56 PE"),
        ("CD16+56", "CD16CD56"),
        ("CD16+56", "CD56+16"),
        ("CD16+56", "16+56"),
        ("CD16+56", "CD3/16+56"),
        ("CD16+56", "NK"),
        ("CD16+56", "nk cells"),
        ("CD66c+123", "CD66c/CD123 PE"),
        ("CD66c+123", "CD66c+123"),
        ("CD66c+123", "CD123+CD66c"),
        ("CD66c+123", "66c & 123"),
        ("CD73+304", "CD73+CD304"),
        ("CD73+304", "CD304/CD73 PE"),
        ("CD13+33", "CD13+CD33"),
        ("CD66b", "CD66b BV650"),
        ("CD45", "CD45 V500-C"),
        ("CD34", "CD34 PerCP-Cy5.5"),
        ("CD10", "CD10 APC"),
        ("CD38", "CD38 APC-H7"),
        ("CD7", "CD7 BV786"),
        ("CD9", "CD9 FITC"),
        ("cyCD79a", "cyCD79a"),
        ("cyCD79a", "CyCD79a AF700"),
        ("cyCD79a", "cy CD79a"),
        ("cyCD79a", "cytoCD79a"),
        ("cyCD79a", "iCD79a PE"),
        ("cyCD79a", "icCD79a"),
        ("cyCD79a", "cCD79a"),
        ("cyCD79a", "CD79a"),
        ("SYTO", "SYTO 16"),
        ("SYTO", "SYTO16"),
        ("SYTO", "SYTO41"),
        ("SYTO", "Syto 41 PB"),
        ("SYTO", "Syto"),
        ("viability", "Viability"),
        ("viability", "LIVE/DEAD Aqua"),
        ("viability", "L/D"),
        ("viability", "FVS780"),
        ("viability", "Zombie NIR"),
        ("viability", "7-AAD"),
        ("viability", "SYTOX Blue"),
        ("HLA-DR", "HLADr"),
        ("HLA-DR", "HLA DR PerCP"),
    ],
)
def test_a_label_names_its_marker(marker: str, label: str) -> None:
    assert names(marker, label)


@pytest.mark.parametrize(
    ("marker", "label"),
    [
        ("CD10", "CD103-FITC"),
        ("CD10", "CD105"),
        ("CD20", "CD200 PE"),
        ("CD22", "CD229"),
        ("CD24", "CD244"),
        ("CD34", "CD3"),
        ("CD38", "CD3 APC"),
        ("CD58", "CD5"),
        ("CD7", "CD71 APC"),
        ("CD7", "CD79a"),
        ("CD7", "CD73+CD304"),
        ("CD9", "CD99"),
        ("CD66b", "CD66c/CD123"),
        ("CD66c+123", "CD66b"),
        ("CD66c+123", "CD66c"),
        ("CD13+33", "CD33"),
        ("cyCD79a", "CD79b"),
        ("SYTO", "SYTOX Green"),
        ("viability", "SYTO 16"),
        ("viability", "CD19"),
        ("CD3", "CD33 PE"),
        ("CD3", "CD34"),
        ("CD3", "CD38 APC"),
        ("CD3", "CD103-FITC"),
        ("CD3", "cyCD3"),
        ("CD4", "CD45"),
        ("CD4", "CD44 FITC"),
        ("CD8", "CD81"),
        ("CD8", "CD8 B PE"),
        ("CD8", "APC - CD8b"),
        ("CD8", "CD8β"),
        ("CD8", "CD8 beta"),
        ("CD45", "CD45RA"),
        ("CD45", "AF700 - CD45RO"),
        ("CD45", "CD45 RA FITC"),
        ("CD45", "CD45R"),
        ("CD19", "CD19x"),
        ("CD19", "CD199"),
        ("CD16+56", "CD16"),
        ("CD16+56", "CD56 PE"),
        ("CD16+56", "CD161 BV650"),
        ("CD16+56", "NK1.1"),
        ("CD16+56", "NK1/1"),
        ("CD16+56", "NKG2D"),
        ("CD16+56", "NKT"),
        ("HLA-DR", "HLA-DRA1"),
    ],
)
def test_a_label_does_not_name_a_marker_that_looks_like_it(
    marker: str, label: str
) -> None:
    assert not names(marker, label)


@given(wanted=st.sampled_from([3, 4, 8, 19, 45]), number=st.integers(1, 371))
def test_of_all_clusters_of_differentiation_only_its_own_is_named(
    wanted: int, number: int
) -> None:
    assert names(f"CD{wanted}", f"CD{number} FITC") == (number == wanted)


def test_a_panels_own_expression_replaces_the_rules() -> None:
    pattern = antigen_pattern("CD3", "leu-?4")

    assert pattern.search(plain_label("Leu4 FITC"))
    assert not pattern.search("CD3 FITC")


@pytest.mark.parametrize(
    ("label", "detector"),
    [
        ("", "FL1-H"),
        (" \t", "FL1-H"),
        ("---", "FL1-H"),
        ("FL1-H", "FL1-H"),
        ("FL1-Height", "FL1-H"),
        ("FL4-Height", "FL2-W"),
        ("FITC-A", "FL1-A"),
        ("PerCP-Cy5-5-A", "B3-A"),
        ("V2-A", "FL2-A"),
        ("Time (51.20 sec.)", "Time"),
        ("GFP", "GFP"),
    ],
)
def test_a_label_that_repeats_the_detector_says_nothing(
    label: str, detector: str
) -> None:
    assert is_silent(label, detector)


@pytest.mark.parametrize("label", ["GFP", "CD20", "Live/Dead NIR", "TCRb", "sample 7"])
def test_any_other_label_says_something(label: str) -> None:
    assert not is_silent(label, "PE-A")


def test_an_unused_detector_is_told_from_an_unlabelled_one() -> None:
    assert is_nothing("EMPTY")
    assert is_nothing("unused")
    assert not is_nothing("")
    assert not is_nothing("CD3")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("PerCP-Cy5-5-A", "PERCP-CY5.5-A"),
        ("PerCP-Cy5-5-A", "PerCP-Cy5.5 Area"),
        ("FL1-H", "fl1-height"),
        ("APC-Cy7-A", "APCCy7-A"),
    ],
)
def test_spellings_of_one_detector_are_the_same(one: str, other: str) -> None:
    assert same_name(one, other)


@pytest.mark.parametrize(
    ("one", "other"), [("FL1-H", "FL1-A"), ("FL1-H", "FL2-H"), ("PE-A", "PE-Cy7-A")]
)
def test_area_is_not_height_and_a_dye_is_not_its_tandem(one: str, other: str) -> None:
    assert not same_name(one, other)


def test_many_spellings_of_a_dye_are_one() -> None:
    assert dye("PC5.5") == dye("PerCP-Cy5-5-A") == dye("PerCPCy5.5") == "PERCP-CY5.5"
    assert dye("PC7") == dye("PE-Cy7-A")
    assert dye("RD1") == dye("PE")
    assert dye("APC-H7") == dye("APC-Cy7-A") == dye("APC-AF750") == dye("AA750")
    assert dye("Krome Orange") == dye("V500") == dye("OC515")
    assert dye("PE") != dye("PE-Cy7")


@pytest.mark.parametrize(
    ("detector", "label", "expected"),
    [
        ("FL1-H", "CD3 FITC", "FITC"),
        ("PE-Cy7-A", "CD4", "PE-CY7"),
        ("670/30Violet-A", "BV785 - CD3", "BV785"),
        ("FL3-H", "CD45 PerCP", "PERCP"),
        ("B3-A", "CD45 PerCP-Cy5.5", "PERCP-CY5.5"),
        ("FL1-H", "CD3", ""),
        ("450/50 (405)-A", "CD19", ""),
    ],
)
def test_the_dye_is_read_from_the_detector_or_the_label(
    detector: str, label: str, expected: str
) -> None:
    channel = Channel(detector, label, "fluorescence", 1024.0)

    assert known_dye(channel) == expected


def test_a_pulse_is_measured_by_area_height_or_width() -> None:
    assert [pulse_shape(n) for n in ("PE-A", "FSC-Height", "FL2 W", "FSC")] == [
        "A",
        "H",
        "W",
        "",
    ]
    assert pulse_base("PE-Cy7-A") == "PE-Cy7"


@given(st.text())
def test_no_text_breaks_the_reading_of_labels(text: str) -> None:
    plain = plain_label(text)

    assert plain == plain_label(plain)
    assert isinstance(is_silent(text, "FL1-H"), bool)
    assert isinstance(known_dye(Channel("FL1-H", text, "fluorescence", 1.0)), str)
