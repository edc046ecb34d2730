"""Rendering: what comes out, where its lines come from, and every fault with its place."""

import pytest

from planrun.core.plan import Inline, Template, Verbatim
from planrun.edges.render import Limits, Renderer
from planrun.errors import Place, PlanInvalid

VARS = {
    "rented": {"tenants": "rent IS NOT NULL", "units": "rent > 0"},
    "tables": ["tenants", "units"],
    "columns": [{"name": "a", "type": "int"}, {"name": "b", "type": "text", "default": "x"}],
    "ids": [1, 2, 3],
    "name": "O'Hara",
    "odd": {"items": "k", "values": "v"},
    "empty": [],
}
PLACE = Place("plan.yaml", 10, 7)


@pytest.fixture
def project(tmp_path):
    (tmp_path / "templates").mkdir()
    return tmp_path


@pytest.fixture
def write(project):
    def write(name, text):
        path = project / "templates" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())

    return write


@pytest.fixture
def render(project):
    def render(source, **limits):
        source = Inline(source, PLACE) if isinstance(source, str) else source
        return Renderer(project, VARS, Limits(**limits)).render(source)

    return render


@pytest.fixture
def faults(render):
    def faults(source, **limits):
        with pytest.raises(PlanInvalid) as raised:
            render(source, **limits)
        return raised.value.faults

    return faults


def template(name):
    return Template(name, PLACE)


# --- what comes out ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("SELECT {{ name | literal }}", "SELECT 'O''Hara'"),
        ("SELECT {{ tables | ident }}", 'SELECT "tenants", "units"'),
        ("IN ({{ ids | literal }})", "IN (1, 2, 3)"),
        ("WHERE {{ rented.tenants | sql }}", "WHERE rent IS NOT NULL"),
        ("WHERE {{ rented['tenants'] | sql }}", "WHERE rent IS NOT NULL"),
        ("{% for t in tables %}{{ rented[t] | sql }};{% endfor %}", "rent IS NOT NULL;rent > 0;"),
        (
            "{% for t, c in rented.items() %}{{ t | ident }}:{{ c | sql }};{% endfor %}",
            '"tenants":rent IS NOT NULL;"units":rent > 0;',
        ),
        ("{% for c in rented.values() %}{{ c | sql }};{% endfor %}", "rent IS NOT NULL;rent > 0;"),
        ("{{ columns | map(attribute='name') | ident }}", '"a", "b"'),
        ("{{ ('app.' ~ tables[0]) | ident }}", '"app"."tenants"'),
        ("{{ (name if ids else tables[0]) | literal }}", "'O''Hara'"),
        ("{{ name | literal if ids else tables[0] | ident }}", "'O''Hara'"),
        ("{{ odd.items | literal }} {{ odd.values | literal }}", "'k' 'v'"),
        ("{{ ids | length | literal }}", "3"),
        ("{% for i in range(3) %}{{ i | literal }} {% endfor %}", "0 1 2 "),
        ("{% for c in columns %}{% if c.default is defined %}{{ c.default | literal }}{% endif %}{% endfor %}", "'x'"),
        ("{% for t in tables %}{{ t | ident }}{% if not loop.last %}, {% endif %}{% endfor %}", '"tenants", "units"'),
        ("{% for t in tables %}{{ loop.cycle('a', 'b') | literal }}{% endfor %}", "'a''b'"),
        ("{% macro m(x) %}<{{ x | literal }}>{% endmacro %}{{ m(1) }}{{ m('a') }}", "<1><'a'>"),
        ("{% macro m() %}[{{ caller() }}]{% endmacro %}{% call m() %}{{ name | literal }}{% endcall %}", "['O''Hara']"),
        ("{% set x %}a{{ ids[0] | literal }}<{% endset %}{{ x | literal }}", "'a1<'"),
        ("{% raw %}'{{1,2}}'{% endraw %}", "'{{1,2}}'"),
        ("{# note #}SELECT 1\n", "SELECT 1\n"),
        ("SELECT '{1,2}'::int[]\n", "SELECT '{1,2}'::int[]\n"),
    ],
)
def test_what_comes_out(render, source, text):
    assert render(source).text == text


def test_rendering_is_the_same_every_time(render):
    source = "{% for k in rented %}{{ k | ident }}{% endfor %}{{ tables | unique | ident }}"
    assert len({render(source).text for _ in range(5)}) == 1


def test_blocks_leave_no_empty_lines(render):
    assert render(
        "{% for t in tables %}\n  {% if t %}\nDROP TABLE {{ t | ident }};\n  {% endif %}\n{% endfor %}\n"
    ).text == ('DROP TABLE "tenants";\nDROP TABLE "units";\n')


