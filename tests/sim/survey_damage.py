"""Surveys damaged at random in ways that files are damaged: cut, glued, shifted, mistyped, mixed."""

from collections.abc import Callable

import numpy as np

from tests.sim import survey_ways as ways

Random = np.random.Generator
_SEPARATORS, _CODECS = ",;\t|", ("utf-8", "utf-8-sig", "cp1252", "utf-16", "cp850")


def _line(lines: list[str], rng: Random, first: int = 1) -> int:
    return int(rng.integers(first, len(lines)))


def lost_separator(lines: list[str], sep: str, rng: Random) -> list[str]:
    k = _line(lines, rng, 0)
    places = [j for j, sign in enumerate(lines[k]) if sign == sep]
    at = int(rng.choice(places or [0]))
    lines[k] = lines[k][:at] + lines[k][at + 1 :]
    return lines


def added_separator(lines: list[str], sep: str, rng: Random) -> list[str]:
    k = _line(lines, rng, 0)
    at = int(rng.integers(0, len(lines[k]) + 1))
    lines[k] = lines[k][:at] + sep + lines[k][at:]
    return lines


def lost_cell(lines: list[str], sep: str, rng: Random) -> list[str]:
    k = _line(lines, rng, 0)
    cells = lines[k].split(sep)
    del cells[int(rng.integers(0, len(cells)))]
    lines[k] = sep.join(cells)
    return lines


def glued_lines(lines: list[str], sep: str, rng: Random) -> list[str]:
    k = int(rng.integers(0, len(lines) - 1))
    return [*lines[:k], lines[k] + lines[k + 1], *lines[k + 2 :]]


def broken_line(lines: list[str], sep: str, rng: Random) -> list[str]:
    k = _line(lines, rng, 0)
    at = int(rng.integers(0, len(lines[k]) + 1))
    return [*lines[:k], lines[k][:at], lines[k][at:], *lines[k + 1 :]]


def stray_quote(lines: list[str], sep: str, rng: Random) -> list[str]:
    for _ in range(int(rng.integers(1, 3))):
        k = _line(lines, rng, 0)
        starts = [0, *(j + 1 for j, sign in enumerate(lines[k]) if sign == sep)]
        at = int(rng.choice(starts)) if rng.random() < 0.7 else int(rng.integers(0, len(lines[k]) + 1))
        lines[k] = lines[k][:at] + '"' + lines[k][at:]
    return lines


def quotes_at_ends(lines: list[str], sep: str, rng: Random) -> list[str]:
    """One opened at the start of a cell, one closed at the end of the same column some lines below."""
    k = int(rng.integers(1, len(lines) - 9))
    below, column = k + int(rng.integers(1, 8)), int(rng.integers(2, 8))
    first, last = lines[k].split(sep), lines[below].split(sep)
    if column < min(len(first), len(last)):
        first[column], last[column] = '"' + first[column], last[column] + '"'
    lines[k], lines[below] = sep.join(first), sep.join(last)
    return lines


def mistyped(lines: list[str], sep: str, rng: Random) -> list[str]:
    for _ in range(int(rng.integers(1, 4))):
        k = _line(lines, rng)
        cells = lines[k].split(sep)
        cells[int(rng.integers(0, len(cells)))] = str(
            rng.choice(["99", "-9", "33", "x", "3,", "#REF!", "3.5.1", "1e9", "inf", "O", "l", "2;", "--", "0.0.0"])
        )
        lines[k] = sep.join(cells)
    return lines


def emptied(lines: list[str], sep: str, rng: Random) -> list[str]:
    k = _line(lines, rng)
    cells = lines[k].split(sep)
    cells[int(rng.integers(0, len(cells)))] = ""
    lines[k] = sep.join(cells)
    return lines


def pasted_again(lines: list[str], sep: str, rng: Random) -> list[str]:
    return [*lines, *lines[: int(rng.integers(2, len(lines)))]]


def lost_header(lines: list[str], sep: str, rng: Random) -> list[str]:
    return lines[1:]


def foreign_line(lines: list[str], sep: str, rng: Random) -> list[str]:
    k = _line(lines, rng)
    words = ["Erreur 500", "---", "Page 2 sur 3", "<br>", "Total;12", "{}", "NULL,NULL", "…"]
    return [*lines[:k], str(rng.choice(words)), *lines[k:]]


def other_separator(lines: list[str], sep: str, rng: Random) -> list[str]:
    k = _line(lines, rng)
    other = str(rng.choice([sign for sign in _SEPARATORS if sign != sep]))
    return [*lines[:k], *(line.replace(sep, other) for line in lines[k:])]


def renamed(lines: list[str], sep: str, rng: Random) -> list[str]:
    names = lines[0].split(sep)
    names[int(rng.integers(0, len(names)))] = str(rng.choice(["", "CC1", "N°", "CC1 ", "Cc1", "VA1;VA2"]))
    return [sep.join(names), *lines[1:]]


LINES: list[Callable[[list[str], str, Random], list[str]]] = [
    lost_separator, added_separator, lost_cell, glued_lines, broken_line, stray_quote, quotes_at_ends, mistyped,
    emptied, pasted_again, lost_header, foreign_line, other_separator, renamed,
]  # fmt: skip


def cut(content: bytes, rng: Random) -> bytes:
    return content[: int(rng.integers(0, len(content)))]


def hole(content: bytes, rng: Random) -> bytes:
    at = int(rng.integers(0, len(content)))
    return content[:at] + content[at + int(rng.integers(1, 60)) :]


def noise(content: bytes, rng: Random) -> bytes:
    """Bytes in place of others, but no digit for a digit: a 3 for a 4 is nothing that anybody could see."""
    made = bytearray(content)
    for _ in range(int(rng.integers(1, 6))):
        at = int(rng.integers(0, len(made)))
        byte = int(rng.integers(0, 256))
        if not (chr(made[at]).isdigit() and chr(byte).isdigit()):
            made[at] = byte
    return bytes(made)


def zeros(content: bytes, rng: Random) -> bytes:
    at = int(rng.integers(0, len(content)))
    return content[:at] + bytes(int(rng.integers(1, 600))) + content[at:]


def mixed(content: bytes, rng: Random) -> bytes:
    at = int(rng.integers(0, len(content)))
    return content[:at] + "éàü".encode(str(rng.choice(["cp1252", "utf-8", "utf-16-le"]))) + content[at:]


def twice(content: bytes, rng: Random) -> bytes:
    at, width = int(rng.integers(0, len(content))), int(rng.integers(1, 400))
    return content[: at + width] + content[at:]


BYTES: list[Callable[[bytes, Random], bytes]] = [cut, hole, noise, zeros, mixed, twice]


def damaged(seed: int) -> tuple[str, bytes]:
    """What was done, and the bytes of a file damaged in one to three ways."""
    rng = np.random.default_rng(seed)
    sep, codec = str(rng.choice(list(_SEPARATORS))), str(rng.choice(_CODECS))
    lines = ways.text(ways.people().drop(columns="Remarque"), sep).splitlines()
    done = []
    for _ in range(1 if rng.random() < 0.75 else 2):
        change = LINES[int(rng.integers(0, len(LINES)))]
        done.append(change.__name__)
        if len(lines) > 12:
            lines = change(lines, sep, rng)
    content = ("\n".join(lines) + "\n").encode(codec, "replace")
    if rng.random() < 0.25:
        strike = BYTES[int(rng.integers(0, len(BYTES)))]
        done.append(strike.__name__)
        content = strike(content, rng)
    return f"{seed} ({codec}, {sep!r}): {', '.join(done)}", content
