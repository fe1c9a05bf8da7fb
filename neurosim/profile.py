"""The profile: what a chip or a device is, every number with its source; schema in hardware_profiles/README.md."""
from __future__ import annotations

import hashlib
import math
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import model_validator

from .errors import InputError
from .io_agreement import wanted
from .quantity import Quantity, Section, Text, effects
from .sections import (
    ChipSection,
    DeviceSection,
    EnergySection,
    IoSection,
    NoiseSection,
    PlasticitySection,
    TopologySection,
    WeightsSection,
)
from .sentences import dotted, hint, nearest, shown, shown_key, validated

SCHEMA = 1
MAX_BYTES = 2**20
WHERE = "profile"  # of a message about no particular file

Found = tuple[str, Quantity, str]
"""Dotted field, number, source in words."""


class Effect(NamedTuple):
    """Something that a profile does to a network."""

    text: str
    numbers: str
    source: str


class Profile(Section):
    """A hardware profile; `load` makes it.

    Attributes
    ----------
    chip, topology, weights, device, io, noise, plasticity, energy : the sections
        `device` is None unless weights are conductances.
    sources : citation by key; the entry with the name of a section covers its numbers that name no source
    file : name for messages
    digest : SHA-256 of the file, in hexadecimal
    """

    chip: ChipSection
    topology: TopologySection = TopologySection()
    weights: WeightsSection
    device: DeviceSection | None = None
    io: IoSection = IoSection()
    noise: NoiseSection = NoiseSection()
    plasticity: PlasticitySection = PlasticitySection()
    energy: EnergySection = EnergySection()
    sources: dict[str, Text] = {}
    file: str = WHERE
    digest: str = ""

    @model_validator(mode="after")
    def _agree(self) -> Profile:
        for field, problem in disagreements(self):
            raise InputError(f"{self.file}: {field}", problem)
        return self

    def quantities(self) -> Iterator[Found]:
        """Every known number: its dotted field, itself, and its source in words."""
        for section in SECTIONS:
            for key, value in getattr(self, section) or ():
                if isinstance(value, Quantity):
                    yield f"{section}.{key}", value, self.sources.get(value.src or section, "")

    def unverified(self) -> list[Found]:
        """The numbers that are unverified or assumed: to be named wherever a result rests on them."""
        return [found for found in self.quantities() if found[1].is_unsure]


SECTIONS = tuple(name for name in Profile.model_fields if name not in ("sources", "file", "digest"))
TABLES = (*SECTIONS, "sources")
NEEDED = {"float": (), "fixed_point": ("bits", "range", "rounding"), "conductance": ()}
ALLOWED = {**NEEDED, "conductance": ("headroom",)}
EXPONENTIAL = tuple(name for name in DeviceSection.model_fields if name.startswith("exp_"))
MOVES = {
    "constant_step": "each moves a weight by the same step, between hard bounds",
    "soft_bounds": "the step of each shrinks linearly towards the bound that it moves to",
    "exp_step": "the step of each depends exponentially on the weight",
}


def load(profile: str | os.PathLike[str]) -> Profile:
    """Read a profile.

    Parameters
    ----------
    profile : name of a shipped one (`names`), or the path of a TOML file

    Raises
    ------
    InputError
        One sentence that names the file, the field, the value and what is allowed.
    """
    path = located(profile)
    file = shown_key(path.name)
    raw = read(path)
    tables = parsed(raw, file)
    if "schema" not in tables:
        raise InputError(f"{file}: schema", f"is missing; must be {SCHEMA}")
    schema = tables.pop("schema")
    if type(schema) is not int or schema != SCHEMA:
        raise InputError(f"{file}: schema", f"= {shown(schema)}; must be {SCHEMA}, the version that this program reads")
    for name, value in tables.items():
        if name not in TABLES:
            what = "is a table that" if isinstance(value, Mapping) else f"= {shown(value)}; this key"
            raise InputError(f"{file}: {dotted((name,))}", f"{what} does not exist{hint(name, TABLES)}")
    return validated(Profile, {**tables, "file": file, "digest": hashlib.sha256(raw).hexdigest()}, file)


def profiles_folder() -> Path:
    """Where the shipped profiles are: inside an installed package, beside it in a checkout."""
    package = Path(__file__).resolve().parent
    inside = package / "hardware_profiles"
    return inside if inside.is_dir() else package.parent / "hardware_profiles"


def names() -> list[str]:
    """Names of the shipped profiles."""
    return sorted(path.stem for path in profiles_folder().glob("*.toml"))


def located(profile: str | os.PathLike[str]) -> Path:
    """The file of a name or a path."""
    text = os.fspath(profile)
    if not isinstance(profile, str) or text.endswith(".toml") or "/" in text or os.sep in text:
        return Path(text)
    known = names()
    if text not in known:
        allowed = f"must be one of {', '.join(known)}, or the path of a .toml file"
        raise InputError(WHERE, f"= {shown(text)}; {allowed}{nearest(text, known)}")
    return profiles_folder() / f"{text}.toml"


def read(path: Path) -> bytes:
    """The bytes of a file that can be a profile."""
    place = shown_key(str(path))
    try:
        if not path.exists():
            raise InputError(place, f"no such file; shipped profiles are {', '.join(names())}")
        if not path.is_file():
            what = "a directory" if path.is_dir() else "not a regular file"
            raise InputError(place, f"is {what}; must be a TOML file")
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise InputError(place, f"cannot be read ({getattr(error, 'strerror', None) or error})") from error
    if len(raw) > MAX_BYTES:
        raise InputError(place, f"is larger than {MAX_BYTES // 2**20} MiB; that is no profile")
    return raw


