using System.Buffers;
using Tandem.Serving.OpenAi;

namespace Tandem.Serving.Batches;

/// <summary>
/// Requests in a file, results in another, in the same order. It goes on where a run before it ended, however that was: no request is
/// answered twice, none is left out.
/// </summary>
public sealed class BatchJob : IDisposable
{
    private readonly BatchInput _input;
    private readonly BatchOutput _output;
    private readonly long _found;

    private BatchJob(BatchInput input, BatchOutput output, string inputPath)
    {
        (_input, _output) = (input, output);
        _found = output.Resume(input, inputPath);
        Left = BatchInput.Count(inputPath) - _found;
    }

    /// <summary>Requests that have no result yet.</summary>
    public long Left { get; }

    /// <summary>Opens both files, and compares the results that are there with the requests.</summary>
    /// <param name="inputPath">The requests, one a line, in OpenAI's batch format.</param>
    /// <param name="outputPath">The results; made where it does not exist.</param>
    /// <exception cref="InputException">A file cannot be read or written, or the results are of other requests.</exception>
    public static BatchJob Open(string inputPath, string outputPath)
    {
        BatchInput? input = null;
        BatchOutput? output = null;
        try
        {
            input = BatchInput.Open(inputPath);
            output = BatchOutput.Open(outputPath);
            return new BatchJob(input, output, inputPath);
        }
        catch
        {
            output?.Dispose();
            input?.Dispose();
            throw;
        }
    }

    /// <summary>Answers the requests that are left.</summary>
    /// <param name="endpoints">Answers one.</param>
    /// <param name="underWayMax">The most requests that are under way at the same time, or answered while an earlier one is under way.</param>
    /// <param name="time">Dates the answers.</param>
    /// <param name="progress">Told the share that is done, from 0 to 1.</param>
    /// <param name="cancellationToken">Ends the run; the results that were written stay.</param>
    /// <exception cref="InputException">A result cannot be written, or the model is broken.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<BatchTotals> RunAsync(
        ApiEndpoints endpoints,
        int underWayMax,
        TimeProvider time,
        IProgress<double>? progress,
        CancellationToken cancellationToken
    )
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var underWay = new Queue<Task<BatchResult>>();
        var (written, errors) = (0L, 0L);
        try
        {
            while (true)
            {
                while (underWay.Count < underWayMax && _input.Next() is { } line)
                {
                    underWay.Enqueue(Task.Run(() => AnswerAsync(endpoints, line, time, ending.Token), ending.Token));
                }
                if (underWay.Count == 0)
                {
                    return new BatchTotals(_found, written, errors);
                }
                await underWay.Peek().ConfigureAwait(false);
                var results = TakeCompleted(underWay);
                _output.Append(results.SelectMany(result => result.Record).ToArray());
                written += results.Count;
                errors += results.Count(result => result.IsError);
                progress?.Report((double)written / Left);
            }
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
            // What they say after the first error says nothing more.
            Task all = Task.WhenAll(underWay);
            await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        _input.Dispose();
        _output.Dispose();
    }

    private static List<BatchResult> TakeCompleted(Queue<Task<BatchResult>> underWay)
    {
        var results = new List<BatchResult>();
        while (underWay.TryPeek(out var next) && next.IsCompletedSuccessfully)
        {
            results.Add(underWay.Dequeue().Result);
        }
        return results;
    }

    private static async Task<BatchResult> AnswerAsync(
        ApiEndpoints endpoints,
        BatchLine line,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        if (line.Error is { } error)
        {
            return BatchRecord.Of(line, error);
        }
        // Where a request names no seed, its line does: a run that is repeated gives the same.
        var call = new ApiCall(line.Id, time.GetUtcNow(), line.Digest);
        return BatchRecord.Of(
            line,
            await endpoints.AnswerAsync(line.Url, line.Body, call, cancellation).ConfigureAwait(false)
        );
    }
}
