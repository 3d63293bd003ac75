"""Expressions whose values are facts."""

STRINGS = [
    "''", "'a'", "'Hello World'", "'  padded\\t\\n'", "'ÄÖü ß ﬁ'", "'İstanbul ıI'", "'ΑΣ ΟΔΟΣ Σ'", "'ǅ ǆ Ǆ'",
    "'123'", "'²½Ⅷ٣'", "'a1_b'", "'tab\\tsep'", "'x=y=z'", "'aXbXc'", "'😀é日'", "'a\\u0301b'", "'don\\'t stop'",
    "'ALL CAPS'", "'MiXeD cAsE'", "'one\\ntwo\\r\\nthree\\x0bfour\\x1cfive\\u2028six'", "'--a-b c(d)[e]{f}<g>'",
]

METHODS = [
    "upper()", "lower()", "title()", "capitalize()", "swapcase()", "casefold()", "strip()", "lstrip()", "rstrip()",
    "strip('a ')", "lstrip('Hx')", "rstrip('dc')", "split()", "rsplit()", "split('X')", "split(' ')", "split(None, 1)",
    "rsplit(None, 1)", "split('=', 1)", "rsplit('=', 1)", "split(sep='=', maxsplit=1)", "splitlines()",
    "splitlines(True)", "splitlines(keepends=true)", "partition('=')", "rpartition('=')", "partition('zz')",
    "rpartition('zz')", "startswith('a')", "startswith(('x', 'H'))", "endswith('c')", "endswith(('d', 'b'))",
    "startswith('e', 1)", "endswith('l', 0, 3)", "startswith('', 100)", "find('l')", "rfind('l')", "find('l', 3)",
    "find('o', 5, 6)", "find('')", "rfind('')", "find('', 50)", "count('l')", "count('')", "count('a', 1)",
    "replace('l', 'LL')", "replace('', '.')", "replace('', '.', 2)", "replace('X', '', 1)", "replace('a', 'b', 0)",
    "zfill(6)", "center(11)", "center(12, '*')", "ljust(8, '.')", "rjust(8)", "expandtabs()", "expandtabs(3)",
    "isalnum()", "isalpha()", "isascii()", "isdecimal()", "isdigit()", "isnumeric()", "isspace()", "isprintable()",
    "isidentifier()", "islower()", "isupper()", "istitle()", "removeprefix('a')", "removesuffix('c')",
    "join(['p', 'q', 'r'])", "join('xyz')", "index('a')", "rindex('a')",
]

STRING_FILTERS = [
    "upper", "lower", "title", "capitalize", "trim", "trim('a ')", "length", "count", "list", "first", "last",
    "reverse", "reverse|list", "string", "wordcount", "escape", "e", "forceescape", "safe", "striptags", "urlencode",
    "tojson", "int", "float", "int(7)", "float(1.5)", "indent", "indent(2)", "indent(2, true)", "indent('> ', true, true)",
    "indent(width=3, blank=true)", "center(20)", "truncate(5)", "truncate(5, true)", "truncate(8, false, '..', 0)",
    "truncate(length=6, killwords=true, end='', leeway=0)", "wordwrap(5)", "wordwrap(4, false)", "wordwrap(3, true, '|')",
    "replace('a', 'b')", "replace('l', '', 1)", "pprint", "batch(2)|list", "slice(3)|list", "sort", "unique|list",
    "map('upper')|join('-')", "select('ne', 'l')|list", "join(',')", "max", "min", "default('x')", "default('x', true)",
    "d('y', boolean=true)",
]

NUMBERS = [
    "0", "1", "-1", "7", "10", "2.5", "-2.5", "0.1", "1e3", "1.5e-7", "1e16", "123456789.123", "1_000", "0x1F", "0o17",
    "0b101", "true", "false", "1e22", "3.0", "-0.0", "9007199254740993", "9223372036854775807", "18446744073709551616",
]

