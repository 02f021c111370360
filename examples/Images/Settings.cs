namespace Tandem.Examples.Images;

/// <summary>What the command line asks for.</summary>
internal sealed record Settings
{
    /// <summary>Parts that the images are cut into.</summary>
    public required int Parts { get; init; }

    /// <summary>Copies of the network that work at the same time.</summary>
    public required int Workers { get; init; }

    /// <summary>Whether to do it with one worker first, and to compare.</summary>
    public bool Compare { get; init; }

    /// <summary>Images to draw, where no file is given.</summary>
    public required int Count { get; init; }

    /// <summary>Of the images that are drawn.</summary>
    public required int Seed { get; init; }

    /// <summary>An ONNX file; null for the network of the other example.</summary>
    public string? Model { get; init; }

    /// <summary>What the model takes for a pixel of 255.</summary>
    public required float White { get; init; }

    /// <summary>An IDX file of images; null to draw them.</summary>
    public string? Images { get; init; }

    /// <summary>An IDX file of their labels.</summary>
    public string? Labels { get; init; }

    /// <summary>Opens the images.</summary>
    /// <exception cref="InputException">There is but one of the two files, one cannot be read, or a number is out of its range.</exception>
    public IImages OpenImages()
    {
        if (Parts < 1 || Workers < 1 || Count < 1)
        {
            throw new InputException($"{Parts} parts, {Workers} workers, {Count} images: expected at least 1 of each");
        }
        if (!float.IsFinite(White) || White <= 0)
        {
            throw new InputException($"--white: found {White}, expected a number above 0");
        }
        return (Images, Labels) switch
        {
            (null, null) => new DrawnImages(Seed, Count),
            ({ } images, { } labels) => new IdxImages(images, labels),
            _ => throw new InputException("--images and --labels go together, found one of them"),
        };
    }

    /// <summary>Reads the model and cuts it in two.</summary>
    /// <exception cref="InputException">It cannot be read, or cannot be cut.</exception>
    public OnnxCut OpenModel()
    {
        if (Model is null)
        {
            using var resource = typeof(Settings).Assembly.GetManifestResourceStream("digits.onnx")!;
            var bytes = new byte[resource.Length];
            resource.ReadExactly(bytes);
            return OnnxCut.Make(bytes, "digits.onnx");
        }
        try
        {
            return OnnxCut.Make(File.ReadAllBytes(Model), Model);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{Model} cannot be read: {error.Message}", error);
        }
    }
}
