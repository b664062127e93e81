"""Everything that a report consists of, as texts by file name."""

from benchmarks.cells import harmless_frame
from reports.printing.typeset import as_csv, as_latex
from reports.results import Results
from reports.study import drawing, html
from reports.study.figures import legend
from reports.study.kinds import kind_of


def contents(results: Results) -> dict[str, str]:
    """The page last, so that it never names a table or a figure that is not there yet."""
    kind = kind_of(results)
    made, drawn = kind.tables(results), kind.figures(results)
    stills = {figure.name: drawing.still(figure, legend(results), results.baseline_n) for figure in drawn}
    texts = {f"tables/{table.name}.csv": as_csv(table) for table in made}
    texts |= {f"tables/{table.name}.tex": as_latex(table, results.study.name) for table in made}
    if results.published is not None:
        texts["tables/published.csv"] = harmless_frame(results.published).to_csv(index=False, lineterminator="\n")
    texts["tables/measures.csv"] = harmless_frame(results.measures).to_csv(index=False, lineterminator="\n")
    texts |= {f"figures/{name}.svg": still for name, still in stills.items()}
    texts["report.html"] = html.page(results, made, drawn, stills)
    return texts
