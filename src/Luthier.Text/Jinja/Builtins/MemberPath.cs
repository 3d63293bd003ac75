using System.Globalization;
using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Builtins;

/// <summary>Members of members, as the filters' <c>attribute</c> names them: <c>"function.arguments.0"</c>.</summary>
internal static class MemberPath
{
    /// <param name="context">The rendering.</param>
    /// <param name="item">Where to begin.</param>
    /// <param name="path">Names and indices between dots, or one index; None for the item itself.</param>
    /// <param name="fallback">What stands for a member that is undefined; none where null.</param>
    public static object? Get(RenderContext context, object? item, object? path, object? fallback = null)
    {
        foreach (var part in Parts(path))
        {
            item = Subscripts.Item(context, item, part);
            item = item is Undefined && fallback is not null ? fallback : item;
        }

        return item;
    }

    /// <summary>The members that several paths between commas lead to.</summary>
    public static ListValue GetAll(RenderContext context, object? item, object? paths) =>
        Texts.TryGet(paths, out var text)
            ? new ListValue([.. text.Split(',').Select(path => Get(context, item, path))])
            : new ListValue([Get(context, item, paths)]);

    private static IEnumerable<object?> Parts(object? path) =>
        path is null or Missing ? []
        : Texts.TryGet(path, out var text) ? text.Split('.').Select(Part)
        : [path];

    private static object Part(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : text;
}
