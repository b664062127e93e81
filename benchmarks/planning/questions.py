"""What may be asked of a number of respondents: something that happens in a data set or not, and how often it is to."""

from dataclasses import dataclass, field

import numpy as np

from benchmarks.planning.setting import Planned, Setting
from benchmarks.planning.significance import significant
from estimators.base import Status
from estimators.decisions.loadings.all_at_once import AllAtOnce
from estimators.decisions.threshold import Threshold
from estimators.wrappers.screening import Screening
from estimators.wrappers.wrapper import standardised
from sim.batch import Batch, Bools, Floats
from sim.errors import InputError
from sim.targets import Target


@dataclass(frozen=True)
class Question:
    """How many respondents give the rate `wanted`?

    Rates are over all data sets: where a method fails it has not happened. `targets`: what it is asked about; none of
    rules that drop items.
    """

    wanted: float
    targets: tuple[Target, ...] = ()

    #: The name of the rate, in tables and in files.
    name = ""

    @property
    def subject(self) -> str:
        """What it is asked about: the targets' names."""
        return " and ".join(target.name for target in self.targets)

    @property
    def brief(self) -> str:
        """What is wanted, in a word and a number: `power 80%`."""
        return f"{self.name} {100 * self.wanted:g}%"

    def happened(self, setting: Setting, planned: Planned, batch: Batch) -> Bools:
        """Whether it happened in each of R data sets (R,)."""
        raise NotImplementedError

    def never(self, setting: Setting, planned: Planned) -> str:
        """Why no number of respondents can be enough, where that is known beforehand; empty otherwise."""
        lacking = [target.name for target in self.targets if not planned.has(target)]
        return f"{planned.label} fits a model without {', '.join(lacking)}" if lacking else ""


@dataclass(frozen=True)
class Power(Question):
    """How often every one of the paths is called significant: of several, in the same data set."""

    name = "power"

    @property
    def subject(self) -> str:
        """The path, or that it is about all of them."""
        return super().subject if len(self.targets) == 1 else "all paths"

    def happened(self, setting: Setting, planned: Planned, batch: Batch) -> Bools:
        """Whether all are significant (R,)."""
        return np.asarray(significant(planned, batch, self.targets, setting.alpha).all(axis=1))

    def never(self, setting: Setting, planned: Planned) -> str:
        """A path that is 0 in truth has no power."""
        zero = [t.name for t in self.targets if planned.has(t) and setting.truth(t, 1000, planned.method) == 0]
        if zero:
            are = "is" if len(zero) == 1 else "are"
            return f"in truth {' and '.join(zero)} {are} 0, so what a test finds there is its type I error, not power"
        return super().never(setting, planned)


@dataclass(frozen=True)
class Coverage(Question):
    """How often the interval holds the true value."""

    name = "coverage"

    def happened(self, setting: Setting, planned: Planned, batch: Batch) -> Bools:
        """Whether the interval holds the truth of its data set (R,)."""
        fit = planned.fit(planned.data(batch), self.targets)
        truth = truths(setting, planned, batch, self.targets[0])
        return np.asarray((fit.lower[:, 0] <= truth) & (truth <= fit.upper[:, 0]))


@dataclass(frozen=True)
class Width(Question):
    """How often the interval is no wider than `widest`; half of them are where that is the median width."""

    widest: float = 0.2
    name = "width"

    @property
    def brief(self) -> str:
        """`width 0.2 in 50%`."""
        return f"width {self.widest:g} in {100 * self.wanted:g}%"

    def happened(self, setting: Setting, planned: Planned, batch: Batch) -> Bools:
        """Whether the interval is narrow enough (R,)."""
        fit = planned.fit(planned.data(batch), self.targets)
        return np.asarray(fit.upper[:, 0] - fit.lower[:, 0] <= self.widest)


@dataclass(frozen=True)
class KeepItems(Question):
    """How often a rule drops none of the good items, those whose true loading is at least its threshold."""

    rule: Threshold = field(default_factory=AllAtOnce)
    name = "items kept"

    @property
    def subject(self) -> str:
        """What it is asked about."""
        return "good items"

    def happened(self, setting: Setting, planned: Planned, batch: Batch) -> Bools:
        """Whether every good item is kept (R,)."""
        data, rule = planned.data(batch), self.rule_of(planned)
        screening = planned.method.wrapper(Screening)
        inner = screening.inner if screening else planned.method.estimator
        decided = rule.decide(data, planned.model, standardised(inner.without_inference()))
        kept = decided.retained[:, self.good(setting, planned)].all(axis=1)
        return np.asarray(kept & (decided.status <= Status.INADMISSIBLE))

    def rule_of(self, planned: Planned) -> Threshold:
        """The rule of the method, or the question's own."""
        return planned.method.rule or self.rule

    def good(self, setting: Setting, planned: Planned) -> Bools:
        """Which items of the model are good (p,)."""
        model, rule = planned.model, self.rule_of(planned)
        targets = [Target("loading", (block.construct, item)) for block in model.blocks for item in block.items]
        loadings = np.array([setting.world.truth([target], 1000)[0] for target in targets])
        return np.asarray(rule.judged(loadings) >= rule.threshold - 1e-9)

    def never(self, setting: Setting, planned: Planned) -> str:
        """Without good items there are none to keep."""
        threshold = self.rule_of(planned).threshold_words
        return "" if self.good(setting, planned).any() else f"no item has a true loading of {threshold} or more"


def truths(setting: Setting, planned: Planned, batch: Batch, target: Target) -> Floats:
    """The true values (R,) of a target in each data set of a batch."""
    own = setting.world.truth_of_data(batch, [target]) if setting.world.varies else {}
    if target.name in own:
        return own[target.name]
    return np.full(len(batch), setting.truth(target, batch.raw.shape[1], planned.method))


def paths_of(setting: Setting, named: str) -> tuple[Target, ...]:
    """The paths of the world's model, or those named by commas. Raises InputError for a name that is no target."""
    model = setting.world.model
    if not named:
        found = tuple(target for target in model.targets if target.kind == "path")
        if not found:
            raise InputError(f"{setting.name} has no path; name what is to be found with --path, such as A~~B")
        return found
    targets = tuple(model.target(name.strip()) for name in named.split(",") if name.strip())
    for target in targets:
        why = setting.world.no_truth(target)
        if why:
            raise InputError(f"--path {target.name}: {why}")
    return targets
