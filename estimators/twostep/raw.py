"""The raw (unstandardised) solution of local SAM with two-step standard errors (Rosseel & Loh 2022).

Items are in units of their sample standard deviations, as constants: Sigma = L V L' + Theta, with the first item of
each block keeping the loading that the measurement gave it. The first step's parameters are the other loadings, error
variances and error covariances; the second's, on which V depends, the constructs' log deviations and the structure's.
With I the information of the whole model, S11 the covariances of the first step's estimates and J = I22^-1 I21, those
of both are S11, -S11 J' and I22^-1 + J S11 J'.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from estimators.base import Estimates, Status
from estimators.factors.spread import implied_covariances, square_slopes
from estimators.factors.structure import error_pairs, probe, structural_parameters, structure_of, target_codes
from estimators.kernels.derivatives import derivatives
from estimators.kernels.factor_model import PATH
from estimators.raw.units import Scaling, Units, first_items, is_fixed, powers_of, sample_variances
from estimators.twostep.measurement import Measurement, alive_pairs
from sim.batch import Batch, Bools, Floats
from sim.model import Block, Model
from sim.targets import Target

#: Numbers of retained items.
Places = NDArray[np.intp]


@dataclass(frozen=True)
class FirstStep:
    """The k1 measurement parameters of one data set.

    slopes (k1, p, p): of the retained items' covariances, given V; loading, error: places of those by item, where there
    are any; covariance (k1, k1): S11.
    """

    slopes: Floats
    loading: dict[int, int]
    error: dict[int, int]
    covariance: Floats


@dataclass(frozen=True)
class RawTwoStep:
    """What both steps found of R data sets: paths and correlations (R, m, m), deviations and r2 (R, m)."""

    batch: Batch
    model: Model
    found: Measurement
    paths: Floats
    construct: Floats
    deviation: Floats
    r2: Floats
    scaling: Scaling

    def told(self, estimates: Estimates, loadings: Floats, variance: Floats) -> Estimates:
        """Standardised estimates in raw units, from standardised loadings and the items' implied variances (R, p)."""
        with np.errstate(invalid="ignore"):
            items = np.sqrt(variance * sample_variances(self.batch, self.batch.n))
        units = Units.of_factors(items, loadings, self.r2, self.batch.retained, self.model, self.scaling)
        return units.rescaled(estimates, self.model)

    def errors(self, estimates: Estimates) -> Floats:
        """Standard errors (R, q) of the targets in raw units, NaN where there is no estimate or no error."""
        se = np.full(estimates.value.shape, np.nan)
        for r in np.flatnonzero(estimates.status <= Status.INADMISSIBLE).tolist():
            try:
                se[r] = self._errors(estimates, r)
            except np.linalg.LinAlgError:
                continue
        return se

    def _errors(self, estimates: Estimates, r: int) -> Floats:
        """Standard errors (q,) of data set r; raises LinAlgError where an information is singular."""
        model, targets = self.model, estimates.targets
        jacobian, slopes = self._structure(r, targets)
        m, kept = len(model.blocks), np.flatnonzero(self.batch.retained[r])
        relations, moved = implied_covariances(jacobian, m), square_slopes(jacobian, m)
        pattern = np.where(model.block_of[kept][:, None] == np.arange(m), self.found.loadings[r, kept, None], 0.0)
        first = self._first_step(r, kept, pattern, relations)
        whole = np.concatenate([first.slopes, pattern @ moved @ pattern.T])
        implied = pattern @ relations @ pattern.T + self._errors_covary(r, kept)
        information = _information(whole, implied)
        k1 = len(first.slopes)
        second = np.linalg.inv(information[k1:, k1:])
        turned = second @ information[k1:, :k1]
        across = -first.covariance @ turned.T
        spread = np.block([[first.covariance, across], [across.T, second - turned @ across]]) / self.batch.n
        se = np.full(len(targets), np.nan)
        of_units = self._unit_slopes(r, slopes[len(targets) :])
        own = first_items(self.batch.retained, model)[r].tolist()
        for column, target in enumerate(targets):
            value = float(estimates.value[r, column])
            gradient = self._gradient(target, r, value, slopes[column], of_units, first, own)
            if gradient.any() and not is_fixed(target, model, own, self.scaling):
                se[column] = np.sqrt(gradient @ (spread @ gradient))
        return se

    def _structure(self, r: int, targets: tuple[Target, ...]) -> tuple[Floats, Floats]:
        """Derivatives of V by the second step's parameters, and of the standardised targets and then r2 by them."""
        model, steps = self.model, structural_parameters(self.model)
        among = among_constructs(model)
        residual = np.eye(len(model.blocks)) - self.paths[r]
        covary = residual @ self.construct[r] @ residual.T
        x = [np.log(size) for size in self.deviation[r]]
        x += [self.paths[r, a, b] if kind == PATH else covary[a, b] for kind, a, b in steps]
        wanted = [Target("df", ()) if _of_item(t, model) else probe(t, model) for t in targets]
        codes = target_codes(model, [*wanted, *(Target("r2", (y,)) for y in model.endogenous)], [], steps)
        m, k = len(model.blocks), len(x)
        jacobian, slopes = np.empty((m * (m + 1) // 2, k)), np.empty((len(codes), k))
        derivatives(np.array(x), np.ones(m, dtype=bool), structure_of(among), codes, jacobian, slopes)
        return jacobian, slopes

    def _first_step(self, r: int, kept: Places, pattern: Floats, relations: Floats) -> FirstStep:
        """The measurement parameters, group by group; relations (m, m) are V."""
        model, found = self.model, self.found
        own = first_items(self.batch.retained, model)[r].tolist()
        alive = alive_pairs(self.batch.retained, model)[r]
        sizes = np.bincount(model.block_of[kept], minlength=len(model.blocks))
        slopes: list[Floats] = []
        loading: dict[int, int] = {}
        error: dict[int, int] = {}
        parts: list[Floats] = []
        for group in np.unique(found.group[r]):
            members = found.group[r] == group
            mine = [a for a, i in enumerate(kept) if members[model.block_of[i]] and sizes[model.block_of[i]] > 1]
            if not mine:
                continue
            of_group: list[Floats] = []
            among = found.correlations[r] * (members[:, None] & members)
            for a in mine:
                j = model.block_of[kept[a]]
                if kept[a] not in own:
                    loading[int(kept[a])] = len(slopes)
                    slopes.append(_pair(a, pattern @ relations[j]))
                    of_group.append(_pair(a, pattern @ among[j]))
                if found.errors[r, kept[a]] != 0.0:
                    error[int(kept[a])] = len(slopes)
                    slopes.append(0.5 * _pair(a, np.eye(len(kept))[a]))
                    of_group.append(slopes[-1])
            for e, (i, l) in enumerate(error_pairs(model)):
                if alive[e] and members[model.block_of[i]]:
                    a, b = np.flatnonzero(kept == i)[0], np.flatnonzero(kept == l)[0]
                    slopes.append(_pair(a, np.eye(len(kept))[b]))
                    of_group.append(slopes[-1])
            parts.append(self._of_group(r, kept, pattern, members, among, of_group))
        return FirstStep(np.array(slopes).reshape(-1, len(kept), len(kept)), loading, error, _blocks(parts))

    def _of_group(
        self, r: int, kept: Places, pattern: Floats, members: Bools, among: Floats, slopes: list[Floats]
    ) -> Floats:
        """Covariances of the parameters with these slopes, from the measurement of one group with free relations."""
        inside = np.flatnonzero(members[self.model.block_of[kept]])
        every, chosen = list(slopes), np.flatnonzero(members)
        for place, a in enumerate(chosen):
            for b in chosen[place:]:
                form = np.outer(pattern[:, a], pattern[:, b])
                every.append(form + form.T)
        implied = pattern @ among @ pattern.T + self._errors_covary(r, kept)
        both = np.ix_(inside, inside)
        information = _information(np.array([slope[both] for slope in every]), implied[both])
        return np.asarray(np.linalg.inv(information)[: len(slopes), : len(slopes)])

    def _errors_covary(self, r: int, kept: Places) -> Floats:
        """Theta (p, p) of the retained items."""
        theta = np.diag(self.found.errors[r])
        for e, (i, l) in enumerate(error_pairs(self.model)):
            theta[i, l] = theta[l, i] = self.found.error_covariances[r, e]
        return np.asarray(theta[np.ix_(kept, kept)])

    def _unit_slopes(self, r: int, explained: Floats) -> Floats:
        """Derivatives of the constructs' log units by the second step's parameters (m, k2)."""
        model = self.model
        slopes = np.zeros((len(model.blocks), explained.shape[1]))
        if self.scaling == "first":
            slopes[np.arange(len(slopes)), np.arange(len(slopes))] = 1.0
            return slopes
        for slope, construct in zip(explained, model.endogenous, strict=True):
            j = model.constructs.index(construct)
            slopes[j] = 0.5 * slope / (1.0 - self.r2[r, j])
        return slopes

    def _gradient(
        self, target: Target, r: int, value: float, slope: Floats, of_units: Floats, first: FirstStep, own: list[int]
    ) -> Floats:
        """The gradient (k1 + k2,) of a raw target from its standardised value and derivatives by the second step."""
        model, k1 = self.model, len(first.slopes)
        gradient = np.zeros(k1 + len(slope))
        unit = np.sqrt(sample_variances(self.batch, self.batch.n)[r])
        powers = powers_of(target, model)
        if powers is None:
            gradient[k1:] = slope
        elif target.kind == "loading":
            item, j = model.items.index(target.parts[1]), model.constructs.index(target.parts[0])
            size = unit[item] * self.deviation[r, j] / self._units(r, own)[j]
            if item in first.loading:
                gradient[first.loading[item]] = size
            gradient[k1:] = size * self.found.loadings[r, item] * ((np.arange(len(slope)) == j) - of_units[j])
        elif _of_item(target, model):
            item = model.items.index(target.parts[0])
            if item in first.error:
                gradient[first.error[item]] = unit[item] ** 2
        else:
            factor = np.prod([self._units(r, own)[place] ** power for place, power in powers[1]])
            inner = -slope if target.kind == "variance" else slope
            gradient[k1:] = factor * (inner + value * sum(power * of_units[place] for place, power in powers[1]))
        return gradient

    def _units(self, r: int, own: list[int]) -> Floats:
        """The raw unit of each construct (m,)."""
        if self.scaling == "first":
            unit = np.sqrt(sample_variances(self.batch, self.batch.n)[r])
            return np.asarray(self.found.loadings[r, own] * self.deviation[r] * unit[own])
        ends = np.array([construct in self.model.endogenous for construct in self.model.constructs])
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(ends, 1.0 / np.sqrt(1.0 - self.r2[r]), 1.0)


def among_constructs(model: Model) -> Model:
    """The structural model alone: every construct measured without error by itself."""
    scores = [c if c in model.observed else f"score of {c}" for c in model.constructs]
    blocks = tuple(Block(construct, (score,)) for construct, score in zip(model.constructs, scores, strict=True))
    return Model(blocks, model.paths, tuple(pair for pair in model.covariances if pair[0] in model.constructs))


def _of_item(target: Target, model: Model) -> bool:
    """Whether the target depends on the measurement of one item."""
    return target.kind == "loading" or (target.kind == "variance" and target.parts[0] not in model.constructs)


def _pair(place: int, vector: Floats) -> Floats:
    """e v' + v e', e the unit vector of a place (p, p)."""
    slope = np.zeros((len(vector), len(vector)))
    slope[place] += vector
    slope[:, place] += vector
    return slope


def _information(slopes: Floats, implied: Floats) -> Floats:
    """tr(Sigma^-1 D_t Sigma^-1 D_u) / 2 (k, k). Raises LinAlgError where it is not positive definite."""
    turned = np.linalg.solve(implied, slopes)
    k = len(slopes)
    information = 0.5 * turned.reshape(k, -1) @ turned.transpose(0, 2, 1).reshape(k, -1).T
    np.linalg.cholesky(information)
    return np.asarray(information)


def _blocks(parts: list[Floats]) -> Floats:
    """A block-diagonal matrix."""
    size = sum(len(part) for part in parts)
    whole, at = np.zeros((size, size)), 0
    for part in parts:
        whole[at : at + len(part), at : at + len(part)] = part
        at += len(part)
    return whole
