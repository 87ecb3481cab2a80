#include "search/eval/evaluation.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <new>

namespace hayago::search {
namespace {

// Codes of moves without rank: largest * 2^(-code / kCodesPerOctave); the last code is everything
// below.
constexpr float kCodesPerOctave = 12;
constexpr std::uint8_t kLastCode = 255;
constexpr float kOwnershipSteps = 32767;

// Sorts by falling prior, then by rising position. Priors are not negative, so their bits are in
// their order.
std::uint64_t rank_key(float prior, int pos) {
  return std::uint64_t{std::bit_cast<std::uint32_t>(prior)} << 32 |
         (0xffffffffu - static_cast<std::uint32_t>(pos));
}
int pos_of_key(std::uint64_t key) {
  return static_cast<int>(0xffffffffu - static_cast<std::uint32_t>(key));
}
float prior_of_key(std::uint64_t key) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(key >> 32));
}

// Base-2 logarithm of a normal positive number, at most 0.012 off: exponent and a table over the
// leading bits of the mantissa. Unlike the library's, cheap enough for every move.
float coarse_log2(float x) {
  constexpr int kBits = 6;
  static const std::array<float, 1 << kBits> mantissa_log = [] {
    std::array<float, 1 << kBits> t{};
    for (std::size_t i = 0; i < t.size(); ++i) {
      t[i] = std::log2(1.0f + (static_cast<float>(i) + 0.5f) / (1 << kBits));
    }
    return t;
  }();
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const int exponent = static_cast<int>(bits >> 23) - 127;
  return static_cast<float>(exponent) + mantissa_log[bits >> (23 - kBits) & ((1 << kBits) - 1)];
}

// Keys of the legal moves, the `ranked` likeliest sorted and in front.
int rank_moves(const std::vector<float>& policy, std::vector<std::uint64_t>& keys) {
  keys.clear();
  for (std::size_t pos = 0; pos < policy.size(); ++pos) {
    if (policy[pos] >= 0) keys.push_back(rank_key(policy[pos], static_cast<int>(pos)));
  }
  const int ranked = std::min<int>(Evaluation::kRanked, static_cast<int>(keys.size()));
  const auto end = keys.begin() + ranked;
  if (end != keys.end()) std::nth_element(keys.begin(), end, keys.end(), std::greater<>());
  std::sort(keys.begin(), end, std::greater<>());
  return ranked;
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
         static_cast<std::size_t>(others);
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

std::uint8_t Evaluation::encode(float largest_log2, float prior) {
  if (!(prior >= std::numeric_limits<float>::min())) return kLastCode;
  const float code = std::round(kCodesPerOctave * (largest_log2 - coarse_log2(prior)));
  return static_cast<std::uint8_t>(std::clamp(code, 0.0f, static_cast<float>(kLastCode)));
}

EvaluationRef Evaluation::make_compact(const NetOutput& output, MemoryAccount& account) {
  thread_local std::vector<std::uint64_t> keys;
  const int ranked = rank_moves(output.policy, keys);
  const int size = static_cast<int>(output.policy.size());
  const int others = static_cast<int>(keys.size()) - ranked;
  const bool ownership = !output.ownership.empty();
  Evaluation* e = allocate(compact_tail_bytes(ranked, size, others, ownership), output,
                           Form::kCompact, size, account);
  e->ranked_ = static_cast<std::uint16_t>(ranked);
  e->has_ownership_ = ownership;
  e->write_ranks(keys);
  if (ownership) e->write_ownership(output.ownership);
  e->write_others(output.policy, keys);
  account.add(e->bytes_);
  return EvaluationRef(e);
}

void Evaluation::write_ranks(const std::vector<std::uint64_t>& keys) {
  auto* priors = const_cast<float*>(rank_priors());
  auto* positions = const_cast<std::uint16_t*>(rank_positions());
  for (std::size_t i = 0; i < ranked_; ++i) {
    priors[i] = prior_of_key(keys[i]);
    positions[i] = static_cast<std::uint16_t>(pos_of_key(keys[i]));
  }
}

void Evaluation::write_ownership(const std::vector<float>& ownership) {
  auto* steps = const_cast<std::int16_t*>(ownership_steps());
  for (std::size_t i = 0; i < ownership.size(); ++i) {
    steps[i] = static_cast<std::int16_t>(std::lrintf(ownership[i] * kOwnershipSteps));
  }
}

void Evaluation::write_others(const std::vector<float>& policy,
                              const std::vector<std::uint64_t>& keys) {
  auto* mask = const_cast<std::uint8_t*>(other_mask());
  std::memset(mask, 0, static_cast<std::size_t>((policy_size_ + 7) / 8));
  if (keys.size() == ranked_) return;
  for (std::size_t i = ranked_; i < keys.size(); ++i) {
    largest_other_ = std::max(largest_other_, prior_of_key(keys[i]));
  }
  const std::uint64_t last_ranked = keys[ranked_ - std::size_t{1}];
  const float largest_log2 =
      coarse_log2(std::max(largest_other_, std::numeric_limits<float>::min()));
  auto* code = const_cast<std::uint8_t*>(other_codes());
  for (std::size_t pos = 0; pos < policy.size(); ++pos) {
    if (policy[pos] < 0 || rank_key(policy[pos], static_cast<int>(pos)) >= last_ranked) continue;
    mask[pos / 8] = static_cast<std::uint8_t>(mask[pos / 8] | 1u << (pos % 8));
    *code++ = encode(largest_log2, policy[pos]);
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
  int others = 0;
  for (int i = 0; i < (policy_size_ + 7) / 8; ++i) others += std::popcount(other_mask()[i]);
  const std::size_t tail_bytes = compact_tail_bytes(ranked_, policy_size_, others, has_ownership_);
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

float Evaluation::ownership(int pos) const {
  if (form_ == Form::kFull) return full()->ownership[static_cast<std::size_t>(pos)];
  return static_cast<float>(ownership_steps()[pos]) / kOwnershipSteps;
}

}  // namespace hayago::search
