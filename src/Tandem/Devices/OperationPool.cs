namespace Tandem.Devices;

/// <summary>The operations of one kind: taken in turn during a step, all free again after it.</summary>
internal sealed class OperationPool<T>
    where T : Operation, new()
{
    private readonly List<T> _operations = [];
    private int _taken;

    public T Take()
    {
        if (_taken == _operations.Count)
        {
            _operations.Add(new T());
        }
        return _operations[_taken++];
    }

    public void Reset() => _taken = 0;
}
