"""Entry: what a list of methods says of one of them."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sim.errors import InputError


@dataclass(frozen=True)
class Entry:
    """An estimator under its name: its class, its label in reports and one sentence on what it does."""

    estimator: type[Any]
    label: str
    description: str
    #: The values that settings with names may take.
    choices: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    #: The values in settings that may also be a table with one value a construct.
    by_construct: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    #: Whether inference takes a bootstrap, because the method has no standard errors of its own.
    resampled: bool = False
    #: Whether its limit on common-factor populations is the truth.
    consistent: bool = False
    #: Whether an item in larger units counts for more.
    raw_units: bool = False
    #: Whether it needs answers in categories.
    ordinal: bool = False
    #: Whether its inference needs the answers themselves, not their moments alone.
    answers: bool = False
    #: Whether the first item of each block counts for more, as the block's scale.
    by_first_item: bool = False
    #: Whether its r2 is another than that of its paths and correlations.
    own_r2: bool = False
    #: How far two fits of one problem in other units or another order may lie apart: the stopping rule.
    tolerance: float = 1e-6
    #: Whether its intervals are estimate -+ quantile SE, so that those of one level tell those of every other.
    wald: bool = True
    #: Whether it needs more respondents than its items have variances and covariances.
    large: bool = False
    #: Whether it fits second-order constructs with all the rest, not in two stages.
    whole: bool = False
    #: Which code it is, for an estimator from outside the project; see `estimators.outside`.
    origin: str = ""

    def settings_one_by_one(self) -> Iterator[dict[str, str]]:
        """No setting, then every value of every named setting: alone, or with the first other that it asks for."""
        yield {}
        named = [{key: value} for key, values in self.choices.items() for value in values]
        for one in named:
            pairs = (other | one for other in named if other.keys() != one.keys())
            yield next(settings for settings in (one, *pairs) if self._accepts(settings))

    def _accepts(self, settings: dict[str, str]) -> bool:
        try:
            self.estimator(**settings)
        except InputError:
            return False
        return True
