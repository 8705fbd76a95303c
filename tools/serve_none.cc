// serve_none.cc: stands in for serve.cc, and all that only serve needs, where one of its libraries is missing.
#include "exit_code.h"
#include "log.h"
#include "serve.h"

namespace rmqlag::tools {

int serve(const Settings&, const SettingsReader&) {
  say("serve is not in this build: it was made without libmicrohttpd, GnuTLS, zlib or libcrypt");
  return exit_code::usage;
}

}  // namespace rmqlag::tools
