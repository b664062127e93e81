"""What a paper did with its survey and says of its paths, checked against its model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from sim.errors import unknown
from sim.model import Model
from sim.tables.reading.paperfile import STARS, Claim, PaperForm, PrintedP
from sim.tables.reading.printed import Printed

Path = tuple[str, str]
Value = TypeVar("Value")


@dataclass(frozen=True)
class Paper:
    """The procedure of a paper and what it prints of tests, by path (outcome, predictor).

    rule: how the loading rule was applied, `minimum_items` being left in every block; absolute: whether by the size of
    loadings. level, tails: of the tests; resamples: of the bootstrap, None where not told. larger: pairs of paths
    whose first is said to be positive and the larger in size in the paper's data.
    """

    rule: str = "all-at-once"
    minimum_items: int = 2
    absolute: bool = False
    level: float = 0.05
    tails: int = 2
    resamples: int | None = None
    items_announced: int | None = None
    approached: int | None = None
    response_rate: Printed | None = None
    stars_mean: Mapping[str, float] = field(default_factory=lambda: dict(STARS))
    t: Mapping[Path, Printed] = field(default_factory=dict)
    p: Mapping[Path, PrintedP] = field(default_factory=dict)
    stars: Mapping[Path, str] = field(default_factory=dict)
    claims: Mapping[Path, Claim] = field(default_factory=dict)
    larger: tuple[tuple[Path, Path], ...] = ()

    def of_stars(self, path: Path) -> PrintedP | None:
        """What the printed stars say of the p-value of a path; None where nothing about stars is printed of it."""
        if path not in self.stars:
            return None
        levels = sorted(self.stars_mean.values(), reverse=True)
        given = self.stars[path]
        if not given:
            return PrintedP(levels[0], 1.0, "no star")
        upper = self.stars_mean[given]
        stricter = [level for level in levels if level < upper]
        return PrintedP(stricter[0] if stricter else 0.0, upper, given)

    def found(self, path: Path) -> bool | None:
        """Whether the paper calls a path significant: by its p-value, stars or claim; None where it does not say."""
        for told in (self.p.get(path), self.of_stars(path)):
            if told is not None and (found := told.found(self.level)) is not None:
                return found
        return self.claims[path] == "supported" if path in self.claims else None


def paper_of(form: PaperForm, model: Model, wrong: list[str]) -> Paper:
    """The paper of a checked form; what is wrong with its names is added to the list."""
    told = ["~".join(path) for path in model.paths]

    def path(words: str, place: str) -> Path | None:
        parts = tuple(words.replace(" ", "").split("~"))
        if parts not in model.paths:
            wrong.append(f"paper.{place}: {unknown('path', words.strip(), told)}")
            return None
        return parts[0], parts[1]

    def by_path(given: Mapping[str, Value], place: str) -> dict[Path, Value]:
        placed = {path(words, place): value for words, value in given.items()}
        return {key: value for key, value in placed.items() if key is not None}

    if not form.stars_mean or any(set(name) != {"*"} for name in form.stars_mean):
        wrong.append('paper.stars_mean: give the level of each number of stars, such as { "*" = 0.05, "**" = 0.01 }')
    for words, given in form.stars.items():
        if given and given not in form.stars_mean:
            wrong.append(f"paper.stars.{words}: {unknown('number of stars', given, form.stars_mean)}")
    larger = []
    for words in form.larger:
        parts = words.split(">")
        if len(parts) != 2:
            wrong.append(f"paper.larger: '{words}' given; write two paths as 'Y~X > Y~Z'")
            continue
        first, second = (path(part, "larger") for part in parts)
        if first and second:
            larger.append((first, second))
    return Paper(
        form.rule, form.minimum_items, form.absolute, form.level, form.tails, form.resamples, form.items_announced,
        form.approached, form.response_rate, form.stars_mean, by_path(form.t, "t"), by_path(form.p, "p"),
        by_path(form.stars, "stars"), by_path(form.claims, "claims"), tuple(larger),
    )  # fmt: skip