NUMBER_FILTERS = [
    "abs", "int", "float", "round", "round(1)", "round(-1)", "round(2, 'floor')", "round(1, 'ceil')", "round|int",
    "string", "tojson", "filesizeformat", "filesizeformat(true)", "pprint", "default(3)", "length", "list", "urlencode",
]

OPERATORS = ["+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", "<=", ">", ">=", "~", "and", "or", "in", "not in"]

OPERANDS = [
    "0", "-3", "2.5", "true", "none", "'ab'", "''", "[1, 2]", "(1, 2)", "{'a': 1}", "missing", "range(3)", "'2'|safe",
    "2**70",
]

VALUES = [
    "1", "0", "1.0", "true", "none", "'a'", "'A'", "''", "'abc'", "'1'", "[]", "[1]", "(1,)", "{}", "{'a': 1}", "missing",
    "range(3)", "d.items()", "d.keys()", "[1]|map('string')", "namespace(a=1)", "range", "'x'|safe", "loop", "2**70",
    "cycler(1, 2)", "joiner()", "s.upper",
]

TESTS = [
    "defined", "undefined", "none", "boolean", "true", "false", "integer", "float", "number", "string", "mapping",
    "iterable", "sequence", "callable", "escaped", "lower", "upper", "odd", "even", "divisibleby(3)", "divisibleby 2",
    "sameas(true)", "in [1, 'a']", "in('abc')", "eq(1)", "== 1", "equalto('a')", "ne 1", "!= 1", "gt(0)", "> 0", "ge 1",
    "lt 2", "lessthan(2)", "<= 1", "le(1)", "greaterthan(0)", "filter", "test", "not none", "not defined", "nosuch",
]

SUBSCRIPTS = [
    "s[0]", "s[-1]", "s[99]", "s[1:4]", "s[::-1]", "s[::2]", "s[-3:]", "s[:-3]", "s[10:2:-2]", "s[5:100]", "s[::0]",
    "u[6]", "u[-4:]", "u[::-1]", "u[13]", "u[13:14]", "l[0]", "l[-1]", "l[5]", "l['x']", "l[1:]", "l[::-1]", "l[true]",
    "l[1.0]", "l[none]", "l[:1] + l[1:]", "d['b']", "d.b", "d['zz']", "d.zz", "d.zz.y", "d['zz']['y']", "d.items",
    "d['items']", "d.items()", "d.a.0", "d.a[1]", "m[1].tool.args.x[1].y", "m[0].role[0]", "m.0.role", "m[0]['role']",
    "z.a", "z['a']", "z[0]", "n.a", "n[0]", "(1, 2, 3)[1:]", "(1, 2, 3)[-1]", "range(10)[2:8:3]|list", "range(10)[3]",
    "range(10)[-1]", "range(10)[20]", "range(5)[::-1]|list", "'abc'['1']", "'abc'[1]", "'abc'[none:2]", "l['append']",
    "l.append", "l.append(1)", "d.update({})", "d.pop('b')", "d['pop']('b')", "l.sort()", "s.__class__", "s['__class__']",
    "s.__class__.__mro__", "d.__len__()", "m[0].__class__", "d._private", "{'_p': 5}._p", "{'__p__': 5}.__p__",
    "s.encode()", "s.nosuch", "s.nosuch()", "s.format.__globals__", "d.get('b')", "d.get('q')", "d.get('q', 3)",
    "d.get('q', default=3)", "d.keys()|list", "d.values()|list", "d.items()|list", "d.copy()", "l.index(1)",
    "l.index(9)", "l.count(3)", "l.copy()", "(1, 2).index(2)", "(1, 1).count(1)", "d.keys()[0]", "d['b', 'a']",
    "l[1, 2]", "l[0:1, 2]", "missing.x", "missing['x']", "missing[1:]", "missing()", "n()", "s()", "z()", "n.real",
    "f.is_integer()", "n.bit_length()", "d.keys() == {'b': 0, 'a': 0, 'items': 0}.keys()", "range(3).stop", "l.pop()",
    "d.clear", "d.clear is defined", "l.append is callable", "l['append'] is defined", "x.y is defined", "d.q is defined",
    "d.q.r is defined", "d['b'] is sameas(d.b)", "m[5].role", "(m|first).role", "m[-1]['content'][0:2]", "d.a.00", "d.a.1",
    "s[1:][1:]", "s.split(',')[1].strip()", "s.split(', ')|last", "('a' 'b' \"c\")[1]", "{'a': {'b': [10, 20]}}.a.b[1]",
    "l[big]", "s[0:big]", "s[-big:2]", "d[[]]", "d[{}]", "{1: 'a', True: 'b', 1.0: 'c'}", "{(1, 2): 3}[(1, 2)]",
    "{none: 1}[none]", "{1: 2}[1.0]", "{[]: 1}", "{(1, []): 1}",
]

