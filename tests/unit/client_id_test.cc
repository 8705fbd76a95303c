// client_id_test.cc: who a client is, and that nothing else in its id ever shows.
#include "rmqlag/client_id.h"

#include <random>
#include <vector>

#include "support/catch.h"

using namespace rmqlag;

namespace {

struct Case {
  std::string id, host, process;
};

// Keys and what else must never show. Each is cut by a character that ends words somewhere.
const std::vector<std::string> secrets{
    "LTAI4FooBarKey",      "LTAI5tQ8wXc2VbN7mKpLzRsE", "AKIDz8krbsJ5yKBZQpn74WFkmLPx3gnPhESA", "AKIAIOSFODNN7EXAMPLE",
    "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY", "0123456789abcdef", "9f86d081884c7d659a2feaa0c55ad015",
    "QTWAOYTTINDUT2QVKYUC", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2VjcmV0", "a8f5k2m9x0p4q7z1b3c6v5n8",
};

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

}  // namespace

TEST_CASE("every known form of a client id gives its host and process") {
  const auto c = GENERATE(values<Case>({
      // the rows of docs/client-ids.md
      {"10.0.0.7@16015", "10.0.0.7", "16015"},
      {"10.0.0.7@16015#1116941996974051", "10.0.0.7", "16015"},
      {"10.0.0.7@16015#1116941996974051@unitA", "10.0.0.7", "16015"},
      {"10.0.0.7@16015#1116941996974051@STREAM", "10.0.0.7", "16015"},
      {"10.0.0.7@16015@unitA@STREAM", "10.0.0.7", "16015"},
      {"10.0.0.7@DEFAULT", "10.0.0.7", ""},
      {"10.0.0.7@order-service", "10.0.0.7", "order-service"},
      {"10.0.0.7@-1#123456789", "10.0.0.7", ""},
      {"[fe80:0:0:0:1%eth0]@4242#99", "fe80:0:0:0:1", "4242"},
      {"fe80::1@4242#DEFAULT", "fe80::1", "4242"},
      {"${clientIP}@33318#1116941996974051", "", "33318"},
      {"null@4242#99", "", "4242"},
      {"@8#DEFAULT", "", "8"},
      {"4242-10.0.0.7@DEFAULT", "10.0.0.7", "4242"},
      {"10.0.0.7@4242#DEFAULT", "10.0.0.7", "4242"},
      {"web-7d9f@1@0@k3j2h1", "web-7d9f", "1"},
      {"web-7d9f@1#3_1716000000000", "web-7d9f", "1"},
      {"web-7d9f@1#3", "web-7d9f", "1"},
      {"HOST_NAME_NOT_FOUND@77@0@k3j2h1", "", "77"},
      {"missyourlove@77@5@abcdefghij", "", "77"},
      {"10.0.0.7@4242%OpenMessaging%99", "10.0.0.7", "4242"},
      {"10.0.0.7@4242#-1795#99", "10.0.0.7", "4242"},
      {"10.0.0.7@AK|SK|g1|4242", "10.0.0.7", "4242"},
      {"10.0.0.7@AK|SK|g1", "10.0.0.7", ""},
      {"10.0.0.7@g1|4242|k3j2h1", "10.0.0.7", "4242"},
      {"10.0.0.7@ns1:9876;ns2:9876@4242@99", "10.0.0.7", "4242"},
      {"10.0.0.7@ns1:9876@4242", "10.0.0.7", "4242"},
      {"10.0.0.7@1716000000000", "10.0.0.7", ""},
      {"", "", ""},
      // the other forms
      {"10.0.0.7@16015@unitA", "10.0.0.7", "16015"},
      {"10.0.0.7@DEFAULT@unitA@STREAM", "10.0.0.7", ""},
      {"10.0.0.7@DEFAULT#1116941996974051", "10.0.0.7", ""},
      {"10.0.0.7@-1", "10.0.0.7", ""},
      {"@16015", "", "16015"},
      {"10.0.0.7@AK|g1|4242|k3j2h1", "10.0.0.7", "4242"},
      {"10.0.0.7@g1|4242", "10.0.0.7", "4242"},
      {"10.0.0.7@AK|SK|topic|4242@unitA", "10.0.0.7", "4242"},
      {"10.0.0.7@10.9.9.1:9876;10.9.9.2:9876@4243@99", "10.0.0.7", "4243"},
      {"10.0.0.7@ns1:9876;ns2-Hash123@4243@99", "10.0.0.7", "4243"},
      {"10.0.0.7@ns1@4243", "10.0.0.7", "4243"},
      {"10.0.0.7@null@4243", "10.0.0.7", "4243"},
      {"10.0.0.7@4242#-1795#-99#123", "10.0.0.7", "4242"},
      {"7-web@12@0@x", "7-web", "12"},
      {"4242-fe80::1@DEFAULT", "fe80::1", "4242"},
      {"10.0.0.7@12_i3", "10.0.0.7", "12"},
      {"10.0.0.7@CID_RMQ_SYS_0_0", "10.0.0.7", "CID_RMQ_SYS_0_0"},
      {"[2001:db8:0:0:0:0:0:7]@3456#456", "2001:db8:0:0:0:0:0:7", "3456"},
      {"iZbp1hf2u6w8x9qrskpmf1Z@1@0@k3j2h1", "iZbp1hf2u6w8x9qrskpmf1Z", "1"},
      {"10.0.0.7@order-service#2", "10.0.0.7", "order-service"},
  }));
  CAPTURE(c.id);
  const ClientIdentity identity = parse_client_id(c.id);
  CHECK(identity.host == c.host);
  CHECK(identity.process == c.process);
  CHECK(identity.known() == !(c.host.empty() && c.process.empty()));
}

