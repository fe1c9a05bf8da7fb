"""Promise: of two that write in one place at once both are whole, or one is refused in a sentence."""
from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .. import checkpoint, keeping, session, writing
from ..compare import chips, store, study
from ..export import export_network, of_run
from ..generators import generator
from ..report.page import write_report
from ..run_folder import STANDING, release, write_folder
from . import faults
from .promise import Outcome, Size
from .small_grid import FILE, one_run, plain, tiny
from .snapshots import Snapshot, snapshot
from .stopped_runs import difference

STREAM = 7103  # of the generator
PAIRS = {"short": 8, "full": 50}
LATEST_S = 3e-3  # by which one may begin after the other
REFUSALS = ("already exists", "another process is at work", "holds no such comparison", "holds no ablation", "its run is over")
TIMES = (store.PROGRESS, store.TIMES, store.LOCK)  # files that tell the time

Work = Callable[[Path], Any]


class Race(NamedTuple):
    """Two that work in one folder.

    Attributes
    ----------
    name : who against whom
    first, second : what they do; the folder is there
    winners : how many of them may end well; the others have to be refused in one sentence
    check : what is there in the end; raises what is wrong with it
    prepare : makes in a folder what they find there
    is_light : whether it is fast enough for the short size
    """

    name: str
    first: Work
    second: Work
    winners: tuple[int, ...]
    check: Work
    prepare: Work = lambda folder: None
    is_light: bool = False


def check(size: Size, seed: int, folder: Path, races: Sequence[Race] | None = None) -> Outcome:
    """Run so many pairs, each race in turn; see `Promise`."""
    wanted = [race for race in (RACES if races is None else races) if race.is_light or size == "full"]
    draws, failures, ready = generator(seed, STREAM), [], dict[str, Path]()
    with plain():
        for pair in range(PAIRS[size]):
            race = wanted[pair % len(wanted)]
            if race.name not in ready:
                ready[race.name] = folder / f"ready-{len(ready)}"
                ready[race.name].mkdir()
                race.prepare(ready[race.name])
            place = folder / f"pair-{pair}"
            shutil.copytree(ready[race.name], place)
            problem = raced(race, place, draws)
            failures += [f"{race.name}: {problem}"] if problem else []
            shutil.rmtree(place)
    return Outcome(PAIRS[size], tuple(failures), f"{PAIRS[size] - len(failures)} of {PAIRS[size]} pairs left nothing corrupt")


def raced(race: Race, folder: Path, draws: np.random.Generator) -> str:
    """Let both begin at once; "" or what was wrong."""
    read, write = os.pipe()
    late = [float(second) for second in draws.random(2) * LATEST_S]
    both = [faults.start(begun(work, folder, s), gate=read) for work, s in zip((race.first, race.second), late, strict=True)]
    os.write(write, b"go")
    ends = [faults.finish(one) for one in both]
    os.close(read)
    os.close(write)
    for end in ends:
        if end.how not in (faults.DONE, faults.SAID) or (end.how == faults.SAID and not any(words in end.text for words in REFUSALS)):
            return f"ended with {end.text!r}"
    done = sum(end.how == faults.DONE for end in ends)
    if done not in race.winners:
        return f"{done} of two ended well ({'; '.join(end.text for end in ends if end.text)})"
    left = snapshot(folder)[1]
    if left:
        return f"left {left[0]}"
    try:
        race.check(folder)
    except Exception as error:  # of whatever kind, it is the finding
        return f"left what is not whole ({type(error).__name__}: {error})"
    return ""


def begun(work: Work, folder: Path, late_s: float) -> Callable[[], None]:
    """The work, a little later."""
    def wait() -> None:
        time.sleep(late_s)
        work(folder)
    return wait


class Broken(Exception):
    """What is there is not what was to be written."""


def _hold(is_so: bool, problem: str) -> None:
    if not is_so:
        raise Broken(problem)


def _run(folder: Path) -> None:
    session.perform(one_run(), folder / "out")


def _is_run(folder: Path) -> None:
    """All files of a run, and none of anything else."""
    names = {path.name for path in (folder / "out").iterdir()}
    wanted = {"experiment.toml", "run.json", "curves.csv", "curves.png", "chip.png", "mapping.json", "ledger.json", "seed-1"}
    _hold(names == wanted, f"holds {sorted(names ^ wanted)}")
    _hold(json.loads((folder / "out" / "run.json").read_text())["status"] == "complete", "run.json is not complete")
    checkpoint.load(folder / "out" / "seed-1" / "checkpoint.h5")


def _stopped(folder: Path) -> None:
    """A run that was stopped once something of it was kept, and the same one whole."""
    wanted = one_run(epochs=3, checkpoint_s=1e-9)
    session.perform(wanted, folder / "whole")

    def stop(phase: str, state: Any) -> None:
        if any((folder / "out" / STANDING).glob(f"*/{keeping.STATE}")):
            raise KeyboardInterrupt

    with suppress(KeyboardInterrupt):
        session.perform(wanted, folder / "out", watch=stop)
    _hold((folder / "out" / STANDING).is_dir(), "was not stopped")


def _go_on(folder: Path) -> None:
    session.resume(folder / "out")


def _is_whole_run(folder: Path) -> None:
    _is_run(folder)
    _hold(difference(folder / "out", folder / "whole") == "", "is another run than one that was not stopped")


def _compare(folder: Path) -> None:
    study.compare(tiny(), FILE, folder / "out")


