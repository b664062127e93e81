"""One spelling for names that look alike: composed accents, and no marks that nobody sees."""

import unicodedata

#: They part letters within words of Persian, Hindi and others.
_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"


def spelt(text: str) -> str:
    """A text in which accents are composed (NFC) and invisible signs left out: marks of byte order and of writing
    direction, spaces of no width, soft hyphens. Joiners stay within words.
    """
    if text.isascii():
        return text
    seen = "".join(
        sign for sign in unicodedata.normalize("NFC", text) if unicodedata.category(sign) != "Cf" or sign in _JOINERS
    )
    return "\n".join(line.strip(_JOINERS) for line in seen.split("\n"))


def name_of(cell: object) -> str:
    """The name of a column: one line, spelt as models are."""
    return " ".join(spelt(str(cell)).split()).strip(_JOINERS)
