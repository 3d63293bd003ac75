using System.Security.Cryptography;
using System.Text;
using Luthier.Serving.Protocol;
using Microsoft.AspNetCore.Http;

namespace Luthier.Serving.Hosting;

/// <summary>Marks an endpoint that answers without a key.</summary>
internal sealed class OpenToAll;

/// <summary>
/// Lets in who has one of the keys. Keys are compared by their hashes in constant time, so that neither their length nor
/// how far a guess is right shows in the time of the answer.
/// </summary>
internal sealed class KeyCheck(IEnumerable<string> keys)
{
    private const string Scheme = "Bearer ";

    private readonly byte[][] hashes = [.. keys.Select(Hash)];

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var isOpen = hashes.Length == 0 || context.GetEndpoint()?.Metadata.GetMetadata<OpenToAll>() is not null;
        return isOpen || IsKnown(context.Request.Headers.Authorization)
            ? next(context)
            : throw new ApiException(
                ApiError.Unauthorized("a valid API key is needed: send it as 'Authorization: Bearer KEY'")
            );
    }

    private bool IsKnown(string? header)
    {
        if (header is null || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var given = Hash(header[Scheme.Length..].Trim());
        var known = false;
        foreach (var hash in hashes)
        {
            known |= CryptographicOperations.FixedTimeEquals(hash, given);
        }

        return known;
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
