"""Lists of events from files."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.errors import InputError
from neurosim.tasks.events import Events, binned, rate_coded, read_events

GOOD = "t_s,address\n0.0,0\n0.001,3\n0.001,1\n0.0049,3\n"


def csv(tmp_path, text):
    path = tmp_path / "spikes.csv"
    path.write_text(text)
    return path


def npz(tmp_path, **arrays):
    path = tmp_path / "spikes.npz"
    np.savez(path, **arrays)
    return path


def test_events_are_read_from_both_forms(tmp_path):
    listed = read_events(csv(tmp_path, GOOD), 4, 0.005)
    packed = read_events(npz(tmp_path, t_s=listed.t_s, address=listed.address.astype(np.uint16)), 4, 0.005)
    for one, other in zip(listed, packed, strict=True):
        assert (one == other).all() and one.dtype == other.dtype
    assert listed.address.tolist() == [0, 3, 1, 3] and (listed.value == 1).all()
    graded = read_events(csv(tmp_path, "t_s,value,address\n0.0,-0.5,1\n"), 2, 1.0)
    assert graded.value.tolist() == [-0.5]


def test_events_of_a_step_add_up():
    events = Events(np.array([0.0, 0.001, 0.0015, 0.003 - 1e-15]), np.array([0, 1, 1, 0]), np.array([1.0, 1.0, 2.0, 4.0]))
    assert binned(events, 2, 1e-3, 4).tolist() == [[1, 0], [0, 3], [0, 0], [4, 0]]


@pytest.mark.parametrize(("text", "message"), [
    ("t_s,address\n0.002,1\n0.001,1\n", r"spikes.csv: line 3: is at t_s = 0.001, earlier than the event before it"),
    ("t_s,address\n-0.001,1\n", "line 2: is at t_s = -0.001; must not be negative"),
    ("t_s,address\n0.001,1\n0.005,1\n", "line 3: is at t_s = 0.005; must be below the 0.005 s that are shown"),
    ("t_s,address\n0.001,4\n", "line 2: has address = 4; must be a whole number from 0 to 3"),
    ("t_s,address\n0.001,-1\n", "has address = -1"), ("t_s,address\n0.001,1.5\n", "has address = 1.5"),
    ("t_s,address\n0.001\n", "line 2: has 1 fields; the header has 2"), ("t_s,address\n0.001,nan\n", "line 2 holds 'nan'"),
    ("t_s,adress\n0.001,1\n", "did you mean 'adress'"), ("t_s,address\n", "has a header and no rows"), ("", "is empty")])
def test_what_is_wrong_with_a_list_is_said_with_its_place(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        read_events(csv(tmp_path, text), 4, 0.005)


@pytest.mark.parametrize(("arrays", "message"), [
    ({"t_s": [0.002, 0.001], "address": [1, 1]}, "event 1: is at t_s = 0.001, earlier"),
    ({"t_s": [0.001], "address": [9]}, "event 0: has address = 9"), ({"t_s": [0.001]}, "has no array 'address'"),
    ({"t_s": [0.001], "address": [1], "spikes": [1]}, "'spikes.npy': is unknown"),
    ({"t_s": [0.001, 0.002], "address": [1]}, r"address: has shape \(1,\) of int64; must be 2 numbers in a row"),
    ({"t_s": [[0.001]], "address": [1]}, r"t_s: has shape \(1, 1\)"), ({"t_s": ["a"], "address": [1]}, "t_s: has type <U1"),
    ({"t_s": [0.001], "address": [True]}, r"address: has shape \(1,\) of bool"),
    ({"t_s": [[[0.001]]], "address": [1]}, "at most 2 dimensions"),
    ({"t_s": [np.nan], "address": [1]}, "t_s: holds nan at event 0"), ({"t_s": [], "address": []}, "holds no event")])
def test_what_is_wrong_with_arrays_is_said(tmp_path, arrays, message):
    with pytest.raises(InputError, match=message):
        read_events(npz(tmp_path, **arrays), 4, 0.005)


def test_objects_are_not_unpickled(tmp_path):
    path = npz(tmp_path, t_s=np.array([{}], dtype=object), address=np.array([1]))
    with pytest.raises(InputError, match="t_s: has type object"):
        read_events(path, 4, 0.005)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.95])
def test_a_truncated_file_is_refused(tmp_path, share):
    path = npz(tmp_path, t_s=np.linspace(0, 1, 100), address=np.arange(100))
    whole = path.read_bytes()
    path.write_bytes(whole[:int(share * len(whole))])
    with pytest.raises(InputError, match="spikes.npz: is not a complete .npz file"):
        read_events(path, 100, 2.0)


def test_a_file_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    path = npz(tmp_path, t_s=np.linspace(0, 1, 100), address=np.arange(100))
    monkeypatch.setattr("neurosim.untrusted.MAX_BYTES", 1000)
    with pytest.raises(InputError, match="at most 1000 are read"):
        read_events(path, 100, 2.0)


def test_no_such_file(tmp_path):
    for name in ("none.csv", "none.npz"):
        with pytest.raises(InputError, match="no such file"):
            read_events(tmp_path / name, 1, 1.0)


def test_rates_become_spikes():
    """10 000 steps, 5 standard errors."""
    spikes = rate_coded(np.array([0.0, 0.5, 1.0]), 10_000, 0.4, np.random.default_rng(1))
    assert np.abs(spikes.mean(axis=0) - [0, 0.2, 0.4]).max() < 5 * 0.5 / 100 and not spikes[:, 0].any()
    with pytest.raises(InputError, match="must be between 0 and 1"):
        rate_coded(np.array([1.5]), 10, 0.4, np.random.default_rng(1))
