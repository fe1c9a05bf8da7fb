"""The HDF5 layout of NIR graphs (https://neuroir.org), as ``nir.write`` of nir 1.0.8 makes it, but uncompressed and without times.

``/version``; ``/node/type`` "NIRGraph"; ``/node/edges`` (edges, 2) texts; ``/node/nodes/<name>/type`` and the arrays of the node;
``/node/metadata/<name>``, which no reader needs.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .deterministic import hdf5_bytes

VERSION = "1.0.8"  # of the layout


class Node(NamedTuple):
    """A node of a graph: its type, and its fields by name."""

    type: str
    fields: Mapping[str, np.ndarray]


def nir_bytes(nodes: Mapping[str, Node], edges: Sequence[tuple[str, str]], metadata: Mapping[str, float]) -> bytes:
    """A flat graph as a file."""
    import h5py

    text = h5py.string_dtype()

    def put(group: Any, name: str, value: Any, dtype: Any = None) -> None:
        group.create_dataset(name, data=value, dtype=dtype, track_times=False)

    def fill(file: Any) -> None:
        put(file, "version", VERSION, text)
        graph = file.create_group("node")
        put(graph, "type", "NIRGraph", text)
        put(graph, "edges", np.array(edges, dtype=object), text)
        for name, node in sorted(nodes.items()):
            group = graph.create_group(f"nodes/{name}")
            put(group, "type", node.type, text)
            for key, array in sorted(node.fields.items()):
                put(group, key, array)
        for key, number in sorted(metadata.items()):
            put(graph, f"metadata/{key}", number)

    return hdf5_bytes(fill)
