// har_redact.h: takes secrets out of what a recording, or a message about one, shows. Private; used by the recorder and the replay.
// Members and parameters are found by their names with a JSON reader and a query parser, not by patterns in the text.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "rmqlag/http.h"

namespace rmqlag::internal {

/// Of a response's headers a recording keeps these: none of them identifies anyone.
bool is_recorded_header(std::string_view name);

/// One per recording: the shown ids stay distinct where the raw ones are.
class HarRedactor {
 public:
  struct Body {
    std::string text;
    bool withheld = false;  ///< looks like JSON but is none, so nothing can be found in it
  };

  /// Without user info and fragment; secret parameters become "***".
  std::string url(std::string_view url);
  /// Those that are recorded.
  std::vector<Header> headers(const std::vector<Header>& headers) const;
  /// A Location: neither user info nor query; of a fragment, the route to a page.
  std::string location(std::string_view location) const;
  /// Words for people, in valid UTF-8.
  std::string message(std::string_view text) const;
  std::string request_body(std::string_view body);
  /// Every value is taken out, whatever its name.
  std::string login_body(std::string_view body);
  Body response_body(std::string_view body);
  /// The shortest id that parses alike, with "#1", "#2" where distinct ids would fall together.
  std::string client_id(std::string_view raw);

 private:
  std::string query(std::string_view query, bool every_value);
  Body json(std::string_view body, bool every_value);

  std::map<std::string, std::string, std::less<>> shown_;  // by raw id
  std::map<std::string, int, std::less<>> sharing_;        // raw ids by what they are shortened to
};

}  // namespace rmqlag::internal
