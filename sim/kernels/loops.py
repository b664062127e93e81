"""How loops are compiled: `compiled` for those that Python calls, `part` for those that only other loops call.

A part gets no machine code of its own, is not optimised by itself and is not kept on disk: it is handed to its callers
as it was translated, optimised once in each loop that Python calls, and turned into machine code there. Compiled the
usual way every function is optimised and turned into machine code once more at every level above it.
"""

import gc
from collections.abc import Callable
from functools import cached_property
from typing import Any, ClassVar, TypeVar, dataclass_transform

from numba import njit
from numba.core import types
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler, Flags
from numba.core.registry import CPUDispatcher
from numba.experimental import structref

Names = TypeVar("Names")

#: Settings of every loop.
SETTINGS = {"nogil": True, "error_model": "numpy"}


class _Known(Flags):  # type: ignore[misc]  # numba has no types
    """The settings under which numba looks up what it has compiled of its own, at every call that it types.

    There is one of them for equal settings, so that a look-up finds the same object and need not compare fifty options
    with each other.
    """

    __slots__ = ("_hash",)
    _all: ClassVar[dict["_Known", "_Known"]] = {}

    @classmethod
    def of(cls, flags: Flags) -> "_Known":
        """Those of a loop or part: what numba makes of its own for one of them serves the other."""
        known = cls(flags)
        known.no_compile = known.no_cpython_wrapper = known.no_cfunc_wrapper = True
        return cls._all.setdefault(known, known)

    def __hash__(self) -> int:
        if not hasattr(self, "_hash"):
            self._hash = super().__hash__()
        return int(self._hash)

    def copy(self) -> Flags:
        """A copy that may be changed."""
        return Flags(self)


class _Own(Flags):  # type: ignore[misc]
    """The settings of one loop or part, which numba copies once, for looking things up."""

    __slots__ = ()

    def copy(self) -> Flags:
        """What things are looked up under."""
        return _Known.of(self)


class _Steps(Compiler):  # type: ignore[misc]
    """Numba's steps, with quick look-ups and without searches for garbage in between, of which little is found."""

    def __init__(self, typing: Any, target: Any, library: Any, args: Any, returned: Any, flags: Flags, names: Any):
        super().__init__(typing, target, library, args, returned, _Own(flags), names)

    def _compile_core(self) -> Any:
        searched = gc.isenabled()
        gc.disable()
        try:
            return super()._compile_core()
        finally:
            if searched:
                gc.enable()


compiled = njit(cache=True, no_cfunc_wrapper=True, pipeline_class=_Steps, **SETTINGS)
#: For a short function with one caller, which it joins before anything else is done with it.
inlined = njit(cache=True, inline="always", pipeline_class=_Steps, **SETTINGS)


class _Translation(JITCodeLibrary):  # type: ignore[misc]
    """A function in the compiler's language, to be optimised with its callers and not before."""

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True


class _Translator(_Steps):
    """Numba's steps up to there, without what calls from Python need."""

    def __init__(self, typing: Any, target: Any, library: None, args: Any, returned: Any, flags: Flags, names: Any):
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