def test_templates_include_import_and_extend(write, render):
    write("base.sql", "BEGIN\n{% block body %}base{% endblock %}\nEND {{ x | literal }}\n")
    write("a/macros.sql", "{% macro add(t, c) %}ALTER TABLE {{ t | ident }} ADD {{ c | ident }} int;{% endmacro %}")
    write("part.sql", "-- {{ t | literal }}\n")
    write(
        "main.sql",
        "{% extends 'base.sql' %}{% set x = 1 %}{% from 'a/macros.sql' import add as plus %}\n"
        "{% import 'a/macros.sql' as m %}\n"
        "{% block body %}{{ super() }}\n{{ plus('t', 'c') }}\n{{ m.add('u', 'd') }}\n"
        "{% for t in tables %}{% include 'part.sql' %}{% endfor %}{% endblock %}",
    )
    assert render(template("main.sql")).text == (
        'BEGIN\nbase\nALTER TABLE "t" ADD "c" int;\nALTER TABLE "u" ADD "d" int;\n-- \'tenants\'\n-- \'units\'\nEND 1\n'
    )


# --- where lines come from ---------------------------------------------------------------------


def origins(script):
    return [
        (line, str(place)) for line, place in zip(script.text.split("\n"), script.origins, strict=True) if line.strip()
    ]


def test_lines_of_a_template_know_their_origin(write, render):
    write("macros.sql", "{# comment #}\n{% macro two(x) %}\n{{ x | literal }},\n  {{ x | literal }}\n{%- endmacro %}\n")
    write("part.sql", "\n{{ t | ident }}\n")
    write(
        "main.sql",
        "{% from 'macros.sql' import two %}\nSELECT 1;\n\n{% for t in tables -%}\n   A {{ t | ident }}\n"
        "{% include 'part.sql' %}\n{% if false %}\nnever\n{% endif %}\nB {{ two(1) }} C\n{%- endfor %}\n\n\nEND\n",
    )
    script = render(template("main.sql"))
    turn = [
        ("A", "templates/main.sql:5:1"),
        ('"', "templates/part.sql:2:1"),
        ("B", "templates/main.sql:10:1"),
    ]
    found = origins(script)
    assert found[0] == ("SELECT 1;", "templates/main.sql:2:1")
    assert [(line[0], place) for line, place in found[1:4]] == turn
    assert found[4] == ('  1 CA "units"', "templates/macros.sql:4:1")
    assert found[-1] == ("END", "templates/main.sql:14:1")


def test_lines_of_a_plan_keep_its_indentation(render):
    script = render("SELECT 1;\n  SELECT {{ name | literal }};\n{% if ids %}\nSELECT 2;\n{% endif %}\n")
    assert origins(script) == [
        ("SELECT 1;", "plan.yaml:10:7"),
        ("  SELECT 'O''Hara';", "plan.yaml:11:7"),
        ("SELECT 2;", "plan.yaml:13:7"),
    ]
    assert script.place_of(script.text.index("SELECT '")) == Place("plan.yaml", 11, 9)


def test_a_template_without_blocks_keeps_its_lines(render):
    assert origins(render("a\nb {{ ids[0] | literal }}\n\nc"))[-1] == ("c", "plan.yaml:13:7")


def test_where_marks_would_change_the_text_the_file_alone_is_known(render):
    script = render("{% set x %}\nab\n{% endset %}{% if x | length == 3 %}\nshort\n{% endif %}\nend")
    assert script.text == "short\nend"
    assert set(script.origins) == {Place("plan.yaml")}
    assert script.place_of(7) == Place("plan.yaml")


def test_a_verbatim_file_is_not_touched(project, render):
    text = "SELECT '{{1,2}}', '{% x %}';\r\n{{ nothing }}\n"
    (project / "old.sql").write_bytes(b"\xef\xbb\xbf" + text.encode())
    script = render(Verbatim("old.sql", PLACE))
    assert script.text == text
    assert script.place_of(text.index("{{ nothing")) == Place("old.sql", 2, 1)


# --- faults of templates -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "expression",
    [
        "name",
        "name | upper",
        "'text'",
        "1",
        "ids[0]",
        "name ~ (name | literal)",
        "name | literal | upper",
        "(name | literal) if ids",
        "name | literal if ids else name",
        "range(3)",
        "loop_",
        "tables | map('ident') | join(', ')",
    ],
)
def test_every_output_says_what_it_is(faults, expression):
    found = faults(f"SELECT 1;\n\n  {{{{ {expression} }}}};")
    assert Place("plan.yaml", 12, 9) in [fault.place for fault in found]
    assert any(f"{{{{ {expression} }}}} reaches the SQL" in fault.message for fault in found)


