"""From a document that was found good to the values of `planrun.core.plan`. Nothing is judged here any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planrun.core import plan
from planrun.core.duration import milliseconds
from planrun.core.policy import OnConflict, Policy, TableWord
from planrun.edges.source.tree import Node, Scalar, locate
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planrun.errors import Place


@frozen
class _Spot:
    """A value of the document together with the node that it was read from."""

    value: Any
    node: Node

    def __getitem__(self, key: str | int) -> _Spot:
        return _Spot(self.value[key], locate(self.node, (key,)))

    def __contains__(self, key: str) -> bool:
        return key in self.value

    def __iter__(self) -> Iterator[_Spot]:
        """Iterate over the items of a list."""
        return (self[number] for number in range(len(self.value)))

    @property
    def place(self) -> Place:
        return self.node.place

    def get(self, key: str, default: Any) -> Any:
        """Return the value behind a key."""
        return self.value.get(key, default)


def build(document: Any, root: Node, *, file: str, project: str) -> plan.Plan:
    """Return the plan.

    Args:
        document: the plain values of the plan, free of faults.
        root: the tree that they were read from.
        file: the path of the plan as it was given.
        project: the folder that all paths of the plan are relative to.
    """
    top = _Spot(document, root)
    return plan.Plan(
        name=document["name"],
        file=file,
        project=project,
        steps=tuple(_step(step) for step in top["steps"]),
        description=top.get("description", ""),
        transaction=plan.Transaction(top.get("transaction", plan.Transaction.STEP)),
        on_failure=plan.OnFailure(top.get("on_failure", plan.OnFailure.STOP)),
        on_conflict=OnConflict(top.get("on_conflict", OnConflict.ABORT)),
        target=plan.Target(**top.get("target", {})),
        vars=top.get("vars", {}),
        defaults=_defaults(top.get("defaults", {})),
        search_path=tuple(document["search_path"]) if "search_path" in top else None,
        storage=tuple(_storage(one) for one in top["storage"]) if "storage" in top else plan.DEFAULT_STORAGE,
        recipients=tuple(document["encrypt"]["recipients"]) if "encrypt" in top else (),
        require=_require(document["require"]) if "require" in top else None,
        alert=plan.Alert(**{key: milliseconds(value) for key, value in top.get("alert", {}).items()}),
        notify=_notify(document["notify"]) if "notify" in top else None,
    )


def _defaults(given: dict[str, Any]) -> plan.Defaults:
    timeouts = {key: milliseconds(value) for key, value in given.items() if key != "retries"}
    return plan.Defaults(**timeouts, retries=given.get("retries", plan.Defaults().retries))


def _storage(at: _Spot) -> plan.Storage:
    keep = _keep(at.value["keep"]) if "keep" in at else None
    if "path" in at:
        return plan.Folder(at.value["path"], keep)
    return plan.Bucket(at.value["url"], at.get("endpoint", None), at.get("region", None), keep)


def _keep(given: str | dict[str, Any]) -> plan.Keep:
    if isinstance(given, str):
        return plan.Keep(age=milliseconds(given))
    return plan.Keep(**{key: milliseconds(value) if key == "age" else value for key, value in given.items()})


def _require(given: dict[str, Any]) -> plan.Require:
    return plan.Require(milliseconds(given["max_age"])) if "max_age" in given else plan.Require()


def _notify(given: dict[str, Any]) -> plan.Notify:
    return plan.Notify(tuple(plan.Event(word) for word in given.get("on", ["failure"])), given["urls_from"])


def _step(at: _Spot) -> plan.Step:
    return plan.Step(
        id=at.value["id"],
        action=_action(at),
        place=at.place,
        needs=tuple(at.get("needs", ())),
        description=at.get("description", ""),
    )


def _action(at: _Spot) -> plan.Action:
    if "backup" in at:
        return _backup(at["backup"])
    if "migrate" in at:
        return _migrate(at["migrate"])
    if "rollback" in at:
        way = at["rollback"]
        return plan.Reverse(of=way.value["of"], sql=_sql(way))
    check = at["check"]
    return plan.Confirm(check.value["confirm"]) if "confirm" in check else _query_check(check)


def _backup(at: _Spot) -> plan.Backup:
    if "database" in at:
        dump = at["database"]
        return plan.DatabaseBackup(
            format=plan.DumpFormat(dump.get("format", plan.DumpFormat.CUSTOM)),
            schema_only=dump.get("schema_only", False),
            jobs=dump.get("jobs", 1),
            tables=tuple(dump.get("tables", ())),
            schemas=tuple(dump.get("schemas", ())),
        )
    if "files" in at:
        return plan.FilesBackup(tuple(at.value["files"]))
    allow_no_effect = at.get("allow_no_effect", False)
    if "csv" in at:
        word = at["csv"].get("compress", None)
        return plan.CsvBackup(_sql(at["csv"]), allow_no_effect, plan.Compression(word) if word else None)
    where = _inline(at["where"]) if "where" in at else None
    return plan.TableBackup(at.value["table"], at.value["into"], where, allow_no_effect)


def _migrate(at: _Spot) -> plan.Migrate:
    return plan.Migrate(
        sql=_sql(at),
        asserts=tuple(_query_check(one) for one in at["assert"]) if "assert" in at else (),
        irreversible=at.get("irreversible", False),
        allow_no_effect=at.get("allow_no_effect", False),
        batch=_batch(at["batch"]) if "batch" in at else None,
        outside="transaction" in at,  # the schema knows no other word than none
        on_conflict=_policy(at["on_conflict"]) if "on_conflict" in at else Policy(),
    )


def _policy(at: _Spot) -> Policy:
    if isinstance(at.value, str):
        return Policy(OnConflict(at.value))
    default = OnConflict(at.value["default"]) if "default" in at else None
    tables = at.get("tables", {}).items()
    words = (TableWord(name, OnConflict(word), at["tables"][name].place) for name, word in tables)
    return Policy(default, tuple(words))


def _batch(at: _Spot) -> plan.Batch:
    key = at.value["key"]
    return plan.Batch(at.value["table"], (key,) if isinstance(key, str) else tuple(key), at.value["size"], at.place)


def _query_check(at: _Spot) -> plan.QueryCheck:
    return plan.QueryCheck(
        sql=_sql(at),
        expect=_expectation(at["expect"]) if "expect" in at else None,
        save_as=at.get("save_as", None),
        severity=plan.Severity(at.get("severity", plan.Severity.ERROR)),
    )


def _sql(at: _Spot) -> plan.SqlSource:
    if "sql" in at:
        return _inline(at["sql"])
    if "template" in at:
        return plan.Template(at.value["template"], at["template"].place)
    return plan.Verbatim(at.value["file"], at["file"].place)


def _inline(at: _Spot) -> plan.Inline:
    origin = at.node.origin if isinstance(at.node, Scalar) else at.place
    return plan.Inline(at.value, origin)


def _expectation(at: _Spot) -> plan.Expectation:
    ((word, wanted),) = at.value.items()
    match word:
        case "rows":
            low, high = _bounds(wanted) if isinstance(wanted, dict) else (wanted, wanted)
            return plan.ExpectRows(low, high)
        case "value":
            return plan.ExpectRange(*_bounds(wanted)) if isinstance(wanted, dict) else plan.ExpectValue(wanted)
        case "empty":
            return plan.ExpectEmpty()
        case "equals" if "saved" in wanted:
            return plan.ExpectEqualsSaved(wanted["saved"])
        case "equals":
            return plan.ExpectEqualsQuery(_sql(at["equals"]))
        case _:  # columns: the schema knows no other word
            return plan.ExpectColumns(_columns(wanted))


def _bounds(given: dict[str, Any]) -> tuple[Any, Any]:
    return given.get("min"), given.get("max")


def _columns(given: dict[str, str | None] | list[str]) -> tuple[tuple[str, str | None], ...]:
    return tuple(given.items()) if isinstance(given, dict) else tuple((name, None) for name in given)
