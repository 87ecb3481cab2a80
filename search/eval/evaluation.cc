#include "search/eval/evaluation.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <new>

namespace hayago::search {
namespace {

// Codes of moves without rank: largest * 2^(-code / kCodesPerOctave); the last code is everything
// below.
constexpr int kCodesPerOctave = 12;
constexpr int kLastCode = 255;
constexpr float kOwnershipSteps = 32767;

std::uint32_t bits_of(float x) { return std::bit_cast<std::uint32_t>(x); }

// Sorts by falling prior, then by rising position. Priors are not negative, so their bits are in
// their order.
std::uint64_t rank_key(float prior, std::size_t pos) {
  return std::uint64_t{bits_of(prior)} << 32 | (0xffffffffu - static_cast<std::uint32_t>(pos));
}
std::uint16_t pos_of_key(std::uint64_t key) {
  return static_cast<std::uint16_t>(0xffffffffu - static_cast<std::uint32_t>(key));
}
float prior_of_key(std::uint64_t key) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(key >> 32));
}

// Base-2 logarithm of the float with these bits, in 1/256, at most 3/256 off: exponent and a table
// over the leading bits of the mantissa. Unlike the library's, cheap enough for every move.
constexpr int kMantissaBits = 6;
const std::array<std::int16_t, 1 << kMantissaBits> kMantissaLog2 = [] {
  std::array<std::int16_t, 1 << kMantissaBits> t{};
  for (std::size_t i = 0; i < t.size(); ++i) {
    const double middle = 1.0 + (static_cast<double>(i) + 0.5) / (1 << kMantissaBits);
    t[i] = static_cast<std::int16_t>(std::lround(256 * std::log2(middle)));
  }
  return t;
}();
int fixed_log2(std::uint32_t bits) {
  constexpr std::uint32_t kMask = (1u << kMantissaBits) - 1;
  return static_cast<int>(bits >> 23) * 256 + kMantissaLog2[bits >> (23 - kMantissaBits) & kMask];
}

// Counts priors by magnitude, in quarters of an octave, to find few candidates for a rank without
// sorting all moves.
class MagnitudeCounts {
 public:
  void add(float prior) { ++counts_[bucket(prior)]; }
  // The smallest magnitude, as a bucket, such that at least `wanted` moves are that likely; the
  // last one if there are fewer.
  std::size_t reach(int wanted) const {
    int seen = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      seen += counts_[i];
      if (seen >= wanted) return i;
    }
    return kBuckets - 1;
  }
  // 0 for the largest.
  static std::size_t bucket(float prior) {
    const std::uint32_t quarter = std::min(bits_of(prior) >> 21, kOne);
    return std::min<std::size_t>(kOne - quarter, kBuckets - 1);
  }

 private:
  static constexpr std::uint32_t kOne = 0x3f800000u >> 21;
  static constexpr std::size_t kBuckets = 128;
  std::array<std::uint16_t, kBuckets> counts_{};
};

// Keys of the likeliest moves, sorted, one more than have a rank if there are as many; returns the
// number of legal moves.
int rank_moves(const std::vector<float>& policy, std::vector<std::uint64_t>& keys) {
  constexpr int kWanted = Evaluation::kRanked + 1;
  MagnitudeCounts counts;
  int legal = 0;
  for (const float q : policy) {
    if (!(q >= 0)) continue;
    counts.add(q);
    ++legal;
  }
  const std::size_t last = counts.reach(kWanted);
  keys.clear();
  for (std::size_t pos = 0; pos < policy.size(); ++pos) {
    const float q = policy[pos];
    if (q >= 0 && MagnitudeCounts::bucket(q) <= last) keys.push_back(rank_key(q, pos));
  }
  std::sort(keys.begin(), keys.end(), std::greater<>());
  if (keys.size() > kWanted) keys.resize(kWanted);
  return legal;
}

}  // namespace

Evaluation* Evaluation::allocate(std::size_t tail_bytes, const NetValues& values, Form form,
                                 int policy_size, MemoryAccount& account) {
  const std::size_t size = sizeof(Evaluation) + tail_bytes;
  void* memory = ::operator new(size);
  auto* evaluation = new (memory) Evaluation(values, form, policy_size, account);
  evaluation->bytes_ = static_cast<std::uint32_t>(allocated_bytes(size));
  return evaluation;
}

void Evaluation::destroy() const {
  account_.remove(bytes_);
  if (form_ == Form::kFull) std::destroy_at(&full());
  this->~Evaluation();
  ::operator delete(const_cast<Evaluation*>(this));
}

