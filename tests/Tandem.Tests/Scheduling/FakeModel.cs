using Tandem.Plans;

namespace Tandem.Tests.Scheduling;

/// <summary>
/// A model whose cache can be checked: the state of a position is a hash of its token and of the states of all earlier positions
/// (or of those in its window), read through the page table as attention reads keys and values. A page that was shared, freed or
/// written at the wrong moment changes every later token.
/// </summary>
internal sealed class FakeModel(int pages, int pageLength, int? window, int vocabulary)
{
    private const ulong Factor = 0x9E3779B97F4A7C15;

    private readonly ulong[] _states = new ulong[pages * pageLength];

    /// <summary>Computes a step's rows in order, and the tokens that follow the sampled ones.</summary>
    public void Run(StepPlan plan, StepResult result)
    {
        var sampled = 0;
        for (var i = 0; i < plan.SegmentCount; i++)
        {
            ref readonly var segment = ref plan.Segments[i];
            var table = plan.Pages.AsSpan(segment.FirstPage, segment.PageCount);
            for (var row = 0; row < segment.Rows; row++)
            {
                var position = segment.FirstPosition + row;
                var state = 0UL;
                for (var earlier = First(position, window); earlier < position; earlier++)
                {
                    state = Mix(state, _states[table[earlier / pageLength] * pageLength + earlier % pageLength]);
                }
                state = Mix(state, (ulong)plan.TokenIds[segment.FirstRow + row]);
                _states[table[position / pageLength] * pageLength + position % pageLength] = state;
                if (row >= segment.Rows - segment.SampledRows)
                {
                    result.TokenIds[sampled++] = Token(state, vocabulary);
                }
            }
        }
        result.Id = plan.Id;
        result.Count = sampled;
    }

    /// <summary>The tokens that a prompt is continued with when nobody else is there.</summary>
    public static int[] Alone(int[] prompt, int generated, int? window, int vocabulary)
    {
        var tokens = new List<int>(prompt);
        var states = new List<ulong>();
        while (states.Count < prompt.Length + generated - 1)
        {
            var state = 0UL;
            for (var earlier = First(states.Count, window); earlier < states.Count; earlier++)
            {
                state = Mix(state, states[earlier]);
            }
            states.Add(Mix(state, (ulong)tokens[states.Count]));
            if (states.Count >= prompt.Length)
            {
                tokens.Add(Token(states[^1], vocabulary));
            }
        }
        return [.. tokens[prompt.Length..]];
    }

    private static int First(int position, int? window) =>
        window is { } length ? Math.Max(0, position - length + 1) : 0;

    private static ulong Mix(ulong state, ulong value) => (state ^ (state >> 29) ^ value) * Factor + 1;

    private static int Token(ulong state, int vocabulary) => (int)((state >> 32) % (ulong)vocabulary);
}
