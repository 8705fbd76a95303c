// version.cc: the linked library's version (version.h).
#include "rmqlag/version.h"

namespace rmqlag {

std::string_view version() { return RMQLAG_VERSION; }

}  // namespace rmqlag
