using Tandem.Planning.Costs;
using Tandem.Planning.Profiles;
using Tandem.Plans;
using Tandem.Scheduling;

namespace Tandem.Planning.Search;

/// <summary>What is expected of plans: a model, on machines, for a workload.</summary>
/// <param name="cost">The model.</param>
/// <param name="profile">The machines.</param>
/// <param name="workload">The workload.</param>
/// <param name="areProcesses">Whether workers are processes.</param>
internal sealed class PlanEvaluator(ModelCost cost, HardwareProfile profile, Workload workload, bool areProcesses)
{
    // Some tokens of a prompt are in any step that has room.
    private const double StepSlowdownMin = 1.1;

    private const int LittleRounds = 8;
    private const int GeneratingRounds = 8;
    private const double Same = 1.1;
    private const int SequencesMax = 1024;

    // Of a step that prompts and generating sequences share, prompts get what makes it so many times as long as without them.
    private readonly double _stepSlowdown = Math.Max(StepSlowdownMin, workload.StepSlowdownMax);

    private readonly UnitMap _units = new(profile);
    private readonly StepTimer _timer = new(cost, profile.Network, areProcesses);

    /// <summary>What is expected of a plan with some step's size, the best one by a comparison; null where it cannot be or does not fit.</summary>
    /// <param name="request">The plan.</param>
    /// <param name="stepTokensMax">Sizes of the largest step that are tried.</param>
    /// <param name="isBetter">Whether one candidate is better than another.</param>
    public Candidate? Best(
        PlanRequest request,
        ReadOnlySpan<int> stepTokensMax,
        Func<Candidate, Candidate, bool> isBetter
    )
    {
        Candidate? best = null;
        // Memory is what the largest step needs.
        var memory = new MemoryModel(cost, workload, stepTokensMax[^1], areProcesses);
        if (Place(request, memory) is not { } placed)
        {
            return null;
        }
        var replicas = DifferentTimers(request, placed.Replicas);
        var bytes = placed.Replicas.Max(stages => WorkerBytes(memory, stages, request));
        foreach (var tokens in stepTokensMax)
        {
            var prediction = Predict(request, replicas, tokens) with { WorkerBytesMax = bytes };
            var candidate = new Candidate(placed.Request, tokens, prediction);
            best = best is null || isBetter(candidate, best) ? candidate : best;
        }
        return best;
    }

    /// <summary>What is expected of a plan, with a step's size; null where it cannot be or does not fit.</summary>
    public Candidate? Evaluate(PlanRequest request, int stepTokensMax) =>
        Best(request, [stepTokensMax], (_, _) => false);

    /// <summary>How long the stages of each copy are at a step; equal copies have one timer.</summary>
    /// <exception cref="InputException">The plan does not fit the machines.</exception>
    public IReadOnlyList<ReplicaTimer> TimersOf(PlanRequest request, int stepTokensMax) =>
        TryTimersOf(request, stepTokensMax)
        ?? throw new InputException(
            $"plan {request} does not fit the {_units.Count} units of profile '{profile.Name}' or their memory"
        );

    /// <summary>The same; null where the plan does not fit the machines.</summary>
    public IReadOnlyList<ReplicaTimer>? TryTimersOf(PlanRequest request, int stepTokensMax) =>
        Place(request, new MemoryModel(cost, workload, stepTokensMax, areProcesses)) is { } placed
            ? TimerOfEach(request, DifferentTimers(request, placed.Replicas))
            : null;

    private static List<ReplicaTimer> TimerOfEach(PlanRequest request, List<ReplicaTimer> different) =>
        different.Count == 1 ? [.. Enumerable.Repeat(different[0], request.DataParallel)] : different;

    private (PlanRequest Request, IReadOnlyList<IReadOnlyList<StagePlacement>> Replicas)? Place(
        PlanRequest request,
        MemoryModel memory
    ) => new Placer(_timer, _units, workload, memory).Place(request);

    private List<ReplicaTimer> DifferentTimers(
        PlanRequest request,
        IReadOnlyList<IReadOnlyList<StagePlacement>> replicas
    ) => [.. replicas.Select(stages => new ReplicaTimer(_timer, stages, _units, request.Workers * request.Threads))];

    private Prediction Predict(PlanRequest request, List<ReplicaTimer> replicas, int stepTokensMax)
    {
        var concurrency = workload.Concurrency;
        var prediction = Predict(request, replicas, stepTokensMax, concurrency);
        // Little's law: as many requests are there as arrive while one is.
        for (var round = 0; round < LittleRounds && workload.ArrivalsPerSecond is { } rate; round++)
        {
            var next = (int)Math.Clamp(Math.Ceiling(rate * prediction.RequestSeconds), 1, SequencesMax);
            if (next == concurrency)
            {
                break;
            }
            concurrency = next;
            prediction = Predict(request, replicas, stepTokensMax, concurrency);
        }
        return prediction;
    }

    // The slowest copy's times; all copies' tokens.
    private Prediction Predict(PlanRequest request, List<ReplicaTimer> replicas, int stepTokensMax, int concurrency)
    {
        var busy = Math.Min(request.DataParallel, concurrency);
        var sequences = Math.Ceiling((double)concurrency / request.DataParallel);
        var each = replicas.Select(replica => Predict(replica, stepTokensMax, sequences, busy)).ToList();
        var slowest = each.MaxBy(prediction => prediction.RequestSeconds)!;
        return slowest with { TokensPerSecond = each.Average(prediction => prediction.TokensPerSecond) * busy };
    }

    private double PromptShare => 1 - 1 / _stepSlowdown;

