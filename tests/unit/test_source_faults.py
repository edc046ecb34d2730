"""Every rule of the plan format, broken: the whole message, with its place and its hint."""

import pytest

from planrun.edges.source import load
from planrun.errors import PlanInvalid

KNOWN_KEYS = (
    "known here: planrun, name, description, transaction, on_failure, on_conflict, target, vars, defaults, "
    "search_path, storage, encrypt and 4 more"
)
WORD = "to mean the word itself, put quotes around it"
HEAD = "planrun: 1\nname: a\n"
STEP = "steps: [{id: z, check: {confirm: y}}]\n"
ONE_OF_STEP = "wanted exactly one of backup, migrate, check or rollback, found"
ONE_OF_BACKUP = "wanted exactly one of database, csv, table or files, found"
ONE_OF_EXPECT = "wanted exactly one of rows, value, empty, equals or columns, found"
STEP_ID = "wanted a name of lower-case letters, digits and '_' that starts with a letter (63 at most), found"
PLAN_NAME = "wanted a name of letters, digits, '_', '-' and '.' that starts with a letter or digit (63 at most), found"
TABLE_NAME = "write NAME or SCHEMA.NAME as in SQL; a name that holds other characters wants double quotes"
SECRETS = "credentials come from the provider's environment, files or machine, such as AWS_PROFILE"
NO_ADDRESS = f"wanted an address such as s3://bucket/prefix, found one with more in it (not repeated here) => {SECRETS}"
NO_ENDPOINT = (
    f"wanted an endpoint such as https://s3.example.org, found one with more in it (not repeated here) => {SECRETS}"
)
CLEAR = (
    "is reached without TLS, so that everybody on the way could read and change the backups"
    " => use https://; http:// is for this machine alone (localhost, 127.0.0.1, [::1])"
)
NO_FOLDER = "wanted a folder, found an object store: a set is written to a folder and copied then"
ADDRESS = "an address, which may hold a password"
KEEP = "wanted a duration such as 30d, or {age, daily, weekly, monthly, at_least}, found"
RECIPIENT = "wanted a public key of age (age1...) or of SSH (ssh-ed25519 ..., ssh-rsa ...), found"
KEYS_OF_DUMP = ("format", "schema_only", "jobs", "tables", "schemas")
OF_DUMP = "step a: backup.database"
DURATION = "wanted a duration such as 500ms, 5s, 30min, 1h or 2d, or 0, found"


def told(directory, monkeypatch, text):
    """Return the faults of a plan as people read them, a hint behind ``=>``."""
    monkeypatch.chdir(directory)
    path = directory / "p.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PlanInvalid) as caught:
        load(path.relative_to(directory))
    return [str(fault).replace("\n    hint: ", " => ") for fault in caught.value.faults]


@pytest.fixture
def whole(tmp_path, monkeypatch):
    """The faults of a whole plan."""
    return lambda text: told(tmp_path, monkeypatch, text)


@pytest.fixture
def top(whole):
    """The faults of line 4, which stands beside a good version, name and steps."""
    return lambda line: [fault.removeprefix("p.yaml:4:") for fault in whole(f"{HEAD}{STEP}{line}\n")]


@pytest.fixture
def step(whole):
    """The faults of one step, written in line 5 from column 5 on; a good step stands before it."""
    head = f"{HEAD}steps:\n  - {{id: z, migrate: {{sql: y}}}}\n"
    return lambda text: [fault.removeprefix("p.yaml:5:") for fault in whole(f"{head}  - {text}\n")]


# --- the whole plan ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("just words", ["p.yaml:1:1: the plan: wanted a mapping, found 'just words'"]),
        ("[1, 2]", ["p.yaml:1:1: the plan: wanted a mapping, found a list"]),
        (
            "null",
            [f"p.yaml:1:1: the plan: wanted a mapping, found nothing => {WORD}"],
        ),
        (
            "description: x",
            [
                "p.yaml:1:1: the plan: the key planrun is missing",
                "p.yaml:1:1: the plan: the key name is missing",
                "p.yaml:1:1: the plan: the key steps is missing",
            ],
        ),
        (f"planrun: 2\nname: a\n{STEP}", ["p.yaml:1:10: planrun: wanted 1, found 2"]),
        (f"planrun: true\nname: a\n{STEP}", ["p.yaml:1:10: planrun: wanted 1, found true"]),
        (f"planrun: 1\nname: a b\n{STEP}", [f"p.yaml:2:7: name: {PLAN_NAME} 'a b'"]),
        (f'planrun: 1\nname: "a\\n"\n{STEP}', [f"p.yaml:2:7: name: {PLAN_NAME} 'a\\n'"]),
        (f"planrun: 1\nname: ../a\n{STEP}", [f"p.yaml:2:7: name: {PLAN_NAME} '../a'"]),
        (f"planrun: 1\nname:\n{STEP}", [f"p.yaml:2:6: name: {PLAN_NAME} nothing"]),
        (f"{HEAD}steps: []\n", ["p.yaml:3:8: steps: wanted at least one entry, found an empty list"]),
        (f"{HEAD}steps: {{}}\n", ["p.yaml:3:8: steps: wanted a list, found an empty mapping"]),
        (f"{HEAD}steps: [words]\n", ["p.yaml:3:9: steps[0]: wanted a mapping, found 'words'"]),
    ],
)
def test_the_whole_plan(whole, text, faults):
    assert whole(text) == faults


