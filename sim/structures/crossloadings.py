"""Cross-loadings: items that measure other constructs beside their own, among them ones that no model has.

A response is then the sum of its loadings times constructs, plus an error of the variance that this leaves of 1.
Methods fit the model without them. docs/decisions/0028-populations-of-every-kind.md tells why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from sim.answers.mechanism import Mechanism, Setting, Step
from sim.batch import Floats
from sim.errors import InputError, unknown
from sim.model import Model
from sim.structures.distribution import Distribution
from sim.targets import Target

#: Mechanisms that work with one construct for each item.
_OF_ONE_CONSTRUCT = ("products", "sampling", "model_error")


@dataclass(frozen=True)
class Crossloadings(Mechanism):
    """Loadings beside those of the model, as (construct, item, loading), none of them 0.

    unmodelled: constructs without items of their own, such as a general factor or a method, each of variance 1; they
    are unrelated to the model's constructs and correlate with each other by `correlations` (a, b, value).
    """

    step: ClassVar[Step] = Step.RESPONSES
    within_groups: ClassVar[bool] = False
    has_section: ClassVar[bool] = False
    needs_categories: ClassVar[bool] = False
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"loadings": (("H", "x1", 0.3), ("F", "y2", -0.2))},
        {
            "loadings": (("M", "x1", 0.4), ("M", "z2", 0.3), ("L", "y1", 0.3), ("G", "x2", 0.2)),
            "unmodelled": ("M", "L"),
            "correlations": (("L", "M", 0.5),),
        },
    )

    loadings: tuple[tuple[str, str, float], ...] = ()
    unmodelled: tuple[str, ...] = ()
    correlations: tuple[tuple[str, str, float], ...] = ()

    @property
    def given(self) -> dict[str, Any]:
        """Loadings and correlations in alphabetical order, to ten digits; nothing where there are none."""
        given: dict[str, Any] = {}
        for key in ("loadings", "correlations"):
            if told := sorted([a, b, float(f"{value:.10g}")] for a, b, value in getattr(self, key)):
                given[key] = told
        return given | ({"unmodelled": sorted(self.unmodelled)} if self.unmodelled else {})

    @property
    def words(self) -> str:
        """The loadings, in words for a report; empty where there are none."""
        told = ", ".join(f"{construct}=~{item} {value:g}" for construct, item, value in self.loadings)
        return f"cross-loadings that no method fits: {told}" if told else ""

    def matrix(self, model: Model) -> Floats:
        """Loadings on the model's constructs, beside each item's own (p, m)."""
        return self._loadings(model, model.constructs)

    def unmodelled_covariance(self, model: Model) -> Floats:
        """What the constructs without items of their own bring to the responses' covariances (p, p)."""
        loadings = self._loadings(model, self.unmodelled)
        return np.asarray(loadings @ self._correlations @ loadings.T)

    @property
    def _correlations(self) -> Floats:
        """Correlations of the unmodelled constructs (k, k)."""
        correlations = np.eye(len(self.unmodelled))
        for a, b, value in self.correlations:
            i, k = self.unmodelled.index(a), self.unmodelled.index(b)
            correlations[i, k] = correlations[k, i] = value
        return correlations

    def _loadings(self, model: Model, constructs: Sequence[str]) -> Floats:
        """Loadings of the items on these constructs (p, k), beside each item's own."""
        matrix = np.zeros((len(model.items), len(constructs)))
        for construct, item, value in self.loadings:
            if construct in constructs:
                matrix[model.items.index(item), constructs.index(construct)] = value
        return matrix

    def of_modelled(self, factor: float) -> "Crossloadings":
        """The loadings on the model's constructs alone, each multiplied by the factor."""
        own = tuple((c, item, factor * value) for c, item, value in self.loadings if c not in self.unmodelled)
        return replace(self, loadings=own, unmodelled=(), correlations=())

    def true_value(self, target: Target, model: Model) -> float | None:
        """The value of a loading on a construct that is not the item's own, or of what is about unmodelled constructs.

        0 where there is no such loading; None for every other target.
        """
        if target.kind == "loading" and target.parts[1] in model.items:
            construct, item = target.parts
            own = model.blocks[model.block_of[model.items.index(item)]]
            if own.construct == construct or own.kind == "composite":
                return None
            if construct in (*self.unmodelled, *model.constructs):
                return next((value for c, i, value in self.loadings if (c, i) == (construct, item)), 0.0)
        if target.kind == "correlation" and set(target.parts) & set(self.unmodelled):
            pair = set(target.parts)
            return next((value for a, b, value in self.correlations if {a, b} == pair), 0.0)
        return None

    def check(self, setting: Setting) -> None:
        """Raises InputError for models and mechanisms that cross-loadings do not go with."""
        if not self.given:
            return
        told = f"{self.loadings[0][0]}=~{self.loadings[0][1]}" if self.loadings else self.unmodelled[0]
        if setting.model.second_order:
            raise InputError(
                f"{told}: cross-loadings do not go with second-order constructs; leave out "
                f"{setting.model.second_order[0].construct} or the crossloadings"
            )
        for section in _OF_ONE_CONSTRUCT:
            if section in setting.mechanisms:
                raise InputError(f"{told}: crossloadings do not go with {section}; leave one of the two out")
        for name in self.unmodelled:
            if not any(construct == name for construct, _, _ in self.loadings):
                raise InputError(f"unmodelled: {name} has no item; give its loadings, such as {name}=~x1, in [values]")
        if self.unmodelled and np.linalg.eigvalsh(self._correlations)[0] < -1e-10:
            raise InputError(
                "the correlations of the unmodelled constructs are not positive definite; lower them in size"
            )
        distribution = setting.of(Distribution)
        if self.unmodelled and distribution.families["errors"].name != "normal":
            raise InputError(
                f"unmodelled: {self.unmodelled[0]} is normal, so crossloadings of it do not go with "
                f"distribution.errors = {distribution.errors}; leave one of the two out"
            )

    @classmethod
    def check_names(cls, unmodelled: Sequence[str], model: Model) -> None:
        """Raises InputError for names of unmodelled constructs that are taken, or stand twice."""
        for name in unmodelled:
            if name in (*model.constructs, *model.items):
                raise InputError(f"unmodelled: {name} is in the model already; give the construct another name")
            if list(unmodelled).count(name) > 1:
                raise InputError(f"unmodelled names {name} twice; name it once")


