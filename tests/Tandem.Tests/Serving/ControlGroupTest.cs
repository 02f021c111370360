using Tandem.Serving;
using Tandem.Tests.Loading;

namespace Tandem.Tests.Serving;

public sealed class ControlGroupTest : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Version_2_gives_what_the_limit_leaves_and_old_file_pages()
    {
        Write("a/b/memory.max", "1000\n");
        Write("a/b/memory.current", "700\n");
        Write("a/b/memory.stat", "anon 400\nfile 300\nactive_file 50\ninactive_file 250\n");
        Assert.Equal(550, FreeBytes("0::/a/b"));
    }

    [Fact]
    public void The_tightest_group_on_the_way_to_the_root_counts()
    {
        Write("a/memory.max", "500");
        Write("a/memory.current", "100");
        Write("a/b/memory.max", "max");
        Write("a/b/memory.current", "100");
        Write("a/b/c/memory.max", "900");
        Write("a/b/c/memory.current", "100");
        Assert.Equal(400, FreeBytes("0::/a/b/c"));
    }

    [Fact]
    public void Version_1_has_a_folder_of_its_own_for_memory()
    {
        Write("memory/a/memory.limit_in_bytes", "1000");
        Write("memory/a/memory.usage_in_bytes", "700");
        Write("memory/a/memory.stat", "inactive_file 1\ntotal_inactive_file 50");
        Assert.Equal(350, FreeBytes("4:cpu,cpuacct:/x\n5:hugetlb,memory:/a\n0::/"));
    }

    [Fact]
    public void A_group_that_only_the_host_sees_is_the_root_here()
    {
        Write("memory.max", "300");
        Write("memory.current", "400");
        Assert.Equal(0, FreeBytes("0::/docker/0123"));
    }

    [Theory]
    [InlineData("0::/a")]
    [InlineData("0::/../b")]
    [InlineData("nonsense")]
    [InlineData("")]
    public void Without_a_limit_there_is_none(string membership)
    {
        Write("a/memory.max", "max");
        Write("a/memory.current", "400");
        Assert.Null(FreeBytes(membership));
    }

    private long? FreeBytes(string membership)
    {
        Write("membership", membership);
        return ControlGroup.FreeBytes(_folder["membership"], _folder.Path);
    }

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        File.WriteAllText(_folder[name], text);
    }
}
