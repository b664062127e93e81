"""How the bytes of a text file are meant: byte-order marks, UTF-8, UTF-16, eight-bit alphabets of older programs."""

import codecs
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from sim.errors import InputError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
#: Alphabets of eight bits, by how often surveys come in them; the first of equals is taken.
_EIGHT_BITS = (
    ("cp1252", "Windows-1252"),
    ("cp1256", "Windows-1256"),
    ("mac_roman", "Mac OS Roman"),
    ("cp850", "DOS 850"),
    ("cp1250", "Windows-1250"),
    ("cp1254", "Windows-1254"),
    ("cp1251", "Windows-1251"),
    ("cp1253", "Windows-1253"),
    ("cp1255", "Windows-1255"),
    ("iso8859_6", "ISO 8859-6"),
)
_USUAL = set("éèêëàâäçîïíìôöóòùûüúñáãõåøœæßÉÈÊËÀÂÄÇÎÔÖÙÛÜÑÁÍÓÚØÅŒ’‘«»°€–—…“”¿¡²³\N{NO-BREAK SPACE}")
_STEP, _SAMPLE = 1 << 20, 40_000


@dataclass(frozen=True)
class Encoding:
    """The codec, what it is called, and how many characters are damaged."""

    codec: str
    name: str
    damaged: int = 0


def encoding_of(path: Path) -> Encoding:
    """How the whole file is encoded. Raises InputError for one that holds no text.

    A file with a few bytes that are no UTF-8 among many characters that are is damaged UTF-8, not another alphabet.
    """
    with path.open("rb") as file:
        start = file.read(4096)
    for mark, codec, name in _MARKS:
        if start.startswith(mark):
            return _checked(path, codec, name)
    if b"\0" in start:
        return Encoding(_sixteen_bits(path, start), "UTF-16")
    found = _counted(path, "utf-8")
    if not found.others and not found.damaged:
        return Encoding("utf-8", "ASCII")
    if found.others > 10 * found.damaged:
        return Encoding("utf-8", "UTF-8", found.damaged)
    codec, name = _eight_bits(found.sample)
    return Encoding(codec, name)


def _checked(path: Path, codec: str, name: str) -> Encoding:
    return Encoding(codec, name, _counted(path, codec).damaged)


@dataclass
class _Count:
    others: int = 0
    damaged: int = 0
    sample: bytes = b""


def _counted(path: Path, codec: str) -> _Count:
    """Characters beyond ASCII, damaged ones, and the lines that hold such, as bytes."""
    decoder, count = codecs.getincrementaldecoder(codec)("replace"), _Count()
    with path.open("rb") as file:
        while piece := file.read(_STEP):
            if b"\0" in piece and codec.startswith("utf-8"):
                raise InputError(f"data file {path} holds bytes that are no text; {_GIVE}")
            text = decoder.decode(piece)
            if text.isascii():
                continue
            lost = text.count("\N{REPLACEMENT CHARACTER}")
            count.damaged += lost
            count.others += sum(not sign.isascii() for sign in text) - lost
            if len(count.sample) < _SAMPLE:
                count.sample += b"\n".join(line for line in piece.splitlines() if not line.isascii())[:_SAMPLE]
    return count


_GIVE = "give a CSV, .xlsx, .ods, .sav, .dta or .parquet file with a column for each item"


def _sixteen_bits(path: Path, start: bytes) -> str:
    """UTF-16 without its mark: every other byte of plain letters is zero."""
    low, high = start[0::2].count(0), start[1::2].count(0)
    codec = "utf-16-le" if high > low else "utf-16-be"
    if max(low, high) < 0.4 * len(start) / 2 or min(low, high) > 0.1 * max(low, high) or _counted(path, codec).damaged:
        raise InputError(f"data file {path} holds bytes that are no text; {_GIVE}")
    return codec


def _eight_bits(sample: bytes) -> tuple[str, str]:
    """The alphabet in which the sample looks most like words."""
    return max(_EIGHT_BITS, key=lambda each: _likeness(sample, each[0]))


def _likeness(sample: bytes, codec: str) -> float:
    """How much a text looks like words: usual letters in their case, and scripts that are not mixed within a word."""
    text = sample.decode(codec, "replace")
    told = 0.0
    for before, sign, after in zip(" " + text, text, text[1:] + " ", strict=False):
        if not sign.isascii():
            told += _of_sign(before, sign, after)
    return told


def _of_sign(before: str, sign: str, after: str) -> float:
    if not sign.isalpha():
        return 1.0 if sign in _USUAL else -3.0
    script = _script(sign)
    beside = [each for each in (before, after) if each.isalpha()]
    if any(_script(each) != script for each in beside):
        return -3.0
    if script != "LATIN":
        return 2.0 if beside else -1.0
    if sign.isupper() and before.islower():
        return -3.0
    return 3.0 if sign in _USUAL else 0.2


def _script(sign: str) -> str:
    return unicodedata.name(sign, "?").partition(" ")[0]
