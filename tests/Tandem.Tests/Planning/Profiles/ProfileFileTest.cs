using Tandem.Planning.Profiles;

namespace Tandem.Tests.Planning.Profiles;

/// <summary>Profiles as text, and figures between those that were measured.</summary>
public sealed class ProfileFileTest
{
    private static readonly HardwareProfile s_profile = TestMachines.Profile(
        TestMachines.Machine() with
        {
            Kernels = new Dictionary<string, IReadOnlyList<KernelRate>>
            {
                ["Q4_0"] = [new(1, 1, 40), new(1, 8, 20), new(1, 512, 0.3), new(2, 1, 25), new(2, 512, 0.3)],
            },
        }
    );

    [Fact]
    public void What_is_written_is_read_back()
    {
        var text = ProfileFile.Write(s_profile);
        Assert.Equal(text, ProfileFile.Write(ProfileFile.Parse(text, "text")));
    }

    [Theory]
    [InlineData("{}", "no profile")]
    [InlineData("{\"name\": 1, \"name\": 2}", "no profile")]
    [InlineData("\"caches\": []|\"caches\": null", "no profile")]
    [InlineData("[1]", "no profile")]
    [InlineData("null", "found null")]
    [InlineData("\"version\": 1|\"version\": 7", "is stale: it is of version 7, expected 1")]
    [InlineData("\"units\": 2,|\"units\": 0,", "units is 0, expected 1 or more")]
    [InlineData("\"slowdown\": 1,|\"slowdown\": -2,", "slowdown is -2")]
    [InlineData("\"gigaWeights\": 40|\"gigaWeights\": 0", "kernels.Q4_0")]
    [InlineData("\"name\": \"test\"|\"nam\": \"test\"", "no profile")]
    public void What_is_none_is_refused(string change, string message)
    {
        var parts = change.Split('|');
        var text =
            parts.Length == 1
                ? change
                : ProfileFile.Write(s_profile).Replace(parts[0], parts[1], StringComparison.Ordinal);
        var error = Assert.Throws<InputException>(() => ProfileFile.Parse(text, "some.json"));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_machine_need_not_say_is_what_it_usually_is()
    {
        const string Least = """
            {
              "version": 1, "name": "one machine", // and of it the least
              "machines": [{
                "name": "cpu", "units": 1, "memoryBytes": 1000,
                "bandwidthGBs": [{"units": 1, "value": 10}], "gigaMultiplyAdds": 1,
                "attentionGigaMultiplyAdds": [{"queries": 1, "value": 10}],
                "stepMicroseconds": 1, "numberNanoseconds": 0, "blockMicroseconds": [{"units": 1, "value": 0}],
                "threadSums": [], "handover": {"microseconds": 1, "gBs": 10},
              }]
            }
            """;
        var machine = ProfileFile.Parse(Least, "text").Machines[0];
        Assert.Equal((1, 1, 1.0, 0), (machine.Count, machine.MemoryNodes, machine.Slowdown, machine.CacheBytes));
        Assert.Empty(machine.Caches);
        Assert.Empty(machine.Kernels);
        Assert.Empty(machine.ProcessSums);
        Assert.Empty(machine.ThreadCollectives);
        Assert.Null(machine.ProcessHandover);
        Assert.Null(machine.ProcessCollectives);
        var none = Least.Replace("\"cpu\",", "\"cpu\", \"count\": 0,", StringComparison.Ordinal);
        var error = Assert.Throws<InputException>(() => ProfileFile.Parse(none, "text"));
        Assert.Contains("count is 0, expected 1 or more", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_refused() =>
        Assert.Throws<InputException>(() => ProfileFile.Read("no-such-profile.json"));

    [Fact]
    public void Another_machines_profile_is_refused_by_name_of_both()
    {
        var here = new Fingerprint("Some Processor", 2, "avx512", 24, "1.0");
        s_profile.RequireMeasuredOn(here);
        (s_profile with { Fingerprint = here }).RequireMeasuredOn(here);
        var other = s_profile with { Fingerprint = here with { Cores = 64 } };
        var error = Assert.Throws<InputException>(() => other.RequireMeasuredOn(here));
        Assert.Contains("64 cores", error.Message, StringComparison.Ordinal);
        Assert.Contains("2 cores", error.Message, StringComparison.Ordinal);
        Assert.Contains("tandem profile", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 1, 1.0 / 40)]
    [InlineData(8, 1, 1.0 / 20)]
    [InlineData(4.5, 1, (1.0 / 40 + 1.0 / 20) / 2)]
    [InlineData(1024, 1, 2 / 0.3)]
    [InlineData(1, 2, 1.0 / 25)]
    [InlineData(1, 8, 1.0 / 25)]
    [InlineData(1, 1.5, (1.0 / 40 + 1.0 / 25) / 2)]
    [InlineData(0, 1, 0)]
    public void Between_measured_rates_time_grows_evenly(double tokens, double units, double nanoseconds)
    {
        var seconds = s_profile.Machines[0].SecondsAWeight("Q4_0", 0.5625, tokens, units);
        Assert.Equal(nanoseconds, seconds * 1e9, 9);
    }

    [Fact]
    public void Of_measurements_that_differ_much_the_fastest_holds_and_one_that_was_disturbed_every_time_is_known_by_its_neighbours()
    {
        KernelRate[] once = [new(1, 1, 30), new(1, 16, 0.8), new(1, 512, 0.5), new(2, 1, 22), new(2, 512, 0.5)];
        KernelRate[] again = [new(2, 16, 14), new(1, 1, 20), new(2, 512, 0.2), new(1, 512, 0.3), new(1, 16, 0.4)];
        Assert.Equal(
            [new(1, 1, 30), new(1, 16, 14), new(1, 512, 0.5), new(2, 1, 22), new(2, 16, 14), new(2, 512, 0.5)],
            KernelRate.Undisturbed([.. once, .. again])
        );
        // One token may well take a little longer than two.
        KernelRate[] real = [new(1, 1, 40), new(1, 2, 45)];
        Assert.Equal(real, KernelRate.Undisturbed(real));
    }

    [Fact]
    public void Of_measurements_that_are_about_the_same_the_mean_time_holds()
    {
        var rate = Assert.Single(KernelRate.Undisturbed([new(1, 1, 20), new(1, 1, 25)]));
        Assert.Equal(2 / (1.0 / 20 + 1.0 / 25), rate.GigaWeights, 9);
    }

    [Fact]
    public void Without_a_measurement_the_roofline_holds()
    {
        var machine = s_profile.Machines[0];
        Assert.Equal(1 / 25e9, machine.SecondsAWeight("Q8_0", 1, 1, 1), 15);
        Assert.Equal(100 / 150e9, machine.SecondsAWeight("Q8_0", 1, 100, 1), 15);
    }

    [Fact]
    public void Sums_over_more_ranks_than_were_measured_take_longer()
    {
        CollectiveCost[] costs = [new(2, new LinkCost(1, 10)), new(4, new LinkCost(2, 10))];
        Assert.Equal(0, CollectiveCost.Seconds(costs, 1, 1e4));
        Assert.Equal(2e-6, CollectiveCost.Seconds(costs, 2, 1e4), 12);
        Assert.Equal(3e-6, CollectiveCost.Seconds(costs, 3, 1e4), 12);
        Assert.Equal(6e-6, CollectiveCost.Seconds(costs, 8, 1e4), 12);
    }
}
