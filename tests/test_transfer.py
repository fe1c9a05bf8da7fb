"""Trained weights on other chips: the very devices, other instances, other profiles, and after a rest."""
from __future__ import annotations

import math

import numpy as np
import pytest
from small_chips import profile_of
from small_learning import DEVICE, HIDDEN, conductances, learned

from neurosim.chip import Trained, anew, compile_chip
from neurosim.errors import InputError
from neurosim.network import Network
from neurosim.neurons.settings import Membrane
from neurosim.rules import Decorrelation
from neurosim.transfer import placed, transfer
from neurosim.waiting import wait

DRIFT = {"step_s": 1.0, "drift_nu": 0.1, "drift_t0_s": 2.0}
LEAK = {"step_s": 1.0, "leak_lifetime_s": 100.0}


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    """Tiny networks run faster than they compile."""
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


def scores(row):
    return {name: value for name, value in row.items() if name not in ("profile", "chip", "age_s", "clipped", "note")}


def bytes_of(chip):
    return {name: array.tobytes() for name, array in chip.state().items()}


# ---- the very devices, and copies of them -------------------------------------------------------------------------------
@pytest.mark.parametrize("carries_state", [False, True])
@pytest.mark.parametrize(("profile", "readout"), [("ideal", "chip"), ("fixed8", "chip"), ("reram-sb", "digital"), ("pcm", "chip")])
def test_the_trained_chip_itself_scores_what_the_run_did_and_stays_as_it_is(profile, readout, carries_state):
    case, chip, run = learned(profile, readout=readout, carries_state=carries_state)
    before = bytes_of(chip)
    rows = transfer(case, chip, run, (1, 2), (0.0, 1e6))
    assert scores(rows[0]) == run.scores and rows[0]["profile"] == profile
    assert [(row["chip"], row["age_s"]) for row in rows] == [(1, 0.0), (1, 1e6), (2, 0.0), (2, 1e6)]
    assert bytes_of(chip) == before and scores(transfer(case, chip, run, (1,))[0]) == run.scores


@pytest.mark.parametrize("settings", [
    {}, {"connectivity": "sparse", "density": 0.5}, {"delay_steps": (0, 2)}, {"decorrelation": Decorrelation(rate=0.1, inputs=True)},
    {"bias": True, "neuron": "leaky", "tau_steps": 2.0}], ids=lambda settings: next(iter(settings), "dense"))
def test_ideal_chips_are_all_the_same(settings):
    """Connectivity and delays are those of the network that was trained; decorrelating weights travel with it."""
    case, chip, run = learned("ideal", **settings)
    assert len(chip.mapping["projections"]) == (5 if "decorrelation" in settings else 3)
    for row in transfer(case, chip, run, (1, 7, 8), profiles=("ideal",)):
        assert scores(row) == run.scores


def test_whole_numbers_are_copied_onto_another_digital_chip():
    case, chip, run = learned("fixed8")
    other = placed(chip, chip.profile, 9)
    for name in ("inputs", "recurrent", "readout"):
        assert (other.arrays[name].conductance == chip.arrays[name].conductance).all()
    assert scores(transfer(case, chip, run, (9,))[0]) == run.scores


def test_a_digital_readout_is_copied_exactly():
    case, chip, _ = learned("reram-sb", readout="digital")
    other = placed(chip, chip.profile, 2)
    assert not other.arrays["readout"].on_chip
    assert (other.weights()["readout"] == chip.weights()["readout"]).all()
    assert (other.weights()["recurrent"] != chip.weights()["recurrent"]).all()


def test_the_same_serial_number_written_anew_is_the_same_devices():
    """Without noise of writing nothing but the pulses that were counted tells them apart."""
    case, chip, _ = learned(conductances(w_max_dtod=0.3, w_min_dtod=0.3, stuck_prob=0.2, stuck_range=0.1))
    other = placed(chip, chip.profile, 1)
    for name in ("inputs", "recurrent", "readout"):
        assert other.arrays[name].stuck == chip.arrays[name].stuck and other.arrays[name].scale == chip.arrays[name].scale
        np.testing.assert_allclose(other.arrays[name].conductance, chip.arrays[name].conductance, rtol=1e-6)


