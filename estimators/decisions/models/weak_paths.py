"""Paths that are not significant are dropped, and the model is fitted again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from estimators.base import Estimator
from estimators.decisions.models.respecified import Change, Said, outcomes_of, refused, respecified
from estimators.decisions.rule import Analysis, Changes, Outcome, Rule, check_number, no_standard_errors
from estimators.decisions.threshold import decimals
from sim.batch import Floats
from sim.errors import InputError, unknown
from sim.model import Model
from sim.targets import Target


@dataclass(frozen=True)
class WeakPaths(Rule):
    """The path with the largest p-value goes if that is `level` or more; then a new fit, until all are significant.

    Paths named in `keep` stay. So does a path without which the model cannot be estimated by the method, and one
    without p-value. In the table a path that went is 0, with the p-value that it had when it went.
    """

    level: float = 0.05
    keep: Sequence[str] = ()

    name: ClassVar[str] = "weak-paths"
    changes: ClassVar[Changes] = "model"
    needs_inference: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_number("level", self.level, 0, 1)
        if isinstance(self.keep, str) or not all(isinstance(name, str) for name in self.keep):
            raise InputError(f"keep is {self.keep!r}; give a list of paths, for instance ['Y~X']")
        object.__setattr__(self, "keep", tuple(self.keep))

    @property
    def label(self) -> str:
        """What a method with this rule is called in reports, after the method's own label."""
        return f"paths dropped at {decimals(self.level)}"

    @property
    def sentence(self) -> str:
        """What the rule does, in one sentence."""
        return (
            f"Paths with a p-value of {decimals(self.level)} or more are dropped, the least significant first, with a "
            "new fit after each."
        )

    def refusal(self, model: Model, deciding: Estimator) -> str | None:
        """There must be paths, p-values of them, and the paths that are to be kept."""
        if not model.paths:
            return "the model has no path; leave the step out"
        names = ["~".join(path) for path in model.paths]
        strange = [name for name in self.keep if name.replace(" ", "") not in names]
        if strange:
            return f"keep: {unknown('path', strange[0], names)}"
        return no_standard_errors(self, deciding)

    def apply(self, analysis: Analysis) -> Sequence[Outcome]:
        """The data sets with the models they come to, those alike together."""
        dropped: dict[Change, Floats] = {path: np.full(len(analysis.batch), np.nan) for path in analysis.model.paths}

        def look(now: Analysis, places: NDArray[np.intp]) -> Said:
            targets = [Target("path", path) for path in now.model.paths]
            fit = now.deciding.fit(now.batch, now.model, targets)
            choices = [self._weakest(p_value, now) for p_value in fit.p_value]
            for place, choice, p_value in zip(places, choices, fit.p_value, strict=True):
                if choice is not None:
                    dropped[choice][place] = p_value[now.model.paths.index(choice)]
            return choices, fit.status

        found = respecified(analysis, look, without_paths, len(analysis.model.paths))
        for places, model, _, _ in found:
            for path in model.paths:
                dropped[path][places] = np.nan  # taken back
        return outcomes_of(
            analysis, found, {(Target("path", path), "p_value"): values for path, values in dropped.items()}
        )

    def _weakest(self, p_value: Floats, now: Analysis) -> Change | None:
        """The path with the largest p-value (s,) that is too large and can go."""
        known = np.nan_to_num(p_value, nan=-1.0)
        kept = {name.replace(" ", "") for name in self.keep}
        for place in np.argsort(-known, kind="stable"):
            path = now.model.paths[place]
            if known[place] < self.level:
                return None
            smaller = without_paths(now.model, [path])
            if "~".join(path) not in kept and smaller.paths and not refused(smaller, now.method, now.deciding):
                return path
        return None


def without_paths(model: Model, paths: Sequence[Change]) -> Model:
    """The model without these paths."""
    return replace(model, paths=tuple(path for path in model.paths if path not in paths)) if paths else model
