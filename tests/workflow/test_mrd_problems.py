"""What study.toml may say of residual leukaemia."""

from types import SimpleNamespace
from typing import cast

import pytest

from cytoflow_blina.domain.documents import shipped_documents
from cytoflow_blina.domain.mrd import NormalReference, TubeReference
from cytoflow_blina.domain.template import GatingTemplate
from cytoflow_blina.gates.load import load_template
from cytoflow_blina.simulate.marrow.cytometers import AIEOP
from cytoflow_blina.workflow.mrd_problems import mrd_problems, reference_problems
from cytoflow_blina.workflow.study import Mrd
from tests.mrd.tubes import RULES

TEMPLATE = cast(
    "GatingTemplate",
    SimpleNamespace(
        tubes=[
            SimpleNamespace(mrd=SimpleNamespace(denominators={"NUC": "n", "MNC": "m"})),
            SimpleNamespace(mrd=None),
        ]
    ),
)
SAMPLES = {"M01": "EOT", "M02": "UNS", "M03": "EOT", "M04": "DX"}


def problems_of(settings: Mrd) -> list[str]:
    found = mrd_problems(settings, RULES, SAMPLES, [TEMPLATE])
    return [str(one) for one in found]


@pytest.mark.parametrize(
    "settings",
    [
        Mrd(),
        Mrd(profile="EUROFLOW", denominator="MNC"),
        Mrd(blank_samples=["M01", "M02"], low_samples=["M03"]),
    ],
)
def test_what_the_study_has_may_be_named(settings: Mrd) -> None:
    assert problems_of(settings) == []


def test_every_fault_is_told_at_once() -> None:
    settings = Mrd(
        profile="EUROFLOV",
        denominator="WBC",
        blank_samples=["M01", "M1"],
        low_samples=["M01"],
    )

    profile, sample, twice, denominator = problems_of(settings)

    assert profile == (
        "study.toml: mrd.profile: unknown profile 'EUROFLOV'; known are ICCS20_50, "
        "AIEOP_BFM, EUROFLOW. Did you mean 'EUROFLOW'?"
    )
    assert sample == (
        "study.toml: mrd.blank_samples: sample 'M1' is not in the sample sheet. Did "
        "you mean 'M01'?"
    )
    assert twice == (
        "study.toml: mrd: sample 'M01' is named twice among blank and low samples; "
        "name it once."
    )
    assert denominator == (
        "study.toml: mrd.denominator: no template of the study counts WBC; they count "
        "MNC, NUC."
    )


def test_a_diagnosis_is_no_blank() -> None:
    (problem,) = problems_of(Mrd(blank_samples=["M01", "M04"]))

    assert problem == (
        "study.toml: mrd.blank_samples: sample 'M04' stands at visit DX, and a blank "
        "holds no leukaemia. Name samples that are known to be negative."
    )


def normal_reference(
    panel: str, *tubes: tuple[str, tuple[str, ...]]
) -> NormalReference:
    return NormalReference(
        "mine",
        "1.0.0",
        panel,
        "",
        tuple(TubeReference(tube, markers, 165.8, ()) for tube, markers in tubes),
    )


def template_of(panel: str) -> GatingTemplate:
    return load_template(shipped_documents() / f"templates/{panel}.toml")


def reference_faults(reference: NormalReference) -> list[str]:
    templates = {AIEOP: template_of(AIEOP)}
    return [str(one) for one in reference_problems(reference, templates, "r.toml")]


def test_a_reference_that_knows_every_marker_is_taken() -> None:
    mrd = template_of(AIEOP).tube("").mrd
    assert mrd is not None

    assert reference_faults(normal_reference(AIEOP, ("", mrd.markers))) == []


def test_a_reference_of_another_panel_is_refused() -> None:
    (fault,) = reference_faults(normal_reference("bcp-all-mrd-aieop", ("", ("CD19",))))

    assert fault == (
        "r.toml: is for panel 'bcp-all-mrd-aieop', which is not in the study; there "
        "are bcp-all-mrd-aieop-bfm. Did you mean 'bcp-all-mrd-aieop-bfm'?"
    )


def test_a_reference_without_a_marker_or_for_another_tube_is_refused() -> None:
    tubes = (("", ("CD19", "CD10", "CD34", "CD20", "CD45")), ("2", ("CD19",)))

    lacking, unknown = reference_faults(normal_reference(AIEOP, *tubes))

    assert lacking.startswith("r.toml: tube '' knows nothing of CD38, CD58, on which")
    assert unknown.startswith("r.toml: knows tube '2', in which template")
