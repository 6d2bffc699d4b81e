"""Let events arrive one after the other, on a good day and on a bad one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cytoflow_blina.domain.events import FloatArray
from cytoflow_blina.simulate.conditions import Conditions
from cytoflow_blina.simulate.crowd import BEAD, Crowd, air, join, left_over, take

_CLOG_S = (2.0, 5.0)
_CLOGGED_RATE = 0.1
_CLOGGED_DECADES = 0.1
_BUBBLE_S = 0.3
_BUBBLE_RATE = 5.0
_CARRIED_OVER_S = 2.0


@dataclass(frozen=True, eq=False)
class Course:
    """Events in the order in which they came.

    Attributes
    ----------
    crowd : Crowd
        The events.
    time_s : ndarray of float64, shape (n_events,)
        Seconds since the start.
    strength : ndarray of float64, shape (n_events,)
        Factor on all fluorescence of the event: drift, and clogs.
    """

    crowd: Crowd
    time_s: FloatArray
    strength: FloatArray


def arrive(crowd: Crowd, conditions: Conditions, rng: np.random.Generator) -> Course:
    """Let events of the tube arrive by chance, at an even rate.

    Parameters
    ----------
    crowd : Crowd
        In the order in which they are to come.
    conditions : Conditions
        Rate and drift.
    rng : numpy.random.Generator
        Where the gaps between events come from.

    Returns
    -------
    Course
        Of the same events.
    """
    n_events = crowd.codes.size
    time_s = np.cumsum(rng.exponential(1 / conditions.events_per_s, n_events))
    return Course(crowd, time_s, _drifted(time_s, conditions))


def _drifted(time_s: FloatArray, conditions: Conditions) -> FloatArray:
    """Let all gains drift from the first to the last event."""
    last_s = float(time_s[-1]) if time_s.size else 1.0
    strength: FloatArray = 1 + conditions.drift * time_s / last_s
    return strength


def disturb(
    course: Course,
    conditions: Conditions,
    previous: FloatArray,
    size_spread: float,
    rng: np.random.Generator,
) -> Course:
    """Let beads settle, the nozzle clog, bubbles pass, and old cells come first.

    Parameters
    ----------
    course : Course
        Of a good day.
    conditions : Conditions
        What of all this happens; with none of it the course stays as it is.
    previous : ndarray of float64, shape (n_populations,)
        Particles of each kind in the sample before this one, in any unit.
    size_spread : float
        As in `Ranges`.
    rng : numpy.random.Generator
        Where chance comes from, apart from that of the good day.

    Returns
    -------
    Course
        In order of time.
    """
    n_events = course.crowd.codes.size
    if not n_events:
        return course
    if conditions.settling:
        course = _settle(course, conditions, rng)
    if conditions.clogged:
        course = _clog(course, conditions, rng)
    if conditions.bubbles_per_s:
        course = _bubble(course, conditions, rng)
    if conditions.carry_over:
        n = rng.poisson(conditions.carry_over * n_events * previous / previous.sum())
        particles = np.repeat(np.arange(n.size), n)
        others = left_over(particles, conditions, size_spread, rng)
        time_s = rng.uniform(0, _CARRIED_OVER_S, particles.size)
        course = _mixed(course, others, time_s)
    return course


def _settle(course: Course, conditions: Conditions, rng: np.random.Generator) -> Course:
    """Lose more and more beads to the bottom of the tube."""
    moment = course.time_s / course.time_s[-1]
    is_lost = rng.random(moment.size) < conditions.settling * moment
    kept = np.flatnonzero(~is_lost | (course.crowd.codes != BEAD))
    return Course(take(course.crowd, kept), course.time_s[kept], course.strength[kept])


def _clog(course: Course, conditions: Conditions, rng: np.random.Generator) -> Course:
    """Let a tenth pass for some seconds, at a signal a little off, now and then."""
    time_s, strength = course.time_s, course.strength.copy()
    share = conditions.clogged
    n_clogs = max(round(time_s[-1] * share / (1 - share) / np.mean(_CLOG_S)), 1)
    later: FloatArray = time_s.copy()
    # One clog falls into each part of the time.
    part = time_s[-1] / n_clogs
    for number in range(n_clogs):
        passed_s = _CLOGGED_RATE * rng.uniform(*_CLOG_S)
        begin = part * (number + rng.uniform(0.2, 0.8))
        later += np.clip(time_s - begin, 0, passed_s) * (1 / _CLOGGED_RATE - 1)
        is_within = (time_s >= begin) & (time_s < begin + passed_s)
        strength[is_within] *= 10 ** (_CLOGGED_DECADES * rng.choice((-1, 1)))
    return Course(course.crowd, later, strength)


def _bubble(course: Course, conditions: Conditions, rng: np.random.Generator) -> Course:
    """Let bursts of air pass."""
    last_s = course.time_s[-1]
    n_bubbles = max(round(last_s * conditions.bubbles_per_s), 1)
    begins = (np.arange(n_bubbles) + rng.uniform(0.2, 0.8, n_bubbles)) * (
        last_s / n_bubbles
    )
    in_each = rng.poisson(_BUBBLE_RATE * _BUBBLE_S * conditions.events_per_s, n_bubbles)
    time_s = np.repeat(begins, in_each)
    time_s += rng.uniform(0, _BUBBLE_S, time_s.size)
    return _mixed(course, air(time_s.size, conditions, rng), time_s)


def _mixed(course: Course, others: Crowd, time_s: NDArray[np.float64]) -> Course:
    """Put other events among those of the tube, by their time."""
    times = np.concatenate((course.time_s, time_s))
    strength = np.concatenate((course.strength, np.ones(time_s.size)))
    order = np.argsort(times, kind="stable")
    return Course(
        take(join(course.crowd, others), order), times[order], strength[order]
    )
