"""Check what a study says of residual leukaemia: its settings and its references."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from cytoflow_blina.domain.mrd import NormalReference
from cytoflow_blina.domain.template import GatingTemplate
from cytoflow_blina.errors import Problem, did_you_mean
from cytoflow_blina.mrd.follow_up import DIAGNOSIS
from cytoflow_blina.mrd.rules import MrdRules
from cytoflow_blina.workflow.study import STUDY_FILE, Mrd

WHERE = f"{STUDY_FILE}: mrd"


def mrd_problems(
    settings: Mrd,
    rules: MrdRules,
    samples: Mapping[str, str],
    templates: Collection[GatingTemplate],
) -> Iterator[Problem]:
    """Find what `[mrd]` of study.toml names and the study does not have.

    Parameters
    ----------
    settings : Mrd
        `[mrd]` of study.toml.
    rules : MrdRules
        Event rules.
    samples : mapping of str to str
        Visit of each sample of the sheet, by its id.
    templates : collection of GatingTemplate
        Templates of the study.

    Yields
    ------
    Problem
        An unknown event rule or sample, a sample named twice, a denominator that no
        template can give.
    """
    if settings.profile not in rules.profiles:
        yield Problem(
            f"{WHERE}.profile",
            f"unknown profile {settings.profile!r}; known are "
            f"{', '.join(rules.profiles)}."
            + did_you_mean(settings.profile, rules.profiles),
        )
    yield from _sample_problems(settings, samples)
    known = {
        code
        for template in templates
        for tube in template.tubes
        if tube.mrd is not None
        for code in tube.mrd.denominators
    }
    if settings.denominator and known and settings.denominator not in known:
        yield Problem(
            f"{WHERE}.denominator",
            f"no template of the study counts {settings.denominator}; they count "
            f"{', '.join(sorted(known))}.",
        )


def _sample_problems(settings: Mrd, samples: Mapping[str, str]) -> Iterator[Problem]:
    """Find blank and low samples that are not in the sheet, or are both or twice."""
    named = [*settings.blank_samples, *settings.low_samples]
    for key in ("blank_samples", "low_samples"):
        for sample_id in getattr(settings, key):
            if sample_id not in samples:
                message = f"sample {sample_id!r} is not in the sample sheet."
                message += did_you_mean(sample_id, tuple(samples))
                yield Problem(f"{WHERE}.{key}", message)
            elif key == "blank_samples" and samples[sample_id] == DIAGNOSIS:
                message = (
                    f"sample {sample_id!r} stands at visit {DIAGNOSIS}, and a blank "
                    "holds no leukaemia. Name samples that are known to be negative."
                )
                yield Problem(f"{WHERE}.{key}", message)
    for sample_id in dict.fromkeys(named):
        if named.count(sample_id) > 1:
            message = (
                f"sample {sample_id!r} is named twice among blank and low samples; "
                "name it once."
            )
            yield Problem(WHERE, message)


def reference_problems(
    reference: NormalReference, templates: Mapping[str, GatingTemplate], name: str
) -> Iterator[Problem]:
    """Find what a normal reference and the templates of a study do not share.

    Parameters
    ----------
    reference : NormalReference
        The reference.
    templates : mapping of str to GatingTemplate
        Templates of the study by panel.
    name : str
        The reference's file, as study.toml names it.

    Yields
    ------
    Problem
        A panel that the study does not have, a tube that the panel does not look for
        MRD in, a marker that the template compares and the reference does not know.
    """
    template = templates.get(reference.panel)
    if template is None:
        yield Problem(
            name,
            f"is for panel {reference.panel!r}, which is not in the study; there are "
            f"{', '.join(sorted(templates))}."
            + did_you_mean(reference.panel, tuple(templates)),
        )
        return
    sought = {tube.tube: tube.mrd for tube in template.tubes if tube.mrd is not None}
    for tube in reference.tubes:
        mrd = sought.get(tube.tube)
        if mrd is None:
            message = (
                f"knows tube {tube.tube!r}, in which template {template.name!r} does "
                "not look for MRD. Learn it again with this template."
            )
            yield Problem(name, message)
            continue
        unknown = [one for one in mrd.markers if one not in tube.markers]
        if unknown:
            message = (
                f"tube {tube.tube!r} knows nothing of {', '.join(unknown)}, on which "
                f"template {template.name!r} compares cells. Learn it again with this "
                "template."
            )
            yield Problem(name, message)
