"""Charts over each other are what altair's own layers give."""

import json

import altair as alt
import pytest

from reports.drawing.panels import chart, layered

BASE = chart().encode(x="n:O", y="value:Q")
LINE = alt.Chart(alt.InlineData(values=[{"level": 0.05}])).mark_rule().encode(y="level:Q")
OTHER = alt.Chart(alt.InlineData(values=[{"level": 0.80}])).mark_rule().encode(y="level:Q")


@pytest.mark.parametrize(
    "charts",
    [
        (BASE.mark_point(),),
        (BASE.mark_point(), BASE.mark_line()),
        (LINE, BASE.mark_point()),
        (LINE, OTHER, LINE, BASE.mark_point()),
        (chart().mark_rule().encode(x="n:O"), BASE.mark_point()),
    ],
    ids=["one", "of the same data", "with a line", "with two lines", "of equal data"],
)
def test_layers_are_altairs(charts: tuple[alt.Chart, ...]) -> None:
    wanted = alt.layer(*charts).to_dict()
    del wanted["config"]
    assert json.dumps(layered(*charts)) == json.dumps(wanted)
