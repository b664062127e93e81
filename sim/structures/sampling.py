"""Sampling: a finite population of firms in clusters, what firms of a cluster share, and which of them answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, StrictBool

from sim.answers.mechanism import Mechanism, Setting, Step
from sim.batch import Floats
from sim.errors import InputError, unknown
from sim.form import Number
from sim.structures.distribution import Distribution

#: The largest population that is worth its memory; one of more firms is as good as infinite.
MOST_FIRMS = 100_000
Count = Annotated[int, Field(strict=True, le=10_000_000)]


@dataclass(frozen=True)
class Sampling(Mechanism):
    """How respondents come about; nothing given: independent draws from an infinite population.

    clusters: firms in each; population_size: all firms, where there are no clusters or as their sum. icc, icc_errors:
    shares of the variance of constructs and of items' errors that lie between clusters. response: the probability that
    a firm of a cluster answers; a study of n is one in which n did. finite = false: clusters are shares of an infinite
    population. docs/decisions/0019-finite-populations-and-clusters.md defines each.
    """

    step: ClassVar[Step] = Step.RESPONSES
    of_samples: ClassVar[bool] = True
    within_groups: ClassVar[bool] = False
    needs_categories: ClassVar[bool] = False
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"clusters": {"A": 500, "B": 300, "C": 200}, "icc": 0.2},
        {"population_size": 900},
        {"clusters": {"A": 500, "B": 300, "C": 200}, "icc": 0.1, "icc_errors": 0.1, "finite": False},
    )

    clusters: Mapping[str, Count] = field(default_factory=dict)
    population_size: Count = 0
    icc: Number = 0.0
    icc_errors: Number = 0.0
    response: Mapping[str, Number] = field(default_factory=dict)
    finite: StrictBool = True

    @property
    def size(self) -> int | None:
        """Firms in the population; None where it is infinite."""
        total = sum(self.clusters.values()) or self.population_size
        return total if self.finite and total else None

    @property
    def names(self) -> tuple[str, ...]:
        """The clusters in alphabetical order, which is that of every array: the order of a file changes no draw."""
        return tuple(sorted(self.clusters))

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """Firms in each cluster (C,); all in one where there are no clusters."""
        return np.array([self.clusters[name] for name in self.names] or [self.population_size], dtype=np.int64)

    @cached_property
    def odds(self) -> Floats:
        """Odds that a firm of each cluster answers (C,); 1 where nothing is said, which makes all alike."""
        p = np.array([self.response.get(name, 0.5) for name in self.names] or [0.5])
        return np.asarray(p / (1.0 - p))

    @property
    def words(self) -> str:
        """What departs, in words; empty where nothing does."""
        sizes = ", ".join(f"{name} {self.clusters[name]}" for name in self.names)
        told = [
            *([f"respondents drawn without replacement from {self.size} firms"] if self.size else []),
            *([f"clusters {sizes}"] if sizes else []),
            *([f"intra-class correlation of constructs {self.icc:g}"] if self.icc else []),
            *([f"intra-class correlation of errors {self.icc_errors:g}"] if self.icc_errors else []),
            *([f"response {', '.join(f'{n} {self.response[n]:g}' for n in self.names)}"] if self.response else []),
        ]
        return ", ".join(told)

    @property
    def given(self) -> dict[str, Any]:
        """What departs from the defaults, by its key; tables as plain ones."""
        return {key: dict(v) if isinstance(v, Mapping) else v for key, v in super().given.items()}

    def check(self, setting: Setting) -> None:
        """Raises InputError for sizes, shares and probabilities that cannot be, and for names that are no cluster."""
        if not self.given:
            return
        self._check_sizes()
        for key in ("icc", "icc_errors"):
            value = getattr(self, key)
            if not 0 <= value <= 1:
                raise InputError(f"sampling.{key} is {value:g}; give a share from 0 to 1")
            if value and not self.clusters:
                raise InputError(f"sampling.{key} needs clusters; give sampling.clusters, or leave it out")
        for name, probability in self.response.items():
            if name not in self.clusters:
                raise InputError(f"sampling.response: {unknown('cluster', name, self.names)}")
            if not 0 < probability < 1:
                raise InputError(
                    f"sampling.response.{name} is {probability:g}; give a probability above 0 and below 1 "
                    "(equal ones: every firm is as likely to answer)"
                )
        left_out = [name for name in self.names if name not in self.response]
        if self.response and left_out:
            raise InputError(f"sampling.response leaves out {', '.join(left_out)}; give every cluster's, or none")
        distribution, clustered = setting.of(Distribution), self.icc or self.icc_errors
        if distribution.items or distribution.standardised or (clustered and distribution.given):
            raise InputError(
                "[sampling] goes with distributions of constructs and errors, without icc; leave out items and "
                "standardised of [distribution], or one of the sections"
            )
        for block in setting.model.second_order:
            raise InputError(f"[sampling] goes with first-order constructs only; leave it out, or {block.construct}")

    def _check_sizes(self) -> None:
        total, stated = sum(self.clusters.values()), self.population_size
        for name, size in self.clusters.items():
            if size < 1:
                raise InputError(f"sampling.clusters.{name} is {size}; give the number of firms in it, at least 1")
        if len(self.clusters) == 1:
            raise InputError(
                f"sampling.clusters names {self.names[0]} alone; give two or more, or population_size without clusters"
            )
        if not self.finite and (stated or not total):
            raise InputError("sampling: finite = false needs clusters and no population_size; change one of them")
        if not total and not stated:
            raise InputError("sampling: give clusters = { NAME = FIRMS, ... } or population_size = FIRMS")
        if not total and stated < 2:
            raise InputError(f"sampling.population_size is {stated}; give the number of firms, at least 2")
        if total and stated and total != stated:
            raise InputError(f"sampling: population_size is {stated}, the clusters hold {total}; leave one of them out")
        if max(total, stated) > MOST_FIRMS:
            raise InputError(
                f"sampling: {max(total, stated):,} firms are given, {MOST_FIRMS:,} are the most that are drawn; "
                "a larger population is as good as infinite, so leave it out"
            )
