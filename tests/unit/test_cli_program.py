"""The program: its commands, its words, and how a wrong word ends."""

import json

import click
import pytest
from click.testing import CliRunner

from planrun import __version__
from planrun.cli import faults, program
from planrun.cli.program import COMMANDS


def run(*args):
    return CliRunner().invoke(program, args)


def commands():
    """Every command that can be run, by its words."""
    context = click.Context(program)
    for name in COMMANDS:
        command = program.get_command(context, name)
        if isinstance(command, click.Group):
            yield from (
                (f"{name} {inner}", command.get_command(context, inner)) for inner in command.list_commands(context)
            )
        else:
            yield name, command


ALL = dict(commands())


def test_help_lists_every_command_in_the_order_of_use():
    result = run("--help")
    assert result.exit_code == 0
    listed = [line.split()[0] for line in result.stdout.partition("order of use:\n")[2].splitlines() if line[2:3] > " "]
    assert [word for word in listed if word in COMMANDS] == list(COMMANDS)
    assert list(COMMANDS) == [
        "init", "demo", "validate", "show", "execute", "status", "rollback", "finalize", "backup", "alert",
    ]  # fmt: skip


def test_version():
    assert run("--version").stdout == f"planrun {__version__}\n"


@pytest.mark.parametrize("words", ALL)
def test_each_help_has_an_example_and_says_what_each_option_does(words):
    shown = run(*words.split(), "--help").stdout
    assert f"  planrun {words}" in shown.partition("Examples:")[2]
    for parameter in ALL[words].params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


@pytest.mark.parametrize("words", ALL)
def test_each_command_can_write_json(words):
    assert "--json" in {option for parameter in ALL[words].params for option in parameter.opts}


def test_the_options_are_those_of_the_design():
    options = {
        words: {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
        for words, command in ALL.items()
    }
    assert options == {
        "init": {"--json"},
        "demo": {"--keep", "--stop", "--json"},
        "validate": {"--schema", "--json"},
        "show": {"--format", "--json"},
        "execute": {"--url", "--dry-run", "--out", "--until", "--confirm", "--jobs", "--yes", "--json"},
        "status": {"--url", "--conflicts", "--run", "--csv", "--json"},
        "rollback": {
            "--url",
            "--run",
            "--to",
            "--only",
            "--dry-run",
            "--preview",
            "--on-conflict",
            "--yes",
            "--json",
        },
        "finalize": {"--url", "--yes", "--json"},
        "alert": {"--url", "--since", "--dry-run", "--json"},
        "backup list": {"--json"},
        "backup upload": {"--set", "--url", "--json"},
        "backup prune": {"--url", "--dry-run", "--yes", "--json"},
        "backup hold": {"--reason", "--json"},
        "backup release": {"--json"},
        "backup verify": {"--set", "--restore", "--on", "--identity", "--url", "--json"},
        "backup restore": {
            *("--into", "--step", "--table", "--clean", "--in-use", "--on-conflict", "--dry-run", "--identity"),
            *("--yes", "--json"),
        },
    }


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["excute"], "no such command 'excute'"),
        (["validate", "p.yaml", "--schema"], "--schema stands alone"),
        (["show"], "missing argument 'PLAN'"),
        (["execute", "p.yaml", "--force"], "no such option '--force'"),
        (["show", "p.yaml", "--format", "svg"], "'svg' is not one of 'text', 'json', 'mermaid'"),
        (["show", "p.yaml", "q.yaml"], "unexpected extra argument"),
        (["rollback", "p.yaml", "--run", "last"], "'last' is not a valid integer"),
        (["rollback", "p.yaml", "--run", "0"], "0 is not in the range x>=1"),
        (["rollback", "p.yaml", "--dry-run", "--preview"], "--dry-run and --preview exclude each other"),
        (["execute", "p.yaml", "--out", "sql"], "--out is for --dry-run"),
        (["execute", "postgresql://me@host/db"], "wanted a path, found a URL; a database is named by --url"),
        (["demo", "--keep", "--stop"], "--keep and --stop exclude each other"),
        (["execute", "p.yaml", "--until"], "option '--until' requires an argument"),
        (["backup", "renew"], "no such command 'renew'"),
        (["backup", "verify", "--on", "host=x"], "--on says where to restore, and nothing is to be restored"),
    ],
)
def test_wrong_usage_is_exit_code_2_in_one_plain_sentence(args, message):
    result = run(*args)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert message in result.stderr
    assert result.stderr.startswith("error: ")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (["excute", "p.yaml"], "hint: did you mean execute?\n"),
        (["frobnicate"], "hint: the commands are init, demo, validate,"),
        (["backup", "lst"], "hint: did you mean list?\n"),
        (["backup", "verfy"], "hint: did you mean verify?\n"),
        (["backup", "zzz"], "hint: the commands are list, upload, verify,"),
        (["rollback", "p.yaml", "--onl", "x"], "hint: did you mean --only?\n"),
        (["execute", "p.yaml", "--dryrun"], "hint: did you mean --dry-run?\n"),
        (["execute", "p.yaml", "--zzzz"], "execute --help shows what can be said\n"),
    ],
)
def test_a_mistyped_word_is_answered_with_the_nearest_one(args, hint):
    result = run(*args)
    assert result.exit_code == 2
    assert hint in result.stderr