TEST_CASE("the edges of host, pid and name") {
  const std::string label(63, 'x');
  const std::string long_host = label + "." + label + "." + label + "." + std::string(61, 'x');
  REQUIRE(long_host.size() == 253);
  const std::vector<Case> cases{
      {"  10.0.0.7@1 \n", "10.0.0.7", "1"},
      {" ", "", ""},
      {"@", "", ""},
      {"@@", "", ""},
      {"10.0.0.7@", "10.0.0.7", ""},
      {"10.0.0.7@@4242", "10.0.0.7", "4242"},
      {"no-at-sign", "", ""},
      {"4242", "", ""},
      // pids
      {"h@1234567890", "h", "1234567890"},
      {"h@12345678901", "h", ""},
      {"h@12345678901-x", "h", ""},
      {"h@12x", "h", ""},
      {"h@-2", "h", ""},
      {"h@-12", "h", ""},
      {"99999999999-10.0.0.7@5", "10.0.0.7", "5"},
      {"h@order@1716000000000", "h", "order"},
      // hosts
      {long_host + "@1", long_host, "1"},
      {"x" + long_host + "@1", "", "1"},
      {"[web-1]@1", "web-1", "1"},
      {"[fe80::1@1", "", ""},
      {"[a@b]@1", "", "1"},
      {"[4242-10.0.0.7]@DEFAULT", "10.0.0.7", "4242"},
      {"::1@1", "::1", "1"},
      {"::ffff:10.0.0.7@1", "::ffff:10.0.0.7", "1"},
      {"fe80::1%eth0@1", "fe80::1", "1"},
      {"user:password@1", "", "1"},
      {"ab:cd:secret@1", "", "1"},
      {"abc%secret@1", "", "1"},
      {"-web@1", "", "1"},
      {".@1", "", "1"},
      {"we b@1", "", "1"},
      {"w\xC3\xA4@1", "", "1"},
      {"http://h@1", "", "1"},
      {std::string("h\0@1", 4), "", "1"},
      // names
      {"h@a", "h", "a"},
      {"h@A.b_c-9", "h", "A.b_c-9"},
      {"h@" + std::string(64, 'x'), "h", std::string(64, 'x')},
      {"h@" + std::string(65, 'x'), "h", ""},
      {"h@_a", "h", ""},
      {"h@-a", "h", ""},
      {"h@a b", "h", ""},
      {"h@a/b", "h", ""},
      {"h@a#b", "h", ""},
      {"h@default", "h", "default"},
      {"h@STREAM", "h", ""},
      {"h@OrderServiceConsumerInstance2", "h", "OrderServiceConsumerInstance2"},
      {"h@x0123456789abcde", "h", "x0123456789abcde"},    // 15 hex digits
      {"h@x0123456789abcdef", "h", ""},                   // 16
      {"h@X-0123456789ABCDEF", "h", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.id);
    const ClientIdentity identity = parse_client_id(c.id);
    CHECK(identity.host == c.host);
    CHECK(identity.process == c.process);
  }
}

