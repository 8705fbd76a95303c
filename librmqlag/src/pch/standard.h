// standard.h: what most files include of the standard library, read once for all of them, which saves half a second for each. Used by
// meson.build, here, in tools and in tests/unit; each file includes what it needs all the same.
#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
