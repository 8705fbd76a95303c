// standard_output.cc: text to standard output (standard_output.h).
#include "standard_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <system_error>

#include "log.h"

namespace rmqlag::tools {

bool print(std::string_view text) {
  return print([text](int descriptor) { return write_all(descriptor, text); });
}

bool print(const Writing& write) {
  const std::error_code error = write(STDOUT_FILENO);
  if (error && error != std::errc::broken_pipe) say("cannot write to standard output: " + error.message());
  return !error;
}

void hold_standard_streams() {
  // Opened for reading only: what is written there still fails, and is told.
  int descriptor = ::open("/dev/null", O_RDONLY);
  while (descriptor >= 0 && descriptor <= STDERR_FILENO) descriptor = ::open("/dev/null", O_RDONLY);
  if (descriptor >= 0) ::close(descriptor);
}

}  // namespace rmqlag::tools
