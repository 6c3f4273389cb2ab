"""Renders templates with Python's chat template environment and records what comes out.

The result is the test resource dev/parley/model/text/template/cases.json, which JinjaCasesTest replays
in Java. Run it after adding a template below:

    pip install jinja2==3.1.6 transformers==5.23.0
    python model/src/test/python/jinja_cases.py

A case either has the text that was rendered, with the spans of its {% generation %} blocks, or the name
of the exception that was raised. The templates were written for this purpose.
"""

import datetime
import json
import pathlib

from transformers.utils import chat_template_utils

from jinja_chat_templates import CHAT_TEMPLATES, CONVERSATIONS

OUT = pathlib.Path(__file__).parents[1] / "resources/dev/parley/model/text/template/cases.json"
NOW = datetime.datetime(2024, 7, 4, 15, 6, 7, 89000)

VALUES = {
    "s": "Hello World",
    "e": "",
    "u": "Grüße 😀 ﬁn",
    "w": "  \n lead trail \t\n",
    "csv": "a,b,,c, d",
    "num": "42",
    "fl": " 3.5e2 ",
    "html": "<a href='x'>&\"b\"</a>",
    "i": 7,
    "z": 0,
    "n": -3,
    "big": 123456789012345678901234567890,
    "f": 2.5,
    "g": -0.1,
    "h": 1e16,
    "yes": True,
    "no": False,
    "nil": None,
    "l": [3, 1, 2],
    "m": ["b", "A", "c", "a"],
    "em": [],
    "ll": [[1, 2], [3], []],
    "mix": [1, "a", None, 2.5, True, [1], {"k": 1}],
    "d": {"a": 1, "b": [1, 2], "items": "shadow", "c": {"d": "x"}},
    "ed": {},
    "ms": [
        {"role": "system", "content": "You are S."},
        {"role": "user", "content": "Hi <b>"},
        {"role": "assistant", "content": " ok \n"},
        {"role": "user", "content": "", "n": 2},
    ],
}

