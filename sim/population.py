"""Population: a model with numbers. It knows its moments before and after the cut, and the truth of every target."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np

from sim import conditional, products
from sim.batch import Floats, Moments
from sim.distribution import Distribution
from sim.errors import InputError, unknown
from sim.groups import Groups
from sim.itemwise import Items
from sim.law import Law, normal_law
from sim.likert import Scale
from sim.mechanism import Mechanism
from sim.model import Model
from sim.model_error import ModelError
from sim.polychoric_limit import polychoric_limits
from sim.products import Products
from sim.quantities import QUANTITIES, Given, parameter
from sim.responses import Responses, effective_moments
from sim.targets import Target

CONTINUOUS = Scale.continuous()
AS_MEANT = Responses()
NO_PRODUCTS = Products()
NO_MODEL_ERROR = ModelError()
ONE_KIND = Groups()
NORMAL = Distribution()


@dataclass(frozen=True)
class Population:
    """A common-factor population on the standardised scale, answered on a Scale.

    loadings (p,); paths (m, m) as [outcome, predictor]; exogenous_correlations (m, m), used where both constructs are
    exogenous; error_covariances (p, p), zero diagonal. Every construct and every response has variance 1. `products`
    act on constructs beside the paths, `distribution` tells what is not normal, `responses` how respondents answer
    beyond all that. `model_error` says where error covariances come from (`sim.perturbed` adds them). With `groups`,
    the parameters are those of all groups together (`sim.groups.pooled`). Raises InputError, with the numbers, where no
    such population exists.
    """

    model: Model
    loadings: Floats
    paths: Floats
    exogenous_correlations: Floats
    error_covariances: Floats
    scale: Scale = CONTINUOUS
    name: str = "unnamed"
    source: str = ""
    responses: Responses = AS_MEANT
    products: Products = NO_PRODUCTS
    model_error: ModelError = NO_MODEL_ERROR
    groups: Groups = ONE_KIND
    distribution: Distribution = NORMAL

    @classmethod
    def of(
        cls,
        model: Model,
        values: Mapping[str, float],
        scale: Scale | None = None,
        name: str = "unnamed",
        source: str = "",
    ) -> "Population":
        """Population from target names: every loading and path, and `~~` correlations (0 where not given).

        `A~~B` is the correlation of two exogenous constructs; `x1~~x2` the covariance of two items' errors; `Y~X:Z` the
        effect of a product.
        """
        if model.second_order:
            raise InputError(
                f"population {name}: {model.second_order[0].construct} is a second-order construct; populations have "
                "first-order constructs only so far, so let its dimensions take the paths"
            )
        p, m = len(model.items), len(model.blocks)
        loadings, paths = np.full(p, np.nan), np.where(model.path_matrix, np.nan, 0.0)
        correlations, errors = np.eye(m), np.zeros((p, p))
        effects: list[tuple[str, str, str, float]] = []
        given: set[str] = set()
        for key, value in values.items():
            if isinstance(value, bool) or not isinstance(value, float | int | np.number) or not np.isfinite(value):
                raise InputError(f"population {name}: {key} is {value!r}; give a finite number")
            if product := products.read(key, model):
                effects += [(*product, float(value))] if value else []
            else:
                _place(model, key, value, loadings, paths, correlations, errors)
            if (one := one_name(key)) in given:
                raise InputError(f"population {name}: {key} is given twice; give it once")
            given.add(one)
        missing = [
            t.name for t in model.targets if t.kind == "loading" and np.isnan(loadings[model.items.index(t.parts[1])])
        ]
        missing += [
            f"{o}~{i}" for o, i in model.paths if np.isnan(paths[model.constructs.index(o), model.constructs.index(i)])
        ]
        if missing:
            raise InputError(
                f"population {name}: no value is given for {', '.join(missing)}; every loading and path needs one"
            )
        arrays = (loadings, paths, correlations, errors)
        return cls(model, *arrays, scale or CONTINUOUS, name, source, products=Products(tuple(effects)))

    def __post_init__(self) -> None:
        beyond = np.flatnonzero(np.abs(self.loadings) > 1)
        if beyond.size:
            items = ", ".join(f"{self.model.items[i]} {self.loadings[i]:.4g}" for i in beyond)
            raise InputError(
                f"population {self.name}: loadings beyond 1 ({items}); a standardised loading lies in -1 to 1"
            )
        if self.scale.thresholds and len(self.scale.thresholds) != len(self.loadings):
            given, needed = len(self.scale.thresholds), len(self.loadings)
            raise InputError(f"population {self.name}: thresholds for {given} items, the model has {needed}")
        try:
            self.products.check(self.model, self.distribution)
            self.model_error.check(self.model)
            self.groups.check(self.model, self.mechanisms)
            self.responses.check(self.model.items, self.scale)
            self.distribution.check(self.model.items, self.responses.shared > 0)
        except InputError as error:
            raise InputError(f"population {self.name}: {error}") from None
        lowest = float(np.linalg.eigvalsh(self.construct_correlations)[0])
        if lowest < -1e-10:
            raise InputError(
                f"population {self.name}: the construct correlations are not positive definite "
                f"(smallest eigenvalue {lowest:.4g}); lower the correlations in size"
            )
        lowest = float(np.linalg.eigvalsh(self.error_matrix)[0])
        if lowest < -1e-10:
            raise InputError(
                f"population {self.name}: the error covariances are not positive definite "
                f"(smallest eigenvalue {lowest:.4g}); lower them in size"
            )
        try:
            _ = self.as_answered.items_drawn
        except InputError as error:
            raise InputError(
                f"population {self.name}: {str(error).removeprefix(f'population {self.name}: ')}"
            ) from None
        if self.products.effects and not self.scale.is_continuous and self.distribution.normal_sources:
            conditional.check(self.as_answered)

    @property
    def mechanisms(self) -> dict[str, Mechanism]:
        """What departs from normal responses answered as meant by everyone drawn, by its section."""
        held = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: part for name, part in held.items() if isinstance(part, Mechanism) and part.given}

    @property
    def content(self) -> dict[str, Any]:
        """What draws depend on, as plain data, the numbers to ten digits. What is not given is not in it."""
        numbers = (self.loadings, self.paths, self.exogenous_correlations, self.error_covariances)
        return {
            "model": self.model.syntax,
            "numbers": [_ten_digits(array) for array in numbers],
            "thresholds": [_ten_digits(np.array(cuts)) for cuts in self.scale.thresholds],
            **{section: mechanism.given for section, mechanism in self.mechanisms.items()},
        }

    @property
    def words(self) -> str:
        """What departs, in words for a report; empty where nothing does."""
        return "; ".join(mechanism.words for mechanism in self.mechanisms.values())

    @cached_property
    def construct_correlations(self) -> Floats:
        """Correlations of all constructs (m, m). Raises InputError where a construct's R2 exceeds 1."""
        return self.with_products[: len(self.paths), : len(self.paths)]

    @cached_property
    def all_paths(self) -> Floats:
        """Paths from constructs and from products (m, m + q)."""
        return np.hstack([self.paths, self.products.paths(self.model)])

    @cached_property
    def order(self) -> tuple[int, ...]:
        """Constructs in causal order, those that depend on a product last (m,)."""
        return self.products.order(self.model)

    @cached_property
    def with_products(self) -> Floats:
        """Covariances of all constructs and of the products that act on them (m + q, m + q).

        A product of normal constructs is unrelated to every linear combination of them.
        """
        if self.groups.members:
            return self.groups.mean(lambda population: population.construct_correlations)
        m, places = len(self.paths), self.products.places(self.model)
        phi = np.eye(m + len(places))
        curved = self.products.curved(self.model)
        done: list[int] = []
        for j in (j for j in self.order if not curved[j]):
            self._relate(j, phi, done)
        phi[m:, m:] = products.covariances(phi, places)
        done += range(m, len(phi))
        for j in (j for j in self.order if curved[j]):
            self._relate(j, phi, done)
        return phi

    def _relate(self, j: int, phi: Floats, done: list[int]) -> None:
        """Write the correlations of construct j with those that are done, and count it among them."""
        products_of = self.products.paths(self.model)[j] != 0
        predictors = np.flatnonzero(np.append(self.model.path_matrix[j], products_of))
        if predictors.size:
            b = self.all_paths[j, predictors]
            r2 = float(b @ phi[np.ix_(predictors, predictors)] @ b)
            if r2 > 1 + 1e-12:
                of = "paths and products" if products_of.any() else "paths"
                raise InputError(
                    f"population {self.name}: the {of} to {self.model.constructs[j]} give R2 = {r2:.4g}; "
                    f"it cannot exceed 1, so lower the {of}"
                )
            phi[j, done] = phi[done, j] = self.all_paths[j] @ phi[:, done]
        else:
            for k in done:
                phi[j, k] = phi[k, j] = self.exogenous_correlations[j, k]
        done.append(j)

    @cached_property
    def disturbances(self) -> Floats:
        """Covariances of what neither paths nor products bring: of exogenous constructs and of disturbances (m, m)."""
        m = len(self.paths)
        through = np.hstack([np.eye(m) - self.paths, -self.all_paths[:, m:]])
        return through @ self.with_products @ through.T

    @cached_property
    def total_effects(self) -> Floats:
        """Effects of constructs and of products along all chains of paths (m, m + q), 1 for each construct's own."""
        m = len(self.paths)
        through = np.linalg.inv(np.eye(m) - self.paths)
        return np.hstack([through, through @ self.all_paths[:, m:]])

    @cached_property
    def linear_parts(self) -> Floats:
        """Covariances of what constructs are without products (m, m), normal."""
        through = self.total_effects[:, : len(self.paths)]
        return through @ self.disturbances @ through.T

    @cached_property
    def error_matrix(self) -> Floats:
        """Covariances of the items' errors (p, p), diagonal 1 - loading^2."""
        return self.error_covariances + np.diag(1.0 - self.loadings**2)

    @cached_property
    def covariance(self) -> Floats:
        """Correlations of the responses before the cut (p, p)."""
        if self.groups.members:
            return self.groups.mean(lambda population: population.covariance)
        of_item = self.model.block_of
        common = self.loadings[:, None] * self.construct_correlations[np.ix_(of_item, of_item)] * self.loadings
        return common + self.error_matrix

    @cached_property
    def moments(self) -> Moments:
        """Moments before the cut, n infinite, R = 1."""
        return Moments(np.zeros((1, len(self.loadings))), self.covariance[None], np.inf)

    @cached_property
    def likert_moments(self) -> Moments:
        """Moments of the answers as given, n infinite, R = 1; `moments` where nothing is done to responses."""
        if self.scale.is_continuous:
            return self._worded(self.as_answered.covariance) if self.responses.given else self.moments
        return effective_moments(self.law, self.responses, self.model.items, self.scale)

    @cached_property
    def polychoric_moments(self) -> Moments:
        """Moments, n infinite, R = 1, whose covariances are the limits of the answers' polychoric correlations.

        `moments` where nothing departs from normal responses answered as meant.
        """
        if not self.mechanisms:
            return self.moments
        if self.scale.is_continuous:
            return self.likert_moments
        limits = polychoric_limits(self.law, self.responses.directions(self.model.items), self.responses, self.scale)
        return Moments(np.zeros((1, len(limits))), limits[None], np.inf)

    @cached_property
    def law(self) -> Law:
        """The law of sincere answers in categories, simulated where it has no closed form."""
        drawn, thresholds = self.as_answered, self.scale.padded(len(self.loadings))
        found = None
        if drawn.groups.members:
            found = drawn.groups.law()
        elif drawn.items_drawn:
            found = drawn.items_drawn.law(thresholds, drawn.with_constructs)
        elif drawn.distribution.normal_sources and drawn.products.effects:
            found = conditional.law(drawn)
        elif drawn.distribution.normal_sources:
            found = normal_law(drawn.covariance, thresholds, drawn.with_constructs)
        if found is None:
            from sim.simulated import simulated_law  # which draws, and so knows populations

            found = simulated_law(self)
        return found

    @cached_property
    def with_constructs(self) -> Floats:
        """Correlations of the responses with every construct (p, m)."""
        return self.loadings[:, None] * self.construct_correlations[self.model.block_of]

    @property
    def simulated(self) -> int:
        """From how many respondents the moments after the cut are simulated; 0 where they are exact."""
        exact = self.scale.is_continuous or np.isinf(self.law.respondents)
        return 0 if exact else int(self.law.respondents)

    @cached_property
    def items_drawn(self) -> Items | None:
        """What draws the responses from their covariance matrix alone; None where they are made from constructs."""
        return None if self.groups.members else self.distribution.of_items(self.covariance, self.model.items)

    def _worded(self, covariance: Floats) -> Moments:
        """Moments of continuous answers with this covariance (p, p), in the direction of the wording."""
        directions = self.responses.directions(self.model.items)
        return Moments(np.zeros((1, len(directions))), (covariance * np.outer(directions, directions))[None], np.inf)

    @cached_property
    def as_answered(self) -> "Population":
        """The same population with the factors that all answers share among its errors; itself where there are none.

        With acquiescence a and common method c, a response is sqrt(1 - a - c) z + sqrt(c) M + sqrt(a) w A of variance
        1: M and A are standard normal and unrelated to everything, and w is -1 for reverse-worded items.
        """
        ways, left = self.responses, 1.0 - self.responses.shared
        if not ways.shared:
            return self
        w = ways.directions(self.model.items)
        shared = ways.common_method + ways.acquiescence * np.outer(w, w)
        return replace(
            self,
            loadings=np.sqrt(max(left, 0.0)) * self.loadings,
            error_covariances=left * self.error_covariances + shared - np.diag(np.diag(shared)),
            responses=replace(ways, acquiescence=0.0, common_method=0.0),
            groups=self.groups.changed(lambda population: replace(population, responses=ways).as_answered),
        )

    @cached_property
    def r2(self) -> Floats:
        """Explained variance of each construct (m,), by paths and by products; 0 for exogenous ones."""
        return np.asarray(np.einsum("jk,kl,jl->j", self.all_paths, self.with_products, self.all_paths))

    @cached_property
    def linear_r2(self) -> Floats:
        """Variance of each construct (m,) that its predictors' best linear combination explains, without products."""
        explained = np.zeros(len(self.paths))
        for j, present in enumerate(self.model.path_matrix):
            among = self.construct_correlations[np.ix_(present, present)]
            with_outcome = self.construct_correlations[present, j]
            explained[j] = with_outcome @ np.linalg.lstsq(among, with_outcome)[0]
        return explained

    def truth(self, targets: Sequence[Target]) -> Floats:
        """True standardised values of the targets (q,), before the cut; NaN where the population defines none.

        Reliabilities are those of the unweighted sum of the uncut responses: rho_c is McDonald's omega.
        """
        return np.array([self._truth(target) for target in targets])

    def _truth(self, target: Target) -> float:
        known = self.given
        value = parameter(target, known.model, known.paths, known.correlations, known.r2, known.loadings)
        if value is not None:
            return float(value[0])
        kind = "omega" if target.kind == "rho_c" else target.kind
        if kind not in QUANTITIES:
            return np.nan
        place = (0, *(self.model.constructs.index(part) for part in target.parts))
        return float(QUANTITIES[kind](known)[place])

    @cached_property
    def given(self) -> Given:
        """What the quantities that have a formula are made from."""
        return Given(
            model=self.model,
            n=np.inf,
            paths=self.paths[None],
            loadings=self.loadings[None],
            correlations=self.construct_correlations[None],
            r2=self.r2[None],
            items=self.covariance[None],
            retained=np.ones((1, len(self.loadings)), dtype=bool),
        )


