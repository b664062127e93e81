"""The least point of a discrepancy under linear restrictions and bounds: scoring steps, each a quadratic programme."""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.batch import Bools, Floats

#: Steps after which the exact Hessian takes over where it is positive definite.
SCORING_STEPS = 3


class Objective(Protocol):
    """A function of theta (k,) with its derivatives."""

    def value(self, theta: Floats) -> float: ...

    def gradient(self, theta: Floats) -> Floats: ...

    def expected(self, theta: Floats) -> Floats: ...

    def hessian(self, theta: Floats) -> Floats: ...


class Region(NamedTuple):
    """Where theta may lie: ties (c, k) theta = values (c,), lower <= theta <= upper (k,)."""

    ties: Floats
    values: Floats
    lower: Floats
    upper: Floats


class End(NamedTuple):
    """Where a descent ended: theta (k,), f there, which bounds bind (k,), the multipliers of all bounds (k,)."""

    theta: Floats
    value: float
    binding: Bools
    multipliers: Floats
    settled: bool
    steps: int


def quadratic_step(
    hessian: Floats, gradient: Floats, theta: Floats, region: Region, binding: Bools
) -> tuple[Floats, Bools, Floats]:
    """The step d (k,) that minimises g'd + d'Hd / 2 in the region, which bounds bind there, and their multipliers.

    Primal active set (Nocedal & Wright 2006, alg. 16.3), started on the bounds that bind at theta.
    """
    k = len(theta)
    step, working = np.zeros(k), binding.copy()
    lower, upper = region.lower - theta, region.upper - theta
    multipliers = np.zeros(k)
    for _ in range(10 * k + 10):
        free = np.flatnonzero(~working)
        slope = gradient + hessian @ step
        ties = region.ties[:, free]
        move = np.zeros(k)
        move[free] = _tied_step(hessian[np.ix_(free, free)], slope[free], ties)
        with np.errstate(divide="ignore", invalid="ignore"):
            room = np.where(move > 0, (upper - step) / move, np.where(move < 0, (lower - step) / move, np.inf))
        block = int(np.argmin(room))
        if room[block] < 1.0:
            step = step + max(room[block], 0.0) * move
            working[block] = True
            continue
        step = step + move
        slope = gradient + hessian @ step
        tied = np.linalg.lstsq(region.ties[:, free].T, -slope[free], rcond=None)[0] if len(region.ties) else np.zeros(0)
        pull = slope + region.ties.T @ tied
        at_lower = np.abs(lower - step) <= np.abs(upper - step)
        multipliers = np.where(working, np.where(at_lower, pull, -pull), 0.0)
        worst = int(np.argmin(np.where(region.lower < region.upper, multipliers, 0.0)))
        if not multipliers[worst] < -1e-12 * max(1.0, np.abs(gradient).max()):
            return step, working, multipliers
        working[worst] = False
    return step, working, multipliers


def _tied_step(hessian: Floats, gradient: Floats, ties: Floats) -> Floats:
    """The minimiser of g'd + d'Hd / 2 with ties d = 0, of least length where it is not unique."""
    if not len(gradient):
        return gradient
    if not len(ties):
        try:
            return np.asarray(np.linalg.solve(hessian, -gradient))
        except np.linalg.LinAlgError:
            pass
    basis = null_space(ties)
    inner = basis.T @ hessian @ basis
    scale = np.sqrt(np.maximum(np.diagonal(inner), 1e-300))
    scaled = inner / scale[:, None] / scale
    return basis @ (np.linalg.lstsq(scaled, -(basis.T @ gradient) / scale, rcond=1e-12)[0] / scale)


def null_space(ties: Floats) -> Floats:
    """An orthonormal basis (k, k - c) of the directions that keep the ties (c, k)."""
    if not len(ties):
        return np.eye(ties.shape[1])
    _, values, right = np.linalg.svd(ties)
    rank = int((values > 1e-10 * values[0]).sum()) if len(values) else 0
    return np.asarray(right[rank:].T)


