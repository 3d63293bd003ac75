using System.Numerics;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Operations;

/// <summary>Python's names of types, for messages.</summary>
internal static class TypeNames
{
    public static string Of(object? value) =>
        value switch
        {
            null => "NoneType",
            bool => "bool",
            long or BigInteger => "int",
            double => "float",
            string => "str",
            Markup => "Markup",
            ListValue => "list",
            TupleValue => "tuple",
            DictValue => "dict",
            DictView { Kind: DictViewKind.Keys } => "dict_keys",
            DictView { Kind: DictViewKind.Values } => "dict_values",
            DictView => "dict_items",
            RangeValue => "range",
            Generator generator => generator.TypeName,
            Undefined => "Undefined",
            Callable callable => callable.TypeName,
            IAttributes owner => owner.TypeName,
            _ => throw new ArgumentException($"{value.GetType()} is no value of a template", nameof(value)),
        };

    /// <summary>As Jinja2 speaks of a value that lacks something.</summary>
    public static string Describe(object? value) =>
        value switch
        {
            null => "None",
            NamespaceValue or Cycler or Joiner => $"jinja2.utils.{Of(value)} object",
            Macro or LoopValue => $"jinja2.runtime.{Of(value)} object",
            Markup => "markupsafe.Markup object",
            _ => $"{Of(value)} object",
        };
}
