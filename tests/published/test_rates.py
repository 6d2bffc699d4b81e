"""Survival rates from n and events."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations_with_replacement
from math import nan
from pathlib import Path

import pytest

from cytoflow_blina.domain.claim import Claim, Verdict
from cytoflow_blina.errors import ConfigError
from cytoflow_blina.published.claims import published_claims
from cytoflow_blina.published.printed_numbers import prints_as
from cytoflow_blina.published.rates import (
    read_risk_sets,
    survival_rates,
    survival_verdict,
)
from cytoflow_blina.stats.survival import RiskSet, rate_from_risk_sets

CLAIMS: Mapping[str, Claim] = {one.id: one for one in published_claims()}
SURVIVAL = [one.id for one in CLAIMS.values() if one.test_named == "log-rank"]


def prints(sets: list[tuple[int, int]], rate: str, se: str) -> bool:
    """Whether risk sets give a printed rate and standard error."""
    found = rate_from_risk_sets([RiskSet(*one) for one in sets])
    return prints_as(100 * found.rate, rate) and prints_as(100 * found.se, se)


def test_all_20_rates_come_out_of_n_and_events() -> None:
    rows = survival_rates()

    assert len(rows) == 20
    assert [row.claim for row in rows if not row.matches] == []


def test_every_side_of_every_survival_claim_is_rebuilt() -> None:
    places = [place for row in survival_rates() for place in row.claim.split(";")]

    assert len(places) == len(set(places)) == 26
    assert {place.rpartition(".")[0] for place in places} == set(SURVIVAL)


def test_the_groups_make_up_the_cohort() -> None:
    sizes = {row.group: row.n for row in survival_rates()}

    assert sizes["R/R"] + sizes["CR-MRDpos"] + sizes["CR-MRDneg"] == 105
    assert sizes["R/R"] + sizes["not R/R"] == 105


def test_one_digit_that_differs_anywhere_is_no_match() -> None:
    wrong = replace(CLAIMS["km.efs_3"], b_value="73.4")
    claims = [wrong if one.id == wrong.id else one for one in CLAIMS.values()]

    failed = [row.group for row in survival_rates(claims) if not row.matches]

    assert failed == ["R/R"]


def test_a_rate_of_98_6_needs_one_censored_before_the_death() -> None:
    fits = [n for n in range(60, 76) if prints([(n, 1)], "98.6", "1.3")]

    assert fits == [74]


def test_a_rate_of_78_8_has_one_solution_among_ten() -> None:
    fits = [
        (first, second)
        for second, first in combinations_with_replacement(range(1, 11), 2)
        if second < first and prints([(first, 1), (second, 1)], "78.8", "13.4")
    ]

    assert fits == [(10, 8)]
    assert not prints([(10, 2)], "78.8", "13.4")


def cohort(**others: float) -> Mapping[str, float]:
    """P values of a cohort that has every printed P but those of two sentences."""
    agreeing = {
        one: (0.5 if CLAIMS[one].p_op == "=" else 0.1) * 10.0**-9
        if CLAIMS[one].p_op == "<"
        else float(CLAIMS[one].published_p)
        for one in SURVIVAL
    }
    two_groups = {"km.efs_posneg": 0.0227, "km.os_posneg": 0.422}
    return {**agreeing, **two_groups, **others}


def test_a_log_rank_p_of_a_cohort_is_consistent_and_never_reproduced() -> None:
    verdicts = {
        one: survival_verdict(CLAIMS[one], cohort(), CLAIMS).verdict for one in SURVIVAL
    }

    assert {one for one in SURVIVAL if verdicts[one] is Verdict.DISCREPANCY} == {
        "km.efs_posneg",
        "km.os_posneg",
    }
    assert set(verdicts.values()) == {Verdict.CONSISTENT, Verdict.DISCREPANCY}


def test_the_p_of_three_groups_in_a_sentence_of_two_is_told() -> None:
    found = survival_verdict(CLAIMS["km.os_posneg"], cohort(), CLAIMS)

    assert found.our_p == 0.422
    assert found.reason == (
        "These n and events give every printed rate and standard error. A synthetic "
        "cohort fitted to these rates has P 0.4220 for them. The paper prints the same "
        "P, 0.029, for these and further groups (OS 3 groups), for which the cohort "
        "has 0.0290."
    )


def test_a_p_that_a_cohort_lacks_is_no_discrepancy_of_the_paper() -> None:
    found = survival_verdict(CLAIMS["km.os_rr"], {"km.os_rr": 0.14}, CLAIMS)

    assert found.verdict is Verdict.NOT_RECOMPUTABLE
    assert "P 0.1400" in found.reason


@pytest.mark.parametrize("p_of_cohort", [{}, {"km.efs_rr": nan}])
def test_without_patients_the_rates_come_out_and_p_does_not(
    p_of_cohort: Mapping[str, float],
) -> None:
    found = survival_verdict(CLAIMS["km.efs_rr"], p_of_cohort, CLAIMS)

    assert found.verdict is found.p_verdict is Verdict.NOT_RECOMPUTABLE
    assert found.reason.startswith("These n and events give every printed rate")
    assert "73.33 ± 8.07 % (R/R, 22 of 30 without event)" in found.ours


@pytest.mark.parametrize("p_value", [1.0, nan])
def test_without_any_event_the_test_is_not_defined(p_value: float) -> None:
    claim = CLAIMS["km.os_possub"]

    found = survival_verdict(claim, {claim.id: p_value}, CLAIMS)

    assert found.verdict is Verdict.CONSISTENT
    assert found.our_p != found.our_p
    assert "not defined" in found.reason
    assert "P not defined" in found.ours


def test_a_rate_that_does_not_come_out_is_a_discrepancy_whatever_p() -> None:
    wrong = replace(CLAIMS["km.efs_rr"], se_b="3.0")

    found = survival_verdict(wrong, cohort(), {**CLAIMS, wrong.id: wrong})

    assert found.verdict is Verdict.DISCREPANCY
    assert found.reason == "n and events do not give the printed rate of not R/R."


def test_groups_stand_in_the_order_of_the_claim() -> None:
    ours = survival_verdict(CLAIMS["km.efs_3"], {}, CLAIMS).ours

    assert ours.index("CR-MRDneg") < ours.index("CR-MRDpos") < ours.index("R/R")


def test_every_fault_of_the_risk_sets_is_told_at_once(tmp_path: Path) -> None:
    document = tmp_path / "risk_sets.toml"
    entries = [
        ("R/R", 30, "[[30, 8]]"),
        ("MRDneg", 24, "[[23, 3]]"),
        ("MRDpos", 6, "[[6, 7]]"),
        ("others", 6, "[[6]]"),
    ]
    document.write_text(
        "".join(
            f'[[rate]]\nprinted = ["a.a"]\ngroup = "{group}"\nendpoint = "EFS"\n'
            f'n = {n}\nrisk_sets = {sets}\nsource = "x"\n'
            for group, n, sets in entries
        )
        + '[[whole]]\ngroup = "R/R"\nparts = ["MRDneg", "MRDpos"]\n'
        + '[[whole]]\ngroup = "all"\nparts = ["R/R", "MRDpos"]\n',
        encoding="utf-8",
    )

    with pytest.raises(ConfigError) as raised:
        read_risk_sets(document)

    found = [str(one) for one in raised.value.problems]
    assert found[0] == (
        "risk_sets.toml: rate[1], EFS of MRDneg: the first risk set has 23, n is 24."
    )
    assert found[1].startswith("risk_sets.toml: rate[2], EFS of MRDpos: risk set 0")
    assert "a risk set is [at risk, events]" in found[2]
    assert found[3] == (
        "risk_sets.toml: whole 'R/R': EFS has 8 events of 30; its parts have "
        "3 of 24 + 7 of 6."
    )
    assert found[4] == "risk_sets.toml: whole 'all': no EFS is given for all."
