"""Groups of respondents with parameters of their own, analysed together: what all of them are as one population."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.answers.law import Law
from sim.answers.mechanism import Mechanism
from sim.batch import Floats
from sim.errors import InputError, unknown
from sim.model import Model
from sim.structures.readings import regressions

if TYPE_CHECKING:
    from sim.population.record import Population

RANDOM, FIXED = "random", "fixed"
#: Mechanisms that act within every group, or on the answers of all.
_GO_WITH_GROUPS = frozenset({"groups", "distribution", "model_error", "responses", "missing"})


@dataclass(frozen=True)
class Grouping(Mechanism):
    """What a population file says of its groups beside their parameters.

    sizes: of the groups in a sample, "random" (every respondent is of a group by its share) or "fixed" (shares of n,
    rounded by largest remainders). only: the one group that is drawn, all of them where it is empty.
    """

    sizes: str = RANDOM
    only: str = ""

    def check(self, names: Sequence[str]) -> None:
        """Raises InputError for sizes and groups that do not exist."""
        if self.sizes not in (RANDOM, FIXED):
            raise InputError(f"grouping.sizes: {unknown('way', self.sizes, [RANDOM, FIXED])}")
        if self.given and not names:
            raise InputError("[grouping] is about groups, and there are none; give [groups.NAME], or leave it out")
        if self.only and self.only not in names:
            raise InputError(f"grouping.only: {unknown('group', self.only, names)}")


@dataclass(frozen=True)
class Group:
    """A group of respondents: its name, its share of the population, and what it is itself."""

    name: str
    share: float
    population: "Population"


@dataclass(frozen=True)
class Groups(Mechanism):
    """The groups that a population consists of, none where it is of one kind; see `Grouping` for sizes."""

    members: tuple[Group, ...] = ()
    sizes: str = RANDOM

    @property
    def given(self) -> dict[str, Any]:
        """Every group's share and content, and fixed sizes; nothing where there are no groups."""
        if not self.members:
            return {}
        told = [[group.name, float(f"{group.share:.10g}"), group.population.content] for group in self.members]
        return {"members": told, "sizes": self.sizes}

    @property
    def words(self) -> str:
        """The groups with their shares, for a report; empty where there are none."""
        told = ", ".join(f"{group.name} {group.share:g}" for group in self.members)
        return f"{len(self.members)} groups ({told}; sizes {self.sizes})" if told else ""

    def check(self, model: Model, sections: Collection[str]) -> None:
        """Raises InputError for models and sections (those that depart) that groups do not go with."""
        if not self.members:
            return
        kinds = {block.construct: "composite" for block in model.blocks if block.kind == "composite"}
        kinds |= {block.construct: "second-order" for block in model.second_order}
        for construct, kind in kinds.items():
            raise InputError(f"groups are of common factors, and {construct} is {kind}; leave one of the two out")
        for section in sorted(set(sections) - _GO_WITH_GROUPS):
            raise InputError(f"groups do not go with [{section}]; leave one of the two out")

    @property
    def shares(self) -> Floats:
        """Shares of the groups."""
        return np.array([group.share for group in self.members])

    def mean(self, of: Callable[["Population"], Floats]) -> Floats:
        """The mean over respondents of an array of each group. All constructs and responses have mean 0."""
        return np.asarray(sum(group.share * of(group.population) for group in self.members))

    def law(self) -> Law:
        """The law of sincere answers of all groups together.

        P(both exceed) is the mean of the groups', and constructs have mean 0 in each, so that slopes are means too.
        """
        laws = [group.population.law for group in self.members]
        above = np.asarray(sum(share * law.above for share, law in zip(self.shares, laws, strict=True)))
        first, second = np.triu_indices(len(above), 1)
        excess = sum(
            share * (law.excess + law.above[first][:, :, None] * law.above[second][:, None, :])
            for share, law in zip(self.shares, laws, strict=True)
        )
        return Law(
            above,
            np.asarray(excess - above[first][:, :, None] * above[second][:, None, :]),
            np.asarray(sum(share * law.slopes for share, law in zip(self.shares, laws, strict=True))),
            respondents=min(law.respondents for law in laws),
        )

    def changed(self, change: Callable[["Population"], "Population"]) -> "Groups":
        """The same groups, each changed."""
        return replace(self, members=tuple(replace(g, population=change(g.population)) for g in self.members))

    def membership(self, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """The group of each of n respondents (n,), as its number, in random order."""
        if self.sizes == RANDOM:
            return np.searchsorted(np.cumsum(self.shares)[:-1], rng.random(n), side="right")
        exact = self.shares * n
        sizes = np.floor(exact).astype(np.int64)
        largest = np.argsort(sizes - exact, kind="stable")[: n - int(sizes.sum())]
        sizes[largest] += 1
        return rng.permutation(np.repeat(np.arange(len(sizes)), sizes))


def check_shares(shares: Mapping[str, float]) -> None:
    """Raises InputError for a single group, and for shares that are no shares of a whole."""
    told = " and ".join(f"{name} = {share:g}" for name, share in shares.items())
    if len(shares) < 2:
        raise InputError(f"groups: {told} alone; give two groups or more, or none")
    if any(share <= 0 for share in shares.values()) or abs(sum(shares.values()) - 1) > 1e-9:
        raise InputError(f"groups: shares {told} sum to {sum(shares.values()):g}; give positive shares that sum to 1")


def pooled(members: Sequence[Group], sizes: str = RANDOM) -> "Population":
    """All groups as one population, whose true values are those of regressions over all its respondents.

    Construct correlations are the mean of the groups' (every construct has mean 0 and variance 1 in each), paths and r2
    those of regressions with these correlations, loadings the mean of the groups', as is the covariance matrix of the
    responses. Fits nothing beyond that: neither need the model hold for all groups together, nor be true loadings what
    a factor analysis of all respondents gives.
    """
    groups, first = Groups(tuple(members), sizes), members[0].population
    correlations = groups.mean(lambda population: population.construct_correlations)
    paths, _ = regressions(first.model, correlations)
    return replace(
        first,
        loadings=groups.mean(lambda population: population.loadings),
        paths=paths,
        exogenous_correlations=correlations,
        error_covariances=groups.mean(lambda population: population.error_covariances),
        products=type(first.products)(),
        groups=groups,
    )
