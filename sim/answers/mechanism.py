"""Mechanism: one way in which the world departs from normal responses that everyone drawn answers as meant."""

from dataclasses import MISSING, dataclass, fields
from typing import Any, ClassVar

from pydantic import ConfigDict


@dataclass(frozen=True)
class Mechanism:
    """What one section of a population file says: its fields are the section's keys, their defaults no departure.

    A mechanism is a field of `Population` and of `populationfile.Sections`, under the section's name. Factors set its
    numbers and texts by `section.key`.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    #: Whether answers depend on it, and so a cell's streams.
    changes_draws: ClassVar[bool] = True

    @property
    def given(self) -> dict[str, Any]:
        """What departs from the defaults, by its key: what a cell's streams and reports know it by."""
        return {name: value for name, default in self.defaults().items() if (value := getattr(self, name)) != default}

    @property
    def words(self) -> str:
        """What departs, in words for a report; empty where nothing does."""
        return "; ".join(f"{name.replace('_', ' ')} {value}" for name, value in self.given.items())

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """The value of every key that is not given."""
        return {
            field.name: field.default if field.default_factory is MISSING else field.default_factory()
            for field in fields(cls)
        }
