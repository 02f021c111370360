using System.Threading.Channels;
using Tandem.Parallel;
using Tandem.Tests.Serving;

namespace Tandem.Tests.Parallel;

/// <summary>A worker runs on the test's own thread until it has to wait, so what it waits for is known when the clock moves.</summary>
public sealed class PipelineStageTest : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly Channel<Task<int>> _input = Channel.CreateBounded<Task<int>>(1);
    private readonly Channel<Task<int>> _output = Channel.CreateBounded<Task<int>>(1);
    private readonly StageMeter _meter;
    private readonly PipelineStage<int, int> _stage;

    public PipelineStageTest()
    {
        _meter = new StageMeter("stage", 1, _time);
        _stage = new PipelineStage<int, int>(
            _input.Reader,
            _output.Writer,
            (item, _) => ValueTask.FromResult(item + 1),
            _meter,
            Token
        );
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Time_without_an_item_is_waiting_for_input()
    {
        var working = _stage.WorkAsync();
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(_input.Writer.TryWrite(Task.FromResult(1)));

        Assert.Equal(2, await await _output.Reader.ReadAsync(Token));
        await EndAsync(working);

        Assert.Equal(new StageFigures("stage", 1, 1, default, TimeSpan.FromSeconds(2), default), _meter.Figures);
    }

    [Fact]
    public async Task Time_until_the_stage_before_keeps_its_promise_is_waiting_for_input()
    {
        var promise = new TaskCompletionSource<int>();
        Assert.True(_input.Writer.TryWrite(promise.Task));
        var working = _stage.WorkAsync();
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(_output.Reader.TryRead(out _));
        promise.SetResult(1);

        Assert.Equal(2, await await _output.Reader.ReadAsync(Token));
        await EndAsync(working);

        Assert.Equal(new StageFigures("stage", 1, 1, default, TimeSpan.FromSeconds(2), default), _meter.Figures);
    }

    [Fact]
    public async Task Time_with_an_item_and_no_place_for_its_result_is_waiting_for_room_and_the_item_stays_where_it_is()
    {
        Assert.True(_output.Writer.TryWrite(Task.FromResult(0)));
        Assert.True(_input.Writer.TryWrite(Task.FromResult(1)));
        var working = _stage.WorkAsync();
        Assert.Equal(1, _input.Reader.Count);
        _time.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(0, await await _output.Reader.ReadAsync(Token));
        Assert.Equal(2, await await _output.Reader.ReadAsync(Token));
        await EndAsync(working);

        Assert.Equal(new StageFigures("stage", 1, 1, default, default, TimeSpan.FromSeconds(3)), _meter.Figures);
    }

    public void Dispose() => _stage.Dispose();

    private async Task EndAsync(Task working)
    {
        _input.Writer.Complete();
        await working;
        Assert.False(await _output.Reader.WaitToReadAsync(Token));
    }
}
