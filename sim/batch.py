"""Batch: R data sets of n answers to p items, with the moments that every estimator shares."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.errors import InputError, nearest
from sim.moments import Bools as Bools
from sim.moments import Floats as Floats
from sim.moments import Moments as Moments
from sim.moments import delete_one, delete_one_rows, resample, sample_moments
from sim.streams import Address

Finding = TypeVar("Finding")


#: The address of data that belong to no study.
NOWHERE = Address(0, "0" * 64)


@dataclass(frozen=True)
class Batch:
    """R data sets of one size, about the same items.

    answers (R, n, p): small integers (Likert) or floats; None where only moments are known.
    replications (R,): the ids under which bootstrap streams are addressed.
    retained (R, p): the items still in the study; estimators leave the others out.
    address: where the bootstrap streams are.
    drawn: for bootstrap resamples, the respondents (N, p) they come from and the rows drawn of them (R, n).
    missing: which answers are missing (R, n, p), or None where answers are complete; methods get complete ones only.
    members: the group of each respondent (R, n), from 0, where a population consists of groups; None where of one.
    items: the names of the p columns; None where nobody gave any, and the columns stand as the model's items do.
    found: what methods have worked out on these answers, see `once`.
    """

    answers: NDArray[np.generic] | None
    replications: NDArray[np.int64]
    retained: Bools
    moments_given: Moments | None = None
    address: Address = NOWHERE
    drawn: tuple[NDArray[np.generic], NDArray[np.integer]] | None = None
    missing: Bools | None = None
    items: tuple[str, ...] | None = None
    members: NDArray[np.integer] | None = None
    found: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        # Loops are compiled for each layout that they meet, seconds each time. Columns of a data frame, and of items in
        # another order, come in Fortran's order or read-only.
        object.__setattr__(self, "retained", np.require(self.retained, requirements=["C", "W"]))

    @classmethod
    def of(
        cls,
        answers: NDArray[np.generic],
        replications: Sequence[int] | NDArray[np.int64] | None = None,
        address: Address = NOWHERE,
        missing: Bools | None = None,
        items: Sequence[str] | None = None,
    ) -> "Batch":
        """A batch of raw answers (R, n, p), or one data set (n, p); every item is retained.

        With names of the `items` (p,) the columns may stand in any order: methods find them by name. Raises InputError
        where there are not p names, or two alike.
        """
        data = answers[None] if answers.ndim == 2 else answers
        if data.ndim != 3:
            raise ValueError(f"answers have {answers.ndim} dimensions; give (R, n, p) or (n, p)")
        r, _, p = data.shape
        ids = np.arange(r) if replications is None else np.asarray(replications, dtype=np.int64)
        retained = np.ones((r, p), dtype=bool)
        return cls(data, ids, retained, address=address, missing=missing, items=names_of(items, p))

    @classmethod
    def of_frame(cls, frame: pd.DataFrame, address: Address = NOWHERE) -> "Batch":
        """One data set from a data frame: a respondent a row, an item a column under its name; empty cells are missing.

        Raises InputError for a column that does not hold numbers, and for two columns of one name.
        """
        items = names_of([str(name) for name in frame.columns], frame.shape[1])
        for name, kind in zip(items or (), frame.dtypes, strict=True):
            if not pd.api.types.is_numeric_dtype(kind):
                raise InputError(f"item {name} holds {kind} and not numbers; give its answers as numbers")
        answers = frame.to_numpy(dtype=np.float64, na_value=np.nan)
        gone = np.isnan(answers)
        exact = whole_answers(np.where(gone, 0.0, answers))
        data = exact if exact.dtype == np.int8 else answers
        return cls.of(data, address=address, missing=gone[None] if gone.any() else None, items=items)

    @classmethod
    def of_moments(cls, moments: Moments, items: Sequence[str] | None = None) -> "Batch":
        """A batch of which only the moments are known: a population's own. Names of `items` as in `of`."""
        r, p = moments.means.shape
        retained = np.ones((r, p), dtype=bool)
        return cls(None, np.arange(r), retained, moments_given=moments, items=names_of(items, p))

    @classmethod
    def of_resamples(
        cls,
        answers: NDArray[np.generic],
        rows: NDArray[np.integer],
        retained: Bools,
        items: tuple[str, ...] | None = None,
    ) -> "Batch":
        """Resamples of one data set (n, p) or of G (G, n, p), as in `resample`, with their retained items (p,)."""
        pool = answers.reshape(-1, answers.shape[-1])
        kept = np.repeat(retained[None], len(rows), axis=0)
        return cls(None, np.arange(len(rows)), kept, resample(answers, rows), drawn=(pool, rows), items=items)

    @classmethod
    def leaving_one_out(
        cls,
        answers: NDArray[np.generic],
        start: int,
        stop: int,
        retained: Bools,
        items: tuple[str, ...] | None = None,
    ) -> "Batch":
        """One data set (n, p) without respondent `start`, ..., without `stop - 1`, with its retained items (p,)."""
        rows = delete_one_rows(len(answers), start, stop)
        kept = np.repeat(retained[None], len(rows), axis=0)
        moments = delete_one(answers, rows, start)
        return cls(None, np.arange(start, stop), kept, moments, drawn=(answers, rows), items=items)

    def __len__(self) -> int:
        return len(self.replications)

    @property
    def n(self) -> float:
        """Respondents in each data set; infinite for a population's moments."""
        return self.moments_given.n if self.answers is None else self.answers.shape[1]  # type: ignore[union-attr]

    @cached_property
    def moments(self) -> Moments:
        """Moments of every data set. Sums of integer answers are exact, so nothing depends on summation order."""
        return self.moments_given if self.moments_given is not None else sample_moments(self.raw)

    @cached_property
    def raw(self) -> NDArray[np.generic]:
        """The answers (R, n, p); those of resamples are gathered when first asked for. See `has_answers`."""
        if self.missing is not None:
            raise ValueError(
                "answers are missing in this batch; `estimators.wrappers.handled` makes complete ones of them"
            )
        if self.answers is not None:
            return self.answers
        if self.drawn is None:
            raise ValueError("this batch holds moments only; the method asks for the answers themselves")
        answers, rows = self.drawn
        gathered: NDArray[np.generic] = answers[rows]
        return gathered

    @property
    def _given(self) -> NDArray[np.generic]:
        """The answers (R, n, p) as they were given, missing ones among them."""
        return self.raw if self.answers is None else self.answers

    @property
    def has_answers(self) -> bool:
        """Whether there is more than moments: False for a population's."""
        return self.answers is not None or self.drawn is not None

    def once(self, key: Hashable, find: Callable[[], Finding]) -> Finding:
        """`find()`, worked out once for these answers: methods that need the same thing share it, unchanged.

        `key` names all it depends on except the answers and their address; the retained items too, where they matter.
        """
        if key not in self.found:
            self.found[key] = find()
        return self.found[key]  # type: ignore[no-any-return]

    def rows(self, some: slice | NDArray[np.integer]) -> "Batch":
        """Some of the data sets; nothing that was found on all of them comes along."""
        given, drawn = self.moments_given, self.drawn
        return replace(
            self,
            answers=None if self.answers is None else self.answers[some],
            replications=self.replications[some],
            retained=self.retained[some],
            moments_given=None if given is None else given.rows(some),
            drawn=None if drawn is None else (drawn[0], drawn[1][some]),
            missing=None if self.missing is None else self.missing[some],
            members=None if self.members is None else self.members[some],
            found={},
        )

    def by_reference(self) -> "Batch":
        """The data sets with answers that are gathered when asked for: to take `rows` of them again is then cheap."""
        if self.answers is None or self.missing is not None:
            return self
        r, n, p = self.answers.shape
        rows = np.arange(r * n, dtype=np.uint32).reshape(r, n)
        return replace(self, answers=None, moments_given=self.moments, drawn=(self.answers.reshape(-1, p), rows))

    def keep(self, retained: Bools) -> "Batch":
        """A batch of these data sets in which only the items of `retained` (R, p) take part; moments are shared."""
        return replace(self, retained=retained, moments_given=self.moments)

    def aligned(self, items: tuple[str, ...]) -> "Batch":
        """A batch of these data sets with the columns in the order of a model's `items` (p,), found by name.

        Where no names were given the columns are taken as they stand, if there are as many. Data about no items (themes
        of interviews) are left alone. Raises InputError naming the items that the data lack and those that are no item
        of the model.
        """
        if not items or self.items == items:
            return self
        width = self.retained.shape[1]
        if self.items is None:
            if width != len(items):
                raise InputError(
                    f"the answers have {width} columns, and the model has {len(items)} items ({', '.join(items)}); "
                    "give a column for each item, in this order, or name the columns with items=[...]"
                )
            return self
        if set(self.items) != set(items):
            raise InputError(other_items(self.items, items))
        places = [self.items.index(item) for item in items]
        return self.once(("aligned", items, self.retained.tobytes()), lambda: self._ordered(places, items))

    def only(self, items: tuple[str, ...]) -> "Batch":
        """A batch of these data sets with the columns of the named `items` alone, in the order given."""
        assert self.items is not None
        places = [self.items.index(item) for item in items]
        return self.once(("only", items, self.retained.tobytes()), lambda: self._ordered(places, items))

    def _ordered(self, places: list[int], items: tuple[str, ...]) -> "Batch":
        """The columns at these places, under these names."""

        def columns(array: NDArray[Any]) -> NDArray[Any]:
            return np.take(array, places, axis=-1)

        given, drawn = self.moments_given, self.drawn
        moments = None
        if given is not None:
            higher = None if given.higher is None else given.higher.of_items(places)
            covariances = np.take(columns(given.covariances), places, axis=-2)
            moments = Moments(columns(given.means), covariances, given.n, higher)
        return replace(
            self,
            answers=None if self.answers is None else columns(self.answers),
            retained=columns(self.retained),
            moments_given=moments,
            drawn=None if drawn is None else (columns(drawn[0]), drawn[1]),
            missing=None if self.missing is None else columns(self.missing),
            items=items,
            found={},
        )

    def answers_to(self, item: str) -> NDArray[np.generic]:
        """The answers to one item, by its name (R, n). Raises InputError where it is not there."""
        if self.items is None:
            raise InputError(f"the columns of this batch have no names, so none is {item}; give items=[...]")
        if item not in self.items:
            raise InputError(f"item '{item}' is not among the answers{nearest(item, self.items)}")
        return self._given[:, :, self.items.index(item)]

    def respondent(self, place: int, data_set: int = 0) -> Mapping[str, Any]:
        """The answers of one respondent of a data set, both counted from 0, by the names of the items."""
        if self.items is None:
            raise InputError("the columns of this batch have no names; give items=[...]")
        return dict(zip(self.items, self._given[data_set, place].tolist(), strict=True))


