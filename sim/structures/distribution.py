"""Distribution: which distributions constructs, disturbances, errors or items have in place of the normal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import BeforeValidator

from sim.answers.mechanism import Mechanism, Setting, Step
from sim.answers.responses import Responses
from sim.batch import Bools, Floats
from sim.distributions.copulas import Copula
from sim.distributions.families import NEEDS, Family
from sim.distributions.independent import IndependentGenerators
from sim.distributions.itemwise import Items, ValeMaurelli
from sim.errors import InputError, unknown
from sim.form import Number

WITHIN_SAMPLE = "within sample"
VALE_MAURELLI, INDEPENDENT, COPULA = METHODS = ("vale-maurelli", "independent generator", "copula")
#: What the sources of responses are, in the order in which they are drawn.
GROUPS = ("exogenous", "disturbances", "errors")
#: Keys that some ways of drawing items have.
_METHODS_OF = {
    "skewness": (VALE_MAURELLI, INDEPENDENT),
    "kurtosis": (VALE_MAURELLI, INDEPENDENT),
    "copula": (COPULA,),
    "copula_df": (COPULA,),
    "marginal": (COPULA,),
}
#: What draws items, by the distribution, their covariances and names; the last few that were asked for.
_MADE: dict[tuple[str, bytes, tuple[str, ...]], Items] = {}
_KEPT = 16


def _number_or_table(value: Any) -> Any:
    numbers = list(value.values()) if isinstance(value, Mapping) else [value]
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, int | float) or not np.isfinite(number):
            raise ValueError("must be a number, or a table with a number for every item")
    return {item: float(number) for item, number in value.items()} if isinstance(value, Mapping) else float(value)


#: One number for all items, or one for each.
OfItems = Annotated[Any, BeforeValidator(_number_or_table)]


@dataclass(frozen=True)
class Distribution(Mechanism):
    """Distributions other than the normal; nothing given: everything is normal.

    standardised: "within sample" gives every source (exogenous construct, disturbance, error) mean 0 and variance 1
    in each sample. exogenous, disturbances, errors: families of the sources, `constructs` both of the former; `df` and
    `sigma` are theirs. items: how responses are drawn from their covariance matrix alone, with `skewness` and excess
    `kurtosis`, or with a `copula` (its `copula_df`) and a `marginal` family.
    docs/decisions/0017-non-normality.md defines each.
    """

    step: ClassVar[Step] = Step.SOURCES
    needs_categories: ClassVar[bool] = False
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"errors": "chi-square", "df": 4.0},
        {"constructs": "chi-square", "df": 4.0},
        {"standardised": WITHIN_SAMPLE},
        {"items": VALE_MAURELLI, "skewness": 0.75, "kurtosis": 1.5},
        {"items": INDEPENDENT, "skewness": 0.5, "kurtosis": 1.5},
        {"items": COPULA, "copula": "gaussian", "marginal": "exponential"},
        {"items": COPULA, "copula": "t", "copula_df": 5.0, "marginal": "uniform"},
    )

    standardised: str = ""
    constructs: str = ""
    exogenous: str = ""
    disturbances: str = ""
    errors: str = ""
    items: str = ""
    skewness: OfItems = 0.0
    kurtosis: OfItems = 0.0
    copula: str = ""
    copula_df: Number = 0.0
    marginal: str = ""
    df: Number = 0.0
    sigma: Number = 0.0

    @property
    def words(self) -> str:
        """What departs from the normal, in words; empty where nothing does."""
        told = [
            f"{key} {self._family_in_words(name)}" for key in ("constructs", *GROUPS) if (name := getattr(self, key))
        ]
        if self.standardised:
            told.append("sources standardised within each sample")
        if self.items == COPULA:
            of = f"t copula ({self.copula_df:g} df)" if self.copula == "t" else "Gaussian copula"
            told.append(f"items by a {of}, each {self._family_in_words(self.marginal)}")
        elif self.items:
            told.append(f"items by {self.items} with {self._of_items('skewness')} and {self._of_items('kurtosis')}")
        return "; ".join(told)

    def _family_in_words(self, name: str) -> str:
        need = NEEDS[name]
        return f"{name} ({need} {getattr(self, need):g})" if need else name

    def _of_items(self, key: str) -> str:
        value = getattr(self, key)
        numbers = value.values() if isinstance(value, Mapping) else [value]
        told = " to ".join(f"{number:g}" for number in sorted({min(numbers), max(numbers)}))
        return f"{'excess ' if key == 'kurtosis' else ''}{key} {told}"

    @cached_property
    def families(self) -> dict[str, Family]:
        """The family of each group of sources."""
        names = {group: getattr(self, group) or (self.constructs if group != "errors" else "") for group in GROUPS}
        return {group: Family(name or "normal", self.df, self.sigma) for group, name in names.items()}

    @property
    def normal_sources(self) -> bool:
        """Whether every source is normal, before any standardisation."""
        return all(family.name == "normal" for family in self.families.values())

    def has_law(self) -> bool:
        """Whether what a cut leaves has a closed form (`sim.implied.implied.Implied.law`)."""
        return self.items in (VALE_MAURELLI, COPULA) or (not self.items and self.normal_sources)

    def check(self, setting: Setting) -> None:
        """Raises InputError for names, numbers and combinations that cannot be."""
        if self.standardised not in ("", WITHIN_SAMPLE):
            raise InputError(f"distribution.standardised: {unknown('way', self.standardised, [WITHIN_SAMPLE])}")
        if self.items and self.items not in METHODS:
            raise InputError(f"distribution.items: {unknown('method', self.items, METHODS)}")
        self._check_methods()
        self._check_families()
        self._check_tables(setting.items)
        ways = setting.of(Responses)
        if ways.shared + ways.single_informant > 0 and self.families["errors"].name != "normal":
            raise InputError(
                f"distribution.errors = {self.errors} does not go with responses.acquiescence, common_method or "
                "single_informant, which are normal factors; leave one of them out"
            )

    def _check_methods(self) -> None:
        """Every key beside `items` is of the methods that know it."""
        for key, methods in _METHODS_OF.items():
            if getattr(self, key) != self.defaults()[key] and self.items not in methods:
                asked = " or ".join(f'items = "{method}"' for method in methods)
                raise InputError(f"distribution.{key} is of items; give {asked} too, or leave it out")
        for key in ("standardised", "constructs", *GROUPS):
            if self.items and getattr(self, key):
                raise InputError(
                    f"distribution.{key} is of sources, and items by {self.items} are drawn from their covariance "
                    "matrix, without sources; leave one of the two out"
                )
        if self.items == COPULA and not self.marginal:
            raise InputError(f"distribution.marginal is missing; a copula needs one of {', '.join(NEEDS)}")
        if self.copula not in ("", "gaussian", "t"):
            raise InputError(f"distribution.copula: {unknown('copula', self.copula, ['gaussian', 't'])}")
        if (self.copula == "t") != (self.copula_df != 0) or (self.copula == "t" and not self.copula_df >= 1):
            raise InputError(
                f"distribution.copula_df is {self.copula_df:g}; a t copula needs 1 or more, and no other has any"
            )

    def _check_families(self) -> None:
        for key in ("constructs", *GROUPS, "marginal"):
            if (name := getattr(self, key)) and name not in NEEDS:
                raise InputError(f"distribution.{key}: {unknown('distribution', name, list(NEEDS))}")
        if self.constructs and (self.exogenous or self.disturbances):
            raise InputError(
                "distribution.constructs is of exogenous constructs and of disturbances; give it, or exogenous and "
                "disturbances"
            )
        used = {NEEDS[name]: name for name in self._families_named}
        for key, least in (("df", 0.0), ("sigma", 0.0)):
            value = getattr(self, key)
            if key in used and not value > least:
                raise InputError(f"distribution.{key} is {value:g}; {used[key]} needs a number above {least:g}")
            if value and key not in used:
                needing = " and ".join(name for name, need in NEEDS.items() if need == key)
                raise InputError(f"distribution.{key} is of {needing}, which is not asked for; leave it out")
        if "t" in self._families_named and not self.df > 4:
            raise InputError(f"distribution.df is {self.df:g}; t needs more than 4, or it has no kurtosis")

    @property
    def _families_named(self) -> list[str]:
        return [name for key in ("constructs", *GROUPS, "marginal") if (name := getattr(self, key))]

    def _check_tables(self, items: Sequence[str]) -> None:
        for key in ("skewness", "kurtosis"):
            if isinstance(table := getattr(self, key), Mapping):
                for item in table:
                    if item not in items:
                        raise InputError(f"distribution.{key}: {unknown('item', item, items)}")
                if missing := [item for item in items if item not in table]:
                    raise InputError(f"distribution.{key}: no number is given for {', '.join(missing)}; give each one")

    def of_items(self, covariance: Floats, items: Sequence[str]) -> Items | None:
        """What draws responses from this covariance matrix (p, p); None where they are made from sources.

        Raises InputError where no such responses exist. The last ones are kept: populations that differ in other things
        ask for the same.
        """
        if not self.items:
            return None
        key = (repr(self), covariance.tobytes(), tuple(items))
        if key not in _MADE:
            while len(_MADE) >= _KEPT:
                _MADE.pop(next(iter(_MADE)), None)
            _MADE[key] = self._items_of(covariance, items)
        return _MADE[key]

    def _items_of(self, covariance: Floats, items: Sequence[str]) -> Items:
        skewness, kurtosis = (self._per_item(getattr(self, key), items) for key in ("skewness", "kurtosis"))
        match self.items:
            case "vale-maurelli":
                return ValeMaurelli.of(covariance, skewness, kurtosis, items)
            case "independent generator":
                return IndependentGenerators.of(covariance, skewness, kurtosis, items)
        marginal = Family(self.marginal, self.df, self.sigma)
        return Copula.of(covariance, marginal, self.copula_df or np.inf, items)

    @staticmethod
    def _per_item(value: float | Mapping[str, float], items: Sequence[str]) -> Floats:
        return np.array([value[item] if isinstance(value, Mapping) else value for item in items], dtype=np.float64)

    def sources(self, exogenous: Bools, items: int, n: int, rng: np.random.Generator) -> Floats:
        """The sources of n respondents (n, m + p): constructs, exogenous (m,) or not, then the items' errors."""
        m = len(exogenous)
        if self.normal_sources:
            found = rng.standard_normal((n, m + items))
        else:
            found = np.empty((n, m + items))
            columns = (np.flatnonzero(exogenous), np.flatnonzero(~exogenous), np.arange(m, m + items))
            for group, own in zip(GROUPS, columns, strict=True):
                found[:, own] = self.families[group].draw(rng, (n, len(own)))
        if self.standardised:
            found -= found.mean(axis=0)
            found /= np.sqrt((found**2).mean(axis=0))
        return found

    def shape(self, exogenous: Bools, items: int) -> tuple[Floats, Floats]:
        """Skewness and excess kurtosis of the sources (m + p,)."""
        of = [self.families["exogenous" if own else "disturbances"] for own in exogenous]
        of += [self.families["errors"]] * items
        return np.array([family.skewness for family in of]), np.array([family.kurtosis for family in of])
