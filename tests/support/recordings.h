// recordings.h: recordings for tests: where the captured ones are, how to make small ones, how to ask a transport.
// Used by the tests of replay and recorder.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "json_writer.h"
#include "rmqlag/http.h"
#include "support/catch.h"

namespace rmqlag::test {

inline std::filesystem::path captures() {
  const char* folder = std::getenv("RMQLAG_CAPTURES");
  return folder ? folder : "tests/captures";
}

/// Every captured recording, sorted.
inline std::vector<std::string> captured_files(const std::string& name_ends_with = ".har") {
  std::vector<std::string> out;
  for (const auto& file : std::filesystem::recursive_directory_iterator(captures())) {
    const std::string name = file.path().string();
    if (name.ends_with(name_ends_with)) out.push_back(name);
  }
  std::sort(out.begin(), out.end());
  REQUIRE_FALSE(out.empty());  // an empty folder must not make a test pass
  return out;
}

inline std::string read_file(const std::string& name) {
  std::ifstream in(name, std::ios::binary);
  REQUIRE(in.good());
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// A name in the folder for temporary files; what is there is removed at the end.
class TemporaryFile {
 public:
  TemporaryFile() {
    static int count = 0;
    name_ = (std::filesystem::temp_directory_path() / ("rmqlag-" + std::to_string(::getpid()) + "-" + std::to_string(++count))).string();
  }
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(name_, ignored);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& name() const { return name_; }

 private:
  std::string name_;
};

/// One entry of a small recording. `more` is put into the entry as it is: ",\"x\":1".
struct Entry {
  std::string url;
  std::string body = R"({"status":0,"data":null,"errMsg":null})";
  std::string started = "2026-11-22T12:00:00.000Z";
  int time_ms = 10;
  std::string method = "GET";
  int status = 200;
  std::string more = {};
};

inline std::string entry_text(const Entry& entry) {
  std::string out;
  internal::JsonWriter json(out);
  json.begin_object().member("startedDateTime", entry.started).member("time", entry.time_ms);
  json.key("request").begin_object().member("method", entry.method).member("url", entry.url).end_object();
  json.key("response").begin_object().member("status", entry.status);
  json.key("content").begin_object().member("text", entry.body).end_object().end_object().end_object();
  out.insert(out.size() - 1, entry.more);
  return out;
}

inline std::string har_text(const std::vector<std::string>& entries) {
  std::string out = R"({"log":{"version":"1.2","entries":[)";
  for (std::size_t i = 0; i < entries.size(); ++i) out.append(i == 0 ? "" : ",").append(entries[i]);
  return out + "]}}";
}

inline std::string har_text(const std::vector<Entry>& entries) {
  std::vector<std::string> texts;
  for (const Entry& entry : entries) texts.push_back(entry_text(entry));
  return har_text(texts);
}

/// Makes one request and waits for its end.
inline Expected<HttpResponse> ask(HttpTransport& transport, HttpRequest request) {
  transport.start(1, std::move(request), std::chrono::seconds(1));
  auto completion = transport.wait(transport.now().steady + std::chrono::seconds(1), {});
  REQUIRE(completion);
  REQUIRE(completion->id == 1);
  return std::move(completion->result);
}

inline Expected<HttpResponse> ask(HttpTransport& transport, const std::string& url, const std::string& method = "GET") {
  return ask(transport, HttpRequest{method, url, {}, {}});
}

/// The body, or "error code: message".
inline std::string body_of(const Expected<HttpResponse>& result) {
  return result ? result->body : std::string(to_string(result.error().code)) + ": " + result.error().message;
}

}  // namespace rmqlag::test
