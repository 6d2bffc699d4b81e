"""Keep candidates like normal CD19-negative precursors out of the count of MRD.

Normal marrow holds CD19- CD22+ CD34+ CD10- precursors of B cells, more of them after
anti-CD19 therapy; some may be preleukaemic (Blood 2022;140:38). No program calls them
leukaemia: they are listed, and a person decides.
"""

from __future__ import annotations

from collections.abc import Sequence

from cytoflow_blina.domain.mrd import MrdCandidate, TubeMrd

PRECURSOR = "early_b"
"""Name of these cells among the normal populations of a reference."""


def is_like_precursors(candidate: MrdCandidate) -> bool:
    """Tell whether a candidate is like normal CD19-negative precursors.

    Parameters
    ----------
    candidate : MrdCandidate
        A candidate of a tube.

    Returns
    -------
    bool
        True for one that the program proposed, without CD19, to which they are the
        nearest normal cells, and whose CD10 is not brighter and whose CD34 not dimmer
        than theirs beyond the limit of an aberrancy. False for one that a person drew,
        and where no reference tells what is nearest. A CD10 or CD34 that was not
        measured sets nothing apart.
    """
    sets_apart = any(
        (one.marker == "CD10" and one.decades > 0)
        or (one.marker == "CD34" and one.decades < 0)
        for one in candidate.aberrancies
    )
    return (
        candidate.gate_source == "fitted"
        and candidate.cd19 == "negative"
        and candidate.nearest_normal == PRECURSOR
        and not sets_apart
    )


def counted_candidates(candidates: Sequence[MrdCandidate]) -> tuple[MrdCandidate, ...]:
    """Take the candidates whose events count as MRD.

    Parameters
    ----------
    candidates : sequence of MrdCandidate
        Of a tube; may be empty.

    Returns
    -------
    tuple of MrdCandidate
        All but those like normal CD19-negative precursors, in the same order.
    """
    return tuple(one for one in candidates if not is_like_precursors(one))


def count_mrd_events(mrd: TubeMrd) -> int:
    """Count the events of the candidates that count as MRD.

    Parameters
    ----------
    mrd : TubeMrd
        What was found in a tube; its `mrd_events` are those of all candidates.

    Returns
    -------
    int
        Events in at least one counted candidate. Exact where candidates share no
        events, where one candidate alone is counted, and where all are; otherwise no
        less than the number, so that MRD is never understated. An event that a counted
        candidate shares with precursors is counted.
    """
    counted = counted_candidates(mrd.candidates)
    if len(counted) == len(mrd.candidates):
        return mrd.mrd_events
    return min(mrd.mrd_events, sum(one.n_events for one in counted))
