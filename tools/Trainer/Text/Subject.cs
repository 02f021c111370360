namespace Tandem.Trainer.Text;

/// <summary>Whom or what a story is about.</summary>
/// <param name="Noun">"fox", "the moon", "Anna".</param>
/// <param name="Kind">Which plots suit it: animal, person, thing, place or unique.</param>
/// <param name="Pronoun">"he", "she" or "it".</param>
internal sealed record Subject(string Noun, string Kind, string Pronoun)
{
    /// <summary>A quality that the request asks for, "brave", or none.</summary>
    public string? Quality { get; init; }

    /// <summary>A name that the request gives, or none.</summary>
    public string? Name { get; init; }

    /// <summary>A second noun that the request names, or none.</summary>
    public string? Companion { get; init; }

    /// <summary>What the noun is called where it is a name of a person: "girl", "boy", or null.</summary>
    public string? Person { get; init; }

    /// <summary>As a hasty request has it: "fox"; or, for common nouns, "foxes".</summary>
    public string AskedBriefly(bool plural) =>
        plural && Kind != "unique" && Person is null ? English.Plural(Noun) : English.WithoutArticle(Noun);

    /// <summary>As a request has it: "a brave fox named Tim", "a fox and a hen", "Anna".</summary>
    public string Asked =>
        English.WithA(Qualified)
        + (Name is null ? "" : " named " + Name)
        + (Companion is null ? "" : " and " + English.WithA(Companion));

    /// <summary>As a story introduces it: "a brave fox named Tim", "a girl named Anna", "the moon".</summary>
    public string Introduced =>
        Person is not null
            ? $"{English.WithA(Quality is null ? Person : $"{Quality} {Person}")} named {Noun}"
            : English.WithA(Qualified) + (Name is null ? "" : " named " + Name);

    private string Qualified => Quality is null || Person is not null ? Noun : $"{Quality} {Noun}";
}
