"""The answer of a study that screens items, in sentences: what its rules drop."""

from benchmarks.measures.itemgroups import NULL, STRONG, TRUE
from reports.printing.numbers import is_known, with_error
from reports.printing.words import capital, levels_in_words
from reports.record import Rule
from reports.results import Estimate, Results


def rule_of(results: Results, method: str) -> Rule:
    """The rule of a method that screens."""
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


def lead(results: Results) -> str:
    """The first sentence: the share of true items that the first rule drops."""
    label = rule_of(results, results.screened[0]).label
    share = with_error(dropped(results), "share")
    return f"At n = {results.baseline_n} the {label} drops {share} of the true items."


def sentences(results: Results) -> list[str]:
    """What qualifies it: kinds of items, other rules, numbers of items, other populations."""
    label = results.study.methods[results.screened[0]].label
    replications = dropped(results)
    count = f"{replications.n_total:,}" if replications else "the"
    first = (
        "True items are items that do measure their construct. "
        f"The numbers are those of “{label}”, over {count} simulated studies."
    )
    more = (_by_kind_of_item, _other_rules, _numbers_dropped, _over_populations)
    return [first, *(sentence for tell in more if (sentence := tell(results)))]


def _by_kind_of_item(results: Results) -> str:
    strong, null, group = dropped(results, STRONG), dropped(results, NULL), results.study.group(STRONG)
    told = []
    if is_known(strong) and group:
        meant = ", which the rule means to keep," if rule_of(results, results.screened[0]).strong_kept else ""
        told.append(f"Of the {group.meaning}{meant} it drops {with_error(strong, 'share')}.")
    if is_known(null):
        told.append(f"Of the items that measure nothing it drops {with_error(null, 'share')}.")
    return " ".join(told)


def _other_rules(results: Results) -> str:
    """The share of true items dropped by the first method of every other rule."""
    seen, told = [rule_of(results, results.screened[0])], []
    for name in results.screened:
        rule = rule_of(results, name)
        share = results.estimate(results.baseline_cell, name, TRUE, "drop_rate")
        if rule not in seen and is_known(share):
            told.append(f"“{results.study.methods[name].label}” drops {with_error(share, 'share')} of the true items")
        seen.append(rule)
    return "; ".join(told) + "." if told else ""


def _numbers_dropped(results: Results) -> str:
    mean, many, short = (dropped(results, "", name) for name in ("items_dropped", "many_dropped", "block_short"))
    told = []
    if is_known(mean):
        of = f" of its {results.study.items} items" if results.study.items else " items"
        told.append(f"a study loses {with_error(mean, 'count')}{of} on average")
    if is_known(many):
        told.append(f"{with_error(many, 'share')} of studies lose {_word(results.study.many_dropped)} or more")
    if is_known(short):
        few = rule_of(results, results.screened[0]).too_few
        told.append(f"in {with_error(short, 'share')} the rule alone would leave a construct with {few}")
    return capital("; ".join(told)) + "." if told else ""


def _over_populations(results: Results) -> str:
    """How the share of true items dropped moves over the other factor levels, at the same n."""
    if len(results.populations) < 2:
        return ""
    shares = [
        (found, levels)
        for levels in results.populations
        if (cell := results.cell(levels, results.baseline_n)) is not None
        and is_known(found := results.estimate(cell, results.screened[0], TRUE, "drop_rate"))
        and found
    ]
    low, high = (pick(shares, key=lambda pair: pair[0].value) for pick in (min, max))
    return (
        f"That is the baseline population ({levels_in_words(results.populations[0])}). Over the {len(shares)} "
        f"populations tried at this n the share runs from {with_error(low[0], 'share')} ({levels_in_words(low[1])}) "
        f"to {with_error(high[0], 'share')} ({levels_in_words(high[1])})."
    )


def _word(count: int) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return words[count] if 0 <= count < len(words) else str(count)
