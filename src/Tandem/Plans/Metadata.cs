using System.Globalization;

namespace Tandem.Plans;

/// <summary>
/// A model's metadata, as typed look-ups with errors that name the key. Values are <c>bool</c>, the integer types,
/// <c>float</c>, <c>double</c>, <c>string</c>, and arrays of these (<c>string[]</c>, <c>int[]</c>, <c>float[]</c>, … or
/// <c>object[]</c> for nested ones).
/// </summary>
/// <param name="source">The name of the file, for messages.</param>
/// <param name="values">The keys and values.</param>
public sealed class Metadata(string source, IReadOnlyDictionary<string, object> values)
{
    /// <summary>The keys and values as they were read.</summary>
    public IReadOnlyDictionary<string, object> Values => values;

    /// <summary>Whether the key is there.</summary>
    public bool Has(string key) => values.ContainsKey(key);

    /// <summary>A string, or <paramref name="fallback"/> where the key is missing.</summary>
    /// <exception cref="InputException">The key is missing and there is no fallback, or it holds another type.</exception>
    public string String(string key, string? fallback = null) => Get(key, fallback);

    /// <summary>A truth value, or <paramref name="fallback"/> where the key is missing.</summary>
    /// <exception cref="InputException">The key is missing and there is no fallback, or it holds another type.</exception>
    public bool Bool(string key, bool? fallback = null) =>
        Get(key, (object?)fallback) is bool value ? value : throw Wrong(key, "a bool");

    /// <summary>An integer of any width, or <paramref name="fallback"/> where the key is missing.</summary>
    /// <exception cref="InputException">The key is missing and there is no fallback, or it holds no integer in range.</exception>
    public int Int(string key, int? fallback = null)
    {
        var value = Get(key, (object?)fallback);
        return AsInteger(value) is { } number && number is >= int.MinValue and <= int.MaxValue
            ? (int)number
            : throw Wrong(key, "a 32-bit integer");
    }

    /// <summary>A floating-point number, or <paramref name="fallback"/> where the key is missing.</summary>
    /// <exception cref="InputException">The key is missing and there is no fallback, or it holds no number.</exception>
    public float Float(string key, float? fallback = null) =>
        Get(key, (object?)fallback) switch
        {
            float value => value,
            double value => (float)value,
            var other => AsInteger(other) is { } number ? number : throw Wrong(key, "a number"),
        };

    /// <summary>
    /// An integer, or an array with one integer a layer as some architectures have it; null where the key is missing.
    /// </summary>
    /// <exception cref="InputException">The key holds something else.</exception>
    public IReadOnlyList<int>? Ints(string key)
    {
        if (!values.TryGetValue(key, out var value))
        {
            return null;
        }
        if (value is Array array)
        {
            return [.. array.Cast<object>().Select(item => (int)(AsInteger(item) ?? throw Wrong(key, "integers")))];
        }
        return [Int(key)];
    }

    /// <summary>The strings of an array.</summary>
    /// <exception cref="InputException">The key is missing, or holds something else.</exception>
    public string[] Strings(string key) => Get<string[]>(key, null);

    /// <summary>The floats of an array; null where the key is missing.</summary>
    /// <exception cref="InputException">The key holds something else.</exception>
    public float[]? Floats(string key) => Has(key) ? Get<float[]>(key, null) : null;

    private T Get<T>(string key, T? fallback)
        where T : class
    {
        if (!values.TryGetValue(key, out var value))
        {
            return fallback ?? throw new InputException($"{source}: key '{key}' is missing");
        }
        return value as T ?? throw Wrong(key, typeof(T).Name);
    }

    private InputException Wrong(string key, string expected) =>
        new(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{source}: key '{key}' holds {Describe(values[key])}, expected {expected}"
            )
        );

    private static string Describe(object value) =>
        value is Array array ? $"an array of {array.Length}" : $"{value.GetType().Name} {value}";

    private static long? AsInteger(object? value) =>
        value switch
        {
            byte v => v,
            sbyte v => v,
            ushort v => v,
            short v => v,
            uint v => v,
            int v => v,
            ulong v and <= long.MaxValue => (long)v,
            long v => v,
            _ => null,
        };
}
