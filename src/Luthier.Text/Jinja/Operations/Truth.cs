using System.Numerics;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Operations;

/// <summary>What counts as true: all but None, False, zero, Undefined and what is empty.</summary>
internal static class Truth
{
    public static bool Of(object? value) =>
        value switch
        {
            null or Undefined => false,
            bool flag => flag,
            long number => number != 0,
            BigInteger => true,
            double number => number != 0,
            string text => text.Length > 0,
            Markup markup => markup.Text.Length > 0,
            SequenceValue sequence => sequence.Items.Length > 0,
            DictValue dict => dict.Count > 0,
            DictView view => view.Count > 0,
            RangeValue range => range.Count > 0,
            _ => true,
        };
}
