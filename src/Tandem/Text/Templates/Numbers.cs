using System.Globalization;
using System.Numerics;

namespace Tandem.Text.Templates;

/// <summary>Python's arithmetic: integers stay integers except under <c>/</c>, and division rounds down.</summary>
internal static class Numbers
{
    /// <summary>Whether a value is a number; truth values are.</summary>
    public static bool IsNumber(Value value) => value is IntValue or FloatValue or BoolValue;

    /// <summary>A whole number of any type as an integer, or null.</summary>
    public static BigInteger? AsInteger(Value value) =>
        value switch
        {
            IntValue integer => integer.Number,
            BoolValue truth => truth.IsTrue ? 1 : 0,
            FloatValue { Number: var number } when double.IsInteger(number) => new BigInteger(number),
            _ => null,
        };

    /// <summary>A number of any type as a float.</summary>
    public static double AsFloat(Value number) =>
        number is FloatValue real ? real.Number : (double)AsInteger(number).GetValueOrDefault();

    /// <summary>Whether one number is below (−1), equal to (0) or above (1) another; exact for integers of any size.</summary>
    public static int Compare(Value left, Value right) =>
        AsInteger(left) is { } l && AsInteger(right) is { } r
            ? l.CompareTo(r)
            : AsFloat(left).CompareTo(AsFloat(right));

    /// <summary>Whether two numbers are equal.</summary>
    public static bool AreEqual(Value left, Value right) =>
        AsInteger(left) is { } l && AsInteger(right) is { } r ? l == r : AsFloat(left) == AsFloat(right);

    /// <summary>The result of an arithmetic operator on two numbers.</summary>
    /// <exception cref="TemplateFault">It divides by zero or the result is too large.</exception>
    public static Value Calculate(Budget budget, string symbol, Value left, Value right)
    {
        budget.Allocate(40);
        if (symbol == "**")
        {
            return Power(budget, left, right);
        }
        if (symbol is "/" or "//" or "%" && !right.IsTrue)
        {
            throw new TemplateFault("division by zero");
        }
        if (left is FloatValue || right is FloatValue || symbol == "/")
        {
            return new FloatValue(Calculate(symbol, AsFloat(left), AsFloat(right)));
        }
        var (l, r) = (AsInteger(left)!.Value, AsInteger(right)!.Value);
        return IntValue.Of(
            budget,
            symbol switch
            {
                "+" => l + r,
                "-" => l - r,
                "*" => l * r,
                "//" => FloorDivide(l, r),
                _ => l - (FloorDivide(l, r) * r),
            }
        );
    }

    /// <summary>A float rounded to a number of decimals, halves to even.</summary>
    public static double Round(double number, int decimals)
    {
        if (decimals >= 0)
        {
            return Math.Round(number, Math.Min(decimals, 15));
        }
        var unit = Math.Pow(10, -decimals);
        return Math.Round(number / unit) * unit;
    }

    /// <summary>The integer that a text stands for, with blanks around it, a sign and the radix's prefix allowed; null if none.</summary>
    public static BigInteger? ParseInteger(string text, int radix)
    {
        var digits = text.AsSpan().Trim();
        var isNegative = digits.StartsWith('-');
        digits = isNegative || digits.StartsWith('+') ? digits[1..] : digits;
        if (digits.Contains('_'))
        {
            digits = digits.ToString().Replace("_", "", StringComparison.Ordinal);
        }
        var prefix = radix switch
        {
            16 => "0x",
            8 => "0o",
            2 => "0b",
            _ => "",
        };
        digits = digits.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) ? digits[prefix.Length..] : digits;
        var number = IntValue.Parse(digits, radix);
        return isNegative ? -number : number;
    }

    /// <summary>The float that a text stands for, with blanks around it allowed; null if none.</summary>
    public static double? ParseFloat(string text) =>
        text.Trim().TrimStart('+', '-').ToLowerInvariant() switch
        {
            "inf" or "infinity" => text.Contains('-', StringComparison.Ordinal)
                ? double.NegativeInfinity
                : double.PositiveInfinity,
            "nan" => double.NaN,
            _ => double.TryParse(
                text.Replace("_", "", StringComparison.Ordinal),
                NumberStyles.Float,
                CultureInfo.InvariantCulture,
                out var number
            )
                ? number
                : null,
        };

    private static double Calculate(string symbol, double left, double right) =>
        symbol switch
        {
            "+" => left + right,
            "-" => left - right,
            "*" => left * right,
            "/" => left / right,
            "//" => Math.Floor(left / right),
            _ => left - (Math.Floor(left / right) * right),
        };

    private static BigInteger FloorDivide(BigInteger left, BigInteger right)
    {
        var quotient = BigInteger.DivRem(left, right, out var remainder);
        return remainder.IsZero || remainder.Sign == right.Sign ? quotient : quotient - 1;
    }

    private static Value Power(Budget budget, Value left, Value right)
    {
        if (left is FloatValue || right is FloatValue || AsInteger(right)!.Value.Sign < 0)
        {
            return new FloatValue(Math.Pow(AsFloat(left), AsFloat(right)));
        }
        var (number, exponent) = (AsInteger(left)!.Value, AsInteger(right)!.Value);
        // The result has at least this many bits, so that it is refused before it is computed.
        var bits = BigInteger.Abs(number) <= 1 ? 1 : (number.GetBitLength() - 1) * exponent;
        return bits <= 4096
            ? IntValue.Of(
                budget,
                BigInteger.Abs(number) <= 1 ? SmallPower(number, exponent) : BigInteger.Pow(number, (int)exponent)
            )
            : throw new TemplateFault("an integer gets too large");
    }

    private static BigInteger SmallPower(BigInteger number, BigInteger exponent) =>
        exponent.IsZero ? 1
        : number.Sign < 0 && exponent.IsEven ? 1
        : number;
}
