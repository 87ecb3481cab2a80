#include "quant/train/position_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <numeric>
#include <stdexcept>

namespace hayago::quant {
namespace {

constexpr int kLargestEdge = 255;
constexpr std::uint16_t kIllegal = 0xffff;
constexpr double kUnits16 = 65534, kUnits8 = 127;
constexpr std::size_t kMostMoves = 0xffff;
constexpr std::uint16_t kWhite = 0x8000, kNoTurn = 0x7fff;
enum Flag : std::uint8_t { kWhiteToMove = 1, kHasOwnership = 2 };

// All numbers are little-endian.
class Writer {
 public:
  void byte(int value) { bytes_.push_back(static_cast<char>(value)); }
  void word(std::uint16_t value) {
    byte(value & 0xff);
    byte(value >> 8);
  }
  void real(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    word(static_cast<std::uint16_t>(bits));
    word(static_cast<std::uint16_t>(bits >> 16));
  }
  void text(const std::string& value) {
    byte(static_cast<int>(value.size()));
    bytes_ += value;
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

[[noreturn]] void damaged(const char* what) {
  throw std::invalid_argument(fmt::format("recorded position: {}", what));
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  int byte() { return static_cast<unsigned char>(take(1)[0]); }
  std::uint16_t word() {
    const int low = byte();
    return static_cast<std::uint16_t>(low | byte() << 8);
  }
  float real() {
    const std::uint32_t low = word();
    return std::bit_cast<float>(low | std::uint32_t{word()} << 16);
  }
  std::string text() {
    const auto size = static_cast<std::size_t>(byte());
    return std::string(take(size));
  }
  bool at_end() const { return bytes_.empty(); }

 private:
  std::string_view take(std::size_t count) {
    if (count > bytes_.size()) damaged("it ends too early");
    const std::string_view part = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return part;
  }
  std::string_view bytes_;
};

std::size_t points_of(const PositionRecord& r) {
  return static_cast<std::size_t>(r.width) * static_cast<std::size_t>(r.height);
}

void check_moves(const std::vector<RecordedMove>& moves, std::size_t points, bool passes) {
  if (moves.size() > kMostMoves) damaged("too many moves");
  for (const RecordedMove& move : moves) {
    if (move.point > points || (move.point == points && !passes)) damaged("a move off the board");
  }
}

// What neither a writer nor a reader accepts.
void check(const PositionRecord& r) {
  if (r.width < 1 || r.height < 1 || r.width > kLargestEdge || r.height > kLargestEdge ||
      points_of(r) >= kNoTurn) {
    damaged("a board of that size");
  }
  if (r.rules.size() > 255) damaged("the rules have more than 255 bytes");
  if (!std::isfinite(r.komi)) damaged("komi is not finite");
  check_moves(r.setup, points_of(r), false);
  check_moves(r.moves, points_of(r), true);
  // A board with no other points than its own, all of them there.
  const std::vector<float> global(1);
  const std::vector<std::uint32_t> planes(points_of(r), 1u);
  nn::PositionInput input;
  input.global = global.data();
  input.planes = planes.data();
  check_example({input, &r.targets}, {}, r.height, r.width, 0);
}

void write_moves(const std::vector<RecordedMove>& moves, Writer& to) {
  to.word(static_cast<std::uint16_t>(moves.size()));
  for (const RecordedMove& move : moves) {
    to.word(static_cast<std::uint16_t>(move.point | (move.white ? kWhite : 0)));
  }
}

std::vector<RecordedMove> read_moves(Reader& from) {
  std::vector<RecordedMove> moves(from.word());
  for (RecordedMove& move : moves) {
    const std::uint16_t word = from.word();
    move = {static_cast<std::uint16_t>(word & kNoTurn), (word & kWhite) != 0};
  }
  return moves;
}

void write_targets(const TrainingTargets& t, Writer& to) {
  // A root keeps small probabilities apart: the smallest that is not 0 is 2e-10.
  for (const float p : t.policy) {
    const double root = std::sqrt(std::min(1.0, std::max(0.0, static_cast<double>(p))));
    to.word(p < 0 ? kIllegal : static_cast<std::uint16_t>(std::lround(root * kUnits16)));
  }
  for (const float p : t.value) {
    to.word(static_cast<std::uint16_t>(std::lround(std::min(1.0f, p) * kUnits16)));
  }
  for (const float number :
       {t.score_mean, t.score_stdev, t.lead, t.variance_time, t.winloss_error, t.score_error}) {
    to.real(number);
  }
  for (const float o : t.ownership) to.byte(static_cast<int>(std::lround(o * kUnits8)));
}

void scale_to_one(float* begin, float* end) {
  double sum = 0;
  for (const float* p = begin; p < end; ++p) sum += std::max(0.0f, *p);
  for (float* p = begin; p < end && sum > 0; ++p) {
    if (*p > 0) *p = static_cast<float>(*p / sum);
  }
}

TrainingTargets read_targets(Reader& from, std::size_t points, bool has_ownership) {
  TrainingTargets t;
  t.policy.resize(points + 1);
  for (float& p : t.policy) {
    const std::uint16_t word = from.word();
    const double root = word / kUnits16;
    p = word == kIllegal ? -1.0f : static_cast<float>(root * root);
  }
  scale_to_one(t.policy.data(), t.policy.data() + t.policy.size());
  for (float& p : t.value) p = static_cast<float>(from.word() / kUnits16);
  scale_to_one(t.value, t.value + 3);
  for (float* number : {&t.score_mean, &t.score_stdev, &t.lead, &t.variance_time, &t.winloss_error,
                        &t.score_error}) {
    *number = from.real();
  }
  t.ownership.resize(has_ownership ? points : 0);
  for (float& o : t.ownership) {
    o = static_cast<float>(static_cast<signed char>(from.byte()) / kUnits8);
  }
  return t;
}

// Where every point goes.
std::vector<std::uint16_t> places(int width, int height, int symmetry) {
  const auto points = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  std::vector<std::uint32_t> from(points), to(points);
  std::iota(from.begin(), from.end(), 0u);
  nn::apply_symmetry(from.data(), width, height, symmetry, to.data());
  std::vector<std::uint16_t> place(points + 1);
  for (std::size_t i = 0; i < points; ++i) place[to[i]] = static_cast<std::uint16_t>(i);
  place[points] = static_cast<std::uint16_t>(points);  // a pass
  return place;
}

}  // namespace

std::string encode_record(const PositionRecord& record) {
  check(record);
  Writer to;
  to.byte(record.width);
  to.byte(record.height);
  to.byte((record.white_to_move ? kWhiteToMove : 0) |
          (record.targets.ownership.empty() ? 0 : kHasOwnership));
  to.text(record.rules);
  to.real(record.komi);
  write_moves(record.setup, to);
  write_moves(record.moves, to);
  write_targets(record.targets, to);
  return to.take();
}

PositionRecord decode_record(std::string_view bytes) {
  Reader from(bytes);
  PositionRecord record;
  record.width = from.byte();
  record.height = from.byte();
  const int flags = from.byte();
  if ((flags & ~(kWhiteToMove | kHasOwnership)) != 0) damaged("unknown flags");
  record.white_to_move = (flags & kWhiteToMove) != 0;
  record.rules = from.text();
  record.komi = from.real();
  record.setup = read_moves(from);
  record.moves = read_moves(from);
  record.targets = read_targets(from, points_of(record), (flags & kHasOwnership) != 0);
  if (!from.at_end()) damaged("bytes behind its end");
  check(record);
  return record;
}

PositionRecord turned(const PositionRecord& record, int symmetry) {
  const std::vector<std::uint16_t> place = places(record.width, record.height, symmetry);
  PositionRecord result = record;
  for (auto* moves : {&result.setup, &result.moves}) {
    for (RecordedMove& move : *moves) move.point = place[move.point];
  }
  for (std::size_t i = 0; i < record.targets.policy.size(); ++i) {
    result.targets.policy[place[i]] = record.targets.policy[i];
  }
  for (std::size_t i = 0; i < record.targets.ownership.size(); ++i) {
    result.targets.ownership[place[i]] = record.targets.ownership[i];
  }
  return result;
}

}  // namespace hayago::quant
