"""Themes: a population of themes with known prevalences, the interviews that tell them, and what is true of both."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from sim.batch import Bools, Floats
from sim.errors import InputError, unknown
from sim.model import Model
from sim.streams import ten_digits
from sim.targets import THEME_KINDS, Target
from sim.themes import prevalences
from sim.themes.prevalences import expected_found

#: Kinds whose truth depends on what the interviews of a data set happened to tell.
OF_THE_DATA = ("known", "coverage", "new")
SPELLINGS = "themes, themes(T), known, coverage, new, interviews(SHARE)"


@dataclass(frozen=True)
class Interviews:
    """A theme-by-respondent table: told (T, S) is True where a respondent brings a theme up."""

    respondents: tuple[str, ...]
    themes: tuple[str, ...]
    told: Bools

    @classmethod
    def of(cls, themes: Mapping[str, Sequence[str]], respondents: Sequence[str] | None = None) -> "Interviews":
        """The table of theme -> respondents who bring it up. `respondents` are all of them, also those without a theme.

        Raises InputError for a respondent who is not among them, named twice, and for a theme nobody brings up.
        """
        named = tuple(dict.fromkeys(name for names in themes.values() for name in names))
        everyone = tuple(respondents) if respondents is not None else named
        for theme, names in themes.items():
            for name in names:
                if name not in everyone:
                    raise InputError(f"theme '{theme}': {unknown('respondent', name, everyone)}")
            if len(set(names)) < len(names):
                raise InputError(f"theme '{theme}' names a respondent twice; name each once")
            if not names:
                raise InputError(f"theme '{theme}' has no respondent; leave it out or name who brings it up")
        told = np.array([[name in names for names in themes.values()] for name in everyone], dtype=bool)
        return cls(everyone, tuple(themes), told.reshape(len(everyone), len(themes)))

    @property
    def mentions(self) -> NDArray[np.int64]:
        """Interviews in which each theme comes up (S,)."""
        return np.asarray(self.told.sum(axis=0))


class Themes(Model):
    """The structure of interviews: themes that are told or not. There are no items, constructs and paths."""

    def target(self, name: str) -> Target:
        """The target spelt `name`. Raises InputError where it is none of the themes'."""
        match = re.fullmatch(r"(\w+)(?:\((.+)\))?", name.replace(" ", ""))
        kind, inside = match.groups() if match else ("", None)
        needs_number = kind == "interviews" or (kind == "themes" and inside is not None)
        if kind not in THEME_KINDS or (inside is not None) != needs_number:
            raise InputError(f"'{name}' is no target of interviews; write {SPELLINGS}")
        if needs_number:
            _check_number(name, kind, inside or "")
        return Target(kind, () if inside is None else (inside,))


#: The one structure that all interviews have.
THEMES = Themes(())


