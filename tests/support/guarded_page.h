// guarded_page.h: texts at the edge of memory that nobody may touch: who reads beyond them crashes, in every build and without a sanitizer.
// Used by the tests of what reads several bytes at a time.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

namespace rmqlag::test {

/// A page between two that cannot be read. It holds one text at a time; the rest of it is full of `filler`, so that who goes astray within
/// the page is misled.
class GuardedPage {
 public:
  explicit GuardedPage(char filler) : filler_(filler) {
    if (pages_ == nullptr || ::mprotect(begin(), size_, PROT_READ | PROT_WRITE) != 0) std::abort();
  }

  /// Calls `use` with the text where nothing in front of it can be read, then where nothing behind it can be.
  template <class Use>
  void at_both_edges(std::string_view text, Use use) {
    use(put(text, 0));
    use(put(text, size_ - text.size()));
  }

 private:
  struct Unmap {
    std::size_t size;
    void operator()(char* pages) const { ::munmap(pages, size); }
  };

  char* begin() const { return pages_.get() + size_; }

  std::string_view put(std::string_view text, std::size_t at) {
    if (text.size() > size_) std::abort();
    std::memset(begin(), filler_, size_);
    std::memcpy(begin() + at, text.data(), text.size());
    return {begin() + at, text.size()};
  }

  static char* map(std::size_t size) {
    void* const pages = ::mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return pages == MAP_FAILED ? nullptr : static_cast<char*>(pages);
  }

  const char filler_;
  const std::size_t size_ = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::unique_ptr<char, Unmap> pages_{map(3 * size_), Unmap{3 * size_}};
};

}  // namespace rmqlag::test
