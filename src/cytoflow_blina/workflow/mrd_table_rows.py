"""Write the verdicts on marrow samples as rows of the tables of residual leukaemia."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

from cytoflow_blina.cohort.sample_row import SampleRow
from cytoflow_blina.domain.mrd import MrdCandidate, NormalReference
from cytoflow_blina.domain.mrd_verdict import MrdVerdict
from cytoflow_blina.domain.population import percent
from cytoflow_blina.mrd.flags import hematogone_percent
from cytoflow_blina.mrd.precursors import counted_candidates, is_like_precursors
from cytoflow_blina.mrd.verdict import difference_words

UNREVIEWED = "UNREVIEWED"
"""Review of a verdict that no person has signed."""


@dataclass(frozen=True)
class SampleVerdict:
    """The verdicts on one marrow sample.

    Attributes
    ----------
    row : SampleRow
        Its first row of the sheet.
    tubes : tuple of MrdVerdict
        On each of its tubes.
    chosen : MrdVerdict
        On the tube that speaks for the sample.
    manual : frozenset of str
        Tubes whose gates a person gave.
    reference : NormalReference or None
        Normal cells of the panel; None where none are known.
    """

    row: SampleRow
    tubes: tuple[MrdVerdict, ...]
    chosen: MrdVerdict
    manual: frozenset[str]
    reference: NormalReference | None = None


def sample_row(sample: SampleVerdict) -> dict[str, object]:
    """Write the row of a sample.

    Parameters
    ----------
    sample : SampleVerdict
        The verdicts on it.

    Returns
    -------
    dict of str to object
        By the columns of `mrd.csv`; those that are not known are left out, or NaN.
    """
    chosen, row = sample.chosen, sample.row
    return {
        "sample_id": row.sample_id,
        "subject_id": row.subject_id,
        "visit": row.visit,
        "specimen": row.specimen,
        **_verdict_cells(chosen),
        **_sensitivity_cells(chosen),
        **_tube_cells(chosen),
        "review_status": UNREVIEWED,
        "source_tube": chosen.tube,
        "cd19_positive_percent": chosen.cd19_positive_percent,
        "sentence": chosen.sentence,
        "gate_source": _gate_source(sample),
        **_reference_cells(sample),
    }


def _reference_cells(sample: SampleVerdict) -> dict[str, object]:
    """Name the normal cells that a tube was compared with; nothing for none."""
    mrd, reference = sample.chosen.mrd, sample.reference
    if reference is None or mrd is None or not mrd.has_reference:
        return {"reference": "", "reference_version": ""}
    return {"reference": reference.name, "reference_version": reference.version}


def _gate_source(sample: SampleVerdict) -> str:
    """Say who made the gates of a sample; empty where there are none."""
    if sample.chosen.mrd is None:
        return ""
    return "manual" if sample.chosen.tube in sample.manual else "fitted"


def _verdict_cells(verdict: MrdVerdict) -> dict[str, object]:
    """Write what both tables say of a verdict."""
    found, mrd = verdict.sensitivity, verdict.mrd
    return {
        "mrd_events": mrd.mrd_events if mrd else None,
        "denominator": verdict.denominator,
        "status": verdict.status,
        "class": verdict.mrd_class,
        "cd19_on_mrd": verdict.cd19,
        "limitations": [one.text for one in verdict.limitations],
        "limitation_codes": [one.code for one in verdict.limitations],
        "flags": verdict.flags,
        "reason": verdict.reason,
        "n_candidates": len(mrd.candidates) if mrd else None,
        "b_lineage_events": mrd.stages.get("b_lineage") if mrd else None,
        "viable_percent": mrd.viable_percent if mrd else nan,
        **(
            {
                "denominator_events": found.n_denominator,
                "mrd_percent": found.mrd_percent,
                "mrd_percent_lo95": found.mrd_percent_lo95,
                "mrd_percent_hi95": found.mrd_percent_hi95,
                "lod_percent": found.lod_percent,
                "lloq_percent": found.lloq_percent,
            }
            if found
            else {}
        ),
    }


def _sensitivity_cells(verdict: MrdVerdict) -> dict[str, object]:
    """Write the arithmetic; nothing where there is none."""
    found = verdict.sensitivity
    if found is None:
        return {"paper_rule": verdict.paper_rule}
    return {
        "paper_rule": verdict.paper_rule,
        "mrd_censored": not found.is_detected,
        "mrd_upper_percent": nan if found.is_detected else found.upper_percent,
        "counting_upper_percent": found.counting_upper_percent,
        "profile": found.profile,
        "lod_events": found.lod_events,
        "lloq_events": found.lloq_events,
        "lod_source": found.lod_source,
        "events_for_lod": found.events_for_lod,
        "events_for_lloq": found.events_for_lloq,
        "events_to_detect": found.events_to_detect,
        "events_to_quantify": found.events_to_quantify,
    }


def _tube_cells(verdict: MrdVerdict) -> dict[str, object]:
    """Write what was found in the tube of a verdict; nothing where it is not known."""
    mrd = verdict.mrd
    if mrd is None:
        return {}
    largest = next(iter(counted_candidates(mrd.candidates)), None)
    counted = mrd.denominators
    return {
        "denominator_quality": "dye" if mrd.has_nuclear_dye else "approx",
        **{
            f"{code.lower()}_events": counted.get(code)
            for code in ("NUC", "MNC", "CD45P", "WBC")
        },
        **{
            f"mrd_percent_of_{code.lower()}": percent(
                mrd.mrd_events, counted.get(code, 0)
            )
            for code in ("NUC", "MNC")
        },
        "hematogone_percent": hematogone_percent(mrd),
        "cd19_decades_below_b": largest.cd19_decades_below_b if largest else nan,
        "aberrancies": _aberrancies(largest) if largest else (),
        "compared_with": mrd.compared_with,
    }


def _aberrancies(candidate: MrdCandidate) -> tuple[str, ...]:
    return tuple(difference_words(one) for one in candidate.aberrancies)


def tube_row(sample: SampleVerdict, verdict: MrdVerdict) -> dict[str, object]:
    """Write the row of a tube.

    Parameters
    ----------
    sample : SampleVerdict
        The verdicts on its sample.
    verdict : MrdVerdict
        That on the tube.

    Returns
    -------
    dict of str to object
        By the columns of `mrd_tubes.csv`.
    """
    return {
        "sample_id": sample.row.sample_id,
        "tube": verdict.tube,
        **_verdict_cells(verdict),
        "is_source": verdict is sample.chosen,
    }


def candidate_row(
    sample_id: str, verdict: MrdVerdict, candidate: MrdCandidate
) -> dict[str, object]:
    """Write the row of a candidate.

    Parameters
    ----------
    sample_id : str
        Its sample.
    verdict : MrdVerdict
        On its tube.
    candidate : MrdCandidate
        The candidate.

    Returns
    -------
    dict of str to object
        By the columns of `mrd_candidates.csv`.
    """
    found = verdict.sensitivity
    return {
        "sample_id": sample_id,
        "tube": verdict.tube,
        "path": candidate.path,
        "n_events": candidate.n_events,
        "percent_of_denominator": percent(
            candidate.n_events, found.n_denominator if found else 0
        ),
        "score_sd": candidate.score_sd,
        "nearest_normal": candidate.nearest_normal,
        "aberrancies": _aberrancies(candidate),
        "spread_decades": [
            f"{marker} {spread:.2f}"
            for marker, spread in candidate.spread_decades.items()
        ],
        "cd19": candidate.cd19,
        "cd19_decades_below_b": candidate.cd19_decades_below_b,
        "cd19_positive_percent": candidate.cd19_positive_percent,
        "diagnosis_sd": candidate.diagnosis_sd,
        "shifts": tuple(difference_words(one) for one in candidate.shifts),
        "gate_source": candidate.gate_source,
        "is_counted": not is_like_precursors(candidate),
    }