# Each is rendered as {{ expression }}.
EXPRESSIONS = {
    "literal": r"""
        1 | 1.0 | 1e3 | 1.5e-7 | 0x1F | 0b101 | 0o17 | 1_000 | 1_0.5 | true | True | false | False | none | None
        'a' | "b" | 'a' 'b' | 'it''s' | "q\"q" | '\n\t\\' | '\x41\u00e9\U0001F600' | '\101' | '\q' | '\é' | '\N{BULLET}'
        'a\
b' | [] | [1, 'a', none] | [1,] | () | (1,) | (1, 2) | 1, 2 | {} | {'a': 1, 'b': [2]} | {1: 'x', 1.0: 'y', true: 'z'} | {'a': {'b': {}}}
        '\ud7ff' | 123456789012345678901234567890 | 007 | 1abc | '\x4' | '\U00110000' | '\N{NO SUCH}' | {[]: 1} | {[e]: 1}""",
    "repr": r"""
        [1.0, 0.1, 1e16, 1e15, 1e-4, 1e-5, 123456789.125, 5e-324, 1.7976931348623157e308, 2.0**70, 100.0]
        ['a\'b', "a\"b", 'a\'"b', 'tab\t', 'nl\n', 'cr\r', '\x00\x1f\x7f', 'é😀', '\u200b\xa0\u2028', 'back\\slash']
        [true, none, undef, (1,), {'k': undef}, d.items(), d.keys(), d.values(), range(3), range(1, 9, 2)]
        namespace(a=1) | [namespace()] | -0.0 | 1e400 | -1e400 | f | h | big | mix | ['x'|safe]""",
    "arithmetic": r"""
        7 + 2 | 7 - 10 | 7 * 3 | 7 / 2 | 6 / 2 | 7 // 2 | -7 // 2 | 7 // -2 | 7 % 3 | -7 % 3 | 7 % -3 | 7.5 // 2 | -7.5 % 2 | 7.5 % -2
        2 ** 10 | 2 ** -1 | 2 ** 3 ** 2 | -1 ** 2 | -2 ** 2 | 2.0 ** 0.5 | big * big | big // 7 | big % 7 | -big // 7 | big / 3 | 10 ** 25 | 1 / 3
        0.1 + 0.2 | 1e308 * 10 | 3 * 1.5 | true + true | -true | +true | 5 // 0 | 5 % 0 | 5 / 0 | 5.0 / 0 | 0 ** -1 | 1.0 // 0 | 2 ** 0.5 ** 2
        'a' + 'b' | 'a' * 3 | 3 * 'ab' | 'a' * -1 | 'a' * 0 | [1] + [2] | [1] * 2 | (1,) + (2,) | 'a' + 1 | 1 + 'a' | 'a' - 'b' | [1] + (2,) | none + 1 | undef + 1 | 1 + undef
        -i | +i | -f | -s | -undef | - -3 | 'a' * 1.0 | [1] - [1] | {} + {} | 10 ** 400 / 10 ** 399 | 1e16 + 1 | 0.0 == -0.0 | big + 0.5""",
    "percent": r"""
        '%s' % 'x' | '%s %s' % (1, 'b') | '%d' % 3.7 | '%5d|' % 42 | '%-5d|' % 42 | '%05d' % -42 | '%+d' % 5 | '% d' % 5 | '%x %X %o %#x' % (255, 255, 8, 255)
        '%.2f' % 3.14159 | '%8.3f|' % f | '%e' % 12345.678 | '%E' % 0.00012 | '%g' % 0.00001 | '%g' % 1234567.0 | '%G' % 1e-10 | '%.3g' % 1234.5 | '%#g' % 1.0
        '%s' % none | '%s' % true | '%r' % 'q' | '%c' % 65 | '%c' % 'z' | '%%' % () | '%.3s' % 'abcdef' | '%*d' % (6, 42) | '%.*f' % (2, 3.14159) | '%(a)s-%(b)d' % {'a': 'x', 'b': 3}
        '%s' % [1, 2] | '%s' % ((1, 2),) | '%s' % {'a': 1} | '%d' % true | '%s' % undef | 'plain' % () | 'plain' % [1] | '%i%u' % (1, 2) | '%.0f' % 2.5 | '%.0f' % 3.5 | '%5s|%-5s|' % ('a', 'b')
        '%s' % () | '%s %s' % 'x' | '%d' % 'x' | '%z' % 1 | '%' % 1 | 'x' % 1 | '%s' % (1, 2) | '%(a)s' % 1 | '%(q)s' % {'a': 1} | '%x' % 1.5 | '%c' % 'ab' | '%d' % none""",
    "compare": r"""
        1 < 2 | 1 < 2 < 3 | 1 < 3 < 2 | 3 > 2 >= 2 != 1 | 1 == 1.0 | 1 == true | 'a' < 'b' | 'B' < 'a' | '😀' > 'ﬁ' | [1, 2] < [1, 3] | [1] < [1, 0] | (1, 'a') < (1, 'b') | [1] == (1,)
        {'a': 1} == {'a': 1.0} | none == none | none == false | undef == undef2 | undef == none | 'a' == 1 | big == big + 0 | 0.1 + 0.2 == 0.3 | 2 ** 53 == 2 ** 53 + 1.0 | 'a' != 'A'
        1 < 'a' | none < 1 | undef < 1 | 1 >= undef | [1] < ['a'] | {} < {} | 'a' < none | [none] < [none] | [none, 1] < [none, 2]
        'a' in 'abc' | 'ell' in s | '' in s | 1 in [1, 2] | 1.0 in [1] | 'a' in d | 'z' not in d | 3 in range(5) | 'k' in mix | none in mix | not 1 in [1] | 'x' in undef | 1 in 'a' | 1 in 5 | undef in [1] | [] in d
        'a' in d.keys() | 1 in d.values() | ('a', 1) in d.items() | 'a' not in 'b' and 1 in (1,) | 1 in none""",
    "logic": r"""
        1 and 2 | 0 and 2 | 1 or 2 | 0 or '' or 'x' | not 1 | not '' | not undef | [] or none | yes and s | 'a' if yes else 'b' | 'a' if no else 'b' | 'a' if no | ('a' if no) is defined | 'a' if no else 'b' if no else 'c'
        s if undef else 'u' | (1 if 0 else 2) + 3 | not not 3 | 1 and undef | undef or 'd' | not (1 == 2) and 3 | 0 or undef is defined | ('a' if no).x | ('a' if no) ~ 'b' | true and false or true | 1 if 2 if 0 else 3 else 4""",
    "concat": r"""
        'a' ~ 1 | 1 ~ 2 | none ~ true ~ 1.0 | [1] ~ 'a' | undef ~ 'x' | 'a' ~ 'b' + 'c' | 1 + 2 ~ 3 | 'a' ~ 2 * 3 | 'x' ~ -1 | ('<'|safe) ~ '<' | 'n' ~ none""",
    "subscript": r"""
        s[0] | s[-1] | u[6] | s[99] | l[0] | l[-1] | l[9] | l['x'] | d['a'] | d['zz'] | d.zz | d.a | d.c.d | d['c']['d'] | d.items | d['items'] | ll[0][1] | ms[0].role | ms[1]['content'] | l.0 | ll.0.1 | l[true] | l[1.0] | d[[]]
        none.x | none['x'] | i.x | i[0] | undef.x | undef['x'] | undef[0] | d.zz.y | s.zz | s['upper']() | d['get']('a') | l['count'](1) | (1, 2)[1] | [1, 2][-2] | range(5)[2] | range(5)[-1] | range(5)[7] | ms[-1]['n']
        l.append(1) | l.pop() | d.pop('a') | d.update({}) | d.clear() | l.sort() | l.append is defined | d.update is defined | s.__class__ | s.__class__ is defined | s.__class__.__mro__ | ''['__class__'] | d.__class__ is defined | l[:].append(3)""",
    "slice": r"""
        s[1:3] | s[:5] | s[-5:] | s[::-1] | s[::2] | s[1:99] | s[5:1] | s[-99:2] | u[6:8] | u[::-1] | l[1:] | l[:-1] | l[::-1] | l[5:] | l[-2::-1] | l[::-2] | (1, 2, 3)[1:] | range(10)[2:8:3] | range(10)[::-1] | ms[1:]|length
        l[none:2] | l[:none] | l['a':] | l[::0] | d[1:] | undef[1:] | i[1:] | l[1:2, 3] | l[big:] | l[:big] | l[-big:] | l[undef:]""",
    "string-methods": r"""
        s.upper() | s.lower() | u.upper() | 'ß'.upper() | 'ΑΣ'.lower() | s.title() | 'it\'s a dog-day'.title() | 'ǆ ﬁ ß'.title() | s.capitalize() | 'ﬁN'.capitalize() | s.swapcase() | w.strip() | w.lstrip() | w.rstrip() | 'xxaxx'.strip('x') | 'abcba'.lstrip('ab') | s.strip('Hd') | '\u2003a\x1c\x85'.strip() | w.strip(none)
        csv.split(',') | csv.split(',', 1) | csv.split(',', -1) | csv.rsplit(',', 1) | s.split() | w.split() | ' a b  c '.split(none, 1) | ' a b  c '.rsplit(none, 1) | 'a'.split(',') | ''.split() | ''.split(',') | csv.split(maxsplit=1, sep=',') | 'abc'.split('') | 'a\u2003b'.split() | csv.split(',', 0) | '  '.split(none, 0)
        'a\nb\r\nc\rd\x0be'.splitlines() | 'a\n\n'.splitlines() | 'a\nb\n'.splitlines(true) | ''.splitlines() | 'a=b=c'.partition('=') | 'a=b=c'.rpartition('=') | 'abc'.partition('x') | 'abc'.rpartition('x')
        s.startswith('He') | s.startswith(('x', 'H')) | s.endswith('ld') | s.endswith(('d', 'x')) | s.startswith('e', 1) | s.startswith('l', 2, 3) | s.startswith('') | s.startswith('', 99) | s.startswith(1) | s.startswith(['H'])
        s.find('o') | s.find('o', 5) | s.find('z') | s.rfind('o') | s.find('o', -4, -1) | u.find('ﬁ') | s.index('W') | s.index('z') | s.rindex('o') | s.count('l') | s.count('') | 'aaa'.count('aa') | s.count('l', 3, 5) | s.find('', 11) | s.find('', 12)
        s.replace('l', 'L') | s.replace('l', 'L', 2) | s.replace('', '-') | 'ab'.replace('', '-', 2) | 'aaa'.replace('aa', 'b') | s.replace('l', '', -1) | s.replace('l') | s.replace(1, 2) | ', '.join(m) | '-'.join('abc') | ''.join([]) | ','.join(l) | ','.join(undef) | ','.join(d)
        '7'.zfill(3) | '-7'.zfill(4) | '+a'.zfill(5) | s.ljust(13, '*') | s.rjust(13, '*') | s.center(14, '*') | s.center(15, '*') | 'ab'.center(5, '*') | 'abc'.center(6, '*') | s.center(3) | s.ljust(13, 'ab') | 'a\tb'.expandtabs() | 'a\tb\n\tc'.expandtabs(4) | 'a\tb'.expandtabs(0)
        '12'.isdigit() | '²'.isdigit() | '²'.isdecimal() | '½'.isdigit() | 'ab'.isalpha() | 'aé中'.isalpha() | 'a1'.isalnum() | ' \t'.isspace() | ''.isspace() | 'ab'.islower() | 'aB'.islower() | '1'.islower() | 'AB1'.isupper() | 'Ab Cd'.istitle() | 'AbC'.istitle() | 'é'.isascii() | 'a_1'.isidentifier() | '1a'.isidentifier() | 'a\n'.isprintable() | ''.isprintable()
        'TestHook'.removeprefix('Test') | 'a.json'.removesuffix('.json') | 'abc'.removeprefix('x') | s.upper | s.nope() | s.upper(1) | s.encode() | i.upper()""",
    "format-method": r"""
        '{}'.format(1) | '{} {}'.format('a', 2) | '{0}{1}{0}'.format('a', 'b') | '{a} {b}'.format(a=1, b=none) | '{{}}'.format() | '{0[1]} {1[a]} {2.role}'.format(l, d, ms[0]) | '{!r} {!s}'.format('q', 'q') | '{:>5}|{:<5}|{:^5}|{:*^6}'.format('a', 'b', 'c', 'd')
        '{:5d}|{:05d}|{:+d}|{:x}|{:#x}|{:b}|{:,}|{:_}'.format(42, 42, 42, 255, 255, 5, 1234567, 1234567) | '{:.2f} {:8.3f} {:e} {:g} {:%} {:.1%}'.format(3.14159, 2.5, 12345.678, 1e-7, 0.25, 0.125) | '{:.3}'.format('abcdef') | '{:.3}'.format(3.14159) | '{:.3}'.format(1234.5) | '{:.2}'.format(5.0)
        '{:{}}'.format('a', 4) | '{:>{w}}'.format('a', w=3) | '{}'.format(undef) | '{}'.format(d) | '{}' .format(true) | '{:d}'.format(true) | '{:5}|'.format(true) | '{:=+6d}'.format(5) | '{:>+6.1f}'.format(f) | '{x}'.format_map({'x': 1})
        '{}'.format() | '{a}'.format() | '{0} {}'.format(1, 2) | '{} {0}'.format(1) | '{'.format() | '}'.format() | '{:d}'.format('a') | '{:s}'.format(1) | '{:z}'.format(1) | '{:.2d}'.format(1) | '{0.nope}'.format(s) | '{0.__class__}'.format(s) | '{:5}'.format(none) | '{:,}'.format('a') | '{a'.format(a=1) | '{!x}'.format(1)""",
    "dict-methods": r"""
        d.get('a') | d.get('q') | d.get('q', 'dflt') | d.keys()|list | d.values()|list | d.items()|list | d|list | d|length | d.copy() | d.items() | ed.items()|list | d.get([]) | d.get() | d.items().x | dict(d, z=1) | dict([('a', 1)]) | dict([1]) | dict.fromkeys('ab') | dict.fromkeys('ab', 1) | d.fromkeys('x') | dict() | dict(**d) | dict(a=1, **{'b': 2}) | dict(a=1, **{'a': 2})
        l.count(1) | l.index(2) | l.index(9) | l.copy() | (1, 1).count(1) | (1, 2).index(2) | l.nope | f.is_integer() | 2.0.is_integer() | range(3).start | range(3).count(1)""",
    "filters-text": r"""
        s|upper | s|lower | 5|upper | none|lower | undef|upper | s|title | "it's foo-bar (baz) <q>"|title | 'ﬁx ÀB'|title | s|capitalize | w|trim | 'xxaxx'|trim('x') | 5|trim | s|length | u|length | d|length | undef|length | 5|length | range(4)|length | s|count | s|string | 5|string | undef|string | s|list | s|first | s|last | s|reverse | u|reverse
        'a\nb\n\nc'|indent | 'a\nb\n\nc'|indent(2) | 'a\nb\n\nc'|indent(2, true) | 'a\nb\n\nc'|indent(2, blank=true) | 'a\nb'|indent('> ') | 'a\nb'|indent(first=true, width=1) | 'a\n'|indent | ''|indent | ''|indent(2, true) | 5|indent | undef|indent | 'a\r\nb'|indent(1)
        s|replace('l', 'L') | s|replace('l', 'L', 1) | 5|replace('5', 'x') | s|replace('o', 0) | none|replace('N', 'n') | s|replace('l') | s|replace('', '-') | html|e | html|escape | html|safe | (html|safe)|e | (html|safe)|forceescape | ('<'|safe) + '<' | '<' + ('>'|safe) | ('<%s>'|safe) % '<' | ('<'|safe).join(['<', '>'|safe]) | ('a<b'|safe).upper() ~ '<' | ('ab'|safe)[0] + '<' | ('a'|safe) * 2 + '<' | ('<'|safe)|string + '<' | ('<{}>'|safe).format('<') | ('<'|safe).replace('<', '>') | ('a b'|safe).split()[0] + '<'
        s|center(15) | s|center | s|truncate(8) | s|truncate(5) | 'foo bar baz qux'|truncate(9) | 'foo bar baz qux'|truncate(9, true) | 'foo bar baz qux'|truncate(11) | 'foo bar baz qux'|truncate(11, false, '..', 0) | s|truncate(2) | s|wordcount | 'a-b c_d é1'|wordcount | '%s-%s'|format(1, 2) | '%(a)s'|format(a=1) | '%s'|format(1, a=2) | s|format""",
    "filters-number": r"""
        '42'|int | '4.7'|int | ' 12 '|int | '1_000'|int | 'x'|int | 'x'|int(5) | 'x'|int(default=none) | '0x1f'|int(base=16) | 'ff'|int(base=16) | '0b11'|int(0, 2) | '077'|int(base=8) | 3.9|int | -3.9|int | true|int | none|int | undef|int | [1]|int | 'inf'|int | '٣'|int | big|int | '1e3'|int | '0o7'|int(base=0) | (h * 1e300 * 1e300)|int | (h * 1e300 * 1e300 * 0)|int(5)
        '3.5'|float | fl|float | 'x'|float | 'x'|float(1.5) | '1_0.5'|float | 'inf'|float | '-Infinity'|float | 'nan'|float | 5|float | none|float | undef|float | '1e400'|float | '.5'|float | '5.'|float | '1__0'|float | 'd'|float
        2.5|round | 3.5|round | 2.675|round(2) | 42.55|round(1, 'floor') | 42.55|round(1, 'ceil') | 42|round | 1234|round(-2) | 150|round(-2) | 2.5|round|int | 2.5|round(none) | 1e300|round(2) | 'x'|round | 2.5|round(method='x') | true|round | -0.4|round | 7|round(1, 'floor')
        -5|abs | -2.5|abs | true|abs | 'x'|abs | undef|abs | [1, 2, 3]|sum | [0.1, 0.2]|sum | []|sum | [[1], [2]]|sum(start=[]) | ms|sum(attribute='n') | [1, 'a']|sum | ['a']|sum(start='') | [1, 2]|sum(start=10) | 'abc'|sum | 7 is divisibleby(7) | l|max | l|min | m|max | m|min | m|max(case_sensitive=true) | em|max | em|min is defined | mix|max | ms|max(attribute='role') | 'hello'|max | undef|max""",
    "filters-sequence": r"""
        l|first | l|last | em|first | em|last is defined | undef|first | d|first | d|last | l|reverse | l|reverse|list | (1, 2)|reverse|list | d|reverse|list | 5|reverse | 5|first | l|list | 5|list | l|join | l|join(', ') | m|join('-') | ms|join(',', attribute='role') | mix|join('|') | em|join | undef|join(',') | 'abc'|join('.') | 5|join | d|join(',')
        l|sort | m|sort | m|sort(case_sensitive=true) | m|sort(reverse=true) | m|sort(true) | ms|sort(attribute='role')|map(attribute='content')|list | ms|sort(attribute='role,content')|map(attribute='role')|list | ll|sort | ll|sort(attribute='0') | mix|sort | 'bca'|sort | em|sort | [1, none]|sort | [undef, undef]|sort | d|sort | [2.5, 1, true]|sort | l|sort(reverse='x')
        d|dictsort | {'b': 1, 'A': 2}|dictsort | {'b': 1, 'A': 2}|dictsort(true) | {'b': 1, 'A': 2}|dictsort(by='value') | {'b': 1, 'A': 2}|dictsort(false, 'value', true) | d|dictsort(by='x') | l|dictsort | ['a', 'A', 'b']|unique|list | ['a', 'A', 'b']|unique(true)|list | ms|unique(attribute='role')|map(attribute='role')|list | [1, 1.0, true, 2]|unique|list | [[1]]|unique|list
        l|map('string')|list | m|map('upper')|join | ms|map(attribute='role')|list | ms|map(attribute='n', default='-')|list | ms|map(attribute='n')|list | ms|map(attribute='content.0')|list | l|map('nope')|list | em|map('upper')|list | l|map | l|map()|list | m|map('replace', 'a', 'x')|list | l|map('round', precision=1)|list | ll|map('sum')|list | ll|map('first')|list | l|map(attribute='x', q=1)|list | mix|map('default', 'd')|list | m|map('upper')|map('lower')|list
        l|select('odd')|list | l|reject('odd')|list | mix|select|list | mix|reject|list | mix|select('string')|list | l|select('gt', 1)|list | l|select('in', [1, 2])|list | l|select('divisibleby', 2)|list | l|select('==', 1)|list | ms|selectattr('role', 'equalto', 'user')|list|length | ms|selectattr('n')|list | ms|selectattr('n', 'defined')|map(attribute='n')|list | ms|rejectattr('role', 'in', ['user'])|map(attribute='role')|list | ms|rejectattr('n')|list|length | ms|selectattr('role', 'eq', 'system')|first | ms|selectattr|list | l|select('nope')|list | em|select('odd')|list | l|select('odd')|length | l|select('odd')|first | l|select('odd')|last
        [1, 2, 3, 4, 5]|batch(2)|list | [1, 2, 3]|batch(2, 0)|list | d|items|list | ed|items|list | undef|items|list | l|items|list | d|items|length | l|default('x') | undef|default('x') | undef|default | none|default('x') | none|default('x', true) | ''|d('x', true) | ''|default('x', boolean=true) | no|default('x', true) | undef|default(default_value=5) | undef.x|default('y') | d.zz|default('y') | d.zz.y|default('y') | d|attr('get')('a') | d|attr('a') | s|attr('upper')() | l|random is defined""",
    "tojson": r"""
        d|tojson | mix|tojson | u|tojson | html|tojson | s|tojson | none|tojson | true|tojson | 1.0|tojson | 1e16|tojson | big|tojson | (1, 2)|tojson | []|tojson | {}|tojson | 'a\n\t\r\x08\x0c\x01\x7f\u2028/"\\'|tojson | {'b': 1, 'a': 2}|tojson(sort_keys=true) | {1: 2, none: 3, true: 4, 1.5: 5}|tojson | {(1, 2): 3}|tojson
        d|tojson(indent=2) | [[], {}, [1]]|tojson(indent=2) | d|tojson(indent=0) | d|tojson(indent='--') | d|tojson(indent=none) | d|tojson(2) | u|tojson(true) | u|tojson(ensure_ascii=true) | d|tojson(separators=(',', ':')) | d|tojson(indent=1, separators=(', ', ' = ')) | d|tojson(indent=4, ensure_ascii=false, sort_keys=true)
        undef|tojson | [undef]|tojson | d.items()|tojson | range(3)|tojson | namespace()|tojson | l|map('string')|tojson | ('<'|safe)|tojson | 1e400|tojson | d|tojson(nope=1) | ms|tojson | d|tojson(indent=-1)""",
    "tests": r"""
        s is defined | undef is defined | undef is undefined | d.zz is defined | none is defined | nil is none | undef is none | 0 is none | s is string | 1 is string | ('a'|safe) is string | 1 is number | 1.0 is number | true is number | '1' is number | big is number | 1 is integer | true is integer | 1.0 is integer | 1.0 is float | 1 is float
        true is boolean | 1 is boolean | none is boolean | true is true | 1 is true | false is false | 0 is false | d is mapping | l is mapping | namespace() is mapping | l is sequence | s is sequence | d is sequence | (1,) is sequence | range(2) is sequence | 1 is sequence | undef is sequence | d.items() is sequence | l is iterable | s is iterable | d is iterable | 1 is iterable | none is iterable | undef is iterable | l|map('int') is iterable
        3 is odd | 4 is even | -3 is odd | 3.0 is odd | 's' is odd | 9 is divisibleby 3 | 9 is divisibleby(2) | 9 is divisibleby 0 | 1 is eq 1 | 1 is equalto(1.0) | 1 is ne 2 | 1 is lt 2 | 1 is lessthan(2) | 1 is le 1 | 1 is gt 2 | 2 is greaterthan 1 | 2 is ge 2 | 'a' is in 'abc' | 1 is in [1, 2] | 1 is in(l) | 'a' is in d | 1 is in 5
        none is sameas none | true is sameas true | 1 is sameas true | l is sameas l | l is sameas [3, 1, 2] | 'ab' is lower | 'AB' is upper | 'aB' is lower | 1 is lower | range is callable | s is callable | s.upper is callable | undef is callable | 'a' is escaped | ('a'|safe) is escaped | 'upper' is filter | 'nope' is filter | 'odd' is test | 1 is not none | 1 is not odd | not 1 is none | s is not string | 1 is odd and 2 is even | x is defined and x | undef is not defined or no | s is string == true
        1 is nope | 1 is odd(2) | 1 is divisibleby | 1 is eq | 1 is defined is true | d is mapping and d.a is number | 1 is eq(1) | 2 is eq [2][0] | 'a' is eq 'a' ~ 'b' | 'tojson' is filter""",
    "globals": r"""
        range(3)|list | range(1, 4)|list | range(5, 0, -2)|list | range(0)|list | range(3) | range(-3, 0)|list | range(2.0) | range('a') | range() | range(1, 2, 0) | range(100001) | range(100000)|length | range(undef) | range(true)|list | range(stop=3)
        namespace(a=1).a | namespace().b | namespace({'a': 1}).a | namespace(a=1)['a'] | namespace(_a=1) | namespace(a=1)|list | cycler('a', 'b').next() | cycler() | cycler('a', 'b').current | joiner()() | joiner('|') is callable | raise_exception('boom') | raise_exception() | raise_exception(message='m') | strftime_now('%d %b %Y') | strftime_now('%Y-%m-%d %H:%M:%S %A %B %a %j %p %I %y %-d %e %f %U %W %u %w %% %D %T %F %R %C %G %V %k %l %h %n %t %c %x %X %r') | strftime_now() | strftime_now(5)
        nope() | s() | none() | 5() | d.nope() | l() | undef.x() | raise_exception is defined | tojson is defined | messages is defined | loop is defined | caller is defined | varargs is defined""",
    "calls": r"""
        range(*[1, 4])|list | dict(**{'a': 1}) | '{}{}'.format(*'ab') | range(*l)|list | range(*5) | dict(**l) | dict(a=1, a=2) | dict(1, 2) | s.replace(*['l', 'L']) | '{a}'.format(**{'a': 1}) | dict(**{1: 2}) | dict(a=1, *[]) | range(1, 3,)|list | dict(**{}, a=1) | s.upper(a=1) | d.get(key='a')""",
    "syntax": r"""
        1 + | (1 | [1 | {'a' 1} | 1 1 | s. | s.1x | s[ | a b | s| | s|1 | 1 is | not | in | if | 'unclosed | 1 ! 2 | a & b | ] | s..x | s[1:2:3:4] | | {1, 2} | lambda: 1 | [x for x in l] | s if | 1 if 2 else | s|upper() | s|upper | (s)|upper | s is string() | *l | a := 1 | @ | $x | 1 <> 2 | {'a': 1}.a | [1, 2].0 | 'a'.upper() | 1.5.is_integer() | s|upper|lower | s |upper ~ s | -1|abs | -(1)|abs | not s|length == 0 | 2 * 3|string | 1 + 2|float | s['up' ~ 'per']() | s|attr('up' ~ 'per')() | s.upper()[0].lower() | d.b[0] + d.b[-1]""",
}

