using System.Runtime.CompilerServices;

namespace Tandem.Text.Templates;

/// <summary>
/// What one rendering may use. A template is a stranger's program, so its steps, its memory, the length of any text
/// and its depth are bounded; over a bound it ends with an error. Everything is counted, never timed, so that a
/// template that passes once passes always. The bounds grow with the conversation, which the template's author does
/// not choose, so that long conversations render.
/// </summary>
/// <param name="dataChars">The characters of the variables that the template is given.</param>
/// <param name="messages">The messages among them: some templates walk all messages for each of them.</param>
internal sealed class Budget(long dataChars, long messages)
{
    /// <summary>The most levels of expressions, blocks, macro calls and nested values at one time.</summary>
    public const int DepthMax = 800;

    private const long PairsMax = 4_000_000;
    private readonly long _stepsMax = 1_000_000 + (8 * dataChars) + (8 * Math.Min(PairsMax, messages * messages));
    private readonly long _bytesMax = (24L << 20) + (64 * dataChars) + (256 * Math.Min(PairsMax, messages * messages));
    private long _steps;
    private long _bytes;
    private int _depth;

    /// <summary>The most characters of any text, the output included.</summary>
    public long TextCharsMax { get; } = (2L << 20) + (8 * dataChars);

    /// <summary>Counts steps.</summary>
    /// <exception cref="TemplateFault">There are too many.</exception>
    public void Step(long count = 1)
    {
        _steps += count;
        if (_steps > _stepsMax)
        {
            throw new TemplateFault($"it takes more than {_stepsMax} steps");
        }
    }

    /// <summary>Counts steps for work over a text of that many characters.</summary>
    /// <exception cref="TemplateFault">There are too many.</exception>
    public void StepOver(long chars) => Step(1 + (chars >> 6));

    /// <summary>Counts steps for a search, which may compare every character of the one text with each of the other.</summary>
    /// <exception cref="TemplateFault">There are too many.</exception>
    public void StepSearch(long chars, long soughtChars) => Step(1 + ((chars * Math.Max(1, soughtChars)) >> 8));

    /// <summary>Counts bytes that are about to be allocated.</summary>
    /// <exception cref="TemplateFault">There are too many.</exception>
    public void Allocate(long bytes)
    {
        _bytes += bytes;
        if (_bytes > _bytesMax)
        {
            throw new TemplateFault($"it needs more than {_bytesMax >> 20} MiB of memory");
        }
    }

    /// <summary>Goes one level deeper; every call is paired with <see cref="Leave"/>, except where an error ends the rendering.</summary>
    /// <exception cref="TemplateFault">It is too deep.</exception>
    public void Enter()
    {
        _depth++;
        if (_depth > DepthMax || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new TemplateFault($"it goes more than {DepthMax} levels deep");
        }
    }

    /// <summary>Comes one level back.</summary>
    public void Leave() => _depth--;
}
