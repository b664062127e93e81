"""What is said of an audit in words: what the survey could and could not show, each number with its range."""

from math import isfinite

from benchmarks.auditing.alike import Share
from benchmarks.auditing.answers import FARTHEST, POWER, Key, fewest_tried
from benchmarks.auditing.audit import Audit, Told
from reports.printing.numbers import number
from reports.printing.words import listed
from sim.errors import counted
from sim.tables.bounds.consistency import Severity

#: A group of sentences under its heading.
Said = tuple[str, list[str]]


def plain(value: float) -> str:
    """A number with two decimals."""
    return number(value, 2)


def shown(value: float, how: str, error: float | None = None) -> str:
    """A number as it is told: a `share` in per cent, respondents (`n`) whole; with its error where one is given."""
    beside = error if error is not None and isfinite(error) else None
    if how == "n":
        if not isfinite(value):
            return f"over {FARTHEST:g} times n"
        return f"{value:,.0f}" + (f" ± {beside:,.0f}" if beside is not None else "")
    if how == "share":
        return number(100 * value, 1) + (f" ± {number(100 * beside, 1)}" if beside is not None else "") + "%"
    sign = " times" if how == "times" else ""
    return number(value, 2, how == "signed") + (f" ± {number(beside, 2)}" if beside is not None else "") + sign


def between(ends: tuple[float, float], how: str) -> str:
    """`12.0 to 45.3%`."""
    low, high = ends
    if how == "n":
        return shown(low, how) if not isfinite(low) else f"{low:,.0f} to {shown(high, how)}"
    if how == "share":
        return f"{number(100 * low, 1)} to {number(100 * high, 1)}%"
    return f"{number(low, 2, how == 'signed')} to {number(high, 2, how == 'signed')}"


def about(text: str) -> str:
    """A path as an arrow, anything else as it is."""
    if " > " in text:
        return " larger than ".join(about(part) for part in text.split(" > "))
    if "~" in text and "(" not in text and "=" not in text:
        outcome, predictor = text.split("~", 1)
        return f"{predictor} → {outcome}"
    return text


#: What kinds of answers are called within a sentence, where their keys would not be understood.
_IN_A_SENTENCE = {
    "n for 80%": "respondents for 80% power",
    "same set as printed": "how often a repeat finds the printed set of significant paths",
    "two repeats agree": "how often two repeats find the same significant paths",
    "these items": "how often just the printed items are dropped",
    "as many of each": "how often as many items of each construct are dropped",
    "as many in all": "how often as many items are dropped in all",
    "a good item dropped": "how often an item is dropped that truly reaches the threshold",
    "a weak item kept": "how often an item is kept that truly does not reach it",
}


def of_key(key: Key) -> str:
    """A question in few words."""
    return f"{_IN_A_SENTENCE.get(key.kind, key.kind)}{f' of {about(key.about)}' if key.about else ''}"


def functional(name: str) -> str:
    """What is open of a population, with paths as arrows."""
    if name.startswith("path "):
        return f"true {about(name.removeprefix('path '))}"
    if name.startswith("answers to "):
        return f"how far the answers to {name.removeprefix('answers to ')} lean"
    return name.replace("~~", " with ")


def in_words(audit: Audit, path: str) -> str:
    """A path by the labels of its constructs, where the table has them: `quality → loyalty (LOY~QUAL)`."""
    outcome, predictor = path.split("~", 1)
    labels = {construct: block.label or construct for construct, block in audit.table.reported.items()}
    named = f"{labels[predictor]} → {labels[outcome]}"
    return named if named == about(path) else f"{named} ({path})"


def of_share(audit: Audit, kind: str, text: str) -> str:
    """A share in words."""
    if kind == "otherwise":
        name, _, path = text.partition(": ")
        items = ", all items," if audit.procedure.screens else ""
        return f"{audit.procedure.others()[name].label}{items} says otherwise of {about(path) if path else 'any path'}"
    words = {"larger in truth": "{} in truth", "path is positive": "{} is positive", "path is 0": "{} is 0"}
    return words[kind].format(about(text))


def lead(audit: Audit) -> str:
    """What was audited, in one line."""
    table, effort, rule = audit.table, audit.effort, audit.procedure.method.rule
    dropped = ""
    if rule is not None:
        dropped = f"; {counted(len(table.dropped), 'item')} of {len(table.model.items)} dropped by the {rule.label}"
    fits = " and ".join(f"{len(each.rows)} ({each.prior.name} prior)" for each in audit.under)
    return (
        f"n = {table.n:,}; {audit.procedure.method.entry.label}{dropped}; run in {fits} populations that fit, "
        f"{effort.replications:,} surveys of each, {effort.tested:,} of them tested; seed {audit.seed}"
    )


def verdict(audit: Audit) -> str:
    """What the checks come to."""
    bad = sum(each.severity == Severity.IMPOSSIBLE for each in audit.findings)
    odd = sum(each.severity == Severity.STRAINED for each in audit.findings)
    checks = counted(len(audit.findings), "check")
    if not audit.findings:
        return "The paper's numbers do not bear on each other: nothing can be checked."
    if not bad and not odd:
        return f"{checks.capitalize()} of what is printed: all hold."
    told = [f"{bad} cannot be true" if bad else "", f"{odd} would be odd" if odd else ""]
    return f"Of {checks} of what is printed, {listed([each for each in told if each])}."


