"""A study written down: the study file that asks for it again."""

from pathlib import Path
from typing import Any

from benchmarks.study.study import Study
from sim import toml
from sim.errors import InputError


def content(study: Study, beside: Path | None = None) -> dict[str, Any]:
    """What the file of a study holds: what was said of it, and no default; of a quick version, what that runs.

    beside: the folder that a population's file was named from, where the study is written elsewhere. Raises InputError
    where a method is an object that no file can name.
    """
    told = study.file.model_dump(exclude_unset=True)
    _refuse_objects(study)
    told["name"] = study.name
    _say_how_many(told, study)
    if study.quick:
        told.pop("quick", None)
    named = told["data"]["population"]
    if beside is not None and isinstance(named, str) and named.endswith(".toml"):
        told["data"]["population"] = (beside / named).absolute().as_posix()
    return told


def _say_how_many(told: dict[str, Any], study: Study) -> None:
    """The targets that decide the number of replications, or that number: a file that gives both is refused."""
    if study.sequential:
        told["data"].pop("replications", None)
        return
    told["data"]["replications"] = study.replications
    for key in ("targets", "most_replications"):
        told.get("performance", {}).pop(key, None)


def as_toml(study: Study, beside: Path | None = None) -> str:
    """The study file as text; `beside` and errors are those of `content`."""
    return toml.document(content(study, beside))


def _refuse_objects(study: Study) -> None:
    for method in study.methods:
        if method.brought:
            raise InputError(
                f"method {method.name} is an object of {method.base.partition(':')[2]}, which no study file can name; "
                "put its class into a module (a .py file) with settings that are text, numbers, true or false"
            )
