// prometheus_text_test.cc: prometheus_text.h: the bytes of both exposition formats.
#include "rmqlag/prometheus_text.h"

#include <algorithm>
#include <array>
#include <clocale>
#include <limits>
#include <locale>
#include <random>
#include <string>
#include <vector>

#include "support/catch.h"
#include "support/snapshot_builder.h"

using namespace rmqlag;
using rmqlag::test::SnapshotBuilder;

namespace {

constexpr std::string_view one_label[] = {"topic"};
constexpr std::string_view two_labels[] = {"topic", "consumer_group"};

/// The value part of one sample.
std::string value_text(Value value) {
  std::string out;
  PrometheusText text(out, ExpositionFormat::text);
  text.family({"lag", "Help.", false, {}, MetricSet::own});
  text.sample({}, value);
  return out.substr(out.rfind("lag ") + 4);
}

/// The label part of one sample.
std::string label_text(std::string_view value) {
  std::string out;
  PrometheusText text(out, ExpositionFormat::text);
  text.family({"lag", "Help.", false, one_label, MetricSet::own});
  const std::string_view values[] = {value};
  text.sample(values, std::int64_t{1});
  return out.substr(out.rfind("gauge\n") + 6);
}

/// Writes samples by chance to two texts: to one as they are, to the other with a word of how many label values it may keep.
class Twins {
 public:
  explicit Twins(unsigned seed) : random_(seed) {}

  void family(std::string_view name, std::span<const std::string_view> labels) {
    const Family family{name, "Help.", false, labels, MetricSet::own};
    plain_.family(family);
    keeping_.family(family);
    values_.assign(labels.size(), {});
    first_ = true;
  }

