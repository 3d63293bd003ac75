using System.Text;
using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;

namespace Luthier.Text.Jinja.Builtins;

/// <summary>Puts strings together.</summary>
internal static class Joining
{
    /// <summary><c>separator.join(items)</c>, whose items must be strings.</summary>
    public static string Join(RenderContext context, string separator, object? items) =>
        Join(
            context,
            separator,
            Iteration
                .Of(items)
                .Select(
                    (item, i) =>
                        Texts.TryGet(item, out var text)
                            ? text
                            : throw Errors.Type($"sequence item {i}: expected str instance, {TypeNames.Of(item)} found")
                )
        );

    public static string Join(RenderContext context, string separator, IEnumerable<string> texts)
    {
        var result = new StringBuilder();
        var isFirst = true;
        foreach (var text in texts)
        {
            context.Step(1);
            context.Allocate(text.Length + separator.Length);
            result.Append(isFirst ? "" : separator).Append(text);
            isFirst = false;
        }

        return result.ToString();
    }
}
