// text_grid.cc: aligned columns of text (text_grid.h).
#include "text_grid.h"

#include <algorithm>

#include "utf8.h"

namespace rmqlag::internal {
namespace {

constexpr std::size_t space_between = 2;

std::string_view code_of(Style style) {
  switch (style) {
    case Style::bold: return "\x1b[1m";
    case Style::dim: return "\x1b[2m";
    case Style::yellow: return "\x1b[33m";
    case Style::plain: break;
  }
  return "";
}

bool runs_on(const Line& line, std::size_t cell, std::size_t columns) { return cell + 1 == line.size() && line.size() < columns; }

std::vector<std::size_t> widths(const std::vector<Column>& columns, const std::vector<Line>& lines) {
  std::vector<std::size_t> widths;
  for (const Column& column : columns) widths.push_back(display_width(column.title));
  for (const Line& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (!runs_on(line, i, columns.size())) widths[i] = std::max(widths[i], display_width(line[i].text));
    }
  }
  return widths;
}

class GridWriter {
 public:
  GridWriter(std::string& out, const std::vector<Column>& columns, const std::vector<Line>& lines, bool colour)
      : out_(out), columns_(columns), widths_(widths(columns, lines)), colour_(colour) {}

  void append(const Line& line) {
    std::size_t space = 0;  // written only when something follows, so that no line ends in spaces
    for (std::size_t i = 0; i < line.size(); ++i) {
      const Cell& cell = line[i];
      const std::size_t width = display_width(cell.text);
      const std::size_t padding = widths_[i] - std::min(width, widths_[i]);
      if (columns_[i].right && !runs_on(line, i, columns_.size())) {
        space += padding;
        append_cell(cell, space);
      } else {
        append_cell(cell, space);
        space += padding;
      }
      space += space_between;
    }
    out_ += '\n';
  }

 private:
  void append_cell(const Cell& cell, std::size_t& space) {
    if (cell.text.empty()) return;
    out_.append(space, ' ');
    append_styled(out_, cell.text, cell.style, colour_);
    space = 0;
  }

  std::string& out_;
  const std::vector<Column>& columns_;
  std::vector<std::size_t> widths_;
  bool colour_;
};

}  // namespace

void append_styled(std::string& out, std::string_view text, Style style, bool colour) {
  if (!colour || style == Style::plain) {
    out += text;
    return;
  }
  out += code_of(style);
  out += text;
  out += "\x1b[0m";
}

void append_grid(std::string& out, const std::vector<Column>& columns, const std::vector<Line>& lines, bool colour) {
  GridWriter writer(out, columns, lines, colour);
  Line titles;
  for (const Column& column : columns) titles.push_back({column.title, Style::bold});
  writer.append(titles);
  for (const Line& line : lines) writer.append(line);
}

}  // namespace rmqlag::internal
