"""From the fields of a profile to the numbers of a read path."""
from __future__ import annotations

import pytest

from neurosim.circuits.read_path import ReadPath
from neurosim.errors import InputError
from neurosim.io_path import ONE_ARRAY, RECORDED, read_path_of
from neurosim.profile import SECTIONS, Profile, load
from neurosim.sections import IoSection


def profile(**io):
    return Profile(
        chip={"id": "test", "name": "Test", "kind": "ideal"}, weights={"format": "float"}, io=io, sources=dict.fromkeys(SECTIONS, "a test"))


def test_what_is_unknown_is_off():
    assert read_path_of(load("ideal")) == ReadPath()


def test_the_shipped_crossbar_has_its_numbers():
    assert read_path_of(load("reram-es")) == ReadPath(dac_range=1.0, dac_top=63.0, adc_range=20.0, adc_top=255.0, out_noise=0.1)


def test_every_field_of_io_has_its_place_in_a_read_path_or_is_a_record():
    fields = {name.replace("_bits", "_top") for name in IoSection.model_fields if name not in RECORDED}
    assert fields == set(ReadPath._fields) - {"read_noise_rel", "read_noise_abs"}


def test_what_is_only_a_record_is_no_part_of_a_read():
    given = profile(spike_payload_bits=0, adc_noise_lsb=1.0, adc_share_cols=8, input_events_per_step_max=15, out_noise=0.1)
    assert read_path_of(given) == ReadPath(out_noise=0.1)


@pytest.mark.parametrize("field", ONE_ARRAY)
def test_an_effect_of_one_array_is_refused_for_several(field):
    beside = {"ir_drop": {"ir_drop_g_ratio": 1e5}, "out_nonlinearity": {}}.get(field, {"v_offset_w_min": -1.0})
    given = profile(**{field: 0.5}, **beside)
    assert getattr(read_path_of(given), field) == 0.5
    with pytest.raises(InputError, match=f"io.{field} = 0.5; is simulated for a matrix on one array only, this one needs 2"):
        read_path_of(given, 2)