LISTS = [
    "l|sort", "l|sort(reverse=true)", "w|sort", "w|sort(case_sensitive=true)", "w|sort(true)", "[1, 'a']|sort",
    "m|sort(attribute='n')|map(attribute='role')|list", "m|sort(attribute='n,role')|map(attribute='role')|list",
    "m|sort(attribute='role', reverse=true)|map(attribute='role')|list", "[[2, 'b'], [1, 'a'], [2, 'a']]|sort",
    "[(1, 2), (1, 1)]|sort", "m|map(attribute='role')|list", "m|map(attribute='tool.name')|list",
    "m|map(attribute='tool.name', default='none')|list", "m|map(attribute='nosuch', default='q')|join(',')",
    "m|map(attribute='content')|list", "w|map('upper')|list", "w|map('replace', 'a', 'x')|list", "w|map|list",
    "w|map('nosuch')|list", "w|map(attribute='x', y=1)|list", "[]|map('nosuch')|list", "m|map('attr', 'role')|list",
    "m|map(attribute=0)|list", "[[1, 2], [3, 4]]|map(attribute=1)|list", "[[1, 2], [3, 4]]|map('sum')|list",
    "m|selectattr('role', 'equalto', 'user')|map(attribute='n')|list", "m|selectattr('content')|list|length",
    "m|rejectattr('content')|map(attribute='n')|list", "m|rejectattr('role', 'in', ['user', 'User'])|list|length",
    "m|selectattr('tool', 'defined')|list|length", "m|selectattr('tool.name', 'defined')|list|length",
    "m|selectattr('tool.args.x.0', 'eq', 1)|list|length", "m|selectattr|list", "l|select('gt', 1)|list",
    "l|select('odd')|list", "l|reject('odd')|list", "[0, 1, '', 'a', none]|select|list", "[0, 1, '', 'a']|reject|list",
    "l|select('nosuch')|list", "l|select|length", "l|map('string')|first", "l|map('string')|last", "l|select|reverse|list",
    "m|groupby('n')|list|length", "m|groupby('role')", "m|groupby('role', case_sensitive=true)|map(attribute='grouper')|list",
    "m|groupby('n')|map(attribute='list')|map('length')|list", "m|groupby('nosuch', default='z')|map(attribute=0)|list",
    "(m|groupby('n')|first).grouper", "(m|groupby('n')|first)[1]|length", "l|unique|list", "[1, 1.0, true, 2]|unique|list",
    "['a', 'A', 'b']|unique|list", "['a', 'A']|unique(true)|list", "m|unique(attribute='n')|map(attribute='role')|list",
    "l|min", "l|max", "w|min", "w|max", "w|max(case_sensitive=true)", "m|max(attribute='n')|attr('n')", "[]|min", "[]|max",
    "m|min(attribute='role')", "[]|first", "[]|last", "[]|first is undefined", "l|first", "l|last", "d|first", "d|last",
    "range(5)|last", "missing|first", "missing|last", "missing|length", "missing|list", "missing|join('x')", "missing|upper",
    "missing|int", "missing|default('d')", "missing|tojson", "missing|string", "missing|sort", "missing|map('upper')|list",
    "missing|items|list", "z|default('d')", "z|default('d', true)", "z|length", "z|list", "z|upper", "z|int", "z|string",
    "z|join", "z|tojson", "z|items", "z|items|list", "z|first", "n|first", "n|join", "d|items|list", "d|list", "d|length",
    "d|dictsort", "{'b': 1, 'A': 2, 'c': 0}|dictsort", "{'b': 1, 'A': 2}|dictsort(true)",
    "{'b': 1, 'A': 2, 'c': 0}|dictsort(false, 'value')", "{'b': 1, 'A': 2}|dictsort(by='value', reverse=true)",
    "{'a': 1}|dictsort(by='x')", "l|join", "l|join(', ')", "m|join(', ', attribute='role')", "[1, none, true, 2.5]|join('|')",
    "[[1, 2], ['a']]|join(';')", "l|join(none)", "l|join(1)", "l|sum", "[1.5, 2]|sum", "m|sum(attribute='n')", "[]|sum",
    "[[1], [2]]|sum(start=[])", "['a']|sum", "l|sum(start=10)", "['a']|sum(start='')", "l|reverse|list", "l|reverse",
    "(1, 2)|reverse|list", "d|reverse|list", "range(3)|reverse|list", "n|reverse", "l|batch(2)|list", "l|batch(2, 0)|list",
    "l|batch(0)|list", "range(7)|slice(3)|list", "range(7)|slice(3, 'x')|list", "l|slice(0)|list", "l|tojson", "m|tojson",
    "m|tojson(indent=2)", "m|tojson(indent=0)", "m|tojson(indent='--')", "m|tojson(ensure_ascii=true)",
    "d|tojson(sort_keys=true)", "d|tojson(separators=(',', ':'))", "d|tojson(indent=1, separators=[', ', '='])",
    "{'b': {'z': 1, 'a': 2}, 'a': []}|tojson(sort_keys=true, indent=4)", "{1: 2, none: 3, true: 4, 1.5: 5}|tojson",
    "{(1, 2): 3}|tojson", "{1: 1, 'a': 2}|tojson(sort_keys=true)", "html|tojson", "u|tojson", "u|tojson(true)",
    "'\\u2028\\x7f\\x00/\\\\'|tojson", "[1e16, 0.1, -0.0, 1e-5]|tojson", "(1, (2,))|tojson", "range(2)|tojson",
    "d.items()|tojson", "[missing]|tojson", "namespace()|tojson", "big|tojson", "{}|tojson(indent=2)", "[]|tojson(indent=2)",
    "[[], {}]|tojson(indent=2)", "s|tojson(nosuch=1)", "s|safe|tojson", "m|pprint", "d|pprint", "(s * 12)|pprint",
    "[s * 3, [s * 4, {'k': s * 5}]]|pprint", "{'b': 1, 'a': {'z': 1, 'y': 2}}|pprint",
    "('word ' * 40)|pprint", "['word ' * 20, 'x']|pprint", "{'key': 'word ' * 30, 'other': ('a' * 70, 1)}|pprint",
    "range(40)|list|pprint", "('a' * 90,)|pprint", "lines|pprint", "(lines * 5)|pprint", "l|list is sameas l", "w|length",
    "'%s and %d' % ('a', 3)", "'%s' % 5", "'%s' % [1, 2]", "'%s %s' % (1,)", "'%s' % (1, 2)", "'%(a)s-%(b)05d' % {'a': 1, 'b': 2}",
    "'%5s|%-5s|%05d|%+d|% d' % ('a', 'b', 3, 4, 5)", "'%.2f %e %g %G' % (3.14159, 12345.678, 1e-7, 1e20)",
    "'%x %X %o %#x %c %c' % (255, 255, 8, 255, 65, 'z')", "'%r %a' % ('é\\n', 'é')", "'%%' % ()", "'%d' % 3.7", "'%d' % 'a'",
    "'%5.1f|%-8.3e|%08.2f' % (2.25, 1234.5, -1.5)", "'%*d' % (5, 3)", "'%.3s' % 'abcdef'", "'%s' % missing", "'%s' % none",
    "'%i%%' % 50", "'%' % 1", "'%z' % 1", "'abc' % 1", "'abc' % {}", "'%(x)s' % 1", "'%#o %#X' % (8, 255)", "'%.0f' % 2.5",
    "'%.0f' % 3.5", "'%g' % 100000", "'%g' % 1000000", "'%.10g' % 0.1", "'%s' % true", "'%d' % true", "'%5%' % ()",
    "'%s %s'|format('a', 1)", "'%(k)s'|format(k='v')", "'%s'|format", "'%s'|format(1, k=2)", "'%s' % ('a' | safe)",
    "('%s'|safe) % '<b>'", "'{} {}'.format(1, 'a')", "'{0}{1}{0}'.format('a', 'b')", "'{x}-{y}'.format(x=1, y=2)",
    "'{:>5}|{:<5}|{:^5}|{:*^7}'.format('a', 'b', 'c', 'd')", "'{:05d} {:+} {:,} {:_}'.format(42, 3, 1234567, 1234567)",
    "'{:.2f} {:e} {:g} {:%} {:.1%}'.format(3.14159, 12345.678, 1e-7, 0.5, 0.256)", "'{:x} {:X} {:o} {:b} {:#x} {:#b}'.format(255, 255, 8, 5, 255, 5)",
    "'{!r} {!s}'.format('a', 'b')", "'{0[a]} {0.items}'.format({'a': 1})", "'{0[1]}'.format([1, 2])", "'{0.nosuch}'.format(1)",
    "'{{}}'.format()", "'{'.format()", "'}'.format()", "'{} {}'.format(1)", "'{a}'.format()", "'{0} {}'.format(1, 2)",
    "'{:{}}|'.format('a', 5)", "'{:{w}.{p}f}'.format(3.14159, w=8, p=2)", "'{:5}|{:5}'.format('a', 1)", "'{:<08}'.format(5)",
    "'{:010.3f}|{:+.1e}|{: d}'.format(3.14159, 12345.0, 5)", "'{:c}'.format(65)", "'{:s}'.format(1)", "'{:d}'.format('a')",
    "'{:d}'.format(1.5)", "'{:.3}'.format('abcdef')", "'{:.3}'.format(3.14159)", "'{:}'.format(none)", "'{:5}'.format(none)",
    "'{}'.format(true)", "'{:d}'.format(true)", "'{:5}|'.format(true)", "'{}'.format([1])", "'{:5}'.format([1])", "'{:n}'.format(1234)",
    "'{a.b}'.format(a={'b': 3})", "'{a[b]}'.format(a={'b': 3})", "'{0.__class__}'.format(1)", "'{x}'.format_map({'x': 1})",
    "'{:,.2f}'.format(1234567.891)", "'{:,}'.format(1234.5)", "'{:09,}'.format(1234)", "'{:=+6}'.format(3)", "'{:=6}'.format('a')",
    "'{:.0f}'.format(0.5)", "'{:.0f}'.format(1.5)", "'{:g}'.format(123456789)", "'{:.3g}'.format(0.00012345)", "'{:#.3g}'.format(1.0)",
    "'{!x}'.format(1)", "'{:é^5}'.format('a')", "'{:10}|'.format(2.5)", "'{:.1}'.format(1234.5)", "'{:.5}'.format(100.0)",
]

