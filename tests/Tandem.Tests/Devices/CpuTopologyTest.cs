using Tandem.Devices;
using Tandem.Parallel;

namespace Tandem.Tests.Devices;

public class CpuTopologyTest
{
    [Fact]
    public void A_thread_that_is_kept_on_a_core_sees_all_that_the_process_may_use()
    {
        var cores = CpuTopology.PhysicalCores();
        IReadOnlyList<int>? seen = null;
        // On a thread that ends afterwards, as it stays on its core.
        ThreadGroup.Run(
            1,
            _ =>
            {
                CpuTopology.Pin(cores[^1]);
                seen = CpuTopology.PhysicalCores();
            },
            TimeProvider.System
        );
        Assert.Equal(cores, seen);
    }
}
