namespace Tandem.Kernels;

/// <summary>What some queries of attention do with the keys of a page, or their weights with its values.</summary>
internal unsafe struct PageProduct
{
    /// <summary>The page's keys, or its values, as <see cref="KvPage"/> says.</summary>
    public byte* Page;

    /// <summary>[queries, head size]; or weights, [queries, <see cref="KvPage.Length"/>].</summary>
    public float* Input;

    /// <summary>Scores, [queries, <see cref="KvPage.Length"/>]; or sums of values, [queries, <see cref="KvPage.ValueStride"/>].</summary>
    public float* Output;

    /// <summary>How many queries.</summary>
    public int Queries;

    /// <summary>The first key of the page that any of them sees.</summary>
    public int First;

    /// <summary>One behind the last.</summary>
    public int End;

    /// <summary>Memory as long as what is read of the page, which is wanted next: it is asked for, and not read.</summary>
    public byte* Ahead;
}
