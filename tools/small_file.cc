// small_file.cc: a configuration file, a certificate (small_file.h).
#include "small_file.h"

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>

#include "values.h"

namespace rmqlag::tools {
namespace {

constexpr std::size_t largest = std::size_t{4} << 20;

}  // namespace

Expected<std::string> read_small_file(const std::string& name) {
  const auto failed = [&name] {
    return Error{ErrorCode::io, "cannot read " + quoted(name) + ": " + std::generic_category().message(errno)};
  };
  errno = 0;
  std::ifstream in(name, std::ios::binary);
  if (!in) return failed();
  std::string text;
  std::array<char, 16 * 1024> piece;
  while (in.read(piece.data(), piece.size()) || in.gcount() > 0) {
    text.append(piece.data(), static_cast<std::size_t>(in.gcount()));
    if (text.size() > largest) return Error{ErrorCode::bad_file, name + ": larger than " + std::to_string(largest >> 20) + " MiB"};
  }
  if (in.bad()) return failed();
  return text;
}

FileStamp stamp_of(const std::string& name) {
  struct stat status {};
  if (::stat(name.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino, status.st_size, std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

}  // namespace rmqlag::tools
