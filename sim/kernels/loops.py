"""How loops are compiled: `compiled` for those that Python calls, `part` for those that only other loops call.

A part gets no machine code of its own, is not optimised by itself and is not kept on disk: it is handed to its callers
as it was translated, optimised once in each loop that Python calls, and turned into machine code there. Compiled the
usual way every function is optimised and turned into machine code once more at every level above it.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar, dataclass_transform

from numba import njit
from numba.core import types
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.registry import CPUDispatcher
from numba.experimental import structref

Names = TypeVar("Names")

#: Settings of every loop.
SETTINGS = {"nogil": True, "error_model": "numpy"}

compiled = njit(cache=True, **SETTINGS)
#: For a short function with one caller, which it joins before anything else is done with it.
inlined = njit(cache=True, inline="always", **SETTINGS)


class _Translation(JITCodeLibrary):  # type: ignore[misc]  # numba has no types
    """A function in the compiler's language, to be optimised with its callers and not before."""

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True


class _Translator(Compiler):  # type: ignore[misc]
    """Numba's steps up to there, without what calls from Python need."""

    def __init__(self, typing: Any, target: Any, library: None, args: Any, returned: Any, flags: Any, names: Any):
        flags.no_compile = flags.no_cpython_wrapper = flags.no_cfunc_wrapper = True
        super().__init__(typing, target, _Translation(target.codegen(), "part"), args, returned, flags, names)


class Part(CPUDispatcher):  # type: ignore[misc]
    """A function that compiled loops call. Called from Python, which tests do, it is compiled as a loop of its own."""

    def __init__(self, function: Callable[..., Any], **options: Any):
        super().__init__(function, {}, {"nopython": True, "boundscheck": None, **SETTINGS, **options}, _Translator)
        self._options = options

    def get_call_template(self, args: Any, kws: Any) -> Any:
        """Translated once for numbers known when compiling, which numba types apart, and others."""
        return super().get_call_template(tuple(map(types.unliteral, args)), kws)  # type: ignore[attr-defined]

    def add_overload(self, translated: Any) -> None:
        """Let callers find it by its translation, for want of machine code."""
        self.overloads[tuple(translated.signature.args)] = translated
        self.targetctx.insert_user_function(translated.library, translated.fndesc, [translated.library])

    def get_overload(self, args: Any) -> Any:
        """What callers find it by."""
        return self.overloads[tuple(args)].library

    @cached_property
    def _loop(self) -> Any:
        return njit(cache=True, **SETTINGS, **self._options)(self.py_func)

    def __call__(self, *args: Any) -> Any:
        """The same from Python."""
        return self._loop(*args)


def part(function: Callable[..., Any]) -> Part:
    """A function that only compiled loops call."""
    return Part(function)


def contracted(function: Callable[..., Any]) -> Part:
    """A part in which a product and a sum are one operation, rounded once."""
    return Part(function, fastmath={"contract"})


@dataclass_transform()
def by_reference(names: type[Names]) -> type[Names]:
    """A class of named arrays that exists in compiled code alone, where one pointer stands for all of them.

    A named tuple is handed on as a copy of every array's description, some eight numbers each; with a hundred or two at
    every call, moving them is most of what the compiler has to do.
    """
    place = {"__module__": names.__module__, "__qualname__": f"{names.__qualname__}.kind"}
    kind = structref.register(type(names.__name__, (types.StructRef,), place))  # type: ignore[attr-defined]
    names.kind = kind  # type: ignore[attr-defined]  # where numba's cache looks for it
    structref.define_constructor(names, kind, list(names.__annotations__))
    return names
