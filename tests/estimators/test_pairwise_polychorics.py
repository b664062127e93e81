"""Polychoric correlations of answers with gaps: against lavaan, complete answers, and what a resample says."""

import numpy as np
import pytest

import loadstone as ls
from estimators.base import Status
from estimators.methods import build
from estimators.polychoric import influence, polychorics
from estimators.weighted.pairwise import pairwise_polychorics
from sim.batch import Batch
from sim.errors import InputError
from sim.model import Model
from tests.cases import reference, survey
from tests.own_survey import MODEL
from tests.own_survey import survey as own_survey

LAVAAN = reference("pairwise_lavaan")


def gaps():
    """Four hundred respondents of whom a tenth of the answers is missing, and the model."""
    model = Model.parse(LAVAAN["birth"]["model"])
    return Batch.of_frame(survey("ordinal_gaps")[list(model.items)]), model


def test_correlations_with_gaps_are_those_of_lavaan():
    batch, model = gaps()
    given = LAVAAN["polychoric"]
    found = pairwise_polychorics(batch)
    order = [model.items.index(name) for name in given["rows"]]
    np.testing.assert_allclose(found.correlations[0][np.ix_(order, order)], given["values"], atol=1e-6)


def test_wlsmv_of_pairs_is_that_of_lavaan():
    """`sem(model, data, ordered = ..., estimator = "WLSMV", missing = "pairwise")` of lavaan 0.6-20."""
    batch, model = gaps()
    targets = [model.target(name) for name in [*LAVAAN["values"], "chisq", "df", "cfi", "tli", "rmsea", "srmr"]]
    found = build("wlsmv", {"missing": "pairwise"}, 0.95).estimator.fit(batch, model, targets)
    values, errors = np.array([*LAVAAN["values"].values()]).T
    np.testing.assert_allclose(found.value[0, : len(values)], values, atol=1e-5)
    np.testing.assert_allclose(found.se[0, : len(values)], errors, rtol=1e-4)
    fit = LAVAAN["fit"]
    told = dict(zip([target.name for target in targets], found.value[0], strict=True))
    assert told["df"] == fit["df"]
    assert told["chisq"] == pytest.approx(fit["chisq.scaled"], rel=1e-5)
    for index in ("cfi", "tli", "rmsea"):
        assert told[index] == pytest.approx(fit[f"{index}.scaled"], abs=1e-5)
    assert told["srmr"] == pytest.approx(fit["srmr"], rel=1e-5)
    assert found.respondents[0] == 400


@pytest.mark.parametrize("name", ["wlsmv", "ulsmv", "wls"])
def test_without_a_gap_it_is_the_method_itself(name):
    frame = survey("ordinal_gaps").dropna()
    model = gaps()[1]
    batch = Batch.of_frame(frame[list(model.items)])
    alike = Batch.of(batch.raw[0], missing=np.zeros((1, *batch.raw[0].shape), dtype=bool), items=model.items)
    plain, other = polychorics(batch), pairwise_polychorics(alike)
    np.testing.assert_allclose(other.correlations, plain.correlations, atol=1e-9)
    np.testing.assert_allclose(other.effects[0], influence(plain, 0), atol=1e-8)
    whole = build(name, {}, 0.95).estimator.fit(batch, model)
    paired = build(name, {"missing": "pairwise"}, 0.95).estimator.fit(alike, model)
    np.testing.assert_allclose(paired.value, whole.value, atol=1e-6)
    np.testing.assert_allclose(paired.se, whole.se, rtol=1e-5, atol=1e-8)


def test_influences_are_what_leaving_respondents_out_does():
    """To first order, and with mean cross-products for derivatives, which are those in expectation alone."""
    batch, _ = gaps()
    found = pairwise_polychorics(batch)
    rows, columns = np.triu_indices(batch.retained.shape[1], 1)
    n = batch.answers.shape[1]
    pairs = []
    for left_out in range(0, 120, 5):
        kept = np.delete(np.arange(n), left_out)
        without = Batch.of(batch.answers[0][kept], missing=batch.missing[:, kept], items=batch.items)
        moved = found.correlations[0] - pairwise_polychorics(without).correlations[0]
        pairs.append((moved[rows, columns], found.effects[0][left_out] / n))
    moved, predicted = np.array(pairs).transpose(1, 0, 2)
    assert np.corrcoef(moved.ravel(), predicted.ravel())[0, 1] > 0.95
    assert (predicted**2).sum() == pytest.approx((moved**2).sum(), rel=0.2)


def test_an_empty_cell_of_two_by_two_is_filled_as_in_complete_tables():
    answers = np.repeat([[0, 0], [1, 1], [0, 1]], [12, 9, 7], axis=0).astype(np.int8)
    plain = polychorics(Batch.of(answers))
    found = pairwise_polychorics(Batch.of(answers, missing=np.zeros((1, 28, 2), dtype=bool)))
    np.testing.assert_allclose(found.correlations, plain.correlations, atol=1e-9)


def test_what_cannot_be_estimated_has_a_status():
    rng = np.random.default_rng(2)
    answers, missing = rng.integers(1, 4, (30, 3)).astype(float), np.zeros((4, 30, 3), dtype=bool)
    data = np.repeat(answers[None], 4, axis=0)
    missing[0, :14, 0], missing[0, 16:, 1] = True, True  # two answered both
    data[1, :, 2] = 3.0
    data[2, :, 1] = rng.normal(size=30)
    found = pairwise_polychorics(Batch.of(data, missing=missing))
    assert found.status.tolist() == [Status.TOO_FEW_ANSWERS, Status.CONSTANT_ITEM, Status.NOT_ORDINAL, Status.OK]
    assert np.isnan(found.correlations[:3]).all()
    turned = np.column_stack([answers[:, 0], answers[:, 0], answers[:, 2]])
    told = pairwise_polychorics(Batch.of(turned, missing=missing[3:]))
    assert told.status[0] == Status.INADMISSIBLE
    assert told.correlations[0, 0, 1] == 1.0


def test_fit_takes_pairs_beside_methods_of_covariances():
    data = own_survey(200)
    rng = np.random.default_rng(5)
    data = data.drop(columns=["id", "sexe"]).astype(float)
    data = data.mask(rng.random(data.shape) < 0.05)
    found = ls.fit(data, MODEL, methods="ml,wlsmv", missing="pairwise")
    alone = ls.fit(data, MODEL, methods="ml", missing="pairwise")
    label, of_ml = (next(each for each in found.methods if name in each) for name in ("WLSMV", "ML SEM"))
    assert found.by_name[of_ml, "SAT~QUAL"].value == alone.by_name["ML SEM", "SAT~QUAL"].value
    assert found.by_name[label, "SAT~QUAL"].se > 0.0
    assert "each correlation from the respondents who answered both items" in found.survey.note
    for settings in ({"resamples": 20}, {"screening": {"threshold": 0.5}}):
        with pytest.raises(InputError, match="does not go with"):
            build("wlsmv", {"missing": "pairwise", **settings}, 0.95)
    with pytest.raises(InputError, match="listwise"):
        build("ordplsc", {"missing": "pairwise", "resamples": 20}, 0.95)