def _ten_digits(array: Floats) -> list[Any]:
    """Nested lists of numbers to ten significant digits, so that a last bit from a solver changes no stream."""
    rounded = np.vectorize(lambda x: float(f"{x:.10g}") + 0.0, otypes=[float])(array) if array.size else array
    return list(rounded.tolist())


def _place(
    model: Model, key: str, value: float, loadings: Floats, paths: Floats, correlations: Floats, errors: Floats
) -> None:
    """Write one named value into its array."""
    left, _, right = key.replace(" ", "").partition("~~")
    if right and left in model.items and right in model.items:
        if left == right:
            raise InputError(f"{key}: the loading fixes an item's error variance (1 - loading^2); name two items")
        a, b = model.items.index(left), model.items.index(right)
        errors[a, b] = errors[b, a] = value
        return
    target = model.target(key)
    index = [model.constructs.index(part) for part in target.parts if part in model.constructs]
    if target.kind == "loading":
        loadings[model.items.index(target.parts[1])] = value
    elif target.kind == "path":
        paths[index[0], index[1]] = value
    elif target.kind == "correlation":
        if any(model.constructs[i] in model.endogenous for i in index):
            exogenous = [c for c in model.constructs if c not in model.endogenous]
            raise InputError(f"{key}: the paths fix this correlation; give those of {', '.join(exogenous)} only")
        if not -1 <= value <= 1:
            raise InputError(f"{key} is {value:g}; a correlation lies in -1 to 1")
        correlations[index[0], index[1]] = correlations[index[1], index[0]] = value
    else:
        raise InputError(
            f"{key} is not a parameter; {unknown('kind', target.kind, ['path', 'loading', 'correlation'])}"
        )


def one_name(name: str) -> str:
    """One spelling for `A~~B` and `B ~~ A`, and for `Y~X:Z` and `Y ~ Z:X`."""
    named = name.replace(" ", "")
    outcome, _, factors = named.partition("~")
    return (
        f"{outcome}~{':'.join(sorted(factors.split(':')))}" if ":" in factors else "~~".join(sorted(named.split("~~")))
    )
