import pytest
from tests.mrd.tubes import RULES, tube

from cytoflow_blina.mrd.flags import MRD_FLAGS, MrdFlag
from cytoflow_blina.mrd.limitations import SampleFacts, find_limitations
from cytoflow_blina.report.mrd.advice import flag_advice, limitation_advice


@pytest.mark.parametrize("flag", MRD_FLAGS, ids=lambda flag: flag.code)
def test_every_flag_has_a_meaning_and_something_to_do(flag: MrdFlag) -> None:
    advice = flag_advice(flag.code)

    assert advice.words == flag.meaning
    assert advice.action.endswith(".")


def test_a_flag_that_is_not_known_stands_for_itself() -> None:
    assert flag_advice("FLAG_NEW").words == "FLAG_NEW."


def test_every_limitation_has_something_to_do() -> None:
    worst = tube(
        has_b_alt=False,
        has_nuclear_dye=False,
        has_reference=False,
        missing=("CD58",),
        viable_percent=60.0,
        stages={"granulocytes": 1_000, "cd10_granulocytes": 990},
    )
    found = [
        *find_limitations(worst, SampleFacts(True, 2), RULES),
        *find_limitations(worst, SampleFacts(), RULES),
    ]

    assert len({one.code for one in found}) == 8
    assert all(limitation_advice(one.text).action for one in found)
