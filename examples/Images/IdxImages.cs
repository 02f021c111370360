using System.Buffers.Binary;
using System.IO.Compression;
using Tandem.Examples.Gradients;

namespace Tandem.Examples.Images;

/// <summary>
/// Images and labels of two IDX files, plain or compressed by gzip (LeCun, Cortes, Burges: "The MNIST database", which describes the
/// format): a big-endian header with a magic number and each dimension's length, then the bytes.
/// </summary>
internal sealed class IdxImages : IImages
{
    private const int ImagesMagic = 0x803;
    private const int LabelsMagic = 0x801;

    private readonly byte[] _images; // [count, 28, 28]
    private readonly byte[] _labels; // [count]

    /// <summary>Reads both files.</summary>
    /// <exception cref="InputException">A file cannot be read, or is not what it is taken for.</exception>
    public IdxImages(string imagesPath, string labelsPath)
    {
        _labels = Read(labelsPath, LabelsMagic, []);
        _images = Read(imagesPath, ImagesMagic, [DigitPainter.Side, DigitPainter.Side]);
        if (_images.Length != _labels.Length * DigitPainter.Pixels)
        {
            throw new InputException(
                $"{imagesPath} has {_images.Length / DigitPainter.Pixels} images and {labelsPath} {_labels.Length} labels, expected as many"
            );
        }
        if (_labels.Length == 0)
        {
            throw new InputException($"{imagesPath} has no images, expected at least one");
        }
    }

    public int Count => _labels.Length;

    public int Read(int index, Span<byte> pixels)
    {
        _images.AsSpan(index * DigitPainter.Pixels, DigitPainter.Pixels).CopyTo(pixels);
        return _labels[index];
    }

    private static byte[] Read(string path, int magic, int[] shapeOfItem)
    {
        var bytes = ReadWhole(path).AsSpan();
        var header = sizeof(int) * (2 + shapeOfItem.Length);
        if (bytes.Length < header || BinaryPrimitives.ReadInt32BigEndian(bytes) != magic)
        {
            throw new InputException($"{path} is no IDX file of this kind, expected one that begins with {magic:X8}");
        }
        var itemLength = 1L;
        for (var i = 0; i < shapeOfItem.Length; i++)
        {
            var found = BinaryPrimitives.ReadInt32BigEndian(bytes[(sizeof(int) * (2 + i))..]);
            if (found != shapeOfItem[i])
            {
                throw new InputException($"{path} has images with a side of {found}, expected {shapeOfItem[i]}");
            }
            itemLength *= found;
        }
        var expected = BinaryPrimitives.ReadInt32BigEndian(bytes[sizeof(int)..]) * itemLength;
        if (bytes.Length - header != expected)
        {
            throw new InputException($"{path} has {bytes.Length - header} bytes of data, its header says {expected}");
        }
        return bytes[header..].ToArray();
    }

    private static byte[] ReadWhole(string path)
    {
        try
        {
            var bytes = File.ReadAllBytes(path);
            if (bytes is not [0x1F, 0x8B, ..])
            {
                return bytes;
            }
            using var compressed = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
            using var plain = new MemoryStream();
            compressed.CopyTo(plain);
            return plain.ToArray();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new InputException($"{path} cannot be read: {error.Message}", error);
        }
    }
}
