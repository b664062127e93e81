"""How respondents answer: wording left unreversed, shared response factors, and kinds of respondents.

Shared factors act before the cut (`sim.structures.structure.with_shared_factors`); the rest acts on the answers, the
wording first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.answers.answering import MixedAnswers
from sim.answers.kinds import CARELESS, EXTREME, MIDPOINT, STRAIGHTLINING, Kind, drawing_tables
from sim.answers.mechanism import Mechanism, Setting, Step
from sim.batch import Floats
from sim.distributions.law import AnswerLaw
from sim.errors import InputError, unknown
from sim.form import Number
from sim.kernels.responses import answer_by_kind

#: Factors that all items share, as shares of an item's variance.
SHARED = ("acquiescence", "common_method")


@dataclass(frozen=True)
class Responses(Mechanism):
    """Ways of answering; nothing given: everyone answers each item as meant.

    reversed: items worded against their construct whose answers stay as they were given. acquiescence, common_method:
    shares of every response's variance (Maydeu-Olivares & Coffman 2006). straightlining to midpoint: shares of the
    respondents, each of whom is of one kind at most (a field that is the share of a kind holds it in its metadata).
    single_informant: share of every construct's variance, as the one who answers for a firm sees it, that is the
    informant's own view (Kumar, Stern & Anderson 1993); informant_halo: correlation of the informant's own views of two
    constructs. docs/decisions/0011-how-respondents-answer.md and docs/decisions/0018-missing-answers-and-informants.md
    define each.
    """

    step: ClassVar[Step] = Step.ANSWERS
    keeps_normal: ClassVar[bool] = True
    keeps_readings: ClassVar[bool] = True
    needs_categories: ClassVar[bool] = False
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"reversed": ("x2",), "straightlining": 0.1, "careless": 0.1, "extreme": 0.2, "midpoint": 0.2},
        {"acquiescence": 0.15, "common_method": 0.1, "reversed": ("x2",)},
        {"single_informant": 0.3, "informant_halo": 0.4},
    )

    reversed: tuple[str, ...] = ()
    acquiescence: Number = 0.0
    common_method: Number = 0.0
    straightlining: Number = field(default=0.0, metadata={"kind": STRAIGHTLINING})
    careless: Number = field(default=0.0, metadata={"kind": CARELESS})
    extreme: Number = field(default=0.0, metadata={"kind": EXTREME})
    midpoint: Number = field(default=0.0, metadata={"kind": MIDPOINT})
    single_informant: Number = 0.0
    informant_halo: Number = 0.0

    @property
    def given(self) -> dict[str, Any]:
        """What departs from answering as meant, by its name; items sorted, no halo without an informant."""
        given = super().given | ({"reversed": sorted(self.reversed)} if self.reversed else {})
        return {name: value for name, value in given.items() if name != "informant_halo" or self.single_informant}

    @property
    def words(self) -> str:
        """What departs from answering as meant, in words; empty where nothing does."""
        return "; ".join(
            f"{', '.join(value)} left unreversed" if name == "reversed" else f"{name.replace('_', ' ')} {value:g}"
            for name, value in self.given.items()
        )

    @cached_property
    def shares(self) -> Floats:
        """Shares of the respondents of each kind (K,)."""
        return np.array([getattr(self, name) for name in KINDS], dtype=np.float64)

    @property
    def shared(self) -> float:
        """Share of every response's variance that the shared factors take."""
        return self.acquiescence + self.common_method

    def directions(self, items: Sequence[str]) -> Floats:
        """-1 for the items that are left unreversed, 1 for the others (p,)."""
        return np.array([-1.0 if item in self.reversed else 1.0 for item in items])

    def view_correlations(self, block_of: NDArray[np.int64]) -> Floats:
        """Correlations of the informant's own views of the constructs that the items measure (p, p)."""
        same = block_of[:, None] == block_of
        return np.where(same, 1.0, self.informant_halo)

    def check(self, setting: Setting) -> None:
        """Raises InputError for unknown items, impossible shares, and kinds that the scale does not know."""
        for item in self.reversed:
            if item not in setting.items:
                raise InputError(f"responses.reversed: {unknown('item', item, setting.items)}")
            if self.reversed.count(item) > 1:
                raise InputError(f"responses.reversed names {item} twice; name it once")
        for name in (*SHARED, *KINDS, "single_informant"):
            if not 0 <= (value := getattr(self, name)) <= 1:
                raise InputError(f"responses.{name} is {value:g}; give a share from 0 to 1")
        if self.single_informant and not 0 <= self.informant_halo <= 1:
            raise InputError(f"responses.informant_halo is {self.informant_halo:g}; give a correlation from 0 to 1")
        for names, of in ((SHARED, "an item's variance"), (KINDS, "the respondents")):
            if (total := sum(getattr(self, name) for name in names)) > 1 + 1e-12:
                given = " and ".join(f"{name} = {getattr(self, name):g}" for name in names if getattr(self, name))
                raise InputError(f"responses: {given} are {total:g} of {of}; shares cannot exceed 1 together")
        for name, kind in KINDS.items():
            share = getattr(self, name)
            if share and setting.scale.is_continuous:
                raise InputError(
                    f"responses.{name} needs categories; give [scale] shares or thresholds, or leave it out"
                )
            if share:
                kind.check(name, setting.items, setting.scale.categories)

    def act(self, answers: NDArray[np.generic], setting: Setting, rng: np.random.Generator) -> None:
        """Turn answers as meant (R, n, p) into those that respondents give, in place."""
        scale = setting.scale
        if self.reversed:
            directions = self.directions(setting.items)
            np.multiply(answers, directions.astype(answers.dtype), out=answers)
            if not scale.is_continuous:
                top = np.where(directions < 0, np.array(scale.categories) + 1, 0).astype(answers.dtype)
                np.add(answers, top, out=answers)
        if self.shares.any():
            answer_by_kind(rng, self.shares, *drawing_tables(tuple(KINDS.values()), scale.categories), answers)

    def on_law(self, law: AnswerLaw, setting: Setting) -> AnswerLaw:
        """The law of the answers given, from that of the answers meant."""
        return MixedAnswers(law, tuple(KINDS.values()), self.shares, self.directions(setting.items), setting.scale)


#: The kinds by name, in the order in which a respondent's one random number is held against their shares.
KINDS: dict[str, Kind] = {each.name: each.metadata["kind"] for each in fields(Responses) if "kind" in each.metadata}
