"""The findings in sentences, each made from the numbers that it states."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .blocks import Finding
from .folder import Found
from .groups import BPTT, FROZEN, Gap, Group, gap, is_frozen, judged, status
from .words import RULE, amount, chance, counted, figure, finite, interval, listed, phrase, score_name, value_text

VERDICTS = (
    ("learns", "learns"), ("hint", "may learn"), ("unclear", "is not shown to learn"),
    ("worse", "is worse than not learning at all"), ("unknown", "cannot be judged"))


def findings(found: Found) -> list[Finding]:
    """Findings in the order in which they are read; what there is nothing to say about is left out."""
    groups = [group for group in found.groups if group.get("kind", "learn") == "learn"]
    able = [group for group in groups if not is_frozen(group)]
    every = [
        ("What learns where", learns(able, found.is_single), reading(able)), ("How much better than not learning", gains(able), ""),
        ("How far from true backpropagation through time", distances(able), ""), ("What breaks it", breaks(found, groups), ""),
        ("What it costs", costs(able or groups), ""), ("What failed", failed(found), ""),
        ("What must not be concluded", cautions(found, able), "")]
    return [Finding(title, f"finding-{k}", sentences, note) for k, (title, sentences, note) in enumerate(every) if sentences]


def reading(groups: list[Any]) -> str:
    """What the words of the judgement mean, if there is one."""
    known = [one for one in (gap(group, FROZEN) for group in groups) if one is not None and one.worst is not None]
    if not known:
        return ""
    return (f"Against {known[0].name}: the same chip with recurrent weights that never change. “Learns”: the whole interval of the "
            "difference, seed by seed, is on the better side and its p value, corrected for the number of comparisons, is below 0.05; “may "
            "learn”: the interval is, the p value is not; “not shown to learn”: the interval includes zero.")


def learns(groups: list[Any], is_single: bool) -> list[str]:
    """Of every rule, on what it learns, with how much certainty."""
    if is_single:
        return [str(sentence) for group in groups for sentence in reached(group)]
    sentences = []
    rules = list(dict.fromkeys(value_text(group["point"].get(RULE, "")) for group in groups))
    for rule in rules:
        own = [group for group in groups if value_text(group["point"].get(RULE, "")) == rule and gap(group, FROZEN) is not None]
        clauses = []
        for verdict, words in VERDICTS:
            where = [phrase(without_rule(group)) for group in own if judged(group) == verdict]
            if where:
                how_many = f" ({len(where)} of {len(own)})" if len(own) > 1 else ""
                clauses.append(f"{words} {place(where)}{how_many}".replace("  ", " "))
        if clauses:
            sentences.append(f"{rule or 'The network'} {'; it '.join(clauses)}.")
    return sentences


def place(where: list[str]) -> str:
    """``on a, b and c`` from ``on a``, ``on b``, ``on c``; nothing for a single experiment."""
    if where == ["this run"]:
        return ""
    if all(one.startswith("on ") and " at " not in one for one in where):
        return "on " + listed([one.removeprefix("on ") for one in where])
    return (" " if where[0].startswith("on ") else " at ") + listed(where)


def without_rule(group: Group) -> dict[str, Any]:
    """The point without its rule."""
    return {name: value for name, value in group["point"].items() if name != RULE}


def reached(group: Group) -> list[str]:
    """What one run reached and stands beside, without a judgement that one interval would need."""
    seeds = f", {counted(int(group.get('n') or 0), 'seed')}"
    better = "higher" if group.get("is_higher_better") else "lower"
    who = phrase(group["point"]) if group["point"] else "This run"
    spread = "" if finite(group.get("sd")) is None else f" (sd {figure(group['sd'], 2)})"
    return [f"{who} reached {score_name(group['score'])} {figure(group.get('mean'))}{spread}{seeds}; {better} is better."]


def gains(groups: list[Any]) -> list[str]:
    """The largest and the smallest gain over the frozen network, and what the judgement is."""
    known = [(found, group) for group in groups for found in [gap(group, FROZEN)] if found is not None and found.gain is not None]
    if not known:
        return []
    known.sort(key=lambda one: -(one[0].gain or 0.0))
    sentences = [f"Largest gain: {gained(*known[0])}."]
    if len(known) > 1:
        sentences.append(f"Smallest: {gained(*known[-1])}.")
    return sentences


def gained(found: Gap, group: Group) -> str:
    """A group and what it has over a yardstick, with the uncertainty of both."""
    name, unit = phrase(group["point"]), score_name(group.get("score"))
    own = interval(group.get("mean"), group.get("lo"), group.get("hi"))
    details = [f"{interval(found.mean, found.lo, found.hi, is_signed=True)} against {found.name}"]
    details += [f"corrected {chance(found.p)}"] if found.p is not None else []
    details += [f"effect size {figure(found.effect, 2)}"] if found.effect is not None else []
    details += [counted(int(found.n), "pair") + " of seeds"] if finite(found.n) is not None else []
    return f"{name}, {unit} {own}; {', '.join(details)}"


def distances(groups: list[Any]) -> list[str]:
    """How far the nearest and the farthest are from true BPTT."""
    known = [(found, group) for group in groups for found in [gap(group, BPTT)] if found is not None and found.gain is not None]
    if not known:
        return []
    known.sort(key=lambda one: -(one[0].gain or 0.0))

    def said(found: Gap, group: Group) -> str:
        side = "behind it by" if (found.gain or 0.0) < 0 else "ahead of it by"
        near = found.worst is not None and found.best is not None and found.worst <= 0 <= found.best
        sizes = sorted(abs(end) for end in (found.lo, found.hi) if end is not None)
        size = interval(abs(found.mean or 0.0), *(sizes if len(sizes) == 2 and not near else (None, None)))
        return f"{phrase(group['point'])} is {side} {size}" + (", which its interval cannot tell from zero" if near else "")

    sentences = [f"Nearest to {known[0][0].name} on ideal weights: {said(*known[0])}."]
    return sentences + ([f"Farthest: {said(*known[-1])}."] if len(known) > 1 else [])


def breaks(found: Found, groups: list[Any]) -> list[str]:
    """Thresholds and what was found of transfer, as their own sentences."""
    sentences = []
    for one in found.record["thresholds"]:
        if one.get("says"):
            sentences.append(f"{phrase(one['point'])}: {str(one['says']).rstrip('.')}.")
    sentences += [f"{phrase(one['point'])}: {str(one['says']).rstrip('.')}." for one in found.record["transfer"] if one.get("says")]
    idle = [group for group in groups if "nothing happened" in status(group)]
    if idle:
        sentences.append(f"Nothing happened (no weight changed) with {listed([phrase(group['point']) for group in idle])}.")
    return sentences


def costs(groups: list[Any]) -> list[str]:
    """The cheapest and the dearest in energy and writes, and where nobody knows."""
    sentences = []
    for key, unit, noun in (("learning_J", "J", "energy of learning"), ("inference_J", "J", "energy of an inference"),
                            ("writes", "", "number of writes")):
        values = [(finite(group["cost"].get(key)), place) for place, group in enumerate(groups)]
        known = sorted((value, place) for value, place in values if value is not None)
        if known:
            ends = [groups[place] for _, place in (known[0], known[-1])]
            said = [f"{amount(group['cost'], key, unit)} ({phrase(group['point'])})" for group in ends]
            sentences.append(f"The {noun} of a run is {said[0]}." if len(known) == 1 or known[0][0] == known[-1][0] else
                             f"The {noun} of a run goes from {said[0]} to {said[1]}.")
        missing = [group for group in groups if group["cost"].get(key) == "unavailable"]
        if missing:
            what = list(dict.fromkeys(str(part) for group in missing for part in group["cost"].get("unavailable") or []))
            why = f", because no number is known of {listed(what)}" if what and unit else ""
            sentences.append(f"The {noun} is unavailable for {listed(shared(missing, groups))}{why}.")
    return sentences


def shared(some: list[Any], groups: list[Any]) -> list[str]:
    """Names of groups; of a chip if all of its groups are among them."""
    names = []
    for group in some:
        chip = group["point"].get("chip")
        whole = chip is not None and all(other in some for other in groups if other["point"].get("chip") == chip)
        names.append(value_text(chip) if whole else phrase(group["point"]))
    return list(dict.fromkeys(names))


def failed(found: Found) -> list[str]:
    """How many runs came to nothing, and how."""
    failures = found.record["failures"]
    runs = sum(len(group["seeds"]) for group in [*found.groups, *found.record["yardsticks"]])
    if not failures:
        return [f"Nothing: all {counted(runs, 'run')} finished."] if runs and found.record["status"] in ("complete", "") else []
    kinds = [str(one.get("status", "failed")) for one in failures]
    counts = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
    where = list(dict.fromkeys(phrase(one["point"]) for one in failures))
    return [f"{counted(len(failures), 'run')} of {max(runs, len(failures))}: {counts} ({listed(where)}). They are left out of means and "
            "differences, so a mean over fewer seeds than wanted is of the runs that survived."]


def cautions(found: Found, groups: list[Any]) -> list[str]:
    """The caveats of the comparison and those that its numbers ask for."""
    record: Mapping[str, Any] = found.record
    sentences = [str(one) for one in record["caveats"]]
    if record["status"] not in ("complete", ""):
        sentences.insert(0, f"The comparison is {record['status']}: what is missing is not in any number here.")
    unclear = [phrase(group["point"]) for group in groups if judged(group) in ("unclear", "hint")]
    if unclear:
        sentences.append(f"“Not shown to learn” is no proof of not learning: {listed(unclear)} may need more seeds or a larger budget.")
    few = [phrase(group["point"]) for group in groups if (finite(group.get("n")) or 0) < 3]
    if few and not found.is_single:
        sentences.append(f"Fewer than three seeds stand behind {listed(few)}: spread and interval say little there.")
    if record["unverified"]:
        sentences.append(f"Results rest on {counted(len(record['unverified']), 'number')} that nobody has verified or that are a choice "
                         "(listed below); energies and noise scale with them.")
    return sentences
