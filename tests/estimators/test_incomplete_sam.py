"""SAM of answers with gaps: complete ones, plain optimisers block by block, second order, and honest errors."""

import numpy as np
import pytest
from scipy.optimize import minimize

from estimators.base import Status
from estimators.methods import build
from sim.batch import Batch
from sim.errors import InputError
from sim.model import Model
from tests.cases import targets
from tests.full import FULL
from tests.plain import by_em

MODEL = Model.parse("A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nC =~ c1 + c2 + c3\nC ~ A + B")
PATHS = ("C~A", "C~B")


def answers(n, seed, data_sets=1):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, data_sets, n, 1))
    c = 0.5 * a + 0.3 * b + 0.8 * rng.normal(size=a.shape)
    factors = np.repeat(np.concatenate([a, b, c], axis=2), 3, axis=2)
    return factors * np.tile([1.0, 0.8, 0.9], 3) + 0.6 * rng.normal(size=factors.shape) + 3.0


def at_random(data, seed):
    """Answers to a2, b3 and c1 are missing more often where that to a1 is high; a few others anywhere."""
    rng = np.random.default_rng(seed)
    missing = rng.random(data.shape) < 0.05
    missing[..., 0] = False
    missing[..., [1, 5, 6]] |= (data[..., :1] > 3.5) & (rng.random((*data.shape[:-1], 3)) < 0.6)
    return missing


def fit(batch, model=MODEL, names=PATHS, **settings):
    method = build("sam", {"missing": "fiml", "solution": "raw", **settings}, 0.95, model=model)
    return method.fit(batch, model, targets(model, *names))


def test_where_nothing_is_missing_it_is_sam():
    data = answers(150, 1)
    gaps = Batch.of(data, missing=np.zeros(data.shape, dtype=bool), items=MODEL.items)
    for structure in ("local", "global"):
        here = fit(gaps, structure=structure)
        there = build("sam", {"solution": "raw", "structure": structure}, 0.95).fit(
            Batch.of(data, items=MODEL.items), MODEL, targets(MODEL, *PATHS)
        )
        np.testing.assert_allclose(here.value, there.value, atol=1e-7)
        np.testing.assert_allclose(here.se, there.se, rtol=0.05)  # observed information, not the expected one


@pytest.mark.acceptance
def test_the_steps_are_those_of_plain_optimisers():
    data = answers(120, 2)
    missing = at_random(data, 3)
    batch = Batch.of(np.where(missing, 99.0, data), missing=missing, items=MODEL.items)
    loadings, errors = np.zeros((9, 3)), np.zeros(9)
    for block in range(3):
        own, gone = data[0][:, 3 * block : 3 * block + 3], missing[0][:, 3 * block : 3 * block + 3]

        def deviance(x, own=own, gone=gone):
            lam, theta = np.array([1.0, x[0], x[1]]), np.exp(x[2:5])
            sigma, total = np.exp(x[5]) * np.outer(lam, lam) + np.diag(theta), 0.0
            for row, left_out in zip(own, gone, strict=True):
                at = ~left_out
                if at.any():
                    apart = (row - x[6:9])[at]
                    sub = sigma[np.ix_(at, at)]
                    total += np.linalg.slogdet(sub)[1] + apart @ np.linalg.solve(sub, apart)
            return total / len(own)

        begun = np.array([0.8, 0.9, -1.0, -1.0, -1.0, 0.0, *np.nanmean(np.where(gone, np.nan, own), axis=0)])
        found = minimize(deviance, begun, method="BFGS", options={"gtol": 1e-8}).x
        loadings[3 * block : 3 * block + 3, block] = [1.0, found[0], found[1]]
        errors[3 * block : 3 * block + 3] = np.exp(found[2:5])
    _, whole = by_em(data[0], missing[0])
    turned = loadings.T / errors
    mapping = np.linalg.solve(turned @ loadings, turned)
    constructs = mapping @ (whole - np.diag(errors)) @ mapping.T
    paths = np.linalg.solve(constructs[:2, :2], constructs[:2, 2])
    np.testing.assert_allclose(fit(batch).value[0], paths, rtol=1e-4)  # where BFGS stops
    assert np.abs(fit(batch).value[0] - fit(batch, structure="global").value[0]).max() < 0.05


@pytest.mark.acceptance
@pytest.mark.parametrize("structure", ["local", "global"] if FULL else ["local"])
def test_errors_are_as_large_as_estimates_vary(structure):
    data = answers(300, 4, data_sets=120)
    missing = at_random(data, 5)
    found = fit(Batch.of(np.where(missing, 99.0, data), missing=missing, items=MODEL.items), structure=structure)
    assert (found.status == Status.OK).mean() > 0.95
    usable = found.status == Status.OK
    spread = found.value[usable].std(axis=0, ddof=1)
    np.testing.assert_allclose(found.se[usable].mean(axis=0), spread, rtol=4 / np.sqrt(2 * usable.sum()))
    errors = found.value[usable].mean(axis=0) - [0.5, 0.3]
    assert (np.abs(errors) < 4 * spread / np.sqrt(usable.sum()) + 0.01).all()


def test_second_order_terms_and_observed_variables_go_with_it():
    data = answers(200, 6)
    missing = at_random(data, 7)
    batch = Batch.of(np.where(missing, 99.0, data), missing=missing, items=MODEL.items)
    second = Model.parse("A =~ a1+a2+a3\nB =~ b1+b2+b3\nC =~ c1+c2+c3\nG =~ A+B+C\na2 ~~ b3")
    told = fit(batch, second, ("G=~B", "G~~G"))
    assert told.status[0] <= Status.INADMISSIBLE
    assert np.isfinite(told.se[0]).all()
    tied = Model.parse("A =~ a1+a2+a3\nB =~ b1+b2+b3\nC ~ p*A + p*B\nC =~ c1+c2+c3\nboth := 2*p")
    told = fit(batch, tied, ("C~A", "C~B", "both"))
    assert told.value[0, 0] == pytest.approx(told.value[0, 1], rel=1e-9)
    assert told.se[0, 2] == pytest.approx(2 * told.se[0, 0], rel=1e-9)
    observed = Model.parse("A =~ a1+a2+a3\nc1 ~ A + b1")
    told = fit(Batch.of(data, missing=missing, items=MODEL.items).only(observed.items), observed, ("c1~A", "c1~b1"))
    assert np.isfinite(told.se[0]).all()


def test_what_does_not_go_with_it_is_refused():
    for settings, words in (({"measurement": "uls"}, "measurement = 'uls' does not go with missing = 'fiml'"),
                            ({"missing": "two-stage"}, r"answers that there are \(ml, mlr\), not of sam")):  # fmt: skip
        with pytest.raises(InputError, match=words):
            build("sam", {"missing": "fiml", **settings}, 0.95, model=MODEL)
