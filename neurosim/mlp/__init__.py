"""A perceptron of two layers trained online on pulsed devices: the benchmark that synaptic devices are compared by."""
