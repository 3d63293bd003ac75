using System.Runtime.CompilerServices;
using System.Text;
using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Syntax;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Running;

/// <summary>One rendering: its inputs, where it writes, and what it has taken of its limits so far.</summary>
internal sealed class RenderContext(
    IReadOnlyDictionary<string, object?> inputs,
    IReadOnlyDictionary<string, object?> globals,
    JinjaLimits limits,
    DateTime now
)
{
    private const int ScannedPerStep = 64;
    private const int ItemUnits = 8;

    private readonly Stack<StringBuilder> outputs = [];
    private StringBuilder output = new();
    private long steps;
    private long allocated;
    private int depth;

    /// <summary>Where the rendering is, for messages.</summary>
    public Position Position { get; private set; }

    /// <summary>The time that <c>strftime_now</c> gives, of no particular zone.</summary>
    public DateTime Now => now;

    /// <summary>Every expression and statement passes here before its work.</summary>
    public void Visit(Position position)
    {
        Position = position;
        Step(1);
        RuntimeHelpers.EnsureSufficientExecutionStack();
    }

    public void Step(long count)
    {
        steps += count;
        if (steps > limits.Steps || steps < 0)
        {
            throw new JinjaException(JinjaErrorKind.Limit, $"the template takes more than {limits.Steps} steps");
        }
    }

    /// <summary>Counts a pass over so many characters.</summary>
    public void Scan(long characters) => Step(characters / ScannedPerStep);

    /// <summary>Counts characters that are about to be made.</summary>
    public void Allocate(long characters)
    {
        allocated += characters;
        if (allocated > limits.Allocation || allocated < 0)
        {
            throw new JinjaException(
                JinjaErrorKind.Limit,
                $"the template makes texts and lists of more than {limits.Allocation} characters"
            );
        }

        Scan(characters);
    }

    /// <summary>Counts items of a list that is about to be made.</summary>
    public void AllocateItems(long count)
    {
        Allocate(Math.Min(count, long.MaxValue / ItemUnits) * ItemUnits);
        Step(count);
    }

    public string Made(string text)
    {
        Allocate(text.Length);
        return text;
    }

    /// <summary>A variable that no scope of the template sets.</summary>
    public object? Resolve(string name) =>
        inputs.TryGetValue(name, out var value) || globals.TryGetValue(name, out value) ? value : Missing.Value;

    public void Write(string text)
    {
        if ((long)output.Length + text.Length > limits.Output)
        {
            throw new JinjaException(JinjaErrorKind.Limit, $"the template writes more than {limits.Output} characters");
        }

        Allocate(text.Length);
        output.Append(text);
    }

    /// <summary>Writes what a block gave, which must be text.</summary>
    public void WriteText(object? value) =>
        Write(
            Texts.TryGet(value, out var text)
                ? text
                : throw Errors.Type($"the block gives {TypeNames.Of(value)}; expected text")
        );

    /// <summary>From here on, what is written is kept back until <see cref="EndCapture"/>.</summary>
    public void BeginCapture()
    {
        outputs.Push(output);
        output = new StringBuilder();
    }

    public string EndCapture()
    {
        var text = output.ToString();
        output = outputs.Pop();
        return text;
    }

    /// <summary>Enters a macro; the caller must leave it.</summary>
    public void EnterCall()
    {
        if (++depth > limits.CallDepth)
        {
            throw new JinjaException(JinjaErrorKind.Limit, $"more than {limits.CallDepth} macros call each other");
        }
    }

    public void LeaveCall() => depth--;

    public string Finish() => output.ToString();
}