@pytest.mark.parametrize(
    "source",
    [
        "{% print name %}",
        "{% if not ids %}{{ name }}{% endif %}",
        "{% macro never() %}{{ name }}{% endmacro %}",
        "{% for t in empty %}{{ t }}{% else %}{{ name }}{% endfor %}",
        "{% set x %}{{ name | literal }}{% endset %}{{ x }}",
        "{% set x %}{{ name }}{% endset %}",
        "{% macro m(x) %}{{ x }}{% endmacro %}{{ m(1) }}",
        "{% block b %}{{ name }}{% endblock %}",
        "{% with x = name %}{{ x }}{% endwith %}",
        "{% filter upper %}a{% endfilter %}",
        "{% filter literal %}a{% endfilter %}",
        "{% autoescape false %}a{% endautoescape %}",
        "{% for t in tables %}{% block b scoped %}{% endblock %}{% endfor %}",
        "{{ name | nosuch | literal }}",
        "{% if name is nosuch %}{% endif %}",
        "{% if name | format %}{% endif %}",
        "{% set x = name | literal %}",
        "{% do ids.append(1) %}",
        "{% if %}",
        "{{ name",
        "{% for t in tables %}",
    ],
)
def test_faults_in_branches_that_are_not_taken_too(faults, source):
    found = faults(f"\n{source}")
    assert found
    assert all(fault.place.line == 11 for fault in found)


@pytest.mark.parametrize(
    "expression",
    [
        "'text'",
        "(name ~ '')",
        "(name)|upper",
        "tables | first",
        "m()",
        "odd.get('items')",
    ],
)
def test_sql_takes_only_what_the_plan_declares(faults, expression):
    (fault, *_) = faults("{% macro m() %}{% endmacro %}{{ " + expression + " | sql }}")
    assert "is not a fragment that the plan declares" in fault.message
    assert expression in fault.message


@pytest.mark.parametrize(
    "source",
    [
        "{% set name = name ~ 'x' %}{{ name | sql }}",
        "{% if ids %}{% set name = 'x' %}{% endif %}{{ name | sql }}",
        "{% for t in tables %}{% set t = t ~ 'x' %}{{ t | sql }}{% endfor %}",
        "{% for name in ['x'] %}{{ name | sql }}{% endfor %}",
        "{% for name in tables | reverse %}{{ name | sql }}{% endfor %}",
        "{% macro m(name) %}{{ name | sql }}{% endmacro %}{{ m('x') }}",
        "{% with name = 'x' %}{{ name | sql }}{% endwith %}",
        "{% set name %}x{% endset %}{{ name | sql }}",
        "{% set name = 'x' %}{% include 'shown.sql' %}",
        "{% for name in ['x'] %}{% include 'shown.sql' %}{% endfor %}",
        "{% extends 'shown.sql' %}{% set name = 'x' %}",
        "{% from 'shown.sql' import name with context %}{{ name | sql }}",
        "{% for t in tables %}{% from 'shown.sql' import x as t with context %}{{ t | sql }}{% endfor %}",
    ],
)
def test_a_name_that_hides_a_variable_is_not_trusted(write, faults, source):
    write("shown.sql", "{{ name | sql }}")
    assert any("is not a fragment that the plan declares" in fault.message for fault in faults(source))


@pytest.mark.parametrize(
    ("source", "column", "message", "hint"),
    [
        ("{{ nane | literal }}", 10, "'nane' is not defined", "did you mean 'name'?"),
        ("{{ rented.tenant | sql }}", 17, "rented has no 'tenant' in the plan's vars", "did you mean 'tenants'?"),
        ("{{ rented['xyz'] | sql }}", 18, "rented has no 'xyz' in the plan's vars", "it has tenants, units"),
        ("{{ ids[3] | literal }}", 14, "ids has no 3 in the plan's vars", "ids is a list of 3"),
        ("{{ name.first | literal }}", 15, "name has no 'first' in the plan's vars", "name is text"),
        ("{{ columns[0].nam | literal }}", 21, "columns.0 has no 'nam' in the plan's vars", "did you mean 'name'?"),
    ],
)
def test_undefined_variables_are_found_with_their_place(faults, source, column, message, hint):
    (fault,) = faults("{% if false %}\n" + source + "\n{% endif %}")
    assert (fault.message, fault.hint) == (message, hint)
    assert fault.place == Place("plan.yaml", 11, column)


