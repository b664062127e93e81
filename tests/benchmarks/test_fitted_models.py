"""A method may fit a model that is not the population's: its estimates, what it lacks, and what reports say of it."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

import reports
from benchmarks.run import runner
from benchmarks.run.replay import replay, replication_batch
from benchmarks.study.study import Study, load
from estimators.methods import build
from sim.batch import Batch
from sim.model import Model

SMALL = Path(__file__).parent.parent / "small.toml"
#: Two of the population's constructs, some of their items, in another order, and a name of its own.
OTHER = Model.parse(
    """
    PERF =~ VA2 + VA1 + PRO1 + PRO2
    BOTH =~ OGG1 + OGG2 + CC1
    ACRM =~ CC3 + CC2 + PC1
    PERF ~ ACRM + BOTH
    """
)


@pytest.fixture(scope="module")
def small() -> Study:
    """One cell of 20 replications; three methods, two of which fit the other model."""
    study = load(str(SMALL))
    methods = (
        build("own", {"estimator": "sumscores"}, 0.95),
        build("other", {"estimator": "sumscores"}, 0.95),
        build("screened", {"estimator": "sumscores", "screening": {"threshold": 0.75, "minimum_items": 1}}, 0.95),
    )
    models = {"other": OTHER, "screened": OTHER}
    return dataclasses.replace(study, cells=study.cells[:1], methods=methods, models=models, replications=20)


@pytest.fixture(scope="module")
def ran(small: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fitted")
    runner.run(small, folder, 1, Console(quiet=True))
    reports.write(folder)
    return folder


def block(folder: Path) -> pd.DataFrame:
    return pd.concat([pd.read_parquet(path) for path in sorted(folder.glob("blocks/*/*.parquet"))])


def test_a_method_fits_its_own_model_to_its_own_items(small: Study, ran: Path) -> None:
    stored = block(ran)
    data = replication_batch(small, small.cells[0], 7)
    columns = [small.model.items.index(item) for item in OTHER.items]
    assert data.answers is not None
    alone = small.methods[1].estimator.fit(Batch.of(data.answers[..., columns]), OTHER, [OTHER.target("PERF~ACRM")])
    row = stored[(stored["method"] == "other") & (stored["replication"] == 7)].iloc[0]
    assert row["value:PERF~ACRM"] == alone.value[0, 0]
    assert row["se:PERF~ACRM"] == alone.se[0, 0]
    own = stored[(stored["method"] == "own") & (stored["replication"] == 7)].iloc[0]
    assert own["value:PERF~ACRM"] != row["value:PERF~ACRM"]


def test_what_a_model_lacks_is_not_estimated(small: Study, ran: Path) -> None:
    assert [target.name for target in small.estimated(small.methods[1])] == ["PERF~ACRM", "r2(PERF)", "ave(ACRM)"]
    stored = block(ran)
    other = stored[stored["method"] == "other"]
    assert other["value:PERF~OCRM"].isna().all()
    assert (other["status"] == 0).all()
    assert other["value:PERF~ACRM"].notna().all()
    for item in small.model.items:
        assert (other[f"retained:{item}"] == (item in OTHER.items)).all()
    measures = pd.read_parquet(ran / "measures.parquet")
    lacking = measures[(measures["target"] == "PERF~OCRM") & (measures["method"] == "other")]
    assert lacking.empty
    assert not measures[(measures["target"] == "PERF~OCRM") & (measures["method"] == "own")].empty


def test_limits_are_those_of_the_fitted_model(small: Study, ran: Path) -> None:
    measures = pd.read_parquet(ran / "measures.parquet").set_index(["method", "target", "measure"])["value"]
    moments = small.cells[0].world.limits(False, False)[0].moments
    at = [small.model.items.index(item) for item in OTHER.items]
    chosen = dataclasses.replace(moments, means=moments.means[:, at], covariances=moments.covariances[:, at][:, :, at])
    limit = (
        small.methods[1].estimator.without_inference().fit(Batch.of_moments(chosen), OTHER, [OTHER.target("PERF~ACRM")])
    )
    assert measures["other", "PERF~ACRM", "limit_before_cut"] == limit.value[0, 0]


def test_a_rule_screens_the_items_of_the_fitted_model(small: Study, ran: Path) -> None:
    measures = pd.read_parquet(ran / "measures.parquet").query("over == 'usable'")
    drops = measures[(measures["measure"] == "drop_rate") & (measures["group"] == "")]
    assert set(drops["target"]) == {f"{block.construct}=~{item}" for block in OTHER.blocks for item in block.items}
    assert drops.set_index("target").loc["BOTH=~OGG1", "truth"] != drops.set_index("target").loc["PERF=~VA1", "truth"]
    assert np.isnan(drops.set_index("target").loc["BOTH=~OGG1", "truth"])
    stored = block(ran)
    assert "short:BOTH" in stored
    shift = measures[measures["measure"] == "screening_shift"]
    assert set(shift["target"]) == {"PERF~ACRM", "r2(PERF)", "ave(ACRM)"}


def test_replays_and_reports_follow_the_fitted_model(small: Study, ran: Path, tmp_path: Path) -> None:
    _, _, table = replay(small, small.cells[0], 3, tmp_path)
    stored = block(ran)
    row = stored[(stored["method"] == "other") & (stored["replication"] == 3)].iloc[0]
    told = table[table["method"] == "other"].set_index("target")["value"]
    assert told["PERF~ACRM"] == row["value:PERF~ACRM"]
    assert np.isnan(told["PERF~OCRM"])
    facts = json.loads((ran / "study.json").read_text(encoding="utf-8"))["methods"]
    assert facts["own"]["model"] is None
    assert facts["other"]["model"] == OTHER.syntax
    assert facts["other"]["not_estimated"] == ["PERF~OCRM"]
    assert facts["screened"]["unscreened"] == "other"
    page = (ran / "report.html").read_text(encoding="utf-8")
    assert "Not estimated, since its model lacks it: <code>PERF~OCRM</code>" in page
    assert "BOTH =~ OGG1 + OGG2 + CC1" in page


def test_by_default_every_method_fits_the_populations_own(small: Study) -> None:
    plain = dataclasses.replace(small, models={})
    assert all(plain.fitted(method) is plain.model for method in plain.methods)
    assert plain.fingerprint != small.fingerprint