def whole_answers(answers: Floats) -> NDArray[np.generic]:
    """Answers as int8 where they are small whole numbers, which makes their sums exact; otherwise as they are."""
    small = answers.size > 0 and np.abs(answers).max() <= 100 and (answers == np.round(answers)).all()
    return answers.astype(np.int8) if small else answers


def pairs_of(retained: Bools) -> Bools:
    """Pairs of retained items (R, p, p)."""
    pairs: Bools = retained[:, :, None] & retained[:, None, :]
    return pairs


def names_of(items: Sequence[str] | None, p: int) -> tuple[str, ...] | None:
    """The names of p columns, checked, or None where there are none."""
    if items is None:
        return None
    names = tuple(items)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"the answers have two columns of one name ({', '.join(twice)}); give every item its own name")
    if len(names) != p:
        raise InputError(f"the answers have {p} columns and {len(names)} names of items; give one name for each column")
    return names


def other_items(given: tuple[str, ...], items: tuple[str, ...]) -> str:
    """The message for answers to other items than the model's."""
    lacking = [item for item in items if item not in given]
    strange = [name for name in given if name not in items]
    told = [f"lack {', '.join(lacking)}"] if lacking else []
    told += [f"have {', '.join(strange)}, which the model does not"] if strange else []
    return (
        f"the answers {' and '.join(told)}; give a column for each item of the model ({', '.join(items)}) and no other"
    )
