// The tests share one device, which computes one thing at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
