using Tandem.Scheduling;

namespace Tandem.Tests.Scheduling;

public class PromptPacerTest
{
    [Fact]
    public void A_step_with_prompts_is_held_to_the_multiple_asked_for()
    {
        var pacer = new PromptPacer(stepTokensMax: 512, slowdownMax: 2.5);
        Assert.Equal(32, pacer.TokensMax);
        pacer.Observe(promptTokens: 512, generating: 0, seconds: 1.024);
        pacer.Observe(promptTokens: 0, generating: 8, seconds: 0.1);
        Assert.Equal(75, pacer.TokensMax); // 1.5 × 100 ms at 2 ms a token
    }

    [Fact]
    public void A_time_counts_instead_of_the_multiple_where_there_is_one()
    {
        var pacer = new PromptPacer(512, 2.5, TimeSpan.FromMilliseconds(160));
        pacer.Observe(512, 0, 1.024);
        pacer.Observe(0, 8, 0.1);
        Assert.Equal(30, pacer.TokensMax); // 60 ms at 2 ms a token
        pacer.Observe(0, 8, 10);
        Assert.Equal(8, pacer.TokensMax);
    }

    [Fact]
    public void It_follows_what_steps_take()
    {
        var pacer = new PromptPacer(512, 2);
        for (var i = 0; i < 100; i++)
        {
            pacer.Observe(0, 8, 0.05);
            pacer.Observe(50, 8, 0.15);
        }
        Assert.Equal(25, pacer.TokensMax, 1.0);
        for (var i = 0; i < 100; i++)
        {
            pacer.Observe(0, 64, 0.1);
        }
        Assert.Equal(50, pacer.TokensMax, 1.0);
    }

    [Fact]
    public void Chunks_are_never_tiny_nor_above_the_step()
    {
        var slow = new PromptPacer(512, 2);
        slow.Observe(512, 0, 100);
        slow.Observe(0, 1, 0.001);
        Assert.Equal(8, slow.TokensMax);
        var fast = new PromptPacer(512, 2);
        fast.Observe(512, 0, 0.001);
        fast.Observe(0, 1, 1);
        Assert.Equal(512, fast.TokensMax);
    }

    [Fact]
    public void Where_prompts_always_wait_a_step_goes_without_them_now_and_then()
    {
        var pacer = new PromptPacer(512, 2);
        pacer.Observe(512, 0, 1.024);
        Assert.Equal(32, pacer.TokensMax);
        pacer.Observe(32, 1, 0.12);
        Assert.Equal(0, pacer.TokensMax); // what generation takes alone is not known
        pacer.Observe(0, 1, 0.1);
        Assert.Equal(50, pacer.TokensMax);
        Assert.InRange(StepsUntilAlone(generating: 1, seconds: 0.2), 20, 100);
        pacer.Observe(0, 1, 0.1);
        Assert.InRange(StepsUntilAlone(generating: 8, seconds: 0.3), 1, 8); // more generate than when it was seen
        pacer.Observe(0, 8, 0.2);
        Assert.InRange(pacer.TokensMax, 50, 75); // 150 ms at 2 to 3 ms a token

        int StepsUntilAlone(int generating, double seconds)
        {
            var mixed = 0;
            while (pacer.TokensMax > 0)
            {
                pacer.Observe(50, generating, seconds);
                mixed++;
            }
            return mixed;
        }
    }
}
