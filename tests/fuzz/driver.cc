// Runs a fuzz target without libFuzzer: DRIVER <seed folder> <runs> [first]. The inputs are the
// seeds and then a fixed sequence of altered seeds; after a crash, "1 <number>" runs the culprit
// alone.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/fuzz/mutate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

volatile std::sig_atomic_t current_input = 0;

// Only async-signal-safe calls: the program is in an unknown state.
extern "C" void report_crash(int signal) {
  char text[] = "fuzz: crashed on input number           \n";
  char* digit = text + sizeof text - 3;
  for (long n = current_input; digit > text + 30; n /= 10) {
    *digit-- = static_cast<char>('0' + n % 10);
    if (n < 10) break;
  }
  if (write(STDERR_FILENO, text, sizeof text - 1) < 0) _exit(99);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

std::vector<std::string> read_seeds(const fs::path& folder) {
  std::vector<fs::path> files;
  if (fs::is_directory(folder)) {
    for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());  // the order of a folder is not defined
  std::vector<std::string> seeds;
  for (const fs::path& file : files) {
    std::ifstream in(file, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  if (seeds.empty()) seeds.emplace_back();
  return seeds;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: %s <seed folder> <runs> [first]\n", argv[0]);
    return 2;
  }
  for (const int signal : {SIGSEGV, SIGABRT, SIGFPE, SIGILL, SIGBUS}) {
    std::signal(signal, report_crash);
  }
  const std::vector<std::string> seeds = read_seeds(argv[1]);
  const long runs = std::atol(argv[2]);
  const long first = argc > 3 ? std::atol(argv[3]) : 0;
  for (long i = first; i < first + runs; ++i) {
    current_input = static_cast<std::sig_atomic_t>(i);
    const std::string input = hayago::test::altered_input(seeds, static_cast<std::uint64_t>(i));
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  }
  std::printf("%ld inputs from %zu seeds\n", runs, seeds.size());
  return 0;
}
