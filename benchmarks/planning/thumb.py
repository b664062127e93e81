"""Rules of thumb for the number of respondents, each by its paper, beside what is found by simulation.

A rule is a function of the setting and the question, and a line in RULES.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import asin, ceil, e, exp, inf, lgamma, pi, sqrt

from scipy import special
from scipy.special import ndtri

from benchmarks.planning.questions import Question
from benchmarks.planning.setting import Setting
from sim.model import Model

#: Hair, Hult, Ringle & Sarstedt (2014, p. 21), as Kock & Hadaya (2018, Table 2) print it for tests at 5 %, power 0.8:
#: by the most arrows that point at a construct, respondents for a smallest R2 of 0.10, 0.25, 0.50 and 0.75.
HAIR = {
    2: (110, 52, 33, 26),
    3: (124, 59, 38, 30),
    4: (137, 65, 42, 33),
    5: (147, 70, 45, 36),
    6: (157, 75, 48, 39),
    7: (166, 80, 51, 41),
    8: (174, 84, 54, 44),
    9: (181, 88, 57, 46),
    10: (189, 91, 59, 48),
}
HAIR_R2 = (0.10, 0.25, 0.50, 0.75)
_MOST = 1_000_000


@dataclass(frozen=True)
class Rule:
    """What a rule says: its name, its paper, its n, and what it was given, in words."""

    name: str
    paper: str
    n: int
    given: str


def ten_times(model: Model) -> int:
    """Ten times the most arrows that point at a construct: structural paths, or items of a composite block.

    Barclay, Higgins & Thompson (1995); Hair, Ringle & Sarstedt (2011).
    """
    return 10 * arrows(model)


def arrows(model: Model) -> int:
    """The most arrows that point at any construct: paths, or the items that form it."""
    paths = [sum(outcome == construct for outcome, _ in model.paths) for construct in model.constructs]
    forming = [len(block.items) for block in model.every_block if block.kind == "composite"]
    return max([*paths, *forming])


def inverse_square_root(path: float, power: float, alpha: float, tails: int) -> int:
    """The smallest n with |path| root n > z(1 - alpha / tails) + z(power) (Kock & Hadaya 2018, eq. 5, for one tail)."""
    return ceil((_reach(power, alpha, tails) / abs(path)) ** 2)


def gamma_exponential(path: float, power: float, alpha: float) -> int:
    """The smallest n whose corrected standard error is small enough, one-tailed (Kock & Hadaya 2018, equation 7).

    Where that is 10 or fewer, equation 6 stands in its place.
    """
    size, reach = abs(path), _reach(power, alpha, 1)
    exponential = next(n for n in range(1, _MOST) if size * sqrt(n) * exp(e * size / sqrt(n)) > reach)
    if exponential > 10:
        return exponential

    def correction(n: int) -> float:
        return sqrt((n - 1) / 2) * exp(lgamma((n - 1) / 2) - lgamma(n / 2))

    return next(n for n in range(2, _MOST) if size * sqrt(n) * correction(n) > reach)


def _reach(power: float, alpha: float, tails: int) -> float:
    return float(ndtri(1 - alpha / tails) + ndtri(power))


def least_for_r2(predictors: int, r2: float, power: float, alpha: float) -> int:
    """The smallest n at which the F test of R2 = 0 has the power (Cohen 1988, ch. 9; Cohen 1992, Table 2).

    Noncentral F with `predictors` and n - predictors - 1 degrees of freedom; lambda = n f2, f2 = R2 / (1 - R2).
    """
    return least_for_f2(predictors, r2 / (1 - r2), power, alpha)


def least_for_f2(predictors: int, f2: float, power: float, alpha: float) -> int:
    """The smallest n at which the F test of R2 = 0 has the power where Cohen's f2 is R2 / (1 - R2)."""

    def enough(n: int) -> bool:
        residual = n - predictors - 1
        critical = special.fdtri(predictors, residual, 1 - alpha)
        return bool(1 - special.ncfdtr(predictors, residual, n * f2, critical) >= power)

    high = predictors + 2
    while not enough(high):
        high *= 2
        if high > _MOST:
            return _MOST
    low = max(high // 2, predictors + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def hair_table(predictors: int, r2: float) -> int | None:
    """The table's entry for the largest printed R2 that is not above `r2` (0.10 below that); None beside the table."""
    row = HAIR.get(max(predictors, 2))
    if row is None:
        return None
    column = max((i for i, printed in enumerate(HAIR_R2) if printed <= r2 + 1e-9), default=0)
    return row[column]


def westland_ratio(items: int, constructs: int) -> int:
    """50 r^2 - 450 r + 1100 with r items a construct (Westland 2010), from simulations by Marsh et al. (1998).

    The parabola turns at r = 4.5, where it is 88: beyond it, where it would ask for more again, 88 stands.
    """
    r = min(items / constructs, 4.5)
    return ceil(50 * r**2 - 450 * r + 1100)


def westland_effect(effect: float, constructs: int, power: float, alpha: float) -> int:
    """The bound for the smallest correlation to be found among constructs (Westland 2010, section 5).

    alpha is shared among all pairs of constructs after Sidak. The quantile of the power is subtracted from that of
    alpha, as the formula is printed and tabled: it asks for fewer respondents where more power is wanted.
    """
    pairs = max(constructs * (constructs - 1) // 2, 1)
    shared = 1 - (1 - alpha) ** (1 / pairs)
    h = (effect / (float(ndtri(1 - shared / 2)) - float(ndtri(power)))) ** 2
    a, b, c = 1 - effect**2, effect * asin(effect / 2), effect * asin(effect)
    d = a / sqrt(3 - a)
    linear = a * (pi / 6 - b + d) + h
    root = sqrt(linear**2 + 4 * a * h * (pi / 6 + sqrt(a) + 2 * b - c - 2 * d))
    return ceil((linear + root) / (2 * h))


def wolf_largest(model: Model, loadings: Sequence[float]) -> int | None:
    """460, the most that any model of Wolf, Harrington, Clark & Miller (2013) needed; None where none is like this one.

    They had one to three factors of 3 to 8 items each with equal loadings of 0.50 to 0.80, which needed from 30 to 460
    for power, bias and proper solutions (their abstract); their single numbers are drawn in figures, and stand here
    nowhere.
    """
    plain = all(block.kind == "reflective" and 3 <= len(block.items) <= 8 for block in model.blocks)
    alike = all(0.45 <= abs(loading) < 0.85 for loading in loadings)
    return 460 if plain and alike and len(model.blocks) <= 3 and not model.second_order else None


# --- what the rules say of a setting ---


def _smallest_path(setting: Setting, question: Question) -> float:
    """The smallest size of the true paths that are asked about."""
    return min(abs(float(value)) for value in setting.world.truth(question.targets, 1000))


def _smallest_r2(setting: Setting) -> float:
    model = setting.world.model
    targets = [target for target in model.targets if target.kind == "r2"]
    return min((float(value) for value in setting.world.truth(targets, 1000)), default=0.0)


def _ten_times(setting: Setting, question: Question) -> Rule | None:
    model = setting.world.model
    given = f"{arrows(model)} arrows"
    return Rule("ten times", "Barclay et al. 1995; Hair et al. 2011", ten_times(model), given) if model.paths else None


def _square_root(tails: int) -> Callable[[Setting, Question], Rule | None]:
    def rule(setting: Setting, question: Question) -> Rule | None:
        path = _smallest_path(setting, question)
        name = f"inverse square root, {'one' if tails == 1 else 'two'}-tailed"
        n = inverse_square_root(path, question.wanted, setting.alpha, tails)
        return Rule(name, "Kock & Hadaya 2018, eq. 5", n, f"path {path:.3f}")

    return rule


def _gamma(setting: Setting, question: Question) -> Rule | None:
    path = _smallest_path(setting, question)
    n = gamma_exponential(path, question.wanted, setting.alpha)
    return Rule("gamma-exponential", "Kock & Hadaya 2018, eq. 6 and 7", n, f"path {path:.3f}")


def _noncentral_f(setting: Setting, question: Question) -> Rule | None:
    r2, most = _smallest_r2(setting), arrows(setting.world.model)
    if not 0 < r2 < 1:
        return None
    n = least_for_r2(most, r2, question.wanted, setting.alpha)
    return Rule("R2, noncentral F", "Cohen 1988, 1992", n, f"R2 {r2:.2f}, {most} arrows")


def _hair(setting: Setting, question: Question) -> Rule | None:
    r2, most = _smallest_r2(setting), arrows(setting.world.model)
    n = hair_table(most, r2)
    usual = abs(question.wanted - 0.8) < 1e-9 and abs(setting.alpha - 0.05) < 1e-9
    return Rule("R2 table", "Hair et al. 2014", n, f"R2 {r2:.2f}, {most} arrows") if n and r2 > 0 and usual else None


def _westland(setting: Setting, question: Question) -> Rule | None:
    model, path = setting.world.model, _smallest_path(setting, question)
    constructs = len(model.blocks)
    n = max(
        westland_ratio(len(model.items), constructs),
        westland_effect(path, constructs, question.wanted, setting.alpha) if path < 1 else 0,
    )
    return Rule(
        "Westland's lower bound",
        "Westland 2010",
        n,
        f"{len(model.items)} items, {constructs} constructs, path {path:.3f}",
    )


def _wolf(setting: Setting, question: Question) -> Rule | None:
    model = setting.world.model
    targets = [target for target in model.targets if target.kind == "loading"]
    n = wolf_largest(model, [float(value) for value in setting.world.truth(targets, 1000)])
    given = "up to 3 factors of 3 to 8 items, loadings 0.5 to 0.8"
    return Rule("the most of Wolf et al.", "Wolf et al. 2013 (30 to 460)", n, given) if n else None


#: The rules in use, in the order of tables. A new one is a function above and a line here.
RULES: tuple[Callable[[Setting, Question], Rule | None], ...] = (
    _ten_times,
    _square_root(1),
    _square_root(2),
    _gamma,
    _noncentral_f,
    _hair,
    _westland,
    _wolf,
)


def rules_for(setting: Setting, question: Question) -> Sequence[Rule]:
    """What every rule that applies says about the power of paths; nothing where one is 0 in truth."""
    path = _smallest_path(setting, question)
    if not 0 < path < inf or any(target.kind != "path" for target in question.targets):
        return []
    return [rule for each in RULES if (rule := each(setting, question)) is not None]
