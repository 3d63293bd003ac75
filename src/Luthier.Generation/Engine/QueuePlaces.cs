namespace Luthier.Generation.Engine;

/// <summary>Places for requests that wait to be admitted. For any thread.</summary>
internal sealed class QueuePlaces(int count)
{
    private int taken;

    /// <exception cref="QueueFullException">There is none.</exception>
    public void Take()
    {
        if (Interlocked.Increment(ref taken) > count)
        {
            Interlocked.Decrement(ref taken);
            throw new QueueFullException(count);
        }
    }

    public void Return() => Interlocked.Decrement(ref taken);
}