# (template, variables) or a template that uses VALUES.
TEMPLATES = {
    "whitespace": [
        "a\n{% if yes %}\nb\n{% endif %}\nc\n",
        "a\n  {% if yes %}  \nb\n  {% endif %}\nc\n\n",
        "a {%- if yes -%} b {%- endif -%} c",
        "a\n {%+ if yes %}\nb {%+ endif +%}\nc",
        "a\n\t{{ s }}\n\tb",
        "a  {{- s -}}  b",
        "a\n\n{{- s }}\n\nb",
        "a {# comment #} b",
        "a\n  {# comment #}\nb",
        "a\n  {#- comment -#}  \nb",
        "a\n  {#+ comment +#}\nb",
        "{# multi\nline #}\n\nb",
        "a{% if yes %} \n{% endif %}\n\nb",
        "{% if yes %}x{% endif %}{% if yes %}\ny\n{% endif %}",
        "  {% if yes %}x{% endif %}",
        "\n  {% if yes %}x{% endif %}\n",
        "x  {% if yes %}y{% endif %}",
        "\t{%- if yes %}\n\n  y{% endif %}",
        "{{ s }}\n",
        "{{ s }}\n\n",
        "\n",
        "",
        "line\r\nnext\rthird\n",
        "a\r\n{% if yes %}\r\nb\r\n{% endif %}\r\nc\r\n",
        "a\u00a0\u3000{%- if yes %}b{% endif %}",
        "a\u2003{{- s }}",
        "{% raw %}{{ x }} {% y %} {# z #}{% endraw %}",
        "a\n  {% raw %}\n  {{ x }}\n  {% endraw %}\nb",
        "a {%- raw -%} {{ x }} {%- endraw -%} b",
        "a\n {%+ raw %}\nx\n {%+ endraw +%}\nb",
        "{%raw%}a{%endraw%}",
        "{% for x in l %}\n  {{ x }}\n{% endfor %}\nend",
        "{% for x in l -%}\n  {{ x }}\n{%- endfor %}\nend",
        "{%- for x in l %}\n  {{- x }}\n{%- endfor -%}\n end",
        "{{ '  a  ' }}  {%- set q = 1 %}  b",
        "{%set q=1%}{{q}}",
        "{{s}}{{-s}}{{s-}} {{s}}",
        "a{#- x -#}\n\n{#- y #}b",
        "a\n{%- if yes -%}\n{{- s -}}\n{%- endif -%}\nb",
        "  {{ s }}  {% if yes %}  {% endif %}  \n  {% if yes %}\n  q\n{% endif %}",
        "a {{ {'b': {'c': 1}}['b'] }} {{ '}}' }} {{ \"%}\" }}",
        "{ {% if yes %}}{% endif %} } { { # #} %} }}",
        "{{ s }",
        "{{ s",
        "{% if yes",
        "{% if yes }x{% endif %}",
        "{# never closed",
        "{% raw %} never closed",
        "{{ }}",
        "{% %}",
        "{{ s }}}",
        "{%- -%}",
        "a{{ '\n' }}b{{ '\\n' }}c",
        "{{ s -}}\n\n\t x",
        "{{- s }}{{+ 5 }}",
        "{{-5 }} {{ -5 }} {{- -5 }}",
        "{%if yes%}a{%elif no%}b{%else%}c{%endif%}",
        "{% if yes -%}\n  a\n{%- else -%}\n  b\n{%- endif %}\n",
        "\f{% if yes %}x{% endif %}\n\v {% if yes %}y{% endif %}",
    ],
    "if": [
        "{% if no %}a{% elif yes %}b{% else %}c{% endif %}",
        "{% if no %}a{% elif no %}b{% else %}c{% endif %}",
        "{% if undef %}a{% else %}b{% endif %}",
        "{% if em %}a{% elif l %}b{% endif %}",
        "{% if 1, 2 %}a{% endif %}",
        "{% if yes: %}a{% endif %}",
        "{% if (1 if no) %}a{% else %}b{% endif %}",
        "{% if yes %}a{% else if no %}b{% endif %}",
        "{% if yes %}a",
        "{% if %}a{% endif %}",
        "{% if yes %}a{% endfor %}",
        "{% endif %}",
        "{% else %}",
        "{% if yes %}{% set q = 1 %}{% endif %}{{ q }}",
        "{% if no %}{% set q = 1 %}{% endif %}{{ q is defined }}",
        "{% if no %}{% set s = 1 %}{% endif %}{{ s }}",
        "{% if undef.x %}a{% endif %}",
    ],
    "for": [
        "{% for x in l %}{{ x }},{% endfor %}",
        "{% for x in em %}{{ x }}{% else %}none{% endfor %}",
        "{% for x in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }};{% endfor %}",
        "{% for x in l %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }};{% endfor %}",
        "{% for x in l %}{{ loop.previtem is defined }}{{ loop.nextitem is defined }}{% endfor %}",
        "{% for x in [1, 1, 2, 2, 1] %}{{ loop.changed(x) }}{% endfor %}",
        "{% for x in l %}{{ loop.cycle('a', 'b') }}{% endfor %}",
        "{% for x in l %}{{ loop.depth }}{{ loop.depth0 }}{{ loop }}{% endfor %}",
        "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}",
        "{% for k in d %}{{ k }}{% endfor %}",
        "{% for c in 'aé😀' %}{{ c }},{% endfor %}",
        "{% for a, b in [[1, 2], (3, 4), 'xy'] %}{{ a }}{{ b }};{% endfor %}",
        "{% for a, (b, c) in [[1, [2, 3]]] %}{{ a }}{{ b }}{{ c }}{% endfor %}",
        "{% for a, b in [[1]] %}{{ a }}{% endfor %}",
        "{% for a, b in [[1, 2, 3]] %}{{ a }}{% endfor %}",
        "{% for x in l if x > 1 %}{{ x }}{{ loop.index }}{{ loop.last }}{% endfor %}",
        "{% for x in l if x > 9 %}{{ x }}{% else %}none{% endfor %}",
        "{% for x in l if loop is defined %}{{ x }}{% else %}none{% endfor %}",
        "{% for m in ms if m.role != 'system' %}{{ loop.index }}/{{ loop.length }}{{ m.role }} {% endfor %}",
        "{% for x in undef %}a{% else %}b{% endfor %}",
        "{% for x in none %}a{% endfor %}",
        "{% for x in 5 %}a{% endfor %}",
        "{% for x in l %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% endfor %}",
        "{% for x in l %}{% if x == 1 %}{% break %}{% endif %}{{ x }}{% endfor %}",
        "{% for x in l %}{% break %}{% else %}else{% endfor %}",
        "{% for x in l %}{% continue %}{% else %}else{% endfor %}",
        "{% for x in l %}{{ x }}{% break %}{% else %}else{% endfor %}",
        "{% for x in l %}{% if loop.last %}{% break %}{% endif %}{% else %}else{% endfor %}",
        "{% break %}",
        "{% if yes %}{% continue %}{% endif %}",
        "{% for x in l %}{% macro q() %}{% break %}{% endmacro %}{% endfor %}",
        "{% for x in l %}{% set q %}a{% if x == 1 %}{% break %}{% endif %}{% endset %}{{ q }}{% endfor %}",
        "{% for x in ll %}{% for y in x %}{{ loop.index }}{{ y }}{% if y == 1 %}{% break %}{% endif %}{% endfor %};{% endfor %}",
        "{% for x in ll %}{% set outer = loop %}{% for y in x %}{{ outer.index }}{{ loop.index }} {% endfor %}{% endfor %}",
        "{% for x in l %}{% for y in x %}{% endfor %}{% endfor %}",
        "{% set q = 0 %}{% for x in l %}{% set q = q + x %}{{ q }}{% endfor %}{{ q }}",
        "{% set ns = namespace(q=0) %}{% for x in l %}{% set ns.q = ns.q + x %}{% endfor %}{{ ns.q }}",
        "{% for s in l %}{{ s }}{% endfor %}{{ s }}",
        "{% for x in x %}{{ x }}{% endfor %}",
        "{% for l in l %}{{ l }}{% endfor %}{{ l }}",
        "{% for x in l %}{{ q }}{% set q = x %}{% endfor %}",
        "{% for x in l %}{{ q }}{% endfor %}{% set q = 1 %}",
        "{% for x in l %}{{ s }}{% endfor %}{% set s = 1 %}",
        "{{ s }}{% for x in l %}{{ s }}{% endfor %}{% set s = 1 %}",
        "{% for x in l %}{% set loop = 1 %}{% endfor %}",
        "{% for loop in l %}{% endfor %}",
        "{% for x in l|reverse %}{{ loop.length }}{{ x }}{% endfor %}",
        "{% for x in l|map('string') %}{{ loop.index }}{{ loop.last }}{{ loop.length }}{% endfor %}",
        "{% set g = l|map('string') %}{{ g|list }}{{ g|list }}",
        "{% set ns = namespace(on=true) %}{% for x in l if ns.on %}{{ x }}{% set ns.on = false %}{% endfor %}",
        "{% set ns = namespace(on=true) %}{% for x in l if ns.on %}{{ x }}{{ loop.last }}{% set ns.on = false %}{% endfor %}",
        "{% for x in l recursive %}{{ x }}{% endfor %}",
        "{% for x in l %}{{ loop.nope }}{% endfor %}",
        "{% for x in l %}{{ loop.nope.x }}{% endfor %}",
        "{% for x in l %}{{ loop(l) }}{% endfor %}",
        "{% for x in range(3) %}{{ loop.revindex0 }}{% endfor %}",
        "{% for x in 1, 2, 3 %}{{ x }}{% endfor %}",
        "{% for x, in [[1], [2]] %}{{ x }}{% endfor %}",
        "{% for 1 in l %}{% endfor %}",
        "{% for x.y in l %}{% endfor %}",
        "{% for x of l %}{% endfor %}",
        "{% for x in l %}{{ x }}",
        "{% for true in l %}{% endfor %}",
        "{% for m in ms %}{{ m['role'] }}:{{ m['content'] | trim }}{{ ',' if not loop.last }}{% endfor %}",
        "{% for x in l %}{{ loop['index'] }}{% endfor %}",
        "{% for x in 'ab' %}{% for x in 'cd' %}{{ x }}{% endfor %}{{ x }}{% endfor %}",
        "{% for x in d.items()|list if x[0] != 'b' %}{{ x[0] }}{% endfor %}",
        "{% for x in l %}{% if loop.first %}[{% endif %}{{ x }}{% if loop.last %}]{% else %}, {% endif %}{% endfor %}",
    ],
    "set": [
        "{% set x = 1 %}{{ x }}",
        "{% set x = 1, 2 %}{{ x }}",
        "{% set a, b = 1, 2 %}{{ a }}{{ b }}",
        "{% set a, b = 'xy' %}{{ a }}{{ b }}",
        "{% set (a, b), c = (1, 2), 3 %}{{ a }}{{ b }}{{ c }}",
        "{% set a, b = l %}{{ a }}",
        "{% set a = b = 1 %}",
        "{% set x %}a {{ s }} b{% endset %}{{ x }}|{{ x|length }}",
        "{% set x | upper %}a{{ s }}{% endset %}{{ x }}",
        "{% set x | trim | length %}  a{{ s }} {% endset %}{{ x + 1 }}",
        "{% set x | replace('a', 'b') %}aa{% endset %}{{ x }}",
        "{% set x %}{% set y = 5 %}{{ y }}{% endset %}{{ x }}{{ y is defined }}",
        "{% set x = x|default('d') %}{{ x }}",
        "{% set s = s ~ '!' %}{{ s }}",
        "{% set ns = namespace() %}{% set ns.a = 1 %}{{ ns.a }}{{ ns.b is defined }}{{ ns }}",
        "{% set ns = namespace(a=1, b=2) %}{% set ns.a, ns.b = ns.b, ns.a %}{{ ns.a }}{{ ns.b }}",
        "{% set ns = namespace() %}{% set ns.a %}x{% endset %}{{ ns.a }}",
        "{% set d.a = 1 %}",
        "{% set undef.a = 1 %}",
        "{% set ns = namespace() %}{% set ns._a = 1 %}",
        "{% set ns = namespace() %}{% set ns['a'] = 1 %}",
        "{% set l[0] = 1 %}",
        "{% set 'a' = 1 %}",
        "{% set true = 1 %}",
        "{% set none = 1 %}",
        "{% set x = %}",
        "{% set x 1 %}",
        "{% set x %}a",
        "{% set x = 1 if no %}{{ x is defined }}",
        "{% set x = (1 if yes else 2) %}{{ x }}",
        "{% set range = 1 %}{{ range }}",
        "{{ range is defined }}{% set range = 1 %}",
        "{% set messages = ms[1:] %}{{ messages|length }}{{ messages[0].role }}",
        "{% if ms[0].role == 'system' %}{% set sys = ms[0].content %}{% set ms = ms[1:] %}{% else %}{% set sys = '' %}{% endif %}{{ sys }}{{ ms|length }}",
        "{% set x = 1 %}{% with %}{% set x = 2 %}{{ x }}{% endwith %}{{ x }}",
        "{% with a = 1, b = 2 %}{{ a }}{{ b }}{% endwith %}{{ a is defined }}",
        "{% with s = 1, t = s %}{{ s }}{{ t }}{% endwith %}",
        "{% with a, b = (1, 2) %}{{ a }}{{ b }}{% endwith %}",
        "{% with %}{% endwith %}x",
        "{% print s, i %}",
        "{% print %}x",
        "{% set x = {'a': [1, {'b': 2}]} %}{{ x.a[1].b }}",
        "{% set ns = namespace(found=false) %}{% for m in ms %}{% if not ns.found and m.role == 'user' %}{% set ns.found = true %}{{ loop.index0 }}{% endif %}{% endfor %}",
        "{% set ns = namespace(items=[]) %}{% for x in l %}{% set ns.items = ns.items + [x * 2] %}{% endfor %}{{ ns.items }}",
    ],
    "macro": [
        "{% macro f(a, b=2) %}{{ a }}-{{ b }}{% endmacro %}{{ f(1) }} {{ f(1, 3) }} {{ f(b=1, a=0) }}",
        "{% macro f(a) %}{{ a }}{% endmacro %}{{ f() }}|{{ f(none) }}",
        "{% macro f(a) %}{{ a is defined }}{% endmacro %}{{ f() }}",
        "{% macro f(a) %}{{ a.x }}{% endmacro %}{{ f() }}",
        "{% macro f(a, b=a) %}{{ b }}{% endmacro %}{{ f(1) }}",
        "{% macro f(a=b, b=1) %}{{ a }}|{{ b }}{% endmacro %}{{ f() }}{{ f(b=5) }}",
        "{% macro f(s=s) %}{{ s }}|{% endmacro %}{{ f() }}",
        "{% macro f(a, b=1, c) %}{% endmacro %}",
        "{% macro f() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ f(1, 2, x=3) }}",
        "{% macro f(a) %}{{ a }}{{ varargs }}{% endmacro %}{{ f(1, 2) }}{{ f() }}",
        "{% macro f(a) %}{{ kwargs }}{% endmacro %}{{ f(1, b=2) }}",
        "{% macro f(kwargs) %}{{ kwargs }}{% endmacro %}{{ f(1) }}",
        "{% macro f(a) %}{% endmacro %}{{ f(1, 2) }}",
        "{% macro f(a) %}{% endmacro %}{{ f(b=2) }}",
        "{% macro f(a) %}{{ a }}{% endmacro %}{{ f(1, a=2) }}",
        "{% macro f() %}{{ s }}{% set s = 1 %}{{ s }}{% endmacro %}{{ f() }}{{ s }}",
        "{% macro f() %}{{ q }}{% endmacro %}{% set q = 1 %}{{ f() }}",
        "{% macro f() %}{{ s }}{% endmacro %}{{ f() }}{% set s = 1 %}{{ f() }}",
        "{{ f() }}{% macro f() %}{% endmacro %}",
        "{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}",
        "{% macro f() %}  x\n{% endmacro %}[{{ f() }}]",
        "{% macro f() -%}\n  x\n{%- endmacro %}[{{ f() }}]",
        "{% macro f(a) %}{{ a }}{% endmacro %}{{ f('<') + '<' }}{{ f('x')|upper }}{{ f is callable }}{{ f.name }}{{ f.arguments }}{{ f }}",
        "{% macro f() %}{{ loop is defined }}{% endmacro %}{% for x in l %}{{ f() }}{% endfor %}",
        "{% for x in l %}{% macro f() %}{{ loop.index }}{{ x }}{% endmacro %}{{ f() }}{% endfor %}",
        "{% macro f() %}{% macro g() %}g{% endmacro %}{{ g() }}{% endmacro %}{{ f() }}{{ g is defined }}",
        "{% macro f(x) %}[{{ x }}{{ caller() }}]{% endmacro %}{% call f(1) %}body{{ s }}{% endcall %}",
        "{% macro f() %}{{ caller(1, 2) }}{% endmacro %}{% call(a, b=3) f() %}{{ a }}{{ b }}{% endcall %}",
        "{% macro f() %}{{ caller(1) }}{% endmacro %}{% call(a, b=3) f() %}{{ a }}{{ b }}{% endcall %}",
        "{% macro f() %}x{% endmacro %}{% call f() %}y{% endcall %}",
        "{% macro f() %}{{ caller }}{% endmacro %}{{ f() }}",
        "{% macro f() %}{{ caller() }}{% endmacro %}{{ f() }}",
        "{% macro f() %}{{ caller is defined }}{% if caller %}{{ caller() }}{% endif %}{% endmacro %}{{ f() }}{% call f() %}z{% endcall %}",
        "{% macro f(caller) %}{{ caller() }}{% endmacro %}",
        "{% macro f(caller=none) %}{{ caller() if caller else 'n' }}{% endmacro %}{{ f() }}{% call f() %}z{% endcall %}",
        "{% call s %}{% endcall %}",
        "{% call s.upper() %}{% endcall %}",
        "{% call raise_exception('x') %}{% endcall %}",
        "{% call dict() %}{% endcall %}",
        "{% macro %}{% endmacro %}",
        "{% macro f %}{% endmacro %}",
        "{% macro f( %}{% endmacro %}",
        "{% macro f() %}",
        "{% macro 1f() %}{% endmacro %}",
        "{% macro f(a=) %}{% endmacro %}",
        "{% macro render(items, depth=0) %}{% for i in items %}{{ ' ' * depth }}{{ i if i is not iterable else '' }}{% if i is iterable and i is not string %}{{ render(i, depth + 1) }}{% endif %}{% endfor %}{% endmacro %}{{ render([1, [2, [3]]]) }}",
        "{% macro t(v) %}{% if v is mapping %}{% for k, x in v|items %}{{ k }}:{{ t(x) }};{% endfor %}{% elif v is string %}'{{ v }}'{% elif v is iterable %}[{% for x in v %}{{ t(x) }},{% endfor %}]{% else %}{{ v }}{% endif %}{% endmacro %}{{ t(d) }}{{ t(mix) }}",
    ],
    "blocks": [
        "{% filter upper %}a{{ s }}{% endfilter %}",
        "{% filter upper | replace('A', 'x') %}a{{ s }}{% endfilter %}",
        "{% filter trim %}  a  {% endfilter %}|",
        "{% filter indent(2) %}a\nb{% endfilter %}",
        "{% filter length %}abc{% endfilter %}",
        "{% filter upper|length %}abc{% endfilter %}",
        "{% filter default(s) %}{% set s = 1 %}{% endfilter %}",
        "{% filter nope %}{% endfilter %}",
        "{% filter %}{% endfilter %}",
        "{% for x in l %}{% filter upper %}a{% if x == 1 %}{% break %}{% endif %}{% endfilter %}{% endfor %}",
        "{% nope %}",
        "{% endfor %}",
        "{% do l.append(1) %}",
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{% extends 'x' %}",
        "{% trans %}a{% endtrans %}",
        "{{ s|nope }}",
        "{{ s is nope }}",
        "{% 5 %}",
        "{% 'a' %}",
        "{% if yes %}{% set %}{% endif %}",
    ],
    "generation": [
        "a{% generation %}b{% endgeneration %}c",
        "😀a{% generation %}é😀{% endgeneration %}c{% generation %}{% endgeneration %}d{% generation %}e{% endgeneration %}",
        "{% for m in ms %}{{ m.role }}{% if m.role == 'assistant' %}{% generation %}{{ m.content }}<e>{% endgeneration %}{% else %}{{ m.content }}{% endif %}\n{% endfor %}",
        "a\n  {%- generation %}\n b \n  {%- endgeneration %}\nc",
        "a {%- generation -%} b {%- endgeneration -%} c",
        "{% generation %}\n{{ s }}\n{% endgeneration %}\n",
        "{% set q = 1 %}{% generation %}{{ q }}{% set q = 2 %}{{ q }}{% endgeneration %}{{ q }}",
        "{% for x in l %}{% generation %}{{ loop.index }}{{ x }}{% endgeneration %}{% endfor %}",
        "{% for x in l %}{% generation %}{% break %}{% endgeneration %}{% endfor %}",
        "{% generation %}a",
        "{% endgeneration %}",
        "{% generation %}{% for x in l %}{{ x }}{% if x == 1 %}{% break %}{% endif %}{% endfor %}{% endgeneration %}",
        "{% generation %}{{ raise_exception('in') }}{% endgeneration %}",
        "{% macro f(x) %}<{{ x }}>{% endmacro %}{{ f('ä') }}{% generation %}{{ f(s) }}{% endgeneration %}{{ f(1) }}",
        "{% generation %}{% set q %}a{% endset %}{{ q }}{% filter upper %}b{% endfilter %}{% endgeneration %}",
        "{% generation %}{{ caller is defined }}{% endgeneration %}",
        "{% macro f() %}{% generation %}x{% endgeneration %}{% endmacro %}{{ f() }}",
        "{% set x %}{% generation %}x{% endgeneration %}{% endset %}{{ x }}",
    ],
    "text": [
        "{{ '{{ s }}' }}{{ '{% if %}' }}",
        ("{{ x }}{% for c in x %}{{ c }}{% endfor %}", {"x": "{{ s }}{% raise_exception('no') %}"}),
        ("{{ x }}", {"x": "a\r\nb"}),
        ("{{ x|trim }}|{{ x|length }}", {"x": " \u00a0\u3000\x1ca\u200b "}),
        ("{{ messages[0]['content'][:3] }}", {"messages": [{"content": "😀é中x"}]}),
        ("{{ x }}{{ x is none }}{{ y }}", {"x": None, "y": [None, {"a": None}]}),
        ("{{ x.y.z }}", {"x": {"y": {}}}),
        ("{{ x.y.z.q }}", {"x": {"y": {}}}),
        ("{{ x['é'] }}{{ x.é }}", {"x": {"é": 1}}),
        ("{{ é }}{% set ü = 1 %}{{ ü }}", {"é": 2}),
        ("{{ range }}{{ range }}", {"range": 5}),
        ("{{ x }}", {"x": 0.1 + 0.2}),
        ("{{ x[10]|default('none') }}", {"x": [1]}),
        ("{{ tools | tojson(indent=4) }}", {"tools": [{"name": "f", "parameters": {"type": "object", "properties": {}}}]}),
        ("{{ tools is not none }}{{ tools is defined }}{{ not tools }}", {"tools": None}),
        ("{% if tools is iterable and tools | length > 0 %}t{% else %}n{% endif %}", {"tools": None}),
        ("{% if tools is iterable and tools | length > 0 %}t{% else %}n{% endif %}", {"tools": [1]}),
    ],
    # Found by differential fuzzing.
    "found": [
        "{{ '{}'|max }}",
        "{{ l|sort(reverse=0.1) }}",
        "{{ n|round(none) }}{{ f|round(none) }}",
        "{{ (i)|round(none, 'floor') }}",
        "{{ dict(undef) }}",
        "{{ (big * e) }}",
        "{% filter upper|length %}  x {{ l }}{% endfilter %}",
        "{% for x in 'ab' %}{% if x %}{% continue %}{% endif %}{% else %}{{ undef.v }}{% endfor %}",
        "{{ '%s' % undef }}{{ 'abc' % undef }}",
        "{{ 0 != (l|replace([2], big)) }}",
        "{{ m|join|truncate(2, true, '') }}",
        "{{ d.items()|first|last }}",
    ],
}

