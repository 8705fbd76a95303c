// progress.cc: how far a reading is, on a terminal (progress.h).
#include "progress.h"

#include <unistd.h>

#include <chrono>
#include <string>

#include "log.h"

namespace rmqlag::tools {
namespace {

constexpr auto pause = std::chrono::milliseconds(100);
constexpr auto erase_line = "\r\x1b[K";

}  // namespace

Progress::Progress() : terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (shown_) Log::write_to_stderr(erase_line);
}

std::function<void(int, int)> Progress::callback() {
  if (!terminal_) return {};
  return [this](int done, int of) { show(done, of); };
}

void Progress::show(int done, int of) {
  const Steady now = std::chrono::steady_clock::now();
  if (now < next_) return;
  next_ = now + pause;
  shown_ = true;
  const std::string what = of == 0 ? "reading the topic list" : "reading topics: " + std::to_string(done) + " of " + std::to_string(of);
  Log::write_to_stderr(erase_line + what);
}

}  // namespace rmqlag::tools