@pytest.mark.parametrize(
    ("line", "faults"),
    [
        ("vras: {}", ["1: the plan: the key 'vras' is unknown => did you mean 'vars'?"]),
        (
            "colour: red",
            [f"1: the plan: the key 'colour' is unknown => {KNOWN_KEYS}"],
        ),
        (
            "a: 1\nb: 2",
            [
                f"1: the plan: the key 'a' is unknown => {KNOWN_KEYS}",
                f"p.yaml:5:1: the plan: the key 'b' is unknown => {KNOWN_KEYS}",
            ],
        ),
        ("transaction: none", ["14: transaction: wanted step or plan, found 'none'"]),
        ("transaction: [step]", ["14: transaction: wanted step or plan, found a list"]),
        (
            "on_failure: rolback",
            ["13: on_failure: wanted stop or rollback, found 'rolback' => did you mean 'rollback'?"],
        ),
        ("description: [x]", ["14: description: wanted text, found a list"]),
        ("vars: [x]", ["7: vars: wanted a mapping, found a list"]),
        ("target: propo", ["9: target: wanted a mapping, found 'propo'"]),
        ("target: {databse: a}", ["10: target: the key 'databse' is unknown => did you mean 'database'?"]),
        ("target: {database: ''}", ["20: target.database: wanted the name of a database object, found an empty text"]),
        ("target: {host: ''}", ["16: target.host: wanted the name or address of a host, found an empty text"]),
        ("target: {service: ''}", ["19: target.service: wanted the name of a service, found an empty text"]),
        ("target: {port: 0}", ["16: target.port: wanted a port number from 1 to 65535, found 0"]),
        ("target: {port: 65536}", ["16: target.port: wanted a port number from 1 to 65535, found 65536"]),
        ("target: {port: 1.5}", ["16: target.port: wanted a port number from 1 to 65535, found 1.5"]),
        ('target: {port: "1"}', ["16: target.port: wanted a port number from 1 to 65535, found '1'"]),
        (
            "target: {sslmode: verify-fu}",
            [
                (
                    "19: target.sslmode: wanted disable, allow, prefer, require, verify-ca or verify-full, "
                    "found 'verify-fu' => did you mean 'verify-full'?"
                )
            ],
        ),
        (
            "target: {system_identifier: 0x10}",
            ["29: target.system_identifier: wanted the digits of a system identifier, found 0x10"],
        ),
        ("defaults: {lock_timeout: 5}", [f"26: defaults.lock_timeout: {DURATION} 5"]),
        ("defaults: {lock_timeout: 5 s}", [f"26: defaults.lock_timeout: {DURATION} '5 s'"]),
        ("defaults: {lock_timeout: -1}", [f"26: defaults.lock_timeout: {DURATION} -1"]),
        ("defaults: {statement_timeout: ~}", [f"31: defaults.statement_timeout: {DURATION} nothing => {WORD}"]),
        (
            "defaults: {statement_timeout: 25d}",
            ["31: defaults.statement_timeout: wanted at most 2147483647ms (24 days), found 25d => 0 sets no limit"],
        ),
        ("defaults: {retries: 101}", ["21: defaults.retries: wanted a whole number from 0 to 100, found 101"]),
        ("defaults: {retries: -1}", ["21: defaults.retries: wanted a whole number from 0 to 100, found -1"]),
        ("defaults: {retries: yes}", ["21: defaults.retries: wanted a whole number from 0 to 100, found 'yes'"]),
        (
            "defaults: {x: 1}",
            ["12: defaults: the key 'x' is unknown => known here: lock_timeout, statement_timeout, retries"],
        ),
        ("on_conflict: skip", ["14: on_conflict: wanted abort, keep or restore, found 'skip'"]),
        ("on_conflict: {default: keep}", ["14: on_conflict: wanted abort, keep or restore, found a mapping"]),
        ("search_path: app", ["14: search_path: wanted a list, found 'app'"]),
        ("search_path: [a, '']", ["18: search_path[1]: wanted the name of a database object, found an empty text"]),
        ("search_path: [a, b, a]", ["21: search_path: 'a' is listed twice, first at p.yaml:4:15"]),
        ("storage: []", ["10: storage: wanted at least one entry, found an empty list"]),
        ("storage: [{}]", ["11: storage[0]: wanted exactly one of path or url, found none of them"]),
        ("storage: [{path: ''}]", ["18: storage[0].path: wanted a path, found an empty text"]),
        (
            "storage: [{path: a}, {path: b}, {path: a}]",
            ["33: storage[2]: 'a' is storage[0] already => remove one of them"],
        ),
        (
            'storage: [{url: "s3://bucket"}]',
            [
                f"17: storage[0]: {NO_FOLDER} => put {{path: backups}} before it",
            ],
        ),
        (
            'storage: [{path: a}, {url: "s3://key:canary@bucket"}, {url: "s3://key:canary@bucket"}]',
            [f"28: storage[1].url: {NO_ADDRESS}", f"61: storage[2].url: {NO_ADDRESS}"],
        ),
        (
            'storage: [{path: a}, {url: "s3://bucket", endpoint: "https://key:canary@s3.example.org"}]',
            [f"53: storage[1].endpoint: {NO_ENDPOINT}"],
        ),
        (
            'storage: [{path: a}, {url: "s3://bucket", endpoint: "http://s3.example.org"}]',
            [f"53: storage[1].endpoint: 'http://s3.example.org' {CLEAR}"],
        ),
        (
            "storage: [{path: a}, {url: 's3://bucket', secret_access_key: canary}]",
            ["43: storage[1]: the key 'secret_access_key' is unknown => known here: path, url, endpoint, region, keep"],
        ),
        (
            "storage: [{path: a}, {url: 'gs://bucket/x', region: b}]",
            ["53: storage[1]: the key region does not go with gs://bucket/x => it is for s3:// alone"],
        ),
        (
            'storage: [{path: a}, {url: "s3://bb"}, {url: "s3://bb/"}]',
            ["40: storage[2]: 's3://bb' is storage[1] already => remove one of them"],
        ),
        (
            "storage: [{path: a, region: b}]",
            ["21: storage[0]: the key region needs url beside it"],
        ),
        (
            "storage: [{path: a, keep: 0d}]",
            [
                f"27: storage[0].keep: {KEEP} '0d'",
            ],
        ),
        (
            "storage: [{path: a, keep: {daily: 0, yearly: 1}}]",
            [
                "35: storage[0].keep.daily: wanted a number from 1 to 10000, found 0",
                "38: storage[0].keep: the key 'yearly' is unknown => known here: age, daily, weekly, monthly, at_least",
            ],
        ),
        ("encrypt: {recipients: []}", ["23: encrypt.recipients: wanted at least one entry, found an empty list"]),
        (
            "encrypt: {recipients: [AGE-SECRET-KEY-1QQ]}",
            [
                f"24: encrypt.recipients[0]: {RECIPIENT} a secret key, which belongs into no plan",
            ],
        ),
        ("require: {}", ["10: require: the key backup is missing"]),
        ("require: {backup: made}", ["19: require.backup: wanted verified, found 'made'"]),
        (
            "alert: {expect_every: 1}",
            ["23: alert.expect_every: wanted a duration such as 500ms, 5s, 30min, 1h or 2d, found 1"],
        ),
        ("notify: {on: [failure]}", ["9: notify: the key urls_from is missing"]),
        (
            "notify: {urls_from: 'mailto://a'}",
            [f"21: notify.urls_from: wanted the name of an environment variable, found {ADDRESS}"],
        ),
    ],
)
def test_the_keys_of_the_plan(top, line, faults):
    assert top(line) == faults


