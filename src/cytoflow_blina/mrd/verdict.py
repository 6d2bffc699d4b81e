"""Judge a marrow tube: from what was found in it to what may be said of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import isnan, nan

from cytoflow_blina.domain.mrd import Aberrancy, Cd19, MrdCandidate, TubeMrd
from cytoflow_blina.domain.mrd_verdict import (
    MrdLimitation,
    MrdSensitivity,
    MrdVerdict,
)
from cytoflow_blina.mrd.flags import MrdEvidence, raised_mrd_flags
from cytoflow_blina.mrd.limitations import SampleFacts, find_limitations
from cytoflow_blina.mrd.precursors import count_mrd_events, counted_candidates
from cytoflow_blina.mrd.rules import BlankRule, MrdRules
from cytoflow_blina.mrd.sensitivity import BlankLimit, measure_sensitivity
from cytoflow_blina.mrd.status import decide_status, status_sentence


@dataclass(frozen=True)
class MrdConvention:
    """By which of the rules a study judges.

    Attributes
    ----------
    profile : str
        Name of the event rule, one of the document's.
    denominator : str
        Code of what is 100 %; empty for that of each panel.
    """

    profile: str
    denominator: str = ""


@dataclass(frozen=True)
class MrdContext:
    """What is known of a tube beside its events.

    Attributes
    ----------
    tube : str
        Its id; empty in a panel of one.
    facts : SampleFacts
        What the tables of the study say of the sample.
    are_gates_given : bool
        Whether a person gave the gates. A candidate drawn among them needs no
        reference; without one, gates that hold no candidate say nothing.
    has_blanks : bool
        Whether the study names blank samples of this tube.
    blank : BlankLimit or None
        The limit that they give; None where there are too few.
    """

    tube: str = ""
    facts: SampleFacts = field(default_factory=SampleFacts)
    are_gates_given: bool = False
    has_blanks: bool = False
    blank: BlankLimit | None = None


def judge_tube(
    mrd: TubeMrd, context: MrdContext, convention: MrdConvention, rules: MrdRules
) -> MrdVerdict:
    """Judge one tube.

    Parameters
    ----------
    mrd : TubeMrd
        What was found in it.
    context : MrdContext
        What is known of it besides.
    convention : MrdConvention
        Event rule and denominator of the study.
    rules : MrdRules
        Rules and limits.

    Returns
    -------
    MrdVerdict
        `NOT_EVALUABLE` with its reason where nothing tells B lineage, nothing is
        100 %, candidates were not sought, or more events are candidates than are
        100 %. Gates that a person gave are judged like any others. Its `mrd` counts
        the candidates that count: none like normal CD19-negative precursors.
    """
    mrd = replace(mrd, mrd_events=count_mrd_events(mrd))
    counted = counted_candidates(mrd.candidates)
    denominator = convention.denominator or mrd.denominator
    reason = _why_not_evaluable(mrd, denominator, context)
    sensitivity = None
    if not reason:
        sensitivity = measure_sensitivity(
            mrd.mrd_events,
            mrd.denominators[denominator],
            rules.profiles[convention.profile],
            profile=convention.profile,
            cut_percent=rules.cut_percent,
            blank_lod_percent=context.blank.limit_of_detection
            if context.blank
            else nan,
        )
    limitations = (
        *find_limitations(mrd, context.facts, rules),
        *_of_blanks(context, rules.blank),
    )
    decided = decide_status(
        sensitivity, is_limited=any(one.is_limiting for one in limitations)
    )
    cd19, cd19_positive_percent = cd19_of_all(counted)
    return MrdVerdict(
        tube=context.tube,
        mrd=mrd,
        denominator=denominator,
        sensitivity=sensitivity,
        status=decided.status,
        mrd_class=decided.mrd_class,
        paper_rule=decided.paper_rule,
        cd19=cd19,
        cd19_positive_percent=cd19_positive_percent,
        limitations=limitations,
        flags=raised_mrd_flags(MrdEvidence(mrd, sensitivity, context.facts), rules),
        sentence=_sentence(sensitivity, denominator, limitations, reason),
        reason=reason,
    )


def not_evaluable(tube: str, reason: str) -> MrdVerdict:
    """Give the verdict on a tube of which nothing is known.

    Parameters
    ----------
    tube : str
        Its id.
    reason : str
        Why, in a sentence without its full stop.

    Returns
    -------
    MrdVerdict
        Of status `NOT_EVALUABLE`.
    """
    decided = decide_status(None)
    return MrdVerdict(
        tube=tube,
        mrd=None,
        denominator="",
        sensitivity=None,
        status=decided.status,
        mrd_class=decided.mrd_class,
        paper_rule=decided.paper_rule,
        cd19="",
        cd19_positive_percent=nan,
        limitations=(),
        flags=(),
        sentence=_sentence(None, "", (), reason),
        reason=reason,
    )


def choose_tube(verdicts: Sequence[MrdVerdict]) -> MrdVerdict:
    """Choose the tube that speaks for a sample.

    Parameters
    ----------
    verdicts : sequence of MrdVerdict
        On its tubes, one or more.

    Returns
    -------
    MrdVerdict
        Of the evaluable tubes one in which MRD is detected, so that another with more
        events below its limit of detection never hides it; then that with most
        candidate events, then with most events of the denominator, then the first by
        id. Events of different tubes are never added, because they are different cells
        of one pull.
    """
    return min(verdicts, key=_rank)


def _rank(verdict: MrdVerdict) -> tuple[bool, bool, int, int, bool, str]:
    """Put the tube that says most first."""
    found = verdict.sensitivity
    return (
        found is None,
        not (found and found.is_detected),
        -found.n_events if found else 0,
        -found.n_denominator if found else 0,
        verdict.mrd is None,
        verdict.tube,
    )


def cd19_of_all(candidates: Sequence[MrdCandidate]) -> tuple[Cd19, float]:
    """Call CD19 over all candidates of a tube.

    Parameters
    ----------
    candidates : sequence of MrdCandidate
        Most events first; may be empty.

    Returns
    -------
    cd19 : {"positive", "dim", "negative", "mixed", ""}
        That of the largest where all carry it, dim or not; mixed where one does and
        another does not; empty where none is called.
    positive_percent : float
        Positive events in percent, weighted by events; NaN where not measured.
    """
    called = [one for one in candidates if one.cd19]
    calls = {one.cd19 for one in called}
    measured = [one for one in called if not isnan(one.cd19_positive_percent)]
    n_events = sum(one.n_events for one in measured)
    positive = sum(one.n_events * one.cd19_positive_percent for one in measured)
    share = positive / n_events if n_events else nan
    if not called:
        return "", share
    is_one_kind = len(calls) == 1 or calls == {"positive", "dim"}
    return (called[0].cd19 if is_one_kind else "mixed"), share


def difference_words(found: Aberrancy) -> str:
    """Say how one marker differs.

    Parameters
    ----------
    found : Aberrancy
        The difference.

    Returns
    -------
    str
        "CD10 brighter by 0.8 decade", "CD38 dimmer by 1.2 decades".
    """
    direction = "brighter" if found.decades >= 0 else "dimmer"
    size = f"{abs(found.decades):.1f}"
    return f"{found.marker} {direction} by {size} decade{'s' if size > '1.0' else ''}"


def _why_not_evaluable(mrd: TubeMrd, denominator: str, context: MrdContext) -> str:
    """Say why nothing may be said of a tube; empty where something may."""
    if not mrd.has_cd19 and not mrd.has_b_alt:
        return (
            "no marker tells B lineage: the tube measures neither CD19 nor what stands "
            "in for it"
        )
    if not {"b19", "b_alt", "b_lineage"} & set(mrd.stages):
        missing = f" (not measured: {', '.join(mrd.missing)})" if mrd.missing else ""
        return f"the gates of B lineage fell away{missing}"
    is_sought = mrd.has_reference or mrd.candidates or mrd.mrd_events
    if not is_sought:
        no_gate = " and the given gates hold none" if context.are_gates_given else ""
        return (
            f"candidates were not sought{no_gate}, because no normal reference of this "
            "panel is named in study.toml ([documents] references)"
        )
    return _what_denominator_lacks(mrd, denominator)


def _what_denominator_lacks(mrd: TubeMrd, denominator: str) -> str:
    """Say why nothing is a percentage of a denominator; empty where something is."""
    if denominator not in mrd.denominators:
        known = ", ".join(mrd.denominators) or "none"
        return f"the tube has no {denominator}, which is to be 100 %; it has {known}"
    n_events = mrd.denominators[denominator]
    if not n_events:
        return f"no event is in {denominator}, which is to be 100 %"
    if mrd.mrd_events > n_events:
        return (
            f"at least {mrd.mrd_events - n_events:,} of {mrd.mrd_events:,} candidate "
            f"events lie outside of the denominator {denominator} ({n_events:,} "
            "events), so that no percentage can be had; choose NUC ([mrd] denominator "
            "in study.toml)"
        )
    return ""


def _of_blanks(context: MrdContext, rule: BlankRule) -> Iterator[MrdLimitation]:
    """Say where the limit of detection by blank samples rests on little."""
    if not context.has_blanks:
        return
    blank = context.blank
    if blank is None:
        text = "too few blank samples of this tube for a limit of blank, two at least"
        yield MrdLimitation("no_blank_limit", text, is_limiting=False)
        return
    if (
        blank.n_blank < rule.fewest_blank_samples
        or blank.n_low < rule.fewest_low_samples
    ):
        text = (
            f"limit of blank from {blank.n_blank} blank and {blank.n_low} low samples, "
            f"where {rule.fewest_blank_samples} and {rule.fewest_low_samples} are "
            "asked for"
        )
        yield MrdLimitation("few_blank_samples", text, is_limiting=False)


def _sentence(
    sensitivity: MrdSensitivity | None,
    denominator: str,
    limitations: Sequence[MrdLimitation],
    reason: str,
) -> str:
    """Say the verdict, and what limits it."""
    if sensitivity is None:
        return f"Not evaluable: {reason}."
    said = status_sentence(sensitivity, denominator)
    limiting = "; ".join(one.text for one in limitations if one.is_limiting)
    return f"{said} Limited: {limiting}." if limiting else said
