using System.Buffers.Binary;
using System.IO.Compression;
using Tandem.Examples.Images;

namespace Tandem.Examples.Tests;

public sealed class SurveyTest : IDisposable
{
    private static readonly Settings s_settings = new()
    {
        Parts = 10,
        Workers = 2,
        Count = 2000,
        Seed = 2,
        White = 1,
    };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tandem-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_counts_are_the_same_for_any_number_of_workers_and_parts()
    {
        var expected = await SurveyAsync(s_settings with { Parts = 1, Workers = 1 });
        foreach (var (parts, workers) in ((int, int)[])[(10, 1), (10, 2), (10, 3), (7, 4)])
        {
            var result = await SurveyAsync(s_settings with { Parts = parts, Workers = workers });

            Assert.Equal(expected.Confusion, result.Confusion);
        }
        Assert.Equal(2000, expected.Images);
        Assert.InRange(expected.Right, 1960, 2000);
        Assert.Equal(
            ["source", "preprocess", "extract features", "classify", "sink"],
            expected.Stages.Select(stage => stage.Name)
        );
        Assert.All(expected.Stages, stage => Assert.Equal(8, stage.Items)); // batches of at most 256
    }

    [Fact]
    public async Task More_parts_than_images_are_as_many_as_there_are_images()
    {
        var result = await SurveyAsync(s_settings with { Parts = int.MaxValue, Count = 20 });

        Assert.Equal(20, result.Images);
    }

    [Fact]
    public async Task A_classifier_of_single_images_recognises_ten_thousand_handwritten_digits()
    {
        var shared = SharedData.Require("cnn");
        var settings = s_settings with
        {
            Model = Path.Combine(shared, "mnist-8.onnx"),
            Images = Path.Combine(shared, "t10k-images-idx3-ubyte.gz"),
            Labels = Path.Combine(shared, "t10k-labels-idx1-ubyte.gz"),
        };
        var result = await SurveyAsync(settings);

        Assert.Equal(10_000, result.Images);
        Assert.InRange(result.Right, 9_880, 9_900);
    }

    [Fact]
    public void IDX_files_are_read_plain_or_compressed()
    {
        var pixels = Enumerable.Range(0, 3 * 784).Select(i => (byte)i).ToArray();
        var images = Write("images", Idx(0x803, [3, 28, 28], pixels));
        var labels = Write("labels", Compressed(Idx(0x801, [3], [4, 5, 6])));
        var read = new IdxImages(images, labels);
        var image = new byte[784];

        Assert.Equal((3, 6), (read.Count, read.Read(2, image)));
        Assert.Equal(pixels[(2 * 784)..], image);
    }

    [Fact]
    public void IDX_files_that_are_not_what_they_say_are_refused()
    {
        var images = Write("images", Idx(0x803, [2, 28, 28], new byte[2 * 784]));
        var labels = Write("labels", Idx(0x801, [2], [1, 2]));

        Refused("no IDX file", labels, labels);
        Refused("no IDX file", Write("short", [0, 0, 8]), labels);
        Refused("with a side of 27", Write("small", Idx(0x803, [1, 27, 28], new byte[27 * 28])), labels);
        Refused("its header says 3136", Write("cut", Idx(0x803, [4, 28, 28], new byte[784])), labels);
        Refused("its header says -784", Write("negative", Idx(0x803, [-1, 28, 28], new byte[784])), labels);
        Refused("has no images", Write("none", Idx(0x803, [0, 28, 28], [])), Write("empty", Idx(0x801, [0], [])));
        Refused("2 images and", images, Write("three", Idx(0x801, [3], [1, 2, 3])));
        Refused("cannot be read", images, Write("torn", [0x1F, 0x8B, .. new byte[100]]));
        Refused("cannot be read", Path.Combine(_folder.FullName, "absent"), labels);

        void Refused(string message, string imagesPath, string labelsPath) =>
            Assert.Contains(
                message,
                Assert.Throws<InputException>(() => new IdxImages(imagesPath, labelsPath)).Message
            );
    }

    [Fact]
    public void Settings_that_make_no_sense_are_refused()
    {
        Assert.Throws<InputException>(() => (s_settings with { Parts = 0 }).OpenImages());
        Assert.Throws<InputException>(() => (s_settings with { Workers = 0 }).OpenImages());
        foreach (var white in (float[])[0, -1, float.NaN, float.PositiveInfinity])
        {
            Assert.Throws<InputException>(() => (s_settings with { White = white }).OpenImages());
        }
        Assert.Throws<InputException>(() => (s_settings with { Images = "images" }).OpenImages());
        Assert.Throws<InputException>(() => (s_settings with { Model = "absent.onnx" }).OpenModel());
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static async Task<SurveyResult> SurveyAsync(Settings settings)
    {
        var model = settings.OpenModel();
        var classifiers = Enumerable
            .Range(0, settings.Workers)
            .Select(_ => new ImageClassifier(model, "test", 1))
            .ToList();
        try
        {
            return await new Survey(settings.OpenImages(), settings.Parts).RunAsync(classifiers, _ => { }, Token);
        }
        finally
        {
            classifiers.ForEach(classifier => classifier.Dispose());
        }
    }

    private string Write(string name, byte[] bytes)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static byte[] Idx(int magic, int[] shape, byte[] data)
    {
        var header = new byte[sizeof(int) * (1 + shape.Length)];
        foreach (var (place, number) in shape.Prepend(magic).Index())
        {
            BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(sizeof(int) * place), number);
        }
        return [.. header, .. data];
    }

    private static byte[] Compressed(byte[] bytes)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }
        return compressed.ToArray();
    }
}
