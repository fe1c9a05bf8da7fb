"""The profile: what a chip or a device is, every number with its source; schema in hardware_profiles/README.md."""
from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, get_args, get_origin

from pydantic import model_validator

from .agreement import disagreements
from .bounded import read_bytes
from .chip_sections import (
    ChipSection,
    EnergySection,
    LatencySection,
    NeuronSection,
    NoiseSection,
    PlasticitySection,
    SynapseSection,
    TopologySection,
    ValiditySection,
    WeightsSection,
)
from .errors import InputError
from .quantity import Quantity, Section, Text, effects
from .sections import DeviceSection, IoSection, TimeSection
from .sentences import dotted, hint, nearest, shown, shown_key, validated
from .toml import MAX_BYTES, parsed

SCHEMA = 1
MOST_PARENTS = 8
NEEDS = f"needs schema = {SCHEMA} and the tables [chip], [weights] and [sources]"
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
    chip, topology, weights, device, time, neuron, synapse, io, noise, plasticity, energy, latency, validity : the sections
        `device` is None unless weights are conductances.
    sources : citation by key; the entry with the name of a section covers its numbers that name no source
    file : name for messages
    digest : SHA-256 of the file, in hexadecimal
    """

    chip: ChipSection
    topology: TopologySection = TopologySection()
    weights: WeightsSection
    device: DeviceSection | None = None
    time: TimeSection = TimeSection()
    neuron: NeuronSection = NeuronSection()
    synapse: SynapseSection = SynapseSection()
    io: IoSection = IoSection()
    noise: NoiseSection = NoiseSection()
    plasticity: PlasticitySection = PlasticitySection()
    energy: EnergySection = EnergySection()
    latency: LatencySection = LatencySection()
    validity: ValiditySection = ValiditySection()
    sources: dict[str, Text] = {}
    file: str = WHERE
    digest: str = ""

    @model_validator(mode="after")
    def _agree(self) -> Profile:
        for field, problem in disagreements(self, SECTIONS):
            raise InputError(f"{self.file}: {field}", problem)
        return self

    @property
    def writes(self) -> str:
        """How a change of a fixed-point weight becomes levels."""
        is_single = self.plasticity.update_rounding == "plusminus1"
        return "one level at most, with a probability" if is_single else str(self.weights.rounding)

    def quantities(self) -> Iterator[Found]:
        """Every known number: its dotted field, itself, and its source in words."""
        for section in SECTIONS:
            for key, value in numbers_of(getattr(self, section)):
                yield f"{section}.{key}", value, self.sources.get(value.src or section, "")

    def unverified(self) -> list[Found]:
        """The numbers that are unverified or assumed: to be named wherever a result rests on them."""
        return [found for found in self.quantities() if found[1].is_unsure]


def numbers_of(section: Section | None) -> Iterator[tuple[str, Quantity]]:
    """Every known number of a section, those of its tables and lists as well, by dotted key."""
    for key, value in section or ():
        inside = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else [("", value)]
        for name, item in inside:
            dots = f"{key}.{name}" if name != "" else key
            if isinstance(item, Quantity):
                yield dots, item
            elif isinstance(item, Section):
                yield from ((f"{dots}.{rest}", number) for rest, number in numbers_of(item))


SECTIONS = tuple(name for name in Profile.model_fields if name not in ("sources", "file", "digest"))
TABLES = (*SECTIONS, "sources")
MOVES = {
    "constant_step": "each moves a weight by the same step, between hard bounds",
    "linear_step": "the step of each falls linearly with the weight",
    "soft_bounds": "the step of each shrinks linearly towards the bound that it moves to",
    "exp_step": "the step of each depends exponentially on the weight",
    "pow_step": "the step of each is a power of the distance to the bound that it moves to",
    "piecewise_step": "the step of each is interpolated between measured values",
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
    tables, raw = family(path, ())
    for name, value in tables.items():
        if name not in TABLES:
            what = "is a table that" if isinstance(value, Mapping) else f"= {shown(value)}; this key"
            raise InputError(f"{file}: {dotted((name,))}", f"{what} does not exist{hint(name, TABLES)}")
    return validated(Profile, {**tables, "file": file, "digest": hashlib.sha256(raw).hexdigest()}, file)


def family(path: Path, children: tuple[Path, ...]) -> tuple[dict[str, Any], bytes]:
    """The tables of a file laid over those of the one that it `extends`, and the bytes of both."""
    file, raw = shown_key(path.name), read(path)
    tables = parsed(raw, file, NEEDS)
    if "schema" not in tables:
        raise InputError(f"{file}: schema", f"is missing; must be {SCHEMA}")
    schema = tables.pop("schema")
    if type(schema) is not int or schema != SCHEMA:
        raise InputError(f"{file}: schema", f"= {shown(schema)}; must be {SCHEMA}, the version that this program reads")
    if "extends" not in tables:
        return tables, raw
    parent = tables.pop("extends")
    if not isinstance(parent, str) or not parent.strip():
        raise InputError(f"{file}: extends", f"= {shown(parent)}; must be the name of a shipped profile or a path beside this file")
    if not parent.endswith(".toml") and parent not in names():
        raise InputError(f"{file}: extends", f"= {shown(parent)}; must be a path that ends with .toml, or one of {', '.join(names())}"
                         f"{nearest(parent, names())}")
    base = path.parent / parent if parent.endswith(".toml") else located(parent)
    if base.resolve() in [child.resolve() for child in (*children, path)]:
        raise InputError(f"{file}: extends", f"= {shown(parent)}; goes round in a circle")
    if len(children) >= MOST_PARENTS:
        raise InputError(f"{file}: extends", f"= {shown(parent)}; more than {MOST_PARENTS} files deep")
    below, below_raw = family(base, (*children, path))
    return overlaid(below, tables), below_raw + raw


def overlaid(below: Mapping[str, Any], above: Mapping[str, Any], kind: Any = Profile) -> dict[str, Any]:
    """Tables key by key, as far as the schema of `kind` has tables; a number is replaced with its source and its range."""
    result = dict(below)
    for key, value in above.items():
        inside, old = kind_of(kind, key), result.get(key)
        is_table = inside is not None and isinstance(value, Mapping) and isinstance(old, Mapping)
        result[key] = overlaid(old, value, inside) if is_table else value  # type: ignore[arg-type]
    return result


def kind_of(kind: Any, key: str) -> Any:
    """The section, or the table of named things, that stands under a key; None for everything else, numbers among it."""
    if get_origin(kind) is dict:
        found = get_args(kind)[1]
    else:
        found = kind.model_fields[key].annotation if key in kind.model_fields else None
    for part in (found, *get_args(found)) if get_origin(found) is not dict else (found,):
        if get_origin(part) is dict or (isinstance(part, type) and issubclass(part, Section) and not issubclass(part, Quantity)):
            return part
    return None


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
        allowed = "must be one of the profiles that `neurosim profiles list` names, or the path of a .toml file"
        raise InputError(WHERE, f"= {shown(text)}; {allowed}{nearest(text, known)}")
    return profiles_folder() / f"{text}.toml"


def read(path: Path) -> bytes:
    """The bytes of a file that can be a profile."""
    try:
        return read_bytes(path, MAX_BYTES, "a TOML file")
    except InputError as error:
        more = f"; shipped profiles are {', '.join(names())}" if error.problem == "no such file" else ""
        raise InputError(shown_key(error.where), error.problem + more) from error.__cause__


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
    """What a pulse does."""
    return "" if device is None else MOVES[device.update_model] + (f" ({device.fit})" if device.fit else "")