def directions_left(end: End, region: Region) -> Floats:
    """The directions (k, d) that ties, and the bounds that bind at the end, leave to the parameters."""
    return null_space(np.concatenate([region.ties, np.eye(len(end.theta))[end.binding]]))


def inverse_left(information: Floats, end: End, region: Region) -> Floats:
    """The inverse (k, k) of an information along the directions that are left; NaN where not positive definite."""
    basis = directions_left(end, region)
    inner = basis.T @ information @ basis
    try:
        np.linalg.cholesky(inner)
    except np.linalg.LinAlgError:
        return np.full(information.shape, np.nan)
    return np.asarray(basis @ np.linalg.inv(inner) @ basis.T)


def into(theta: Floats, region: Region, scale: Floats) -> Floats:
    """The point of the region near theta; `scale` (k,) are typical sizes."""
    k = len(theta)
    start = np.clip(theta, region.lower, region.upper)
    for _ in range(50):
        if len(region.ties):
            gap = region.values - region.ties @ start
            start = start + scale**2 * (
                region.ties.T @ np.linalg.lstsq(region.ties * scale**2 @ region.ties.T, gap, rcond=None)[0]
            )
        clipped = np.clip(start, region.lower, region.upper)
        if np.abs(clipped - start).max(initial=0.0) < 1e-13 * k:
            break
        start = clipped
    return start


def descend(objective: Objective, start: Floats, region: Region, tolerance: float, limit: int) -> End:
    """The minimum nearest downhill from `start`, a point of the region.

    Settled: the decrement sqrt(-g'd) of the next step, which is still taken, is under `tolerance`, or under 1e-6 where
    rounding ends the descent.
    """
    theta, value = start, objective.value(start)
    binding = (theta <= region.lower) | (theta >= region.upper)
    multipliers = np.zeros(len(theta))
    steps, decrement = 0, np.inf
    while np.isfinite(value) and steps < limit:
        gradient = objective.gradient(theta)
        hessian = _curvature(objective, theta, region, steps)
        step, working, multipliers = quadratic_step(hessian, gradient, theta, region, binding)
        decrement = max(-float(gradient @ step), 0.0) ** 0.5
        if decrement < tolerance:
            theta, value = _down(objective, theta, value, step, gradient, region)
            return End(theta, value, working & _reached(theta, region), multipliers, True, steps)
        (theta, value), before = _down(objective, theta, value, step, gradient, region), theta
        binding = working & _reached(theta, region)
        steps += 1
        if theta is before:
            break
    return End(theta, value, binding, multipliers, decrement < 1e-6, steps)


def _reached(theta: Floats, region: Region) -> NDArray[np.bool_]:
    """Whether each parameter lies at a bound (k,)."""
    near = 1e-9 * np.maximum(1.0, np.abs(theta))
    return np.asarray((theta - region.lower <= near) | (region.upper - theta <= near))


def _curvature(objective: Objective, theta: Floats, region: Region, steps: int) -> Floats:
    """The exact Hessian where it is positive definite along the ties, and the expected one at first and otherwise."""
    if steps >= SCORING_STEPS:
        exact = objective.hessian(theta)
        inner = exact
        if len(region.ties):
            basis = null_space(region.ties)
            inner = basis.T @ exact @ basis
        scale = np.sqrt(np.maximum(np.diagonal(inner), 0.0))
        usable = np.isfinite(inner).all() and (scale > 0.0).all()
        if usable and np.linalg.eigvalsh(inner / scale[:, None] / scale).min() > 1e-8:
            return exact
    return objective.expected(theta)


def _down(
    objective: Objective, theta: Floats, value: float, step: Floats, gradient: Floats, region: Region
) -> tuple[Floats, float]:
    """A point along the step where f is lower (Armijo), and f there; theta itself and its f where there is none."""
    length, rounding = 1.0, 1e-14 * max(1.0, abs(value))
    for _ in range(40):
        tried = np.clip(theta + length * step, region.lower, region.upper)
        reached = objective.value(tried)
        if reached <= value + 1e-4 * length * (gradient @ step) + rounding:
            return tried, reached
        length *= 0.5
    return theta, value
