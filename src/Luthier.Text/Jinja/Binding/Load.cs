namespace Luthier.Text.Jinja.Binding;

/// <summary>How a variable of a scope begins when the scope is entered.</summary>
internal enum Load
{
    /// <summary>Set by what enters the scope: a loop's target, a macro's parameter.</summary>
    Parameter,

    /// <summary>From the inputs of the template.</summary>
    Resolve,

    /// <summary>From the variable of the same name further out.</summary>
    Alias,

    /// <summary>Without a value.</summary>
    Undefined,
}
