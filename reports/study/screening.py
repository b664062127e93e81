"""The answer of a study that drops items, by `screening` or in `steps`, in sentences: what its rules drop."""

from benchmarks.measures.basis.itemgroups import NULL, STRONG, STRONG_AFTER_CUT, STRONG_AS_PLS, TRUE, WEAK
from reports.printing.columns import in_meanings
from reports.printing.numbers import is_known, with_error
from reports.printing.words import capital
from reports.record import ItemGroup, Levels, Rule
from reports.results import Estimate, Results

#: Of more rules than these a sentence names the two that drop least and most.
MOST_TOLD = 4


def rule_of(results: Results, method: str) -> Rule:
    """The rule of a method that drops items."""
    found = results.study.methods[method].rule
    assert found is not None
    return found


def rules_drop(results: Results) -> tuple[str, str]:
    """`0.70 rule`, `drops`; where a study has several rules, `screening rules`, `drop`."""
    labels = {rule.label for rule in results.study.rules}
    return (labels.pop(), "drops") if len(labels) == 1 else ("screening rules", "drop")


def dropped(results: Results, target: str = TRUE, measure: str = "drop_rate") -> Estimate | None:
    """What the first method that screens drops in the baseline cell, None where none does."""
    if not results.screened:
        return None
    return results.estimate(results.baseline_cell, results.screened[0], target, measure)


def groups_told(results: Results) -> list[ItemGroup]:
    """The groups of items that tables tell: never all true items where some are good and some weak."""
    mixed = all(is_known(dropped(results, key)) for key in (STRONG, WEAK))
    return [group for group in results.study.groups if not (mixed and group.key == TRUE)]


def lead(results: Results) -> str:
    """The first sentence: how many good items the first rule loses, of how many, and how many weak ones by design.

    Never one rate over both. Where no numbers of items are stored it is the share of true ones.
    """
    rule = rule_of(results, results.screened[0])
    opening = f"At n = {results.baseline_n} the {rule.label} drops"
    good, weak = (_lost(results, group) for group in (STRONG, WEAK))
    if good and weak:
        meant = (", which it means to keep,", " and, as it means to,") if rule.strong_kept else ("", " and")
        return f"{opening} {good}{meant[0]}{meant[1]} {weak}."
    if good:
        return f"{opening} {good}{', which it means to keep' if rule.strong_kept else ''}."
    return f"{opening} {with_error(dropped(results), 'share')} of the true items."


def _lost(results: Results, key: str) -> str:
    """`2.06 ± 0.09 of the 14 items whose true loading is 0.70 or more`; empty where there are no such items."""
    lost, size = dropped(results, key, "group_items_lost"), dropped(results, key, "group_size")
    group = results.study.group(key)
    if group is None or lost is None or size is None or not is_known(lost):
        return ""
    of = one_item(group.meaning) if size.value == 1 else f"{size.value:.0f} {group.meaning}"
    return f"{with_error(lost, 'count')} of the {of}"


def one_item(meaning: str) -> str:
    """`one item that measures its construct ...`: what a group of items holds, where it is a single one."""
    found = meaning.replace("that measure their construct", "that measures its construct")
    return f"one {found.replace('items', 'item', 1).replace('that measure ', 'that measures ')}"


def sentences(results: Results) -> list[str]:
    """What qualifies it: kinds of items, other rules, numbers of items, other populations."""
    label = results.study.methods[results.screened[0]].label
    replications = dropped(results)
    count = f"{replications.n_total:,}" if replications else "the"
    first = f"The numbers are those of “{label}”, over {count} simulated studies."
    more = (_good_items, _by_kind_of_item, _other_rules, _numbers_dropped, _over_populations)
    return [first, *(sentence for tell in more if (sentence := tell(results)))]


def _good_items(results: Results) -> str:
    """How often any good item is lost, and how many by other meanings of good."""
    told, any_lost = [], dropped(results, STRONG, "group_any_dropped")
    group = results.study.group(STRONG)
    if is_known(any_lost) and group:
        told.append(f"At least one of the {group.meaning} is lost in {with_error(any_lost, 'share')} of studies.")
    others = [lost for key in (STRONG_AFTER_CUT, STRONG_AS_PLS) if (lost := _lost(results, key))]
    if others:
        told.append(f"Good can be meant otherwise: it drops {', and '.join(others)}.")
    return " ".join(told)


def _by_kind_of_item(results: Results) -> str:
    strong, null, group = dropped(results, STRONG), dropped(results, NULL), results.study.group(STRONG)
    weak, weak_group = dropped(results, WEAK), results.study.group(WEAK)
    told = ["True items are items that do measure their construct."]
    if is_known(strong) and group:
        meant = ", which the rule means to keep," if rule_of(results, results.screened[0]).strong_kept else ""
        told.append(f"Of the {group.meaning}{meant} it drops {with_error(strong, 'share')}.")
    if is_known(weak) and weak_group:
        told.append(f"Of the {weak_group.meaning} it drops {with_error(weak, 'share')}.")
    if is_known(null):
        told.append(f"Of the items that measure nothing it drops {with_error(null, 'share')}.")
    return " ".join(told)


