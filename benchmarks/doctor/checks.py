"""The self-test: what an installation must be able to do, each thing tried once, with what to do where it fails."""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.run.workers import Threads
from benchmarks.stored import store
from benchmarks.study import study as studies
from estimators.composites.consistent import ConsistentPLS
from estimators.composites.sumscores import SumScores
from estimators.factors.covariance import MaximumLikelihood
from sim import catalogue
from sim.batch import Batch, Floats
from sim.drawing.draw import draw
from sim.errors import InputError

#: Of the answers to 19 items of 72 respondents with seed 1, weighted by the number of the item.
_KNOWN = 45_107
_AGAIN = "install again into a new environment: pip install -c constraints.txt loadstone"


@dataclass(frozen=True)
class Check:
    """Something that must work. `run` raises an error where it does not; `advice` is what to do then."""

    name: str
    run: Callable[[], None]
    advice: str


@dataclass(frozen=True)
class Outcome:
    """How a check went: seconds, and what was wrong; nothing where it was well."""

    check: Check
    seconds: float
    wrong: str = ""


class Wrong(Exception):
    """What a check found, in words."""


def run(checks: tuple[Check, ...]) -> list[Outcome]:
    """Every check, whatever becomes of the others."""
    found = []
    for check in checks:
        begun, wrong = time.monotonic(), ""
        try:
            check.run()
        except Wrong as error:
            wrong = str(error)
        except Exception as error:  # whatever a broken installation raises is what is asked for
            wrong = f"{type(error).__name__}: {error}"
        found.append(Outcome(check, time.monotonic() - begun, wrong))
    return found


def _the_first_data_set_is_known() -> None:
    """Draws are the same on every machine: of the first data set a weighted sum of its answers is known."""
    answers = draw(catalogue.population("crm-clusters"), 72, 1, np.random.Generator(np.random.SFC64(1)))
    found = int((answers[0].astype(np.int64) * np.arange(1, 20)).sum())
    if found != _KNOWN:
        raise Wrong(f"the weighted sum of the first data set is {found}, and was {_KNOWN} where this was written")


def _sums_agree_with_plain_least_squares() -> None:
    """A compiled method gives what a few lines of NumPy give."""
    population = catalogue.population("three-factors")
    model, answers = population.model, draw(population, 200, 1, np.random.Generator(np.random.SFC64(2)))
    sums = np.stack([answers[0][:, model.block_of == j].sum(axis=1) for j in range(3)], axis=1)
    scores: Floats = (sums - sums.mean(axis=0)) / sums.std(axis=0)
    plain = np.linalg.lstsq(scores[:, :2], scores[:, 2], rcond=None)[0]
    targets = [model.target("eta3~eta1"), model.target("eta3~eta2")]
    found = SumScores().fit(Batch.of(answers, items=model.items), model, targets).value[0]
    if not np.allclose(found, plain, rtol=0, atol=1e-10):
        raise Wrong(f"sum scores give {found.tolist()}, plain least squares {plain.tolist()}")


def _consistent_methods_give_the_truth() -> None:
    """On a population's own moments, consistent methods return its values."""
    population = catalogue.population("three-factors")
    targets = [population.model.target(name) for name in ("eta3~eta1", "eta2=~y21")]
    for estimator in (ConsistentPLS(), MaximumLikelihood()):
        found = estimator.fit(Batch.of_moments(population.moments), population.model, targets).value[0]
        if not np.allclose(found, population.truth(targets), rtol=0, atol=1e-5):
            raise Wrong(f"{type(estimator).__name__} gives {found.tolist()} for {population.truth(targets).tolist()}")


def _workers_change_no_number() -> None:
    """Two threads give the blocks that one gives, to the last byte."""
    content = {
        "name": "doctor", "aims": {"title": "", "question": ""},
        "data": {"population": "three-factors", "n": [50], "replications": 600, "seed": 1},
        "estimands": {"targets": ["eta3~eta1"]}, "methods": {"sumscores": {}},
    }  # fmt: skip
    study = studies.made(content, "the self-test", Path())
    waiting = [(study.cells[0], block) for block in range(study.blocks)]
    one, two = (
        {done.block: done.content for done in Threads(number).compute(study, waiting, False)} for number in (1, 2)
    )
    if one != two:
        raise Wrong("two workers give other numbers than one")


def _results_can_be_stored() -> None:
    """A table is written to this folder and read again."""
    table = pa.table({"value": np.arange(1000.0)})
    try:
        with tempfile.TemporaryDirectory(dir=Path(), prefix=".loadstone-doctor-") as folder:
            store.write_table(Path(folder) / "table.parquet", table)
            if not store.read_table(Path(folder) / "table.parquet").equals(table):
                raise Wrong("what is read is not what was written")
    except (OSError, InputError) as error:
        raise Wrong(str(error)) from None


CHECKS = (
    Check("the same seed draws the same data", _the_first_data_set_is_known, _AGAIN),
    Check("sum scores agree with plain least squares", _sums_agree_with_plain_least_squares, _AGAIN),
    Check("consistent PLS and ML return the truth", _consistent_methods_give_the_truth, _AGAIN),
    Check("workers change no number", _workers_change_no_number, "run with --workers 1, and report it as a bug"),
    Check(
        "results can be stored in this folder",
        _results_can_be_stored,
        "go to a folder that you may write to, or give --out; see that the disk has room",
    ),
)
