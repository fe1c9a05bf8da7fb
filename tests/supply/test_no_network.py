"""Nothing leaves the machine: neither the suite nor what it starts."""
from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from neurosim.selftest import network, no_network
from neurosim.selftest.no_network import sitecustomize
from neurosim.selftest.no_network.sitecustomize import LOG, leaves


@pytest.fixture
def sockets():
    with socket.socket() as four, socket.socket(socket.AF_INET6) as six, socket.socket(socket.AF_UNIX) as local:
        yield {"4": four, "6": six, "unix": local}


@pytest.mark.parametrize("kind, address", [
    ("4", ("127.0.0.1", 80)), ("4", ("127.255.3.4", 80)), ("4", ("localhost", 80)), ("4", ("", 80)), ("6", ("::1", 80, 0, 0)),
    ("unix", "/run/x"), ("unix", b"\0x")])
def test_this_machine_may_be_reached(sockets, kind, address):
    assert leaves("socket.connect", (sockets[kind], address)) is None


@pytest.mark.parametrize("kind, address", [
    ("4", ("8.8.8.8", 80)), ("4", ("10.0.0.1", 80)), ("4", ("0.0.0.0", 80)), ("4", ("128.0.0.1", 80)), ("4", ("127.example.org", 80)),
    ("4", ("127.0.0.1.example.org", 80)), ("4", ("example.org", 80)), ("6", ("fe80::1", 80, 0, 0)), ("6", ("::", 80, 0, 0)),
    ("6", ("::ffff:8.8.8.8", 80, 0, 0))])
@pytest.mark.parametrize("event", sitecustomize.OUT)
def test_another_may_not(sockets, event, kind, address):
    assert repr(address[0]) in leaves(event, (sockets[kind], address))


@pytest.mark.parametrize("name, is_free", [
    (None, True), ("localhost", True), (b"127.0.0.1", True), ("::1", True), ("0.0.0.0", True), (socket.gethostname(), True),
    ("example.org", False), (b"8.8.8.8", False),
    ("127.1.x", False)])
@pytest.mark.parametrize("event", sitecustomize.NAMES)
def test_only_this_machine_is_looked_up(event, name, is_free):
    assert (leaves(event, (name, 80)) is None) is is_free


def test_the_suite_itself_is_held_to_it():
    assert sitecustomize._installed and os.environ[LOG]
    assert os.environ["PYTHONPATH"].split(os.pathsep)[0] in no_network.__path__


CHILD = """
import subprocess, sys, socket
print(type(sys.modules["sitecustomize"]).__name__)
for family, address in ((socket.AF_INET, ("192.0.2.1", 80)), (socket.AF_INET6, ("2001:db8::1", 80))):
    try:
        socket.socket(family, socket.SOCK_DGRAM).connect(address)
    except ConnectionRefusedError as error:
        print(error)
if len(sys.argv) == 1:
    subprocess.run([sys.executable, __file__, "grandchild"])
"""


def test_children_and_their_children_are_held_to_it_and_counted(tmp_path):
    (tmp_path / "child.py").write_text(CHILD)
    environment = {**os.environ, LOG: str(tmp_path / "log")}
    done = subprocess.run([sys.executable, tmp_path / "child.py"], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.count("nothing here may leave the machine") == 4
    said = (tmp_path / "log").read_text().splitlines()
    assert len(said) == 4 and len({line.split()[0] for line in said}) == 2 and "socket.connect ('192.0.2.1', 80)" in said[0]


def test_the_promise_is_kept(tmp_path):
    outcome = network.check("short", 1, tmp_path)
    assert (outcome.failures, outcome.checked) == ((), 3)


def test_a_command_that_asks_the_network_is_found(tmp_path, monkeypatch):
    program = "import socket\ntry: socket.getaddrinfo('example.org', 80)\nexcept OSError: pass"
    monkeypatch.setattr(network, "PROGRAM", program)
    (found,) = network.check("short", 1, tmp_path).failures
    assert "socket.getaddrinfo 'example.org'" in found


def test_a_guard_that_guards_nothing_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(network, "PROGRAM", "")
    monkeypatch.setattr(network, "REACH", "")
    assert "was not counted" in network.check("short", 1, tmp_path).failures[0]
