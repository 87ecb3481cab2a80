// The result cache: direct-mapped places, byte limit, concurrent use.
#include "search/eval/cache.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <thread>
#include <vector>

using namespace hayago::search;
using hayago::nn::NetOutput;

namespace {

MemoryAccount& test_account() {
  static MemoryAccount account;
  return account;
}

EvaluationRef output_of(float win, std::size_t points = 81) {
  NetOutput out;
  out.white_win = win;
  out.policy.resize(points + 1);
  return Evaluation::make_compact(out, test_account());
}

Hash128 key_of(std::uint64_t n) { return {mix64(n), mix64(n + 0x1234567)}; }

}  // namespace

TEST_CASE("the cache returns what was stored under the whole key", "[eval]") {
  ResultCache cache(10, 4, 0);
  const Hash128 key{5, 7};
  CHECK_FALSE(cache.find(key));
  CHECK(cache.bytes() == 0);
  const auto out = output_of(0.25f);
  cache.store(key, out);
  CHECK(cache.find(key) == out);
  CHECK(cache.bytes() >= out->bytes());
  // Same place, other key.
  CHECK_FALSE(cache.find({5, 8}));
  CHECK_FALSE(cache.find({5 + 1024, 7}));
}

TEST_CASE("places are direct-mapped and the newest entry wins", "[eval]") {
  ResultCache cache(4, 16, 0);
  cache.store({3, 1}, output_of(0.1f));
  const std::size_t one = cache.bytes();
  cache.store({3 + 16, 1}, output_of(0.2f));
  CHECK(cache.bytes() == one);
  CHECK_FALSE(cache.find({3, 1}));
  REQUIRE(static_cast<bool>(cache.find({3 + 16, 1})));
  CHECK(cache.find({3 + 16, 1})->white_win == 0.2f);

  for (std::uint64_t n = 0; n < 1000; ++n) cache.store(key_of(n), output_of(0.5f));
  CHECK(cache.bytes() <= 16 * one);
  cache.clear();
  CHECK(cache.bytes() == 0);
  CHECK_FALSE(cache.find({3 + 16, 1}));
}

TEST_CASE("a cache of one place works", "[eval]") {
  ResultCache cache(0, 0, 0);
  cache.store({9, 1}, output_of(0.1f));
  CHECK(static_cast<bool>(cache.find({9, 1})));
  cache.store({8, 1}, output_of(0.1f));
  CHECK_FALSE(cache.find({9, 1}));
}

TEST_CASE("the byte limit of the cache holds", "[eval]") {
  constexpr std::size_t kLimit = 100'000;
  ResultCache cache(20, 16, kLimit);
  std::size_t largest = 0;
  for (std::uint64_t n = 0; n < 3000; ++n) {
    cache.store(key_of(n), output_of(0.5f));
    largest = std::max(largest, cache.bytes());
  }
  CHECK(largest <= kLimit);
  // It is used, not emptied: at least four fifths of the limit stay filled.
  CHECK(cache.bytes() > kLimit / 5 * 4);
  std::size_t found = 0;
  for (std::uint64_t n = 0; n < 3000; ++n) found += static_cast<bool>(cache.find(key_of(n)));
  const std::size_t entry = output_of(0.5f)->bytes();
  CHECK(found * entry <= kLimit);
  CHECK(found * entry > kLimit / 5 * 3);  // the rest is bookkeeping per entry
  cache.clear();
  CHECK(cache.bytes() == 0);
}

TEST_CASE("a byte limit below one entry keeps nothing", "[eval]") {
  ResultCache cache(10, 4, 10);
  cache.store({1, 1}, output_of(0.5f));
  CHECK(cache.bytes() == 0);
  CHECK_FALSE(cache.find({1, 1}));
}

TEST_CASE("a large cache costs nothing until it is used", "[eval]") {
  const auto start = std::chrono::steady_clock::now();
  ResultCache cache(23, 17, 0);
  cache.store(key_of(1), output_of(0.5f));
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  // Measured well below 1 ms; 20 ms is what start-up may spend on it, doubled for busy machines.
  CHECK(seconds.count() < 0.040);
}

TEST_CASE("threads share the cache", "[eval]") {
  constexpr std::uint64_t kKeys = 512;
  ResultCache cache(8, 16, 200'000);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (std::uint64_t i = 0; i < 4000; ++i) {
        const std::uint64_t n = mix64(i * 8 + static_cast<std::uint64_t>(t)) % kKeys;
        if (const auto found = cache.find(key_of(n))) {
          wrong += found->white_win != static_cast<float>(n);
        } else {
          cache.store(key_of(n), output_of(static_cast<float>(n)));
        }
        if (i % 1000 == 999 && t == 0) cache.clear();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(cache.bytes() <= 200'000);
  cache.clear();
  CHECK(cache.bytes() == 0);
}
