"""Two signals, one end: at once where it is safe, soon wherever it is."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from neurosim import stopping
from neurosim.stopping import held, is_asked, stoppable


@pytest.mark.parametrize("how", stopping.SIGNALS)
def test_a_signal_is_an_interrupt_and_what_handled_it_before_does_so_again(how):
    before = signal.getsignal(how)
    with pytest.raises(KeyboardInterrupt), stoppable():
        os.kill(os.getpid(), how)
        time.sleep(5)
    assert signal.getsignal(how) is before and not is_asked()


def test_a_signal_waits_for_the_end_of_what_must_not_be_interrupted():
    done = []
    with pytest.raises(KeyboardInterrupt), stoppable():
        with held():
            with held():
                os.kill(os.getpid(), signal.SIGTERM)
                time.sleep(0.01)
                done.append(is_asked())
            done.append("still inside")
        done.append("never")
    assert done == [True, "still inside"]


def test_a_second_signal_does_not_interrupt_tidying_up():
    tidied = []
    with pytest.raises(KeyboardInterrupt), stoppable():
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        finally:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.01)
            tidied.append(True)
    assert tidied


def test_nothing_is_asked_without_a_signal():
    with stoppable(), held():
        assert not is_asked()


def test_other_signals_end_nothing():
    heard = []
    before = signal.signal(signal.SIGUSR1, lambda *given: heard.append(given))
    try:
        with stoppable():
            os.kill(os.getpid(), signal.SIGUSR1)
            time.sleep(0.01)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert heard


DEAF = """
import hashlib, subprocess, sys, time
from neurosim import stopping
with stopping.stoppable():
    stopping.note("what was reached is in out")
    child = subprocess.Popen(["sleep", "60"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stopping.children.add(child.pid)
    told = False
    while True:
        try:
            if not told:
                told = True
                print(child.pid, flush=True)
            if sys.argv[1] == "C":
                hashlib.pbkdf2_hmac("sha256", b"a", b"b", 2**30)  # minutes, in which no handler runs
            time.sleep(60)
        except KeyboardInterrupt:
            pass
"""


@pytest.mark.parametrize("where", ["C", "Python"])
def test_whoever_does_not_stop_is_ended_with_its_children(where):
    process = subprocess.Popen([sys.executable, "-c", DEAF, where], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    child = int(process.stdout.readline())
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 130 and stopping.LATEST_S <= time.monotonic() - began < 6  # other tests are at work
    assert told == "neurosim: interrupted; what was reached is in out\n"
    status = f"/proc/{child}/stat"
    assert not os.path.exists(status) or open(status).read().split()[2] == "Z"