def conclusion(audit: Audit) -> list[Said]:
    """What the survey could and could not show, group by group."""
    found: list[Said] = [
        (in_words(audit, target.name), _of_path(audit, target.name)) for target in audit.procedure.paths
    ]
    found += [("A repeat of the survey", [*_larger(audit), *_repeats(audit)]), ("The dropped items", _drops(audit))]
    found += [("Another method", _otherwise(audit))]
    return [(heading, told) for heading, told in found if told]


def told_range(told: Told, how: str) -> str:
    """`46.0% (95% range 8.1 to 99.0%)`: the median under the reference prior, and the range over both priors."""
    ends = told.spanned()
    assert ends is not None
    return f"{shown(told.middle.median, how)} (95% range {between(ends, how)})"


def shares(found: tuple[Share, ...]) -> str:
    """`71 to 84%` of shares under several priors, `71%` where they agree, each with its error."""
    values = sorted({round(100 * each.value) for each in found})
    worst = max(each.error for each in found)
    told = f"{values[0]}%" if len(values) == 1 else f"{values[0]} to {values[-1]}%"
    return f"{told} (± {number(100 * worst, 1)})"


def _of_path(audit: Audit, path: str) -> list[str]:
    n, level = audit.table.n, 100 * audit.procedure.paper.level
    truth, power, error, bias, needed = (
        audit.told(kind, path) for kind in ("truth", "power", "type I error", "bias", "n for 80%")
    )
    told = []
    if truth is not None:
        told.append(f"Its true value is {told_range(truth, 'number')}: {_sign(audit, path, truth)}.")
    if power is not None:
        told.append(
            f"If it is not 0, {n:,} respondents find it in {told_range(power, 'share')} of surveys: {_could(power)}."
        )
    if error is not None:
        told.append(
            f"Were it 0, it would be called significant in {told_range(error, 'share')} of surveys, where {level:g}% "
            "are meant."
        )
    if bias is not None:
        told.append(f"Its estimate is off by {told_range(bias, 'signed')} on average.")
    if needed is not None:
        least, ends = fewest_tried(audit.procedure), needed.spanned()
        below = f"; fewer than {least:,} were not tried" if ends is not None and round(ends[0]) <= least else ""
        told.append(f"{100 * POWER:g}% power takes {told_range(needed, 'n')} respondents{below}.")
    return told


def _sign(audit: Audit, path: str, truth: Told) -> str:
    low, high = truth.spanned() or (0.0, 0.0)
    doubt = 2 * max(each.errors[k] for each in truth.under if each for k in (0, 4) if isfinite(each.errors[k]))
    if low - doubt < 0 < high + doubt:
        positive = audit.share("path is positive", path)
        weight = f"; it is positive in {shares(positive)} of the weight of the populations that fit" if positive else ""
        return f"what is printed does not settle its sign{weight}"
    return f"what is printed says that it is {'positive' if low > 0 else 'negative'}"


def _could(power: Told) -> str:
    low, high = power.spanned() or (0.0, 1.0)
    if low >= POWER:
        return "the survey could show it"
    if high < POWER:
        return "the survey was too small to show it"
    return "whether the survey was large enough cannot be told from what is printed"


def _larger(audit: Audit) -> list[str]:
    told = []
    for key in audit.under[0].shares:
        if key.kind == "larger in truth":
            found, sample = audit.share(key.kind, key.about), audit.told("larger in a sample", key.about)
            again = f"; a repeat shows it in {told_range(sample, 'share')} of surveys" if sample else ""
            told.append(f"{about(key.about)}: true in {shares(found)} of the weight of the populations{again}.")
    return told


def _repeats(audit: Audit) -> list[str]:
    same, two = audit.told("same set as printed"), audit.told("two repeats agree")
    told = []
    if same is not None:
        told.append(f"It finds the printed set of significant paths in {told_range(same, 'share')} of cases.")
    if two is not None:
        told.append(f"Two repeats agree on which paths are significant in {told_range(two, 'share')} of cases.")
    return told


def _drops(audit: Audit) -> list[str]:
    told, table = [], audit.table
    each, whole = audit.told("as many of each"), audit.told("as many in all")
    good, among = audit.told("a good item dropped"), audit.told("good items among the dropped")
    if each is not None and whole is not None:
        told.append(
            f"The rule drops as many items of each construct as here in {told_range(each, 'share')} of surveys, and as "
            f"many in all in {told_range(whole, 'share')}."
        )
    if good is not None:
        told.append(
            f"It drops an item that truly loads {table.rule} or more, or several, in {told_range(good, 'share')} of "
            "surveys."
        )
    if among is not None and table.dropped:
        told.append(
            f"Of the {counted(len(table.dropped), 'item')} that it dropped here, {told_range(among, 'number')} truly "
            f"load {table.rule} or more."
        )
    return told


def _otherwise(audit: Audit) -> list[str]:
    found, paths = [], audit.procedure.paths
    for name, method in audit.procedure.others().items():
        found_shares = audit.share("otherwise", name if len(paths) > 1 else f"{name}: {paths[0].name}")
        if found_shares:
            found.append(f"{method.label} in {shares(found_shares)}")
    if not found:
        return []
    on = " on all items" if audit.procedure.screens else ""
    return [
        f"On surveys like this one, another method{on} says otherwise of at least one path: {listed(found)} of them."
    ]
