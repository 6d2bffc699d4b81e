"""Claims as the paper prints them."""

import pytest

from cytoflow_blina.domain.claim import Claim
from cytoflow_blina.published.claims import published_claims
from cytoflow_blina.published.wording import published_p, published_text, sides

CLAIMS: dict[str, Claim] = {one.id: one for one in published_claims()}


@pytest.mark.parametrize(
    ("claim_id", "text"),
    [
        ("co.male", "64 of 105 (61 %)"),
        ("co.rr", "30"),
        ("co.courses", "1 to 4"),
        ("t1.gender", "34/17 v 30/24; P = 0.317"),
        ("t2.gender", "14/28 v 3/6; P = 1.000"),
        ("t4.ifng", "3.54, 8.81, 1.49, 1.85 v 3.89, 2.44, 3.22, 3.11 pg/mL"),
        ("f1.cd3_abs", "0.96 (0.03 to 3.79) v 1.13 (0.26 to 7.74) 1e9/L; P = 0.016"),
        ("km.efs_3", "97.8 ± 2.2 v 86.7 ± 6.2 v 73.3 ± 8.1 %; P = 0.001"),
        ("km.os_3", "97.8 ± 2.2 v 100 v 93.3 ± 4.6 %; P = 0.029"),
        ("km.efs_possub", "100 v 0 %; P < 0.0001"),
        ("f2.nk", "delta NK"),
    ],
)
def test_a_claim_is_written_as_printed(claim_id: str, text: str) -> None:
    assert published_text(CLAIMS[claim_id]) == text


def test_the_sign_of_a_p_value_is_written_unless_it_is_equality() -> None:
    assert published_p(CLAIMS["f1.cd3_abs"]) == "0.016"
    assert published_p(CLAIMS["km.efs_60"]) == "<0.0001"
    assert published_p(CLAIMS["co.n"]) == ""


def test_a_value_that_is_not_printed_keeps_its_place() -> None:
    assert sides("2.2 | ") == ("2.2", "")
