"""Backpropagation through time in PyTorch: `nn.RNN` with tanh, a linear readout, mean squared error, plain SGD; one thread.

Usage: run_torch.py HIDDEN BATCH STEPS        answers a line of JSON when it is ready, and one for every line that it reads: CPU seconds of
one forward pass, backward pass and update over a sequence of STEPS steps.
"""
import json
import sys
import time

import torch


def main():
    """Answer commands until the input ends."""
    hidden, batch, steps = map(int, sys.argv[1:4])
    torch.set_num_threads(1)
    torch.manual_seed(1)
    rnn, readout = torch.nn.RNN(1, hidden), torch.nn.Linear(hidden, 1)
    rule = torch.optim.SGD([*rnn.parameters(), *readout.parameters()], lr=1e-4)
    x, target = (0.3 * torch.randn(steps, batch, 1) for _ in range(2))

    def learn():
        rule.zero_grad(set_to_none=True)
        loss = ((readout(rnn(x)[0]) - target) ** 2).mean()
        loss.backward()
        rule.step()

    learn()
    print(json.dumps({"ready": True, "version": torch.__version__}), flush=True)
    for _ in sys.stdin:
        start = time.process_time()
        learn()
        print(json.dumps({"seconds": time.process_time() - start}), flush=True)


if __name__ == "__main__":
    main()
