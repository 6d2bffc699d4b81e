"""Check that the settings of an instrument are those of its earlier tubes."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from math import nan

from cytoflow_blina.quality.check import Check, Measured

_WINDOW = 12
_FEWEST = 6
_SETTLED = 0.8
_FEWEST_TO_VARY = 3
_RESTLESS = 0.5

Settings = Mapping[str, str]


@dataclass(frozen=True)
class SettingsHistory:
    """What the tubes that an instrument acquired before had in common.

    Attributes
    ----------
    n_tubes : int
        How many were looked at: the last twelve.
    settled : mapping of str to str
        Settings that at least four in five of six tubes or more had, and their value.
    restless : frozenset of str
        Settings that at most half of three tubes or more had in common: what daily
        setup adjusts, or what differs from sample to sample.
    """

    n_tubes: int = 0
    settled: Settings = field(default_factory=dict)
    restless: frozenset[str] = frozenset()


@dataclass(frozen=True)
class InstrumentTube:
    """The settings of one tube, and what came before."""

    settings: Settings
    history: SettingsHistory


def settings_before(
    samples: Iterable[tuple[object, Sequence[Settings]]],
) -> list[SettingsHistory]:
    """Say for each sample what the tubes before it had in common.

    Parameters
    ----------
    samples : iterable of (time, sequence of mapping of str to str)
        Time and settings of the tubes of each sample of one instrument and panel,
        sorted by time.

    Returns
    -------
    list of SettingsHistory
        One for each sample, from samples of an earlier time alone, so that a later
        one changes no earlier verdict.
    """
    window: deque[Settings] = deque(maxlen=_WINDOW)
    histories: list[SettingsHistory] = []
    for _, group in groupby(samples, key=lambda sample: sample[0]):
        at_once = [tubes for _, tubes in group]
        histories += [_in_common(tuple(window))] * len(at_once)
        window.extend(settings for tubes in at_once for settings in tubes)
    return histories


def _in_common(tubes: Sequence[Settings]) -> SettingsHistory:
    """Find what tubes have in common, and what they do not."""
    settled: dict[str, str] = {}
    restless: set[str] = set()
    for name in {name: None for settings in tubes for name in settings}:
        values = Counter(settings.get(name, "") for settings in tubes)
        value, n_alike = values.most_common(1)[0]
        share = n_alike / len(tubes)
        if len(tubes) >= _FEWEST and share >= _SETTLED:
            settled[name] = value
        if len(tubes) >= _FEWEST_TO_VARY and share <= _RESTLESS:
            restless.add(name)
    return SettingsHistory(len(tubes), settled, frozenset(restless))


def changed_settings(tube: InstrumentTube) -> Measured:
    """Count the settings that differ from the tubes before; any is bad.

    Parameters
    ----------
    tube : InstrumentTube
        Settings of the tube and of those before it on the same instrument, same panel.

    Returns
    -------
    Measured
        Number of settings; NaN where no setting is known to be kept.

    Notes
    -----
    Voltages, gains and amplifications, and the instrument words of CellQuest, compared
    as they are written with what at least four in five of the last twelve tubes had
    (design choice). What differs from tube to tube anyhow, as where the daily setup
    adjusts voltages, is not judged. Whether the daily setup itself passed stands in no
    FCS file.
    """
    settled = tube.history.settled
    if not any(_is_detector(name) or name.startswith("BD$") for name in settled):
        message = (
            f"{tube.history.n_tubes} earlier tubes of this instrument and panel show "
            "no setting that is kept."
        )
        return Measured(nan, message)
    changed = {
        name: (value, tube.settings.get(name, "nothing"))
        for name, value in sorted(settled.items())
        if tube.settings.get(name) != value
    }
    if not changed:
        message = f"{len(settled)} settings are as in the tubes before"
        n_restless = len(tube.history.restless)
        if n_restless:
            message += f"; {n_restless} more differ from tube to tube"
        return Measured(0, f"{message}.")
    listed = ", ".join(
        f"{plain_name(name)} {now} instead of {before}"
        for name, (before, now) in changed.items()
    )
    return Measured(len(changed), f"Changed against the tubes before: {listed}.")


def _is_detector(name: str) -> bool:
    return " $Pn" in name


def plain_name(setting: str) -> str:
    """Name a setting for a person.

    Parameters
    ----------
    setting : str
        `FL1-H $PnV`.

    Returns
    -------
    str
        `FL1-H voltage`; a name of another kind as it is.
    """
    words = {"V": "voltage", "G": "gain", "E": "amplification"}
    detector, separator, kind = setting.partition(" $Pn")
    return f"{detector} {words.get(kind, kind)}" if separator else setting


INSTRUMENT_SETTINGS = (Check("QC_INSTR", "settings", changed_settings),)
