namespace Tandem.Bench.Peers;

/// <summary>What is run: a prompt of so many tokens, and so many generated, for some sequences at once. 0 leaves a half out.</summary>
internal sealed record Row(int Prompt, int Generate, int Sequences = 1);

/// <summary>Tokens a second that a run read and generated, of all its sequences together.</summary>
internal readonly record struct Figures(double Prompt, double Generated);
