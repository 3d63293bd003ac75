using System.Text.Json;
using Luthier.Text.Jinja.Binding;
using Luthier.Text.Jinja.Builtins;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Syntax;
using Luthier.Text.Jinja.Tree;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja;

/// <summary>
/// A template in the language that chat templates are written in: Jinja2 as Transformers sets it up (the immutable
/// sandbox, <c>trim_blocks</c>, <c>lstrip_blocks</c>, <c>break</c> and <c>continue</c>, <c>generation</c> blocks, its own
/// <c>tojson</c>). It can reach its inputs and nothing else, and takes no more than its limits allow. It doesn't change,
/// and may be rendered by several threads at once.
/// </summary>
public sealed class JinjaTemplate
{
    /// <summary>Longer than any template by far; the largest known are some 20,000 characters.</summary>
    private const int MaximumSourceLength = 1 << 20;

    private readonly Block body;
    private readonly Scope scope;

    private JinjaTemplate(string source, Block body, Scope scope)
    {
        Source = source;
        this.body = body;
        this.scope = scope;
    }

    /// <summary>The text that the template was read from.</summary>
    public string Source { get; }

    /// <summary>The template as a tree.</summary>
    internal Node Body => body;

    /// <summary>Reads a template.</summary>
    /// <exception cref="JinjaException">It is not valid, or asks for what is not supported.</exception>
    public static JinjaTemplate Parse(string source)
    {
        if (source.Length > MaximumSourceLength)
        {
            throw new JinjaException(
                JinjaErrorKind.Limit,
                $"the template has {source.Length} characters; at most {MaximumSourceLength} are read"
            );
        }

        try
        {
            var parsed = Parser.Parse(source);
            var outermost = Scope.Create(null, parsed.Declare);
            parsed.Bind(outermost);
            return new JinjaTemplate(source, parsed, outermost);
        }
        catch (InsufficientExecutionStackException)
        {
            throw new JinjaException(JinjaErrorKind.Limit, "the template is nested too deeply");
        }
    }

    /// <summary>The text that the template makes of its variables.</summary>
    /// <param name="variables">An object; its members are the variables.</param>
    /// <param name="now">What <c>strftime_now</c> tells, as a local time.</param>
    /// <param name="limits">What it may take; the default ones where null.</param>
    /// <exception cref="JinjaException">The template does what can't be done, refuses its input, or takes too much.</exception>
    public string Render(JsonElement variables, DateTime now, JinjaLimits? limits = null)
    {
        var inputs = variables
            .EnumerateObject()
            .ToDictionary(member => member.Name, member => JsonValues.Read(member.Value), StringComparer.Ordinal);
        return Render(inputs, now, limits);
    }

    /// <inheritdoc cref="Render(JsonElement, DateTime, JinjaLimits?)"/>
    internal string Render(IReadOnlyDictionary<string, object?> variables, DateTime now, JinjaLimits? limits = null)
    {
        var context = new RenderContext(variables, Globals.All, limits ?? JinjaLimits.Default, now);
        try
        {
            body.Execute(context, scope.Enter(context, null));
            return context.Finish();
        }
        catch (JinjaException exception) when (exception.Position == default)
        {
            exception.Position = context.Position;
            throw;
        }
        catch (InsufficientExecutionStackException)
        {
            throw new JinjaException(JinjaErrorKind.Limit, "values or calls are nested too deeply", context.Position);
        }
    }
}
