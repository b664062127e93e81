"""Products of constructs that act on another in the population: interactions `Y~X:Z` and quadratic terms `Y~X:X`.

A model that methods fit may have them too: docs/decisions/0041. docs/decisions/0016 gives the moments here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.answers.mechanism import Mechanism, Setting, Step
from sim.batch import Floats
from sim.errors import InputError, unknown
from sim.model import Model
from sim.structures.distribution import Distribution

_SPELT = re.compile(r"([\w.]+)~([\w.]+):([\w.]+)\Z")


@dataclass(frozen=True)
class Products(Mechanism):
    """Effects of products: (outcome, first factor, second factor, coefficient), none of them 0.

    A coefficient multiplies the product itself less its mean; products are not standardised.
    """

    step: ClassVar[Step] = Step.RESPONSES
    within_groups: ClassVar[bool] = False
    has_section: ClassVar[bool] = False
    needs_categories: ClassVar[bool] = False
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = ({"effects": (("G", "F", "H", 0.3),)},)

    effects: tuple[tuple[str, str, str, float], ...] = ()

    @property
    def given(self) -> dict[str, Any]:
        """The effects in alphabetical order, coefficients to ten digits; nothing where there are none."""
        effects = sorted([outcome, *sorted(pair), float(f"{value:.10g}")] for outcome, *pair, value in self.effects)
        return {"effects": effects} if effects else {}

    @property
    def words(self) -> str:
        """The effects, in words for a report; empty where there are none."""
        told = ", ".join(f"{name_of(outcome, a, b)} {value:g}" for outcome, a, b, value in self.effects)
        return f"products of constructs: {told}" if told else ""

    @cached_property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The products (q,), each a pair of constructs, first come first; one that acts on two outcomes stands once."""
        return tuple(dict.fromkeys(_ordered(a, b) for _, a, b, _ in self.effects))

    def places(self, model: Model) -> NDArray[np.int64]:
        """Indices of the products' constructs (q, 2)."""
        places = [[model.constructs.index(name) for name in pair] for pair in self.pairs]
        return np.array(places, dtype=np.int64).reshape(-1, 2)

    def paths(self, model: Model) -> Floats:
        """Coefficients (m, q) as [outcome, product]."""
        coefficients = np.zeros((len(model.constructs), len(self.pairs)))
        for outcome, a, b, value in self.effects:
            coefficients[model.constructs.index(outcome), self.pairs.index(_ordered(a, b))] = value
        return coefficients

    def curved(self, model: Model) -> NDArray[np.bool_]:
        """True for constructs that depend on a product, directly or through others (m,)."""
        curved: NDArray[np.bool_] = (self.paths(model) != 0).any(axis=1, keepdims=True)[:, 0]
        for j in model.causal_order:
            curved[j] |= curved[model.path_matrix[j]].any()
        return curved

    def order(self, model: Model) -> tuple[int, ...]:
        """A causal order in which the constructs of products come before those that depend on a product."""
        curved = self.curved(model)
        return tuple(sorted(model.causal_order, key=lambda j: bool(curved[j])))

    def check(self, setting: Setting) -> None:
        """Raises InputError for outcomes without a path, for products of constructs that a product acts on.

        And for constructs that are not normal, whose products have other moments.
        """
        model, distribution = setting.model, setting.of(Distribution)
        if self.effects and model.second_order:
            raise InputError(
                f"{name_of(*self.effects[0][:3])}: products do not go with second-order constructs; leave out "
                f"{model.second_order[0].construct} or the products"
            )
        for key in ("constructs", "exogenous", "disturbances", "items"):
            if self.effects and getattr(distribution, key) not in ("", "normal"):
                raise InputError(
                    f"{name_of(*self.effects[0][:3])}: products are of normal constructs, not of distribution.{key} = "
                    f'"{getattr(distribution, key)}"; leave one of the two out'
                )
        curved = self.curved(model)
        for outcome, a, b, _ in self.effects:
            name = name_of(outcome, a, b)
            if outcome not in model.endogenous:
                raise InputError(
                    f"{name}: no path leads to {outcome}; a product acts beside paths, so add one to the model, "
                    f"such as {outcome} ~ {a} (its value may be 0)"
                )
            for factor in (a, b):
                if curved[model.constructs.index(factor)]:
                    raise InputError(
                        f"{name}: {factor} depends on a product itself; products are of constructs that do not, so "
                        "name others"
                    )


NO_PRODUCTS = Products()


