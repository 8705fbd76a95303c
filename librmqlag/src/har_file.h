// har_file.h: what a HAR file holds of a console's answers, pass by pass. Private; used by the replay (har_replay.cc), which plays it,
// and by the recorder (har_recorder.cc), which signs as the creator whose pages are passes.
// Reads HAR 1.2 as the recorder and as browsers write it; whatever is not a request to the console's API is left out.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rmqlag/expected.h"
#include "rmqlag/http.h"

namespace rmqlag::internal {

using Parameters = std::vector<std::pair<std::string, std::string>>;

struct HarEntry {
  std::string method;
  std::string path;           ///< below the context path, with its leading '/'
  Parameters parameters;      ///< decoded, sorted
  Wall start{}, end{};        ///< 1970 to 2200, so that differences fit nanoseconds
  Expected<HttpResponse> answer = HttpResponse{};  ///< an error where the recording holds a failure, or no body
};

/// What one collection asked: a page of a file that the recorder wrote, the whole of any other.
struct HarPass {
  Wall start{};                   ///< of the page, else of the first entry
  std::vector<HarEntry> entries;  ///< by start, those that began together in the file's order; none where the collection asked nothing
};

struct HarFile {
  std::string base_url;         ///< scheme://host[:port][/context], no credentials
  std::string context_path;     ///< "" or "/context"
  std::vector<HarPass> passes;  ///< never empty; in the file's order
};

/// The recorder's name in `log.creator`: only of its files the pages are passes.
inline constexpr std::string_view har_creator = "rmqlag";

inline constexpr std::string_view topic_list_path = "/topic/list.query";
inline constexpr std::string_view topic_consumers_path = "/topic/queryConsumerByTopic.query";
inline constexpr std::string_view login_path = "/login/login.do";

/// Error `bad_file`: "name: place: what is wrong".
Expected<HarFile> read_har(std::string_view name, std::string_view text);

}  // namespace rmqlag::internal
