"""Code from outside that ends the process is noticed: os._exit raises SystemExit while such code runs."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

_real = os._exit
_inside = 0
_counting = threading.Lock()


def _refused(status: int) -> NoReturn:
    raise SystemExit(f"os._exit({status}) was called")


@contextmanager
def noticed() -> Iterator[None]:
    """Inside, in any thread, os._exit raises SystemExit. Code that ends the process in another way is not held."""
    global _inside
    with _counting:
        _inside += 1
        os._exit = _refused
    try:
        yield
    finally:
        with _counting:
            _inside -= 1
            if not _inside:
                os._exit = _real
