// yaml_file_test.cc: YAML files as trees with line numbers; what is wrong with them, in one line.
#include "yaml_file.h"

#include <array>
#include <string>

#include "support/catch.h"

using namespace rmqlag;
using namespace rmqlag::tools;

namespace {

YamlFile parsed(std::string_view text) {
  auto file = YamlFile::parse("f.yml", text);
  INFO((file ? std::string() : file.error().message));
  REQUIRE(file.has_value());
  return *std::move(file);
}

std::string error_of(std::string_view text) {
  const auto file = YamlFile::parse("f.yml", text);
  REQUIRE_FALSE(file.has_value());
  CHECK(file.error().code == ErrorCode::bad_file);
  CHECK(file.error().message.find('\n') == std::string::npos);
  return file.error().message;
}

}  // namespace

TEST_CASE("yaml: a tree with lines") {
  const YamlFile file = parsed(
      "# comment\n"
      "name: plain\n"
      "on_off: off\n"
      "\n"
      "list:\n"
      "  - one\n"
      "  - 'two: 2'\n"
      "deep: {a: 1, b: [x]}\n"
      "nothing:\n");
  const YamlNode& root = file.root();
  REQUIRE(root.kind == YamlNode::Kind::mapping);
  REQUIRE(root.members.size() == 5);
  CHECK(root.find("name")->text == "plain");
  CHECK(root.find("name")->line == 2);
  CHECK(root.find("on_off")->text == "off");
  CHECK(root.find("list")->line == 5);
  REQUIRE(root.find("list")->items.size() == 2);
  CHECK(root.find("list")->items[1].text == "two: 2");
  CHECK(root.find("list")->items[1].line == 7);
  CHECK(root.find("deep")->find("b")->items[0].text == "x");
  CHECK(root.find("nothing")->kind == YamlNode::Kind::nothing);
  CHECK(root.find("nothing")->line == 9);
  CHECK(root.find("Name") == nullptr);
}

TEST_CASE("yaml: an empty file is an empty mapping") {
  for (const char* text : {"", "# nothing\n", "---\n", "~"}) {
    CAPTURE(text);
    CHECK(parsed(text).root().kind == YamlNode::Kind::mapping);
    CHECK(parsed(text).root().members.empty());
  }
}

TEST_CASE("yaml: what is wrong, and where") {
  CHECK_THAT(error_of("a: 1\nb: [1\nc: 2\n"), ContainsSubstring("f.yml:") && ContainsSubstring("no valid YAML"));
  CHECK(error_of("a: 1\nb: 2\na: 3\n") == "f.yml:3: 'a' stands there twice");
  CHECK(error_of("a:\n  b: 1\n  b: 2\n") == "f.yml:3: 'b' stands there twice");
  CHECK(error_of("a: 1\n? [x]\n: 2\n") == "f.yml:2: a key must be plain text");
  CHECK_THAT(error_of("a: 1\n---\nb: 2\n"), ContainsSubstring("second document"));
  CHECK_THAT(error_of("a: *nowhere\n"), ContainsSubstring("f.yml:1: no valid YAML"));
}

TEST_CASE("yaml: hostile files end") {
  SECTION("aliases of aliases") {
    std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 12; ++i) {
      const std::string before = "*a" + std::to_string(i - 1);
      text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
      for (int j = 0; j < 9; ++j) text += before + ", ";
      text += before + "]\n";
    }
    CHECK_THAT(error_of(text), ContainsSubstring("too much"));
  }
  SECTION("depth") { CHECK_THAT(error_of(std::string(100'000, '[')), ContainsSubstring("no valid YAML")); }
  SECTION("bytes") { CHECK_FALSE(YamlFile::parse("f.yml", std::string_view("\0\xff\xfe:\n\t- &", 9)).has_value()); }
}

TEST_CASE("yaml: a file that is not there") {
  const auto file = YamlFile::read("/nowhere/f.yml");
  REQUIRE_FALSE(file.has_value());
  CHECK(file.error().code == ErrorCode::io);
  CHECK_THAT(file.error().message, ContainsSubstring("'/nowhere/f.yml'") && ContainsSubstring("No such file"));
}

TEST_CASE("yaml: what a node must be") {
  const YamlFile file = parsed("text: secret\nlist: [a, b]\nmap: {k: v}\nnothing:\nyes: true\nno: off\n");
  const YamlNode& root = file.root();
  const auto node = [&root](const char* key) -> const YamlNode& { return *root.find(key); };

  CHECK(*file.text(node("text"), "text") == "secret");
  CHECK(file.text(node("nothing"), "x").error().message == "f.yml:4: x: the value is missing");
  CHECK(file.text(node("list"), "x").error().message == "f.yml:2: x must be one plain value");
  CHECK(*file.texts(node("list"), "x") == std::vector<std::string>{"a", "b"});
  CHECK(*file.texts(node("text"), "x") == std::vector<std::string>{"secret"});
  CHECK(file.texts(node("nothing"), "x")->empty());
  CHECK(file.texts(node("map"), "x").error().message == "f.yml:3: x must be a list");
  CHECK(*file.boolean(node("yes"), "x"));
  CHECK_FALSE(*file.boolean(node("no"), "x"));
  CHECK(file.boolean(node("text"), "x").error().message == "f.yml:1: x must be true or false");
  CHECK(file.sequence(node("list"), "x").has_value());
  CHECK(file.sequence(node("nothing"), "x").has_value());
  CHECK(file.sequence(node("text"), "x").error().message == "f.yml:1: x must be a list");
}

TEST_CASE("yaml: unknown keys are refused, with the nearest") {
  static constexpr std::array<std::string_view, 2> known{"cert_file", "key_file"};
  const YamlFile file = parsed("cert_file: a\ncertfile: b\n");
  CHECK(file.keys(file.root(), "tls", known).error().message == "f.yml:2: 'certfile' is not a key of tls: did you mean 'cert_file'?");
  const YamlFile other = parsed("something_else: a\n");
  CHECK(other.keys(other.root(), "tls", known).error().message == "f.yml:1: 'something_else' is not a key of tls");
  const YamlFile good = parsed("key_file: a\n");
  CHECK(good.keys(good.root(), "tls", known).has_value());
  CHECK(good.keys(*good.root().find("key_file"), "key_file", known).error().message == "f.yml:1: key_file must be a mapping, 'key: value'");
}
