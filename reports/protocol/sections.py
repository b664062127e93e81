"""The sections of the protocol, in the order and under the headings of ADEMP as Siepe et al. (2024) set them out."""

from collections.abc import Callable

from benchmarks.measures.basis.notation import ERRORS, LETTERS, formula
from reports.printing.formulas import plain
from reports.printing.typeset import Column, Entry, Table
from reports.printing.words import levels_in_words, listed
from reports.protocol.equations import equations
from reports.protocol.parts import Code, Equation, Part, Points, Section, Text
from reports.record import Method
from reports.results import Results
from reports.study.evidence import machine, precision
from reports.study.sentences import path_in_words
from sim.errors import counted

SOURCES = (
    "Headings after Siepe, Bartoš, Morris, Boulesteix, Heck & Pawel (2024), Simulation studies for methodological "
    "research in psychology: a standardized template for planning, preregistration, and reporting; ADEMP after Morris, "
    "White & Crowther (2019), Using simulation studies to evaluate statistical methods."
)


def sections(results: Results) -> list[Section]:
    """Every section, written from the stored record of what was executed."""
    return [Section(heading, tuple(part for part in write(results) if part)) for heading, write in _SECTIONS]


def _aims(results: Results) -> list[Part]:
    study = results.study
    return [Text(study.question), *([Points(tuple(("", aim) for aim in study.aims))] if study.aims else [])]


def _data(results: Results) -> list[Part]:
    study = results.study
    origin = f"Population {study.population}" + (f", from {study.source}" if study.source else "") + "."
    sizes = f"Data sets of n = {', '.join(map(str, study.sizes))}; {counted(len(study.cells), 'cell')}."
    parts: list[Part] = [Text(origin), *(Text(note) for note in study.notes)]
    if study.interviews is not None:
        return [*parts, Text(sizes), *_factors(results)]
    if study.constructs:
        named = "; ".join(f"{name}: {label}" for name, label in study.constructs.items())
        parts.append(Text(f"Constructs: {named}."))
    truth = {name: results.truth(results.baseline_cell, name) for name in _truths(results)}
    known = {name: value for name, value in truth.items() if value == value}
    parts.append(Text("Equations, on the standardised scale, with the true values of the first population:"))
    parts += equations(study.model, known)
    if study.answers:
        parts.append(Text(study.answers))
    parts += [Text(sizes), *_factors(results), *_populations(results)]
    return parts


def _truths(results: Results) -> list[str]:
    """Every path that a true value is stored of."""
    return [name for cell, name in results.truths if cell == results.baseline_cell and "=~" not in name]


def _factors(results: Results) -> list[Part]:
    factors = results.study.factors
    if not factors:
        return []
    rows: tuple[tuple[Entry, ...], ...] = tuple(
        (name.replace("_", " "), ", ".join(factor.levels), factor.meaning) for name, factor in factors.items()
    )
    whole = len(results.populations) * len(results.sizes) == len(results.study.cells)
    crossed = "fully crossed with n" if whole else "crossed with n as far as cells were run"
    return [
        Table("protocol-factors", f"Factors, {crossed}; the baseline level first", "",
              (Column("Factor"), Column("Levels"), Column("Meaning")), rows)
    ]  # fmt: skip


def _populations(results: Results) -> list[Part]:
    """True values of the paths in every population, where there are several."""
    if len(results.first_cells) < 2 or not results.paths:
        return []
    rows: tuple[tuple[Entry, ...], ...] = tuple(
        (levels_in_words(levels), *(results.truth(cell, path) for path in results.paths))
        for levels, cell in results.first_cells[:40]
    )
    columns = (Column("Population"), *(Column(path, "coefficient") for path in results.paths))
    return [Table("protocol-truth", "True values of the paths", "", columns, rows)]


def _estimands(results: Results) -> list[Part]:
    study = results.study
    points = []
    for name in study.estimands:
        words = path_in_words(results, name)
        value = results.truth(results.baseline_cell, name)
        told = f"; true value {value:.3f} in the first population" if value == value else ""
        points.append((name, (words if words != name else "") + told))
    scale = "" if study.interviews is not None else " on the standardised scale"
    return [
        Text(f"{counted(len(study.estimands), 'estimand')}{scale}:"),
        Points(tuple((name, told.removeprefix("; ")) for name, told in points)),
    ]