# --- the shape of a step -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("{check: {confirm: y}}", ["5: steps[1]: the key id is missing"]),
        ("{id: Ab, check: {confirm: y}}", [f"10: step Ab: id: {STEP_ID} 'Ab'"]),
        ("{id: 1.10, check: {confirm: y}}", [f"10: step 1.10: id: {STEP_ID} 1.10"]),
        ('{id: "a\\n", check: {confirm: y}}', [f"10: steps[1]: id: {STEP_ID} 'a\\n'"]),
        ("{id: " + "a" * 64 + ", check: {confirm: y}}", [f"10: steps[1]: id: {STEP_ID} '{'a' * 60}…'"]),
        ("{id: a}", [f"5: step a: {ONE_OF_STEP} none of them"]),
        (
            "{id: a, check: {confirm: y}, migrate: {sql: x}}",
            [f"5: step a: {ONE_OF_STEP} migrate and check"],
        ),
        (
            "{id: a, chekc: {confirm: y}}",
            [
                f"5: step a: {ONE_OF_STEP} none of them",
                "13: step a: the key 'chekc' is unknown => did you mean 'check'?",
            ],
        ),
        ("{id: a, needs: z, check: {confirm: y}}", ["20: step a: needs: wanted a list, found 'z'"]),
        ("{id: a, needs: [[z]], check: {confirm: y}}", [f"21: step a: needs[0]: {STEP_ID} a list"]),
        (
            "{id: a, needs: [z, z], check: {confirm: y}}",
            ["24: step a: needs: 'z' is listed twice, first at p.yaml:5:21"],
        ),
        # backup
        ("{id: a, backup: dump}", ["21: step a: backup: wanted a mapping, found 'dump'"]),
        ("{id: a, backup: {}}", [f"21: step a: backup: {ONE_OF_BACKUP} none of them"]),
        (
            "{id: a, backup: {database: {}, files: [x]}}",
            [f"21: step a: backup: {ONE_OF_BACKUP} database and files"],
        ),
        (
            "{id: a, backup: {database: {format: tar}}}",
            ["41: step a: backup.database.format: wanted custom, directory or plain, found 'tar'"],
        ),
        (
            "{id: a, backup: {database: {schema_only: no}}}",
            ["46: step a: backup.database.schema_only: wanted true or false, found 'no'"],
        ),
        (
            "{id: a, backup: {database: {compress: 9}}}",
            [f"33: {OF_DUMP}: the key 'compress' is unknown => known here: {', '.join(KEYS_OF_DUMP)}"],
        ),
        (
            "{id: a, backup: {database: {}, allow_no_effect: true}}",
            ["36: step a: backup: the key allow_no_effect does not go with database => remove one of them"],
        ),
        (
            "{id: a, backup: {files: [x], allow_no_effect: true}}",
            ["34: step a: backup: the key allow_no_effect does not go with files => remove one of them"],
        ),
        ("{id: a, backup: {files: []}}", ["29: step a: backup.files: wanted at least one entry, found an empty list"]),
        ("{id: a, backup: {files: ['']}}", ["30: step a: backup.files[0]: wanted a path, found an empty text"]),
        (
            "{id: a, backup: {files: [x, x]}}",
            ["33: step a: backup.files: 'x' is listed twice, first at p.yaml:5:30"],
        ),
        ("{id: a, backup: {table: t}}", ["22: step a: backup: the key table needs into beside it"]),
        (
            "{id: a, backup: {csv: {sql: x}, into: t}}",
            ["37: step a: backup: the key into needs table beside it"],
        ),
        (
            "{id: a, backup: {csv: {sql: x}, where: t}}",
            ["37: step a: backup: the key where needs table beside it"],
        ),
        (
            "{id: a, backup: {table: t, into: u, where: ''}}",
            ["48: step a: backup.where: wanted SQL text, found an empty text"],
        ),
        (
            "{id: a, backup: {csv: {}}}",
            ["27: step a: backup.csv: wanted exactly one of template or sql, found none of them"],
        ),
        (
            "{id: a, backup: {csv: {sql: x, template: y}}}",
            ["27: step a: backup.csv: wanted exactly one of template or sql, found template and sql"],
        ),
        (
            "{id: a, backup: {csv: {file: y}}}",
            [
                "27: step a: backup.csv: wanted exactly one of template or sql, found none of them",
                "28: step a: backup.csv: the key 'file' is unknown => known here: template, sql, compress",
            ],
        ),
        # migrate
        (
            "{id: a, migrate: {}}",
            ["22: step a: migrate: wanted exactly one of template, sql or file, found none of them"],
        ),
        (
            "{id: a, migrate: {sql: x, file: y}}",
            ["22: step a: migrate: wanted exactly one of template, sql or file, found sql and file"],
        ),
        (
            "{id: a, migrate: {tempalte: x}}",
            [
                "22: step a: migrate: wanted exactly one of template, sql or file, found none of them",
                "23: step a: migrate: the key 'tempalte' is unknown => did you mean 'template'?",
            ],
        ),
        (
            "{id: a, migrate: {sql: x, batch: {}}}",
            [f"38: step a: migrate.batch: the key {key} is missing" for key in ("table", "key", "size")],
        ),
        (
            "{id: a, migrate: {sql: x, batch: {table: t, key: [], size: 0}}}",
            [
                "54: step a: migrate.batch.key: wanted at least one entry, found an empty list",
                "64: step a: migrate.batch.size: wanted a number of rows, 1 to 10000000, found 0",
            ],
        ),
        (
            "{id: a, migrate: {sql: x, transaction: step}}",
            ["44: step a: migrate.transaction: wanted none, found 'step'"],
        ),
        (
            "{id: a, migrate: {sql: x, transaction: none, batch: {table: t, key: k, size: 1}}}",
            ["50: step a: migrate: the key batch does not go with transaction => remove one of them"],
        ),
        ("{id: a, migrate: {sql: [x]}}", ["28: step a: migrate.sql: wanted SQL text, found a list"]),
        ("{id: a, migrate: {file: ''}}", ["29: step a: migrate.file: wanted a path, found an empty text"]),
        (
            "{id: a, migrate: {sql: x, irreversible: 1}}",
            ["45: step a: migrate.irreversible: wanted true or false, found 1"],
        ),
        (
            "{id: a, migrate: {sql: x, on_conflict: skip}}",
            ["44: step a: migrate.on_conflict: wanted abort, keep or restore, or {default, tables}, found 'skip'"],
        ),
        (
            "{id: a, migrate: {sql: x, on_conflict: {}}}",
            ["44: step a: migrate.on_conflict: wanted at least one entry, found an empty mapping"],
        ),
        (
            "{id: a, migrate: {sql: x, on_conflict: {default: skip, tables: {t: no, u: keep}, t: keep}}}",
            [
                "54: step a: migrate.on_conflict.default: wanted abort, keep or restore, found 'skip'",
                "72: step a: migrate.on_conflict.tables.t: wanted abort, keep or restore, found 'no'",
                "86: step a: migrate.on_conflict: the key 't' is unknown => known here: default, tables",
            ],
        ),
        (
            "{id: a, migrate: {sql: x, on_conflict: {tables: {}}}}",
            ["53: step a: migrate.on_conflict.tables: wanted at least one entry, found an empty mapping"],
        ),
        (
            """{id: a, migrate: {sql: x, on_conflict: {tables: {a.b.c: keep, t: keep, '"t"': abort, 'a b': keep}}}}""",
            [
                f"{column}: step a: migrate.on_conflict.tables: {message}"
                for column, message in (
                    (54, f"wanted the name of a table, found 'a.b.c' => {TABLE_NAME}"),
                    (76, """'"t"' means the same table as 't' => remove one of them"""),
                    (90, f"wanted the name of a table, found 'a b' => {TABLE_NAME}"),
                )
            ],
        ),
        (
            "{id: a, migrate: {sql: x, irreversible: true, on_conflict: keep}}",
            [
                (
                    "64: step a: migrate.on_conflict: the step is irreversible, so that no rollback meets conflicts "
                    "of it => remove it, or irreversible"
                )
            ],
        ),
        (
            "{id: a, migrate: {sql: x, transaction: none, on_conflict: keep}}",
            ["50: step a: migrate: the key on_conflict does not go with transaction => remove one of them"],
        ),
        (
            "{id: a, migrate: {sql: x, assert: []}}",
            ["39: step a: migrate.assert: wanted at least one entry, found an empty list"],
        ),
        (
            "{id: a, migrate: {sql: x, assert: [{sql: x}]}}",
            ["40: step a: migrate.assert[0]: the key expect is missing"],
        ),
        (
            "{id: a, migrate: {sql: x, assert: [{expect: {rows: 1}}]}}",
            ["40: step a: migrate.assert[0]: wanted exactly one of sql or template, found none of them"],
        ),
        (
            "{id: a, migrate: {sql: x, assert: [{sql: x, expect: {rows: 1}, save_as: b}]}}",
            [
                (
                    "68: step a: migrate.assert[0]: the key 'save_as' is unknown "
                    "=> known here: sql, template, expect, severity"
                )
            ],
        ),
        # check
        (
            "{id: a, check: {expect: {rows: 1}}}",
            ["20: step a: check: wanted exactly one of sql, template or confirm, found none of them"],
        ),
        (
            "{id: a, check: {sql: x, template: y, save_as: b}}",
            ["20: step a: check: wanted exactly one of sql, template or confirm, found sql and template"],
        ),
        ("{id: a, check: {sql: x}}", ["20: step a: check: wanted expect or save_as (or both), found none of them"]),
        (
            "{id: a, check: {template: x}}",
            ["20: step a: check: wanted expect or save_as (or both), found none of them"],
        ),
        (
            "{id: a, check: {sql: x, save_as: b, severity: warning}}",
            ["41: step a: check: the key severity needs expect beside it"],
        ),
        (
            "{id: a, check: {sql: x, expect: {rows: 1}, severity: warn}}",
            ["58: step a: check.severity: wanted error or warning, found 'warn' => did you mean 'warning'?"],
        ),
        ("{id: a, check: {sql: x, save_as: B}}", [f"38: step a: check.save_as: {STEP_ID} 'B'"]),
        ("{id: a, check: {confirm: ''}}", ["30: step a: check.confirm: wanted a question, found an empty text"]),
        (
            "{id: a, check: {confirm: x, expect: {rows: 1}}}",
            ["33: step a: check: the key expect does not go with confirm => remove one of them"],
        ),
        (
            "{id: a, check: {confirm: x, save_as: b}}",
            ["33: step a: check: the key save_as does not go with confirm => remove one of them"],
        ),
        (
            "{id: a, check: {confirm: x, severity: error}}",
            [
                "33: step a: check: the key severity needs expect beside it",
                "33: step a: check: the key severity does not go with confirm => remove one of them",
            ],
        ),
        # rollback
        ("{id: a, rollback: {sql: x}}", ["23: step a: rollback: the key of is missing"]),
        (
            "{id: a, rollback: {of: z}}",
            ["23: step a: rollback: wanted exactly one of template, sql or file, found none of them"],
        ),
    ],
)
def test_the_shape_of_a_step(step, text, faults):
    assert step(text) == faults


