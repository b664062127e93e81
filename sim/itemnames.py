"""Names of the columns of answers: checked, and held against the items of a model."""

from collections.abc import Sequence

from sim.errors import InputError


def names_of(items: Sequence[str] | None, p: int) -> tuple[str, ...] | None:
    """The names of p columns, checked, or None where there are none."""
    if items is None:
        return None
    names = tuple(items)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"the answers have two columns of one name ({', '.join(twice)}); give every item its own name")
    if len(names) != p:
        raise InputError(f"the answers have {p} columns and {len(names)} names of items; give one name for each column")
    return names


def other_items(given: tuple[str, ...], items: tuple[str, ...]) -> str:
    """The message for answers to other items than the model's."""
    lacking = [item for item in items if item not in given]
    strange = [name for name in given if name not in items]
    told = [f"lack {', '.join(lacking)}"] if lacking else []
    told += [f"have {', '.join(strange)}, which the model does not"] if strange else []
    return (
        f"the answers {' and '.join(told)}; give a column for each item of the model ({', '.join(items)}) and no other"
    )
