#!/usr/bin/env python3
"""Writes what Jinja2 makes of small templates, under the settings that Transformers gives it, as the facts that the
interpreter's tests compare with:

    python3 eng/jinja/facts.py > tests/Luthier.Text.Tests/Jinja/facts.json

Needs Jinja2 3.1 (python3-jinja2). Each fact is {template, input, output}, or error with the exception's name.
"""

import datetime
import json
import sys

import jinja2
import jinja2.ext
import jinja2.sandbox

import expressions
import statements

NOW = datetime.datetime(2026, 1, 2, 3, 4, 5)

INPUT = {
    "s": "Hello, World",
    "e": "",
    "u": "naïve Straße 😀 日本",
    "n": 42,
    "f": 3.5,
    "z": None,
    "t": True,
    "l": [3, 1, 2],
    "w": ["b", "A", "c", "a"],
    "d": {"b": 1, "a": [1, 2], "items": "own"},
    "m": [
        {"role": "user", "content": "Hi", "n": 1},
        {"role": "assistant", "content": None, "n": 2, "tool": {"name": "f", "args": {"x": [1, {"y": "é"}]}}},
        {"role": "User", "content": "Bye", "n": 1},
    ],
    "big": 123456789012345678901234567890,
    "lines": "one\n  two\n\nthree\r\nfour\n",
    "html": "<a href=\"x\">T&C's</a>",
}


# What the interpreter does otherwise on purpose: complex numbers, bytes, other templates, classes as text.
DIFFERENT = {
    "{{ (-3) ** (2.5) }}",
    "{{ (-8) ** 0.5 }}",
    "{{ ('2'|safe) * (missing) }}",
    "{{ s.encode() }}",
    "{{ '%5%' % () }}",
    "{{ self }}",
    "{{ namespace }}",
    "{% include 'x' %}",
    "{% import 'x' as y %}",
    "{% from 'x' import y %}",
    "{% extends 'x' %}",
}


class Generation(jinja2.ext.Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_body"), [], [], body).set_lineno(line)

    @jinja2.pass_eval_context
    def _body(self, context, caller):
        return caller()


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def environment():
    env = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols]
    )
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = NOW.strftime
    return env


def main():
    env = environment()
    facts = []
    seen = set()
    for template in [*expressions.all_cases(), *statements.all_cases()]:
        if template in seen:
            continue
        seen.add(template)
        fact = {"template": template}
        try:
            fact["output"] = env.from_string(template).render(**INPUT)
            fact["output"].encode()
        except Exception as error:  # the name of it is the fact
            fact.pop("output", None)
            fact["error"] = type(error).__name__
        if " at 0x" not in fact.get("output", "") and template not in DIFFERENT:
            facts.append(fact)
    lines = ",\n".join(json.dumps(fact, ensure_ascii=True) for fact in facts)
    sys.stdout.write('{"input":%s,\n"facts":[\n%s\n]}\n' % (json.dumps(INPUT), lines))


if __name__ == "__main__":
    main()