def test_a_variable_is_undefined_in_an_import_without_context(write, faults, render):
    write("m.sql", "{% macro m() %}{{ name | literal }}{% endmacro %}")
    (fault,) = faults("{% from 'm.sql' import m %}{{ m() }}")
    assert (fault.message, fault.place) == ("'name' is not defined", Place("templates/m.sql", 1, 19))
    assert render("{% from 'm.sql' import m with context %}{{ m() }}").text == "'O''Hara'"


def test_a_loop_variable_without_a_key_is_found_when_it_renders(faults):
    (fault,) = faults("\n{% for c in columns %}\n\n{{ c.default | literal }}{% endfor %}")
    assert "'default'" in fault.message
    assert fault.place.line == 13


def test_all_faults_of_all_templates_come_at_once_each_once(write, faults):
    write("part.sql", "SELECT 1;\n{{ nothing | ident }}\n")
    found = faults(
        "{% include 'part.sql' %}{% include 'part.sql' %}\n{{ name }}\n{{ missing | ident }}\n{% include 'gone.sql' %}"
    )
    assert [str(fault.place) for fault in found] == [
        "plan.yaml:11:7",
        "plan.yaml:12:10",
        "plan.yaml:13",
        "templates/part.sql:2:4",
    ]


def test_the_syntax_error_of_an_included_template_has_its_place(write, faults):
    write("part.sql", "SELECT 1;\n{% if %}\n")
    (fault,) = faults("{% include 'part.sql' %}")
    assert fault.place == Place("templates/part.sql", 2)
    assert "template syntax" in fault.message


def test_what_rendering_finds_has_the_place_of_the_innermost_template(write, faults):
    write("part.sql", "SELECT 1;\n\n{{ empty | ident }}\n")
    (fault,) = faults("\n{% include 'part.sql' %}")
    assert fault.place == Place("templates/part.sql", 3)
    assert "empty list" in fault.message


@pytest.mark.parametrize(
    "source",
    ["{{ (1 / 0) | literal }}", "{% if name < 1 %}{% endif %}", "{{ rented | literal }}"],
)
def test_errors_of_expressions_are_faults(faults, source):
    (fault,) = faults("\n" + source)
    assert fault.place == Place("plan.yaml", 11)


def test_a_block_defined_twice_is_a_fault(faults):
    (fault,) = faults("{% block a %}{% endblock %}\n{% block a %}{% endblock %}")
    assert fault.place == Place("plan.yaml", 11)


# --- hostile templates -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__ }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() | literal }}",
        "{{ ''['__class__'] | literal }}",
        "{{ name['__class__'] | literal }}",
        "{{ tables | map(attribute='__class__') | literal }}",
        "{{ range.__globals__ | literal }}",
        "{{ range['__self__'] | literal }}",
        "{{ self.__init__.__globals__ | literal }}",
        "{{ self['_TemplateReference__context'] | literal }}",
        "{% for t in tables %}{{ loop['__init__'] | literal }}{% endfor %}",
        "{% macro m() %}{% endmacro %}{{ m['__call__'] | literal }}",
        "{{ '{0.__class__}'.format(1) | literal }}",
        "{{ '%s'.join(tables) | literal }}",
        "{% set f = ''['join'] %}{{ f(tables) | literal }}",
        "{% set f = ''['format'] %}{{ f(tables) | literal }}",
        "{{ ids.append(4) | literal }}",
        "{% set f = ids['append'] %}{% if f(4) %}{% endif %}",
        "{% set f = rented['update'] %}{% if f(a=1) %}{% endif %}",
        "{{ ('a' * 1000000000) | literal }}",
        "{{ (ids * 1000000000) | literal }}",
        "{{ (10 ** 10 ** 10) | literal }}",
        "{{ ('%1000000000d' % 1) | literal }}",
        "{{ name | attr('upper') | literal }}",
        "{{ cycler('a') | literal }}",
        "{{ lipsum() | literal }}",
        "{{ namespace(a=1).a | literal }}",
        "{{ dict(a=1) | literal }}",
    ],
)
def test_nothing_of_python_is_in_reach(faults, source):
    assert faults(source)
    assert VARS["ids"] == [1, 2, 3]


