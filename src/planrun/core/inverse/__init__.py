"""The inverse DDL of a step, made from what the catalogs said before and after it.

Never from the text of a statement: renames are renames, CASCADE shows all that it took, and IF NOT EXISTS that did
nothing leaves nothing to undo. A difference that no rule here knows how to take back becomes a refusal.
"""