@pytest.mark.parametrize(
    ("expect", "faults"),
    [
        ("{}", [f"37: step a: check.expect: {ONE_OF_EXPECT} none of them"]),
        ("[rows]", ["37: step a: check.expect: wanted a mapping, found a list"]),
        ("{rows: 1, empty: true}", [f"37: step a: check.expect: {ONE_OF_EXPECT} rows and empty"]),
        (
            "{row: 1}",
            [
                f"37: step a: check.expect: {ONE_OF_EXPECT} none of them",
                "38: step a: check.expect: the key 'row' is unknown => did you mean 'rows'?",
            ],
        ),
        ("{rows: many}", ["44: step a: check.expect.rows: wanted a number of rows, or {min, max}, found 'many'"]),
        ("{rows: -1}", ["44: step a: check.expect.rows: wanted a number of rows, or {min, max}, found -1"]),
        ("{rows: {}}", ["44: step a: check.expect.rows: wanted at least one entry, found an empty mapping"]),
        ("{rows: {min: a}}", ["50: step a: check.expect.rows.min: wanted a number of rows, found 'a'"]),
        ("{rows: {max: -1}}", ["50: step a: check.expect.rows.max: wanted a number of rows, found -1"]),
        (
            "{rows: {least: 1}}",
            ["45: step a: check.expect.rows: the key 'least' is unknown => known here: min, max"],
        ),
        ("{rows: {min: 3, max: 2}}", ["50: step a: expect.rows: min 3 is more than max 2 => exchange them"]),
        ("{value: [1]}", ["45: step a: check.expect.value: wanted one value, or {min, max}, found a list"]),
        ("{value: {}}", ["45: step a: check.expect.value: wanted at least one entry, found an empty mapping"]),
        ("{value: {min: a}}", ["51: step a: check.expect.value.min: wanted a number, found 'a'"]),
        ("{value: {mx: 1}}", ["46: step a: check.expect.value: the key 'mx' is unknown => did you mean 'max'?"]),
        ("{value: {min: 2, max: 1.5}}", ["51: step a: expect.value: min 2 is more than max 1.5 => exchange them"]),
        ("{empty: false}", ["45: step a: check.expect.empty: wanted true, found false"]),
        (
            "{equals: {}}",
            ["46: step a: check.expect.equals: wanted exactly one of sql, template or saved, found none of them"],
        ),
        (
            "{equals: {sql: x, template: y}}",
            ["46: step a: check.expect.equals: wanted exactly one of sql, template or saved, found sql and template"],
        ),
        ("{columns: []}", ["47: step a: check.expect.columns: wanted at least one entry, found an empty list"]),
        ("{columns: {}}", ["47: step a: check.expect.columns: wanted at least one entry, found an empty mapping"]),
        (
            "{columns: id}",
            [
                (
                    "47: step a: check.expect.columns: wanted a list of column names, "
                    "or column names with their types, found 'id'"
                )
            ],
        ),
        ("{columns: [a, a]}", ["51: step a: check.expect.columns: 'a' is listed twice, first at p.yaml:5:48"]),
        (
            "{columns: [~]}",
            [f"48: step a: check.expect.columns[0]: wanted the name of a database object, found nothing => {WORD}"],
        ),
        (
            "{columns: {id: [x]}}",
            ["52: step a: check.expect.columns.id: wanted the name of a type, or null, found a list"],
        ),
        (
            '{columns: {"a\\e": ""}}',
            ["55: step a: check.expect.columns.'a\\x1b': wanted the name of a type, or null, found an empty text"],
        ),
        (
            "{explain: {}}",
            [
                f"37: step a: check.expect: {ONE_OF_EXPECT} none of them",
                (
                    "38: step a: check.expect: the key 'explain' is unknown "
                    "=> known here: rows, value, empty, equals, columns"
                ),
            ],
        ),
    ],
)
def test_the_shape_of_an_expectation(step, expect, faults):
    assert step(f"{{id: a, check: {{sql: x, expect: {expect}}}}}") == faults


