"""Workers of this machine: one process each, kept at their number whatever kills them."""
from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from types import TracebackType
from typing import IO, NamedTuple

from ..errors import NeurosimError
from ..stopping import children

DEATHS = 16        # per worker, in a row, with no job done between them, before it is not the jobs' fault: more than `crew.ATTEMPTS`
ORPHANED_S = 30    # after which a worker without a scheduler ends
STOP_S = 5.0
OPTIONS = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1", "--memory-limit", "0")


class Worker(NamedTuple):
    """A process, and what it says on stderr."""

    process: subprocess.Popen[bytes]
    said: IO[bytes]


class Workers:
    """So many processes that work for a scheduler.

    Parameters
    ----------
    scheduler : its address
    count : how many

    Notes
    -----
    Dask's own keeper of a worker (its nanny) gives up on one that dies while it starts; here the dead are counted at every look.
    """

    def __init__(self, scheduler: str, count: int) -> None:
        self.scheduler, self.deaths = scheduler, 0
        self.workers = [self._started() for _ in range(count)]

    def _started(self) -> Worker:
        path = os.pathsep.join(filter(None, sys.path))
        environment = {**os.environ, "PYTHONPATH": path, "DASK_DISTRIBUTED__ADMIN__TICK__LIMIT": "1h"}
        said = tempfile.TemporaryFile()
        place = ("--local-directory", tempfile.gettempdir(), "--death-timeout", f"{ORPHANED_S}s")
        command = [sys.executable, "-m", "distributed.cli.dask_worker", self.scheduler, *OPTIONS, *place]
        process = subprocess.Popen(  # in a session of its own: Ctrl-C is for the command, which ends its workers
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said, start_new_session=True)
        children.add(process.pid)
        return Worker(process, said)

    def progressed(self) -> None:
        """A job is done: workers work."""
        self.deaths = 0

    def keep_up(self) -> None:
        """Start a new one for each that has died.

        Raises
        ------
        NeurosimError
            If they die again and again and nothing gets done, with the last that one of them said.
        """
        for k, worker in enumerate(self.workers):
            if worker.process.poll() is None:
                continue
            self.deaths += 1
            if self.deaths > DEATHS * len(self.workers):
                status = worker.process.returncode
                raise NeurosimError(f"workers end as soon as they start (exit status {status}): {last_line(worker.said)}")
            worker.said.close()
            children.discard(worker.process.pid)
            self.workers[k] = self._started()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        for worker in self.workers:
            worker.process.kill() if kind is KeyboardInterrupt else worker.process.terminate()  # a run that is not done is done again
        for worker in self.workers:
            try:
                worker.process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                worker.process.kill()
                worker.process.wait()
            children.discard(worker.process.pid)
            worker.said.close()


def last_line(said: IO[bytes]) -> str:
    """The last line that is not empty."""
    said.seek(0)
    lines = [line.strip() for line in said.read().decode(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "they said nothing"
