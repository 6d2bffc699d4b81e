"""Perturb samples: other blood, other instrument settings, mistakes of a day.

A perturbation takes a planned sample and the seed of the study, and gives another
sample, or None where it does not apply to the sample's panel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from math import inf
from typing import Any

from cytoflow_blina.simulate.changes import (
    Change,
    age,
    break_tandem,
    misjudge_spill,
    overcompensate,
    put,
    resemble,
    saturate,
    shift_gain,
    shift_marker,
)
from cytoflow_blina.simulate.cytometers import DEFAULT_RANGES
from cytoflow_blina.simulate.plan import PlannedSample
from cytoflow_blina.simulate.populations import (
    CELLS,
    LYMPHOCYTES,
    NK_CELLS,
    T_CELLS,
)
from cytoflow_blina.simulate.seeds import stream

Perturbation = Callable[[PlannedSample, int], PlannedSample | None]

_ACTIVATED_SHARE = 0.4
_BLAST_SHARE = 0.2
_SHOULDER_SHARE = 0.1
_NK_SHARE = 0.5
_FEW_LYMPHOCYTES_PER_UL = 30.0
_AS_MANY_AS_THE_BLOOD_HOLDS = 200_000
_FEW_BEADS = 300
_OTHER_LOT = 0.7
_LESS_BLOOD = 0.7
_BROKEN_TANDEM = 0.11
_DRIFT_DECADES = 0.12
_SMALL_MONOCYTE_SHARE = 0.25
_CD19_NEGATIVE_SHARE = 0.15
_LARGE_T_SIDE_SCATTER = 2.2
_SETTLING = 6 / 17
"""Losing so many beads by the end leaves three quarters in the last third."""


def _with_tubes(sample: PlannedSample, **values: Any) -> PlannedSample:
    """Give every tube of the sample other values."""
    return replace(
        sample, tubes=tuple(replace(tube, **values) for tube in sample.tubes)
    )


def _with_blood(sample: PlannedSample, cells: Mapping[str, float]) -> PlannedSample:
    """Give the person other concentrations of some cells."""
    return _with_tubes(sample, concentrations={**sample.concentrations, **cells})


def _added(others: float, share: float) -> float:
    """Find how many cells beside others make that share of all."""
    return others * share / (1 - share)


def _altered(sample: PlannedSample, *changes: Change) -> PlannedSample:
    """Change what every tube of the sample draws."""
    tubes = (replace(one, changes=(*one.changes, *changes)) for one in sample.tubes)
    return replace(sample, tubes=tuple(tubes))


def _changed(change: Change) -> Perturbation:
    """Make a perturbation of what every tube of the sample draws."""

    def perturbed(sample: PlannedSample, seed: int) -> PlannedSample:  # noqa: ARG001
        return _altered(sample, change)

    return perturbed


def _no_b(sample: PlannedSample, seed: int) -> PlannedSample:  # noqa: ARG001
    return _with_blood(sample, {"b": 0.0})


def _five_b(sample: PlannedSample, seed: int) -> PlannedSample:  # noqa: ARG001
    """Leave as many B cells as give five events where the stop rule can be met."""
    without = sum(
        sample.concentrations.get(name, 0.0) for name in LYMPHOCYTES if name != "b"
    )
    n_lymphocytes = sample.tubes[0].n_lymphocytes
    return _with_blood(sample, {"b": 5 * without / (n_lymphocytes - 5)})


def _many_nk(sample: PlannedSample, seed: int) -> PlannedSample:  # noqa: ARG001
    """Let half of the lymphocytes be NK cells."""
    blood = sample.concentrations
    now = sum(blood.get(name, 0.0) for name in NK_CELLS)
    others = sample.lymphocytes_per_ul - now
    factor = _added(others, _NK_SHARE) / now
    return _with_blood(sample, {name: factor * blood[name] for name in NK_CELLS})


def _activated_t(sample: PlannedSample, seed: int) -> PlannedSample:  # noqa: ARG001
    """Activate two T cells of five: larger, more granular, less CD3."""
    cells = {}
    for resting in ("cd4_t", "cd8_t"):
        active = f"activated_{resting}"
        both = sample.concentrations.get(resting, 0.0) + sample.concentrations.get(
            active, 0.0
        )
        cells[active] = _ACTIVATED_SHARE * both
        cells[resting] = both - cells[active]
    return _with_blood(sample, cells)


def _few_lymphocytes(sample: PlannedSample, seed: int) -> PlannedSample:  # noqa: ARG001
    """Thin out all cells until the blood is used up before the stop rule is met."""
    factor = _FEW_LYMPHOCYTES_PER_UL / sample.lymphocytes_per_ul
    thinned = {name: factor * n for name, n in sample.concentrations.items()}
    return _with_tubes(
        sample, concentrations=thinned, max_events=_AS_MANY_AS_THE_BLOOD_HOLDS
    )


def _many_monocytes(sample: PlannedSample, seed: int) -> PlannedSample:  # noqa: ARG001
    return _with_blood(sample, {"monocyte": 3 * sample.lymphocytes_per_ul})


def _small_monocytes(sample: PlannedSample, seed: int) -> PlannedSample:  # noqa: ARG001
    """Add monocytes, as monoblasts, that CD45 and scatter cannot tell apart."""
    n = _added(sample.lymphocytes_per_ul, _SMALL_MONOCYTE_SHARE)
    change = partial(resemble, population="monocyte", like="b", markers=("CD45",))
    return _altered(_with_blood(sample, {"monocyte": n}), change)


def _cd19_negative(sample: PlannedSample, seed: int) -> PlannedSample:  # noqa: ARG001
    """Add B cells that have lost CD19; no panel here has another marker of theirs."""
    n = _added(sample.lymphocytes_per_ul, _CD19_NEGATIVE_SHARE)
    like_b = partial(resemble, population="b_blast", like="b", markers=("CD45",))
    lost = partial(shift_marker, marker="CD19", decades=-inf, populations=("b_blast",))
    return _altered(_with_blood(sample, {"b_blast": n}), like_b, lost)


def _many_t(subset: str, share: float) -> Perturbation:
    """Let a share of the T cells be of one kind that is rare."""

    def perturbed(sample: PlannedSample, seed: int) -> PlannedSample:  # noqa: ARG001
        blood = sample.concentrations
        others = sum(blood.get(name, 0.0) for name in T_CELLS if name != subset)
        return _with_blood(sample, {subset: _added(others, share)})

    return perturbed


def _large_t(sample: PlannedSample, seed: int) -> PlannedSample:
    """Let activated T cells scatter aside more than twice as much as resting ones."""
    changes = (
        partial(
            resemble,
            population=f"activated_{resting}",
            like=resting,
            scatter=_LARGE_T_SIDE_SCATTER,
        )
        for resting in ("cd4_t", "cd8_t")
    )
    return _altered(_activated_t(sample, seed), *changes)


def _granulocyte_shoulder(sample: PlannedSample, seed: int) -> PlannedSample:  # noqa: ARG001
    n = sample.concentrations.get("neutrophil", 0.0)
    shoulder = _SHOULDER_SHARE * n
    return _with_blood(sample, {"degranulated": shoulder, "neutrophil": n - shoulder})


def _blasts(sample: PlannedSample, seed: int) -> PlannedSample:  # noqa: ARG001
    others = sum(
        sample.concentrations.get(name, 0.0) for name in CELLS if name != "b_blast"
    )
    return _with_blood(sample, {"b_blast": _added(others, _BLAST_SHARE)})


def _tandem(sample: PlannedSample, seed: int) -> PlannedSample | None:
    if DEFAULT_RANGES.cytometers[sample.panel].tandem is None:
        return None
    return _changed(partial(break_tandem, more=_BROKEN_TANDEM))(sample, seed)


def _aged(hours: float) -> Perturbation:
    """Let the blood stand for some hours before it is stained."""

    def perturbed(sample: PlannedSample, seed: int) -> PlannedSample | None:
        older = _changed(partial(age, days=hours / 24))(sample, seed)
        return older and replace(older, hours_since_draw=hours)

    return perturbed


def _axis_pile(sample: PlannedSample, seed: int) -> PlannedSample | None:
    """Subtract CD45 from CD4 and CD19 until their negatives are gone."""
    if DEFAULT_RANGES.cytometers[sample.panel].stores != "channels":
        return None
    change = partial(overcompensate, pair=("FL3-H", "FL4-H"), excess=0.1)
    return _changed(change)(sample, seed)


def _scaled_to(wbc_per_ul: float, **values: Any) -> Perturbation:
    """Thicken or thin the blood to so many leukocytes."""

    def perturbed(sample: PlannedSample, seed: int) -> PlannedSample:  # noqa: ARG001
        factor = wbc_per_ul / sample.wbc_per_ul
        scaled = {name: factor * n for name, n in sample.concentrations.items()}
        return _with_tubes(sample, concentrations=scaled, **values)

    return perturbed


def _prepared(
    sample: PlannedSample, tubes: Sequence[str], **values: Any
) -> PlannedSample:
    """Prepare some tubes of a sample otherwise."""
    return replace(
        sample,
        tubes=tuple(
            replace(tube, preparation=replace(tube.preparation, **values))
            if tube.tube in tubes
            else tube
            for tube in sample.tubes
        ),
    )


def _beads_missing(sample: PlannedSample, seed: int) -> PlannedSample:  # noqa: ARG001
    return _prepared(sample, [t.tube for t in sample.tubes], bead_share=0.0)


def _few_beads(sample: PlannedSample, seed: int) -> PlannedSample:  # noqa: ARG001
    """Lose beads until some 300 are left among the events."""
    tube = sample.tubes[0]
    preparation = tube.preparation
    in_tube = sample.lymphocytes_per_ul * preparation.blood_volume_ul
    acquired = min(tube.n_lymphocytes / in_tube, 0.9) * (
        preparation.beads_per_tube or 0
    )
    share = min(_FEW_BEADS / acquired, 1.0) if acquired else 1.0
    return _prepared(sample, [t.tube for t in sample.tubes], bead_share=share)


def _wrong_lot(sample: PlannedSample, seed: int) -> PlannedSample:  # noqa: ARG001
    """Copy the number of beads from the pouch of another lot, 30 % lower."""
    for tube in sample.tubes:
        preparation = tube.preparation
        sample = _prepared(
            sample,
            [tube.tube],
            beads_per_tube=_OTHER_LOT * (preparation.beads_per_tube or 0.0),
            bead_share=preparation.bead_share / _OTHER_LOT,
        )
    return sample


def _pipetting_error(sample: PlannedSample, seed: int) -> PlannedSample:
    """Give the tube, or one of two, 30 % less blood than meant."""
    rng = stream(seed, "pipetting error", sample.sample_id)
    tube = sample.tubes[int(rng.integers(len(sample.tubes)))]
    return _prepared(sample, [tube.tube], blood_share=_LESS_BLOOD)


def _swapped(sample: PlannedSample, seed: int) -> PlannedSample | None:
    """Save each of two tubes under the name of the other; no label tells them apart."""
    if len(sample.tubes) != 2:
        return None
    first, second = (tube.tube for tube in sample.tubes)
    unlabelled = _form(labelled=False)(sample, seed)
    return unlabelled and replace(
        unlabelled,
        stored_as={first: sample.file_name(second), second: sample.file_name(first)},
    )


def _form(**values: Any) -> Perturbation:
    """Make a perturbation of what the files declare."""

    def perturbed(sample: PlannedSample, seed: int) -> PlannedSample:  # noqa: ARG001
        return replace(
            sample,
            tubes=tuple(
                replace(tube, form=replace(tube.form, **values))
                for tube in sample.tubes
            ),
        )

    return perturbed


def _few_events(sample: PlannedSample, seed: int) -> PlannedSample:  # noqa: ARG001
    return _with_tubes(sample, max_events=800)


def _old(sample: PlannedSample, seed: int) -> PlannedSample:  # noqa: ARG001
    """Say in the sheet alone that the blood is old."""
    return replace(sample, hours_since_draw=80.0)


def _without_beads(sample: PlannedSample, seed: int) -> PlannedSample:  # noqa: ARG001
    """Count by the haematology analyser."""
    tubes = tuple(
        replace(tube, preparation=replace(tube.preparation, beads_per_tube=None))
        for tube in sample.tubes
    )
    return replace(sample, tubes=tubes, count_method="dual")


PERTURBATIONS: Mapping[str, Perturbation] = {
    "no_b": _no_b,
    "b_5": _five_b,
    "nk_high": _many_nk,
    "activated_t": _activated_t,
    "alc_30": _few_lymphocytes,
    "large_t": _large_t,
    "gamma_delta": _many_t("dn_t", 0.25),
    "dp_high": _many_t("dp_t", 0.25),
    "nkt_high": _many_t("nkt_like", 0.3),
    "monocytes": _many_monocytes,
    "small_monocytes": _small_monocytes,
    "cd19_negative": _cd19_negative,
    "granulocyte_shoulder": _granulocyte_shoulder,
    "blasts_20": _blasts,
    "pmt_up_0.1": _changed(partial(shift_gain, decades=0.1)),
    "pmt_up_0.2": _changed(partial(shift_gain, decades=0.2)),
    "pmt_down_0.1": _changed(partial(shift_gain, decades=-0.1)),
    "pmt_down_0.2": _changed(partial(shift_gain, decades=-0.2)),
    "spill_0.7": _changed(partial(misjudge_spill, factor=0.7)),
    "spill_1.3": _changed(partial(misjudge_spill, factor=1.3)),
    "tandem": _tandem,
    "cd3_dim": _changed(
        partial(shift_marker, marker="CD3", decades=-0.3, populations=T_CELLS)
    ),
    "debris_50": _changed(partial(put, debris=0.5)),
    "doublets_5": _changed(partial(put, doublets=0.05)),
    "aged_48h": _aged(48),
    "aged_72h": _aged(72),
    "saturated": _changed(partial(saturate, marker="CD45")),
    "axis_pile": _axis_pile,
    "leukopenic": _scaled_to(300.0),
    "leukocytosis": _scaled_to(34_000.0, n_beads=3_000, max_events=250_000),
    "few_events": _few_events,
    "gain_drift": _changed(partial(put, drift=10**_DRIFT_DECADES - 1)),
    "clog": _changed(partial(put, clogged=0.12)),
    "bubble": _changed(partial(put, bubbles_per_s=0.12)),
    "carry_over": _changed(partial(put, carry_over=0.02)),
    "beads_missing": _beads_missing,
    "beads_few": _few_beads,
    "beads_wide": _changed(partial(put, dim_beads=0.35)),
    "beads_settling": _changed(partial(put, settling=_SETTLING)),
    "wrong_lot": _wrong_lot,
    "pipetting_error": _pipetting_error,
    "tubes_swapped": _swapped,
    "time_wrapped": _form(time_wraps=True),
    "unlabelled": _form(labelled=False),
    "old_specimen": _old,
    "no_beads": _without_beads,
}
"""What can happen to every sample of a study; a new one is a new entry."""
