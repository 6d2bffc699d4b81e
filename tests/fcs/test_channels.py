import pytest

from cytoflow_blina.fcs.channels import kind_of

SCATTER = """
FSC-A,FSC-H,SSC-W,FSC,SSC,FSCW,FSCA,FS,SS,FS-A,FS INT,FS INT LIN,SS Lin,SS PEAK LIN,
SS TOF LIN,FS0-Lin,EV,EV-A,FSC LogH,SSC 488/10-A,VSSC-A,BSC-A,Forward Scatter
"""
TIME = "Time,TIME,time,HDR-T,  Time "
OTHER = """
Width,Pulse Width,Event Count,Event_length,HDR-CE,Time MSW,TIME1,Computed Time,DOUBLET,
Unused6,Original_ID,Sort Result 1,Event #
"""
FLUORESCENCE = """
FL1-H,FL1-A,FITC-A,PE-Cy7-A,PerCP-Cy5-5-A,BL1-A,V450-A,CD3,CD45-FITC,FL1 INT LOG,
FL3 PEAK LIN,450/50 (405)-A,VL1-W,Alexa Fluor 700-A,FL 1 Log,EVOS-A,Indo-1 (Violet)-A,
SSEA4-PE,Fluorescein,TIMP1-A
"""


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("scatter", SCATTER),
        ("time", TIME),
        ("other", OTHER),
        ("fluorescence", FLUORESCENCE),
    ],
)
def test_the_kind_of_a_detector_is_known_by_its_name(kind: str, names: str) -> None:
    every = names.replace("\n", "").split(",")

    assert {name: kind_of(name) for name in every} == dict.fromkeys(every, kind)