std::size_t Evaluation::compact_tail_bytes(int ranked, int policy_size, int others,
                                           bool ownership) {
  const auto n = static_cast<std::size_t>(ranked), size = static_cast<std::size_t>(policy_size);
  return n * (sizeof(float) + sizeof(std::uint16_t)) +
         (ownership ? (size - 1) * sizeof(std::int16_t) : 0) + (size + 7) / 8 +
         static_cast<std::size_t>(others) + 1;
}

float Evaluation::decode(float largest, std::uint8_t code) {
  static const std::array<float, 256> table = [] {
    std::array<float, 256> t{};
    for (std::size_t i = 0; i < t.size(); ++i) {
      t[i] = std::exp2(-static_cast<float>(i) / kCodesPerOctave);
    }
    return t;
  }();
  return largest * table[code];
}

EvaluationRef Evaluation::make_compact(const NetOutput& output, MemoryAccount& account) {
  thread_local std::vector<std::uint64_t> keys;
  const int legal = rank_moves(output.policy, keys);
  const bool all_ranked = keys.size() <= kRanked;
  const float largest_other = all_ranked ? 0.0f : prior_of_key(keys.back());
  if (!all_ranked) keys.pop_back();
  const int ranked = static_cast<int>(keys.size());
  const int size = static_cast<int>(output.policy.size());
  const int others = legal - ranked;
  const bool ownership = !output.ownership.empty();
  Evaluation* e = allocate(compact_tail_bytes(ranked, size, others, ownership), output,
                           Form::kCompact, size, account);
  e->ranked_ = static_cast<std::uint16_t>(ranked);
  e->has_ownership_ = ownership;
  e->write_ranks(keys);
  if (ownership) e->write_ownership(output.ownership);
  if (others > 0) {
    e->write_others(output.policy, largest_other);
  } else {
    e->clear_mask();
  }
  account.add(e->bytes_);
  return EvaluationRef(e);
}

void Evaluation::write_ranks(const std::vector<std::uint64_t>& keys) {
  auto* priors = const_cast<float*>(rank_priors());
  auto* positions = const_cast<std::uint16_t*>(rank_positions());
  for (std::size_t i = 0; i < ranked_; ++i) {
    priors[i] = prior_of_key(keys[i]);
    positions[i] = pos_of_key(keys[i]);
  }
}

void Evaluation::write_ownership(const std::vector<float>& ownership) {
  auto* steps = const_cast<std::int16_t*>(ownership_steps());
  for (std::size_t i = 0; i < ownership.size(); ++i) {
    steps[i] = static_cast<std::int16_t>(std::lrintf(ownership[i] * kOwnershipSteps));
  }
}

void Evaluation::clear_mask() {
  std::memset(const_cast<std::uint8_t*>(other_mask()), 0,
              static_cast<std::size_t>((policy_size_ + 7) / 8));
}

// Without branches on the priors, which no processor can guess. A byte behind the codes is written,
// too; compact_tail_bytes() has it.
void Evaluation::write_others(const std::vector<float>& policy, float largest) {
  largest_other_ = largest;
  auto* const mask = const_cast<std::uint8_t*>(other_mask());
  const std::size_t size = policy.size(), whole = size / 8 * 8;
  const auto legal = [&](std::size_t pos) { return policy[pos] >= 0 ? 1u : 0u; };
  for (std::size_t pos = 0; pos < whole; pos += 8) {
    unsigned byte = 0;
    for (unsigned bit = 0; bit < 8; ++bit) byte |= legal(pos + bit) << bit;
    mask[pos / 8] = static_cast<std::uint8_t>(byte);
  }
  if (whole < size) mask[whole / 8] = 0;
  for (std::size_t pos = whole; pos < size; ++pos) {
    mask[pos / 8] = static_cast<std::uint8_t>(mask[pos / 8] | legal(pos) << pos % 8);
  }
  const std::uint16_t* const positions = rank_positions();
  for (std::size_t i = 0; i < ranked_; ++i) {
    mask[positions[i] / 8] =
        static_cast<std::uint8_t>(mask[positions[i] / 8] & ~(1u << positions[i] % 8));
  }
  const int largest_log2 = fixed_log2(bits_of(largest));
  auto* code = const_cast<std::uint8_t*>(other_codes());
  for (std::size_t pos = 0; pos < size; ++pos) {
    const int distance = largest_log2 - fixed_log2(bits_of(policy[pos]) & 0x7fffffffu);
    *code = static_cast<std::uint8_t>(
        std::clamp((distance * kCodesPerOctave + 128) >> 8, 0, kLastCode));
    code += mask[pos / 8] >> pos % 8 & 1u;
  }
}

