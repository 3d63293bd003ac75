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
        var messages = NamesOf("messages", [.. nodes.OfType<Set>()]);
        var loops = nodes.OfType<For>().ToArray();
        var items = loops
            .Where(loop => messages.Any(name => IsAccess(loop.Items, name, key: null)))
            .Select(loop => loop.Target)
            .OfType<NameTarget>()
            .Select(target => target.Identifier)
            .ToHashSet(StringComparer.Ordinal);
        return loops.Any(loop => items.Any(name => IsAccess(loop.Items, name, "content")))
            ? ChatContentFormat.OpenAI
            : ChatContentFormat.String;
    }

    /// <summary>The variable and all that are set to it or to a part of it.</summary>
    private static HashSet<string> NamesOf(string variable, Set[] assignments)
    {
        HashSet<string> names = new([variable], StringComparer.Ordinal);
        var queue = new Queue<string>(names);
        while (queue.TryDequeue(out var name))
        {
            foreach (var assignment in assignments.Where(a => IsAccess(a.Value, name, key: null)))
            {
                if (assignment.Target is NameTarget target && names.Add(target.Identifier))
                {
                    queue.Enqueue(target.Identifier);
                }
            }
        }

        return names;
    }

    /// <summary>Whether an expression is a variable, or a member of it, perhaps filtered, tested or sliced.</summary>
    private static bool IsAccess(Expression expression, string name, string? key)
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
                case ItemAccess { Key: Literal literal } item when key is not null:
                    return Equals(literal.Value, key) && IsAccess(item.Owner, name);
                case AttributeAccess attribute when key is not null:
                    return string.Equals(attribute.Attribute, key, StringComparison.Ordinal)
                        && IsAccess(attribute.Owner, name);
                default:
                    return key is null && IsAccess(expression, name);
            }
        }
    }

    private static bool IsAccess(Expression expression, string name) =>
        expression is Name variable && string.Equals(variable.Identifier, name, StringComparison.Ordinal);

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
