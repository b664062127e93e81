"""Checks of the settings that study files give."""

import math
from collections.abc import Mapping
from typing import Any

from estimators.entry import Entry
from sim.errors import InputError, unknown

#: Iterations and the like that a setting of the catalogue's methods may ask for.
_MOST_STEPS = 1_000_000


def is_whole(value: Any) -> bool:
    """Whether a setting is a whole number; true and false are none."""
    return isinstance(value, int) and not isinstance(value, bool)


def check_count(key: str, value: Any, what: str, least: int, most: int | None = None) -> None:
    """Raise InputError where a setting is no whole number from `least` to `most`; `what` ends "give ..."."""
    if not is_whole(value) or value < least or (most is not None and value > most):
        upward = "" if most is None else f" and at most {most:,}"
        raise InputError(f"{key} is {value!r}; give {what} at least {least}{upward}")


def check_setting(key: str, value: Any, entry: Entry, default: Any) -> None:
    """Raise InputError where a method's own setting is none of its choices, or not of the kind of its default."""
    choices = entry.choices.get(key)
    if isinstance(value, Mapping) and key in entry.by_construct:
        choices = entry.by_construct[key]
        for construct, one in value.items():
            if one not in choices:
                raise InputError(unknown(f"{key} of {construct}", str(one), choices))
        return
    if choices and value not in choices:
        raise InputError(unknown(key, str(value), choices))
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise InputError(f"{key} is {value!r}; give true or false")
    elif isinstance(default, float | int):
        # Numbers of this project's methods are tolerances and limits; others may be anything.
        least, sort = (-math.inf, "finite") if entry.origin else (0, "positive")
        if not isinstance(value, float | int) or isinstance(value, bool) or not least < value < math.inf:
            raise InputError(f"{key} is {value!r}; give a {sort} number")
        if isinstance(default, int) and (not is_whole(value) or (not entry.origin and value > _MOST_STEPS)):
            raise InputError(f"{key} is {value!r}; give a whole number of at most {_MOST_STEPS:,}")
    elif not isinstance(value, str | int | float) or value != value:
        raise InputError(f"{key} is {value!r}; give text, a number, or true or false")
    elif isinstance(default, str) and not isinstance(value, str):
        raise InputError(f"{key} is {value!r}; give text")
