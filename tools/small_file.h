// small_file.h: a configuration file, a certificate: read whole; and whether it has changed. Used by yaml_file.h, tls.h, web_access.h.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "rmqlag/expected.h"

namespace rmqlag::tools {

/// Errors: `io`, it cannot be read; `bad_file`, it is larger than 4 MiB. Both name it.
Expected<std::string> read_small_file(const std::string& name);

/// Tells one state of a file from another; all zero where there is none.
struct FileStamp {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  std::int64_t modified_ns = 0;
  bool operator==(const FileStamp&) const = default;
};

/// Follows links, as they are swapped under a mounted Kubernetes secret.
FileStamp stamp_of(const std::string& name);

}  // namespace rmqlag::tools
