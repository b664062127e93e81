"""Loadings solved so that the answers, as they are given, have the loadings, alpha, rho_c or AVE that are wanted."""

from collections.abc import Callable, Mapping

import numpy as np
from scipy.optimize import brentq

from sim.errors import InputError
from sim.implied.marginals import after_cut
from sim.model import Model
from sim.population.record import Population
from sim.targets import RELIABILITIES, Target

#: Loadings are looked for between these.
_LOWEST = 1e-6
#: The highest that leaves a population: some distributions and model error have none where items measure without error,
#: and cross-loadings take their own part of a response.
_HIGHEST = (1.0, 0.99, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5)
#: Targets are met to this, or not at all.
_PRECISION = 1e-10
#: How often all targets are solved in turn: once suffices where no block's answers tell of another's loadings.
_ROUNDS = 50


def with_loadings_after_cut(
    model: Model,
    values: Mapping[str, float],
    wanted: Mapping[str, float],
    made: Callable[[Mapping[str, float]], Population],
) -> dict[str, float]:
    """The `values` with loadings that give the answers what is `wanted` of them after the cut, by target.

    A wanted loading is solved for by that loading; alpha, rho_c or ave of a construct by one loading for all of its
    items that have none. `made` makes the population of values: its scale and mechanisms count. Targets are solved in
    turn until all hold, since some ways of answering carry one block's answers into another's. Raises InputError for
    other targets, for loadings given twice or by nothing, and for what no loading gives.
    """
    targets = [_target(model, name) for name in wanted]
    unknowns = _unknowns(model, values, targets)
    found = dict(values) | dict.fromkeys((name for names in unknowns for name in names), 0.7)

    def reached(target: Target, names: tuple[str, ...], loading: float) -> float:
        return float(after_cut(made(found | dict.fromkeys(names, loading)), (target,))[0])

    for _ in range(_ROUNDS):
        for target, names, goal in zip(targets, unknowns, wanted.values(), strict=True):
            end = _end(target, lambda loading: reached(target, names, loading))  # noqa: B023
            low, high = (reached(target, names, loading) for loading in (_LOWEST, end))
            if np.isnan(low + high):
                raise InputError(
                    f"after_cut.{target.name}: composites have none; leave it out, or the [reading] that makes "
                    f"{target.parts[0]} one"
                )
            if not low <= goal <= high:
                raise InputError(
                    f"after_cut.{target.name} = {goal:g} is out of reach: loadings from 0 to {end:g} give {low:.4g} to "
                    f"{high:.4g}{_answered(made(found))}"
                )
            solved = brentq(lambda x: reached(target, names, x) - goal, _LOWEST, end, xtol=1e-14)  # noqa: B023
            found |= dict.fromkeys(names, float(solved))
        now = after_cut(made(found), tuple(targets))
        if np.abs(now - np.array(list(wanted.values()))).max() < _PRECISION:
            return found
    raise InputError("after_cut: the targets cannot all be met at once; leave one out")


def _end(target: Target, reached: Callable[[float], float]) -> float:
    """The highest loading that leaves a population. Raises InputError, with the target, where none does."""
    for loading in _HIGHEST:
        try:
            reached(loading)
        except InputError as error:
            why = error
        else:
            return loading
    raise InputError(f"after_cut.{target.name}: {why}")


def _answered(population: Population) -> str:
    """What else the world has, in brackets, for a message; empty where nothing departs."""
    return f" ({population.words})" if population.words else ""


def _target(model: Model, name: str) -> Target:
    """The target of this name. Raises InputError where it is none that loadings are solved for."""
    target = model.target(name)
    if target.kind not in ("loading", *RELIABILITIES):
        raise InputError(
            f"after_cut.{name}: give loadings F=~x, or {', '.join(f'{kind}(F)' for kind in RELIABILITIES)}"
        )
    if target.parts[0] in [block.construct for block in model.second_order]:
        raise InputError(
            f"after_cut.{name}: {target.parts[0]} is a second-order construct, whose dimensions are not answered; "
            "name one of them"
        )
    return target


def _unknowns(model: Model, values: Mapping[str, float], targets: list[Target]) -> list[tuple[str, ...]]:
    """The loadings that each target is solved by; those of a construct are all that nothing else gives."""
    given = {name.replace(" ", ""): "[values] or a factor" for name in values}
    for target in targets:
        if target.kind == "loading":
            if target.name in given:
                raise InputError(f"after_cut.{target.name}: {given[target.name]} gives this loading; leave one out")
            given[target.name] = f"after_cut.{target.name}"
    found: list[tuple[str, ...]] = []
    for target in targets:
        if target.kind == "loading":
            found.append((target.name,))
            continue
        block = next(block for block in model.blocks if block.construct == target.parts[0])
        names = tuple(f"{block.construct}=~{item}" for item in block.items)
        free = tuple(name for name in names if name not in given)
        if not free:
            raise InputError(
                f"after_cut.{target.name}: every loading of {block.construct} is given ({given[names[0]]}); leave one "
                "of them out"
            )
        given |= dict.fromkeys(free, f"after_cut.{target.name}")
        found.append(free)
    return found
