using System.Text;
using Luthier.Formats;
using Luthier.Formats.Json;
using Luthier.Serving.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Luthier.Serving.Models;

/// <summary><c>POST /v1/load_lora_adapter</c> and <c>/v1/unload_lora_adapter</c>: adapters come and go while the model serves.</summary>
internal sealed partial class AdapterEndpoints(
    ServedModel model,
    ModelCatalog catalog,
    ILogger<AdapterEndpoints> logger
)
{
    private const int MaxNameLength = 256;

    public async Task LoadAsync(HttpContext context)
    {
        var body = await RequestBody.ReadAsync(context).ConfigureAwait(false);
        var name = ReadName(body);
        var folder = ReadRequired(body, "lora_path");
        body.ThrowIfWrong();
        await LoadAsync(name, folder).ConfigureAwait(false);
        Log.Loaded(logger, name, folder);
        await AnswerAsync(context, $"Success: LoRA adapter '{name}' added successfully.").ConfigureAwait(false);
    }

    public async Task UnloadAsync(HttpContext context)
    {
        var body = await RequestBody.ReadAsync(context).ConfigureAwait(false);
        var name = ReadName(body);
        body.ThrowIfWrong();
        if (!catalog.Adapters.Any(adapter => string.Equals(adapter.Name, name, StringComparison.Ordinal)))
        {
            throw new ApiException(ApiError.NotFound($"there is no adapter '{name}'", "lora_name"));
        }

        await model.Engine.UnloadAdapterAsync(name).WaitAsync(context.RequestAborted).ConfigureAwait(false);
        Log.Unloaded(logger, name);
        await AnswerAsync(context, $"Success: LoRA adapter '{name}' removed successfully.").ConfigureAwait(false);
    }

    private async Task LoadAsync(string name, string folder)
    {
        if (model.Names.Contains(name, StringComparer.Ordinal))
        {
            throw new ApiException(ApiError.BadRequest($"'{name}' is the name of the model itself", "lora_name"));
        }

        try
        {
            await model.Engine.LoadAdapterAsync(name, folder).ConfigureAwait(false);
        }
        catch (ArgumentException exception)
        {
            throw new ApiException(ApiError.BadRequest(exception.Message, "lora_name"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ApiException(ApiError.NotFound($"there is no adapter to read at '{folder}'", "lora_path"));
        }
        catch (InvalidFileException exception)
        {
            throw new ApiException(ApiError.BadRequest(exception.Message, "lora_path"));
        }
    }

    private static string ReadName(FieldReader body)
    {
        var name = ReadRequired(body, "lora_name");
        body.Check(
            name.Length <= MaxNameLength && !name.Any(char.IsControl),
            $"field lora_name: expected at most {MaxNameLength} printable characters"
        );
        return name;
    }

    private static string ReadRequired(FieldReader body, string name)
    {
        body.Check(body.Root.Find(name) is not null, $"field {name} is missing");
        return body.Read(
            name,
            "",
            field => field.AsString() is { Length: > 0 } text ? text : throw field.Expected("a string")
        );
    }

    private static Task AnswerAsync(HttpContext context, string text)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), context.RequestAborted).AsTask();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "loaded adapter {Name} from {Folder}")]
        public static partial void Loaded(ILogger logger, string name, string folder);

        [LoggerMessage(2, LogLevel.Information, "unloaded adapter {Name}")]
        public static partial void Unloaded(ILogger logger, string name);
    }
}