def _methods(results: Results) -> list[Part]:
    return [
        Text("Every method is given the same data sets, in the order of the study file."),
        Points(tuple((method.label, _method(method)) for method in results.study.methods.values())),
    ]


def _method(method: Method) -> str:
    settings = ", ".join(f"{key} = {value}" for key, value in method.settings.items())
    told = [
        method.description,
        f"settings: {settings}" if settings else "",
        f"{method.resamples:,} resamples" if method.resamples and "resamples" not in method.settings else "",
        f"it fits a model of its own: {' ; '.join(method.model.split(chr(10))).strip()}" if method.model else "",
        f"not estimated, since its model lacks it: {', '.join(method.not_estimated)}" if method.not_estimated else "",
        method.rule.sentence.rstrip(".") if method.rule and not method.steps else "",
    ]
    return "; ".join(each for each in told if each) + "."


def _performance(results: Results) -> list[Part]:
    known = [(words, name) for name, words in results.words.items() if results.has(name)]
    parts: list[Part] = []
    for words, name in known:
        if told := formula(name):
            parts.append(Equation(f"{plain(told)}   ({words.meaning})", told, words.header))
        else:
            parts.append(Points(((words.header, words.meaning),)))
    return [Text(LETTERS), *parts, Text(ERRORS), *(Text(each) for each in results.study.judged)]


def _replications(results: Results) -> list[Part]:
    found = precision.table(results)
    told = precision.sentence(results)
    return [*([Text(told)] if told else []), *([found] if found.rows else [])]


def _failures(results: Results) -> list[Part]:
    study = results.study
    parts: list[Part] = [
        Text(
            "A fit that fails is a result: nothing is drawn anew in its place. Every rate is taken over the usable "
            "replications and over all of them, in which an inadmissible fit counts with the numbers that it gives and "
            "a replication without numbers is no finding and covers nothing."
        )
    ]
    lowest = _lowest(results)
    if lowest:
        parts.append(Text(lowest))
    for name, failing in study.failing.items():
        last = (failing.traceback.strip().splitlines() or [""])[-1]
        parts.append(Text(f"Method {name} raised an error in {counted(failing.blocks, 'block')}, first: {last}."))
    return parts


def _lowest(results: Results) -> str:
    """Which methods gave fewest usable results, and where."""
    stored = results.measures
    rates = stored[(stored["measure"] == "usable_rate") & stored["value"].lt(1)]
    told = []
    labels = {cell.cell: cell.label or f"n = {cell.n}" for cell in results.study.cells}
    for name, method in results.study.methods.items():
        own = rates[rates["method"] == name]
        if len(own):
            row = own.nsmallest(1, "value").to_dict("records")[0]
            told.append(f"{method.label} {100 * row['value']:.1f}% ({labels[row['cell']]})")
    return (
        f"Lowest share of usable replications in any cell: {'; '.join(told)}."
        if told
        else ("Every method gave a usable result in every replication.")
    )


def _software(results: Results) -> list[Part]:
    study = results.study
    versions = listed([f"{name} {version}" for name, version in study.versions.items()])
    return [
        Text(
            f"Seed {study.seed}; every block of 256 replications has a stream of its own, so that neither the number "
            "of workers nor their order changes a number."
        ),
        *([Text(f"Versions: {versions}.")] if versions else []),
        *(Text(sentence) for sentence in machine.sentences(results)),
        *([Code(study.command)] if study.command else []),
        *([Code(study.replay)] if study.replay else []),
    ]


def _deviations(results: Results) -> list[Part]:
    told = results.study.deviations
    return [Text(each) for each in told] or [Text("None: what was run is what the study file asks for.")]


_SECTIONS: tuple[tuple[str, Callable[[Results], list[Part]]], ...] = (
    ("Aims", _aims),
    ("Data-generating mechanisms", _data),
    ("Estimands and targets", _estimands),
    ("Methods", _methods),
    ("Performance measures", _performance),
    ("Number of replications", _replications),
    ("Failures and how they are handled", _failures),
    ("Software and computing environment", _software),
    ("Deviations between the study file and the run", _deviations),
)