EvaluationRef Evaluation::make_full(NetOutputPtr output, MemoryAccount& account) {
  const int size = static_cast<int>(output->policy.size());
  Evaluation* e = allocate(sizeof(NetOutputPtr), *output, Form::kFull, size, account);
  e->has_ownership_ = !output->ownership.empty();
  e->bytes_ += static_cast<std::uint32_t>(output->bytes() + 3 * 16);  // headers, control block
  new (e->tail()) NetOutputPtr(std::move(output));
  account.add(e->bytes_);
  return EvaluationRef(e);
}

EvaluationRef Evaluation::with_result(float win, float loss) const {
  if (form_ == Form::kFull) {
    auto changed = std::make_shared<NetOutput>(*full());
    changed->white_win = win;
    changed->white_loss = loss;
    return make_full(std::move(changed), account_);
  }
  const std::size_t tail_bytes =
      compact_tail_bytes(ranked_, policy_size_, others(), has_ownership_);
  Evaluation* e = allocate(tail_bytes, *this, form_, policy_size_, account_);
  e->white_win = win;
  e->white_loss = loss;
  e->ranked_ = ranked_;
  e->has_ownership_ = has_ownership_;
  e->largest_other_ = largest_other_;
  std::memcpy(e->tail(), tail(), tail_bytes);
  account_.add(e->bytes_);
  return EvaluationRef(e);
}

EvaluationRef Evaluation::with_ownership(const std::vector<float>& ownership) const {
  if (form_ == Form::kFull) {
    auto changed = std::make_shared<NetOutput>(*full());
    changed->ownership = ownership;
    return make_full(std::move(changed), account_);
  }
  Evaluation* e = allocate(compact_tail_bytes(ranked_, policy_size_, others(), true), *this, form_,
                           policy_size_, account_);
  e->ranked_ = ranked_;
  e->has_ownership_ = true;
  e->largest_other_ = largest_other_;
  const std::size_t rank_bytes = ranked_ * (sizeof(float) + sizeof(std::uint16_t));
  std::memcpy(e->tail(), tail(), rank_bytes);
  e->write_ownership(ownership);
  std::memcpy(const_cast<std::uint8_t*>(e->other_mask()), other_mask(),
              static_cast<std::size_t>((policy_size_ + 7) / 8 + others()));
  account_.add(e->bytes_);
  return EvaluationRef(e);
}

int Evaluation::others() const {
  int count = 0;
  for (int i = 0; i < (policy_size_ + 7) / 8; ++i) count += std::popcount(other_mask()[i]);
  return count;
}

const NetOutputPtr& Evaluation::full() const {
  static const NetOutputPtr none;
  if (form_ != Form::kFull) return none;
  return *std::launder(reinterpret_cast<const NetOutputPtr*>(tail()));
}

float Evaluation::prior(int pos) const {
  if (form_ == Form::kFull) return full()->policy[static_cast<std::size_t>(pos)];
  const std::uint16_t* positions = rank_positions();
  const auto* end = positions + ranked_;
  const auto* found = std::find(positions, end, static_cast<std::uint16_t>(pos));
  if (found != end) return rank_priors()[found - positions];
  const std::uint8_t* mask = other_mask();
  const auto bits_before = [&](int byte, int bit) {
    return std::popcount(static_cast<std::uint8_t>(mask[byte] & ((1u << bit) - 1)));
  };
  if ((mask[pos / 8] >> (pos % 8) & 1) == 0) return kIllegal;
  int index = bits_before(pos / 8, pos % 8);
  for (int byte = 0; byte < pos / 8; ++byte) index += std::popcount(mask[byte]);
  return decode(largest_other_, other_codes()[index]);
}

void Evaluation::expand_policy(std::vector<float>& out) const {
  if (form_ == Form::kFull) {
    out = full()->policy;
    return;
  }
  out.assign(policy_size_, kIllegal);
  const std::uint8_t* mask = other_mask();
  const std::uint8_t* code = other_codes();
  for (int pos = 0; pos < policy_size_; ++pos) {
    if ((mask[pos / 8] >> (pos % 8) & 1) != 0) {
      out[static_cast<std::size_t>(pos)] = decode(largest_other_, *code++);
    }
  }
  for (int i = 0; i < ranked_; ++i) out[rank_positions()[i]] = rank_priors()[i];
}

NetOutputPtr Evaluation::expand(int width, int height) const {
  auto out = std::make_shared<NetOutput>();
  static_cast<NetValues&>(*out) = *this;
  out->width = width;
  out->height = height;
  expand_policy(out->policy);
  if (has_ownership_) {
    for (int pos = 0; pos + 1 < policy_size_; ++pos) out->ownership.push_back(ownership(pos));
  }
  return out;
}

float Evaluation::ownership(int pos) const {
  if (form_ == Form::kFull) return full()->ownership[static_cast<std::size_t>(pos)];
  return static_cast<float>(ownership_steps()[pos]) / kOwnershipSteps;
}

}  // namespace hayago::search
