using Microsoft.AspNetCore.Http;
using Tandem.Serving.OpenAi;

namespace Tandem.Server;

/// <summary>A request that was taken, with all that it takes to answer it.</summary>
/// <param name="context">The request and its response.</param>
/// <param name="loaded">The model.</param>
/// <param name="deadline">What can end it early.</param>
internal sealed class Exchange(HttpContext context, Loaded loaded, Deadline deadline)
{
    /// <summary>The request and its response.</summary>
    public HttpContext Context => context;

    /// <summary>The model.</summary>
    public Loaded Loaded => loaded;

    /// <summary>What is to be told of it afterwards.</summary>
    public Call Call { get; } = Call.Of(context);

    /// <summary>Whose turn it takes: its key's, or without keys its connection's.</summary>
    public string Client { get; } = Call.Of(context).Key ?? context.Connection.Id;

    /// <summary>
    /// What keeps cached prefixes apart: the request's own salt, and its key. Whoever has a prefix in the cache is answered sooner,
    /// which would tell one what another has asked.
    /// </summary>
    public string? Salted(string? salt) =>
        Call.Key is { } key ? FormattableString.Invariant($"{key.Length}:{key}{salt}") : salt;

    /// <summary>Cancelled when it is to end.</summary>
    public CancellationToken Cancellation => deadline.Token;

    /// <summary>Whether nobody is there any more to be told anything.</summary>
    public bool HasClientLeft => context.RequestAborted.IsCancellationRequested;

    /// <summary>Sends the whole response.</summary>
    public Task WriteJsonAsync(byte[] body) =>
        Responses.WriteJsonAsync(context.Response, 200, body, context.RequestAborted);

    /// <summary>What is to be told of an error that came while the response was on its way.</summary>
    public ApiError Fail(Exception error)
    {
        Call.Error = deadline.Reason(error);
        return Errors.Of(Call.Error);
    }
}
