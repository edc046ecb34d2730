"""The use-cases: the only place that wires the edges to the core."""
