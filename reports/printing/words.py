"""Words that several reports share: lists, levels and capital letters."""

from reports.record import Levels


def levels_in_words(levels: Levels) -> str:
    """`dropped items weak, crm correlation 0.5`."""
    return ", ".join(f"{factor.replace('_', ' ')} {level}" for factor, level in levels.items())


def listed(texts: list[str]) -> str:
    """`a, b and c`."""
    return " and ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else "".join(texts)


def capital(text: str) -> str:
    """The text with a capital letter in front."""
    return text[:1].upper() + text[1:]
