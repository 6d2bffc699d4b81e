"""A marrow tube that cannot be is refused in words."""

import pytest

from cytoflow_blina.errors import ConfigError
from cytoflow_blina.simulate.marrow.check import refuse_what_cannot_be
from cytoflow_blina.simulate.marrow.cytometers import (
    AIEOP,
    COG,
    DEFAULT_MARROW_RANGES,
    EUROFLOW,
    POST_CD19,
)
from cytoflow_blina.simulate.marrow.spec import CloneSpec, MarrowSpec

REFUSED = {
    f"simulate: there is no marrow panel 'bcp'; there are {AIEOP}, {POST_CD19}, "
    f"{EUROFLOW}, {COG}.": MarrowSpec("bcp"),
    f"simulate: {EUROFLOW} has no tube '3'; it has '1', '2'.": MarrowSpec(
        EUROFLOW, "3"
    ),
    f"simulate: {AIEOP} has no marker 'CD59' that could be missing; it has SYTO, CD58, "
    "CD34, CD19, CD10, CD38, CD20, CD45. Did you mean 'CD58'?": MarrowSpec(
        AIEOP, missing=("CD59",)
    ),
    "simulate: there is no marrow 'dry'; there are regenerating, resting, "
    "aplasia.": MarrowSpec(AIEOP, kind="dry"),
    "simulate: debris_share is 1.0; give 0 or more, and less than 1.": MarrowSpec(
        AIEOP, debris_share=1.0
    ),
    "simulate: closeness is 1.5; give 0 to 1.": MarrowSpec(
        AIEOP, clones=(CloneSpec(1, closeness=1.5),)
    ),
    "simulate: 3 clones; give 2 at most.": MarrowSpec(
        AIEOP, clones=(CloneSpec(1),) * 3
    ),
    "simulate: 11 blasts among 10 nucleated cells; give no more blasts than "
    "cells.": MarrowSpec(AIEOP, n_nucleated=10, clones=(CloneSpec(11),)),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_cannot_be_is_refused(message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        refuse_what_cannot_be(REFUSED[message], DEFAULT_MARROW_RANGES)

    assert str(caught.value) == message


def test_all_problems_are_told_at_once() -> None:
    spec = MarrowSpec("bcp", kind="dry", clones=(CloneSpec(1),) * 3)

    with pytest.raises(ConfigError) as caught:
        refuse_what_cannot_be(spec, DEFAULT_MARROW_RANGES)

    assert str(caught.value).count("simulate: ") == 3


def test_a_tube_of_blasts_alone_can_be() -> None:
    spec = MarrowSpec(AIEOP, n_nucleated=10, clones=(CloneSpec(10),))

    refuse_what_cannot_be(spec, DEFAULT_MARROW_RANGES)
