// output_file_test.cc: files that are whole or not there.
#include "output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "support/catch.h"

using namespace rmqlag;
using namespace rmqlag::tools;

namespace {

namespace fs = std::filesystem;

/// A directory for one test.
class Directory {
 public:
  Directory() : path_(fs::temp_directory_path() / ("rmqlag-output-" + std::to_string(::getpid()))) { fs::create_directory(path_); }
  ~Directory() { fs::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::ptrdiff_t entries() const { return std::distance(fs::directory_iterator(path_), fs::directory_iterator()); }

 private:
  fs::path path_;
};

std::string content(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

unsigned mode(const std::string& file) {
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  return status.st_mode & 0777;
}

}  // namespace

TEST_CASE("output_file: a new file and a replaced one") {
  const Directory directory;
  const std::string file = directory / "lag.json";
  const ::mode_t mask = ::umask(027);
  CHECK(write_file(file, "one").has_value());
  ::umask(mask);
  CHECK(content(file) == "one");
  CHECK(mode(file) == 0640);

  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  const std::string large(3'000'000, 'x');
  CHECK(write_file(file, large).has_value());
  CHECK(content(file) == large);
  CHECK(mode(file) == 0600);
  CHECK(directory.entries() == 1);
}

TEST_CASE("output_file: whoever has the old file open keeps reading the old content") {
  const Directory directory;
  const std::string file = directory / "lag.json";
  REQUIRE(write_file(file, "old").has_value());
  std::ifstream reader(file);
  REQUIRE(write_file(file, "new").has_value());
  std::string seen;
  reader >> seen;
  CHECK(seen == "old");
}

TEST_CASE("output_file: a failure leaves nothing") {
  const Directory directory;
  SECTION("no directory") {
    const auto result = write_file(directory / "no/such/file", "x");
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == ErrorCode::io);
    CHECK_THAT(result.error().message, ContainsSubstring("no/such/file") && ContainsSubstring("No such file or directory"));
    CHECK_FALSE(check_writable(directory / "no/such/file").has_value());
  }
  SECTION("the name of a directory") {
    const std::string inner = directory / "inner";
    fs::create_directory(inner);
    CHECK_FALSE(write_file(inner, "x").has_value());
    CHECK_THAT(check_writable(inner).error().message, ContainsSubstring("directory"));
    CHECK(directory.entries() == 1);
  }
  SECTION("a disk that is full") {
    const auto result = write_file("/dev/full", "x");
    REQUIRE_FALSE(result.has_value());
    CHECK_THAT(result.error().message, ContainsSubstring("No space left"));
  }
  SECTION("a rename without a file") { CHECK_FALSE(rename_file(directory / "none", directory / "other").has_value()); }
}

TEST_CASE("output_file: a leftover of a killed process is no obstacle") {
  const Directory directory;
  const std::string file = directory / "lag.json";
  std::ofstream(file + ".tmp-" + std::to_string(::getpid())) << "half";
  CHECK(write_file(file, "whole").has_value());
  CHECK(content(file) == "whole");
  CHECK(directory.entries() == 1);
}

TEST_CASE("output_file: a link is followed, not replaced") {
  const Directory directory;
  const std::string target = directory / "target";
  const std::string link = directory / "link";
  fs::create_symlink("target", link);
  SECTION("to a file") { std::ofstream(target) << "old"; }
  SECTION("to nothing yet") {}
  CHECK(check_writable(link).has_value());
  CHECK(write_file(link, "new").has_value());
  CHECK(fs::is_symlink(link));
  CHECK(content(target) == "new");
}

TEST_CASE("output_file: what is no regular file is written to as it is") {
  CHECK(check_writable("/dev/null").has_value());
  CHECK(write_file("/dev/null", "x").has_value());
  CHECK(fs::is_character_file("/dev/null"));
}

TEST_CASE("output_file: write_all tells that nobody reads") {
  std::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  ::close(ends[0]);
  CHECK(write_all(ends[1], "x") == std::errc::broken_pipe);
  CHECK_FALSE(write_all(ends[1], ""));
  ::close(ends[1]);
  CHECK(write_all(ends[1], "x") == std::errc::bad_file_descriptor);
}
