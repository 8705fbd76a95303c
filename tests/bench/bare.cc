// bare.cc: initialises the libraries that `rmqlag serve` uses, and does nothing with them. bench.py compares its memory with serve's.
// Ends with its standard input.
#include <curl/curl.h>
#include <microhttpd.h>

#include <cstdio>
#include <memory>

int main() {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)> multi(curl_multi_init(), curl_multi_cleanup);
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy(curl_easy_init(), curl_easy_cleanup);
  const auto no = [](void*, MHD_Connection*, const char*, const char*, const char*, const char*, std::size_t*, void**) { return MHD_NO; };
  constexpr unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC;
  const std::unique_ptr<MHD_Daemon, decltype(&::MHD_stop_daemon)> daemon(
      ::MHD_start_daemon(flags, 0, nullptr, nullptr, no, nullptr, MHD_OPTION_THREAD_POOL_SIZE, 2U, MHD_OPTION_END), ::MHD_stop_daemon);
  std::puts("ready");
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
}