# --- the sense of it ---------------------------------------------------------------------------


def steps(*lines, top=""):
    """Return a plan whose steps stand in the lines from 4 on, at column 4."""
    return f"{HEAD}{top or 'description: x'}\nsteps:\n" + "".join(f"- {{{line}}}\n" for line in lines)


SQL = "migrate: {sql: x}"
DUMP = "backup: {database: {}}"


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (
            steps(f"id: a, {SQL}", f"id: b, {SQL}", f"id: a, {SQL}"),
            [
                "p.yaml:7:3: step a: this id is given twice, first at p.yaml:5:3 => give each step an id of its own",
            ],
        ),
        (
            steps(f"id: alpha, {SQL}", f"id: b, needs: [alhpa], {SQL}"),
            ["p.yaml:6:19: step b: needs 'alhpa', but no step has this id => did you mean 'alpha'?"],
        ),
        (
            steps(f"id: a, needs: [x, y], {SQL}", f"id: b, {SQL}"),
            [
                "p.yaml:5:19: step a: needs 'x', but no step has this id => known here: b",
                "p.yaml:5:22: step a: needs 'y', but no step has this id => known here: b",
            ],
        ),
        (
            steps(f"id: a, needs: [x], {SQL}"),
            ["p.yaml:5:19: step a: needs 'x', but no step has this id => known here: nothing"],
        ),
        (
            steps(f"id: q, needs: [xyz], {SQL}", *(f"id: s{number}, {SQL}" for number in range(15))),
            [
                (
                    "p.yaml:5:19: step q: needs 'xyz', but no step has this id => known here: s0, s1, s2, s3, s4, "
                    "s5, s6, s7, s8, s9, s10, s11 and 3 more"
                )
            ],
        ),
        (
            steps(f"id: a, needs: [a], {SQL}"),
            ["p.yaml:5:19: step a: needs 'a', which is the step itself => remove it"],
        ),
        (
            steps(f"id: a, {SQL}", "id: u, rollback: {of: a, sql: x}", f"id: b, needs: [u], {SQL}"),
            [
                (
                    "p.yaml:7:19: step b: needs 'u', a rollback step, which does nothing in a forward run "
                    "=> need the step that it reverses, or nothing"
                )
            ],
        ),
        (
            steps(f"id: a, needs: [b], {SQL}", f"id: b, needs: [a], {SQL}"),
            ["p.yaml:5:3: steps need each other in a cycle: a -> b -> a => remove one of these needs"],
        ),
        (
            steps(
                f"id: free, {SQL}",
                f"id: c, needs: [d], {SQL}",
                f"id: d, needs: [e, free], {SQL}",
                f"id: e, needs: [a], {SQL}",
                f"id: a, needs: [b], {SQL}",
                f"id: b, needs: [c], {SQL}",
            ),
            ["p.yaml:6:3: steps need each other in a cycle: c -> d -> e -> a -> b -> c => remove one of these needs"],
        ),
        (
            steps(
                f"id: a, needs: [b], {SQL}",
                f"id: b, needs: [a, c], {SQL}",
                f"id: c, needs: [b], {SQL}",
                f"id: d, needs: [e], {SQL}",
                f"id: e, needs: [d], {SQL}",
            ),
            [
                "p.yaml:5:3: steps need each other in a cycle: a -> b -> a => remove one of these needs",
                "p.yaml:6:3: steps need each other in a cycle: b -> c -> b => remove one of these needs",
                "p.yaml:8:3: steps need each other in a cycle: d -> e -> d => remove one of these needs",
            ],
        ),
        (
            steps(f"id: alpha, {SQL}", "id: u, rollback: {of: alhpa, sql: x}"),
            ["p.yaml:6:26: step u: rollback.of names 'alhpa', but no step has this id => did you mean 'alpha'?"],
        ),
        (
            steps("id: a, migrate: {sql: x, on_conflict: keep}", "id: u, rollback: {of: a, sql: x}"),
            [
                (
                    "p.yaml:5:42: step a: migrate.on_conflict: step u takes the step back by a script, which knows of "
                    "no conflicts => remove it, or the rollback step"
                )
            ],
        ),
        (
            steps("id: a, check: {confirm: x}", "id: u, rollback: {of: a, sql: x}"),
            [
                (
                    "p.yaml:6:26: step u: rollback.of names 'a', a check step, wanted a migrate step "
                    "=> only a migrate step has a way back written by hand"
                )
            ],
        ),
        (
            steps("id: u, rollback: {of: u, sql: x}"),
            [
                (
                    "p.yaml:5:26: step u: rollback.of names 'u', a rollback step, wanted a migrate step "
                    "=> only a migrate step has a way back written by hand"
                )
            ],
        ),
        (
            steps(f"id: a, {SQL}", "id: u, rollback: {of: a, sql: x}", "id: v, rollback: {of: a, sql: x}"),
            [
                (
                    "p.yaml:7:26: step v: rollback.of names 'a', which step u at p.yaml:6:3 reverses already "
                    "=> write one way back for a step"
                )
            ],
        ),
        (
            steps("id: a, check: {sql: x, save_as: s}", "id: b, check: {sql: x, save_as: s}"),
            [
                (
                    "p.yaml:6:36: step b: saves its result as 's', as step a at p.yaml:5:3 does "
                    "=> give each result a name of its own"
                )
            ],
        ),
        (
            steps("id: a, check: {sql: x, save_as: first}", "id: b, check: {sql: x, expect: {equals: {saved: frist}}}"),
            [
                (
                    "p.yaml:6:52: step b: compares with the saved result 'frist', but no check saves it "
                    "=> did you mean 'first'?"
                )
            ],
        ),
        (
            steps("id: a, check: {sql: x, save_as: s}", "id: b, check: {sql: x, expect: {equals: {saved: s}}}"),
            [
                (
                    "p.yaml:6:52: step b: compares with the saved result 's', but does not need step a, which saves it "
                    "=> add a to its needs"
                )
            ],
        ),
        (
            steps(
                "id: a, check: {sql: x, save_as: s}",
                "id: b, migrate: {sql: x, assert: [{sql: x, expect: {equals: {saved: s}}}]}",
            ),
            [
                (
                    "p.yaml:6:72: step b: compares with the saved result 's', but does not need step a, which saves it "
                    "=> add a to its needs"
                )
            ],
        ),
        (
            steps("id: a, check: {sql: x, save_as: s, expect: {equals: {saved: s}}}"),
            [
                (
                    "p.yaml:5:64: step a: compares with the saved result 's', which it saves itself "
                    "=> name the result of an earlier check"
                )
            ],
        ),
        (
            steps("id: a, migrate: {sql: x, assert: [{sql: x, expect: {rows: {min: 2, max: 1}}}]}"),
            ["p.yaml:5:68: step a: expect.rows: min 2 is more than max 1 => exchange them"],
        ),
        (
            steps(f"id: a, {SQL}", f"id: b, needs: [a], {DUMP}", top="transaction: plan"),
            [
                (
                    "p.yaml:6:3: step b: a backup that writes files runs behind step a, a migrate step, "
                    "inside the one transaction of the plan => need no migrate step, or set transaction: step"
                )
            ],
        ),
        (
            steps(
                f"id: a, {SQL}",
                f"id: b, {SQL}",
                "id: c, needs: [b], check: {confirm: x}",
                "id: d, needs: [c], backup: {csv: {sql: x}}",
                top="transaction: plan",
            ),
            [
                (
                    "p.yaml:8:3: step d: a backup that writes files runs behind step b, a migrate step, "
                    "inside the one transaction of the plan => need no migrate step, or set transaction: step"
                )
            ],
        ),
        (
            steps(f"id: a, {SQL}", "id: b, backup: {files: [x]}", top="transaction: plan"),
            [
                (
                    "p.yaml:6:3: step b: a backup that writes files runs behind step a, a migrate step, "
                    "inside the one transaction of the plan "
                    "=> put it before step a in the file, or set transaction: step"
                )
            ],
        ),
    ],
)
def test_the_sense_of_a_plan(whole, text, faults):
    assert whole(text) == faults