@pytest.mark.parametrize("args", [["--help"], ["backup", "--help"]])
def test_no_line_of_a_list_of_commands_is_cut_short(args):
    assert "..." not in run(*args).stdout.replace("[ARGS]...", "")


def test_no_command_shows_the_help_as_wrong_usage():
    result = run()
    assert result.exit_code == 2
    assert "order of use" in result.stderr


@pytest.mark.parametrize(
    "args", [["execute", "--json", "--force", "p.yaml"], ["execute", "p.yaml", "--json", "--out", "x"]]
)
def test_wrong_usage_with_json_is_an_object_on_stdout_too(args):
    result = run(*args)
    document = json.loads(result.stdout)
    assert result.exit_code == document["error"]["exit_code"] == 2
    assert (document["command"], document["ok"], document["error"]["kind"]) == ("execute", False, "UsageFault")
    assert document["error"]["message"] in result.stderr


def test_a_password_among_the_arguments_is_not_echoed():
    result = run("execute", "p.yaml", "postgresql://me:canary@host/db", "--json")
    assert result.exit_code == 2
    assert "me:********@host" in result.stderr
    assert "canary" not in result.stdout + result.stderr


@pytest.mark.parametrize(
    ("args", "wanted"),
    [
        (["validate", "p", "--json"], True),
        (["show", "p", "--format", "json"], True),
        (["show", "p", "--format=json"], True),
        (["validate", "--", "--json"], False),
        (["show", "p"], False),
        ([], False),
    ],
)
def test_whether_json_is_wanted(args, wanted):
    assert faults.wants_json(args) is wanted


@pytest.mark.parametrize(
    ("args", "command"),
    [
        (["execute", "p.yaml"], "execute"),
        (["backup", "verify", "x"], "backup verify"),
        (["backup", "--json"], "backup"),
        (["--version"], ""),
        ([], ""),
    ],
)
def test_which_command_it_is(args, command):
    assert faults.command_of(args) == command


@pytest.mark.parametrize(
    ("words", "stays"),
    [
        ("execute", "nothing of the step under way stays; run execute again to go on"),
        ("rollback", "nothing of the rollback stays"),
        ("finalize", "nothing was dropped"),
    ],
)
def test_an_interruption_says_what_stays(monkeypatch, words, stays):
    def interrupted(**_):
        raise KeyboardInterrupt

    monkeypatch.setattr(ALL[words], "callback", interrupted)
    result = run(words, "p.yaml", "--json")
    document = json.loads(result.stdout)
    assert result.exit_code == document["error"]["exit_code"] == 130
    assert document["error"]["kind"] == "Interrupted"
    assert stays in result.stderr


def test_an_interruption_in_the_midst_of_an_import_is_one(monkeypatch):
    def interrupted(**_):
        raise RuntimeError from KeyboardInterrupt()

    def broken(**_):
        raise RuntimeError

    monkeypatch.setattr(ALL["execute"], "callback", interrupted)
    assert run("execute", "p.yaml").exit_code == 130
    monkeypatch.setattr(ALL["execute"], "callback", broken)
    assert isinstance(run("execute", "p.yaml").exception, RuntimeError)