TEST_CASE("near a bar nothing shows but a pid in its proper place") {
  const auto c = GENERATE(values<Case>({
      {"h@AK|12345678|g1", "h", ""},            // the popular secret is no pid
      {"h@AK|12345678|order12x", "h", ""},
      {"h@AK|123456|order1", "h", ""},
      {"h@AK|123456|ordergroup", "h", ""},
      {"h@name|x", "h", ""},
      {"h@|", "h", ""},
      {"h@||||", "h", ""},
      {"h@AK|S@K|g|4242", "h", ""},             // an '@' within the key
      {"h@AK|123@K|g|4242", "h", ""},
      {"h@A@K|SK|g|4242", "h", ""},
      {"h@4242@unit|7", "h", ""},
      {"h@name@unit|7", "h", ""},
      {"AK|SK|g|12@name", "", ""},
      {"LTAI4FooBarKey|secret|g|12@4242", "", ""},
      {"AK|S@123", "", ""},
      {"h@AK|SK|g|4242#1", "h", ""},
      {"h@AK|SK|g|1716000000000", "h", ""},
  }));
  CAPTURE(c.id);
  const ClientIdentity identity = parse_client_id(c.id);
  CHECK(identity.host == c.host);
  CHECK(identity.process == c.process);
}

TEST_CASE("a key shows nowhere, in whatever place of an id it stands") {
  for (const std::string& secret : secrets) {
    for (const std::string& id :
         {secret, secret + "@1", "[" + secret + "]@1", "h@" + secret, "h@" + secret + "#1", "h@" + secret + "@unit", "h@x-" + secret,
          "h@AK|" + secret + "|g", "h@" + secret + "|SK|g|12", "h@" + secret + "|" + secret + "|" + secret, secret + "|SK|g|12@1",
          secret + ".example@1", "@" + secret, "h@ns1:9876;" + secret + "@1", "h@4242#1@" + secret, "h@4242%" + secret + "%1"}) {
      CAPTURE(id);
      CHECK_FALSE(contains(redact_client_id(id), secret));
      if (contains(id, "@")) CHECK_FALSE(contains(redact_client_ids_in("client <" + id + "> offline"), secret));
    }
  }
}

TEST_CASE("the views point into the parsed text") {
  const std::string id = " [fe80::1%eth0]@4242#99 ";
  const ClientIdentity identity = parse_client_id(id);
  CHECK(identity.host.data() == id.data() + 2);
  CHECK(identity.process.data() == id.data() + id.find("4242"));
}

TEST_CASE("a redacted id is host, '@' and process") {
  CHECK(redact_client_id("10.0.0.7@16015#1116941996974051@unitA") == "10.0.0.7@16015");
  CHECK(redact_client_id("10.0.0.7@AK|SK|g1") == "10.0.0.7@DEFAULT");
  CHECK(redact_client_id("10.0.0.7@order-service") == "10.0.0.7@order-service");
  CHECK(redact_client_id("${clientIP}@33318#11") == "@33318");
  CHECK(redact_client_id("[2001:db8::7%eth0]@1#2") == "2001:db8::7@1");
  CHECK(redact_client_id("4242-10.0.0.7@DEFAULT") == "10.0.0.7@4242");
  CHECK(redact_client_id("") == "@DEFAULT");
  CHECK(redact_client_id("AK|SK|g1|12") == "@DEFAULT");
}

