"""Groups of respondents with parameters of their own, analysed together: what all of them are as one population."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.answers.mechanism import Mechanism, Setting, Step
from sim.batch import Floats
from sim.errors import InputError, unknown
from sim.structures.structure import Pooled, Structure

RANDOM, FIXED = "random", "fixed"


@dataclass(frozen=True)
class Grouping(Mechanism):
    """What a population file says of its groups beside their parameters.

    sizes: of the groups in a sample, "random" (every respondent is of a group by its share) or "fixed" (shares of n,
    rounded by largest remainders). only: the one group that is drawn, all of them where it is empty.
    """

    step: ClassVar[Step] = Step.RESPONSES

    sizes: str = RANDOM
    only: str = ""

    def check_names(self, names: Sequence[str]) -> None:
        """Raises InputError for sizes and groups that do not exist."""
        if self.sizes not in (RANDOM, FIXED):
            raise InputError(f"grouping.sizes: {unknown('way', self.sizes, [RANDOM, FIXED])}")
        if self.given and not names:
            raise InputError("[grouping] is about groups, and there are none; give [groups.NAME], or leave it out")
        if self.only and self.only not in names:
            raise InputError(f"grouping.only: {unknown('group', self.only, names)}")


class Member(Protocol):
    """What a group of respondents is itself: a population."""

    @property
    def content(self) -> dict[str, Any]:
        """What draws depend on, as plain data."""

    @property
    def structure(self) -> Structure:
        """The group's numbers and what follows from them."""


P = TypeVar("P", bound=Member)


@dataclass(frozen=True)
class Group(Generic[P]):
    """A group of respondents: its name, its share of the population, and what it is itself."""

    name: str
    share: float
    population: P


def _differing_paths(members: Sequence[Group[P]]) -> list[str]:
    """`Y~X 0.4 in small, -0.2 in large`, for each path among constructs that is not the same in every group."""
    told: list[str] = []
    structures = {group.name: group.population.structure for group in members}
    if not structures:
        return told
    model = next(iter(structures.values())).model
    for path in model.targets:
        if path.kind == "path" and all(part in model.constructs for part in path.parts):
            outcome, predictor = (model.constructs.index(part) for part in path.parts)
            values = {name: float(found.paths[outcome, predictor]) for name, found in structures.items()}
            if len(set(values.values())) > 1:
                told.append(f"{path.name} " + ", ".join(f"{value:g} in {name}" for name, value in values.items()))
    return told


@dataclass(frozen=True)
class Groups(Mechanism, Generic[P]):
    """The groups that a population consists of, none where it is of one kind; see `Grouping` for sizes."""

    step: ClassVar[Step] = Step.RESPONSES
    keeps_normal: ClassVar[bool] = True
    has_section: ClassVar[bool] = False
    keeps_readings: ClassVar[bool] = True
    needs_categories: ClassVar[bool] = False

    members: tuple[Group[P], ...] = ()
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
        """The groups with their shares and the paths in which they differ, for a report; empty without groups."""
        told = ", ".join(f"{group.name} {group.share:g}" for group in self.members)
        parts = [told, *_differing_paths(self.members), f"sizes {self.sizes}"]
        return f"{len(self.members)} groups ({'; '.join(parts)})" if told else ""

    def check(self, setting: Setting) -> None:
        """Raises InputError for models and sections (those that depart) that groups do not go with."""
        if not self.members:
            return
        for block in setting.model.second_order:
            raise InputError(
                f"groups are of constructs with items, and {block.construct} is second-order; leave one of the two out"
            )
        for section in sorted(name for name, part in setting.mechanisms.items() if not part.within_groups):
            raise InputError(f"groups do not go with [{section}]; leave one of the two out")

    @property
    def shares(self) -> Floats:
        """Shares of the groups."""
        return np.array([group.share for group in self.members])

    @property
    def populations(self) -> list[P]:
        """What each group is itself."""
        return [group.population for group in self.members]

    def structure(self, whole: Structure) -> Structure:
        """The structure of all groups together, `whole` where there are none."""
        if not self.members:
            return whole
        parts = {field.name: getattr(whole, field.name) for field in fields(whole)}
        own = tuple((group.share, group.population.structure) for group in self.members)
        return Pooled(**parts, members=own)

    def mean(self, of: Callable[[P], Floats]) -> Floats:
        """The mean over respondents of an array of each group. All constructs and responses have mean 0."""
        return np.asarray(sum(group.share * of(group.population) for group in self.members))

    def changed(self, change: Callable[[P], P]) -> "Groups[P]":
        """Groups of the same shares, with `change` made to each population."""
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
