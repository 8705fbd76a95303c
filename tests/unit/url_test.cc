// url_test.cc: encoding parts of URLs and taking URLs apart.
#include "url.h"

#include "support/catch.h"

using namespace rmqlag::internal;

TEST_CASE("everything but unreserved characters is encoded") {
  CHECK(percent_encode("") == "");
  CHECK(percent_encode("AZaz09-._~") == "AZaz09-._~");
  CHECK(percent_encode("%RETRY%g+t") == "%25RETRY%25g%2Bt");
  CHECK(percent_encode("a b|c/d?e&f=g#h") == "a%20b%7Cc%2Fd%3Fe%26f%3Dg%23h");
  CHECK(percent_encode("ä") == "%C3%A4");
  CHECK(percent_encode(std::string_view("\0\xFF", 2)) == "%00%FF");
}

TEST_CASE("escapes are decoded, anything else stays") {
  CHECK(percent_decode("%25RETRY%25g%2Bt") == "%RETRY%g+t");
  CHECK(percent_decode("%c3%A4") == "ä");
  CHECK(percent_decode("%RETRY%g") == "%RETRY%g");
  CHECK(percent_decode("%") == "%");
  CHECK(percent_decode("100%2") == "100%2");
  CHECK(percent_decode("%4G%41") == "%4GA");
  CHECK(percent_decode("%%41") == "%A");
  CHECK(percent_decode("%2541") == "%41");
  CHECK(percent_decode("%00") == std::string(1, '\0'));
  CHECK(percent_decode("a+b") == "a+b");
  CHECK(percent_decode("a+b%2B", true) == "a b+");
}

TEST_CASE("every text survives encoding and decoding") {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  CHECK(percent_decode(percent_encode(all)) == all);
  CHECK(percent_decode(percent_encode(all), true) == all);
}

TEST_CASE("a URL and its parts") {
  struct Case {
    std::string url, scheme, user_info, host, port, path, query, fragment;
  };
  const auto c = GENERATE(values<Case>({
      {"http://h", "http", "", "h", "", "", "", ""},
      {"http://h/", "http", "", "h", "", "/", "", ""},
      {"https://h.example:8443/rmq/topic/list.query?a=1&b=2#/x?y", "https", "", "h.example", "8443", "/rmq/topic/list.query", "a=1&b=2",
       "/x?y"},
      {"http://user:p@ss@h:80/p", "http", "user:p@ss", "h", "80", "/p", "", ""},
      {"http://[::1]:8080/p", "http", "", "[::1]", "8080", "/p", "", ""},
      {"http://[fe80::1%25eth0]", "http", "", "[fe80::1%25eth0]", "", "", "", ""},
      {"http://h:", "http", "", "h", "", "", "", ""},
      {"http://h?q=a/b", "http", "", "h", "", "", "q=a/b", ""},
      {"http://h#f?/@x", "http", "", "h", "", "", "", "f?/@x"},
      {"http://h/a@b:1", "http", "", "h", "", "/a@b:1", "", ""},
      {"http://h/p?", "http", "", "h", "", "/p", "", ""},
      {"http://h/p?u=http://x/y", "http", "", "h", "", "/p", "u=http://x/y", ""},
      {"HTTP://H", "HTTP", "", "H", "", "", "", ""},
  }));
  CAPTURE(c.url);
  const std::optional<UrlParts> parts = split_url(c.url);
  REQUIRE(parts.has_value());
  CHECK(parts->scheme == c.scheme);
  CHECK(parts->user_info == c.user_info);
  CHECK(parts->host == c.host);
  CHECK(parts->port == c.port);
  CHECK(parts->path == c.path);
  CHECK(parts->query == c.query);
  CHECK(parts->fragment == c.fragment);
}

TEST_CASE("what has no scheme or no host is no URL") {
  const std::string_view url = GENERATE(as<std::string_view>(), "", "h", "h:8080", "/p", "://h", "http:", "http:/h", "http://", "http:///p",
                                        "http://:80/p", "http://user@/p", "1http://h", "ht tp://h", "/p?u=http://h");
  CAPTURE(url);
  CHECK_FALSE(split_url(url).has_value());
}

TEST_CASE("parameters in order, decoded") {
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  CHECK(parse_query("").empty());
  CHECK(parse_query("a=1&b=%25") == Pairs{{"a", "1"}, {"b", "%"}});
  CHECK(parse_query("topic=%25RETRY%25g+t&topic=x") == Pairs{{"topic", "%RETRY%g t"}, {"topic", "x"}});
  CHECK(parse_query("a=b=c&&d&=e") == Pairs{{"a", "b=c"}, {"d", ""}, {"", "e"}});
  CHECK(parse_query("a%26b=%3D") == Pairs{{"a&b", "="}});
}
