using System.Globalization;
using System.Numerics;

namespace Tandem.Text.Templates;

/// <summary>An integer, of any size up to a bound that no honest template comes near.</summary>
internal sealed class IntValue(BigInteger value) : Value
{
    private const int BitsMax = 1024;
    private const int DigitsMax = 309;

    /// <summary>The number.</summary>
    public BigInteger Number => value;

    /// <inheritdoc/>
    public override string TypeName => "int";

    /// <inheritdoc/>
    public override bool IsTrue => !value.IsZero;

    /// <summary>Whether a number is within the bound.</summary>
    public static bool Fits(BigInteger number) => number.GetBitLength() <= BitsMax;

    /// <summary>A number as a value.</summary>
    /// <exception cref="TemplateFault">It is beyond the bound.</exception>
    public static IntValue Of(Budget budget, BigInteger number)
    {
        budget.Allocate(40);
        return Fits(number)
            ? new IntValue(number)
            : throw new TemplateFault($"an integer has more than {BitsMax} bits");
    }

    /// <summary>The number that digits of a radix from 2 to 36 stand for, without sign or blanks; null if they do not.</summary>
    public static BigInteger? Parse(ReadOnlySpan<char> digits, int radix)
    {
        if (digits.Length is 0 or > BitsMax || (radix == 10 && digits.Length > DigitsMax))
        {
            return null;
        }
        var number = BigInteger.Zero;
        foreach (var c in digits)
        {
            var digit =
                char.IsAsciiDigit(c) ? c - '0'
                : char.IsAsciiLetter(c) ? char.ToLowerInvariant(c) - 'a' + 10
                : radix;
            if (digit >= radix)
            {
                return null;
            }
            number = (number * radix) + digit;
        }
        return number;
    }
}

/// <summary>A floating-point number.</summary>
internal sealed class FloatValue(double value) : Value
{
    /// <summary>The number.</summary>
    public double Number => value;

    /// <inheritdoc/>
    public override string TypeName => "float";

    /// <inheritdoc/>
    public override bool IsTrue => value != 0;

    /// <summary>
    /// The shortest text that reads back as the number, laid out as Python's <c>repr</c> does: with a point always, and
    /// with an exponent below 1e-4 and from 1e16 on.
    /// </summary>
    public static string Format(double number)
    {
        if (!double.IsFinite(number))
        {
            return double.IsNaN(number) ? "nan"
                : number > 0 ? "inf"
                : "-inf";
        }
        var digits = ShortestDigits(number);
        var scientific = Math.Abs(number).ToString($"E{digits.Length - 1}", CultureInfo.InvariantCulture);
        var exponent = int.Parse(
            scientific.AsSpan(scientific.IndexOf('E') + 1),
            provider: CultureInfo.InvariantCulture
        );
        var sign = double.IsNegative(number) ? "-" : "";
        if (exponent is < -4 or >= 16)
        {
            var fraction = digits.Length > 1 ? "." + digits[1..] : "";
            return $"{sign}{digits[0]}{fraction}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        }
        if (exponent < 0)
        {
            return $"{sign}0.{new string('0', -exponent - 1)}{digits}";
        }
        var whole = exponent + 1;
        return whole >= digits.Length
            ? $"{sign}{digits}{new string('0', whole - digits.Length)}.0"
            : $"{sign}{digits[..whole]}.{digits[whole..]}";
    }

    private static string ShortestDigits(double number)
    {
        var text = Math.Abs(number).ToString("R", CultureInfo.InvariantCulture);
        var mantissa = text.Split('E')[0].Replace(".", "", StringComparison.Ordinal).Trim('0');
        return mantissa.Length == 0 ? "0" : mantissa;
    }
}
