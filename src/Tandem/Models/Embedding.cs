namespace Tandem.Models;

/// <summary>Token ids to the residual stream.</summary>
internal sealed class Embedding(Linear table, float factor)
{
    /// <summary>The table, [vocabulary, width].</summary>
    public Linear Table => table;

    /// <summary>Fills <see cref="Step.Hidden"/>.</summary>
    public void Forward(Step step) => step.Device.Embed(table.Matrix, (int)table.FirstRow, step.Hidden, factor);
}
