// A network result as the search keeps it: a few hundred bytes instead of the kilobytes of a
// nn::NetOutput, shared by tree nodes and the result cache.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "nn/outputs/postprocess.h"
#include "search/sync/stripes.h"

namespace hayago::search {

using nn::NetOutput;
using nn::NetValues;
using NetOutputPtr = std::shared_ptr<const NetOutput>;

// Bytes of everything that counts against a memory cap. Shared by what allocates, hence atomic.
class MemoryAccount {
 public:
  void add(std::size_t bytes) { bytes_.add(bytes); }
  void remove(std::size_t bytes) { bytes_.add(-bytes); }  // modulo 2^64, like the sum
  // Not for every visit: looks at what all threads have written.
  std::size_t bytes() const { return bytes_.sum(); }

 private:
  StripedCounter bytes_;
};

// What the allocator takes for a request: 16-byte steps with an 8-byte header (glibc).
constexpr std::size_t allocated_bytes(std::size_t size) {
  const std::size_t rounded = (size + 8 + 15) / 16 * 16;
  return rounded < 32 ? 32 : rounded;
}

class EvaluationRef;

// Immutable, counted by EvaluationRef. Two forms:
// * compact: the kRanked likeliest moves with their exact priors in falling order (ties: the
// earlier
//   position first), the other legal moves as one byte each: the logarithm relative to the
//   likeliest of them (at most 5 % off), ownership in steps of 1/32767;
// * full: a NetOutput as it is, for roots and raw evaluations, which people see.
class Evaluation : public NetValues {
 public:
  static constexpr int kRanked = 32;
  static constexpr float kIllegal = -1.0f;

  // `account` outlives the evaluation.
  static EvaluationRef make_compact(const NetOutput& output, MemoryAccount& account);
  static EvaluationRef make_full(NetOutputPtr output, MemoryAccount& account);
  // The same policy and ownership with other win and loss probabilities.
  EvaluationRef with_result(float white_win, float white_loss) const;
  // The same values and policy with this ownership map.
  EvaluationRef with_ownership(const std::vector<float>& ownership) const;

  // Null if compact.
  const NetOutputPtr& full() const;
  int policy_size() const { return policy_size_; }
  // Prior of a policy position; kIllegal if the move is illegal.
  float prior(int pos) const;
  // Of a compact evaluation: position and prior by rank, likeliest first.
  int ranked() const { return ranked_; }
  int ranked_pos(int rank) const { return rank_positions()[rank]; }
  float ranked_prior(int rank) const { return rank_priors()[rank]; }
  // All priors by position.
  void expand_policy(std::vector<float>& out) const;
  // A compact evaluation as a NetOutput for a buffer of that size, as exact as it is.
  NetOutputPtr expand(int width, int height) const;

  bool has_ownership() const { return has_ownership_; }
  float ownership(int pos) const;

  // What it takes in memory.
  std::size_t bytes() const { return bytes_; }

 private:
  friend class EvaluationRef;
  enum class Form : std::uint8_t { kCompact, kFull };

  Evaluation(const NetValues& values, Form form, int policy_size, MemoryAccount& account)
      : NetValues(values),
        account_(account),
        policy_size_(static_cast<std::uint16_t>(policy_size)),
        form_(form) {}
  ~Evaluation() = default;
  static Evaluation* allocate(std::size_t tail_bytes, const NetValues& values, Form form,
                              int policy_size, MemoryAccount& account);
  void destroy() const;

  // The parts behind the object, in this order (compact form).
  static std::size_t compact_tail_bytes(int ranked, int policy_size, int others, bool ownership);
  std::byte* tail() { return reinterpret_cast<std::byte*>(this + 1); }
  const std::byte* tail() const { return reinterpret_cast<const std::byte*>(this + 1); }
  const float* rank_priors() const { return reinterpret_cast<const float*>(tail()); }
  const std::uint16_t* rank_positions() const {
    return reinterpret_cast<const std::uint16_t*>(rank_priors() + ranked_);
  }
  const std::int16_t* ownership_steps() const {
    return reinterpret_cast<const std::int16_t*>(rank_positions() + ranked_);
  }
  const std::uint8_t* other_mask() const {
    return reinterpret_cast<const std::uint8_t*>(ownership_steps() +
                                                 (has_ownership_ ? policy_size_ - 1 : 0));
  }
  const std::uint8_t* other_codes() const { return other_mask() + (policy_size_ + 7) / 8; }

  static float decode(float largest, std::uint8_t code);
  int others() const;
  void write_ranks(const std::vector<std::uint64_t>& keys);
  void write_ownership(const std::vector<float>& ownership);
  void clear_mask();
  void write_others(const std::vector<float>& policy, float largest);

  MemoryAccount& account_;
  mutable std::atomic<std::uint32_t> users_{0};
  std::uint32_t bytes_ = 0;
  std::uint16_t policy_size_, ranked_ = 0;
  float largest_other_ = 0;  // prior of the likeliest move without rank
  Form form_;
  bool has_ownership_ = false;
};

// Owner of a share in an evaluation; null or not.
class EvaluationRef {
 public:
  EvaluationRef() = default;
  // Takes a share of `evaluation` (may be null).
  explicit EvaluationRef(const Evaluation* evaluation) : evaluation_(evaluation) { add(); }
  EvaluationRef(const EvaluationRef& other) : evaluation_(other.evaluation_) { add(); }
  EvaluationRef(EvaluationRef&& other) noexcept
      : evaluation_(std::exchange(other.evaluation_, nullptr)) {}
  EvaluationRef& operator=(EvaluationRef other) noexcept {
    std::swap(evaluation_, other.evaluation_);
    return *this;
  }
  ~EvaluationRef() { drop(evaluation_); }

  const Evaluation* get() const { return evaluation_; }
  const Evaluation& operator*() const { return *evaluation_; }
  const Evaluation* operator->() const { return evaluation_; }
  explicit operator bool() const { return evaluation_ != nullptr; }
  friend bool operator==(const EvaluationRef& a, const EvaluationRef& b) {
    return a.evaluation_ == b.evaluation_;
  }

  // For containers of bare pointers: the share is theirs until they give it to adopt() or drop().
  const Evaluation* release() { return std::exchange(evaluation_, nullptr); }
  static EvaluationRef adopt(const Evaluation* evaluation) {
    EvaluationRef ref;
    ref.evaluation_ = evaluation;
    return ref;
  }
  static void drop(const Evaluation* evaluation) {
    if (evaluation == nullptr) return;
    if (evaluation->users_.fetch_sub(1, std::memory_order_acq_rel) == 1) evaluation->destroy();
  }

 private:
  void add() {
    if (evaluation_ != nullptr) evaluation_->users_.fetch_add(1, std::memory_order_relaxed);
  }
  const Evaluation* evaluation_ = nullptr;
};

}  // namespace hayago::search
