using Luthier.Text.Jinja.Tree;

namespace Luthier.Text.Chat;

/// <summary>
/// Tells whether a template goes through the parts of contents. It looks for a loop over the content of what a loop over
/// the messages gives, or over a variable that the messages were set to; which scope a name belongs to is not asked.
/// </summary>
internal static class ContentFormatDetector
{
    public static ChatContentFormat Detect(Node template)
    {
        Node[] nodes = [.. Descendants(template)];
        var messages = NamesOf("messages", nodes.OfType<Set>());
        var loops = nodes.OfType<For>().ToArray();
        var items = loops
            .Where(loop => Variable(loop.Items) is { } name && messages.Contains(name))
            .Select(loop => loop.Target)
            .OfType<NameTarget>()
            .Select(target => target.Identifier)
            .ToHashSet(StringComparer.Ordinal);
        return loops.Any(loop => OwnerOfContent(loop.Items) is { } name && items.Contains(name))
            ? ChatContentFormat.OpenAI
            : ChatContentFormat.String;
    }

    /// <summary>The variable and all that are set to it or to a part of it.</summary>
    private static HashSet<string> NamesOf(string variable, IEnumerable<Set> assignments)
    {
        var targets = assignments.ToLookup(a => Variable(a.Value), a => a.Target, StringComparer.Ordinal);
        HashSet<string> names = new([variable], StringComparer.Ordinal);
        var queue = new Queue<string>(names);
        while (queue.TryDequeue(out var name))
        {
            foreach (var target in targets[name].OfType<NameTarget>().Where(target => names.Add(target.Identifier)))
            {
                queue.Enqueue(target.Identifier);
            }
        }

        return names;
    }

    /// <summary>The variable that an expression is, perhaps filtered, tested or sliced; null for any other.</summary>
    private static string? Variable(Expression expression) => (Bare(expression) as Name)?.Identifier;

    /// <summary>The variable whose content an expression is, perhaps filtered, tested or sliced.</summary>
    private static string? OwnerOfContent(Expression expression) =>
        Bare(expression) switch
        {
            ItemAccess { Key: Literal { Value: "content" }, Owner: Name owner } => owner.Identifier,
            AttributeAccess { Attribute: "content", Owner: Name owner } => owner.Identifier,
            _ => null,
        };

    private static Expression Bare(Expression expression)
    {
        while (true)
        {
            switch (expression)
            {
                case FilterCall { Value: { } inner }:
                    expression = inner;
                    break;
                case TestCall test:
                    expression = test.Value;
                    break;
                case SliceAccess slice:
                    expression = slice.Owner;
                    break;
                default:
                    return expression;
            }
        }
    }

    private static IEnumerable<Node> Descendants(Node root)
    {
        var stack = new Stack<Node>([root]);
        while (stack.TryPop(out var node))
        {
            yield return node;
            foreach (var child in node.Children)
            {
                stack.Push(child);
            }
        }
    }
}
