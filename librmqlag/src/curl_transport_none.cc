// curl_transport_none.cc: what stands for the default transport (curl_transport.h) where the library is built without libcurl.
#include "rmqlag/curl_transport.h"

namespace rmqlag {

Expected<std::unique_ptr<HttpTransport>> make_curl_transport(const CurlOptions&) {
  return Error{ErrorCode::invalid_argument, "this librmqlag was built without libcurl: give it a transport of your own (http.h)"};
}

}  // namespace rmqlag
