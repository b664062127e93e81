"""Which answers are missing: completely at random, depending on an answer that everybody gives, or as planned.

What can be done about them is in `sim.missing`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, logit

from sim.answers.mechanism import Mechanism, Setting, Step
from sim.batch import Bools, Floats, Moments
from sim.errors import InputError, unknown
from sim.form import Number
from sim.missing import BY_LIKELIHOOD

#: Uniform numbers drawn in one go, about 2 MB of them.
_AT_ONCE = 2**18
NONE = np.empty(0)


@dataclass(frozen=True)
class Missingness(Mechanism):
    """Why answers are missing; nothing given: none are.

    share: of the answers to each item, unless `items` gives an item a share of its own. depends_on: an item that
    everybody answers; the log odds of a missing answer rise by `strength` per standard deviation of the answer to it,
    and the shares stay what they are (missing at random, Rubin 1976). forms: every respondent gets one of these
    questionnaires, each told by the items that it leaves out, with the probabilities `form_shares`, default equal ones
    (Graham, Taylor, Olchowski & Cumsille 2006). Shares are of the answers to items on the form.
    """

    step: ClassVar[Step] = Step.PRESENCE
    of_samples: ClassVar[bool] = True
    keeps_readings: ClassVar[bool] = True
    needs_categories: ClassVar[bool] = False
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"share": 0.1, "items": {"y2": 0.3}},
        {"share": 0.2, "depends_on": "y1", "strength": 1.0},
        {"forms": (("x1", "z1"), ("x2", "y2"), ())},
    )

    share: Number = 0.0
    items: Mapping[str, Number] = field(default_factory=dict)
    depends_on: str = ""
    strength: Number = 0.0
    forms: tuple[tuple[str, ...], ...] = ()
    form_shares: tuple[Number, ...] = ()

    @property
    def given(self) -> dict[str, Any]:
        """What departs from complete answers, by its key; nothing where no answer is ever missing."""
        lost = self.share or any(self.items.values()) or any(self.forms)
        return super().given if lost else {}

    @property
    def words(self) -> str:
        """Which answers are missing, in words; empty where none are."""
        if not self.given:
            return ""
        told = [f"a share of {self.share:g}"] if self.share else []
        told += [f"of {item} {share:g}" for item, share in self.items.items()]
        if self.strength:
            told.append(f"log odds rising by {self.strength:g} per standard deviation of {self.depends_on}")
        if self.forms:
            left_out = " / ".join(", ".join(form) or "nothing" for form in self.forms)
            told.append(f"{len(self.forms)} forms that leave out {left_out}")
        return "missing answers: " + ", ".join(told)

    @property
    def completely_at_random(self) -> bool:
        """Whether what is missing is unrelated to all answers."""
        return not self.strength

    def shares(self, items: Sequence[str]) -> Floats:
        """Share of missing answers to each item among those whose form has it (p,)."""
        return np.array([0.0 if item == self.depends_on else self.items.get(item, self.share) for item in items])

    def shown(self, items: Sequence[str]) -> Bools:
        """Whether each form has each item (forms, p)."""
        return np.array([[item not in form for item in items] for form in self.forms or ((),)])

    @property
    def of_forms(self) -> Floats:
        """Share of the respondents who get each form (forms,)."""
        count = max(len(self.forms), 1)
        return np.array(self.form_shares or [1.0 / count] * count)

    def answered_together(self, items: Sequence[str]) -> Floats:
        """Probability that a respondent answers both items of a pair (p, p), on the diagonal either one.

        Of answers missing completely at random; where they depend on an answer, only the diagonal is right.
        """
        answered, shown = 1.0 - self.shares(items), self.shown(items)
        both = np.outer(answered, answered)
        np.fill_diagonal(both, answered)
        return np.asarray(both * np.einsum("f,fi,fk->ik", self.of_forms, shown, shown))

    def check(self, setting: Setting) -> None:
        """Raises InputError for unknown items, impossible shares, and what everybody answers being missing."""
        items = setting.items
        for where, share in {"share": self.share, **{f"items.{i}": share for i, share in self.items.items()}}.items():
            if not 0 <= share < 1:
                raise InputError(f"missing.{where} is {share:g}; give a share from 0 to under 1")
        for where, named in (("items", tuple(self.items)), ("depends_on", (self.depends_on,) * bool(self.depends_on))):
            for item in named:
                if item not in items:
                    raise InputError(f"missing.{where}: {unknown('item', item, items)}")
        if self.strength and not self.depends_on:
            raise InputError("missing.strength says how missing answers depend on an item; give depends_on too")
        if self.items.get(self.depends_on):
            raise InputError(
                f"missing.items.{self.depends_on}: everybody answers the item that the others depend on; "
                "leave it out of items, or choose another depends_on"
            )
        self._check_forms(items)
        if setting.scale.is_continuous and not self.completely_at_random:
            self._check_continuous(setting)

    def _check_continuous(self, setting: Setting) -> None:
        """Raises InputError where the distribution of the continuous answers is not known to be standard normal."""
        unknown_by = [name for name, part in setting.mechanisms.items() if not (part.of_samples or part.keeps_normal)]
        if unknown_by:
            raise InputError(
                f"missing.strength needs the distribution of the answers to {self.depends_on}, which "
                f"{', '.join(sorted(unknown_by))} leaves unknown; give [scale], or leave one of the two out"
            )

    def _check_forms(self, items: Sequence[str]) -> None:
        for number, form in enumerate(self.forms, start=1):
            for item in form:
                if item not in items:
                    raise InputError(f"missing.forms[{number}]: {unknown('item', item, items)}")
                if form.count(item) > 1:
                    raise InputError(f"missing.forms[{number}] names {item} twice; name it once")
                if item == self.depends_on:
                    raise InputError(f"missing.forms[{number}]: everybody answers {item}, on which the others depend")
        if self.form_shares and len(self.form_shares) != len(self.forms):
            raise InputError(
                f"missing.form_shares has {len(self.form_shares)} shares for {len(self.forms)} forms; give one a form"
            )
        if any(share <= 0 for share in self.form_shares) or abs(self.of_forms.sum() - 1) > 1e-9:
            given = ", ".join(f"{share:g}" for share in self.form_shares)
            raise InputError(f"missing.form_shares {given}: give positive numbers that sum to 1")
        shown = self.shown(items)
        for place, item in enumerate(items):
            if not shown[:, place].any():
                raise InputError(f"missing.forms: every form leaves out {item}, so that nobody answers it")

    def act(self, answers: NDArray[np.generic], setting: Setting, rng: np.random.Generator) -> None:
        """Leave answers (R, n, p) out, in place: 0 in place of a category, NaN in place of a continuous answer."""
        if self.completely_at_random:
            absence = Absence.of(self, setting.items)
        elif setting.distribution is None:
            raise ValueError("missing.strength needs the distribution of the answers")
        else:
            absence = Absence.of(self, setting.items, *setting.distribution(self.depends_on))
        leave_out(answers, absence, rng)

    def refusal(self, items: Sequence[str], handling: str) -> str | None:
        """Why this handling has nothing to work with, whatever is drawn, or None."""
        shown = self.shown(items)
        if handling in ("listwise", "regression") and not shown.all(axis=1).any():
            return (
                f"{handling} rests on respondents who answer every item, and every form leaves items out; choose "
                "missing = 'mean' or 'pairwise'"
            )
        together = np.argwhere(~(shown[:, :, None] & shown[:, None, :]).any(axis=0))
        if handling in ("pairwise", *BY_LIKELIHOOD) and len(together):
            first, second = (items[i] for i in together[0])
            return f"no form has both {first} and {second}, so that {handling} has no covariance of them"
        return None


@dataclass(frozen=True)
class Absence:
    """What the missing answers of a population are drawn from.

    shown (forms, p), of_forms (forms,); shares (p,) of missing answers among those shown; place: the item they depend
    on, with its mean and deviation; slope: log odds per deviation; intercepts (p,): log odds at the mean, -inf where
    nothing is missing.
    """

    shown: Bools
    of_forms: Floats
    shares: Floats
    place: int = 0
    mean: float = 0.0
    deviation: float = 1.0
    slope: float = 0.0
    intercepts: Floats = field(default_factory=lambda: np.empty(0))

    @classmethod
    def of(
        cls, missingness: Missingness, items: Sequence[str], values: Floats = NONE, weights: Floats = NONE
    ) -> "Absence":
        """With the distribution of the answers to `depends_on`, where there is one: values and their probabilities.

        Intercepts c solve E expit(c + slope z) = share over that distribution, z being the standardised answer.
        """
        shares = missingness.shares(items)
        plain = cls(missingness.shown(items), missingness.of_forms, shares)
        if missingness.completely_at_random:
            return plain
        mean = float(weights @ values)
        deviation = float(np.sqrt(weights @ (values - mean) ** 2))
        slope, z = missingness.strength, (values - mean) / deviation
        intercepts = {share: _intercept(share, slope, z, weights) for share in set(shares.tolist())}
        return replace(
            plain,
            place=items.index(missingness.depends_on),
            mean=mean,
            deviation=deviation,
            slope=slope,
            intercepts=np.array([intercepts[share] for share in shares.tolist()]),
        )

    def probabilities(self, answers: NDArray[np.generic], items: NDArray[np.intp]) -> Floats:
        """Probability of a missing answer to some items shown (..., k), by answers (...) to that of `place`."""
        if not self.slope:
            return np.broadcast_to(self.shares[items], (*answers.shape, len(items)))
        if np.issubdtype(answers.dtype, np.integer):
            table = self.probabilities(np.arange(answers.max(initial=0) + 1.0), items)
            return np.asarray(table[answers])
        z = (answers.astype(np.float64) - self.mean) / self.deviation
        return np.asarray(expit(self.intercepts[items] + self.slope * z[..., None]))


def _intercept(share: float, slope: float, z: Floats, weights: Floats) -> float:
    """The log odds at z = 0 that make the mean probability `share`: it rises with them, so the root is bracketed."""
    if not share:
        return -np.inf
    reach = abs(slope) * float(np.abs(z).max())
    centre = float(logit(share))

    def excess(intercept: float) -> float:
        return float(weights @ expit(intercept + slope * z)) - share

    return float(brentq(excess, centre - reach - 1, centre + reach + 1, xtol=1e-14, rtol=1e-14))


def leave_out(answers: NDArray[np.generic], absence: Absence, rng: np.random.Generator) -> None:
    """Make answers (R, n, p) missing in place: 0 in place of a category, NaN in place of a continuous answer.

    Replication follows replication, so that the first ones do not depend on how many there are. Every respondent takes
    one uniform number for the form, where there are several, and one for each item that may be missing from it.
    """
    several, lost = len(absence.of_forms) > 1, np.flatnonzero(absence.shares)
    blank = answers.dtype.type(0 if np.issubdtype(answers.dtype, np.integer) else np.nan)
    ends, hidden = np.cumsum(absence.of_forms)[:-1], ~absence.shown
    replications, n, _ = answers.shape
    numbers = several + len(lost)
    at_once = max(1, _AT_ONCE // (n * max(numbers, 1)))
    for start in range(0, replications, at_once):
        some = answers[start : start + at_once]
        uniform = rng.random((len(some), n, numbers))
        gone = np.zeros(some.shape, dtype=bool)
        gone[..., lost] = uniform[..., several:] < absence.probabilities(some[..., absence.place], lost)
        if several:
            gone |= hidden[np.searchsorted(ends, uniform[..., 0], side="right")]
        np.copyto(some, blank, where=gone)


def holes(answers: NDArray[np.generic]) -> Bools:
    """Which answers, as `leave_out` left them, are missing."""
    return np.asarray(answers == 0 if np.issubdtype(answers.dtype, np.integer) else np.isnan(answers))


def filled_with_means(moments: Moments, together: Floats) -> Moments:
    """Exact moments after every missing answer became its item's mean, from those of complete answers.

    Of answers missing completely at random: a filled answer deviates by nothing, so a covariance shrinks by the
    probability that both are answered, a variance by that of the item (Little & Rubin 2002, sec. 4.2).
    """
    return Moments(moments.means, moments.covariances * together, moments.n)
