"""By which names the triggers of a capture are known, and opened."""

GATE = "planrun.capture"
"""The setting that opens the triggers; it holds the name of the side table's step."""

PREFIX = "planrun_capture"
"""What the names of all capture triggers begin with."""
