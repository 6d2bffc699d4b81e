"""Tell which detector of a tube stands for which marker of its panel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cytoflow_blina.domain.events import Channel
from cytoflow_blina.domain.panel import (
    Assignment,
    Panel,
    PanelChannel,
    PanelMatch,
    PanelTube,
)
from cytoflow_blina.errors import PanelError, Problem, did_you_mean
from cytoflow_blina.preprocess.labels import (
    Labels,
    dye,
    is_nothing,
    is_silent,
    known_dye,
    pulse_base,
    pulse_shape,
    read_labels,
    same_name,
)


def match_panel(
    panel: Panel,
    tube_id: str,
    channels: Sequence[Channel],
    *,
    where: str,
    others: Sequence[Panel] = (),
) -> PanelMatch:
    """Recognise the markers of a tube.

    Parameters
    ----------
    panel : Panel
        The panel that the sample sheet names.
    tube_id : str
        The tube of the panel that the file is said to be; empty in a panel of one.
    channels : sequence of Channel
        The channels of the file.
    where : str
        File name, for messages.
    others : sequence of Panel, optional
        Further known panels, to say which would fit when this one does not.

    Returns
    -------
    PanelMatch
        A detector and a reason for each marker that the file has.

    Raises
    ------
    PanelError
        Where the file's labels contradict the panel, a required marker is not there,
        or two detectors could be meant; with all such problems, what the file holds
        and what was expected.

    Notes
    -----
    The label that the operator typed (`$PnS`) comes first. Where it says nothing,
    the detectors that the panel names are taken, then a detector that bears the name
    of the marker's dye. A label that says something else than the panel expects of
    its detector is never passed over: where it names a marker of the panel, or the
    marker is required, the file is refused; else the marker counts as not measured.
    """
    tube = _tube(panel, tube_id, where)
    attempt = _attempt(panel, tube, channels)
    if not attempt.faults:
        return PanelMatch(
            panel.name,
            tube_id,
            attempt.assignments,
            attempt.missing,
            attempt.notes,
        )
    problems = [Problem(where, fault) for fault in attempt.faults]
    fitting = _fitting(panel, tube, others, channels)
    if fitting:
        # What to do comes first; the faults then say why.
        message = f"its labels fit {' or '.join(fitting)}; correct the sheet."
        problems.insert(0, Problem(where, message))
    problems.append(Problem(where, _summary(panel, tube, channels)))
    raise PanelError(*problems)


def _tube(panel: Panel, tube_id: str, where: str) -> PanelTube:
    """Find the tube, or say which there are."""
    ids = [tube.id for tube in panel.tubes]
    if tube_id in ids:
        return panel.tube(tube_id)
    if ids == [""]:
        found = f"is tube {tube_id!r}, but panel {panel.name!r} has one tube without id"
        raise PanelError(Problem(where, f"{found}; leave the column 'tube' empty."))
    raise PanelError(
        Problem(
            where,
            f"is tube {tube_id!r}, but panel {panel.name!r} has tubes "
            f"{', '.join(map(repr, ids))}; correct the column 'tube'."
            f"{did_you_mean(tube_id, ids)}",
        )
    )


@dataclass(frozen=True)
class _Attempt:
    """What came of holding a file against a tube of a panel."""

    assignments: tuple[Assignment, ...]
    missing: tuple[str, ...]
    notes: tuple[str, ...]
    faults: tuple[str, ...]
    n_labelled: int


@dataclass(frozen=True)
class _Outcome:
    """What came of looking for one marker: at most one of the first two is set."""

    detector: str = ""
    fault: str = ""
    reason: str = ""
    by_label: bool = False


def _attempt(panel: Panel, tube: PanelTube, channels: Sequence[Channel]) -> _Attempt:
    """Hold a file against one tube of a panel."""
    labels = read_labels(panel, tube, channels)
    outcomes = [
        (
            wanted,
            _find_scatter(wanted, channels)
            if wanted.kind == "scatter"
            else _find_fluorescence(wanted, labels),
        )
        for wanted in tube.channels
    ]
    assigned = [
        Assignment(wanted.marker, outcome.detector, outcome.reason)
        for wanted, outcome in outcomes
        if outcome.detector
    ]
    absent = [(wanted, outcome) for wanted, outcome in outcomes if not outcome.detector]
    faults = [outcome.fault for _, outcome in absent if outcome.fault]
    faults += _shared_detectors(tube, assigned)
    faults += _too_few(tube, assigned)
    return _Attempt(
        assignments=tuple(assigned),
        missing=tuple(wanted.marker for wanted, _ in absent),
        notes=tuple(
            f"{wanted.marker} is not measured: {outcome.reason}"
            for wanted, outcome in absent
            if not outcome.fault
        ),
        faults=tuple(dict.fromkeys(faults)),
        n_labelled=sum(outcome.by_label for _, outcome in outcomes),
    )


def _find_scatter(wanted: PanelChannel, channels: Sequence[Channel]) -> _Outcome:
    """Find a scatter channel: the first of the panel's names that the file has."""
    for name in wanted.detectors:
        for channel in channels:
            if same_name(channel.detector, name) and channel.kind != "time":
                reason = f"the panel names detector {name!r}"
                return _Outcome(channel.detector, reason=reason)
    return _absent(wanted, "no detector has one of its names")


