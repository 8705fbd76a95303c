// number_text.h: numbers as text, the same in every locale. Private; used by every writer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rmqlag::internal {

/// Room enough for every number that `write_number` writes.
inline constexpr std::size_t number_room = 32;
/// Writes a number as `append_int` and `append_double` do, where there is room for it. Returns its end.
char* write_number(char* to, std::int64_t value);
char* write_number(char* to, double value);

void append_int(std::string& out, std::int64_t value);
/// The shortest decimal text that reads back the same; "NaN", "+Inf", "-Inf" as Prometheus writes them.
void append_double(std::string& out, double value);
/// "12,345,678", "-1,000".
std::string with_thousands(std::int64_t value);
/// The whole text as a decimal int64, or none. No sign but '-', no spaces.
std::optional<std::int64_t> parse_int(std::string_view text);

}  // namespace rmqlag::internal
