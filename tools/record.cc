// record.cc: the command `record` (record.h).
#include "record.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>

#include "exit_code.h"
#include "interrupt.h"
#include "log.h"
#include "output_file.h"
#include "progress.h"
#include "rmqlag/har.h"
#include "rmqlag/version.h"
#include "shortfall.h"
#include "source_setup.h"

namespace rmqlag::tools {
namespace {

/// The passes that were made, and the last one's snapshot.
struct Passes {
  std::int64_t made = 0;
  std::shared_ptr<const Snapshot> last;
};

Passes read_passes(Source& source, const Connection& connection, const Settings& settings, std::stop_token stop) {
  const std::int64_t wanted = settings.passes.value_or(connection.passes());
  Passes passes;
  while (true) {
    {
      Progress progress;
      passes.last = source.collect({connection.deadline(settings.deadline), passes.last, progress.callback(), stop});
    }
    if (stop.stop_requested() || ++passes.made == wanted) return passes;
    // A recording does not change while one waits.
    if (connection.replay == nullptr && !sleep_unless(stop, settings.interval)) return passes;
  }
}

std::string size_text(std::uintmax_t bytes) {
  constexpr std::uintmax_t kib = 1024;
  if (bytes < 10 * kib) return std::to_string(bytes) + " bytes";
  if (bytes < 10 * kib * kib) return std::to_string(bytes / kib) + " KiB";
  return std::to_string(bytes / kib / kib) + " MiB";
}

std::string closing_line(const std::string& file, int entries) {
  std::error_code unknown;
  const std::uintmax_t size = std::filesystem::file_size(file, unknown);
  return "recorded " + std::to_string(entries) + (entries == 1 ? " answer" : " answers") + (unknown ? "" : ", " + size_text(size)) +
         "; to look at them: rmqlag dump " + file;
}

/// Gives a recording its name, or removes it where it is no use. The exit code, `done` if the file is there.
int finish_file(const std::string& partial, const std::string& file, int entries, const Expected<void>& written) {
  if (!written) {
    remove_file(partial);
    say(written.error().message);
    return exit_code::not_written;
  }
  if (entries == 0) {
    remove_file(partial);
    say("nothing was recorded");
    return exit_code::nothing_read;
  }
  if (const auto ok = rename_file(partial, file); !ok) {
    remove_file(partial);
    say(ok.error().message);
    return exit_code::not_written;
  }
  say(closing_line(file, entries));
  return exit_code::done;
}

/// The exit code of what was read, the file being there.
int verdict(const Passes& passes, const Settings& settings) {
  const Snapshot& snapshot = *passes.last;
  const std::string missing = shortfall(snapshot).text();
  if (snapshot.outcome == Outcome::failed) {
    say("nothing could be read from " + snapshot.url + ": " + missing);
    return exit_code::nothing_read;
  }
  if (snapshot.outcome == Outcome::partial && settings.log.level >= LogLevel::warn) say("partly read: " + missing);
  return exit_code::done;
}

}  // namespace

int record(const Settings& settings) {
  if (const auto ok = check_writable(settings.output); !ok) {
    say(ok.error().message);
    return exit_code::not_written;
  }
  const Interrupt interrupt;
  auto connection = connect(settings);
  if (!connection) {
    say(connection.error().message);
    return exit_code::usage;
  }
  const std::string partial = settings.output + ".partial";
  auto created = HarRecorder::create(partial, "rmqlag " + std::string(version()), connection->transport);
  if (!created) {
    say(created.error().message);
    return exit_code::not_written;
  }
  const std::shared_ptr<HarRecorder> recorder = *std::move(created);
  connection->transport = recorder;

  auto source = make_source(settings, *connection);
  if (!source) {
    remove_file(partial);
    say(source.error().message);
    return exit_code::usage;
  }
  const Passes passes = read_passes(**source, *connection, settings, interrupt.token());

  const int finished = finish_file(partial, settings.output, recorder->entries(), recorder->status());
  if (finished == exit_code::not_written) return finished;
  if (interrupt.requested()) {
    say("interrupted");
    return exit_code::interrupted;
  }
  return finished == exit_code::done ? verdict(passes, settings) : finished;
}

}  // namespace rmqlag::tools