def _find_fluorescence(wanted: PanelChannel, labels: Labels) -> _Outcome:
    """Find a marker by the labels, then by the panel's detectors, then by the dye."""
    candidates = _one_of_each_pulse(wanted, labels.naming(wanted.marker))
    if len(candidates) > 1:
        return _Outcome(
            fault=f"{wanted.marker} is ambiguous: the labels of {_listed(candidates)} "
            "all name it. Say in the panel which label is meant (key 'antigens')."
        )
    if candidates:
        return _by_label(wanted, candidates[0], labels)
    channel, reason = _by_name(wanted, labels.channels)
    if channel is None:
        return _absent(wanted, "no label names it and none of its detectors is there")
    return _unlabelled(wanted, channel, reason, labels)


def _one_of_each_pulse(
    wanted: PanelChannel, candidates: Iterable[Channel]
) -> list[Channel]:
    """Keep one of area, height and width of a detector, in the order of detectors.

    The one that the panel names, else area, else height.
    """
    by_base: dict[str, list[Channel]] = {}
    for channel in candidates:
        by_base.setdefault(pulse_base(channel.detector).upper(), []).append(channel)

    def rank(channel: Channel) -> tuple[int, int]:
        listed = _listed_at(wanted, channel)
        return listed, "A H W".find(pulse_shape(channel.detector) or " ")

    return [min(pulses, key=rank) for pulses in by_base.values()]


def _listed_at(wanted: PanelChannel, channel: Channel) -> int:
    """Place of a channel among the panel's detectors for a marker; last if absent."""
    for place, name in enumerate(wanted.detectors):
        if same_name(channel.detector, name):
            return place
    return len(wanted.detectors)


def _expected_of(channel: Channel, tube: PanelTube) -> str:
    """Marker that the panel expects of a detector; empty where it names none."""
    for wanted in tube.channels:
        is_listed = _listed_at(wanted, channel) < len(wanted.detectors)
        if is_listed and wanted.kind == "fluorescence":
            return wanted.marker
    return ""


def _by_label(wanted: PanelChannel, channel: Channel, labels: Labels) -> _Outcome:
    """Take a channel that is labelled with the marker, unless the panel objects."""
    also = [name for name in labels.markers_of(channel) if name != wanted.marker]
    if also:
        return _Outcome(
            fault=f"{_described(channel)}, which names {wanted.marker} and {also[0]}."
        )
    expected = _expected_of(channel, labels.tube)
    if expected not in {"", wanted.marker}:
        return _Outcome(fault=_contradiction(channel, expected))
    found = known_dye(channel)
    has_dye = found == dye(wanted.fluorochrome)
    if not expected and found and wanted.fluorochrome and not has_dye:
        return _Outcome(
            fault=f"{_described(channel)}, whose dye is {found}, where the panel has "
            f"{wanted.marker} on {wanted.fluorochrome}."
        )
    reason = "its name is the antigen's"
    if channel.label.strip():
        reason = f"$PnS is {_quoted(channel)}"
    if not expected and not has_dye and wanted.detectors:
        reason += f"; the panel expected {wanted.detectors[0]!r}"
    is_sure = has_dye or expected == wanted.marker
    return _Outcome(channel.detector, reason=reason, by_label=is_sure)


def _contradiction(channel: Channel, expected: str) -> str:
    """Say that a label is not what the panel expects of its detector."""
    return f"{_described(channel)}, where the panel expects {expected}."