def _other_rules(results: Results) -> str:
    """The share of good items dropped by the first method of every other rule; of true ones where none are good.

    The oracle is no rule that anybody could follow, and is left out.
    """
    kind = STRONG if is_known(dropped(results, STRONG)) else TRUE
    group = results.study.group(kind)
    of = group.meaning if group and kind == STRONG else "true items"
    seen, shares = [rule_of(results, results.screened[0])], {}
    for name in results.screened:
        rule = rule_of(results, name)
        share = results.estimate(results.baseline_cell, name, kind, "drop_rate")
        if rule not in seen and not rule.knows_truth and share is not None and is_known(share):
            shares[f"“{results.study.methods[name].label}” drops"] = share
        seen.append(rule)
    ends = [pick(shares, key=lambda told: shares[told].value) for pick in (min, max)] if shares else []
    named = list(shares) if len(shares) <= MOST_TOLD else ends
    told = "; ".join(f"{each} {with_error(shares[each], 'share')} of the {of}" for each in named)
    opening = "" if len(shares) <= MOST_TOLD else f"Of the {len(shares)} other rules these drop least and most: "
    return f"{opening}{told}." if told else ""


def _numbers_dropped(results: Results) -> str:
    mean, many, short = (dropped(results, "", name) for name in ("items_dropped", "many_dropped", "block_short"))
    told = []
    if is_known(mean):
        of = f" of its {results.study.items} items" if results.study.items else " items"
        told.append(f"a study loses {with_error(mean, 'count')}{of} on average")
    if is_known(many):
        weak = dropped(results, WEAK, "group_size")
        design = _weak_among(int(weak.value)) if weak and weak.value else ""
        told.append(f"{with_error(many, 'share')} of studies lose {_word(results.study.many_dropped)} or more{design}")
    if is_known(short):
        few = rule_of(results, results.screened[0]).too_few
        told.append(f"in {with_error(short, 'share')} the rule alone would leave a construct with {few}")
    return capital("; ".join(told)) + "." if told else ""


def _over_populations(results: Results) -> str:
    """How the share of good items dropped moves over the other factor levels, at the same n; else of true ones.

    The range is over populations with as many good items as the baseline has: one over other numbers of items would mix
    denominators.
    """
    kind = STRONG if is_known(dropped(results, STRONG)) else TRUE
    good = "good" if kind == STRONG else "true"
    if len(results.populations) < 2:
        return ""
    shares = [
        (found, levels, _size(results, cell, kind))
        for levels in results.populations
        if (cell := results.cell(levels, results.baseline_n)) is not None
        and is_known(found := results.estimate(cell, results.screened[0], kind, "drop_rate"))
        and found
    ]
    size = _size(results, results.baseline_cell, kind)
    alike = [(found, levels) for found, levels, own in shares if own == size]
    baseline = results.populations[0]
    opening = f"That is the baseline population ({in_meanings(results, baseline)})."
    rest, apart = len(shares) - len(alike), ""
    if rest:
        more = "more population" if rest == 1 else "more populations"
        apart = f" In {_word(rest)} {more} another number of items is {good}: their shares stand in the tables."
    if len(alike) < 2:
        return opening + apart
    low, high = (pick(alike, key=lambda pair: pair[0].value) for pick in (min, max))
    which = f"tried at this n{f' with as many {good} items' if rest else ''}"
    return (
        f"{opening} Over the {len(alike)} populations {which} the share of {good} items that go runs from "
        f"{with_error(low[0], 'share')} ({_apart_from(results, low[1])}) to {with_error(high[0], 'share')} "
        f"({_apart_from(results, high[1])}).{apart}"
    )


def _apart_from(results: Results, levels: Levels) -> str:
    """What sets a population apart from the baseline, in the words of the factors' meanings."""
    baseline = results.populations[0]
    other = {factor: level for factor, level in levels.items() if level != baseline[factor]}
    return in_meanings(results, other) or "the baseline"


def _size(results: Results, cell: int, kind: str) -> float | None:
    """How many items are of a kind in a cell; None where that is not stored."""
    found = results.estimate(cell, results.screened[0], kind, "group_size")
    return found.value if found is not None and is_known(found) else None


def _weak_among(weak: int) -> str:
    """How many items are weak to begin with, said beside a number of lost ones."""
    return f" ({_word(weak)} {'is' if weak == 1 else 'are'} weak to begin with)"


def _word(count: int) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return words[count] if 0 <= count < len(words) else str(count)
