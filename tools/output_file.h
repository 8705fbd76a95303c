// output_file.h: bytes to files and streams, whole or not at all. Used by dump, record and the log.
// Errors are `io`, name the file and say why.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <system_error>

#include "rmqlag/expected.h"

namespace rmqlag::tools {

/// Writes all of `text`, however often the system takes only a part. The error says why it could not (EPIPE: nobody reads any more).
[[nodiscard]] std::error_code write_all(int descriptor, std::string_view text);

/// Makes a document and writes it to a descriptor, piece by piece where it is large.
using Writing = std::function<std::error_code(int descriptor)>;

/// Whether `write_file` has a chance: to be asked before an expensive answer is fetched.
Expected<void> check_writable(const std::string& file);

/// Makes `file` hold what `write` writes: written beside it, synchronised, then renamed over it, so that a reader sees the old content or the new,
/// never a part. On failure the old file stays as it was and nothing else is left. An existing file keeps its permissions; a link is
/// followed; what is not a regular file (a pipe, /dev/stdout) is written to as it is.
Expected<void> write_file(const std::string& file, const Writing& write);
Expected<void> write_file(const std::string& file, std::string_view text);

/// Puts a finished file under its final name.
Expected<void> rename_file(const std::string& from, const std::string& to);

/// Removes a file that is no use; that it is not there is no failure.
void remove_file(const std::string& file);

}  // namespace rmqlag::tools
