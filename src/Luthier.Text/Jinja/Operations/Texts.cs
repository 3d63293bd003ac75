using System.Diagnostics.CodeAnalysis;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Operations;

/// <summary>Strings, plain or marked safe.</summary>
internal static class Texts
{
    public static bool TryGet(object? value, [NotNullWhen(true)] out string? text)
    {
        text = value as string ?? (value as Markup)?.Text;
        return text is not null;
    }

    /// <summary>The text, marked safe where what it was made from is.</summary>
    public static object Like(object? origin, string text) => origin is Markup ? new Markup(text) : text;

    /// <summary>Whether a search would take too long is for the caller's limits: at worst it compares all with all.</summary>
    public static void CountSearch(Running.RenderContext context, string text, string sought) =>
        context.Step((long)(((Int128)text.Length * Math.Max(sought.Length, 16)) >> 10));
}
