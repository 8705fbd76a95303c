// progress.h: "reading topics: 12 of 43" on standard error while one waits, if that is a terminal. Used by dump and record.
#pragma once

#include <functional>

#include "rmqlag/http.h"

namespace rmqlag::tools {

/// One line that rewrites itself, ten times a second at most, and is gone when the object goes.
class Progress {
 public:
  Progress();
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// For `Collect::progress`; empty where nobody looks. Valid as long as this object.
  std::function<void(int done, int of)> callback();

 private:
  void show(int done, int of);

  const bool terminal_;
  bool shown_ = false;
  Steady next_{};
};

}  // namespace rmqlag::tools
