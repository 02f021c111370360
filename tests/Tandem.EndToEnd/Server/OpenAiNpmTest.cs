namespace Tandem.EndToEnd.Server;

/// <summary>The official client for JavaScript, as it comes.</summary>
public sealed class OpenAiNpmTest(SharedServer shared) : IClassFixture<SharedServer>
{
    private const string Client = "openai@7.57.0";

    [Fact]
    public void Chats_streams_completions_embeddings_errors_and_an_abort_are_what_it_expects()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs bash");
        Assert.SkipUnless(Shell.Run("command -v node && command -v npm").ExitCode == 0, "needs Node.js with npm");
        using var folder = new TemporaryFolder();
        var installed = Shell.Run(
            $"cd '{folder.Path}' && npm install --no-audit --no-fund --no-package-lock {Client} >&2"
        );
        Assert.SkipUnless(installed.ExitCode == 0, "npm could not install the package openai");
        File.Copy(Path.Combine(AppContext.BaseDirectory, "openai-client.mjs"), folder["client.mjs"]);

        var ended = Shell.Run(
            $"cd '{folder.Path}' && timeout 60 node client.mjs {new Uri(shared.Server.Address, "/v1")}"
        );

        Assert.Equal(
            """
            whole The sky is blue.
            stream The sky is blue.
            completion 3
            embedding 1.000
            error 404 model_not_found model
            error 400 invalid_value n
            models small

            """,
            ended.Output
        );
        Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
    }
}
