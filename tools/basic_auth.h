// basic_auth.h: user names and passwords of the web configuration, bcrypt. Used by web_access.h.
// The one place of libcrypt is basic_auth.cc.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "worker.h"

namespace rmqlag::tools {

/// Nothing if `hash` can be used; else what is wrong with it, as the end of a sentence that begins with its place.
std::optional<std::string> problem_of_bcrypt(std::string_view hash);

struct NamedPassword {
  std::string name, password;
  bool operator==(const NamedPassword&) const = default;
};

/// The value of an Authorization header; none where it is not "Basic" with a name and a password.
std::optional<NamedPassword> parse_basic(std::string_view authorization);

enum class Admission { granted, denied, busy };

/// Checks passwords on a thread of its own, because bcrypt takes its time, one after the other, and remembers the right ones.
/// A name that is not known costs as much as one that is. Thread-safe.
class BasicAuth {
 public:
  using Users = std::map<std::string, std::string, std::less<>>;  ///< from name to bcrypt hash

  /// None: everybody may come in. The new users count for what is asked from now on.
  void set_users(Users users);

  /// Calls `then` once: at once where that costs nothing, else later from the thread; never after `stop`. `busy`: too many wait already.
  void check(std::string_view authorization, std::function<void(Admission)> then);

  /// Waits for the password under way at most; who waits still is told nothing.
  void stop() { worker_.stop(); }

 private:
  /// A password that was right, kept in memory until the hash changes: its clients send it with each request anyway.
  struct Known {
    std::string hash, password;
  };

  bool is_known(const NamedPassword& given) const;
  Admission verify(const NamedPassword& given);

  mutable std::mutex mutex_;
  // Guarded by mutex_:
  Users users_;
  std::map<std::string, Known, std::less<>> known_;
  Worker worker_{100};  // last: it uses all of the above
};

}  // namespace rmqlag::tools
