"""A population's portrait: its parameters, its items' marginals, and its values before and after the cut."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from estimators.base import Status
from estimators.methods import build
from sim import catalogue
from sim.batch import Batch, Floats
from sim.catalogue import Level
from sim.errors import InputError, unknown
from sim.implied.implied import implied
from sim.implied.marginals import Marginal, after_cut, marginals
from sim.population.record import Population
from sim.targets import Target

#: The methods whose limits stand beside the truth.
METHODS = ("sumscores", "pls", "plsc", "ml")
#: Of intervals, which limits have none of.
_LEVEL = 0.95


@dataclass(frozen=True)
class Limit:
    """What a method gives for infinitely many respondents: value (q,), NaN where it cannot; how it ended, in words."""

    name: str
    label: str
    value: Floats
    ending: str = ""


@dataclass(frozen=True)
class Portrait:
    """A population at chosen factor levels and what is exactly known of it.

    targets (q) with `before` (q,), their true values, and `after` (q,), what the cut leaves of those about items;
    `limits` are those of the methods on the answers' own moments. `content` is what the population's file says.
    """

    population: Population
    content: Mapping[str, Any]
    levels: Mapping[str, Level]
    targets: tuple[Target, ...]
    before: Floats
    after: Floats
    limits: tuple[Limit, ...]
    marginals: tuple[Marginal, ...]

    @property
    def name(self) -> str:
        """The catalogue name, or the file's without its ending."""
        return Path(self.population.name).name.removesuffix(".toml")

    @property
    def labels(self) -> Mapping[str, str]:
        """What the constructs stand for, where the file says so."""
        return self.content.get("constructs", {})  # type: ignore[no-any-return]

    def true_value(self, name: str) -> float:
        """The true value of any target of the model, by its name."""
        return float(self.population.truth([self.population.model.target(name)])[0])


def portrait(name: str, words: Sequence[str] = ()) -> Portrait:
    """The portrait of a catalogue population or a population file, at levels such as `effect=small`.

    A factor that is not named stays at its first level. Raises InputError for a population, factor or level that does
    not exist, and where the file describes no population.
    """
    try:
        content = catalogue.entry(name)
        levels = catalogue.check_levels(name, levels_of(name, words))
        population = catalogue.population(name, levels)
        wanted = targets(population)
        return Portrait(
            population,
            content,
            levels,
            wanted,
            population.truth(wanted),
            after_cut(population, wanted),
            tuple(_limit(method, population) for method in METHODS),
            marginals(population),
        )
    except InputError as error:
        raise error if name in str(error) else InputError(f"population {name}: {error}") from None


def levels_of(name: str, words: Sequence[str]) -> dict[str, Level]:
    """The levels that `factor=level` words choose."""
    known = catalogue.factors(name)
    chosen: dict[str, Level] = {}
    for word in words:
        factor, equals, text = (part.strip() for part in word.partition("="))
        if not (factor and equals and text):
            raise InputError(f"--level '{word}' is not understood; write --level factor=level")
        if factor not in known:
            catalogue.check_levels(name, {factor: text})  # tells which factors there are
        if factor in chosen:
            raise InputError(f"--level gives {factor} twice; choose one level")
        found = [level for level in known[factor] if _same(level, text)]
        if not found:
            raise InputError(f"--level {word}: {unknown(f'level of {factor}', text, map(str, known[factor]))}")
        chosen[factor] = found[0]
    return chosen


def _same(level: Level, text: str) -> bool:
    """Whether the text spells the level: `0.50` is 0.5."""
    try:
        return str(level) == text or (not isinstance(level, str) and float(text) == level)
    except ValueError:
        return False


def _limit(method: str, population: Population) -> Limit:
    """A method on the exact moments of the answers."""
    model, wanted = population.model, targets(population)
    built = build(method, {}, _LEVEL, model=model)
    estimator = built.estimator.without_inference()
    refusal = estimator.refusal(model)
    if refusal:
        return Limit(method, built.label, np.full(len(wanted), np.nan), refusal)
    estimates = estimator.fit(Batch.of_moments(implied(population).likert_moments), model, wanted)
    status = Status(int(estimates.status[0]))
    return Limit(method, built.label, estimates.value[0], "" if status == Status.OK else status.meaning)


def targets(population: Population) -> tuple[Target, ...]:
    """What a portrait tells: every method's default targets, and the weights of what is read as composite."""
    model = population.model
    kinds = {block.construct: block.kind for block in (*population.reading.blocks(model), *model.second_order)}
    weights = [(b.construct, item) for b in model.every_block if kinds[b.construct] == "composite" for item in b.items]
    return (*model.targets, *(Target("weight", pair) for pair in weights))
