using Tandem.Memory;

namespace Tandem.Devices;

/// <summary>
/// The operations of a step in order. Operations that touch nothing in common share a phase and run side by side; the
/// team meets between phases. Each thread takes the tiles of its own part of an operation first, then what others have
/// left, so that a slow core slows the step in proportion only.
/// </summary>
internal sealed unsafe class CommandQueue
{
    // A cursor has a cache line of its own: the threads advance theirs at the same time.
    private const int CursorStride = 16;
    private const int ClaimsAPart = 8;

    // Claims become smaller towards the end of a part, so that the threads are done at about the same time.
    private const int ClaimsOfTheRest = 4;

    private readonly Team _team;
    private readonly Arena _arena;
    private readonly Action<int> _walk;
    private readonly List<(Operation Operation, int Phase)> _commands = [];
    private int* _cursors;
    private int _cursorCommands;
    private int _phase;
    private Exception? _error;

    public CommandQueue(Team team, Arena arena)
    {
        _team = team;
        _arena = arena;
        _walk = Walk;
    }

    public void Add(Operation operation, ReadOnlySpan<Resource> reads, ReadOnlySpan<Resource> writes)
    {
        if (operation.Tiles == 0)
        {
            return;
        }
        if (Conflicts(reads, writes))
        {
            _phase++;
        }
        foreach (var resource in reads)
        {
            resource.Memory.LastRead = _phase;
        }
        foreach (var resource in writes)
        {
            resource.Memory.LastWrite = _phase;
        }
        _commands.Add((operation, _phase));
    }

    /// <summary>Runs everything that was added since the last call.</summary>
    public void Run()
    {
        ResetCursors();
        _team.Run(_walk);
        _commands.Clear();
        // Phases count on, so that what a step before left behind never looks like this one's.
        _phase++;
        if (_error is { } error)
        {
            _error = null;
            throw new InvalidOperationException("an operation of the step failed", error);
        }
    }

    private bool Conflicts(ReadOnlySpan<Resource> reads, ReadOnlySpan<Resource> writes)
    {
        foreach (var resource in reads)
        {
            if (resource.Memory.LastWrite == _phase)
            {
                return true;
            }
        }
        foreach (var resource in writes)
        {
            if (resource.Memory.LastWrite == _phase || resource.Memory.LastRead == _phase)
            {
                return true;
            }
        }
        return false;
    }

    private void ResetCursors()
    {
        if (_commands.Count > _cursorCommands)
        {
            _cursorCommands = _commands.Count * 2;
            _cursors = _arena.AllocateZeroed<int>((long)_cursorCommands * _team.Size * CursorStride);
        }
        for (var command = 0; command < _commands.Count; command++)
        {
            for (var part = 0; part < _team.Size; part++)
            {
                *Cursor(command, part) = PartStart(_commands[command].Operation.Tiles, part);
            }
        }
    }

    private int* Cursor(int command, int part) => _cursors + ((long)command * _team.Size + part) * CursorStride;

    private int PartStart(int tiles, int part) => (int)((long)tiles * part / _team.Size);

    private void Walk(int member)
    {
        var phase = _commands.Count > 0 ? _commands[0].Phase : 0;
        for (var command = 0; command < _commands.Count; command++)
        {
            if (_commands[command].Phase != phase)
            {
                phase = _commands[command].Phase;
                _team.Meet(member);
            }
            if (Volatile.Read(ref _error) is null)
            {
                TryRunTiles(member, command);
            }
        }
    }

    // A thread that failed still comes to every meeting, so that nobody waits for it in vain.
    private void TryRunTiles(int member, int command)
    {
        try
        {
            RunTiles(member, command);
        }
        catch (Exception error)
        {
            Interlocked.CompareExchange(ref _error, error, null);
        }
    }

    private void RunTiles(int member, int command)
    {
        var operation = _commands[command].Operation;
        if (operation.OnFirstThread)
        {
            if (member == 0)
            {
                operation.Run(0, operation.Tiles);
            }
            return;
        }
        for (var i = 0; i < _team.Size; i++)
        {
            var part = (member + i) % _team.Size;
            var end = PartStart(operation.Tiles, part + 1);
            var claimMax = (end - PartStart(operation.Tiles, part)) / ClaimsAPart;
            ref var cursor = ref *Cursor(command, part);
            while (end - Volatile.Read(ref cursor) is var left and > 0)
            {
                var claim = Math.Max(1, Math.Min(claimMax, left / ClaimsOfTheRest));
                var first = Interlocked.Add(ref cursor, claim) - claim;
                if (first < end)
                {
                    operation.Run(first, Math.Min(first + claim, end));
                }
            }
        }
    }
}
