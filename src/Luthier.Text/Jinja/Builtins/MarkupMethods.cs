using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Builtins;

/// <summary>
/// The methods of text that is marked safe: those of strings, but what they put in is escaped, and what they give is
/// marked safe again.
/// </summary>
internal static class MarkupMethods
{
    public static bool TryGet(Markup markup, string name, out object? attribute)
    {
        if (!StringMethods.TryGet(markup.Text, name, out attribute))
        {
            return false;
        }

        var method = (Callable)attribute!;
        attribute = new VariadicFunction(
            method.TypeName,
            (context, arguments) => Mark(method.Call(context, Escape(context, name, arguments)))
        );
        return true;
    }

    private static Arguments Escape(RenderContext context, string name, Arguments arguments) =>
        (name, arguments.Positional) switch
        {
            ("join", [var items]) => Arguments.Of(
                new ListValue([.. Iteration.ToArray(context, items).Select(item => Escape(context, item))])
            ),
            ("replace", [var old, var text, .. var rest]) => new Arguments(
                [old, Escape(context, text), .. rest],
                arguments.Named
            ),
            ("format", _) => new Arguments(
                [.. arguments.Positional.Select(item => Escape(context, item))],
                [.. arguments.Named.Select(n => KeyValuePair.Create(n.Key, Escape(context, n.Value)))]
            ),
            _ => arguments,
        };

    // Numbers keep their formats.
    private static object? Escape(RenderContext context, object? value) =>
        value switch
        {
            Markup markup => markup.Text,
            long or double => value,
            _ => context.Made(Markup.Escape(Printing.Str(context, value))),
        };

    private static object? Mark(object? value) =>
        value switch
        {
            string text => new Markup(text),
            SequenceValue sequence => sequence.With([.. sequence.Items.Select(Mark)]),
            _ => value,
        };
}
