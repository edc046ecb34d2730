"""By which names the triggers of a capture are known, and opened."""

GATE = "planrun.capture"
"""The setting that opens the triggers; it holds the name of the side table's step."""

PREFIX = "planrun_capture"
"""What the names of all capture triggers begin with."""

CAPTURES = (
    f"pg_catalog.starts_with(g.tgname, '{PREFIX}') AND EXISTS (SELECT FROM pg_catalog.pg_proc f"
    " WHERE f.oid = g.tgfoid AND f.pronamespace = pg_catalog.to_regnamespace('planrun'))"
)
"""The condition that a trigger `g` is one of them: their functions are planrun's, whatever others call their own."""