MISC = [
    "1 if true", "1 if false", "(1 if false) is defined", "1 if false else 2", "1 if n > 3 else 2 if n > 1 else 3",
    "1 if missing else 2", "'a' ~ 1 ~ none ~ true ~ 1.0 ~ [1]", "1 + 2 ~ 3", "1 ~ 2 + 3", "'a' 'b'", "-2 ** 2", "2 ** 3 ** 2",
    "2 ** -1", "-n|abs", "-3|abs + 1", "not true", "not not 1", "not missing", "1 < 2 < 3", "1 < 3 < 2", "1 == 1.0 == true",
    "3 > 2 >= 2 != 1", "'a' < 'b'", "[1, 2] < [1, 3]", "(1,) < (1, 0)", "'a' in 'abc'", "'' in ''", "1 in [1.0]", "none in [none]",
    "'b' in d", "1 not in l", "not 1 in l", "1 in 5", "'a' in 5", "1 in 'a'", "n is not none", "not n is none", "n is divisibleby 7 and t",
    "n is not divisibleby(5) or false", "none and 1", "0 or 'x'", "'' or none", "1 and 2 and 3", "1 and 0 and x.y.z", "1 or x.y.z",
    "{'a': 1, 'b': 2,}", "[1, 2,]", "(1,)", "(1, 2,)", "()", "[[]]", "1, 2", "{'a': 1, 'a': 2}", "'\\n\\t\\\\\\'\\\"\\x41\\u00e9\\U0001F600\\101\\0'",
    "'\\q\\é'", "'a\\\nb'", "\"it's\"", "'say \"hi\"'", "['it\\'s']", "['\"\\'']", "['\\n\\t\\x00\\x7f\\xa0\\u200b\\ud7ff\\ue000']", "['😀é']",
    "1_000_000", "0xff_ff", "0o7_7", "0b1_1", "1__0", "1_", "00", "007", "1.5e+3", "1e-5", "1.", ".5", "1.5.real", "1e400",
    "1e15", "1e16", "123456789012345.6", "0.1 + 0.2", "1/3", "10/2", "7//2", "-7//2", "7 % -3", "-7 % 3", "7.5 // 2", "-7.5 % 2", "0.0 / 1",
    "1 / 0", "1 // 0", "1 % 0", "1.0 / 0", "0 ** 0", "0 ** -1", "2 ** 0.5", "(-8) ** 0.5", "10 ** 20", "10 ** 400 / 10 ** 399",
    "9223372036854775807 + 1", "-9223372036854775808 - 1", "4611686018427387904 * 2", "-9223372036854775807 - 1", "big + 1", "big // 7", "big % 7",
    "big == big + 0.0", "big > 1e29", "n == 42.0", "hash", "true + true", "true == 1", "'1' == 1", "none == false", "[] == ()", "[1] == [true]",
    "{'a': 1} == {'a': 1.0}", "missing == missing", "missing == none", "missing != 1", "missing ~ 'x'", "missing + 1", "1 + missing", "'a' + missing",
    "missing * 2", "-missing", "missing < 1", "missing and 1", "missing or 1", "missing in [1]", "1 in missing", "missing in 'a'", "[missing]", "{'a': missing}",
    "'ab' * 3", "3 * 'ab'", "'a' * -1", "[1] * 2", "(1, 2) * 2", "'a' * 1.5", "'a' * 'b'", "[1] + [2]", "[1] + (2,)", "(1,) + (2,)", "{} + {}", "'a' + 1", "1 + 'a'",
    "none + 1", "range(3)", "range(1, 4)", "range(0, 10, 3)", "range(5, 0, -2)|list", "range(0)", "range(0)|list", "range(100001)", "range(100000)|length", "range(1, 2, 0)",
    "range('a')", "range()", "range(1.5)", "dict(a=1, b=2)", "dict([('a', 1), ('b', 2)], c=3)", "dict({'a': 1}, a=2)", "dict([1])", "dict()", "dict(1)", "namespace(a=1)",
    "namespace(a=1).a", "namespace({'x': 2}).x", "namespace().q", "namespace()['q']", "joiner()()", "cycler(1, 2).next()", "cycler(1, 2).current", "cycler()",
    "lipsum is defined", "raise_exception('no')", "raise_exception()", "strftime_now('%Y-%m-%d')", "strftime_now('%d %b %Y')", "strftime_now('%A %B %e %-d %-m %I:%M %p %j %U %W %u %w %y %%')",
    "strftime_now('%H:%M:%S.%f %c|%x|%X|%D|%F|%T|%R|%r|%h|%n|%t|%C|%G|%V|%g|%k|%l|%s|%P|%z|%Z')", "strftime_now('%-H %-M %-S %-I %-j %_d %_m %0e %^a %^B %#p')", "strftime_now('%Q %')",
    "strftime_now('%5d')", "strftime_now('')", "strftime_now()", "strftime_now(1)", "range is defined", "nosuch()", "nosuch|upper", "s|nosuch", "s is nosuch", "1 if s|nosuch else 2", "1 if true else s|nosuch",
    "s.upper", "html|e", "html|escape|escape", "html|e ~ '<'", "(html|e) + '<'", "'<' + (html|safe)", "('<b>'|safe) * 2", "('<b>'|safe).upper()", "('<b>'|safe).replace('b', '<i>')",
    "('-'|safe).join(['<', '>'|safe])", "['<', '>'|safe]|join('&')", "('<{}>'|safe).format('<')", "('a b'|safe).split()", "('<b>'|safe)|upper", "('<b>'|safe) is escaped", "('<'|safe) == '<'",
    "('<'|safe) ~ '<'", "html|forceescape", "(html|safe)|forceescape", "html|striptags", "'a<!-- <b> -->c  d<br/>&amp;&lt;'|striptags", "html|urlencode", "{'a b': 'c&d', 'e': 1}|urlencode",
    "[('a', 1), ('b', '/')]|urlencode", "'a/b c?d=é'|urlencode", "{'class': 'a<b', 'id': none, 'x': missing, 'n': 5}|xmlattr", "{'a': 1}|xmlattr(false)", "{}|xmlattr", "{'a b': 1}|xmlattr",
    "'3.7'|int", "'abc'|int", "'0x1f'|int(0, 16)", "'0x1f'|int(base=0)", "'  12 '|int", "'1_000'|int", "'1e3'|int", "'1e3'|float", "'inf'|float", "'nan'|float", "'-5'|int", "none|int(3)", "[]|int", "true|int",
    "'z'|int(5, 36)", "'12'|int(base=99)", "'٣'|int", "'0b11'|int(0, 2)", "'010'|int(0, 0)", "1e400|int", "2.675|round(2)", "2.5|round", "3.5|round", "-2.5|round", "1234|round(-2)", "1250|round(-2)", "1.005|round(2)", "5|round(2)",
    "42.55|round(1, 'floor')", "42.55|round(1, 'ceil')", "-1.5|round(0, 'ceil')", "'a'|round", "1|round(0, 'x')", "s|attr('upper')", "d|attr('b')", "d|attr('items')", "m[0]|attr('role')", "n|attr('real')",
    "s|truncate(2)", "'foo bar baz qux'|truncate(9)", "'foo bar baz qux'|truncate(9, True)", "'foo bar baz qux'|truncate(11)", "'foo bar baz qux'|truncate(11, False, '...', 0)", "u|truncate(8, true, '…', 0)",
    "'Hello-world this is--a long-word test of wrapping'|wordwrap(10)", "'aaaaaaaaaaaaaaaaaaaaaaaa bb'|wordwrap(7)", "'aaa bbb  ccc\\nddd eee'|wordwrap(6)", "'a-b-c-d-e-f'|wordwrap(3)", "'semi-long hyphen-ated'|wordwrap(6, break_on_hyphens=false)",
    "'x'|wordwrap(0)", "lines|indent", "lines|indent(2, true)", "lines|indent(2, false, true)", "lines|indent(2, true, true)", "''|indent(2, true)", "'a'|indent(-1, true)", "5|indent", "lines|wordcount", "'a-b c_d e.f'|wordcount",
    "lines.splitlines()", "u|length", "u|upper", "u|lower", "u|title", "u|capitalize", "u|center(30)", "u|reverse", "u|list", "u.find('日')", "u.split()", "u[::-1]", "u|first", "u|last", "s|center(20)|length", "1000|filesizeformat", "1|filesizeformat",
    "1500000|filesizeformat", "1024|filesizeformat(true)", "'a'|filesizeformat", "s|upper|lower|title", "s|upper()", "s|replace()", "s|replace('a')", "s|default(1, 2, 3, 4)", "s|upper(1)", "s.upper(1)", "s.replace('a')", "s.split(x=1)",
    "s.split(*[','])", "s.split(**{'sep': ','})", "s.replace(*['l', 'L'])", "'{}{}'.format(*[1, 2])", "'{a}'.format(**{'a': 1})", "dict(**{'a': 1})", "dict(**[1])", "s.split(*5)", "dict(a=1, **{'a': 2})", "[1, 2, 3]|length is odd", "l|length > 2",
    "l|length == 3 and s", "n|string|length", "(n|string) + 'x'", "n|string + 'x'", "'a' if l|length > 2 else 'b'", "s|length + 1", "-l|length", "(l|first)|string", "not l", "not e", "s is string and n is number", "x is undefined", "x", "x is none", "[x]|first",
    "true is boolean", "True", "False", "None", "none", "TRUE", "self", "loop", "l[l|length - 1]", "l[-1:][0]", "w|map('lower')|unique|sort|join", "m|selectattr('role', 'in', ['user'])|list|tojson", "m|map(attribute='role')|unique|list",
    "(m|map(attribute='role')|list)[0]", "m|map(attribute='role')|list|last", "m[0].items()|list", "m[0]|items|list", "m[0]|dictsort", "'a' is in ['a']", "'a' is not in ['a']", "1 is eq 1", "1 is eq(1) and 2 is eq 2", "'x' is string is true", "n is number | string",
    "not s is string", "s is not string", "n is odd or n is even", "f is float", "t is number", "t is integer", "[1] is sequence", "d is sequence", "d is iterable", "n is iterable", "u is iterable", "'upper' is filter", "'odd' is test", "1 is sameas 1", "none is sameas none",
    "2 is divisibleby", "2 is divisibleby 0", "'a' is odd", "2.0 is even", "-1 is odd", "'a' is lower", "'1' is lower", "'A' is upper", "'aB' is upper", "5 is lower", "joiner(1)", "namespace", "loop.index", "caller()", "{}.x.y", "'' is defined", "z is defined", "1 is callable", "range is callable",
    "{{1: 2}}", "{'a': 1}['a']", "{ 'a' : { 'b' : 1 } }", "'}}'", "'%}'", "(1 + 2) * 3", "[1, 2, 3][1:][0]", "(s)", "((s))", "s.lower().upper()", "s|lower.upper", "1.5|int", "1 .real", "n.real.real", "1.real", "l.0", "l.-1", "d.a.5", "s.0", "'abc'.upper()[0].lower()",
    "5 @ 3", "a := 3", "a ? b : c", "!a", "a && b", "$x", "lambda: 1", "1 +", "(1", "[1", "{'a'", "{'a': }", "f(", "f(a=1, 2)", "f(*a, *b)", "f(**a, *b)", "f(a=1, a=2)", "a b", "1 2", "'a' b", "a..b", "a.", "a[", "a[]", "|upper", "a|", "a is", "a is not", "in a", "a not b", "a not in", "if a", "a if", "a if b else", "'abc", "\"abc",
]


def wrap(expression):
    return "{{ " + expression + " }}"


def all_cases():
    for value in STRINGS:
        for method in METHODS:
            yield wrap(f"{value}.{method}")
        for name in STRING_FILTERS:
            yield wrap(f"{value}|{name}")
    for number in NUMBERS:
        yield wrap(number)
        yield wrap(f"[{number}]")
        for name in NUMBER_FILTERS:
            yield wrap(f"{number}|{name}")
    for left in OPERANDS:
        for right in OPERANDS:
            for operator in OPERATORS:
                if operator == "**" and "2**70" in (left, right) or operator == "*" and right == "2**70":
                    continue
                yield wrap(f"({left}) {operator} ({right})")
    for value in VALUES:
        for test in TESTS:
            yield wrap(f"{value} is {test}")
    for expression in [*SUBSCRIPTS, *LISTS, *MISC]:
        yield wrap(expression)
