namespace Tandem.Serving;

/// <summary>An answer on its way, for one reader. Disposing it ends it, where it has not ended.</summary>
public sealed class Generation : IDisposable
{
    private readonly GenerationJob _job;
    private bool _isFinished;

    internal Generation(GenerationJob job) => _job = job;

    /// <summary>Tokens of its prompt.</summary>
    public int PromptTokens => _job.Timing.PromptTokens(_job.Sequence);

    /// <summary>Tokens that were made so far, whether they were taken or not.</summary>
    public int GeneratedTokens => _job.Timing.GeneratedTokens;

    /// <summary>Takes the next token, where one is there.</summary>
    public bool TryRead([System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out GeneratedToken token)
    {
        if (!_job.Tokens.TryRead(out token))
        {
            return false;
        }
        _isFinished = token.Finish is not null;
        return true;
    }

    /// <summary>Waits for a token; false once the last one was taken.</summary>
    /// <param name="cancellationToken">Ends the waiting; the answer goes on.</param>
    /// <exception cref="InputException">The model gives no finite numbers.</exception>
    /// <exception cref="QueueTimeoutException">It waited longer than it may.</exception>
    /// <exception cref="OperationCanceledException">The waiting, or the answer, was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    /// <exception cref="InvalidOperationException">The engine has failed.</exception>
    public async ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken)
    {
        if (await _job.Tokens.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            return true;
        }
        return _isFinished ? false : throw new OperationCanceledException(cancellationToken);
    }

    /// <summary>Ends the answer from any thread; nothing happens if it has ended.</summary>
    public void Cancel() => _job.Cancel();

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_isFinished)
        {
            Cancel();
        }
    }
}
