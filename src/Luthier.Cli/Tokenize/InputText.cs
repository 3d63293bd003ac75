using System.Text;
using Luthier.Cli.CommandLine;
using Luthier.Formats;

namespace Luthier.Cli.Tokenize;

/// <summary>Text to work on, exactly as it was given, and where it came from.</summary>
/// <param name="Text">The text.</param>
/// <param name="Origin">What messages call the place that it came from.</param>
/// <param name="IsTyped">Whether it was typed on the command line, so that a mistake in it is one of usage.</param>
internal sealed record InputText(string Text, string Origin, bool IsTyped = false)
{
    private static readonly UTF8Encoding Strict = new(
        encoderShouldEmitUTF8Identifier: false,
        throwOnInvalidBytes: true
    );

    /// <summary>From the file, else the arguments, else standard input.</summary>
    /// <exception cref="InvalidFileException">What was read is not UTF-8.</exception>
    public static InputText Read(string? file, string[] arguments)
    {
        if (file is not null)
        {
            return new InputText(Decode(File.ReadAllBytes(file), file), file);
        }

        if (arguments.Length > 0)
        {
            return new InputText(string.Join(' ', arguments), "the command line", IsTyped: true);
        }

        using var stream = Terminal.OpenInput();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return new InputText(Decode(bytes.ToArray(), "standard input"), "standard input");
    }

    /// <summary>The exception for something in the text that can't be used.</summary>
    public Exception Invalid(string problem) =>
        IsTyped ? new UsageException($"{Origin}: {problem}") : new InvalidFileException(Origin, problem);

    private static string Decode(byte[] bytes, string origin)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException exception)
        {
            throw new InvalidFileException(origin, $"byte {exception.Index} begins no UTF-8 character", exception);
        }
    }
}
