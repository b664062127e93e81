"""`blocks`: methods that take every block as the other kind, in studies and on population moments."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.own.method_words import methods_of
from benchmarks.run.runner import block_table
from benchmarks.study.study import load
from estimators.base import Status
from estimators.composites.consistent import ConsistentPLS
from estimators.composites.pls import PLS
from estimators.factors.covariance import MaximumLikelihood
from estimators.methods import build
from estimators.wrappers.recast import Recast, recast
from sim.batch import Batch
from sim.drawing.draw import draw
from sim.errors import InputError
from sim.model import Model
from tests.bad_input import TINY, Refused, assert_says
from tests.composite_worlds import FILE, MIXED, MODEL, STUDY, composite_population, mixed_population

REFLECTIVE = Model.parse(MIXED.syntax.replace("<~", "=~"))


def test_a_recast_method_is_the_method_on_the_other_model() -> None:
    batch = Batch.of(draw(mixed_population(), 150, 3, np.random.default_rng(1)))
    for method in (MaximumLikelihood(), ConsistentPLS()):
        fit, plain = Recast(method, "reflective").fit(batch, MIXED), method.fit(batch, REFLECTIVE)
        assert fit.targets == MIXED.targets
        for part in ("value", "se", "status"):
            assert np.array_equal(getattr(fit, part), getattr(plain, part), equal_nan=True)
    assert "composite" in (MaximumLikelihood().refusal(MIXED) or "")
    assert Recast(MaximumLikelihood(), "reflective").refusal(MIXED) is None
    assert "composite" in (Recast(MaximumLikelihood(), "composite").refusal(REFLECTIVE) or "")


def test_both_orders_of_blocks_are_recast() -> None:
    model = Model.parse("A =~ a1 + a2\nB <~ b1 + b2\nH <~ A + B\nX =~ x1 + x2\nH ~ X")
    assert recast(model, "reflective").syntax == model.syntax.replace("<~", "=~")
    assert {block.kind for block in recast(model, "composite").every_block} == {"composite"}


def test_maximum_likelihood_of_composites_is_off_and_mode_b_is_not() -> None:
    population = composite_population()
    targets = [MODEL.target("Y~A"), MODEL.target("Y~B")]
    batch = Batch.of_moments(population.moments)
    wrong = build("ml", {"blocks": "reflective"}, 0.95).estimator.fit(batch, MODEL, targets).value[0]
    right = build("pls", {"blocks": "composite"}, 0.95).estimator.fit(batch, MODEL, targets).value[0]
    assert right == pytest.approx(population.truth(targets), abs=1e-6)
    assert not np.allclose(wrong, population.truth(targets), atol=0.02)


def test_labels_and_wrappers_know_the_blocks() -> None:
    settings = {"blocks": "composite", "screening": {"threshold": 0.6}, "resamples": 20}
    method = build("pls", settings, 0.95, model=MIXED)
    assert method.label == "PLS, all blocks composite, 0.60 rule"
    batch = Batch.of(draw(mixed_population(), 100, 2, np.random.default_rng(1)))
    fit = method.estimator.fit(batch, MIXED, [MIXED.target("Y~A")])
    assert np.isfinite(fit.se).all()
    unscreened = PLS(modes="B").fit(batch, MIXED, [MIXED.target("Y~A")])
    kept = fit.retained.all(axis=1)
    assert np.allclose(fit.value[kept], unscreened.value[kept], atol=1e-6)


def test_a_method_on_a_line_may_have_blocks() -> None:
    (label,) = methods_of(["pls[blocks=composite, scheme=centroid]"], MIXED, None, 0.95)
    assert label == "PLS, all blocks composite (scheme=centroid)"


def test_bad_blocks_are_refused(refused: Refused) -> None:
    Path("tiny.toml").write_text(TINY + '[methods.ml]\nblocks = "formative"\n')
    assert_says(refused("run", "tiny.toml"), ["methods.ml: blocks 'formative'", "reflective, composite"])
    with pytest.raises(InputError, match="leave out bollen_stine or blocks"):
        build("ml", {"blocks": "reflective", "bollen_stine": 50}, 0.95)


def test_a_study_runs_a_composite_population_with_maximum_likelihood(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(FILE)
    (tmp_path / "study.toml").write_text(STUDY.format(name="ml") + 'blocks = "reflective"\n')
    study = load(str(tmp_path / "study.toml"))
    assert study.methods[0].label == "ML SEM, all blocks reflective"
    table = block_table(study, study.cells[0], 0).to_pandas()
    assert (table["status"] <= Status.INADMISSIBLE).any()
    assert np.isfinite(table.loc[table["status"] <= Status.INADMISSIBLE, "value:Y~A"]).all()
