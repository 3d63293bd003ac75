namespace Luthier.Generation.Engine;

/// <summary>As many requests wait as may; one may be sent again later.</summary>
public sealed class QueueFullException(int waiting)
    : Exception($"{waiting} requests wait already, and no more may: try again later");

/// <summary>The engine takes no requests: it is shutting down, or it failed.</summary>
public sealed class EngineStoppedException(string message) : Exception(message);

/// <summary>A request that was taken could not be computed.</summary>
public sealed class GenerationFailedException(string message, Exception? inner = null) : Exception(message, inner);