# What Python renders and Parley refuses, by name.
REFUSED = {
    "{{ s.encode() }}",
    "{{ l|random is defined }}",
    "{% for x in l recursive %}{{ x }}{% endfor %}",
    "{% macro f() %}{% generation %}x{% endgeneration %}{% endmacro %}{{ f() }}",
    "{% set x %}{% generation %}x{% endgeneration %}{% endset %}{{ x }}",
}


def render(template, variables):
    compiled = chat_template_utils._cached_compile_jinja_template(template)
    compiled.environment.globals["strftime_now"] = lambda format: NOW.strftime(format)
    blocks, spans = [], []
    with compiled.environment.activate_tracker(blocks, spans):
        for block in compiled.generate(**variables):
            blocks.append(block)
    return "".join(blocks), spans


def record(name, template, variables, given=None):
    """given: the variables as the case holds them, or the name of a shared set."""
    case = {"id": name, "template": template, "variables": given or variables}
    try:
        text, spans = render(template, variables)
    except Exception as error:
        return {**case, "error": type(error).__name__}
    if " at 0x" in text:
        # A memory address: Parley refuses to print what Python prints this way.
        return {**case, "error": "refused"}
    if template in REFUSED:
        return {**case, "error": "refused"}
    return {**case, "text": text, "generated": [list(span) for span in spans]}


def cases():
    for group, lines in EXPRESSIONS.items():
        expressions = [e.strip(" ") for line in lines.strip("\n").split("\n        ") for e in line.strip(" ").split(" | ")]
        for number, expression in enumerate(expressions):
            yield record(f"{group}/{number}", "{{ " + expression + " }}", VALUES, "values")
    for group, templates in TEMPLATES.items():
        for number, entry in enumerate(templates):
            name = f"{group}/{number}"
            if isinstance(entry, tuple):
                yield record(name, *entry)
            else:
                yield record(name, entry, VALUES, "values")
    for name, template in CHAT_TEMPLATES.items():
        for conversation, variables in CONVERSATIONS.items():
            yield record(f"chat/{name}/{conversation}", template, variables, conversation)


def main():
    OUT.parent.mkdir(parents=True, exist_ok=True)
    recorded = list(cases())
    shared = {"values": VALUES, **CONVERSATIONS}
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in recorded)
    OUT.write_text(f'{{"variables": {json.dumps(shared, ensure_ascii=False)},\n"cases": [\n{lines}\n]}}\n')
    print(len(recorded), "cases,", sum("error" in case for case in recorded), "of them errors")


if __name__ == "__main__":
    main()
