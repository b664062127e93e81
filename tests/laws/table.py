"""`python -m tests.laws.table` writes docs/laws.md: what becomes of every law for every method of the catalogue."""

from pathlib import Path

from estimators import laws
from estimators.catalogue import ESTIMATORS

PAGE = Path(__file__).parent.parent.parent / "docs" / "laws.md"
_HEAD = """# The laws, and what becomes of them for every method

Written by `python -m tests.laws.table`; a test holds it. How to hold the laws against a method of your own:
[own-estimators.md](own-estimators.md#the-laws). The surveys that they are held against: [strategies.md](strategies.md).

| law | what it says | the claim that frees a method of it |
|---|---|---|
"""
_SIGNS = {"held": "+", "not tested": "", "broken": "broken", "expected": "broken"}


def page(examples: int | None = None) -> str:
    """The page, with so many surveys for each law (default: as many as a check has)."""
    text = _HEAD + "".join(
        f"| {law.name} | {law.statement} | {f'`{law.waiver}`' if law.waiver else ''} |\n" for law in laws.LAWS
    )
    reports = {name: laws.report(name, examples=examples, shrink=False) for name in ESTIMATORS}
    text += "\n## Methods\n\n`+`: held. A number: not tested, for the reason below the table.\n\n"
    reasons: dict[str, int] = {}
    text += f"| law | {' | '.join(ESTIMATORS)} |\n|---|{'---|' * len(ESTIMATORS)}\n"
    for place, law in enumerate(laws.LAWS):
        cells = []
        for report in reports.values():
            row = report.rows[place]
            if row.outcome == "not tested":
                cells.append(str(reasons.setdefault(row.reason, len(reasons) + 1)))
            else:
                cells.append(_SIGNS[row.outcome])
        text += f"| {law.name} | {' | '.join(cells)} |\n"
    return text + "\n" + "\n".join(f"{number}. {reason}" for reason, number in reasons.items()) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