def _compared_beside(folder: Path) -> None:
    """What one process makes alone."""
    study.compare(tiny(), FILE, folder / "whole")


def _compared_before(folder: Path) -> None:
    """The same, and in the place itself one that was stopped after its first run."""
    _compared_beside(folder)
    shutil.copytree(folder / "whole", folder / "out")
    for run in sorted(store.finished(folder / "out"))[1:]:
        shutil.rmtree(store.place(folder / "out", run))


def _whole(folder: Path) -> Snapshot:
    """Bytes of a comparison, but for files that tell the time, and where it began."""
    return {name: content for name, content in snapshot(folder)[0].items() if name not in (*TIMES, store.RECIPE)}


def _is_comparison(folder: Path) -> None:
    _hold(_whole(folder / "out") == _whole(folder / "whole"), "is another comparison than one process makes alone")


def _is_run_or_comparison(folder: Path) -> None:
    (_is_comparison if store.is_comparison(folder / "out") else _is_run)(folder)


def _resume(folder: Path) -> None:
    study.resume(folder / "out")


def _chips(folder: Path) -> None:
    chips.compare(one_run(), ["ideal", "fixed8"], folder / "out")


def _is_chips(folder: Path) -> None:
    chips.compare(one_run(), ["ideal", "fixed8"], folder / "again")
    cases = [snapshot(folder / name / "cases")[0] for name in ("out", "again")]
    _hold(cases[0] == cases[1] and len(cases[0]) == 2, "holds other cases than one process makes alone")


def _trained(folder: Path) -> None:
    session.perform(one_run(), folder / "run")


def _export(folder: Path) -> None:
    export_network(of_run(folder / "run"), "npz", folder / "out")


def _is_export(folder: Path) -> None:
    found = sorted(path.name for path in (folder / "out").iterdir())
    _hold(found == ["manifest.json", "network.npz"], f"holds {found}")


def _is_run_or_export(folder: Path) -> None:
    (_is_export if (folder / "out" / "manifest.json").exists() else _is_run)(folder)


def _fitted(version: str) -> Work:
    return lambda folder: writing.write_new(folder / "ours.toml", version * 3000)


def _is_one_of(name: str, *contents: str) -> Work:
    return lambda folder: _hold((folder / name).read_text() in [text * 3000 for text in contents], f"{name} is a mixture")


def _saved(version: int) -> Work:
    return lambda folder: checkpoint.save(folder / "checkpoint.h5", {"a": np.arange(1000.0 * version)}, {"version": version})


def _is_saved(folder: Path) -> None:
    arrays, facts = checkpoint.load(folder / "checkpoint.h5")
    _hold(len(arrays["a"]) == 1000 * int(facts["version"]), "arrays of one and facts of the other")


def _written(version: str) -> Work:
    return lambda folder: writing.write_text(folder / "run.json", version * 3000)


def _passing(folder: Path) -> None:
    """A run that is refused after it has claimed its folder."""
    release(write_folder(folder / "runs" / "deep" / "one", {"ours": "x"}))


def _staying(folder: Path) -> None:
    write_folder(folder / "runs" / "deep" / "two", {"a": "x", "b": "y"})


def _is_staying(folder: Path) -> None:
    _hold(sorted(snapshot(folder / "runs")[0]) == ["deep/", "deep/two/", "deep/two/a", "deep/two/b"], "is not what stays")


def _made(folder: Path) -> None:
    write_folder(folder / "deep" / "out", {"a": "x", "b": "y"})


def _is_made(folder: Path) -> None:
    _hold(sorted(snapshot(folder / "deep")[0]) == ["out/", "out/a", "out/b"], "is not what one of them made")


def _page(folder: Path) -> None:
    write_report(folder / "whole", folder / "report.html")


def _is_page(folder: Path) -> None:
    before = (folder / "report.html").read_bytes()
    _page(folder)
    _hold((folder / "report.html").read_bytes() == before, "the page is another than one process makes alone")


RACES = (
    Race("two runs under one new parent", _passing, _staying, (2,), _is_staying, is_light=True),
    Race("two exports in one place", _made, _made, (1,), _is_made, is_light=True),
    Race("two fits to one file", _fitted("a"), _fitted("b"), (1,), _is_one_of("ours.toml", "a", "b"), is_light=True),
    Race("two checkpoints", _saved(1), _saved(2), (2,), _is_saved, is_light=True),
    Race("two texts", _written("a"), _written("b"), (2,), _is_one_of("run.json", "a", "b"), is_light=True),
    Race("run and run", _run, _run, (1,), _is_run),
    Race("resume and resume of a run", _go_on, _go_on, (1,), _is_whole_run, _stopped),
    Race("compare and compare", _compare, _compare, (1, 2), _is_comparison, _compared_beside),
    Race("run and compare", _run, _compare, (1,), _is_run_or_comparison, _compared_beside),
    Race("resume and resume", _resume, _resume, (1, 2), _is_comparison, _compared_before),
    Race("resume and compare", _resume, _compare, (1, 2), _is_comparison, _compared_before),
    Race("chips and chips", _chips, _chips, (2,), _is_chips),
    Race("chips and run", _chips, _run, (1,), lambda folder: _is_chips(folder) if (folder / "out" / "cases").exists() else _is_run(folder)),
    Race("export and export", _export, _export, (1,), _is_export, _trained),
    Race("run and export", _run, _export, (1,), _is_run_or_export, _trained),
    Race("report and report", _page, _page, (2,), _is_page, _compared_beside))
