"""Few combinations of many choices: covering arrays, in which every pair occurs, and smaller ones that use all choices evenly."""
from __future__ import annotations

import collections
import itertools


def covering(factors, strength=2):
    """Combinations such that every `strength` choices of different factors occur together at least once; greedy, deterministic.

    Parameters
    ----------
    factors : dict of name -> list of choices
    """
    names = list(factors)
    if strength == 1:
        longest = max(len(choices) for choices in factors.values())
        return [{name: choices[k % len(choices)] for name, choices in factors.items()} for k in range(longest)]
    pairs = {
        (a, i, b, j) for a, b in itertools.combinations(range(len(names)), 2)
        for i in range(len(factors[names[a]])) for j in range(len(factors[names[b]]))}
    rows = []
    while pairs:
        a, i, b, j = min(pairs)
        row = {a: i, b: j}
        for c in range(len(names)):
            if c not in row:
                choices = range(len(factors[names[c]]))
                row[c] = max(choices, key=lambda k, c=c: (_gain(pairs, row, c, k), -k))
        for c, d in itertools.combinations(range(len(names)), 2):
            pairs.discard((c, row[c], d, row[d]))
        rows.append({names[c]: factors[names[c]][row[c]] for c in range(len(names))})
    return rows


def _gain(pairs, row, c, k):
    """How many pairs the choice k of factor c would cover with what is chosen already."""
    return sum((*sorted([(c, k), item])[0], *sorted([(c, k), item])[1]) in pairs for item in row.items())


def balanced(factors, longest, parts, actual):
    """`parts` lists of combinations, in all of which every choice of the factor `longest` occurs once, the others as evenly as may be.

    Of the choices that were used least so far, in the list and then in all of them, it takes the one that makes most pairs that have not
    been; deterministic.

    Parameters
    ----------
    factors : dict of name -> list of choices, in the order in which they are made
    actual : (combination so far, name, choice) -> what that choice comes to; what is possible may depend on earlier ones
    """
    used, pairs, lists = collections.Counter(), set(), []
    for k in range(parts):
        rows, here = [], collections.Counter()
        for item in factors[longest][k::parts]:
            row = {longest: item}
            for name in (name for name in factors if name != longest):
                found = [actual(row, name, choice) for choice in factors[name]]
                row[name] = min(found, key=lambda choice, name=name: (
                    here[name, choice], used[name, choice], -sum((*other, name, choice) not in pairs for other in row.items())))
            used.update(row.items())
            here.update(row.items())
            pairs |= {(*one, *other) for one in row.items() for other in row.items()}
            rows.append(row)
        lists.append(rows)
    return lists
