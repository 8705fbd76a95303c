// export.h: the mark on what the shared library exports.
// Used by every public header. Everything without it is hidden.
#pragma once

#if defined(_WIN32)
#define RMQLAG_EXPORT
#else
#define RMQLAG_EXPORT __attribute__((visibility("default")))
#endif
