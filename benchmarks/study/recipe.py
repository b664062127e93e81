"""Recipe: how a cell's world is made. Worlds are made when they are asked for, and the last ones are kept.

A study of a thousand cells so takes no more memory than one of some dozens, and its workers are sent recipes.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from sim import catalogue
from sim.catalogue import Level
from sim.catalogue.changes import SHAPES, changed
from sim.model import Model
from sim.streams import content_key
from sim.worlds.world import World

#: Worlds that are kept.
KEPT = 32
_MADE: OrderedDict[str, World] = OrderedDict()


@dataclass(frozen=True)
class Recipe:
    """A population's content, the levels of its factors, and what the study's own factors set in it, by key.

    content_hash: of the content, which all cells of a study share.
    """

    name: str
    content: Mapping[str, Any]
    content_hash: str
    levels: Mapping[str, Level]
    settings: Mapping[str, Any]

    @cached_property
    def key(self) -> str:
        """sha256 of all that the world is made from."""
        return content_key({
            "name": self.name, "content": self.content_hash, "levels": self.levels, "settings": self.settings,
        })  # fmt: skip

    @property
    def whole(self) -> Mapping[str, Any]:
        """The content with the settings in their places. Raises InputError for a setting that has none."""
        return changed(self.content, self.settings) if self.settings else self.content

    @cached_property
    def shapes(self) -> dict[str, dict[str, Any]]:
        """By construct, how many `items` and `copies` it was given, where the levels say so."""
        told = {**catalogue.settings_by_key(self.content, self.levels), **self.settings}
        found: dict[str, dict[str, Any]] = {}
        for key in sorted(told, key=lambda key: "*" not in key):
            shape, _, named = key.partition(".")
            if shape in SHAPES:
                constructs = [block.construct for block in Model.parse(self.content["model"]).blocks]
                for construct in constructs if named == "*" else [named]:
                    found.setdefault(construct, {})[shape] = told[key]
        return found

    @property
    def world(self) -> World:
        """The world, made now or kept from before. Raises InputError where there is none of these numbers."""
        if self.key not in _MADE:
            _MADE[self.key] = catalogue.world(self.name, self.levels, self.whole)
            while len(_MADE) > KEPT:
                _MADE.popitem(last=False)
        _MADE.move_to_end(self.key)
        return _MADE[self.key]


@lru_cache(maxsize=1024)
def shared(model: Model) -> Model:
    """One object for all models that are equal."""
    return model