def _by_name(
    wanted: PanelChannel, channels: Sequence[Channel]
) -> tuple[Channel | None, str]:
    """Find a channel by the panel's detectors, then by the name of the dye."""
    for name in wanted.detectors:
        for channel in channels:
            if same_name(channel.detector, name):
                return channel, f"the panel names detector {channel.detector!r}"
    if wanted.fluorochrome:
        dyed = [
            channel
            for channel in channels
            if pulse_shape(channel.detector) != "W"
            and dye(wanted.fluorochrome) in {dye(channel.detector), dye(channel.label)}
        ]
        for channel in _one_of_each_pulse(wanted, dyed)[:1]:
            return channel, f"its detector bears the dye's name, {wanted.fluorochrome}"
    return None, ""


def _unlabelled(
    wanted: PanelChannel, channel: Channel, reason: str, labels: Labels
) -> _Outcome:
    """Take a channel by its name, unless its label says something else."""
    label = channel.label
    named = labels.markers_of(channel)
    if named:
        return _Outcome(fault=_contradiction(channel, wanted.marker))
    if is_nothing(label) or not is_silent(label, channel.detector):
        return _absent(wanted, _described(channel))
    says = "$PnS is empty"
    if label.strip():
        says = f"$PnS {_quoted(channel)} names no antigen"
    return _Outcome(channel.detector, reason=f"{reason}; {says}")


def _absent(wanted: PanelChannel, why: str) -> _Outcome:
    """Report a marker that is not there: a fault only where it is required."""
    if wanted.required:
        return _Outcome(fault=f"{wanted.marker} is required and not found: {why}.")
    return _Outcome(reason=why)


def _shared_detectors(tube: PanelTube, assigned: Sequence[Assignment]) -> Iterator[str]:
    """Find a detector that stands for two antigens."""
    kinds = {wanted.marker: wanted.kind for wanted in tube.channels}
    owner: dict[str, str] = {}
    for assignment in assigned:
        if kinds[assignment.marker] == "scatter":
            continue
        first = owner.setdefault(assignment.detector, assignment.marker)
        if first != assignment.marker:
            yield f"{assignment.detector!r} would be {first} and {assignment.marker}."


def _too_few(tube: PanelTube, assigned: Sequence[Assignment]) -> Iterator[str]:
    """Find a tube that has so little of the panel that it will be another one's."""
    wanted = {one.marker for one in tube.channels if one.kind == "fluorescence"}
    found = [one.marker for one in assigned if one.marker in wanted]
    if len(found) * 2 < len(wanted):
        listed = ", ".join(found) or "none"
        yield f"of the panel's {len(wanted)} markers only {listed} were found."


def _summary(panel: Panel, tube: PanelTube, channels: Sequence[Channel]) -> str:
    """Say what was expected and what the file holds."""
    title = f"tube {tube.id!r} of panel {panel.name!r}" if tube.id else panel.name
    return (
        f"the file does not fit {title}, which expects {', '.join(tube.markers)}; it "
        f"holds {_listed(channels)}. Name the right panel and tube in the sample "
        "sheet, or write the lab's detectors into the panel."
    )


def _listed(channels: Iterable[Channel]) -> str:
    """List channels as detector and label."""
    return ", ".join(
        f"{channel.detector} {_quoted(channel)}"
        if channel.label.strip()
        else channel.detector
        for channel in channels
    )


def _described(channel: Channel) -> str:
    """Say of a channel how it is labelled."""
    if not channel.label.strip():
        return f"{channel.detector} has no label"
    return f"{channel.detector} is labelled {_quoted(channel)}"


def _quoted(channel: Channel) -> str:
    """Write a label as it was typed, without what a terminal cannot show."""
    return repr(" ".join(channel.label.split()))


def _fitting(
    panel: Panel, tube: PanelTube, others: Sequence[Panel], channels: Sequence[Channel]
) -> list[str]:
    """Name the tubes of this and other panels that the labels speak for."""
    found = []
    for candidate in dict.fromkeys((panel, *others)):
        for other in candidate.tubes:
            if (candidate.name, other.id) == (panel.name, tube.id):
                continue
            attempt = _attempt(candidate, other, channels)
            if not attempt.faults and attempt.n_labelled >= 2:
                name = f"panel {candidate.name!r}"
                found.append(f"tube {other.id!r} of {name}" if other.id else name)
    return found
