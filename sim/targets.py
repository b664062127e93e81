"""Targets: one estimand each, under the name lavaan or the field gives it."""

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "path", "loading", "weight", "correlation", "indirect", "r2", "alpha", "rho_c", "ave", "rho_a", "chisq", "df"
]

#: Targets written `name(CONSTRUCT)`: explained variance, Cronbach's alpha, composite reliability and average variance
#: extracted.
RELIABILITIES: tuple[Kind, ...] = ("alpha", "rho_c", "ave")
CONSTRUCT_KINDS: tuple[Kind, ...] = ("r2", *RELIABILITIES, "rho_a")
#: Targets of the whole model: the test statistic of exact fit and its degrees of freedom.
MODEL_KINDS: tuple[Kind, ...] = ("chisq", "df")


@dataclass(frozen=True)
class Target:
    """One estimand on the standardised scale. `parts` are the names in it, in the order they are written.

    `PERF~ACRM` path, `ACRM=~CC1` loading, `ACRM<~CC1` weight, `ACRM~~OCRM` construct correlation,
    `ACRM->SCC->PERF` indirect effect, `r2(PERF)`, `alpha(ACRM)`, `rho_c(ACRM)`, `rho_a(ACRM)`, `ave(ACRM)`,
    `chisq`, `df`.
    """

    kind: Kind
    parts: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name that truth, estimates, measures and reports share."""
        joint: dict[Kind, str] = {"path": "~", "loading": "=~", "weight": "<~", "correlation": "~~", "indirect": "->"}
        if self.kind in joint:
            return joint[self.kind].join(self.parts)
        return f"{self.kind}({self.parts[0]})" if self.parts else self.kind


def read_target(name: str) -> Target | None:
    """The target that `name` spells, or None where it spells none. Whether the names exist is the model's matter."""
    text = name.replace(" ", "")
    if text in MODEL_KINDS:
        return Target(text, ())
    if match := re.fullmatch(r"(\w+)\(([\w.]+)\)", text):
        kind, construct = match.groups()
        return Target(kind, (construct,)) if kind in CONSTRUCT_KINDS else None
    if "->" in text:
        parts = tuple(text.split("->"))
        return Target("indirect", parts) if len(parts) > 2 and all(parts) else None
    operators: tuple[tuple[str, Kind], ...] = (
        ("=~", "loading"),
        ("<~", "weight"),
        ("~~", "correlation"),
        ("~", "path"),
    )
    for operator, kind in operators:
        left, found, right = text.partition(operator)
        if found:
            return Target(kind, (left, right)) if all(re.fullmatch(r"[\w.]+", part) for part in (left, right)) else None
    return None
