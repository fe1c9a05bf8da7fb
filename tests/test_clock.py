"""The clock of a chip: when time passes, when devices age, and that cutting a run changes nothing."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from assemble import data, make, recording

from neurosim import loop
from neurosim.clock import Clock, Stopped, is_running, is_time_to_age, pause, present, tick
from neurosim.contract import age, is_ageing, program


class Watch(NamedTuple):
    """A device that keeps the times at which it ages, and the keys."""

    times: list
    keys: list


def _age(device, conductance, key, now_s):
    device.times.append(float(now_s))
    device.keys.append(key)


for slot_, filling in ((is_ageing, lambda part: True), (age, _age), (program, lambda d, r, c, g, dw, *draws: g + dw)):
    slot_.fillings[Watch] = filling  # not by `fill`, which would make this file part of the name of the compiled loop


def clock(step_s=0.5, rest_s=0.0, every=64):
    return Clock(np.zeros(1), np.float64(step_s), np.float64(rest_s), every)


def run(trials, steps, clock_, starts=None, cuts=None, **parts):
    """The recurrent device after a run of plain Python, cut into blocks of trials."""
    network, schedule, state = make(**parts)
    watch = Watch([], []) if parts.get("device", "ideal") == "ideal" else network.recurrent.device
    network = network._replace(clock=clock_, recurrent=network.recurrent._replace(device=watch))
    x, y, weight, given = data(trials, steps)
    starts = given if starts is None else np.array(starts, np.uint8)
    done = 0
    cuts = cuts or (0, trials)
    for a, b in zip(cuts[:-1], cuts[1:], strict=True):
        done += loop.run(
            network, schedule, recording(b - a, steps, 1, 5, 2, np.float32), state, x[a:b], y[a:b], weight[a:b], starts[a:b],
            np.zeros((b - a, 2), np.float32), 3, done, int(b == trials))
    return watch, network


def test_a_stopped_clock_stands_still():
    stopped = Stopped()
    tick(stopped)
    pause(stopped)
    assert not is_running(stopped) and not is_time_to_age(stopped, True, 0) and present(stopped) == 0


def test_steps_and_rests_take_their_time():
    running = clock(0.25, 10.0)
    tick(running)
    tick(running)
    pause(running)
    assert is_running(running) and present(running) == 10.5


def test_devices_age_at_the_start_of_a_trial_and_every_so_many_steps():
    running = clock(every=3)
    assert [now for now in range(8) if is_time_to_age(running, False, now)] == [0, 3, 6]
    assert is_time_to_age(running, True, 4)


def test_the_loop_hands_over_absolute_time_at_the_start_of_every_trial():
    watch, network = run(3, 4, clock(0.5, 100.0))
    assert watch.times == [0.0, 102.0, 204.0] and network.clock.now_s[0] == 206.0


def test_a_long_trial_ages_on_the_way():
    watch, _ = run(1, 7, clock(0.5, 100.0, every=3))
    assert watch.times == [0.0, 1.5, 3.0]


def test_no_rest_and_no_extra_moment_where_the_state_runs_on():
    watch, network = run(4, 4, clock(0.5, 100.0, every=6), starts=[1, 0, 2, 1])
    assert watch.times == [0.0, 3.0, 106.0] and network.clock.now_s[0] == 108.0


def test_every_moment_has_draws_of_its_own():
    watch, _ = run(3, 4, clock())
    assert len(set(watch.keys)) == 3 and {key.stream for key in watch.keys} == {9}


def test_without_a_clock_nothing_ages():
    watch, _ = run(2, 4, Stopped())
    assert watch.times == []


@pytest.mark.parametrize("update", ["step", "sequence"])
def test_cutting_a_run_into_blocks_changes_no_bit(update):
    results = []
    for cuts in ((0, 3), (0, 1, 3)):
        device, network = run(3, 2, clock(0.5, 100.0, every=3), cuts=cuts, device="drift", update=update)
        results.append([array.tobytes() for array in (network.recurrent.conductance, device.remaining, device.programmed_s)])
    assert results[0] == results[1] and (device.remaining != 1).any()


def test_a_stream_cut_anywhere_ages_at_the_same_moments():
    times = []
    for cuts in ((0, 20), (0, 5, 20), (0, 7, 9, 20)):
        network, schedule, state = make()
        watch = Watch([], [])
        network = network._replace(clock=clock(1.0, 50.0, every=8), recurrent=network.recurrent._replace(device=watch))
        x, y, weight, starts = data(1, 20)
        for a, b in zip(cuts[:-1], cuts[1:], strict=True):
            loop.run(
                network, schedule, recording(1, b - a, 1, 5, 2, np.float32), state, x[:, a:b].copy(), y[:, a:b].copy(),
                weight[:, a:b].copy(), starts if a == 0 else np.zeros(1, np.uint8), np.zeros((1, 2), np.float32), 3, a, int(b == 20))
        times.append(watch.times)
    assert times == [[0.0, 8.0, 16.0]] * 3