@pytest.mark.parametrize(
    "text",
    [
        steps(f"id: a, needs: [b], {SQL}", f"id: b, {DUMP}", top="transaction: plan"),
        steps(f"id: a, {SQL}", "id: b, needs: [a], backup: {table: t, into: u}", top="transaction: plan"),
        steps(f"id: a, {SQL}", f"id: b, needs: [a], {DUMP}"),
        steps(
            "id: a, check: {sql: x, save_as: s}",
            f"id: b, needs: [a], {SQL}",
            "id: c, needs: [b], check: {sql: x, expect: {equals: {saved: s}}}",
        ),
        steps("id: a, check: {sql: x, expect: {rows: {min: 1, max: 1}}}"),
        steps("id: a, check: {sql: x, expect: {value: {min: -1.5, max: 1}}}", top="defaults: {lock_timeout: 24d}"),
    ],
)
def test_what_lies_just_inside_the_rules(tmp_path, text):
    path = tmp_path / "p.yaml"
    path.write_text(text)
    assert load(path).steps


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (  # without an id no id is given twice
            steps(SQL, SQL),
            ["p.yaml:5:3: steps[0]: the key id is missing", "p.yaml:6:3: steps[1]: the key id is missing"],
        ),
        (  # a rollback step is no good advice
            steps(f"id: alpha, {SQL}", "id: undo_al, rollback: {of: alpha, sql: x}", f"id: b, needs: [undo_a], {SQL}"),
            ["p.yaml:7:19: step b: needs 'undo_a', but no step has this id => known here: alpha"],
        ),
        (  # where there is a cycle, there is no order to judge
            steps(f"id: a, needs: [b], {SQL}", f"id: b, needs: [a], {DUMP}", top="transaction: plan"),
            ["p.yaml:5:3: steps need each other in a cycle: a -> b -> a => remove one of these needs"],
        ),
        (  # what the step is to be is not known
            steps("id: a", "id: u, rollback: {of: a, sql: x}"),
            [f"p.yaml:5:3: step a: {ONE_OF_STEP} none of them"],
        ),
        (
            steps(f"id: a, {DUMP}, {SQL}", "id: u, rollback: {of: a, sql: x}"),
            [f"p.yaml:5:3: step a: {ONE_OF_STEP} backup and migrate"],
        ),
    ],
)
def test_one_mistake_is_told_once(whole, text, faults):
    assert whole(text) == faults


