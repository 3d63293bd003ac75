using System.Globalization;
using System.Text;
using Luthier.Generation.Engine.Metrics;

namespace Luthier.Serving.Metrics;

/// <summary>Writes metrics in Prometheus' text format, all with the same labels.</summary>
internal sealed class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder text = new();
    private readonly string common;

    /// <param name="labels">Those that every sample has.</param>
    public PrometheusText(params ReadOnlySpan<(string Name, string Value)> labels) => common = Join("", labels);

    /// <param name="name">The metric.</param>
    /// <param name="help">What it tells, one line.</param>
    /// <param name="value">Its value now.</param>
    /// <param name="labels">Beside those that every sample has.</param>
    public void Gauge(string name, string help, double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        Head(name, "gauge", help);
        Sample(name, labels, value);
    }

    /// <inheritdoc cref="Gauge"/>
    /// <param name="name">The metric; counters end in <c>_total</c>.</param>
    public void Counter(string name, string help, double value)
    {
        Head(name, "counter", help);
        Sample(name, [], value);
    }

    /// <summary>A counter with one value for each value of a label.</summary>
    public void Counters(string name, string help, string label, IEnumerable<(string Label, double Value)> values)
    {
        Head(name, "counter", help);
        foreach (var (labelValue, value) in values)
        {
            Sample(name, [(label, labelValue)], value);
        }
    }

    public void Histogram(string name, string help, Histogram histogram)
    {
        Head(name, "histogram", help);
        var count = 0L;
        for (var i = 0; i < histogram.Bounds.Length; i++)
        {
            count += histogram.CountIn(i);
            Sample(name + "_bucket", [("le", Number(histogram.Bounds[i]))], count);
        }

        count += histogram.CountIn(histogram.Bounds.Length);
        Sample(name + "_bucket", [("le", Number(double.PositiveInfinity))], count);
        Sample(name + "_sum", [], histogram.Sum);
        Sample(name + "_count", [], count);
    }

    public override string ToString() => text.ToString();

    private void Head(string name, string type, string help) =>
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

    private void Sample(string name, ReadOnlySpan<(string Name, string Value)> labels, double value) =>
        text.Append(name).Append('{').Append(Join(common, labels)).Append("} ").Append(Number(value)).Append('\n');

    private static string Join(string first, ReadOnlySpan<(string Name, string Value)> labels)
    {
        var joined = new StringBuilder(first);
        foreach (var (name, value) in labels)
        {
            joined.Append(joined.Length > 0 ? "," : "").Append(name).Append("=\"").Append(Escape(value)).Append('"');
        }

        return joined.ToString();
    }

    private static string Escape(string value) =>
        value
            .Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf" : value.ToString("R", CultureInfo.InvariantCulture);
}
