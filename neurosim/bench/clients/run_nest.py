"""CUBA and Brunel's network, as bench/networks.py describes them, in NEST; one thread, spikes recorded.

Usage: run_nest.py cuba|brunel NEURONS SECONDS        answers a line of JSON when it is ready, and one for every line that it reads: CPU
seconds of SECONDS of simulation, which goes on with the same network, and the mean rate in it.
"""
import json
import sys
import time

import nest

STEP_MS = 0.1


def cuba(n):
    """Neurons of Vogels & Abbott's current-based network; weights in mV / tau are currents for a capacity of 20."""
    neurons = nest.Create("iaf_psc_exp", n, params={
        "C_m": 20.0, "tau_m": 20.0, "E_L": -49.0, "V_reset": -60.0, "V_th": -50.0, "t_ref": 5.0, "tau_syn_ex": 5.0, "tau_syn_in": 10.0,
        "I_e": 0.0})
    neurons.V_m = nest.random.uniform(-60.0, -50.0)
    chance = {"rule": "pairwise_bernoulli", "p": 0.02}
    nest.Connect(neurons[:4 * n // 5], neurons, chance, {"weight": 60 * 0.27 / 10, "delay": STEP_MS})
    nest.Connect(neurons[4 * n // 5:], neurons, chance, {"weight": -20 * 4.5 / 10, "delay": STEP_MS})
    return neurons


def brunel(n):
    """Brunel's network: g = 5, twice the threshold rate from outside, 10 % of all pairs; one weight per population, as NEST can."""
    excitatory = 800 * n // 10_000
    jump = 0.1 * 800 / excitatory
    neurons = nest.Create("iaf_psc_delta", n, params={
        "C_m": 1.0, "tau_m": 20.0, "E_L": 0.0, "V_reset": 10.0, "V_th": 20.0, "t_ref": 2.0, "I_e": 0.0})
    neurons.V_m = nest.random.uniform(0.0, 20.0)
    nest.CopyModel("static_synapse_hom_w", "above", {"weight": jump, "delay": 1.5})
    nest.CopyModel("static_synapse_hom_w", "below", {"weight": -5 * jump, "delay": 1.5})
    rate_Hz = 2 * 20.0 / (jump * excitatory * 20e-3) * excitatory
    nest.Connect(nest.Create("poisson_generator", params={"rate": rate_Hz}), neurons, syn_spec="above")
    chance = {"rule": "pairwise_bernoulli", "p": 0.1}
    nest.Connect(neurons[:4 * n // 5], neurons, chance, {"synapse_model": "above"})
    nest.Connect(neurons[4 * n // 5:], neurons, chance, {"synapse_model": "below"})
    return neurons


def main():
    """Answer commands until the input ends."""
    model, n, duration_s = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    nest.verbosity = nest.VerbosityLevel.ERROR if hasattr(nest, "VerbosityLevel") else 30
    nest.ResetKernel()
    nest.local_num_threads = 1
    nest.resolution = STEP_MS
    neurons = {"cuba": cuba, "brunel": brunel}[model](n)
    recorder = nest.Create("spike_recorder")
    nest.Connect(neurons, recorder)
    nest.Simulate(10.0)
    print(json.dumps({"ready": True, "version": nest.__version__}), flush=True)
    for _ in sys.stdin:
        recorder.n_events = 0
        start = time.process_time()
        nest.Simulate(1000 * duration_s)
        seconds = time.process_time() - start
        print(json.dumps({"seconds": seconds, "rate_Hz": recorder.n_events / (n * duration_s)}), flush=True)


if __name__ == "__main__":
    main()