TEST_CASE("any bytes: a redacted id parses alike, and redacting it again changes nothing") {
  const std::vector<std::string> pieces{"@",    "|",   "#",     ":",    ";",  "%",  "[",       "]",         "-",      ".",       "_",
                                        " ",    "1",   "-1",    "4242", "12345678901", "0",   "10.0.0.7",  "fe80::1", "::",    "web-1",
                                        "name", "DEFAULT", "STREAM", "null", "${ip}", "k3j2h1", "LTAI4FooBarKey", "\xFF", "=", ","};
  std::mt19937 random(20261122);
  for (int i = 0; i < 200'000; ++i) {
    std::string id;
    for (auto left = random() % 9; left > 0; --left) id += pieces[random() % pieces.size()];
    const std::string redacted = redact_client_id(id);
    if (!(parse_client_id(redacted) == parse_client_id(id))) FAIL("not alike: " << id << " -> " << redacted);
    if (redact_client_id(redacted) != redacted) FAIL("not stable: " << id << " -> " << redacted);
    for (const char* number : {"#1", "#27"}) {
      if (!(parse_client_id(redacted + number) == parse_client_id(id))) FAIL("not alike with a number: " << id << " -> " << redacted);
    }
  }
}

TEST_CASE("client ids in a text are redacted, the rest stays") {
  struct TextCase {
    std::string text, redacted;
  };
  const auto c = GENERATE(values<TextCase>({
      {"", ""},
      {"CODE: 206  DESC: the group [g|1] is\tnot online\n", "CODE: 206  DESC: the group [g|1] is\tnot online\n"},
      {"The Consumer <g1> <10.0.0.7@4242#99> not online", "The Consumer <g1> <10.0.0.7@4242> not online"},
      {"<10.0.0.7@AK|SK|g1|4242>", "<10.0.0.7@4242>"},
      {"client 10.0.0.7@AK|SK|g1, gone", "client 10.0.0.7@DEFAULT, gone"},
      {"clientId=10.0.0.7@4242#99.", "clientId=10.0.0.7@4242."},
      {"{\"clientId\":\"10.0.0.7@4242#99@u\",\"n\":1}", "{\"clientId\":\"10.0.0.7@4242\",\"n\":1}"},
      {"('10.0.0.7@1#2','10.0.0.8@3#4')", "('10.0.0.7@1','10.0.0.8@3')"},
      {"a@1#2 b@3#4", "a@1 b@3"},
      {"[fe80::1%eth0]@4242#99: timeout", "fe80::1@4242: timeout"},
      {"10.0.0.7@ns1:9876;ns2:9876;ns3:9876@4242@99 failed", "10.0.0.7@4242 failed"},
      {"10.0.0.7@4242%OpenMessaging%99;", "10.0.0.7@4242;"},
      {"${clientIP}@33318#1", "${clientIP}@33318"},
      {"connect to <10.0.0.7:10911> failed", "connect to <10.0.0.7:10911> failed"},
      {"@", "@DEFAULT"},
      {"http://user:pw@h:80/", "@DEFAULT"},
  }));
  CAPTURE(c.text);
  CHECK(redact_client_ids_in(c.text) == c.redacted);
}

TEST_CASE("no piece of a secret is left over where it holds what ends words elsewhere") {
  for (const char separator : std::string("<>[](){}\"',;=@#:%/+&")) {
    const std::string left = "leftHalf";
    const std::string right = "rightHalf";
    const std::string secret = left + separator + right;
    for (const std::string& id :
         {"10.0.0.7@AK|" + secret + "|g1", "10.0.0.7@AK|" + secret + "|g1|4242", "10.0.0.7@" + secret + "|SK|g1|4242",
          "SK|" + secret + "|g1@1", "AK|" + secret + "|g1|12@1"}) {
      const std::string shown = redact_client_ids_in("The Consumer <" + id + "> is not online");
      CAPTURE(id, shown);
      CHECK_FALSE(contains(shown, left));
      CHECK_FALSE(contains(shown, right));
      CHECK_FALSE(contains(redact_client_id(id), left));
      CHECK_FALSE(contains(redact_client_id(id), right));
    }
  }
}

TEST_CASE("a piece of a plain word is not taken for a name") {
  CHECK(redact_client_ids_in("<10.0.0.7@c2VjcmV0cw==>") == "<10.0.0.7@DEFAULT>");
  CHECK(redact_client_ids_in("10.0.0.7@sesame=open") == "10.0.0.7@DEFAULT");
}

TEST_CASE("a huge word full of '@' is redacted as one, in no time") {
  std::string text = "before ";
  for (int i = 0; i < 1'000'000; ++i) text += "a@b,";
  CHECK(redact_client_ids_in(text + " behind") == "before @DEFAULT behind");
}
