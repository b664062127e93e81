"""Tests of studies need reports, and no pictures in them: how these come out is the matter of tests/reports."""

from collections.abc import Iterator

import pytest

from reports.drawing import vega

_NOTHING = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"></svg>'


@pytest.fixture(scope="module", autouse=True)
def _undrawn() -> Iterator[None]:
    """No figure is drawn: that takes most of a report's time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vega, "_drawn", lambda written: _NOTHING)
        patch.setattr(vega, "pdf", lambda drawn: b"%PDF-1.4\n")
        yield
