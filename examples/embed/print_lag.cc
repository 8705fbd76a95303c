// print_lag.cc: the smallest complete use of librmqlag: read everything once, print the lag of every consumer process.
// Usage: print_lag URL|RECORDING.har
#include <iostream>

#include "open_source.h"

int main(int argc, char* argv[]) {
  if (argc != 2) {
    std::cerr << "usage: print_lag URL|RECORDING.har\n";
    return 1;
  }
  const auto source = open_source(argv[1]);
  if (!source) {
    std::cerr << "print_lag: " << source.error().message << '\n';
    return 1;
  }
  const auto snapshot = (*source)->collect({});
  std::cout << rmqlag::lag_table(*snapshot, {});
  return snapshot->outcome == rmqlag::Outcome::failed ? 2 : 0;
}