NO_CROSSLOADINGS = Crossloadings()


def read_crossloading(name: str, model: Model, unmodelled: Sequence[str]) -> tuple[str, str] | None:
    """(construct, item) of `G=~x1` where x1 is not G's own; None for every other name.

    Raises InputError for constructs that there are not, and for composites on either side.
    """
    construct, joint, item = name.replace(" ", "").partition("=~")
    if not joint or item not in model.items:
        return None
    own = model.blocks[model.block_of[model.items.index(item)]]
    if own.construct == construct:
        return None
    if construct not in (*model.constructs, *unmodelled):
        known = [*model.constructs, *unmodelled]
        raise InputError(
            f"{name}: {unknown('construct', construct, known)}; a construct without items of its own is to be named "
            f'in `unmodelled = ["{construct}"]`'
        )
    if own.kind == "composite":
        raise InputError(
            f"{name}: {item} forms composite {own.construct}, and items of composites measure nothing else; leave it "
            "out"
        )
    block = next((block for block in model.every_block if block.construct == construct), None)
    if block is not None and block.kind == "composite":
        raise InputError(
            f"{name}: {construct} is composite, made of its own items alone, so there are no crossloadings on it; "
            "leave it out"
        )
    return construct, item


def parted(
    model: Model, values: Mapping[str, float], unmodelled: Sequence[str]
) -> tuple[dict[str, float], dict[str, float]]:
    """The values of the model's own parameters, and those of cross-loadings and of unmodelled constructs."""
    beside = {
        name: value
        for name, value in values.items()
        if read_crossloading(name, model, unmodelled) or set(name.replace(" ", "").split("~~")) & set(unmodelled)
    }
    return {name: value for name, value in values.items() if name not in beside}, beside
