using System.Numerics;

namespace Tandem.Examples.Gradients;

/// <summary>The ten digits as lines through points, in a square whose corners are (0, 0), top left, and (1, 1).</summary>
internal static class DigitStrokes
{
    /// <summary>[digit][stroke][point].</summary>
    public static readonly Vector2[][][] All =
    [
        [Loop(0.5f, 0.5f, 0.23f, 0.37f, 12)],
        [Line(0.36f, 0.3f, 0.54f, 0.12f, 0.54f, 0.88f)],
        [
            Line(
                0.28f,
                0.3f,
                0.35f,
                0.17f,
                0.5f,
                0.12f,
                0.66f,
                0.18f,
                0.71f,
                0.32f,
                0.62f,
                0.5f,
                0.27f,
                0.88f,
                0.75f,
                0.88f
            ),
        ],
        [
            Line(0.3f, 0.18f, 0.5f, 0.12f, 0.67f, 0.2f, 0.67f, 0.36f, 0.46f, 0.47f),
            Line(0.46f, 0.47f, 0.7f, 0.57f, 0.72f, 0.75f, 0.52f, 0.88f, 0.28f, 0.81f),
        ],
        [Line(0.62f, 0.88f, 0.62f, 0.12f, 0.25f, 0.62f, 0.78f, 0.62f)],
        [
            Line(0.7f, 0.12f, 0.35f, 0.12f, 0.32f, 0.45f),
            Line(0.32f, 0.45f, 0.52f, 0.4f, 0.7f, 0.52f, 0.7f, 0.74f, 0.5f, 0.88f, 0.28f, 0.8f),
        ],
        [
            Line(
                0.64f,
                0.13f,
                0.42f,
                0.3f,
                0.31f,
                0.55f,
                0.34f,
                0.78f,
                0.5f,
                0.88f,
                0.66f,
                0.78f,
                0.67f,
                0.6f,
                0.5f,
                0.5f,
                0.33f,
                0.62f
            ),
        ],
        [Line(0.27f, 0.12f, 0.73f, 0.12f, 0.45f, 0.88f)],
        [Loop(0.5f, 0.3f, 0.17f, 0.18f, 9), Loop(0.5f, 0.68f, 0.2f, 0.2f, 9)],
        [
            Line(
                0.36f,
                0.87f,
                0.58f,
                0.7f,
                0.69f,
                0.45f,
                0.66f,
                0.22f,
                0.5f,
                0.12f,
                0.34f,
                0.22f,
                0.33f,
                0.4f,
                0.5f,
                0.5f,
                0.67f,
                0.38f
            ),
        ],
    ];

    private static Vector2[] Line(params ReadOnlySpan<float> numbers)
    {
        var points = new Vector2[numbers.Length / 2];
        for (var i = 0; i < points.Length; i++)
        {
            points[i] = new Vector2(numbers[2 * i], numbers[(2 * i) + 1]);
        }
        return points;
    }

    private static Vector2[] Loop(float x, float y, float width, float height, int points) =>
        [
            .. Enumerable
                .Range(0, points + 1)
                .Select(point => MathF.Tau * (point % points) / points)
                .Select(angle => new Vector2(x + (width * MathF.Sin(angle)), y - (height * MathF.Cos(angle)))),
        ];
}
