"""Libraries that only some files need: where one is missing, one message says what to install."""

import importlib
from types import ModuleType

from sim.errors import InputError


def needed(module: str, package: str, what: str) -> ModuleType:
    """The module, imported. Raises InputError where its package is not installed."""
    try:
        return importlib.import_module(module)
    except ImportError:
        raise InputError(
            f"{what} are read with {package}, which is not installed; pip install 'loadstone[files]', or save the "
            "survey as CSV"
        ) from None
