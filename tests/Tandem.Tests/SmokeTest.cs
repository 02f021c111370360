namespace Tandem.Tests;

public class SmokeTest
{
    [Fact]
    public void An_error_of_the_user_carries_its_message() =>
        Assert.Equal("found x", new InputException("found x").Message);
}
