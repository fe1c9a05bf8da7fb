"""Imports go down: no module imports one of a higher layer, not even inside a function."""
from __future__ import annotations

import ast
import functools
from pathlib import Path

import neurosim

PACKAGE = Path(neurosim.__file__).parent
LAYERS = (
    ("neurosim",),  # the package itself: version and lazy names
    ("linking", "direct", "slots", "arithmetic", "vectors", "random", "generators", "defaults", "arguments", "contract", "lanes", "reading",
     "storage", "errors", "values", "bounded", "permission", "untrusted", "weights_file", "writing",
     "standing", "stopping"),
    ("neurons", "synapses", "devices", "digital", "circuits", "channels", "sources", "eligibilities", "recorders", "updaters", "rules",
     "schedules", "clock", "verbs", "workspace", "scores"),
    ("loop",),
    ("agreement", "compiled", "profile", "quantity", "sections", "chip_sections", "io_agreement", "sentences", "misplaced", "toml",
     "network"),
    ("pulsed", "ageing", "wear"),
    ("forgetting", "digital_neurons", "placement", "tiles", "mvm", "io_path", "switching", "cores", "mapping", "widths", "numbers"),
    ("effects", "explanation", "finite"),
    ("chip",),
    ("store",),
    ("latency",),
    ("refusals",),
    ("wiring",),
    ("adoption", "counting", "frozen", "ledger", "correctness"),
    ("tasks", "trials", "epochs", "trainer", "experiment", "plugins", "own_code", "readout_leak", "replay", "reference",
     "reference_network", "reference_readout", "reference_spiking"),
    ("yardsticks", "diagnostics", "neurobench", "closed_loop", "accounts", "conversions", "two_passes", "requests", "health",
     "transfer", "waiting", "inspections"),
    ("report", "checkpoint", "run_folder", "preparing", "keeping", "run_record", "session",
     "doctor", "warming"),
    ("results",),
    ("calibration", "compare", "events", "mlp", "export"),
    ("bench", "selftest"),
    ("interop",),
    ("terminal",),
    ("commands",),
    ("cli",),
    ("__main__",),
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
BRIAN2 = ("interop/brian2.py", "interop/brian2_benchmarks.py", "doctor.py")  # the only places that may import the oracle

PEERS = "bench/clients/"  # scripts that another interpreter runs, one that has what they measure


def files():
    """Every file of the package, by its path inside it."""
    return {path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text()) for path in sorted(PACKAGE.rglob("*.py"))}


def module_name(file):
    """Dotted name inside the package; the empty one is the package itself."""
    parts = file.removesuffix(".py").split("/")
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def part_of(module):
    """The module or sub-package of the first level, which is what has a layer."""
    return module.partition(".")[0] or "neurosim"


def imported(file, tree, modules):
    """Modules that a file imports: (dotted name inside the package, "") or ("", name of another package)."""
    package = module_name(file).split(".") if file.endswith("__init__.py") else module_name(file).split(".")[:-1]
    package = [part for part in package if part]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = (["neurosim", *package[:len(package) + 1 - node.level]] if node.level else [])
            base += node.module.split(".") if node.module else []
            names = [".".join([*base, alias.name]) for alias in node.names]
        else:
            continue
        for name in names:
            first, _, rest = name.partition(".")
            if first != "neurosim":
                yield "", first
            elif rest in modules:
                yield rest, ""
            else:  # a name inside a module
                yield rest.rpartition(".")[0], ""


@functools.cache
def graph():
    """[(file, its module, modules of the package that it imports, other packages that it imports)]."""
    trees, found = files(), []
    modules = {module_name(file) for file in trees}
    for file, tree in trees.items():
        names = list(imported(file, tree, modules))
        assert {inside for inside, outside in names if not outside} <= modules, file
        found.append((
            file, module_name(file), {inside for inside, outside in names if not outside}, {outside for _, outside in names if outside}))
    return found


def test_every_module_has_a_layer():
    assert {part_of(module) for _, module, _, _ in graph()} - set(LEVEL) == set()


def test_every_layer_has_its_modules():
    assert set(LEVEL) - {part_of(module) for _, module, _, _ in graph()} == set()


def test_no_module_imports_a_higher_one():
    upward = [
        f"{file} imports {other}" for file, module, inside, _ in graph() for other in sorted(inside)
        if LEVEL[part_of(other)] > LEVEL[part_of(module)]]
    assert upward == []


def test_imports_have_no_cycle():
    below = {module: inside for _, module, inside, _ in graph()}
    while below:
        leaves = [module for module, inside in below.items() if not (inside - {module}) & set(below)]
        assert leaves, f"a cycle among {sorted(below)}"
        for module in leaves:
            del below[module]


def test_the_package_itself_imports_none_of_its_modules():
    assert next(inside for file, _, inside, _ in graph() if file == "__init__.py") == set()


def test_only_the_bridge_and_the_doctor_may_import_brian2():
    assert [file for file, _, _, outside in graph() if "brian2" in outside and file not in BRIAN2] == []


def test_nothing_imports_torch_or_the_tests():
    assert [file for file, _, _, outside in graph() if outside & {"torch", "tests", "pytest"} and not file.startswith(PEERS)] == []


def test_scripts_of_peers_import_nothing_of_the_package():
    assert [file for file, _, inside, _ in graph() if file.startswith(PEERS) and inside] == []


def test_an_import_inside_a_function_and_every_relative_form_are_seen():
    source = (
        "from . import loop, __version__\nfrom .rules.rule import Rule\nimport numpy as np\n"
        "def f():\n    from .rules import ANP\n    import neurosim.chip\n")
    modules = {"", "loop", "rules", "rules.rule", "chip"}
    assert set(imported("wiring.py", ast.parse(source), modules)) == {
        ("loop", ""), ("", ""), ("rules.rule", ""), ("", "numpy"), ("rules", ""), ("chip", "")}
    assert set(imported("rules/none.py", ast.parse("from ..loop import run\nfrom .rule import Rule"), modules)) == {
        ("loop", ""), ("rules.rule", "")}
