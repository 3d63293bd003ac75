using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Builtins;

/// <summary>Filters that apply filters, tests and lookups to items.</summary>
internal static class SelectionFilters
{
    /// <summary><c>map("filter", arguments)</c>, or <c>map(attribute="path", default=value)</c>.</summary>
    public static object? Map(RenderContext context, Arguments arguments)
    {
        var items = arguments.Positional[0];
        return Lazy(context, items, () => Map(context, items, Mapping(context, arguments)));
    }

    /// <summary><c>select("test", arguments)</c>, or by truth.</summary>
    public static object? Select(RenderContext context, Arguments arguments, string name, bool keeps)
    {
        var items = arguments.Positional[0];
        return Lazy(context, items, () => Filter(items, Test(context, arguments.Skip(1), name), keeps));
    }

    /// <summary><c>selectattr("path", "test", arguments)</c>, or by the member's truth.</summary>
    public static object? SelectByAttribute(RenderContext context, Arguments arguments, string name, bool keeps)
    {
        var items = arguments.Positional[0];
        return Lazy(
            context,
            items,
            () =>
            {
                if (arguments.Positional.Length < 2)
                {
                    throw Errors.Type("Missing parameter for attribute name");
                }

                var path = arguments.Positional[1];
                var test = Test(context, arguments.Skip(2), name);
                return Filter(items, item => test(MemberPath.Get(context, item, path)), keeps);
            }
        );
    }

    /// <summary>The attribute of a name, never the item.</summary>
    public static object? Attribute(BoundArguments arguments)
    {
        if (arguments[0] is Undefined undefined)
        {
            throw undefined.Error();
        }

        return Attributes.TryGet(arguments.Context, arguments[0], arguments.Text(1), out var attribute)
            ? attribute
            : Undefined.Member(arguments[0], arguments[1]);
    }

    private static Func<object?, object?> Mapping(RenderContext context, Arguments arguments)
    {
        if (arguments.Positional.Length > 1)
        {
            var name = FilterName(arguments.Positional[1]);
            var given = arguments.Skip(2);
            return item => Filters.Apply(context, name, item, given);
        }

        if (!arguments.TryGetNamed("attribute", out var path))
        {
            throw Errors.Type("map requires a filter argument");
        }

        if (arguments.Named.FirstOrDefault(n => n.Key is not ("attribute" or "default")).Key is { } unknown)
        {
            throw Errors.Type($"Unexpected keyword argument '{unknown}'");
        }

        arguments.TryGetNamed("default", out var fallback);
        return item => MemberPath.Get(context, item, path, fallback);
    }

    private static string FilterName(object? value) =>
        Texts.TryGet(value, out var name)
            ? name
            : throw Errors.Type($"the name of a filter is {TypeNames.Of(value)}; expected a string");

    private static Func<object?, bool> Test(RenderContext context, Arguments arguments, string filter)
    {
        if (arguments.Positional.Length == 0)
        {
            return Truth.Of;
        }

        if (!Texts.TryGet(arguments.Positional[0], out var name))
        {
            throw Errors.Type($"{filter}(): the name of a test is {TypeNames.Of(arguments.Positional[0])}");
        }

        var given = arguments.Skip(1);
        return item => Tests.Holds(context, name, item, given);
    }

    // Nothing is done, and no mistake found, before the first item is asked for; nor at all where there are none.
    private static Generator Lazy(RenderContext context, object? items, Func<IEnumerable<object?>> prepare)
    {
        IEnumerable<object?> Run()
        {
            if (!Truth.Of(items))
            {
                yield break;
            }

            foreach (var item in prepare())
            {
                yield return item;
            }
        }

        return new Generator(context, "generator", Run());
    }

    private static IEnumerable<object?> Map(RenderContext context, object? items, Func<object?, object?> map)
    {
        foreach (var item in Iteration.Of(items))
        {
            context.Step(1);
            yield return map(item);
        }
    }

    private static IEnumerable<object?> Filter(object? items, Func<object?, bool> test, bool keeps) =>
        Iteration.Of(items).Where(item => test(item) == keeps);
}
