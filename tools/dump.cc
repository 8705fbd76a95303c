// dump.cc: the command `dump` (dump.h).
#include "dump.h"

#include <unistd.h>

#include <chrono>
#include <ctime>
#include <optional>

#include "exit_code.h"
#include "exposition_pieces.h"
#include "interrupt.h"
#include "log.h"
#include "output_file.h"
#include "progress.h"
#include "rmqlag/lag_csv.h"
#include "rmqlag/lag_json.h"
#include "rmqlag/lag_table.h"
#include "shortfall.h"
#include "source_setup.h"
#include "standard_output.h"

namespace rmqlag::tools {
namespace {

constexpr std::size_t top_on_a_terminal = 20;

std::chrono::minutes local_utc_offset(Wall time) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  return std::chrono::minutes(parts.tm_gmtoff / 60);
}

std::error_code write_exposition(const Snapshot& snapshot, const Settings& settings, ExpositionFormat format, int descriptor) {
  constexpr std::size_t piece_size = std::size_t{64} << 10;
  std::error_code error;  // the first is the last thing that is tried
  ExpositionPieces pieces(format, piece_size, [&](const std::string& piece) {
    if (!error) error = write_all(descriptor, piece);
  });
  write_metrics(snapshot, settings.metrics, pieces);
  pieces.finish();
  return error;
}

std::error_code write_document(const Snapshot& snapshot, const Settings& settings, int descriptor) {
  const bool terminal = settings.output.empty() && ::isatty(STDOUT_FILENO) == 1;
  Selection selection = settings.selection;
  selection.top = settings.top.value_or(terminal && settings.format == DumpFormat::table ? top_on_a_terminal : 0);
  switch (settings.format) {
    case DumpFormat::json: return write_all(descriptor, lag_json(snapshot, {selection, settings.rows}));
    case DumpFormat::csv: return write_all(descriptor, lag_csv(snapshot, selection));
    case DumpFormat::prometheus: return write_exposition(snapshot, settings, ExpositionFormat::text, descriptor);
    case DumpFormat::openmetrics: return write_exposition(snapshot, settings, ExpositionFormat::openmetrics, descriptor);
    case DumpFormat::table: break;
  }
  return write_all(descriptor, lag_table(snapshot, {selection, terminal && settings.colour_allowed, local_utc_offset}));
}

/// Programs get a document also of a failed pass, so that an old one does not pass for the present. People get the message alone.
bool worth_writing(const Snapshot& snapshot, DumpFormat format) {
  return snapshot.outcome != Outcome::failed || format != DumpFormat::table;
}

int verdict(const Snapshot& snapshot, const Settings& settings) {
  const std::string missing = shortfall(snapshot).text();
  switch (snapshot.outcome) {
    case Outcome::complete: break;
    case Outcome::failed:
      say("nothing could be read from " + snapshot.url + ": " + missing);
      return exit_code::nothing_read;
    case Outcome::partial:
      if (settings.log.level >= LogLevel::warn || settings.fail_on_partial) say("partly read: " + missing);
      return settings.fail_on_partial ? exit_code::partly_read : exit_code::done;
  }
  return exit_code::done;
}

}  // namespace

int dump(const Settings& settings) {
  if (!settings.output.empty()) {
    if (const auto ok = check_writable(settings.output); !ok) {
      say(ok.error().message);
      return exit_code::not_written;
    }
  }
  std::optional<Interrupt> interrupt(std::in_place);
  const auto connection = connect(settings);
  if (!connection) {
    say(connection.error().message);
    return exit_code::usage;
  }
  const auto source = make_source(settings, *connection);
  if (!source) {
    say(source.error().message);
    return exit_code::usage;
  }
  std::shared_ptr<const Snapshot> snapshot;
  {
    Progress progress;
    snapshot = read_once(settings, *connection, **source, progress.callback(), interrupt->token());
  }
  if (interrupt->requested()) {
    say("interrupted");
    return exit_code::interrupted;
  }
  if (worth_writing(*snapshot, settings.format)) {
    const auto document = [&](int descriptor) { return write_document(*snapshot, settings, descriptor); };
    if (settings.output.empty()) {
      interrupt.reset();  // a pipe may block for ever: from here on the signals end the process
      if (!print(document)) return exit_code::not_written;
    } else if (const auto ok = write_file(settings.output, document); !ok) {
      say(ok.error().message);
      return exit_code::not_written;
    }
  }
  return verdict(*snapshot, settings);
}

}  // namespace rmqlag::tools
