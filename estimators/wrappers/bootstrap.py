"""Bootstrap: standard errors, intervals and p-values for any method."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

from estimators.base import Estimates, Estimator, Status
from estimators.inference.intervals import FEWEST, INTERVALS, MOST_RESAMPLES, Resampled, acceleration
from estimators.inference.signs import SIGN_CHANGES, construct_signs, individual_signs
from estimators.inference.wald import beside_model_tests
from estimators.settings import check_count
from estimators.shared.alike import Alike
from estimators.shared.parts import part
from estimators.solution import loading_targets
from estimators.wrappers.jackknife import delete_one_values
from estimators.wrappers.wrapper import Asked, Wrapper
from sim.batch import Batch, Floats
from sim.errors import InputError
from sim.missing import as_they_stand
from sim.model import Model
from sim.moments import counted
from sim.targets import Target

#: What is done with resamples on which the method gives an inadmissible solution.
INADMISSIBLE_RULES = ("keep", "drop", "replace")
#: The settings with names, and the values they may take.
CHOICES = {"interval": tuple(INTERVALS), "sign_changes": SIGN_CHANGES, "inadmissible": INADMISSIBLE_RULES}
#: Resamples drawn at the most where unusable ones are replaced, as a multiple of those asked for.
MOST_DRAWN = 4
#: Resamples of several data sets that are estimated in one go, which saves overhead; more would fill the memory.
TOGETHER = 2000
#: The key under which a batch keeps the most resamples that a method asked for.
_LONGEST = "most resamples"


class _Inferred(NamedTuple):
    """What is said of one data set: usable resamples, inadmissible ones; standard errors and interval ends (q,)."""

    used: int
    inadmissible: int
    se: Floats
    lower: Floats
    upper: Floats


@dataclass(frozen=True)
class Bootstrap(Wrapper):
    """`inner`'s estimates with nonparametric bootstrap inference (Efron & Tibshirani 1993, ch. 6, 13).

    SE: standard deviation of the resampled estimates (divisor B - 1). p-value: estimate / SE against t with B - 1
    degrees of freedom, as SmartPLS prints it, whatever the interval; targets of the whole model (chisq, cfi, ..) keep
    the inference of `inner`. `interval` is one of `intervals.INTERVALS`; "bca" takes its acceleration from the
    delete-one estimates, "studentised" the method's own standard errors. `sign_changes` ("none", "individual",
    "construct") turns mirrored resamples, see `estimators.inference.signs`. Moments without answers get values only.

    Resamples on which the method fails are left out. Those with an inadmissible solution are kept ("keep"), left out
    too ("drop"), or left out and, like failed ones, made up for by further resamples of the same stream, up to 4 B in
    all ("replace"). `Estimates.resamples` counts the usable ones, `inadmissible_resamples` the inadmissible among all
    that were looked at; with fewer than 20 usable ones there is no inference.

    Every replication has its own stream, shared by all methods of a cell; more resamples begin with the same ones.

    resample_part: (k, m) rests SE, interval and p-value on the k-th of m equal parts of the usable resamples alone, as
    if no more had been drawn; the whole is estimated once for all parts of a batch. No setting: studies extrapolate.
    """

    resamples: int = 500
    level: float = 0.95
    interval: str = "percentile"
    sign_changes: str = "none"
    inadmissible: str = "keep"
    resample_part: tuple[int, int] | None = None

    about: ClassVar = "inference"
    keys: ClassVar = ("inference", "resamples", *CHOICES)
    example: ClassVar = ("pls", {"resamples": 25, "interval": "basic"})
    resampled: ClassVar = True
    needs_answers: ClassVar = "resamples"

    @classmethod
    def around(cls, estimator: Estimator, asked: Asked) -> Estimator:
        """`resamples` asks for it, with `interval`, `sign_changes` and `inadmissible` beside it."""
        for key, choices in CHOICES.items():
            asked.check_choice(key, choices)
        given = asked.given(*cls.keys)
        if given.get("inference") == "jackknife":
            foreign = ", ".join(key for key in given if key != "inference")
            if foreign:
                raise InputError(
                    f"{foreign} belongs to the bootstrap, and inference is 'jackknife'; leave one of them out"
                )
            return estimator
        resamples = given.pop("resamples", None)
        if resamples is None:
            if given:
                raise InputError(f"{', '.join(given)} belongs to the bootstrap; give resamples too, for instance 500")
            return estimator
        check_count("resamples", resamples, "a whole number of", FEWEST, MOST_RESAMPLES)
        return cls(estimator, resamples, asked.level, **asked.given(*CHOICES))

    @property
    def words(self) -> tuple[str, ...]:
        """What sets this bootstrap apart from one with percentile intervals, no sign changes and all resamples."""
        told = {
            f"{self.interval} intervals": self.interval != "percentile",
            f"{self.sign_changes} sign changes": self.sign_changes != "none",
            "inadmissible resamples dropped": self.inadmissible == "drop",
            "inadmissible resamples replaced": self.inadmissible == "replace",
        }
        return tuple(word for word, holds in told.items() if holds)

    def degrees_of_freedom(self, n: float) -> float:
        """One less than the resamples."""
        return self.resamples - 1.0

    def refusal(self, model: Model) -> str | None:
        """What `inner` cannot estimate cannot be bootstrapped, nor studentised without standard errors of its own."""
        if self.interval == "studentised" and self.inner.without_inference() == self.inner:
            others = ", ".join(name for name in INTERVALS if name != "studentised")
            return (
                "studentised intervals need a standard error for every resample, and this method has none of its own; "
                f"choose another interval ({others})"
            )
        if self.sign_changes == "construct" and model.second_order:
            whole = model.second_order[0].construct
            return (
                f"sign changes by construct know first-order ones only, and {whole} is not; choose individual or none"
            )
        if self.sign_changes == "construct" and model.products:
            name = Target("product", model.products[0]).name
            return (
                f"sign changes by construct do not know what turning a moderator does to slopes, and the model has the "
                f"product {name}; choose individual or none"
            )
        return self.inner.refusal(model)

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Values of `inner` with bootstrap inference; see `Estimator.fit`."""
        if not batch.has_answers:
            return self._method.fit(batch, model, targets)
        return beside_model_tests(self._resampled, self.inner, batch, model, targets)

    def _resampled(self, batch: Batch, model: Model, targets: Sequence[Target]) -> Estimates:
        """Estimates of the targets with bootstrap inference for each."""
        wanted = tuple(targets)
        asked = wanted + (loading_targets(model) if self.sign_changes == "construct" else ())
        point = self._method.fit(batch, model, asked)
        shape = (len(batch), len(wanted))
        se, lower, upper = (np.full(shape, np.nan) for _ in range(3))
        used, beyond = np.zeros(len(batch), dtype=np.int32), np.zeros(len(batch), dtype=np.int32)
        usable = np.flatnonzero(~point.fatal)
        for r, told in zip(usable, self._inferred(batch, usable, model, point, wanted), strict=True):
            used[r], beyond[r], se[r], lower[r], upper[r] = told
        value = point.value[:, : len(wanted)]
        with np.errstate(divide="ignore", invalid="ignore"):
            p_value = 2 * stdtr(self._df, -np.abs(value / se))
        return point.replaced(
            targets=wanted, value=value, se=se, lower=lower, upper=upper, p_value=p_value,
            resamples=used, inadmissible_resamples=beyond,
        )  # fmt: skip

    def _inferred(
        self, batch: Batch, places: NDArray[np.intp], model: Model, point: Estimates, wanted: tuple[Target, ...]
    ) -> list[_Inferred]:
        """The inference about each data set at `places`; what an equal method said of the same items is said again."""
        shared: Alike[_Inferred] | None = None
        if len(batch) <= data_sets_together(self.resamples):
            shared = Alike.of(batch, "inference", self, model, wanted)
        told = {int(r): shared.get(int(r)) if shared else None for r in places}
        new = np.array([r for r in places if told[int(r)] is None], dtype=np.intp)
        for r, (whole, inadmissible) in zip(new, self._fits(batch, new, model, point.targets), strict=True):
            place = int(r)
            told[place] = found = self._about(batch, place, model, point, whole, inadmissible, wanted)
            if shared:
                shared.keep(place, found)
        return [each for each in told.values() if each is not None]

    def _about(
        self, batch: Batch, r: int, model: Model, point: Estimates, whole: Estimates, inadmissible: int,
        wanted: tuple[Target, ...],
    ) -> _Inferred:  # fmt: skip
        """The inference about the data set at place r, from its usable resamples."""
        some = slice(None) if self.resample_part is None else _part(len(whole.value), *self.resample_part)
        values = whole.value[some]
        if len(values) < FEWEST:
            nothing = np.full(len(wanted), np.nan)
            return _Inferred(len(values), inadmissible, nothing, nothing, nothing)
        given = self._given(batch, r, model, point, values, whole.se[some], wanted)
        return _Inferred(len(values), inadmissible, given.se, *INTERVALS[self.interval](given))

    @property
    def _df(self) -> int:
        """Degrees of freedom of p-values and t intervals."""
        return self.resamples // (self.resample_part[1] if self.resample_part else 1) - 1

    @property
    def _method(self) -> Estimator:
        """What is fitted to the data and to every resample: with its own standard errors only where they are used."""
        return self.inner if self.interval == "studentised" else self.inner.without_inference()

    def _fits(
        self, batch: Batch, places: NDArray[np.intp], model: Model, targets: Sequence[Target]
    ) -> Iterable[tuple[Estimates, int]]:
        """What `_resampled_fits` gives, found once for all parts where the inference is on one of them."""
        if self.resample_part is None:
            return self._resampled_fits(batch, places, model, targets)
        whole = repr(replace(self, resample_part=None, level=0.95, interval="percentile"))
        own_errors = self.interval == "studentised"
        names = tuple(target.name for target in targets)
        key = ("resampled fits", whole, own_errors, model.syntax, names, places.tobytes(), batch.retained.tobytes())
        return batch.once(key, lambda: list(self._resampled_fits(batch, places, model, targets)))

    def _resampled_fits(
        self, batch: Batch, places: NDArray[np.intp], model: Model, targets: Sequence[Target]
    ) -> Iterator[tuple[Estimates, int]]:
        """For each replication at `places`: estimates on its usable resamples, and the number of inadmissible ones."""
        group = data_sets_together(self.resamples)
        shared: Alike[Estimates] | None = None
        if len(batch) <= group:
            shared = Alike.of(batch, "fits", self._method, model, targets)
        for start in range(0, len(places), group):
            yield from self._of_group(batch, places[start : start + group], model, targets, shared)

    def _of_group(
        self, batch: Batch, places: NDArray[np.intp], model: Model, targets: Sequence[Target],
        shared: "Alike[Estimates] | None",
    ) -> Iterator[tuple[Estimates, int]]:  # fmt: skip
        """Fits of the resamples of data sets that are few enough to be resampled in one go."""
        fits = {int(r): shared.get(int(r)) if shared else None for r in places}
        new = np.array([r for r, fit in fits.items() if fit is None or len(fit.status) < self.resamples], dtype=np.intp)
        if len(new):
            fit = self._method.fit(resampled_batch(batch, new, 0, self.resamples), model, targets)
            for k, r in enumerate(new):
                of_one = fit.rows(slice(k * self.resamples, (k + 1) * self.resamples))
                fits[int(r)] = of_one
                if shared:
                    shared.keep(int(r), of_one)
        for r, own in fits.items():
            assert own is not None
            first = own if len(own.status) == self.resamples else own.rows(slice(self.resamples))
            yield self._usable(batch, r, first, model, targets)

    def _usable(
        self, batch: Batch, r: int, fit: Estimates, model: Model, targets: Sequence[Target]
    ) -> tuple[Estimates, int]:
        """The usable resamples of one replication, `fit` being its first ones, and the number of inadmissible ones."""
        most = self.resamples * (MOST_DRAWN if self.inadmissible == "replace" else 1)
        for start in range(self.resamples, most + 1, self.resamples):
            usable = ~fit.fatal if self.inadmissible == "keep" else fit.status == Status.OK
            if usable.sum() >= self.resamples or start == most:
                break
            further = resampled_batch(batch, np.array([r]), start, start + self.resamples)
            fit = Estimates.joined([fit, self._method.fit(further, model, targets)])
        if len(usable) == self.resamples and usable.all():
            return fit, int((fit.status == Status.INADMISSIBLE).sum())
        chosen = np.flatnonzero(usable)[: self.resamples]
        looked_at = len(usable) if len(chosen) < self.resamples else chosen[-1] + 1
        return fit.rows(chosen), int((fit.status[:looked_at] == Status.INADMISSIBLE).sum())

    def _given(
        self, batch: Batch, r: int, model: Model, point: Estimates, values: Floats, se: Floats, wanted: Sequence[Target]
    ) -> Resampled:
        """What the interval of one replication is made of, from its resampled values and their standard errors."""
        q = len(wanted)
        estimate = point.value[r]
        accelerated = None
        if self.interval == "bca":
            left_out, _ = delete_one_values(self._method, batch, r, model, point.targets)
            accelerated = acceleration(self._signed(left_out, estimate, wanted, model))
        return Resampled(
            estimate=estimate[:q],
            values=self._signed(values, estimate, wanted, model),
            level=self.level,
            df=self._df,
            acceleration=accelerated,
            own_se=point.se[r, :q],
            own_errors=se[:, :q],
        )

    def _signed(self, values: Floats, estimate: Floats, wanted: Sequence[Target], model: Model) -> Floats:
        """The wanted targets' resampled values (B, q) after sign changes, from those of everything asked for."""
        q = len(wanted)
        if self.sign_changes == "individual":
            return individual_signs(values, estimate, wanted)
        if self.sign_changes == "construct":
            return construct_signs(values[:, :q], wanted, values[:, q:], estimate[q:], model)
        return values


