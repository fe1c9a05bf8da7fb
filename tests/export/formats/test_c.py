"""What the C header holds."""
from __future__ import annotations

import re

import numpy as np
from export.int8_cases import made, network

from neurosim.export.formats.c import files_of, literal


def array(text, name):
    """The numbers of a declaration."""
    body = re.search(rf"nsim_{name}(?:\[\d+\])+ = {{(.*?)}};", text, re.S).group(1)
    return np.array([int(word) for word in re.findall(r"-?\d+", body)])


def test_the_header_holds_the_integers_row_by_row():
    spec, text = network().spec, files_of(network())["neurosim_net.h"]
    for name, wanted in (("w_in", spec.weights_in), ("w_rec", spec.weights_rec), ("w_out", spec.weights_out), ("bias", spec.bias),
                         ("table", spec.table)):
        assert (array(text, name) == wanted.ravel()).all(), name
    assert "#define NSIM_NI 6 " in text and "#define NSIM_NH 20 " in text and "#define NSIM_NO 5 " in text
    assert f"#define NSIM_Q_OUT {spec.q_readout + spec.q_state} " in text


def test_the_header_needs_no_library_no_floats_and_no_shift_of_what_may_be_negative():
    text = re.sub(r"/\*.*?\*/", "", files_of(network())["neurosim_net.h"], flags=re.S)
    assert re.findall(r"#include (.*)", text) == ["<stdint.h>"]
    assert not re.search(r"\bfloat\b|\bdouble\b|>>|malloc", text)
    assert text.count("<<") == text.count("(int32_t)1 <<") == 3


def test_a_line_is_never_too_long_and_the_smallest_number_is_written_as_a_sum():
    assert max(len(line) for line in files_of(made(70, 90, 3))["neurosim_net.h"].splitlines()) <= 140
    assert (literal(-2**31), literal(-2**31 + 1), literal(5)) == ("(-2147483647 - 1)", "-2147483647", "5")