def test_what_another_chip_cannot_hold_is_clipped_and_counted():
    case, chip, run = learned(conductances())
    chip.arrays["recurrent"].conductance[0, :3] = 5.0
    assert transfer(case, chip, run, (2,))[0]["clipped"] == 3


def test_wires_take_their_share_once():
    """What travels is what the devices hold: the wires of the other chip are its own."""
    wires = {"wire_row_Ohm": 200.0, "wire_col_Ohm": 200.0, "driver_Ohm": 200.0, "sense_Ohm": 200.0}
    case, chip, run = learned(profile_of(
        weights={"format": "conductance"}, device={**DEVICE, "g_max_S": 1e-4}, topology=wires))
    assert (np.abs(chip.weights()["recurrent"]) < np.abs(chip.arrays["recurrent"].stored())).all()
    row, = transfer(case, chip, run, (2,))
    assert scores(row) == pytest.approx(run.scores, rel=1e-4)


# ---- what differs between chips ------------------------------------------------------------------------------------------
def test_mismatch_of_other_chips_hurts_the_more_the_larger_it_is():
    """Mean over 12 chips of a network that was trained without any."""
    case, chip, run = learned("ideal")
    means = []
    for spread in (0.0, 0.2, 0.8):
        other = profile_of(noise={"gain_cv": spread, "offset_std": spread})
        rows = transfer(case, chip, run, range(12), profiles=(other,))
        outputs = [run.retest(placed(chip, other, row["chip"]))[1] for row in rows[12:]]
        means.append(np.mean([np.square(one - run.outputs).mean() for one in outputs]))
    assert means[0] == 0 and 0 < 4 * means[1] < means[2]


def test_other_instances_differ_from_each_other_and_each_is_itself_again():
    case, chip, run = learned("reram-sb")
    rows = transfer(case, chip, run, (1, 2, 3, 2))
    assert scores(rows[1]) == scores(rows[3]) and scores(rows[1]) != scores(rows[2])


def test_another_instance_draws_everything_from_its_own_number():
    network = Network(inputs=2, hidden=HIDDEN, outputs=1, connectivity="sparse", density=0.5)
    first = compile_chip("reram-sb", network, 1)
    other, made = compile_chip("reram-sb", network, 1, instance=2), compile_chip("reram-sb", network, 2)
    assert (other.weights()["recurrent"] != 0).tolist() == (first.weights()["recurrent"] != 0).tolist()
    assert other.device_seed == made.device_seed == 2 and first.device_seed == 1
    ours, theirs = (chip.arrays["inputs"].device.inner.inner.lower / chip.arrays["inputs"].scale for chip in (other, made))
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)
    assert {name: array.tobytes() for name, array in anew(other).state().items()} == bytes_of(other)


# ---- time ------------------------------------------------------------------------------------------------------------------
def test_a_rest_fades_what_was_learned_and_what_was_copied():
    case, chip, run = learned(conductances(DRIFT), readout="digital")
    rows = transfer(case, chip, run, (1, 2), (0.0, 10.0, 1000.0))
    for old in (rows[:3], rows[3:]):
        assert len({row["largest"] for row in old}) == 3 and all("note" not in row for row in old)


def test_devices_that_learned_wait_from_the_end_of_the_training_on():
    """Pulses restart the drift of a device; whatever its last one was, it has waited for so much longer."""
    case, chip, run = learned(conductances(DRIFT))
    kept, now = {name: array.copy() for name, array in chip.state().items()}, float(chip.clock_s[0])
    wait(chip, 50.0, 1)
    drift = chip.arrays["recurrent"].device.inner
    expected = ((now + 50 - drift.programmed_s[:HIDDEN, :HIDDEN] + 2) / 2) ** -0.1
    np.testing.assert_allclose(drift.remaining[:HIDDEN, :HIDDEN], expected, rtol=1e-5)
    chip.restore(kept)
    assert transfer(case, chip, run, (1,), (50.0,))[0]["largest"] != run.scores["largest"] and float(chip.clock_s[0]) == now


