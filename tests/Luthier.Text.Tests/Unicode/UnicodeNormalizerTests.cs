using System.Text;
using Luthier.Text.Unicode;

namespace Luthier.Text.Tests.Unicode;

public sealed class UnicodeNormalizerTests
{
    [Theory]
    [InlineData("é", "é", "e\u0301", "é", "e\u0301")]
    [InlineData("e\u0301", "é", "e\u0301", "é", "e\u0301")]
    [InlineData("ﬁ", "ﬁ", "ﬁ", "fi", "fi")]
    [InlineData("①²", "①²", "①²", "12", "12")]
    [InlineData("각", "각", "\u1100\u1161\u11A8", "각", "\u1100\u1161\u11A8")]
    [InlineData("\u1100\u1161\u11A8", "각", "\u1100\u1161\u11A8", "각", "\u1100\u1161\u11A8")]
    [InlineData("a\u0301\u0323", "ạ\u0301", "a\u0323\u0301", "ạ\u0301", "a\u0323\u0301")]
    [InlineData("Å", "Å", "A\u030A", "Å", "A\u030A")]
    [InlineData("ẛ\u0323", "ẛ\u0323", "ſ\u0323\u0307", "ṩ", "s\u0323\u0307")]
    [InlineData("क़", "क\u093C", "क\u093C", "क\u093C", "क\u093C")]
    [InlineData("ｶﾞ", "ｶﾞ", "ｶﾞ", "ガ", "カ\u3099")]
    [InlineData(
        "\U0001D15E",
        "\U0001D157\U0001D165",
        "\U0001D157\U0001D165",
        "\U0001D157\U0001D165",
        "\U0001D157\U0001D165"
    )]
    [InlineData("𝒜b", "𝒜b", "𝒜b", "Ab", "Ab")]
    [InlineData("o\u0302\u0301", "ố", "o\u0302\u0301", "ố", "o\u0302\u0301")]
    public void Forms_are_those_of_the_standard(string text, string c, string d, string kc, string kd)
    {
        Normalize(text, NormalizationForm.FormC).ShouldBe(c);
        Normalize(text, NormalizationForm.FormD).ShouldBe(d);
        Normalize(text, NormalizationForm.FormKC).ShouldBe(kc);
        Normalize(text, NormalizationForm.FormKD).ShouldBe(kd);
    }

    [Fact]
    public void Forms_are_stable_and_agree_with_each_other() =>
        TrickyText.ShouldHold(
            TrickyText.WellFormed,
            text =>
            {
                foreach (var form in Enum.GetValues<NormalizationForm>())
                {
                    var once = Normalize(text, form);
                    Normalize(once, form).ShouldBe(once);
                }

                var composed = Normalize(text, NormalizationForm.FormC);
                Normalize(Normalize(text, NormalizationForm.FormD), NormalizationForm.FormC).ShouldBe(composed);
                Normalize(composed, NormalizationForm.FormKD).ShouldBe(Normalize(text, NormalizationForm.FormKD));
            }
        );

    [Fact]
    public void Plain_text_is_returned_as_it_is()
    {
        const string Text = "Plain text, 漢字, Ελληνικά, кириллица";
        Normalize(Text, NormalizationForm.FormC).ShouldBeSameAs(Text);
    }

    private static string Normalize(string text, NormalizationForm form) => UnicodeNormalizer.For(form).Normalize(text);
}
