"""Covering arrays: few combinations in which every pair of choices occurs."""
from __future__ import annotations

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
