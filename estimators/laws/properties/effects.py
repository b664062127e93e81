"""Laws of no side effects: a fit changes nothing, and nothing that was done before changes a fit."""

import copy
import gc
import io
import locale
import logging
import os
import pickle
import random
import signal
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import wrap_non_picklable_objects
from threadpoolctl import threadpool_info

from estimators.base import Estimates
from estimators.laws.subject import Breach, NotTested, Subject, agree, demand, part, rows
from estimators.laws.worlds import Survey, limit_moments
from sim.batch import Batch
from sim.model import Model


def no_side_effects(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Look at everything a fit could change, before and after."""
    given = [survey.batch] if survey.population is None else [survey.batch, Batch.of_moments(limit_moments(survey))]
    for batch in given:
        model, fresh = copy.deepcopy(survey.model), replace(survey.model)
        targets = list(survey.model.targets)
        _ = model.bounds, model.reflective
        # What is imported at the first fit may change what is global, once.
        method.fit(copy.deepcopy(batch), copy.deepcopy(survey.model))
        np.random.seed(int(rng.integers(2**31)))  # noqa: NPY002
        random.seed(int(rng.integers(2**31)))
        before, arrays = surroundings(), _arrays(batch)
        fitted = method.estimator.without_inference() if not batch.has_answers else method.estimator
        said = io.StringIO()
        try:
            with _own_temporary_folder() as folder, redirect_stdout(said):
                fitted.fit(batch, model, targets)
                left = sorted(path.name for path in folder.iterdir())
        except (Exception, SystemExit) as error:
            raise Breach("a fit that raises nothing", f"{type(error).__name__}: {error}") from error
        for what, now in surroundings().items():
            demand(now == before[what], f"{what} as before the fit", f"changed {what}")
        demand(not left, "no temporary file left behind", ", ".join(left))
        demand(not said.getvalue().strip(), "a fit that prints nothing", said.getvalue()[:60])
        for what, array in _arrays(batch).items():
            same = np.array_equal(array, arrays[what], equal_nan=array.dtype.kind == "f")
            demand(same, f"{what} as before the fit", f"changed {what}")
        demand(model == fresh, "the model as before the fit", "another model")
        for name, found in vars(model).items():
            demand(hasattr(fresh, name), "nothing kept in the model", f"model.{name}")
            demand(
                np.array_equal(found, getattr(fresh, name)) if isinstance(found, np.ndarray) else True,
                f"model.{name} as before the fit",
                f"changed model.{name}",
            )
        demand(targets == list(survey.model.targets), "the targets as before the fit", "other targets")


def _arrays(batch: Batch) -> dict[str, np.ndarray]:
    """Copies of the arrays of a batch, by what a reader calls them."""
    moments = batch.moments
    arrays = {
        "batch.retained": batch.retained, "batch.replications": batch.replications,
        "batch.moments.means": moments.means, "batch.moments.covariances": moments.covariances,
        "batch.moments.correlations": moments.correlations,
    }  # fmt: skip
    if batch.answers is not None:
        arrays["batch.answers"] = batch.answers
    return {name: array.copy() for name, array in arrays.items()}


@contextmanager
def _own_temporary_folder() -> Iterator[Path]:
    """Temporary files go into a folder of their own, in which nobody else leaves any."""
    usual = tempfile.tempdir
    with tempfile.TemporaryDirectory() as name:
        tempfile.tempdir = name
        try:
            yield Path(name)
        finally:
            tempfile.tempdir = usual


def _open_files() -> int:
    """Files that this process holds open, where the system tells."""
    try:
        return sum(1 for _ in Path("/proc/self/fd").iterdir())
    except OSError:
        return 0


#: Settings of pandas that change what others see or compute.
_OF_PANDAS = ("display.precision", "display.max_rows", "display.max_columns", "display.width")


def surroundings() -> dict[str, object]:
    """What belongs to the whole process and not to a fit."""
    return {
        "NumPy's global random state": repr(np.random.get_state()[1].tolist()),  # type: ignore[index]  # noqa: NPY002
        "Python's global random state": hash(random.getstate()),
        "NumPy's handling of floating-point errors": np.geterr(),
        "NumPy's print options": repr(np.get_printoptions()),
        "the filters of warnings": list(warnings.filters),
        "the environment's variables": dict(os.environ),
        "the current folder": Path.cwd(),
        "the files of the current folder": sorted(path.name for path in Path.cwd().iterdir()),
        "the numbers of threads": [pool["num_threads"] for pool in threadpool_info()],
        "sys.path": list(sys.path),
        "the recursion limit": sys.getrecursionlimit(),
        "the handling of Ctrl-C": signal.getsignal(signal.SIGINT),
        "the collection of garbage": gc.isenabled(),
        "the level of logs": (logging.root.level, logging.root.manager.disable, len(logging.root.handlers)),
        "pandas' options": [pd.get_option(name) for name in _OF_PANDAS],
        "the language and country of numbers": locale.setlocale(locale.LC_ALL),
        "the number of running threads": threading.active_count(),
        "the number of open files": _open_files(),
    }


def no_memory(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Fit other data, other items, other settings and other models before, and the same data in two threads."""
    batch, model = survey.batch, survey.model
    if len(batch) < 2:
        raise NotTested("one data set only")
    whole = method.fit(batch, model)
    first, second = slice(0, 1), slice(1, 2)
    expected = "what was fitted before to leave no trace"
    for chosen in (first, second, first):
        alone = method.fit(part(survey.batch, chosen), model)
        agree(rows(whole, chosen), alone, expected, ("among others", "after another data set"))
    mask = np.ones_like(batch.retained)
    for j in (j for j, block in enumerate(model.blocks) if len(block.items) > 3):
        mask[:, model.bounds[j]] = False
    _same_again(method, batch, survey.batch, model, mask, expected)
    for name, setting in (("level", 0.8), ("resamples", 30)):
        other = method.with_setting(name, setting)
        if other is not None:
            names = ("on a fresh batch", f"on a batch fitted before with another {name}")
            agree(other.fit(survey.batch, model), other.fit(batch, model), expected, names)
    smaller = _with_fewer_paths(model)
    if method.estimator.refusal(smaller) is None:
        names = ("on a fresh batch", "on a batch fitted before with another model")
        agree(method.fit(survey.batch, smaller), method.fit(batch, smaller), expected, names)
    agree(whole, method.fit(batch, model), expected, ("at first", "after all of these"))
    new = method.renewed
    if new is not None:
        new.of(survey.with_answers(survey.answers[:, : survey.answers.shape[1] // 2]))
        names = ("by the method itself", "by a new one that was given half of the respondents before")
        agree(whole, new.fit(survey.batch, model), expected, names)


def _same_again(method: Subject, used: Batch, fresh: Batch, model: Model, mask: np.ndarray, expected: str) -> None:
    """Fit fewer items of a batch that was fitted before, and of a fresh one."""
    names = ("on a fresh batch", "on a batch fitted before with other items")
    some = method.fit(fresh.keep(mask), model)
    demand(~(some.retained & ~mask), expected, "items of a batch fitted before, which were left out since")
    agree(some, method.fit(used.keep(mask), model), expected, names)


def _with_fewer_paths(model: Model) -> Model:
    """The model without its last path, or with it turned round where it has no other."""
    paths = model.paths[:-1] if len(model.paths) > 1 else tuple((b, a) for a, b in model.paths)
    return replace(model, paths=paths)


def threads_and_copies(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Fit two data sets at the same time in two threads, and with a copy of the method as another process gets it."""
    model, pieces = survey.model, [part(survey.batch, slice(r, r + 1)) for r in range(min(2, len(survey.answers)))]
    alone = [method.fit(piece, model) for piece in pieces]

    def again(piece: Batch) -> Estimates:
        return method.estimator.fit(piece, model)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(2) as pool:
            found = list(pool.map(again, [part(piece, slice(None)) for piece in pieces * 2]))
    except Exception as error:
        raise Breach("fits in two threads at once that raise nothing", f"{type(error).__name__}: {error}") from error
    finally:
        sys.setswitchinterval(interval)
    for one, other in zip(alone * 2, found, strict=True):
        agree(one, other, "the same numbers in a thread beside another", ("alone", "beside another thread"))
    try:
        moved = pickle.loads(pickle.dumps(wrap_non_picklable_objects(method.estimator)))
    except Exception as error:
        raise Breach("a method that can be sent to another process", f"{type(error).__name__}: {error}") from error
    names = ("here", "by a copy sent to another process")
    agree(alone[0], replace(method, estimator=moved).fit(pieces[0], model), "the same numbers from a copy", names)
