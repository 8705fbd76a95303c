// text_grid.h: cells in aligned columns for a terminal, with few and calm colours. Private; used by lag_table.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rmqlag::internal {

enum class Style : std::uint8_t { plain, bold, dim, yellow };

/// Appends `text`; with ANSI codes for the style around it if `colour`.
void append_styled(std::string& out, std::string_view text, Style style, bool colour);

struct Cell {
  std::string text;
  Style style = Style::plain;
};

/// The last cell of a line that has fewer cells than there are columns runs on over the columns that are left, and widens none.
using Line = std::vector<Cell>;

struct Column {
  std::string title;
  bool right = false;  ///< numbers: aligned to the right
};

/// Appends titles and lines, two spaces between columns, none at the ends. Widths are terminal columns; texts must be printable.
void append_grid(std::string& out, const std::vector<Column>& columns, const std::vector<Line>& lines, bool colour);

}  // namespace rmqlag::internal