def _part(number: int, k: int, parts: int) -> slice:
    """The k-th (from 1) of so many equal parts of a number of resamples; what is left over is in none."""
    size = number // parts
    return slice((k - 1) * size, k * size)


def data_sets_together(resamples: int) -> int:
    """How many data sets are resampled in one go. Given no more of them, methods share their resamples."""
    return max(1, TOGETHER // resamples)


def resampled_batch(batch: Batch, places: NDArray[np.intp], start: int, stop: int) -> Batch:
    """Resamples `start` to `stop` of each replication at `places`, one replication after another, as one batch."""
    size = stop - start
    retained = np.repeat(batch.retained[places], size, axis=0)
    # Kept for every one of many data sets, resamples would fill the memory.
    if len(batch) > data_sets_together(size):
        return _drawn(batch, places, start, stop).keep(retained)
    everyone = np.arange(len(batch))

    def drawn() -> Batch:
        return _drawn(batch, everyone, start, stop) if start else _first(batch, stop)

    whole = batch.once(("resamples", start, stop), drawn)
    if len(places) < len(everyone):
        whole = whole.rows((places[:, None] * size + np.arange(size)).reshape(-1))
    return whole.keep(retained)


def _first(batch: Batch, resamples: int) -> Batch:
    """The first resamples of every data set of a batch: drawn, or taken from more of them that a method asked for."""
    found: tuple[int, Batch] | None = batch.found.get(_LONGEST)
    if found is not None and found[0] > resamples:
        longest, known = found
        return part(known, (np.arange(len(batch))[:, None] * longest + np.arange(resamples)).reshape(-1))
    drawn = _drawn(batch, np.arange(len(batch)), 0, resamples)
    batch.found[_LONGEST] = (resamples, drawn)
    return drawn


def _drawn(batch: Batch, places: NDArray[np.intp], start: int, stop: int) -> Batch:
    answers = as_they_stand(batch)
    n, size = answers.shape[1], stop - start
    rows = np.empty((len(places) * size, n), dtype=counted(len(places) * n))
    for k, r in enumerate(places):
        generator = batch.address.generator("bootstrap", int(batch.replications[r]))
        np.add(bootstrap_rows(generator, stop, n)[start:], k * n, out=rows[k * size : (k + 1) * size], dtype=rows.dtype)
    drawn = Batch.of_resamples(answers[places], rows, np.ones(answers.shape[2], dtype=bool), batch.items)
    if batch.missing is None:
        return drawn
    return replace(drawn, missing=batch.missing[places].reshape(-1, answers.shape[2])[rows])


def bootstrap_rows(rng: np.random.Generator, resamples: int, n: int) -> np.ndarray:
    """Respondents drawn with replacement (B, n). The first rows do not depend on B."""
    return rng.integers(0, n, size=(resamples, n), dtype=counted(n))
