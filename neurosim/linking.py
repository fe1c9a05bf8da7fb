"""Compile what a loop calls once, with the loop: helpers are typed and lowered one by one, and optimised together.

Numba optimises every function that another calls, makes machine code of it, and links it into its callers, which are optimised with it
again: a loop of 150 helpers took three quarters of its compile time for code that nobody runs.  Here a helper, a `Part`, is left as
lowered but for LLVM's passes within a function: without them loads sink into branches before the helper is inlined, and loops around it
do not vectorise.  The function that Python calls, a `Whole`, links all of them, and LLVM optimises everything once.
"""
from __future__ import annotations

from typing import Any

from llvmlite.ir.instructions import CallInstr
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import register_pass
from numba.core.typed_passes import NativeLowering

WRAPPER = "_ZN7cpython"  # how numba's names of what Python calls begin


class _Environments:
    """Stands for the code generator where the environment of a helper is set: its address is known when the whole is finished."""

    def __init__(self, kept: dict[str, Any]):
        self._kept = kept

    def set_env(self, name: str, environment: Any) -> None:
        """Keep it."""
        self._kept[name] = environment


class Part(JITCodeLibrary):
    """A helper as it was lowered, tidied function by function: not optimised, no machine code, and no address."""

    def __init__(self, codegen: Any, name: str):
        super().__init__(codegen, name)
        self.environments: dict[str, Any] = {}

    @property
    def codegen(self) -> Any:
        """Takes the environment in."""
        return _Environments(self.environments)

    def finalize(self) -> None:
        """Nothing is linked, optimised or made into machine code."""
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """None: nobody calls it from outside."""
        self._ensure_finalized()
        return 0

    def alone(self) -> Any:
        """The module of this helper, without what it calls."""
        return super()._get_module_for_linking()

    def _get_module_for_linking(self) -> Any:
        """With all that it calls, for a caller that numba compiles in its own way."""
        module = self.alone().clone()
        for library in _called_by(self):
            module.link_in(library.alone() if isinstance(library, Part) else library._get_module_for_linking(), preserve=True)
        return module


class Whole(JITCodeLibrary):
    """What Python calls, with all the parts that it calls, each once, and everything inlined into the wrapper that Python calls.

    A call with the thousand numbers that a network's arrays are described by took LLVM longer than the loop behind it.
    """

    def add_ir_module(self, ir_module: Any) -> None:
        """Take in a function, or the wrapper around it; numba forbids that one to take in what it calls."""
        for function in ir_module.functions:
            for block in function.blocks if function.name.startswith(WRAPPER) else ():
                for instruction in block.instructions:
                    if isinstance(instruction, CallInstr):
                        instruction.attributes.discard("noinline")
        super().add_ir_module(ir_module)

    def _optimize_functions(self, ll_module: Any) -> None:
        ll_module.data_layout = self._codegen._data_layout

    def _optimize_final_module(self) -> None:
        for function in self._final_module.functions:
            if not function.is_declaration and not function.name.startswith(WRAPPER):
                function.linkage = "internal"  # nobody else calls it, and once it is inlined it is gone
        super()._optimize_final_module()

    def _verify_declare_only_symbols(self) -> None:
        called = (function.name for function in self._final_module.functions if function.is_declaration)
        missing = [name for name in called if name.startswith("_ZN")]
        if missing:  # LLVM would say nothing, and put 0 in place of every address
            raise RuntimeError(f"not linked: {', '.join(missing)}")

    def finalize(self) -> None:
        """Link, optimise, and make machine code."""
        called = _called_by(self)
        parts = [library for library in called if isinstance(library, Part)]
        for part in parts:
            self._final_module.link_in(part.alone(), preserve=True)
        self._linking_libraries = [library for library in called if not isinstance(library, Part)]
        super().finalize()
        used = {value.name for value in self._final_module.global_variables}
        codegen: Any = self._codegen
        for part in parts:
            for name, environment in part.environments.items():
                if name in used:
                    codegen.set_env(name, environment)


def _called_by(library: Any) -> list[Any]:
    """What a library calls, and what that calls as far as it is not linked yet; each once, callers before what they call.

    LLVM leaves out what nobody calls yet when it is linked in, and a caller that comes later would find nothing.
    """
    found: dict[Any, None] = {}

    def visit(called: Any) -> None:
        if called not in found:
            for inner in called._linking_libraries if isinstance(called, Part) else ():
                visit(inner)
            found[called] = None

    for called in library._linking_libraries:
        visit(called)
    return list(reversed(found))


def _lowering(kind: type[JITCodeLibrary]) -> type[NativeLowering]:
    """Numba's lowering into a library of this kind."""
    @register_pass(mutates_CFG=True, analysis_only=False)
    class Lowering(NativeLowering):
        _name = f"lowering of a {kind.__name__.lower()}"

        def run_pass(self, state: Any) -> bool:
            """Lower into a library of our own."""
            state.library = kind(state.targetctx.codegen(), state.func_id.func_qualname)
            state.library.enable_object_caching()
            return super().run_pass(state)

    return Lowering


def _compiler(kind: type[JITCodeLibrary]) -> type[CompilerBase]:
    """Numba's pipeline with another lowering."""
    lowering = _lowering(kind)

    class Compiler(CompilerBase):
        def define_pipelines(self) -> list[Any]:
            """Numba's passes, one of them exchanged."""
            manager = DefaultPassBuilder.define_nopython_pipeline(self.state)
            manager.passes = [(lowering, text) if item is NativeLowering else (item, text) for item, text in manager.passes]
            manager._finalized = False
            manager.finalize()
            return [manager]

    Compiler.__name__ = f"Compiler of a {kind.__name__.lower()}"
    return Compiler


compiler_of_parts = _compiler(Part)
compiler_of_wholes = _compiler(Whole)
OPTIONS: dict[str, Any] = {  # of what Python calls
    "nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True, "pipeline_class": compiler_of_wholes}
