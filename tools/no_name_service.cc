// no_name_service.cc: keeps the C library's name service out of the static program: it would load shared libraries of exactly the C library
// that the program was linked with. Names are resolved by c-ares, addresses to listen on are numeric, and c-ares asks for services, what it
// refers to these for, by number only.
#include <netdb.h>

#include <cstddef>

extern "C" servent* getservbyname(const char*, const char*) { return nullptr; }

extern "C" int getservbyport_r(int, const char*, servent*, char*, std::size_t, servent** found) {
  *found = nullptr;
  return 0;
}