def test_cycles_beyond_the_bound_are_counted_not_listed(whole):
    names = [f"s{number}" for number in range(9)]
    dense = (f"id: {name}, needs: [{', '.join(other for other in names if other != name)}], {SQL}" for name in names)
    faults = whole(steps(*dense))
    listed = [fault for fault in faults if "steps need each other in a cycle" in fault]
    assert len(listed) == 20
    assert [fault.partition(": ")[2] for fault in faults if fault not in listed] == [
        "there are more than 20 cycles => break those listed first"
    ]


def test_all_faults_are_told_at_once_in_the_order_of_the_file(whole):
    text = """\
planrun: 1
name: a
name: b
transaction: plann
steps:
  - id: one
    needs: [two, nobody]
    migrate: {sql: x, flie: y}
  - id: two
    needs: [one]
    check: {sql: x, expect: {equals: {saved: nothing}}}
  - id: two
    backup: &anchor {files: []}
"""
    assert [fault.split(" => ")[0] for fault in whole(text)] == [
        "p.yaml:3:1: the key 'name' is written twice, first at p.yaml:2:1",
        "p.yaml:4:14: transaction: wanted step or plan, found 'plann'",
        "p.yaml:6:5: steps need each other in a cycle: one -> two -> one",
        "p.yaml:7:18: step one: needs 'nobody', but no step has this id",
        "p.yaml:8:23: step one: migrate: the key 'flie' is unknown",
        "p.yaml:11:46: step two: compares with the saved result 'nothing', but no check saves it",
        "p.yaml:12:5: step two: this id is given twice, first at p.yaml:9:5",
        "p.yaml:13:13: anchors such as &anchor are not allowed in a plan",
        "p.yaml:13:29: step two: backup.files: wanted at least one entry, found an empty list",
    ]


