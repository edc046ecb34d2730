"""Tells whether functions, views and types still read as the step left them, before the way back touches them.

They are compared by name and by the text that the server makes of them, not by OID: the way back of later steps may
have made them again. What the application replaced, altered or dropped since is a conflict; so is what it made under
the name of something that comes back. All of it works under an empty search_path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core import granted, rare_objects
from planrun.core.conflicts import RUN
from planrun.core.part_texts import PUBLISHED
from planrun.core.policy import DROPPED
from planrun.core.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from planrun.core.catalog import Catalog, Function, Publication, Relation, Schema, Type
    from planrun.core.granted import Named
    from planrun.core.undo import Definition

    Owned = Function | Publication | Schema | Type

# A list of values of type varchar reads otherwise once its own text was read: both are brought into one form.
_FORMS = (
    (r"\(ARRAY\[([^]]*)\]\)::text\[\]", r"ARRAY[\1]"),
    (r"\(('([^']|'')*'::character varying)\)::text", r"\1"),
)

# Up to 15, to_regprocedure fails where the type of an argument is gone.
_TEXTS = {
    "function": """(SELECT CASE WHEN p.prokind <> 'a' THEN pg_catalog.pg_get_functiondef(p.oid)
    ELSE (SELECT (pg_catalog.to_jsonb(a) - 'aggfnoid')::text
      FROM pg_catalog.pg_aggregate a WHERE a.aggfnoid = p.oid) END
  FROM pg_catalog.pg_proc p WHERE pg_catalog.strpos({name}, pg_catalog.quote_ident(p.proname)) > 0
    AND p.oid::pg_catalog.regprocedure::text = {name})""",
    "view": """(SELECT pg_catalog.concat(c.relkind, pg_catalog.pg_get_viewdef(c.oid), c.reloptions,
    (SELECT pg_catalog.string_agg(pg_catalog.pg_get_triggerdef(g.oid), ' ' ORDER BY g.tgname)
      FROM pg_catalog.pg_trigger g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal),
    (SELECT pg_catalog.string_agg(pg_catalog.pg_get_ruledef(r.oid), ' ' ORDER BY r.rulename)
      FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid AND r.rulename <> '_RETURN'))
  FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass({name}))""",
    "type": """(SELECT pg_catalog.concat_ws(' ', t.typtype, pg_catalog.format_type(t.typbasetype, t.typtypmod),
    pg_catalog.pg_get_expr(t.typdefaultbin, 0), t.typnotnull,
    (SELECT pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel), ' ' ORDER BY e.enumsortorder)
      FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid),
    (SELECT pg_catalog.string_agg(pg_catalog.concat(k.conname, pg_catalog.pg_get_constraintdef(k.oid),
      pg_catalog.obj_description(k.oid, 'pg_constraint')), ' ' ORDER BY k.conname)
      FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid),
    (SELECT pg_catalog.string_agg(pg_catalog.concat(pg_catalog.quote_ident(a.attname), ' ',
        pg_catalog.format_type(a.atttypid, a.atttypmod)), ' ' ORDER BY a.attnum)
      FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped),
    (SELECT pg_catalog.concat_ws(' ', r.rngsubtype::pg_catalog.regtype, r.rngmultitypid::pg_catalog.regtype)
      FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid))
  FROM pg_catalog.pg_type t WHERE t.oid = pg_catalog.to_regtype({name}))""",
}

_TEXTS |= granted.TEXTS | rare_objects.TEXTS

_OPTIONS = """pg_catalog.concat_ws(' ', p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate,
    p.pubviaroot, pg_catalog.to_jsonb(p) ->> 'pubgencols')"""
_, _, _PUBLISHED = granted.NAMED_SO["publication"]

_TEXTS |= {
    "options of publication": f"(SELECT {_OPTIONS} FROM pg_catalog.pg_publication p WHERE {_PUBLISHED})",
    "publication": f"""(SELECT pg_catalog.concat_ws(' ', {_OPTIONS},
    (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', r.prrelid::pg_catalog.regclass,
        {PUBLISHED}), '; ' ORDER BY r.prrelid::pg_catalog.regclass::text COLLATE "C")
      FROM pg_catalog.pg_publication_rel r WHERE r.prpubid = p.oid),
    (SELECT pg_catalog.string_agg(s.pnnspid::pg_catalog.regnamespace::text, '; '
        ORDER BY s.pnnspid::pg_catalog.regnamespace::text COLLATE "C")
      FROM pg_catalog.pg_publication_namespace s WHERE s.pnpubid = p.oid))
  FROM pg_catalog.pg_publication p WHERE {_PUBLISHED})""",
}

for _kind, (_catalog, _prefix, _which) in granted.NAMED_SO.items():
    _from = f"FROM pg_catalog.{_catalog} p WHERE {_which})"
    _TEXTS[f"comment of {_kind}"] = f"(SELECT coalesce(pg_catalog.obj_description(p.oid, '{_catalog}'), '') {_from}"
    _TEXTS[f"owner of {_kind}"] = f"(SELECT pg_catalog.pg_get_userbyid(p.{_prefix}owner)::text {_from}"


def named(before: Catalog, after: Catalog) -> tuple[Named, ...]:
    """Return the objects whose text the step made, changed or dropped, and the comments and owners that it set.

    Under the names of after it, else of before.
    """
    objects = (*_functions(before, after), *_relations(before, after), *_types(before, after))
    others = (*_publications(before, after), *_attributes(before, after), *rare_objects.named(before, after))
    return tuple(dict.fromkeys((*objects, *others)))


def _functions(before: Catalog, after: Catalog) -> Iterator[Named]:
    for oid in sorted(before.functions.keys() | after.functions.keys()):
        was, now = before.functions.get(oid), after.functions.get(oid)
        found = now or was
        same = was is not None and now is not None and (was.body, was.qualified) == (now.body, now.qualified)
        if found is not None and not same and not found.internal and not found.temporary:
            stayed = was is not None and now is not None and was.signature == now.signature
            # The text of an aggregate is another one than its definition.
            yield "function", found.signature, was.definition if stayed and was and was.kind != "a" else None


def _relations(before: Catalog, after: Catalog) -> Iterator[Named]:
    for oid in sorted(before.relations.keys() | after.relations.keys()):
        was, now = before.relations.get(oid), after.relations.get(oid)
        found = now or was
        if found is None or found.temporary or found.kind not in {"v", "m", "c"}:
            continue
        if was is None or now is None or (was.body, was.qualified) != (now.body, now.qualified):
            yield "type" if found.kind == "c" else "view", found.qualified, _view_text(was, now)
        elif found.kind == "c" and was.columns != now.columns:
            yield "type", found.qualified, None


def _view_text(was: Relation | None, now: Relation | None) -> str | None:
    """Return the text of before of a view that stayed, as far as it can be told from its definition alone."""
    if was is None or now is None or was.qualified != now.qualified or was.kind != "v":
        return None
    return None if was.options or was.triggers or was.rules else f"v{was.definition}"


def _types(before: Catalog, after: Catalog) -> Iterator[Named]:
    for oid in sorted(before.types.keys() | after.types.keys()):
        was, now = before.types.get(oid), after.types.get(oid)
        found = now or was
        if found is not None and not found.temporary and found.kind in {"e", "d", "r"} and was != now:
            yield "type", found.qualified, None


def _publications(before: Catalog, after: Catalog) -> Iterator[Named]:
    """Yield the publications that come or go, or of which the step set options or what they publish of a member.

    Members that only came or went go and come one by one.
    """
    for oid in sorted(before.publications.keys() | after.publications.keys()):
        was, now = before.publications.get(oid), after.publications.get(oid)
        if was is None or now is None:
            yield from (("publication", found.qualified, None) for found in (was, now) if found is not None)
            continue
        members = {(member.word, member.oid): member for member in was.members}
        if any(members.get((member.word, member.oid), member) != member for member in now.members):
            yield "publication", now.qualified, None
        elif was.options != now.options:
            yield "options of publication", now.qualified, None


def _attributes(before: Catalog, after: Catalog) -> Iterator[Named]:
    """Yield the comments and owners that the step set, with those of before."""
    for kind, name, was, now in (*kept(before, after), *rare_objects.kept(before, after)):
        if was.comment != now.comment:
            yield f"comment of {kind}", name, was.comment or ""
        if was.owner != now.owner:
            yield f"owner of {kind}", name, was.owner


def kept(before: Catalog, after: Catalog) -> Iterator[tuple[str, str, Owned, Owned]]:
    """Yield the functions, types, schemas and publications of before that are still there, by kind and name now."""
    for oid, function in after.functions.items():
        if (other := before.functions.get(oid)) is not None:
            yield "function", function.signature, other, function
    for kind, were, are in (
        ("type", before.types, after.types),
        ("schema", before.schemas, after.schemas),
        ("publication", before.publications, after.publications),
    ):
        for oid, now in are.items():
            if (was := were.get(oid)) is not None:
                yield kind, now.qualified, was, now


def look(objects: Iterable[Named]) -> str:
    """Return the query of what each object reads like, as `Definition` has it; what is not there reads NULL."""
    rows = ",\n".join(
        f"({literal(kind)}, {literal(name)}, {_hash(kind, name)}, '', {_hash_of(was)})" for kind, name, was in objects
    )
    return f"VALUES {rows}"


def changed_objects(step_id: str, definitions: Iterable[Definition]) -> str:
    """Return the statement that lists objects which no longer read as the step left them, nor as before it."""
    rows = ",\n".join(
        f"({literal(f'{item.kind} {item.name}')}, {literal(item.hash)}::text, {literal(item.was)}::text, {_now(item)})"
        for item in definitions
    )
    return (
        "INSERT INTO planrun.conflict (run_id, step_id, relid, relation, key, after, now, kind)\n"
        f"SELECT {RUN}, {literal(step_id)}, 0, v.name, '', coalesce('definition ' || v.hash, '{DROPPED}'),\n"
        f"  coalesce('definition ' || v.now, '{DROPPED}'), 'altered'\n"
        f"FROM (VALUES\n{rows}) v (name, hash, was, now)\n"
        "WHERE v.hash IS DISTINCT FROM v.now AND (v.was IS NULL OR v.was IS DISTINCT FROM v.now)"
    )


def _now(item: Definition) -> str:
    # That the object is gone, its definition tells.
    text = _hash(item.kind, item.name)
    return f"coalesce({text}, {literal(item.hash)})" if item.granted else text


def _hash_of(was: str | None) -> str:
    return "NULL::text" if was is None else text_hash(f"{literal(was)}::text")


def _hash(kind: str, name: str) -> str:
    return text_hash(_TEXTS[kind].format(name=literal(name)))


def text_hash(text: str) -> str:
    """Return the expression of the hash of a text that the server made."""
    for pattern, form in _FORMS:
        text = f"pg_catalog.regexp_replace({text}, {literal(pattern)}, {literal(form)}, 'g')"
    return f"pg_catalog.md5(pg_catalog.convert_to({text}, 'UTF8'))"
