"""What study.toml may say of residual leukaemia."""

from types import SimpleNamespace
from typing import cast

import pytest

from cytoflow_blina.domain.template import GatingTemplate
from cytoflow_blina.workflow.mrd_problems import mrd_problems
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
SAMPLES = ("M01", "M02", "M03")


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