def read(name: str, model: Model) -> tuple[str, str, str] | None:
    """(outcome, factor, factor) of `Y~X:Z`, or None where the name has no such form.

    Raises InputError for constructs that the model has not.
    """
    found = _SPELT.match(name.replace(" ", ""))
    if not found:
        return None
    outcome, a, b = found.groups()
    for construct in (outcome, a, b):
        if construct not in model.constructs:
            raise InputError(f"{name}: {unknown('construct', construct, model.constructs)}")
    return (outcome, *_ordered(a, b))


def name_of(outcome: str, a: str, b: str) -> str:
    """`Y~X:Z`."""
    return f"{outcome}~{a}:{b}"


def covariances(phi: Floats, places: NDArray[np.int64]) -> Floats:
    """Covariances (q, q) of products of standard normals with correlations phi (m, m), by Isserlis (1918).

    cov(a b, c d) = phi_ac phi_bd + phi_ad phi_bc.
    """
    a, b = places.T
    return np.asarray(phi[np.ix_(a, a)] * phi[np.ix_(b, b)] + phi[np.ix_(a, b)] * phi[np.ix_(b, a)])


def centred(scores: Floats, places: NDArray[np.int64], means: Floats) -> Floats:
    """Products (n, q) of construct scores (n, m), less their means (q,)."""
    return scores[:, places[:, 0]] * scores[:, places[:, 1]] - means


def _ordered(a: str, b: str) -> tuple[str, str]:
    first, second = sorted((a, b))
    return first, second


def cumulants(linear: Floats, effects: Floats, places: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Third and fourth cumulants of constructs x_j + x'Ax (m,) for normal x with covariances S = linear (m, m).

    effects (m, q): total effects of the products of x at `places` (q, 2). k_3 = 8 tr (AS)^3 + 6 s'As and
    k_4 = 48 tr (AS)^4 + 48 s'ASAs with s = column j of S (Mathai & Provost 1992, theorem 3.2b.2).
    """
    m = len(linear)
    third, fourth = np.zeros(m), np.zeros(m)
    for j in range(m):
        a = np.zeros((m, m))
        np.add.at(a, tuple(places.T), effects[j] / 2)
        np.add.at(a, tuple(places.T[::-1]), effects[j] / 2)
        twice, own = a @ linear @ a @ linear, linear[j]
        third[j] = 8 * np.trace(twice @ a @ linear) + 6 * own @ a @ own
        fourth[j] = 48 * np.trace(twice @ twice) + 48 * own @ a @ linear @ a @ own
    return third, fourth


def joint_cumulants(linear: Floats, effects: Floats, places: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Third (m, m, m) and fourth (m, m, m, m) cumulants of constructs x_j + x'A_j x, x normal with covariances S.

    linear (m, m): S. effects (m, q): total effects of the products of x at `places` (q, 2), so that A_j is half the
    sum of them, symmetric. With s_i a column of S: the third is 2 s_i'A_k s_j, over the three places of the quadratic
    part, and 8 tr A_i S A_j S A_k S; the fourth is 4 s_i'A_k S A_l s_j, over the twelve orders of the places, and
    16 tr A_i S A_j S A_k S A_l S, over the three circles of four (Mathai & Provost 1992, section 3.2, for unequal
    forms).
    """
    m = len(linear)
    if not places.size:
        return np.zeros((m, m, m)), np.zeros((m, m, m, m))
    quadratic = np.zeros((m, m, m))
    for (a, b), column in zip(places, effects.T, strict=True):
        quadratic[:, a, b] += column / 2
        quadratic[:, b, a] += column / 2
    shared = quadratic @ linear  # A_j S
    ends = linear @ quadratic @ linear  # [k, i, j] = s_i'A_k s_j
    two = np.einsum("kab,lbc->klac", shared, shared, optimize=True)
    twice = np.einsum("ai,kab,lbj->ijkl", linear, shared, quadratic @ linear, optimize=True)  # s_i'A_k S A_l s_j
    third = 2 * (np.einsum("kij->ijk", ends) + np.einsum("kij->ikj", ends) + np.einsum("kij->kij", ends))
    third = third + 8 * np.einsum("ijab,kba->ijk", two, shared, optimize=True)
    fourth = np.zeros((m, m, m, m))
    for order in permutations(range(4)):  # i and j count in both orders, which are one
        fourth += 2 * np.transpose(twice, np.argsort(order))
    circles = 16 * np.einsum("ijab,klba->ijkl", two, two, optimize=True)
    for axes in ((0, 1, 2, 3), (0, 2, 1, 3), (0, 1, 3, 2)):
        fourth += np.transpose(circles, axes)
    return third, fourth
