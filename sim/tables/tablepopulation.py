"""A population file that holds a paper's table: written from a table, and read back into a population."""

from collections.abc import Iterator, Mapping
from typing import Any

from sim import toml
from sim.errors import InputError, unknown
from sim.population.record import Population
from sim.tables.reading.printed import Printed
from sim.tables.reading.table import Reported, Table, of_content
from sim.tables.reconstruct import Choices, population
from sim.tables.spans import Given, Open, Span, chosen

_OF_CONSTRUCTS = ("alpha", "rho_c", "ave", "r2", "lowest_loading", "highest_loading", "mean", "sd")
_OF_ITEMS = ("loadings", "item_means", "item_sds")


def solved(content: Mapping[str, Any], sets: Mapping[str, Given], name: str) -> Population:
    """The population that a file's [table] and what its factors set describe.

    content: the file's; sets: words and numbers of its factors. Raises InputError for a table or a word that cannot be
    used, and where no population has the printed numbers.
    """
    try:
        table = of_content({**content["table"], "model": content["model"]})
    except InputError as error:
        raise InputError(f"table: {error}") from None
    choices = chosen(sets)
    _check(table, choices)
    return population(table, choices, name, content["source"])


def sets_of(factors: Mapping[str, Any], numbers: Mapping[str, Given]) -> dict[str, Given]:
    """What factors set, and at which numbers. Raises InputError where two set the same."""
    taken: dict[str, str] = {}
    for factor, form in factors.items():
        if (other := taken.setdefault(form["sets"], factor)) != factor:
            raise InputError(f"factors {other} and {factor} both set '{form['sets']}'; leave it to one of the two")
    return {form["sets"]: numbers[factor] for factor, form in factors.items()}


def _check(table: Table, choices: Choices) -> None:
    """Raises InputError for names that the model lacks and shares out of range."""
    model = table.model
    for pair in choices.correlations:
        if wrong := [name for name in pair if name not in model.constructs]:
            raise InputError(
                f"a factor sets correlation {'~~'.join(pair)}: {unknown('construct', wrong[0], model.constructs)}"
            )
        if set(pair) & set(model.endogenous):
            raise InputError(f"a factor sets correlation {'~~'.join(pair)}, which the paths fix")
    paths = ["~".join(path) for path in model.paths]
    for path, share in choices.shares.items():
        if "~".join(path) not in paths:
            raise InputError(f"a factor sets share {'~'.join(path)}: {unknown('path', '~'.join(path), paths)}")
        if not 0 <= share <= 1:
            raise InputError(f"the share of path {'~'.join(path)} is {share:g}; it lies in 0 to 1")
    for construct in choices.r2:
        if construct not in model.endogenous:
            raise InputError(f"a factor sets r2 {construct}: {unknown('outcome', construct, model.endogenous)}")
    if not 0 <= choices.unequal <= 1:
        raise InputError(f"unequal is {choices.unequal:g}; it lies in 0, as equal as the table allows, to 1")
    mean = choices.mean_answer
    if mean is not None and table.points and not table.lowest_answer < mean < table.highest_answer:
        raise InputError(f"mean_answer is {mean:g}; answers lie in {table.lowest_answer} to {table.highest_answer}")


def as_toml(table: Table, span: Span) -> str:
    """The population file: the table, and everything open as a factor. Numbers are text, so that no zero is lost."""
    lines = [
        "# Solved from a published table: every combination of levels gives the printed numbers again.",
        f"title = {toml.text(table.title or 'A population solved from a published table')}",
        f"source = {toml.text(table.source or 'a published table')}",
        f'model = """\n{table.model.syntax}\n"""',
    ]
    if table.form.notes:
        lines.append(f"notes = [{', '.join(map(toml.text, table.form.notes))}]")
    if labels := [f"{toml.key(c)} = {toml.text(block.label)}" for c, block in table.reported.items() if block.label]:
        lines += ["", "[constructs]", *labels]
    lines += ["", "[table]", *_head(table)]
    for construct, block in table.reported.items():
        lines += ["", f"[table.constructs.{toml.key(construct)}]", *_construct(block)]
    pairs = {
        "correlations": {f"{a}~~{b}": number for (a, b), number in table.correlations.items()},
        "htmt": {f"{a},{b}": number for (a, b), number in table.htmt.items()},
        "paths": {f"{a}~{b}": number for (a, b), number in table.paths.items()},
    }
    for name, numbers in pairs.items():
        if numbers:
            lines += ["", f"[table.{name}]", *(f"{toml.text(key)} = {_number(n)}" for key, n in numbers.items())]
    for each in span.opens:
        lines += ["", *_factor(each)]
    return "\n".join(lines) + "\n"


def _head(table: Table) -> Iterator[str]:
    yield f"method = {toml.text(table.method)}"
    if table.n is not None:
        yield f"n = {table.n}"
    if table.points is not None:
        yield f"scale_points = {table.points}"
        yield f"lowest_answer = {table.lowest_answer}"
    if table.rule is not None:
        yield f"loading_rule = {_number(table.rule)}"


def _construct(block: Reported) -> Iterator[str]:
    if block.dropped:
        yield f"dropped = [{', '.join(map(toml.text, block.dropped))}]"
    for name in _OF_CONSTRUCTS:
        if (number := getattr(block, name)) is not None:
            yield f"{name} = {_number(number)}"
    for name in _OF_ITEMS:
        if numbers := getattr(block, name):
            yield f"{name} = {{ {', '.join(f'{toml.text(item)} = {_number(n)}' for item, n in numbers.items())} }}"


def _factor(each: Open) -> list[str]:
    if isinstance(each.levels, Mapping):
        levels = ", ".join(f"{name} = {toml.text(v) if isinstance(v, str) else v}" for name, v in each.levels.items())
        told = f"{{ {levels} }}"
    else:
        told = f"[{', '.join(f'{level!r}' for level in each.levels)}]"
    return [
        f"[factors.{toml.key(each.name)}]",
        f"sets = {toml.text(each.sets)}",
        f"meaning = {toml.text(each.meaning)}",
        f"levels = {told}",
    ]


def _number(number: Printed) -> str:
    return f'"{number}"'
