"""The one exception that means "the input is wrong": what was given, what is allowed, what to do; words for it."""

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """Input that cannot be used. Its text is shown to the user as it is; the command exits with code 2."""


def nearest(name: str, allowed: Iterable[str]) -> str:
    """`; did you mean 'X'?` where one of `allowed` is close to `name`, else an empty string."""
    by_lower = {option.lower(): option for option in allowed}
    close = difflib.get_close_matches(name.lower(), list(by_lower), n=1, cutoff=0.6)
    return f"; did you mean '{by_lower[close[0]]}'?" if close else ""


def unknown(what: str, name: str, allowed: Iterable[str]) -> str:
    """The message for a name that is not among the allowed ones."""
    options = list(allowed)
    return f"{what} '{name}' is not known{nearest(name, options)} (allowed: {', '.join(options)})"


def unknown_file(what: str, given: str, allowed: Iterable[str]) -> str:
    """The message for what is neither one of the allowed names nor a file."""
    return f"{unknown(what, given, allowed)}; or give the path of a .toml file"


def counted(number: int, noun: str) -> str:
    """`1 cell`, `2 cells`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