@dataclass(frozen=True)
class ThemePopulation:
    """Themes with the share of interviews that bring each up: prevalences (S,), in (0, 1], interviews independent.

    `table` are interviews that were really held, where the population was made from some.
    """

    prevalences: Floats
    name: str = ""
    source: str = ""
    table: Interviews | None = None

    def __post_init__(self) -> None:
        p = self.prevalences
        if p.ndim != 1 or not p.size or not np.all((p > 0) & (p <= 1)):
            raise InputError(f"prevalences must be one or more numbers above 0 and at most 1; given: {p.tolist()}")

    words = ""

    @property
    def content(self) -> dict[str, Any]:
        """What draws depend on, as plain data."""
        return {"prevalences": ten_digits(self.prevalences)}

    @property
    def model(self) -> Model:
        """The structure that methods are told."""
        return THEMES

    @property
    def themes(self) -> tuple[str, ...]:
        """Names of the themes (S,)."""
        return tuple(f"theme {i}" for i in range(1, len(self.prevalences) + 1))

    def draw(self, n: int, replications: int, rng: np.random.Generator) -> NDArray[np.int8]:
        """Incidences (R, n, S): 1 where an interview brings a theme up. The first do not depend on how many follow."""
        told = np.empty((replications, n, len(self.prevalences)), dtype=np.int8)
        for one in told:
            one[:] = rng.random(one.shape) < self.prevalences
        return told

    def truth(self, targets: Sequence[Target], n: int) -> Floats:
        """True values (q,) for n interviews; of what depends on the data, its expectation over them."""
        return np.array([self._truth(target, n) for target in targets])

    def _truth(self, target: Target, n: int) -> float:
        p, s = self.prevalences, len(self.prevalences)
        match target.kind:
            case "themes":
                return expected_found(p, float(target.parts[0])) if target.parts else float(s)
            case "interviews":
                return self.interviews_for(float(target.parts[0]))
            case "known":
                return expected_found(p, n) / s
            case "coverage":
                return float(1 - np.sum(p * (1 - p) ** n) / p.sum())
            case "new":
                return float(np.sum(p * (1 - p) ** n))
        raise ValueError(f"{target.name} is no target of interviews")

    def interviews_for(self, share: float) -> float:
        """Interviews after which this share of all themes is found on average, as a real number."""
        wanted = share * len(self.prevalences)
        high = 1.0
        while expected_found(self.prevalences, high) < wanted:
            high *= 2
        return float(brentq(lambda t: expected_found(self.prevalences, t) - wanted, 0.0, high, xtol=1e-9))

    def truth_of_data(self, told: NDArray[np.generic], targets: Sequence[Target]) -> dict[str, Floats]:
        """For targets that depend on the data (R, n, S), the true values (R,) by name.

        known: share of all themes that were brought up; coverage: their share of all incidences to come; new: how many
        further themes the next interview is expected to bring.
        """
        seen = told.any(axis=1)
        weighed = np.where(seen, self.prevalences, 0.0).sum(axis=1)
        total = self.prevalences.sum()
        values = {"known": seen.mean(axis=1), "coverage": weighed / total, "new": total - weighed}
        return {target.name: values[target.kind] for target in targets if target.kind in OF_THE_DATA}


def population_of(name: str, content: Mapping[str, Any], chosen: Mapping[str, Any]) -> ThemePopulation:
    """The population of a theme file's `content` with the `chosen` tables of its factors in place of [themes]."""
    held = content.get("interviews")
    table = Interviews.of(held["themes"], held.get("respondents")) if held else None
    wanted = dict(content.get("themes") or {})
    for given in chosen.values():
        wanted = dict(given)
    return ThemePopulation(_prevalences(wanted, table), name, content["source"], table)


def _prevalences(wanted: Mapping[str, Any], table: Interviews | None) -> Floats:
    """The prevalences (S,) that a [themes] table asks for, falling."""
    if "prevalences" in wanted:
        return -np.sort(-np.array(wanted["prevalences"], dtype=float))
    shape = wanted.get("shape", "observed")
    if shape in prevalences.OF_TABLE:
        if table is None:
            raise InputError(f"themes: shape '{shape}' is that of a table; give [interviews] too, or another shape")
        mentions = table.mentions.astype(float)
        if shape == "adjusted":
            return prevalences.adjusted(mentions, len(table.respondents))
        return -np.sort(-mentions / len(table.respondents))
    if "number" not in wanted:
        raise InputError(f"themes: shape '{shape}' needs a number of themes; give number = 40")
    number, incidences = int(wanted["number"]), _from(wanted, "incidences", shape, table)
    if shape in prevalences.PLAIN:
        return prevalences.PLAIN[shape](number, incidences)
    found, at = _from(wanted, "found", shape, table), int(_from(wanted, "at", shape, table))
    return prevalences.matched(shape, number, incidences, found, at)


def _from(wanted: Mapping[str, Any], key: str, shape: str, table: Interviews | None) -> float:
    """A number that the file gives, or else what the table of interviews has."""
    if key in wanted:
        return float(wanted[key])
    if table is None:
        raise InputError(f"themes: shape '{shape}' needs {key}; give it, or a table of [interviews] to take it from")
    of_table = {"incidences": table.told.sum() / len(table.respondents), "found": len(table.themes)}
    return float(of_table.get(key, len(table.respondents)))


def _check_number(name: str, kind: str, inside: str) -> None:
    """Raises InputError where the brackets hold no number of interviews, or no share."""
    if kind == "themes" and not (inside.isdigit() and int(inside) > 0):
        raise InputError(f"target '{name}': give a number of interviews, such as themes(14)")
    if kind == "interviews" and not (re.fullmatch(r"0?\.\d+", inside) and 0 < float(inside) < 1):
        raise InputError(f"target '{name}': give a share of all themes between 0 and 1, such as interviews(0.9)")
