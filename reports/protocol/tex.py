"""The protocol as a LaTeX document that compiles by itself with pdfLaTeX."""

from reports.printing.latextable import PACKAGES, as_latex
from reports.printing.numbers import latex
from reports.printing.typeset import Table
from reports.protocol.parts import Code, Equation, Part, Points, Section, Text
from reports.protocol.sections import SOURCES, sections
from reports.results import Results

_HEAD = rf"""\documentclass[a4paper]{{article}}
\usepackage[T1]{{fontenc}}
\usepackage[utf8]{{inputenc}}
\usepackage{{amsmath,{PACKAGES}}}
\emergencystretch=3em
\sloppy
"""


def document(results: Results, made: list[Table]) -> str:
    """The whole document: the protocol, then the tables `made` of the results."""
    study = results.study
    body = [line for section in sections(results) for line in _section(section, study.name)]
    tables = [as_latex(table, study.name) for table in made]
    return "\n".join([
        _HEAD, rf"\title{{{latex(study.title)}}}", r"\author{}\date{}", r"\begin{document}", r"\maketitle",
        latex(f"Protocol and methods of the simulation study {study.name}, written from what was executed."), "",
        *body, *([r"\section*{Results}"] if tables else []), *tables, r"\par\medskip\noindent\small", latex(SOURCES),
        r"\end{document}", "",
    ])  # fmt: skip


def _section(section: Section, study: str) -> list[str]:
    return [rf"\section*{{{latex(section.heading)}}}", *(_part(part, study) for part in section.parts)]


def _part(part: Part, study: str) -> str:
    if isinstance(part, Text):
        return latex(part.words) + "\n"
    if isinstance(part, Points):
        points = [rf"\item {_named(name)}{latex(words)}" for name, words in part.points]
        return "\n".join([r"\begin{itemize}", *points, r"\end{itemize}"])
    if isinstance(part, Equation):
        name = rf"{latex(part.name)}: " if part.name else ""
        # ragged, so that a long formula goes below its name and not over the margin
        return rf"{{\noindent\raggedright {name}$\displaystyle {part.latex}$\par}}\smallskip"
    if isinstance(part, Code):
        return "\n".join([r"\begin{quote}\ttfamily\raggedright", latex(part.lines).replace("-", "{-}"), r"\end{quote}"])
    return as_latex(part, study)


def _named(name: str) -> str:
    return rf"\texttt{{{latex(name)}}}: " if name else ""