  void sample() {
    const std::size_t same = first_ ? 0 : below(values_.size() + 1), kept = below(same + 1);
    first_ = false;
    for (std::size_t i = same; i < values_.size(); ++i) values_[i] = label_value();
    const std::vector<std::string_view> values(values_.begin(), values_.end());
    const auto number = static_cast<std::int64_t>(below(100'000));
    plain_.sample(values, number);
    if (kept == 0 && below(2) == 0) {
      keeping_.sample(values, number);
    } else {
      keeping_.next_sample(kept, values, number);
    }
  }

  std::string plain, keeping;

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }

  std::string label_value() {
    const std::string text = std::array{"", "orders", "say \"hi\"", "back\\slash\n", "\xe8\xae\xa2", "\xff", "of sixteen bytes"}[below(7)];
    // Now and then so long that the buffer grows, which may have to keep what is in front.
    return text.empty() || below(8) != 0 ? text : text + std::string(below(3000), text.back());
  }

  std::mt19937 random_;
  PrometheusText plain_{plain, ExpositionFormat::text}, keeping_{keeping, ExpositionFormat::text};
  std::vector<std::string> values_;
  bool first_ = true;
};

std::string header_text(const Family& family, ExpositionFormat format) {
  std::string out;
  PrometheusText text(out, format);
  text.family(family);
  text.sample({}, std::int64_t{1});
  return out;
}

}  // namespace

TEST_CASE("content types are exact") {
  CHECK(content_type(ExpositionFormat::text) == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(content_type(ExpositionFormat::openmetrics) == "application/openmetrics-text; version=1.0.0; charset=utf-8");
}

TEST_CASE("an exposition, byte for byte") {
  const auto exposition = [](ExpositionFormat format) {
    std::string out = "kept\n";
    PrometheusText text(out, format);
    text.family({"a_empty", "No samples, no header.", false, {}, MetricSet::own});
    text.family({"lag", "Messages behind.", false, two_labels, MetricSet::own});
    const std::string_view billing[] = {"orders", "billing"}, nobody[] = {"%RETRY%orders", ""};
    text.sample(billing, std::int64_t{20});
    text.sample(nobody, std::int64_t{-3});
    text.family({"requests_total", "Requests sent.", true, {}, MetricSet::own});
    text.sample({}, std::int64_t{7});
    text.family({"z_empty_total", "No samples, no header.", true, {}, MetricSet::own});
    text.finish();
    return out;
  };
  CHECK(exposition(ExpositionFormat::text) ==
        "kept\n"
        "# HELP lag Messages behind.\n"
        "# TYPE lag gauge\n"
        "lag{topic=\"orders\",consumer_group=\"billing\"} 20\n"
        "lag{topic=\"%RETRY%orders\",consumer_group=\"\"} -3\n"
        "# HELP requests_total Requests sent.\n"
        "# TYPE requests_total counter\n"
        "requests_total 7\n");
  CHECK(exposition(ExpositionFormat::openmetrics) ==
        "kept\n"
        "# HELP lag Messages behind.\n"
        "# TYPE lag gauge\n"
        "lag{topic=\"orders\",consumer_group=\"billing\"} 20\n"
        "lag{topic=\"%RETRY%orders\",consumer_group=\"\"} -3\n"
        "# HELP requests Requests sent.\n"
        "# TYPE requests counter\n"
        "requests_total 7\n"
        "# EOF\n");
}

TEST_CASE("nothing at all") {
  for (const auto& [format, expected] : {std::pair(ExpositionFormat::text, ""), std::pair(ExpositionFormat::openmetrics, "# EOF\n")}) {
    std::string out;
    PrometheusText(out, format).finish();
    CHECK(out == expected);
  }
}

TEST_CASE("label values are escaped and repaired") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", ""},
      {"plain", "plain"},
      {"a\\b", "a\\\\b"},
      {"say \"hi\"", "say \\\"hi\\\""},
      {"two\nlines", "two\\nlines"},
      {"\\\"\n", "\\\\\\\"\\n"},
      {"tab\tand\rreturn", "tab\tand\rreturn"},
      {"{}=,#", "{}=,#"},
      {"\xe8\xae\xa2\xe5\x8d\x95", "\xe8\xae\xa2\xe5\x8d\x95"},
      {"\xe8\xae\xa2\"\n", "\xe8\xae\xa2\\\"\\n"},
      {"\xf0\x9f\x90\x87", "\xf0\x9f\x90\x87"},
      {"\xff", "\xef\xbf\xbd"},
      {"a\xffz\"", "a\xef\xbf\xbdz\\\""},
      {"\xff\xfe\xfd", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
      {"cut \xe8\xae", "cut \xef\xbf\xbd"},
      {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},              // overlong
      {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},  // a surrogate
      {std::string("nul\0in it", 9), std::string("nul\0in it", 9)},
      {std::string(100'000, '"'), [] {
         std::string escaped;
         for (int i = 0; i < 100'000; ++i) escaped += "\\\"";
         return escaped;
       }()},
  };
  for (const auto& [raw, escaped] : cases) CHECK(label_text(raw) == "lag{topic=\"" + escaped + "\"} 1\n");
}

TEST_CASE("label values that are kept from the sample before are what they are when written again") {
  constexpr std::array<std::string_view, 4> labels = {"topic", "consumer_group", "broker", "queue"};
  for (unsigned seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    Twins twins(seed);
    for (const std::size_t label_count : {4U, 1U, 3U, 0U, 4U}) {
      twins.family("lag_" + std::to_string(label_count), std::span(labels).first(label_count));
      for (int i = 0; i < 12; ++i) twins.sample();
    }
    REQUIRE(twins.keeping == twins.plain);
  }
}

TEST_CASE("help is escaped as each format wants it") {
  const Family family{"lag", "A \"quoted\" back\\slash and\na line.", false, {}, MetricSet::own};
  CHECK(header_text(family, ExpositionFormat::text) ==
        "# HELP lag A \"quoted\" back\\\\slash and\\na line.\n# TYPE lag gauge\nlag 1\n");
  CHECK(header_text(family, ExpositionFormat::openmetrics) ==
        "# HELP lag A \\\"quoted\\\" back\\\\slash and\\na line.\n# TYPE lag gauge\nlag 1\n");
}

TEST_CASE("integers keep all digits, doubles read back the same") {
  CHECK(value_text(std::int64_t{0}) == "0\n");
  CHECK(value_text(std::int64_t{9'007'199'254'740'993}) == "9007199254740993\n");
  CHECK(value_text(std::numeric_limits<std::int64_t>::max()) == "9223372036854775807\n");
  CHECK(value_text(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808\n");
  CHECK(value_text(0.1) == "0.1\n");
  CHECK(std::stod(value_text(1'700'000'002.5)) == 1'700'000'002.5);
  CHECK(std::stod(value_text(1'700'000'002.123)) == 1'700'000'002.123);
  CHECK(value_text(std::numeric_limits<double>::quiet_NaN()) == "NaN\n");
  CHECK(value_text(std::numeric_limits<double>::infinity()) == "+Inf\n");
  CHECK(value_text(-std::numeric_limits<double>::infinity()) == "-Inf\n");
}

TEST_CASE("the same snapshot gives the same bytes, whatever the locale") {
  const Snapshot snapshot = SnapshotBuilder()
                                .add_row("orders", "billing", "broker-a", 0, 123'456'789, 0, "10.0.0.1", "4711", 1'699'999'990'500)
                                .add_row("orders", "billing", "broker-b", 0, 5, 5)
                                .broker("broker-a", true, 1'234'567)
                                .build();
  const auto exposition = [&snapshot] {
    std::string out;
    PrometheusText text(out, ExpositionFormat::openmetrics);
    write_metrics(snapshot, {true, true, true, "rocketmq"}, text);
    text.finish();
    return out;
  };
  const std::string expected = exposition();
  CHECK(expected == exposition());
  CHECK_THAT(expected, ContainsSubstring("1234567\n"));
  CHECK_THAT(expected, ContainsSubstring("1699999990.5\n"));

  struct German : std::numpunct<char> {
    German() : std::numpunct<char>(1) {}  // not the locale's to delete
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
  };
  German german;
  const std::locale previous = std::locale::global(std::locale(std::locale::classic(), &german));
  std::setlocale(LC_ALL, "de_DE.UTF-8");  // for C; not installed everywhere, as the facet above is for C++
  const std::string actual = exposition();
  std::setlocale(LC_ALL, "C");
  std::locale::global(previous);
  CHECK(actual == expected);
}
