"""Everything that a report consists of, as texts by file name."""

from collections.abc import Callable, Mapping

from benchmarks.cells import harmless_frame
from reports.book import page
from reports.book.kinds import kind_of
from reports.drawing import vega
from reports.drawing.palette import signs
from reports.printing.latextable import as_latex
from reports.printing.typeset import as_csv
from reports.results import Results


def contents(results: Results, progress: Callable[[str], None] = lambda told: None) -> dict[str, str]:
    """The page last, so that it never names a table or figure that is not there yet. progress: hears how far it is."""
    kind = kind_of(results)
    made, drawn = kind.tables(results), kind.figures(results)
    stills: dict[str, str] = {}
    for figure in drawn:
        progress(f"drawing the figures of the report: {len(stills)} of {len(drawn)} done")
        stills[figure.name] = vega.still(figure, list(signs(results).values()), results.baseline_n)
    progress("writing the report ...")
    texts = {f"tables/{table.name}.csv": as_csv(table) for table in made}
    texts |= {f"tables/{table.name}.tex": as_latex(table, results.study.name) for table in made}
    if results.published is not None:
        texts["tables/published.csv"] = harmless_frame(results.published).to_csv(index=False, lineterminator="\n")
    texts["tables/measures.csv"] = harmless_frame(results.measures).to_csv(index=False, lineterminator="\n")
    texts |= {f"figures/{name}.svg": still for name, still in stills.items()}
    texts["report.html"] = page.page(results, made, drawn, stills)
    return texts


def drawings(texts: Mapping[str, str]) -> dict[str, bytes]:
    """Every SVG among the texts as PDF."""
    return {
        f"{name.removesuffix('.svg')}.pdf": vega.pdf(text)
        for name, text in texts.items()
        if name.startswith("figures/") and name.endswith(".svg")
    }
