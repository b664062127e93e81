"""The portrait of a population of themes: what so many interviews tell of it on average."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.portraits.portrait import levels_of
from sim import catalogue
from sim.catalogue import Level
from sim.themes.population import THEMES, ThemePopulation

#: Numbers of interviews, and shares of all themes, that the portrait has.
INTERVIEWS = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25, 30, 40, 50)
SHARES = (0.8, 0.9, 0.95)


@dataclass(frozen=True)
class ThemePortrait:
    """A population of themes at chosen levels. `content` is what its file says."""

    population: ThemePopulation
    content: Mapping[str, Any]
    levels: Mapping[str, Level]

    @property
    def curve(self) -> list[tuple[int, float, float, float, float]]:
        """Interviews, themes found, share known, coverage, new themes in the next interview: expectations."""
        found = []
        for n in INTERVIEWS:
            themes, known, coverage, new = self.population.truth(
                [THEMES.target(name) for name in (f"themes({n})", "known", "coverage", "new")], n
            ).tolist()
            found.append((n, themes, known, coverage, new))
        return found

    @property
    def needed(self) -> list[tuple[float, float]]:
        """Interviews after which each share of all themes is found on average."""
        return [(share, self.population.interviews_for(share)) for share in SHARES]


def theme_portrait(name: str, words: Sequence[str] = ()) -> ThemePortrait | None:
    """The portrait at levels such as `prevalences=60 power`; None where the population is none of themes."""
    content = catalogue.entry(name)
    if "themes" not in content:
        return None
    levels = catalogue.check_levels(name, levels_of(name, words))
    return ThemePortrait(catalogue.theme_population(name, levels), content, levels)
