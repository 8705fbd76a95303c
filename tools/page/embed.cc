// embed.cc: joins page.html, page.css and page.js into one document and writes it as C++ source: the definition of page_document().
// Run by the build: embed page.html page.css page.js page_document.cc. {{page.css}} in the HTML stands for that file.
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

std::string content(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in || text.empty()) throw std::runtime_error("cannot read " + file);
  return text;
}

std::string base_name(const std::string& file) { return file.substr(file.find_last_of("/\\") + 1); }

void put_in_place(std::string& document, const std::string& file) {
  const std::string place = "{{" + base_name(file) + "}}";
  const std::size_t at = document.find(place);
  if (at == std::string::npos) throw std::runtime_error("no place for " + file);
  document.replace(at, place.size(), content(file));
}

/// As numbers: no limit on the length of literals, nothing to escape.
void write_source(std::ostream& out, std::string_view document) {
  constexpr std::size_t numbers_per_line = 32;
  out << "// Made by embed.cc from page.html, page.css and page.js.\n#include \"page/page.h\"\n\nnamespace rmqlag::tools {\n"
         "namespace {\n\nconstexpr unsigned char document[] = {";
  for (std::size_t i = 0; i < document.size(); ++i) {
    out << (i % numbers_per_line == 0 ? "\n" : "") << static_cast<unsigned>(static_cast<unsigned char>(document[i])) << ',';
  }
  out << "\n};\n\n}  // namespace\n\n"
         "std::string_view page_document() { return {reinterpret_cast<const char*>(document), sizeof document}; }\n\n"
         "}  // namespace rmqlag::tools\n";
}

}  // namespace

int main(int argc, char* argv[]) try {
  const std::vector<std::string> files(argv + 1, argv + argc);
  if (files.size() != 4) throw std::runtime_error("usage: embed HTML CSS JS OUTPUT");
  std::string document = content(files[0]);
  put_in_place(document, files[1]);
  put_in_place(document, files[2]);
  std::ofstream out(files[3], std::ios::binary);
  write_source(out, document);
  out.close();
  if (!out) throw std::runtime_error("cannot write " + files[3]);
  return 0;
} catch (const std::exception& error) {
  std::cerr << "embed: " << error.what() << '\n';
  return 1;
}
