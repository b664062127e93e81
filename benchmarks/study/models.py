"""The models that methods fit in place of the population's own: [models] of a study file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.study.cells.cell import Recipe, shared
from benchmarks.study.form.studyfile import StudyFile
from sim.catalogue import reshaped
from sim.errors import InputError, unknown
from sim.model import Model
from sim.worlds.world import World

#: What names the population's own model.
OWN = "population"


@dataclass
class Models:
    """The models by their names, and what is wrong with them."""

    known: dict[str, Model] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    mistakes: list[str] = field(default_factory=list)

    def of(self, name: Any, own: Model | None, source: World | Recipe | None) -> Model | None:
        """The model of this name in a cell; None for the population's own, and where nothing is known of it.

        own: the population's model in the cell. source: where its levels give constructs other numbers of items, or
        copies, blocks that are the population's get the same. Raises InputError for a name that is none, and for an
        item that the data have not.
        """
        if name == OWN:
            if isinstance(source, Recipe) and "covariance" in source.content and not source.content.get("model"):
                raise InputError(
                    "model: the population is a matrix without a model; name one of [models] "
                    f"({', '.join(self.names) or 'there is none yet'})"
                )
            return None
        if name not in self.names:
            raise InputError(f"model: {unknown('model', str(name), [OWN, *self.names])}")
        model = self.known.get(name)
        if model is None or own is None:
            return None
        whole = source.content.get("model", "") if isinstance(source, Recipe) else ""
        shapes = source.shapes if isinstance(source, Recipe) else {}
        if shapes and (model.beyond or model.terms or model.observed):
            raise InputError(
                f"model {name} says more than names, so that levels which change how many items or copies a construct "
                "has cannot be carried over to it; write a model for each level"
            )
        for construct, counts in shapes.items():
            model = Model.parse(reshaped.model_with(model.syntax, whole, construct, counts))
        strange = [item for item in model.items if item not in own.items]
        if strange:
            raise InputError(f"model {name}: {unknown('item', strange[0], own.items)}")
        return shared(model)

    def with_other(
        self, settings: Mapping[str, Any], own: Model | None, source: World | Recipe | None
    ) -> dict[str, Any]:
        """Settings whose `predict.against` names a model of the study, with its syntax in place of the name."""
        predict = settings.get("predict")
        named = predict.get("against") if isinstance(predict, Mapping) else None
        if not isinstance(named, str) or "~" in named:
            return dict(settings)
        try:
            other = self.of(named, own, source) or own
        except InputError as error:
            raise InputError(f"predict.against: {error}") from None
        assert isinstance(predict, Mapping)
        syntax = "; ".join(other.syntax.splitlines()) if other else None
        return {**settings, "predict": {**predict, "against": syntax}}


def parsed(file: StudyFile) -> Models:
    """The models of a study file, each checked by itself."""
    found = Models(names=tuple(file.models))
    for name, table in file.models.items():
        if name == OWN:
            found.mistakes.append(f"models.{name}: the population's own model has this name; give another")
            continue
        try:
            found.known[name] = Model.parse(table.syntax)
        except InputError as error:
            found.mistakes.append(f"models.{name}: {error}")
    return found