def test_steps_that_are_several_transactions_cannot_be_part_of_one(whole):
    text = (
        f"{HEAD}transaction: plan\nsteps:\n"
        "  - {id: a, migrate: {sql: x, batch: {table: t, key: k, size: 1}}}\n"
        "  - {id: b, migrate: {sql: x, transaction: none}}\n"
    )
    assert whole(text) == [
        (
            "p.yaml:5:38: step a: batch: each page is a transaction, but the whole plan is to be one"
            " => remove batch:, or set transaction: step for the plan"
        ),
        (
            "p.yaml:6:44: step b: transaction: none: it cannot run in a transaction, but the whole plan is to be one"
            " => set transaction: step for the plan"
        ),
    ]
    assert len(whole(text.replace("transaction: plan", "transaction: stop"))) == 1  # the word itself


APART = "tables and schemas do not go together: pg_dump would leave the schemas out"


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (
            "{id: a, backup: {database: {jobs: 2}}}",
            [f"39: {OF_DUMP}.jobs: only a directory is written by several jobs => set format: directory"],
        ),
        (
            "{id: a, backup: {database: {tables: [t], schemas: [s]}}}",
            [f"55: {OF_DUMP}: {APART} => name the tables of the schemas beside those at p.yaml:5:41"],
        ),
        (
            "{id: a, backup: {database: {tables: [a b]}}}",
            [f"42: {OF_DUMP}.tables[0]: wanted the name of a table, found 'a b' => {TABLE_NAME}"],
        ),
    ],
)
def test_forms_of_a_dump_that_do_not_go_together(step, text, faults):
    assert step(text) == faults


def test_a_directory_cannot_be_encrypted(whole):
    text = f"{HEAD}encrypt: {{recipients: [age1qq]}}\nsteps: [{{id: a, backup: {{database: {{format: directory}}}}}}]\n"
    message = f"{OF_DUMP}.format: pg_dump writes the files of a directory itself, so that none can be encrypted"
    assert whole(text) == [f"p.yaml:4:45: {message} => set format: custom, or remove encrypt from the plan"]
