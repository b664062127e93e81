"""The mechanisms of the world, each under the name of its section: the one list of them.

What a population file may hold, the keys that factors may set, a population's fields, its content and words, what goes
with what, the steps of a draw and the law of its answers all follow from it. A new mechanism is a file with its class,
and one line here.
"""

# ruff: noqa: RUF009 (mechanisms are frozen, so that one default may serve every population)
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any

from sim.answers.mechanism import Mechanism
from sim.answers.missingness import Missingness
from sim.answers.responses import Responses
from sim.answers.units import Units
from sim.structures.crossloadings import Crossloadings
from sim.structures.distribution import Distribution
from sim.structures.groups import Groups
from sim.structures.model_error import ModelError
from sim.structures.products import Products
from sim.structures.readings import Reading
from sim.structures.sampling import Sampling


@dataclass(frozen=True, kw_only=True)
class Mechanisms:
    """What departs from normal responses that everyone drawn answers as meant, by the section that says it.

    Products and cross-loadings are told among the values of a population file, and groups in tables of their own.
    """

    responses: Responses = Responses()
    products: Products = Products()
    crossloadings: Crossloadings = Crossloadings()
    distribution: Distribution = Distribution()
    missing: Missingness = Missingness()
    sampling: Sampling = Sampling()
    reading: Reading = Reading()
    model_error: ModelError = ModelError()
    groups: Groups[Any] = Groups()
    units: Units = Units()

    @classmethod
    @cache
    def sections(cls) -> Mapping[str, type[Mechanism]]:
        """The class of every mechanism, by its section."""
        kinds = {field.name: type(field.default) for field in fields(cls) if isinstance(field.default, Mechanism)}
        return MappingProxyType(kinds)

    def every(self) -> Iterator[tuple[str, Mechanism]]:
        """Every mechanism with its section, whether it departs or not."""
        return ((section, getattr(self, section)) for section in self.sections())

    @cached_property
    def mechanisms(self) -> dict[str, Mechanism]:
        """The mechanisms that depart, by their sections."""
        return {section: part for section, part in self.every() if part.given}