def parsed(raw: bytes, file: str) -> dict[str, Any]:
    """The tables of a TOML file."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(file, f"is not UTF-8 text (byte {error.start}: {error.reason})") from error
    if not text.strip():
        raise InputError(file, f"is empty; needs schema = {SCHEMA} and the tables [chip], [weights] and [sources]")
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise InputError(file, "is not TOML that can be read (nested too deeply)") from error
    except ValueError as error:
        raise InputError(file, f"is not TOML ({error})") from error


def disagreements(profile: Profile) -> Iterator[tuple[str, str]]:
    """What is wrong between fields that are each in order: (field, problem)."""
    kind, device = profile.weights.format, profile.device
    why = f"weights.format = {shown(kind)}"
    for field in ("bits", "range", "rounding", "headroom"):
        yield from presence(profile.weights, "weights", field, field in NEEDED[kind], field in ALLOWED[kind], why)
    yield from presence(profile, "", "device", kind == "conductance", kind == "conductance", why)
    if device is not None:
        is_exponential = device.update_model == "exp_step"
        for field in EXPONENTIAL:
            why = f"device.update_model = {shown(device.update_model)}"
            yield from presence(device, "device", field, is_exponential, is_exponential, why)
        span = device.w_max.v - device.w_min.v
        if device.dw_min.v > span:
            yield "device.dw_min", f"= {device.dw_min.v:g}; must be at most w_max - w_min = {span:g}"
        if is_exponential and not max(central_shares(device)) > 0:
            yield "device.exp_A_up", "is so large, as exp_A_down is, that no pulse moves a weight of 0"
    for field, is_needed, is_allowed, why in wanted(profile.io):
        yield from presence(profile.io, "io", field, is_needed, is_allowed, why)
    for section in SECTIONS:
        yield from incomplete(getattr(profile, section), section)
    for field, quantity, source in profile.quantities():
        if not source and quantity.src is not None:
            near = hint(quantity.src, list(profile.sources))
            yield f"{field}.src", f"= {shown(quantity.src)}; must be a key of [sources]{near}"
        elif not source:
            section = field.partition(".")[0]
            yield field, f"= {quantity.v:g}; has no source: [sources] needs {section}, or the number a src"


def presence(
    table: Section, name: str, field: str, is_needed: bool, is_allowed: bool, why: str
) -> Iterator[tuple[str, str]]:
    """A field that is needed and absent, or there and without use."""
    is_there, field = getattr(table, field) is not None, f"{name}.{field}".removeprefix(".")
    if is_needed and not is_there:
        yield field, f"is missing; {why} needs it"
    if is_there and not is_allowed:
        yield field, f"has no use with {why}; remove it"


def incomplete(table: Section | None, name: str) -> Iterator[tuple[str, str]]:
    """Numbers of one effect of which some are known and some are not."""
    for field, _, others in effects(table):
        known = {key for key in (field, *others) if getattr(table, key) is not None}
        is_searched = getattr(table, "adc_rule", None) in ("calibrated", "percentile")  # then the ADC finds its range by itself
        for missing in (field, *others):
            if known and missing not in known and not (missing == "adc_range" and is_searched):
                yield f"{name}.{missing}", f"is missing; {name}.{min(known)} needs it"


def central_shares(device: DeviceSection) -> tuple[float, float]:
    """Step of an up and of a down pulse at w = 0 relative to dw_min, of an exp_step device (aihwkit ExpStepDevice)."""
    a_up, a_down, gamma_up, gamma_down, _, b = (float(getattr(device, field).v) for field in EXPONENTIAL)
    return max(1 - a_up * math.exp(gamma_up * b), 0.0), max(1 - a_down * math.exp(-gamma_down * b), 0.0)


def explain(profile: Profile) -> list[Effect]:
    """What the profile does to a network: in plain words, the numbers behind it, and their sources.

    An effect is on if its first number is known and not 0; for an ideal chip the list is empty.
    """
    found = {field: (quantity, source) for field, quantity, source in profile.quantities()}
    result = []
    for section in SECTIONS:
        for field, text, others in effects(getattr(profile, section)):
            keys = [f"{section}.{key}" for key in (field, *others) if key == field or f"{section}.{key}" in found]
            choice = getattr(getattr(profile, section), field)
            if isinstance(choice, str):
                result.append(Effect(text.format(p=profile), f"{keys[0]} = {choice}", profile.sources.get(section, "")))
            elif keys[0] in found and found[keys[0]][0].v != 0:
                numbers = ", ".join(f"{key} = {found[key][0].v:g}" for key in keys)
                sources = "; ".join(dict.fromkeys(cited(*found[key]) for key in keys))
                result.append(Effect(text.format(p=profile, moves=moves(profile.device)), numbers, sources))
    return result


def cited(quantity: Quantity, source: str) -> str:
    """The source, with the status of the number if it has one."""
    return f"{quantity.status}: {source}" if quantity.status else source


def moves(device: DeviceSection | None) -> str:
    """What a pulse does; for soft bounds also how fast pulses that cancel pull a weight back to the middle."""
    if device is None:
        return ""
    text = MOVES[device.update_model] + (f" ({device.fit})" if device.fit else "")
    if device.update_model != "soft_bounds":
        return text
    up_down = device.up_down.v if device.up_down else 0.0
    up, down = device.dw_min.v * (1 + min(up_down, 0)), device.dw_min.v * (1 - max(up_down, 0))
    pairs = 1 / (up / device.w_max.v - down / device.w_min.v)
    return f"{text}, so that about {pairs:.0f} pairs of an up and a down pulse make a weight forget"
