using Luthier.Tensors;

namespace Luthier.Models.Adapters;

/// <summary>What an adapter does to one module.</summary>
internal abstract class AdapterPart
{
    /// <summary>The tensors that training changes, by their names in an adapter file without its prefix.</summary>
    public abstract IEnumerable<(string Name, Tensor Tensor)> Parameters { get; }

    /// <summary>The tensors as an adapter file holds them; only some layouts differ from <see cref="Parameters"/>.</summary>
    public virtual IEnumerable<(string Name, Tensor Tensor)> Stored => Parameters;

    /// <summary>Whether the model would compute the same without it.</summary>
    public abstract bool ChangesNothing { get; }

    /// <summary>Whether training it is supported.</summary>
    public virtual bool IsTrainable => true;

    /// <summary>Lets the module compute with it.</summary>
    public abstract void Attach();

    /// <summary>Gives the module back what it had.</summary>
    public abstract void Detach();

    /// <summary>After <see cref="Detach"/>: makes the effect part of the module's own weights, in their element type.</summary>
    public abstract void Merge();

    protected static bool IsZero(Tensor tensor) => !tensor.AsFloats().ContainsAnyExcept(0f);

    /// <summary>
    /// A float32 result as a parameter of the model: in an element type and with a name. In place of a weight of a block
    /// type it stays float32: quantizing it again would undo small updates.
    /// </summary>
    protected static Tensor AsParameter(Tensor result, DType dtype, string name)
    {
        var typed = result;
        if (dtype != DType.Float32 && !dtype.IsQuantized())
        {
            typed = Tensor.Create(dtype, result.Shape);
            Conversion.Copy(result, typed);
        }

        typed.Name = name;
        typed.IsParameter = true;
        return typed;
    }

    /// <summary>A float32 copy.</summary>
    protected static Tensor Widened(Tensor weight)
    {
        var wide = Tensor.Create(DType.Float32, weight.Shape);
        Conversion.Copy(weight, wide);
        return wide;
    }
}
