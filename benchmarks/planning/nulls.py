"""A population with a path made 0: where a test finds that path, it is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim import catalogue
from sim.catalogue import Level
from sim.catalogue.changes import changed
from sim.targets import Target
from sim.worlds.world import World


@dataclass(frozen=True)
class Origin:
    """What a world is made from: the population's name, its content, and the levels of what it leaves open."""

    name: str
    content: Mapping[str, Any]
    levels: Mapping[str, Level]

    def world(self) -> World:
        """The world itself."""
        return catalogue.world(self.name, self.levels, self.content)

    def without(self, target: Target) -> World:
        """The world with a path made 0, all other values as they are. Raises InputError where there is none."""
        own = self.content.get("values", {})
        solved = "published" in self.content or "table" in self.content
        if solved and target.name not in own:
            content: Mapping[str, Any] = {**self.content, "values": {**own, target.name: 0.0}}
        else:
            content = changed(self.content, {target.name: 0.0})
        return catalogue.world(self.name, self.levels, content)
