namespace Tandem.Serving.Speculation;

/// <summary>
/// What a step that generates costs by its rows, in seconds, as measured: while memory is the limit a few more cost little, and nobody
/// knows beforehand how many. What was not measured lies between its neighbours.
/// </summary>
internal sealed class StepCosts
{
    private const int RowsMax = 64;

    // A step counts an eighth, as a single slow one says little; and no more than twice what was expected.
    private const double Weight = 0.125;
    private const double OutlierFactor = 2;

    // What was seen so long ago was seen under another load.
    private const long StepsMax = 512;

    // Where nothing more is known, a row costs this share of a step with one.
    private const double RowShareUnknown = 0.05;
    private const double RowShareMin = 0.01;

    private readonly double[] _seconds = new double[RowsMax + 1]; // by rows; 0 where not measured
    private readonly int[] _times = new int[RowsMax + 1]; // how often measured
    private readonly long[] _seen = new long[RowsMax + 1]; // at which step last
    private readonly double[] _estimates = new double[RowsMax + 1];
    private long _steps;
    private double _rowSeconds;

    /// <summary>Steps since one with so many rows was measured; many where none was.</summary>
    public long Age(int rows) => rows <= RowsMax && _seconds[rows] > 0 ? _steps - _seen[rows] : long.MaxValue;

    /// <summary>What a step with so many rows probably takes, in seconds.</summary>
    public double this[int rows] =>
        rows <= RowsMax ? _estimates[rows] : _estimates[RowsMax] + (rows - RowsMax) * _rowSeconds;

    /// <summary>Takes note of a step.</summary>
    /// <param name="rows">Its rows.</param>
    /// <param name="seconds">What it took.</param>
    public void Observe(int rows, double seconds)
    {
        _steps++;
        if (rows > RowsMax || seconds <= 0)
        {
            return;
        }
        var times = ++_times[rows];
        // What is taken for too much is not tried again soon, so the first of its kind does not say so alone: it may have waited for a
        // core, or for the compiler.
        var most = _estimates[rows] > 0 ? OutlierFactor * _estimates[rows] : double.MaxValue;
        if (times == 1 && seconds > most)
        {
            return;
        }
        ref var known = ref _seconds[rows];
        known =
            known == 0 ? Math.Min(seconds, most)
            : times == 2 ? Math.Min(seconds, known)
            : known + Weight * (Math.Min(seconds, OutlierFactor * known) - known);
        _seen[rows] = _steps;
        Estimate();
    }

    private void Estimate()
    {
        var (first, last) = (0, 0);
        for (var rows = 1; rows <= RowsMax; rows++)
        {
            if (_seconds[rows] > 0 && _steps - _seen[rows] > StepsMax && rows > 1)
            {
                (_seconds[rows], _times[rows]) = (0, 0);
            }
            if (_seconds[rows] == 0)
            {
                continue;
            }
            first = first == 0 ? rows : first;
            Between(last, rows);
            last = rows;
        }
        var slope =
            last > first ? (_seconds[last] - _seconds[first]) / (last - first) : RowShareUnknown * _seconds[first];
        _rowSeconds = Math.Max(slope, RowShareMin * _seconds[first]);
        for (var rows = last; rows <= RowsMax; rows++)
        {
            _estimates[rows] = _seconds[last] + (rows - last) * _rowSeconds;
        }
        // More rows never cost less; what says so is noise.
        for (var rows = 1; rows <= RowsMax; rows++)
        {
            _estimates[rows] = Math.Max(_estimates[rows], _estimates[rows - 1]);
        }
    }

    // Fills in what lies between two that are known; below the first, as much as it.
    private void Between(int low, int high)
    {
        _estimates[0] = 0;
        for (var rows = low + 1; rows <= high; rows++)
        {
            var share = low == 0 ? 1 : (double)(rows - low) / (high - low);
            _estimates[rows] = share * _seconds[high] + (1 - share) * (low == 0 ? 0 : _seconds[low]);
        }
    }
}
