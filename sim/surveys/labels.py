"""Answers as labels: read by scales that the user gives, or by scales that are recognised and then confirmed."""

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from sim.errors import InputError, nearest
from sim.surveys.cells.encoding import encoding_of
from sim.surveys.cells.numbers import is_number, plain

#: `3 - Neutre`, `3. Neutre`, `3) Neutre`, `[3] Neutre`, `3 = Neutre`, `3 Neutre`; and `Neutre (3)`, `Neutre - 3`.
_LEADING = re.compile(r"[\[(]?\s*([+-]?\d{1,3})\s*(?:[-\N{EN DASH}\N{EM DASH}:.)\]=/]+\s*|\s+)(?=\D)(.+)\Z")
_TRAILING = re.compile(r"(.*\D)[\s(\[:=\N{EN DASH}\N{EM DASH}-]+([+-]?\d{1,3})\s*[)\]]?\Z")

#: Apostrophes count as spaces; the Arabic sign that lengthens a word is no letter.
_LOOKS = str.maketrans(
    {"'": " ", "\N{RIGHT SINGLE QUOTATION MARK}": " ", "\N{LEFT SINGLE QUOTATION MARK}": " ", "\N{ARABIC TATWEEL}": ""}
)

#: How a scale came about whose labels hold their numbers.
BY_NUMBER = "by the number in each label"


@dataclass(frozen=True)
class LabelScale:
    """Labels and the numbers they stand for, lowest first. `origin`: how it came about, in words."""

    numbers: Mapping[str, float]
    origin: str

    @property
    def words(self) -> str:
        """`1 = Pas du tout d'accord, 2 = ...`."""
        pairs = sorted(self.numbers.items(), key=lambda pair: pair[1])
        return ", ".join(f"{number:g} = {' '.join(label.split())}" for label, number in pairs)

    @property
    def _by_key(self) -> dict[str, float]:
        return {key(label): number for label, number in self.numbers.items()}

    def reads(self, labels: Iterable[str]) -> bool:
        """Whether every label is one of this scale's, or a number that it has."""
        known = self._by_key
        return all(key(label) in known or _is_among(label, known.values()) for label in labels)

    def number(self, label: str) -> float | None:
        """What a label stands for, None where it is not of this scale."""
        return self._by_key.get(key(label))


def _is_among(cell: str, numbers: Iterable[float]) -> bool:
    return is_number(cell) and float(plain(cell).replace(",", ".")) in set(numbers)


def key(label: str) -> str:
    """What spellings of a label share: no capitals, accents, lengthened letters, apostrophes, doubled spaces, stops."""
    text = label.casefold().translate(_LOOKS)
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return " ".join("".join(sign for sign in bare if unicodedata.category(sign) != "Cf").split()).rstrip(" .!")


def given_scales(words: Sequence[str]) -> tuple[LabelScale, ...]:
    """The scales that `--labels` names: each the labels by commas, lowest first, or a file with one a line."""
    return tuple(_given(each) for each in words)


def _given(words: str) -> LabelScale:
    path = Path(words) if len(words) < 250 and "\n" not in words else None
    if path is not None and path.is_file():
        text = path.read_text(encoding=encoding_of(path).codec)
        lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
        return _scale([label for line in lines for label in ([line] if len(lines) > 1 else _by_commas(line))], words)
    if path is not None and path.suffix in (".txt", ".csv") and "," not in words:
        raise InputError(f"--labels {words}: there is no such file; give the labels by commas, lowest first, or a file")
    return _scale(_by_commas(words), words)


def _by_commas(line: str) -> list[str]:
    sign = next((sign for sign in "|;" if sign in line), ",")
    return [label.strip() for label in next(csv.reader([line], delimiter=sign, skipinitialspace=True), [])]


def _scale(labels: Sequence[str], words: str) -> LabelScale:
    """Labels as 1, 2, ...; `Label = 3` gives a number of its own."""
    numbers: dict[str, float] = {}
    for place, each in enumerate(labels, start=1):
        label, equals, number = each.rpartition("=")
        own = equals and is_number(number.strip())
        label = label.strip() if own else each
        if not label or key(label) in {key(other) for other in numbers}:
            raise InputError(
                f"--labels {words}: '{each}' is empty or stands there twice; give each label once, lowest first"
            )
        numbers[label] = float(plain(number.strip()).replace(",", ".")) if own else float(place)
    if len(numbers) < 2:
        raise InputError(
            f"--labels {words}: give two labels or more by commas, lowest first, or a file with one a line"
        )
    return LabelScale(numbers, "as given")


def recognised(labels: Sequence[str]) -> LabelScale | None:
    """The scale that labels seem to be of: by the number in each, or as a common scale; None where none is."""
    words = [label for label in labels if not is_number(label)]
    if numbered := _numbered(words):
        return LabelScale(numbered, BY_NUMBER)
    fitting = [scale for scale in common_scales() if scale.reads(labels)]
    if not fitting or not words:
        return None
    fewest = min(len(scale.numbers) for scale in fitting)
    fitting = [scale for scale in fitting if len(scale.numbers) == fewest]
    readings = {tuple(scale.number(label) for label in words) for scale in fitting}
    return fitting[0] if len(readings) == 1 else None


def nearly(labels: Sequence[str]) -> tuple[LabelScale, list[str]] | None:
    """A common scale that has all labels but one or two, and these; None where there is none, or they are many."""
    for scale in common_scales():
        strange = [label for label in labels if not scale.reads([label])]
        if 0 < len(strange) <= 2 and len(labels) - len(strange) >= 4:
            return scale, strange
    return None


def _numbered(words: Sequence[str]) -> dict[str, float] | None:
    """The number in every label, None where one has none or two labels share one."""
    for pattern, place in ((_LEADING, 1), (_TRAILING, 2)):
        found = [pattern.match(plain(word)) for word in words]
        if words and all(found):
            numbers = {word: float(match[place]) for word, match in zip(words, found, strict=True) if match}
            if len(set(numbers.values())) == len({key(word) for word in words}):
                return numbers
    return None


@cache
def common_scales() -> tuple[LabelScale, ...]:
    """Scales that many surveys use, in five languages."""
    text = files(__package__).joinpath("scales.csv").read_text(encoding="utf-8")
    return tuple(
        LabelScale(
            {label: float(place) for place, label in enumerate(row["labels"].split("|"), start=1)},
            f"by the common {row['language']} scale of {row['meaning']}",
        )
        for row in csv.DictReader(text.splitlines())
    )


def nearest_label(label: str, scales: Sequence[LabelScale]) -> str:
    """`; did you mean ...?` where a label is close to one of the scales'."""
    return nearest(label, [each for scale in scales for each in scale.numbers])
