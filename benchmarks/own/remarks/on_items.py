"""Remarks on single items: answers that are far from all others, categories of their own, items that hardly vary."""

from collections.abc import Iterator

import numpy as np

from benchmarks.own.remarks.answered import Answered
from sim.surveys.cells.table import listed
from sim.surveys.reversing import CATEGORIES

#: Share of one answer from which an item hardly varies.
_ALIKE = 0.95
#: Answers at an end are rare where so few give them and so many times more give the next one.
_FEW, _TIMES = 2, 10


def far_from_others(seen: Answered) -> Iterator[str]:
    """Answers outside the scale, or far from all others to their block: codes of missing answers, slips of the hand."""
    found: dict[float, list[str]] = {}
    ranges: dict[float, tuple[float, float]] = {}
    for _, places in seen.blocks:
        low, high = seen.usual(places)
        for j in places:
            if j in seen.on_other_scales:
                continue
            for value in seen.far(j, (low, high)):
                found.setdefault(value, []).append(seen.items[j])
                ranges[value] = (low, high)
    for value, items in found.items():
        low, high = ranges[value]
        rows = np.flatnonzero((seen.values[:, [seen.items.index(item) for item in items]] == value).any(axis=1))
        yield (
            f"{value:g} stands among answers from {low:g} to {high:g}: {listed(items, 4)} "
            f"({seen.places(rows, 3)}); if it "
            f"means a missing answer, say --missing-code={value:g}"
        )


def rare_ends(seen: Answered) -> Iterator[str]:
    """An end of a scale that hardly anybody answered to any item of its block, far fewer than the next answer."""
    for _, places in seen.blocks:
        low, high = seen.usual(places)
        counts: dict[float, int] = {}
        for j in places:
            for value, count in zip(*seen.tallies[j], strict=True):
                if low <= value <= high:
                    counts[float(value)] = counts.get(float(value), 0) + int(count)
        values = sorted(counts)
        if not 4 <= len(values) <= CATEGORIES:
            continue
        for end, beside in ((values[0], values[1]), (values[-1], values[-2])):
            if counts[end] <= _FEW and counts[beside] >= _TIMES * counts[end]:
                where = [seen.items[j] for j in places if end in seen.tallies[j][0]]
                rows = np.flatnonzero((seen.values[:, [seen.items.index(item) for item in where]] == end).any(axis=1))
                yield (
                    f"{end:g} was answered {'once' if counts[end] == 1 else 'twice'} ({listed(where)}, "
                    f"{seen.places(rows)}), "
                    f"{beside:g} {counts[beside]} times: a slip, or the end of the scale?"
                )


def other_categories(seen: Answered) -> Iterator[str]:
    """Items answered on another scale than the others of their block."""
    for construct, places in seen.blocks:
        if len(places) < 3 or not construct:
            continue
        spans = {j: seen.own_range(j) for j in places if len(seen.tallies[j][0])}
        widths = {j: high - low for j, (low, high) in spans.items()}
        middle = float(np.median(list(widths.values())))
        low = float(np.median([span[0] for span in spans.values()]))
        high = float(np.median([span[1] for span in spans.values()]))
        for j, (first, last) in spans.items():
            outside = max(low - first, last - high)
            fine = seen.fractions(j).size > 0
            # Measurements end nowhere twice; only few categories are shifted by one.
            few = not fine and len(seen.tallies[j][0]) <= CATEGORIES
            shifted = few and ((first < low and last < high) or (first > low and last > high))
            others_fine = any(seen.fractions(k).size for k in places if k != j)
            filled = seen.fractions(j, least=0.0)
            if filled.size and not fine and not others_fine:
                yield (
                    f"{seen.items[j]} has answers that are no whole numbers "
                    f"({listed([f'{each:g}' for each in filled], 3)}): means put in for missing answers?"
                )
            beyond = seen.far(j, (low, high))
            if j in seen.on_other_scales and low <= first and last <= high and len(beyond) <= 2:
                told = " and ".join(f"{value:g}" for value in beyond)
                count = sum(int(seen.tallies[j][1][seen.tallies[j][0] == value].sum()) for value in beyond)
                yield (
                    f"{seen.items[j]} has {told} as {count} of {seen.tallies[j][1].sum()} answers, most items of "
                    f"{construct} are answered from {low:g} to {high:g}; if it means a missing answer, say "
                    f"--missing-code={beyond[0]:g}"
                )
            elif (
                j in seen.on_other_scales
                or shifted
                or outside > max(1.0, 0.4 * middle)
                or (fine and not others_fine)
                or last < low
                or first > high
            ):
                yield (
                    f"{seen.items[j]} is answered from {first:g} to {last:g}"
                    f"{' with fractions' if fine and not others_fine else ''}, most items of {construct} from "
                    f"{low:g} to "
                    f"{high:g}: another scale?"
                )


def hardly_varies(seen: Answered) -> Iterator[str]:
    """Items that all or nearly all respondents answer alike."""
    for item, (values, counts) in zip(seen.items, seen.tallies, strict=True):
        if not counts.size:
            yield f"nobody answered {item}"
        elif counts.size == 1:
            yield f"every respondent answers {item} alike ({values[0]:g}): it measures nothing here"
        elif counts.max() >= _ALIKE * counts.sum():
            yield f"{counts.max()} of {counts.sum()} respondents answer {item} alike ({values[counts.argmax()]:g})"


def nominal(seen: Answered) -> Iterator[str]:
    """Items whose level of measurement the file states as nominal."""
    measures = {column.name: column.measure for column in seen.answers.table.columns}
    if named := [item for item in seen.items if measures.get(item) == "nominal"]:
        yield f"the file states that {listed(named)} {'is' if len(named) == 1 else 'are'} nominal: names, not degrees"