    private Prediction Predict(ReplicaTimer replica, int stepTokensMax, double sequences, int replicasBusy)
    {
        var prompt = PromptSeconds(replica, stepTokensMax, replicasBusy, out var slowestPrompt);
        var token = Generate(replica, sequences, replicasBusy);
        var others = sequences - 1;
        // Each of the others' prompts is computed once while an answer is generated, beside it.
        var tpot = token.Seconds + others * slowestPrompt / workload.AnswerTokens;
        var ttft = others > 0 ? prompt / PromptShare + token.Seconds : prompt;
        if (
            others > 0
            && WithPromptsWaiting(replica, stepTokensMax, sequences, replicasBusy, slowestPrompt) is { } waiting
        )
        {
            (ttft, tpot) = waiting;
        }
        var request = ttft + (workload.AnswerTokens - 1) * tpot;
        return new Prediction
        {
            TtftSeconds = ttft,
            TpotSeconds = tpot,
            GeneratingSeconds = token.Seconds,
            RequestSeconds = request,
            TokensPerSecond = sequences * workload.AnswerTokens / request,
            BubbleShare = token.Bubbles,
            SumShare = token.Sums,
            WorkerBytesMax = 0,
        };
    }

    // What comes where steps have no room for all prompts, so that some always wait and few generate: the fewer do, the less such a step may take, and
    // the fewer tokens of prompts it has. Null where as many generate as there are others.
    private (double Ttft, double Tpot)? WithPromptsWaiting(
        ReplicaTimer replica,
        int stepTokensMax,
        double sequences,
        int replicasBusy,
        double promptSeconds
    )
    {
        var next = workload.AnswerTokens - 1;
        var promptTokens = workload.PromptTokens - workload.CachedTokens;
        var tokenOfPrompt = promptSeconds / promptTokens;
        double chunkMax = Math.Min(stepTokensMax, promptTokens);
        double Chunk(double tokenSeconds) =>
            Math.Min(Math.Max((_stepSlowdown - 1) * tokenSeconds / tokenOfPrompt, PromptPacer.TokensMin), chunkMax);
        // As many generate as prompts end while one answer is generated. More make room for more, so it is the least number that holds.
        var (generating, before, token) = (next * Math.Min(PromptPacer.TokensMin, chunkMax) / promptTokens, 0.0, 0.0);
        for (
            var round = 0;
            round < GeneratingRounds && generating < sequences - 1 && generating > Same * before;
            round++
        )
        {
            token = Generate(replica, Math.Max(1, generating), replicasBusy).Seconds;
            (before, generating) = (generating, next * Chunk(token) / promptTokens);
        }
        if (generating >= sequences - 1)
        {
            return null;
        }
        var chunk = Chunk(token);
        var tpot = token + chunk * tokenOfPrompt;
        // Where not even one generates all the time, prompts have all of the time in between.
        var beside = Math.Min(1, generating);
        var request = sequences * (beside * promptTokens / chunk * tpot + (1 - beside) * promptSeconds);
        return (request - next * tpot, tpot);
    }

    // Chunks follow each other through the stages: the first takes all of them, each other one the slowest.
    private double PromptSeconds(ReplicaTimer replica, int stepTokensMax, int replicasBusy, out double slowestSeconds)
    {
        var computed = workload.PromptTokens - workload.CachedTokens;
        var chunks = (computed + stepTokensMax - 1) / stepTokensMax;
        var rows = (computed + chunks - 1) / chunks;
        var first = workload.CachedTokens + (computed - rows) / 2.0;
        var middle = StepLoad.Prompt(rows, first, isLast: chunks == 1);
        var stagesBusy = Math.Min(replica.Stages, chunks) * replicasBusy;
        var times = replica.Times(middle, stagesBusy);
        var (sum, slowest) = (replica.StepSeconds, 0.0);
        for (var stage = 0; stage < replica.Stages; stage++)
        {
            var seconds = times[stage].Seconds;
            seconds += stage + 1 < replica.Stages ? replica.Handover(stage, rows) : 0;
            sum += seconds;
            slowest = Math.Max(slowest, seconds);
        }
        slowestSeconds = (slowest + replica.StepSeconds) * chunks;
        return sum + (chunks - 1) * (slowest + replica.StepSeconds);
    }

    // Sequences in as many groups as there are stages: a token of each takes its way through all of them, and the slowest stage's turn.
    private TokenTime Generate(ReplicaTimer replica, double sequences, int replicasBusy)
    {
        var groups = (int)Math.Min(replica.Stages, sequences);
        var load = StepLoad.Generating(sequences / groups, workload.PromptTokens + workload.AnswerTokens / 2.0);
        var times = replica.Times(load, groups * replicasBusy);
        var (sum, slowest, sums) = (replica.StepSeconds, 0.0, 0.0);
        for (var stage = 0; stage < replica.Stages; stage++)
        {
            var seconds = times[stage].Seconds + (stage + 1 < replica.Stages ? replica.Handover(stage, load.Rows) : 0);
            sum += seconds;
            sums += times[stage].SumSeconds;
            slowest = Math.Max(slowest, seconds);
        }
        var token = Math.Max(sum, groups * (slowest + replica.StepSeconds));
        return new TokenTime(token, 1 - groups * sum / (replica.Stages * token), sums / sum);
    }

    private static long WorkerBytes(MemoryModel memory, IReadOnlyList<StagePlacement> stages, PlanRequest request)
    {
        var most = 0.0;
        for (var stage = 0; stage < stages.Count; stage++)
        {
            foreach (var rank in stages[stage].Ranks.Distinct(RankPlacement.Alike))
            {
                most = Math.Max(most, memory.RankBytes(stages, stage, rank, request.DataParallel));
            }
        }
        return (long)most;
    }

    private readonly record struct TokenTime(double Seconds, double Bubbles, double Sums);
}