def test_ages_are_counted_from_the_same_moment_whatever_their_order():
    case, chip, run = learned(conductances({**LEAK, "diffusion_per_sqrt_s": 0.01}))
    up, down = (transfer(case, chip, run, (1, 2), ages) for ages in ((0.0, 10.0, 100.0), (100.0, 10.0, 0.0)))
    assert up == [down[k] for k in (2, 1, 0, 5, 4, 3)]


@pytest.mark.parametrize("profile", ["ideal", "reram-sb"])
def test_a_chip_that_knows_nothing_of_time_says_so_and_scores_the_same(profile):
    case, chip, run = learned(profile)
    young, old = transfer(case, chip, run, (1,), (0.0, 86400.0))
    assert scores(old) == scores(young) and "note" not in young
    assert old["note"] == f"nothing is known of what time does to the weights of {profile}.toml"


# ---- spiking networks, and what is refused ---------------------------------------------------------------------------------
def spiking(profile, **settings):
    return learned(profile, readout="digital", neuron="spiking", membrane=Membrane(reset="zero", threshold=0.2), **settings)


@pytest.mark.parametrize("profile", ["ideal", "loihi1"])
def test_spiking_networks_travel_with_their_neurons(profile):
    case, chip, run = spiking(profile)
    rows = transfer(case, chip, run, (1, 2), profiles=("loihi1", "ideal"))
    assert scores(rows[0]) == scores(rows[1]) == run.scores
    same = rows[2] if profile == "loihi1" else rows[4]
    assert scores(same) == run.scores and all(np.isfinite(row["test_mse"]) for row in rows)


def test_a_network_that_does_not_fit_there_is_refused_in_a_row():
    case, chip, run = spiking("ideal")
    row = transfer(case, chip, run, (1,), profiles=("xylo-audio",))[1]
    assert "reset = 'zero'; must be 'subtract'" in row["refused"] and "test_mse" not in row


def test_a_state_that_other_neurons_cannot_hold_is_refused_in_a_row():
    case, chip, run = spiking("ideal", carries_state=True)
    row = transfer(case, chip, run, (1,), profiles=("loihi1",))[1]
    assert row["refused"].startswith("loihi1.toml: has neurons that keep other numbers than those of the training")


def test_a_test_that_diverges_has_no_score_and_a_note():
    case, chip, run = learned(conductances(), readout="digital")
    chip.arrays["readout"].conductance[0, :HIDDEN] = np.inf
    with np.errstate(invalid="ignore"):
        row, = transfer(case, chip, run, (2,))
    assert math.isnan(row["test_mse"]) and "is not finite" in row["note"]


@pytest.mark.parametrize(("given", "message"), [
    ({"instances": (1, -1)}, "instances\\[1\\] = -1; must be at least 0"),
    ({"ages_s": (-1.0,)}, "ages_s\\[0\\] = -1; must be at least 0 s"),
    ({"ages_s": (math.inf,)}, "ages_s\\[0\\] = inf"), ({"profiles": ("idea",)}, "did you mean ideal")])
def test_wrong_input_is_refused(given, message):
    case, chip, run = learned("ideal")
    with pytest.raises(InputError, match=message):
        transfer(case, chip, run, **{"instances": (1,), **given})


def test_matrices_that_do_not_fit_are_refused():
    network, drawn = Network(inputs=2, hidden=HIDDEN, outputs=1), np.zeros((HIDDEN, 2))
    with pytest.raises(InputError, match="matrices.recurrent: is missing; must be 5 x 5"):
        compile_chip("ideal", network, trained=Trained({"inputs": drawn}))
    with pytest.raises(InputError, match="matrices.inputs: has the shape \\(2, 5\\); must be 5 x 2"):
        compile_chip("ideal", network, trained=Trained({"inputs": drawn.T}))
    with pytest.raises(InputError, match="instance = -1; must be at least 0"):
        compile_chip("ideal", network, instance=-1)
