"""Tables of what methods that drop items select: groups and sets of items, numbers, stability, scores."""

from collections.abc import Sequence
from dataclasses import replace

from benchmarks.measures.basis.samples import Sample
from benchmarks.measures.basis.selections import (
    ChangedModel,
    DropCount,
    DroppedSet,
    ModelChanges,
    NamedSet,
    RetainedItems,
    Score,
)
from reports.printing.columns import METHOD, REPLICATIONS, N, baseline_note, count, measure_columns
from reports.printing.typeset import Column, Entry, Table
from reports.printing.words import capital
from reports.results import Results
from reports.study.screening import groups_told
from reports.vocabulary import measures_of

#: How the columns of a group of items are ordered: how many it has, how many go, their share, any.
_OF_GROUPS = ("group_size", "group_items_lost", "drop_rate", "group_any_dropped")


def by_group(results: Results) -> Table:
    """How many items of each group are lost: good ones by three meanings, weak ones, null ones; see `groups_told`."""
    labels = {group.key: group.label.replace(">=", "≥") for group in groups_told(results)}
    title = "Items lost, by what is called good"
    table = _table(results, "groups", title, "Items", labels, _OF_GROUPS, "")
    there = {entry for row in table.rows for entry in row if isinstance(entry, str)}
    told = [
        f"{capital(labels[group.key])}: {group.meaning}."
        for group in groups_told(results)
        if labels[group.key] in there
    ]
    return replace(table, note=" ".join([*told, *([table.note] if table.note else [])]))


def named_sets(results: Results) -> Table:
    """How often items that the study names together are lost together."""
    return _of_targets(results, "item-sets", "Items that belong together: how often they are lost", "Set", NamedSet)


def frequent_sets(results: Results) -> Table:
    """The sets of items that are dropped most often."""
    note = "The sets found most often in these replications: that they were found makes their shares a little too high."
    title = "The sets of items that are dropped most often"
    return _of_targets(results, "dropped-sets", title, "Dropped", DroppedSet, note)


def counts(results: Results) -> Table:
    """How often just so many items are dropped."""
    return _of_targets(results, "drop-counts", "How many items are dropped", "Dropped", DropCount)


def stability(results: Results) -> Table:
    """How alike the retained sets of two studies are."""
    note = "What two researchers with the same questionnaire and other respondents would have in common."
    title = "How stable the retained items are"
    return _of_targets(results, "stability", title, "", RetainedItems, note)


def scores(results: Results) -> Table:
    """What the scores are worth that are left."""
    return _of_targets(results, "scores", "What the scores are worth", "Construct", Score)


def true_models(results: Results) -> Table:
    """How often the model is changed, and how often that makes it the true one."""
    note = "The true model has just the paths, error covariances and cross-loadings that the population has."
    return _of_targets(results, "true-models", "How often a changed model is the true one", "", ModelChanges, note)


def changed_models(results: Results) -> Table:
    """The changes of the model that are made most often."""
    note = "Freed: x1~~x2. Dropped: -Y~X. That they were found most often makes their shares a little too high."
    return _of_targets(results, "changed-models", "Which models it ends with", "Change", ChangedModel, note)


def _of_targets(results: Results, name: str, title: str, head: str, kind: type[Sample], note: str = "") -> Table:
    """A table of every target of one kind of sample."""
    measures = [measure.name for measure in measures_of(kind)]
    stored = results.measures
    targets = dict.fromkeys(stored.loc[stored["measure"].isin(measures), "target"])
    return _table(results, name, title, head, {target: target for target in targets}, measures, note)


def _table(
    results: Results, name: str, title: str, head: str, targets: dict[str, str], measures: Sequence[str], note: str
) -> Table:
    """A row for each n, method and target of the baseline population; `targets` are their labels by name."""
    rows: list[tuple[Entry, ...]] = []
    for n, cell in results.baseline_cells:
        for method in results.deciding:
            for target, label in targets.items():
                values = [results.estimate(cell, method, target, measure) for measure in measures]
                first = next((value for value in values if value and value.n_used), None)
                if first:
                    label_of = (label,) if head else ()
                    rows.append((n, results.study.methods[method].label, *label_of, *values, count(first)))
    columns = (N, METHOD, *((Column(head),) if head else ()), *measure_columns(results, measures), REPLICATIONS)
    whole = " ".join(part for part in (note, baseline_note(results)) if part)
    return Table(name, title, whole, columns, tuple(rows))
