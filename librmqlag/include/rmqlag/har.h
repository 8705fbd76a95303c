// har.h: recordings of a console's answers as HAR 1.2: to replay them as a transport, and to make them.
// Used by every command of the program (--replay, record), by tests, and by whoever wants to look at an incident again.
// A recording made here holds no password, cookie, token or raw client id; one saved by a browser may: replay never shows them.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "rmqlag/expected.h"
#include "rmqlag/http.h"

namespace rmqlag {

/// Answers requests from recordings.
///
/// Matching: method, path below the context path, and all parameters in any order; where nothing matches, method, path and the parameters
/// `topic`, `consumerGroup`, `address` alone. A request repeated within a pass gets the next such entry, the last one again and again.
/// A login is answered by the pass's accepted one, whatever the credentials; what is asked after it is looked for behind it first.
/// Where a pass holds no topic list, one is made of the topics it has answers for.
/// Where nothing fits, or the body was not saved, the request fails: `not_recorded`, with its URL.
/// An entry with status 0 is a recorded failure (`_error`, or the browser's own) and is replayed as that failure.
///
/// Passes: in a file that HarRecorder made (creator "rmqlag") every page is one, and entries of no page are of the first; any other file
/// is one as a whole, whatever its pages. `begin_collection` turns to the next pass, and from a file's last one to the next file;
/// the last of all repeats from its beginning. Nothing is answered out of another pass.
/// Clock: the latest end among the answers handed over, never backwards; a pass that is turned to begins at its page's start,
/// or its first entry's.
/// Waiting while nothing is under way lets the steady clock reach that instant at once. Time-outs never happen.
class RMQLAG_EXPORT HarReplay : public HttpTransport {
 public:
  /// Reads files whole. Errors: `invalid_argument` (no file); `io`;
  /// `bad_file` naming file and place (not HAR 1.2, no entries, no console path in it).
  static Expected<std::unique_ptr<HarReplay>> open(const std::vector<std::string>& files);
  /// The same from memory; `name` stands in messages.
  static Expected<std::unique_ptr<HarReplay>> parse(std::string_view name, std::string_view text);
  ~HarReplay() override;

  /// The console that was recorded: scheme, host, port and context path of the first file.
  const std::string& base_url() const;

  /// How many passes there are until the last one repeats: one at least.
  int passes() const;

  /// serve: let the clock run on with the system's between answers.
  void run_clock(bool on);

  void start(std::uint64_t id, HttpRequest request, std::chrono::milliseconds timeout) override;
  std::optional<Completion> wait(Steady until, std::stop_token stop) override;
  void abandon(std::uint64_t id) override;
  Now now() const override;
  void begin_collection() override;

 private:
  struct Impl;
  explicit HarReplay(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Writes every request that passes through it, and its end, to a file.
///
/// The file is complete HAR after every entry, whenever the process ends. Each collection is a page, named from its first entry on.
/// Nothing is kept in memory but the last answer, the client ids seen and the pages, some 200 bytes each.
/// Taken out: cookies, every request header but Accept and Content-Type, passwords and tokens in bodies, credentials in URLs;
/// every `clientInfo` and `clientId` becomes the shortest id that parses alike (client_id.h), with "#1", "#2" where distinct ids
/// would fall together; other texts lose whatever may be a client id.
/// A body that looks like JSON but is none is withheld. A failed request is an entry with status 0, its code in `_error` and its message
/// in `comment`; so is an abandoned one (`timeout`).
class RMQLAG_EXPORT HarRecorder : public HttpTransport {
 public:
  /// Creates `file` anew. `comment` is written into the log. Error: `io`.
  static Expected<std::unique_ptr<HarRecorder>> create(const std::string& file, std::string_view comment,
                                                       std::shared_ptr<HttpTransport> transport);
  ~HarRecorder() override;

  /// How many entries were written.
  int entries() const;
  /// The first write that failed, or success; it ends the recording, but never disturbs what is recorded.
  Expected<void> status() const;

  void start(std::uint64_t id, HttpRequest request, std::chrono::milliseconds timeout) override;
  std::optional<Completion> wait(Steady until, std::stop_token stop) override;
  void abandon(std::uint64_t id) override;
  Now now() const override;
  void begin_collection() override;

 private:
  struct Impl;
  explicit HarRecorder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rmqlag
