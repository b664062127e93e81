"""What reports are told of a method's decisions: its steps, and the rule by which it drops items."""

from collections.abc import Mapping
from typing import Any

from benchmarks.study.study import Study
from estimators.decisions.rule import Rule
from estimators.decisions.threshold import Threshold
from estimators.methods import Method


def steps(method: Method) -> list[dict[str, Any]]:
    """The steps in their order: label, sentence, what each changes, and the path that it wants significant, if any."""
    rules = [step.rule for step in method.steps]
    return [
        {"label": each.label, "sentence": each.sentence, "changes": each.changes, "path": _path(each)} for each in rules
    ]


def rule(method: Method, study: Study) -> Mapping[str, Any] | None:
    """What drops items because of the items: the rule of `screening`, or those of the steps taken as one; or None.

    A step that drops items to make a path significant is none: it judges no item. strong_kept: whether it means to keep
    every item that counts as strong, which only rules with one threshold of loadings say.
    """
    rules = [method.rule] if method.rule else [step.rule for step in method.steps if _judges_items(step.rule)]
    if not rules:
        return None
    alone = rules[0] if len(rules) == 1 and isinstance(rules[0], Threshold) else None
    few = [each.too_few for each in rules if hasattr(each, "too_few")]
    return {
        "name": ", ".join(each.name for each in rules),
        "label": ", then ".join(each.label for each in rules),
        "threshold": alone.threshold if alone else None,
        "minimum_items": min(getattr(each, "minimum_items", 1) for each in rules),
        "sentence": " ".join(each.sentence for each in rules),
        "strong_kept": alone is not None and study.file.performance.true_loading >= alone.threshold,
    } | ({"too_few": few[0]} if few else {})


def _judges_items(rule: Rule) -> bool:
    return rule.changes == "items" and _path(rule) is None


def _path(rule: Rule) -> str | None:
    """The path that a step wants to be significant, or None."""
    return getattr(rule, "path", None) or None
