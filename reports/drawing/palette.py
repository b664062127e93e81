"""One fixed colour and shape for each method, the same in every figure and in the legend of the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.results import Results

#: A method as it is, screened, and screened by a second rule: one hue, dark, light and between, so that they differ in
#: grey print too, each 3 to 1 or more against white (WCAG 2.2, 1.4.11). The dark and light colours of the first three
#: lie at least 25 apart in CIELAB for normal, protan, deutan and tritan sight (Machado, Oliveira & Fernandes 2009);
#: shapes tell the rest apart.
_HUES = (
    ("#07478a", "#4698dd", "#2b6eb3"),
    ("#8f2d00", "#d07b14", "#af5507"),
    ("#22272b", "#899198", "#53595f"),
    ("#0d6b57", "#329b80", "#21836b"),
    ("#7b2a86", "#c072cb", "#9d4ea8"),
    ("#6b5a00", "#a08c12", "#857307"),
)
#: Symbols as SVG paths in a box from -1 to 1, drawn alike by Vega and by the legend of the page.
_SHAPES = {
    "circle": "M0,-0.9A0.9,0.9,0,1,1,0,0.9A0.9,0.9,0,1,1,0,-0.9Z",
    "diamond": "M0,-1.15L1.0,0L0,1.15L-1.0,0Z",
    "square": "M-0.8,-0.8H0.8V0.8H-0.8Z",
    "triangle": "M0,-1.05L1.05,0.8H-1.05Z",
    "cross": "M-0.35,-1H0.35V-0.35H1V0.35H0.35V1H-0.35V0.35H-1V-0.35H-0.35Z",
    "wedge": "M0,1.05L1.05,-0.8H-1.05Z",
    "hourglass": "M-0.9,-0.9H0.9L-0.9,0.9H0.9Z",
    "bar": "M-0.45,-1.1H0.45V1.1H-0.45Z",
}
#: Of more methods than so many, each mark is labelled with the method's number too, as the legend has it.
MANY = 4
INK, GREY, RULE, FLOOR = "#22272b", "#5c656c", "#b3261e", "#d5d2ca"
FONT = "'Source Sans 3', 'Segoe UI', 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"


@dataclass(frozen=True)
class Sign:
    """How a method is drawn. tag: its number, which stands at its marks where there are many methods."""

    label: str
    colour: str
    shape: str
    tag: str = ""


def signs(results: Results) -> dict[str, Sign]:
    """The sign of every method. A screened method has a lighter colour of the method that it screens."""
    shapes = list(_SHAPES.values())
    methods = results.study.methods
    colours = _colours({name: method.unscreened for name, method in methods.items()})
    return {
        name: Sign(
            method.label,
            colours[name],
            shapes[index % len(shapes)],
            str(index + 1) if len(methods) > MANY else "",
        )
        for index, (name, method) in enumerate(methods.items())
    }


def _colours(screened: Mapping[str, str | None]) -> dict[str, str]:
    """A colour for each method, by what it screens: one of its own as long as there are some.

    Beyond the second rule of a method, rules take what no other method has, the darkest and the lightest in turn.
    """
    plain = [name for name, of in screened.items() if of is None]
    hues = {name: _HUES[index % len(_HUES)] for index, name in enumerate(plain)}
    found = {name: hue[0] for name, hue in hues.items()}
    rules: dict[str | None, list[str]] = {}
    for name, of in screened.items():
        if of is not None:
            rules.setdefault(of if of in hues else None, []).append(name)
    for of, names in rules.items():
        own = hues.get(of or "", _HUES[-1])
        found |= dict(zip(names, own[1:], strict=False))
    spare = [hue[place] for places in ((0, 1), (2,)) for hue in _HUES[len(plain) :] for place in places]
    left = [name for name in screened if name not in found]
    free = [colour for colour in spare if colour not in found.values()] or [hue[1] for hue in _HUES]
    return found | {name: free[index % len(free)] for index, name in enumerate(left)}


def signs_of(labels: Sequence[str]) -> dict[str, Sign]:
    """Signs of methods that stand beside each other, none of them another one screened."""
    shapes = list(_SHAPES.values())
    return {
        label: Sign(label, _HUES[index % len(_HUES)][0], shapes[index % len(shapes)])
        for index, label in enumerate(labels)
    }


#: Colours of tiles from good to bad, and of those whose number misleads with their text.
_GOOD, _BAD, _OFF, _FAINT = (246, 244, 238), (217, 138, 91), "#dcdcdc", "#767676"


def tile(bad: float, off: bool) -> tuple[str, str]:
    """Colours of a tile and its text: the darker the worse (0 to 1); grey where its number misleads."""
    if off:
        return _OFF, _FAINT
    mixed = (round(good + (worst - good) * bad) for good, worst in zip(_GOOD, _BAD, strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed), INK
