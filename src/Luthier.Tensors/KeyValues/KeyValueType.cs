namespace Luthier.Tensors.KeyValues;

/// <summary>How a cache holds keys and values.</summary>
public enum KeyValueType
{
    Float32 = 0,

    /// <summary>Rounded to bfloat16, ties to even.</summary>
    BFloat16,

    /// <summary>Eight bits with a float32 scale for each token and head: its largest magnitude over 127.</summary>
    Int8,
}

/// <summary>Sizes of a model's keys and values.</summary>
public readonly record struct KeyValueShape(int Layers, int Heads, int HeadDimension);