def test_text_that_reaches_the_output_unmarked_is_refused_at_the_second_wall(project):
    # The walk of the syntax tree is the first wall; here only the second one stands.
    renderer = Renderer(project, VARS)
    renderer._library.inline(Inline("{{ name }}", PLACE))
    (name,) = renderer._library._known
    with pytest.raises(Exception, match="without a final filter"):
        renderer._templates._sandbox.run(name, VARS)


@pytest.mark.parametrize(
    "source",
    [
        "{% for i in range(1000000) %}{% endfor %}",
        "{% for i in range(0, -1000000, -1) %}{% endfor %}",
        "{% for i in range(10**30) %}{% endfor %}",
        "{% for i in range(9000) %}{% for j in range(9000) %}{% endfor %}{% endfor %}",
        "{% macro m(n) %}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}",
        "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
        "{% for a in ids recursive %}{{ loop(ids) }}{% endfor %}",
    ],
)
def test_endless_templates_end(faults, source):
    (fault,) = faults(source, turns=100_000)
    assert "cannot be rendered" in fault.message


def test_the_size_of_the_text_is_bounded(faults):
    (fault,) = faults("{% for i in range(1000) %}0123456789{% endfor %}", size=9_999)
    assert "larger than 9999 bytes" in fault.message


def test_the_time_is_bounded(faults):
    (fault,) = faults("{% for i in range(1000) %}{% endfor %}", seconds=0)
    assert "did not end within 0 s" in fault.message


def test_templates_do_not_pull_in_themselves(write, faults):
    write("a.sql", "{% include 'b.sql' %}")
    write("b.sql", "\n{% if false %}{% include 'a.sql' %}{% endif %}")
    (fault,) = faults(template("a.sql"))
    assert fault.message == "template 'a.sql' pulls in itself: a.sql -> b.sql -> a.sql"
    assert fault.place == Place("templates/b.sql", 2)
    write("c.sql", "{% extends 'c.sql' %}")
    assert "pulls in itself" in faults(template("c.sql"))[0].message


def test_includes_are_bounded_in_depth_and_number(write, faults):
    for number in range(20):
        write(f"{number}.sql", f"{{% include '{number + 1}.sql' %}}" * 2)
    write("20.sql", "")
    assert any("too deeply or too often" in fault.message for fault in faults(template("0.sql")))


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "../outside.sql",
        "a/../../outside.sql",
        "..\\outside.sql",
        "C:/x",
        "link.sql",
        "folder/outside.sql",
        "",
    ],
)
def test_templates_cannot_leave_their_folder(project, faults, name):
    (project / "outside.sql").write_text("SELECT 1")
    (project / "templates" / "link.sql").symlink_to(project / "outside.sql")
    (project / "templates" / "folder").symlink_to(project)
    (fault,) = faults(template(name))
    assert fault.place == PLACE
    (fault,) = faults("{% include " + repr(name) + " %}")
    assert fault.place == Place("plan.yaml", 10)


def test_a_name_that_leads_upwards_is_refused_even_inside(write, faults):
    write("a/b.sql", "SELECT 1")
    (fault,) = faults(template("a/../a/b.sql"))
    assert "leads upwards" in fault.message


def test_a_link_inside_the_folder_may_stay(project, write, render):
    write("real.sql", "SELECT 1")
    (project / "templates" / "link.sql").symlink_to("real.sql")
    assert render(template("link.sql")).text == "SELECT 1"


def test_verbatim_files_cannot_leave_the_project(project, tmp_path_factory, faults):
    outside = tmp_path_factory.mktemp("outside") / "x.sql"
    outside.write_text("SELECT 1")
    (project / "x.sql").symlink_to(outside)
    for name in ("x.sql", str(outside), f"../{outside.parent.name}/x.sql"):
        (fault,) = faults(Verbatim(name, PLACE))
        assert fault.place == PLACE


@pytest.mark.parametrize(
    "source",
    ["{% include tables[0] %}", "{% include ['a.sql', 'b.sql'] %}", "{% extends name %}", "{% import name as m %}"],
)
def test_the_name_of_a_template_is_a_constant(faults, source):
    assert "constant" in faults(source)[0].message


def test_a_missing_template_is_named_with_the_nearest(write, faults):
    write("a/leases.sql", "")
    (fault,) = faults(template("a/lease.sql"))
    assert fault.hint == "did you mean 'a/leases.sql'?"
    assert faults(template("nowhere/x.sql"))[0].hint is None


def test_a_template_that_is_no_text_is_a_fault(project, faults):
    (project / "templates" / "x.sql").write_bytes(b"SELECT 1;\n\xff")
    (fault,) = faults(template("x.sql"))
    assert "line 2 holds the byte 0xff" in fault.message
