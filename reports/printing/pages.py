"""What all pages share: templates, style sheets and pictures, each inside one HTML file that needs nothing else."""

import base64
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports.printing.typeset import as_text

_TEMPLATES = Path(__file__).parent.parent / "templates"


@cache
def environment() -> Environment:
    """Where pages are made from their templates, each compiled once in a process; nobody changes it."""
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(entry=as_text, data_uri=data_uri)
    return made


def text(*names: str) -> Markup:
    """The files of these names among the templates, one after another: style sheets or scripts."""
    return Markup("".join((_TEMPLATES / name).read_text("utf-8") for name in names))


def data_uri(svg: str) -> Markup:
    """A drawing as an address that holds it."""
    return Markup(f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}")
