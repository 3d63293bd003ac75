using System.Collections.Frozen;
using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Builtins;

/// <summary>
/// The filters of Jinja2, with <c>tojson</c> as Transformers defines it. Left out are those that are random or for web
/// pages: <c>random</c>, <c>urlize</c>.
/// </summary>
internal static class Filters
{
    private static readonly FrozenDictionary<string, Func<RenderContext, Arguments, object?>> All = Table()
        .ToFrozenDictionary(entry => entry.Name, entry => entry.Body, StringComparer.Ordinal);

    public static bool Exists(string name) => All.ContainsKey(name);

    /// <exception cref="JinjaException">There is no such filter, or it can't do this.</exception>
    public static object? Apply(RenderContext context, string name, object? value, Arguments arguments) =>
        All.TryGetValue(name, out var filter)
            ? filter(context, arguments.Prepend(value))
            : throw Errors.Type($"No filter named '{name}' found.");

    private static IEnumerable<(string Name, Func<RenderContext, Arguments, object?> Body)> Table() =>
        [
            // Numbers
            Filter("abs", "value /", NumberFilters.Abs),
            Filter("int", "value default? base?", NumberFilters.ToInteger),
            Filter("float", "value default?", NumberFilters.ToFloat),
            Filter("round", "value precision? method?", NumberFilters.Round),
            Filter("sum", "iterable attribute? start?", NumberFilters.Sum),
            Filter("filesizeformat", "value binary?", NumberFilters.FileSize),
            // Text
            Filter("capitalize", "s", a => Texts.Like(a[0], a.Context.Made(Casing.Capitalize(a.Printed(0))))),
            Filter("lower", "s", a => Texts.Like(a[0], a.Context.Made(Casing.Lower(a.Printed(0))))),
            Filter("upper", "s", a => Texts.Like(a[0], a.Context.Made(Casing.Upper(a.Printed(0))))),
            Filter("title", "s", TextFilters.Title),
            Filter("trim", "value chars?", TextFilters.Trim),
            Filter("replace", "s old new count?", TextFilters.Replace),
            Filter("indent", "s width? first? blank?", TextFilters.Indent),
            Filter("center", "value width?", TextFilters.Center),
            Filter("truncate", "s length? killwords? end? leeway?", TextFilters.Truncate),
            Filter("wordcount", "s", TextFilters.WordCount),
            Filter("wordwrap", "s width? break_long_words? wrapstring? break_on_hyphens?", WordWrap.Apply),
            Filter("string", "value", a => Texts.Like(a[0], a.Printed(0))),
            ("format", TextFilters.Format),
            Filter("pprint", "value", a => PrettyPrint.Format(a.Context, a[0])),
            Filter("tojson", "x ensure_ascii? indent? separators? sort_keys?", TextFilters.ToJson),
            // HTML
            Filter("escape", "s /", HtmlFilters.Escape),
            Filter("e", "s /", HtmlFilters.Escape),
            Filter("forceescape", "value", a => new Markup(a.Context.Made(Markup.Escape(a.Printed(0))))),
            Filter("safe", "value", a => new Markup(a.Printed(0))),
            Filter("striptags", "value", HtmlFilters.StripTags),
            Filter("urlencode", "value", HtmlFilters.UrlEncode),
            Filter("xmlattr", "d autospace?", HtmlFilters.Attributes),
            // Lists
            Filter("length", "obj /", a => Iteration.Count(a.Context, a[0])),
            Filter("count", "obj /", a => Iteration.Count(a.Context, a[0])),
            Filter("list", "value", a => Iteration.ToList(a.Context, a[0])),
            Filter("first", "seq", ListFilters.First),
            Filter("last", "seq", ListFilters.Last),
            Filter("reverse", "value", ListFilters.Reverse),
            Filter("join", "value d? attribute?", ListFilters.Join),
            Filter("batch", "value linecount fill_with?", ListFilters.Batch),
            Filter("slice", "value slices fill_with?", ListFilters.Slice),
            Filter("items", "value", ListFilters.Items),
            Filter("sort", "value reverse? case_sensitive? attribute?", OrderFilters.Sort),
            Filter("dictsort", "value case_sensitive? by? reverse?", OrderFilters.DictSort),
            Filter("groupby", "value attribute default? case_sensitive?", OrderFilters.GroupBy),
            Filter("unique", "value case_sensitive? attribute?", OrderFilters.Unique),
            Filter("min", "value case_sensitive? attribute?", a => OrderFilters.Extreme(a, largest: false)),
            Filter("max", "value case_sensitive? attribute?", a => OrderFilters.Extreme(a, largest: true)),
            ("map", SelectionFilters.Map),
            ("select", (c, a) => SelectionFilters.Select(c, a, "select", keeps: true)),
            ("reject", (c, a) => SelectionFilters.Select(c, a, "reject", keeps: false)),
            ("selectattr", (c, a) => SelectionFilters.SelectByAttribute(c, a, "selectattr", keeps: true)),
            ("rejectattr", (c, a) => SelectionFilters.SelectByAttribute(c, a, "rejectattr", keeps: false)),
            // Any value
            Filter("attr", "obj name", SelectionFilters.Attribute),
            Filter("default", "value default_value? boolean?", Default),
            Filter("d", "value default_value? boolean?", Default),
        ];

    private static object? Default(BoundArguments arguments) =>
        arguments[0] is Undefined || (arguments.Flag(2) && !Truth.Of(arguments[0]))
            ? arguments.GetOr(1, "")
            : arguments[0];

    private static (string, Func<RenderContext, Arguments, object?>) Filter(
        string name,
        string parameters,
        Func<BoundArguments, object?> body
    )
    {
        var signature = new Signature(name, parameters);
        return (name, (context, arguments) => body(signature.Bind(context, arguments)));
    }
}
