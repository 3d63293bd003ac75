namespace Luthier.Generation.Engine.Adapters;

/// <summary>A loaded adapter.</summary>
/// <param name="Name">What requests call it.</param>
/// <param name="Folder">Where it was loaded from.</param>
/// <param name="Rank">Of its updates, where modules don't have their own.</param>
/// <param name="Requests">Requests that use it, waiting or running.</param>
public sealed record AdapterInfo(string Name, string Folder, int Rank, int Requests);
