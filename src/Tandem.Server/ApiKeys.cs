using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Tandem.Server;

/// <summary>
/// Who may ask: a file with a name and the SHA-256 of a key on each line, so that whoever reads it has no key. It is read again when it
/// has changed; a change that makes no sense is logged, and leaves the keys as they were. Any threads may use it.
/// </summary>
internal sealed partial class ApiKeys
{
    private readonly string _path;
    private readonly ILogger _log;
    private readonly Lock _lock = new();
    private (DateTime Time, long Length) _version;
    private volatile List<Key> _keys;

    /// <summary>Reads a file of keys.</summary>
    /// <exception cref="InputException">It cannot be read, makes no sense, or has no keys.</exception>
    public ApiKeys(string path, ILogger log)
    {
        (_path, _log) = (path, log);
        _version = VersionOf(path);
        _keys = Read(path);
    }

    /// <summary>The name of a key; null where there is no such key. Takes as long for any key that is wrong.</summary>
    public string? NameOf(string key)
    {
        ReadAgain();
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(key), hash);
        string? name = null;
        foreach (var known in _keys)
        {
            name = CryptographicOperations.FixedTimeEquals(known.Hash, hash) ? known.Name : name;
        }
        return name;
    }

    private static List<Key> Read(string path)
    {
        var keys = new List<Key>();
        foreach (var (index, line) in Lines(path).Index())
        {
            var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || words[0].StartsWith('#'))
            {
                continue;
            }
            if (
                words.Length != 2
                || words[1].Length != 2 * SHA256.HashSizeInBytes
                || !words[1].All(char.IsAsciiHexDigit)
            )
            {
                throw Wrong(path, index, "expected a name and the SHA-256 of its key, 64 hexadecimal digits");
            }
            if (keys.Any(key => key.Name == words[0]))
            {
                throw Wrong(path, index, $"'{words[0]}' is named twice");
            }
            keys.Add(new Key(words[0], Convert.FromHexString(words[1])));
        }
        return keys.Count > 0 ? keys : throw new InputException($"{path}: found no key, expected at least one");
    }

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InputException($"{path}: cannot be read: {error.Message}", error);
        }
    }

    private static InputException Wrong(string path, int index, string message) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{path}: line {index + 1}: {message}"));

    private static (DateTime Time, long Length) VersionOf(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
    }

    private void ReadAgain()
    {
        var version = VersionOf(_path);
        lock (_lock)
        {
            if (version == _version)
            {
                return;
            }
            _version = version;
            try
            {
                _keys = Read(_path);
                LogRead(_path, _keys.Count);
            }
            catch (InputException error)
            {
                LogWrong(error.Message);
            }
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "{Path}: read again, {Count} keys")]
    private partial void LogRead(string path, int count);

    [LoggerMessage(EventId = 2, Level = LogLevel.Error, Message = "{Message}; the keys stay as they were")]
    private partial void LogWrong(string message);

    private sealed record Key(string Name, byte[] Hash);
}
