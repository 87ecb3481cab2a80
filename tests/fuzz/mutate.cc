#include "tests/fuzz/mutate.h"

#include <algorithm>
#include <array>
#include <random>

namespace hayago::test {
namespace {

constexpr std::size_t kMaxInput = std::size_t{1} << 20;

// What parsers of numbers, tokens and structure tend to get wrong.
constexpr std::array kSnippets = {
    "0",          "-1",          "1",     "2",      "99999999999999999999",
    "2147483648", "-2147483648", "1e308", "1e-400", "nan",
    "inf",        "-0.0",        "\"",    "\\",     "\\u0000",
    "\xff\xfe",   "\n",          "\r\n",  " ",      "\t",
    "(",          ")",           "[",     "]",      "{",
    "}",          ";",           ",",     ":",      "=",
    "#",          "@BIN@",       "null",  "true",   "tt",
    "T20"};

class Mutator {
 public:
  Mutator(const std::vector<std::string>& seeds, std::uint64_t number)
      : seeds_(seeds), random_(number), input_(seeds[below(seeds.size())]) {}

  std::string run() {
    for (std::size_t i = 1 + below(8); i > 0; --i) {
      alter();
      if (input_.size() > kMaxInput) input_.resize(kMaxInput);
    }
    return std::move(input_);
  }

 private:
  // The modulo's bias does not matter here, and it is the same on every machine.
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }
  std::size_t place() { return below(input_.size() + 1); }
  // Mostly short, sometimes as long as the input.
  std::size_t length() { return 1 + below(below(4) == 0 ? input_.size() + 1 : 8); }
  char byte() { return static_cast<char>(random_() & 0xff); }

  void alter() {
    switch (below(7)) {
      case 0:
        if (!input_.empty()) input_[below(input_.size())] = byte();
        break;
      case 1:
        if (!input_.empty()) input_[below(input_.size())] ^= static_cast<char>(1 << below(8));
        break;
      case 2:
        input_.insert(place(), 1, byte());
        break;
      case 3:
        input_.erase(place(), length());
        break;
      case 4: {  // repeat a piece elsewhere
        const std::string piece = input_.substr(place(), length());
        input_.insert(place(), piece);
        break;
      }
      case 5: {  // put a snippet over or between
        const std::string snippet = kSnippets[below(kSnippets.size())];
        input_.replace(place(), below(2) * snippet.size(), snippet);
        break;
      }
      default: {  // go on like another seed
        const std::string& other = seeds_[below(seeds_.size())];
        input_.resize(place());
        input_ += other.substr(below(other.size() + 1));
      }
    }
  }

  const std::vector<std::string>& seeds_;
  std::mt19937_64 random_;
  std::string input_;
};

}  // namespace

std::string altered_input(const std::vector<std::string>& seeds, std::uint64_t number) {
  if (number < seeds.size()) return seeds[number];
  return Mutator(seeds, number).run();
}

}  // namespace hayago::test
