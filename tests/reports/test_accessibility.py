"""axe-core finds nothing serious on a report, at the width of a screen and of a telephone."""

import json
import os
import re
from pathlib import Path

import pytest

from reports.printing import pages
from tests.chromium import CHROMIUM, in_chromium

#: axe-core's script: LOADSTONE_AXE, or where `npm install axe-core` puts it.
_PLACES = (os.environ.get("LOADSTONE_AXE", ""), "node_modules/axe-core/axe.min.js")
AXE = next((Path(place).absolute() for place in _PLACES if place and Path(place).is_file()), None)
_RUN = """<script>
const waiting = setInterval(() => {
  if (!document.body.dataset.drawn) return;
  clearInterval(waiting);
  document.querySelectorAll("details").forEach((fold) => { fold.open = true; });
  axe.run(document, { resultTypes: ["violations"] }).then((found) => {
    const told = found.violations.map((one) => [one.id, one.impact, one.nodes.map((node) => node.target.join(" "))]);
    document.title = "axe:" + JSON.stringify(told);
  });
}, 100);
</script>"""


@pytest.mark.acceptance
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium, chromium-browser or google-chrome on this machine")
@pytest.mark.skipif(AXE is None, reason="no axe-core: npm install axe-core, or LOADSTONE_AXE=path/to/axe.min.js")
def test_axe_finds_nothing_serious(screened_report: Path, plain_report: Path, tmp_path: Path) -> None:
    assert AXE is not None
    script = AXE.read_text(encoding="utf-8").replace("</script", "<\\/script")
    for number, folder in enumerate((screened_report, plain_report)):
        text = (folder / "report.html").read_text(encoding="utf-8")
        text = text.replace("script-src 'unsafe-inline'", "script-src 'unsafe-inline' 'unsafe-eval'")  # axe needs it
        page = tmp_path / f"{number}.html"
        whole, _, _ = text.rpartition("</body>")
        page.write_text(f"{whole}<script>{script}</script>{_RUN}</body></html>", encoding="utf-8")
        document, _ = in_chromium(page, tmp_path / "profile", 120_000)
        found = re.search(r"<title>axe:(.*?)</title>", document)
        assert found, "axe did not run"
        told = json.loads(
            found[1].replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        )
        assert not [each for each in told if each[1] in ("serious", "critical")], told


@pytest.mark.acceptance
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium, chromium-browser or google-chrome on this machine")
def test_the_page_is_no_wider_than_a_telephone(screened_report: Path, tmp_path: Path) -> None:
    # in a frame: a browser without a screen has no window as narrow as that
    page = tmp_path / "frame.html"
    page.write_text(
        f'<body><iframe src="{(screened_report / "report.html").as_uri()}" style="width:400px;height:900px"></iframe>'
        """<script>const frame = document.querySelector("iframe"); frame.onload = () => setTimeout(() => {
             const page = frame.contentDocument.documentElement;
             document.title = `wide:${page.scrollWidth}:${page.clientWidth}`;
           }, 15000);</script></body>""",
        encoding="utf-8",
    )
    document, _ = in_chromium(page, tmp_path / "profile", 60_000)
    found = re.search(r"<title>wide:(\d+):(\d+)</title>", document)
    assert found, "the page was not loaded"
    assert int(found[1]) <= int(found[2]) <= 400


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium, chromium-browser or google-chrome on this machine")
def test_names_leave_numbers_room_on_a_telephone(tmp_path: Path) -> None:
    """The first column stays in its place while the rest moves: no wider than half the screen, names are folded."""
    rows = "".join(
        f"<tr><td>A method {'with words ' * 8}</td>{'<td class=num>0.123 ±0.001</td>' * 6}</tr>" for _ in "ab"
    )
    inner = tmp_path / "inner.html"
    inner.write_text(
        f"<style>{pages.text('report.css')}</style><main><div class=scroll><table><tbody>"
        f"<tr class=group><th colspan=7><span>{'A group of many words ' * 6}</span></th></tr>"
        f"{rows}</tbody></table></div>",
        encoding="utf-8",
    )
    page = tmp_path / "frame.html"
    page.write_text(
        f'<body><iframe src="{inner.as_uri()}" style="width:400px;height:900px"></iframe>'
        """<script>const frame = document.querySelector("iframe"); frame.onload = () => {
             const wide = (name) => frame.contentDocument.querySelector(name).getBoundingClientRect().width;
             document.title = `wide:${Math.round(wide("td"))}:${Math.round(wide("span"))}`;
           };</script></body>""",
        encoding="utf-8",
    )
    document, _ = in_chromium(page, tmp_path / "profile", 5_000)
    found = re.search(r"<title>wide:(\d+):(\d+)</title>", document)
    assert found, "the page was not loaded"
    assert 100 <= int(found[1]) <= 200
    assert int(found[2]) <= 400
