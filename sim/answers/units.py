"""Units: the means and standard deviations of items on the scale that their answers are given on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator

from sim.answers.likert import Scale
from sim.answers.mechanism import Mechanism, Setting, Step
from sim.batch import Floats, Moments
from sim.distributions.law import AnswerLaw
from sim.errors import InputError, unknown

#: Mechanisms that know standardised responses alone.
_OF_STANDARDISED = ("sampling",)


def _number_or_table(value: Any) -> Any:
    numbers = list(value.values()) if isinstance(value, Mapping) else [value]
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, int | float) or not np.isfinite(number):
            raise ValueError("must be a number, or a table with a number for each item named")
    return {item: float(number) for item, number in value.items()} if isinstance(value, Mapping) else float(value)


#: One number for all items, or one for each of those named.
OfItems = Annotated[Any, BeforeValidator(_number_or_table)]


@dataclass(frozen=True)
class Units(Mechanism):
    """Means and standard deviations of the responses, each one number or a table by item; 0 and 1 where not given.

    Continuous answers are mean + sd times the standardised response. Categories are cut from responses on this scale:
    `in_units` puts thresholds so.
    """

    step: ClassVar[Step] = Step.ANSWERS
    within_groups: ClassVar[bool] = False
    needs_categories: ClassVar[bool] = False
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"means": 3.0, "sds": 0.5},
        {"means": {"x1": 3.5, "y2": -1.0}, "sds": {"x1": 2.0, "z3": 0.3}},
    )

    means: OfItems = 0.0
    sds: OfItems = 1.0

    @property
    def given(self) -> dict[str, Any]:
        """What departs from mean 0 and standard deviation 1, to ten digits."""
        found = super().given
        for key, value in found.items():
            if isinstance(value, Mapping):
                found[key] = {item: float(f"{number:.10g}") for item, number in sorted(value.items())}
        return found

    @property
    def words(self) -> str:
        """What departs, in words for a report; empty where nothing does."""
        told = []
        for key, value in self.given.items():
            numbers = value.values() if isinstance(value, Mapping) else [value]
            ends = " to ".join(f"{number:g}" for number in sorted({min(numbers), max(numbers)}))
            told.append(f"responses with {'means' if key == 'means' else 'SDs'} {ends}")
        return "; ".join(told)

    def of_items(self, items: Sequence[str]) -> tuple[Floats, Floats]:
        """Means and standard deviations (p,)."""
        found = []
        for value, other in ((self.means, 0.0), (self.sds, 1.0)):
            of = [value.get(item, other) if isinstance(value, Mapping) else value for item in items]
            found.append(np.array(of, dtype=np.float64))
        return found[0], found[1]

    def of_moments(self, moments: Moments, items: Sequence[str]) -> Moments:
        """Moments of standardised responses in these units; themselves where nothing departs."""
        if not self.given:
            return moments
        means, sds = self.of_items(items)
        higher = None if moments.higher is None else moments.higher.in_units(sds)
        return Moments(means + sds * moments.means, moments.covariances * np.outer(sds, sds), moments.n, higher)

    def check(self, setting: Setting) -> None:
        """Raises InputError for items that there are not, spreads that cannot be, and what units do not go with."""
        for key in ("means", "sds"):
            for item in value if isinstance(value := getattr(self, key), Mapping) else ():
                if item not in setting.items:
                    raise InputError(f"units.{key}: {unknown('item', item, setting.items)}")
        _, sds = self.of_items(setting.items)
        for item, sd in zip(setting.items, sds, strict=True):
            if not sd > 0:
                raise InputError(f"units.sds: {item} has {sd:g}; a standard deviation is above 0")
        if self.given and setting.model.second_order:
            raise InputError(
                f"[units] does not go with second-order constructs, such as {setting.model.second_order[0].construct}; "
                "leave one of the two out"
            )
        for section in _OF_STANDARDISED:
            if self.given and section in setting.mechanisms:
                raise InputError(f"[units] does not go with [{section}]; leave one of the two out")

    def act(self, answers: NDArray[np.generic], setting: Setting, rng: np.random.Generator) -> None:
        """Put continuous answers (R, n, p) in their units, in place; categories stay."""
        if setting.scale.is_continuous:
            means, sds = self.of_items(setting.items)
            np.multiply(answers, sds, out=answers)
            np.add(answers, means, out=answers)

    def on_law(self, law: AnswerLaw, setting: Setting) -> AnswerLaw:
        """The law of answers in categories, which units leave as it is."""
        return law


def in_units(scale: Scale, units: Units, items: Sequence[str], cut_raw: Sequence[str]) -> Scale:
    """The scale with all thresholds on the standardised scale; those of the items `cut_raw` are told in `units`."""
    if scale.is_continuous or not units.given:
        return scale
    means, sds = units.of_items(items)
    return replace(
        scale,
        thresholds=tuple(
            tuple(float((cut - mean) / sd) for cut in cuts) if item in cut_raw else cuts
            for item, cuts, mean, sd in zip(items, scale.thresholds, means, sds, strict=True)
        ),
    )
