// Nodes and edges of the search graph (spec/05 section 2).
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <utility>

#include "search/board/board.h"
#include "search/eval/evaluation.h"
#include "search/sync/spin_lock.h"
#include "search/tree/node_stats.h"

namespace hayago::search {

class Node;
struct BiasEntry;

struct Edge {
  Node* child = nullptr;
  std::atomic<std::int64_t> visits{0};
  // Of the parent's evaluation, so that selection need not look it up; roots have a policy of
  // their own.
  std::atomic<float> prior{0};
  Loc move = kNullLoc;
};

// Edges live in a chain of blocks: they never move, so readers need no lock.
struct EdgeBlock {
  static constexpr int kEdges = 4;
  std::array<Edge, kEdges> edges;
  std::atomic<EdgeBlock*> next{nullptr};
};

// Three cache lines: what every visit changes fills the first two, so that reading the third never
// waits for another core.
class alignas(64) Node {
 public:
  Node(Player player, bool forced_non_terminal, const Hash128& table_key)
      : next_player(player), force_non_terminal(forced_non_terminal), key(table_key) {}
  ~Node() {
    EvaluationRef::drop(output_.load(std::memory_order_relaxed));
    EvaluationRef::drop(human_output_.load(std::memory_order_relaxed));
  }
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // --- changed by every visit
  std::atomic<int> virtual_losses{0};
  std::atomic<int> pending_visits{0};  // registered, not yet in the statistics
  SharedStats stats;
  // The subtree value bias (tree/bias_table.h), for whoever recomputes.
  double last_bias_delta = 0, last_bias_weight = 0;

  // True for the descent that may evaluate the node; others wait for it. Given back if that fails.
  bool claim_evaluation() { return !claimed_.exchange(true, std::memory_order_acq_rel); }
  void give_claim_back() { claimed_.store(false, std::memory_order_release); }
  // Waiting for the evaluation is over.
  bool is_evaluated_or_free() const {
    return output() != nullptr || !claimed_.load(std::memory_order_acquire);
  }

 private:
  mutable SpinLock lock_;
  std::atomic<bool> claimed_{false};
  std::atomic<std::uint16_t> num_edges_{0};

 public:
  // --- fixed at creation
  const Player next_player;
  const bool force_non_terminal;  // go on although the rules say that the game is over here

  // Some of the node's visits are in Tree::folded, not in edges.
  bool has_folded_visits = false;
  std::uint32_t mark = 0;  // of the sweep that reached it

  // Null until the first evaluation is stored together with its statistics.
  const Evaluation* output() const { return output_.load(std::memory_order_acquire); }
  const Evaluation* human_output() const { return human_output_.load(std::memory_order_acquire); }

  // False if another thread was first.
  bool store_first_evaluation(EvaluationRef output, EvaluationRef human, const NodeStats& first) {
    const std::scoped_lock lock(lock_);
    if (output_.load(std::memory_order_relaxed) != nullptr) return false;
    human_output_.store(human.release(), std::memory_order_release);
    stats.write(first);
    output_.store(output.release(), std::memory_order_release);
    return true;
  }
  // Returns the old outputs, which readers may still use: the caller keeps them until the search
  // has ended.
  std::pair<EvaluationRef, EvaluationRef> replace_output(EvaluationRef output,
                                                         EvaluationRef human) {
    const std::scoped_lock lock(lock_);
    return {
        EvaluationRef::adopt(output_.exchange(output.release(), std::memory_order_acq_rel)),
        EvaluationRef::adopt(human_output_.exchange(human.release(), std::memory_order_acq_rel))};
  }
  EvaluationRef shared_output() const {
    const std::scoped_lock lock(lock_);
    return EvaluationRef(output_.load(std::memory_order_relaxed));
  }
  EvaluationRef shared_human_output() const {
    const std::scoped_lock lock(lock_);
    return EvaluationRef(human_output_.load(std::memory_order_relaxed));
  }

  // The two cache lines that selection reads, which other threads have often changed.
  void prefetch_stats() const {
    __builtin_prefetch(&virtual_losses);
    __builtin_prefetch(&last_bias_weight);
  }

  // Reads, changes and writes the statistics as one step.
  template <class F>
  void update_stats(F&& change) {
    const std::scoped_lock lock(lock_);
    NodeStats s = stats.read();
    change(s);
    stats.write(s);
  }

  // Edges in creation order; the number only grows during a search.
  int num_edges() const { return num_edges_.load(std::memory_order_acquire); }
  template <class F>
  void for_each_edge(F&& use) const {
    int left = num_edges();
    if (left == 0) return;  // first_block_ may be written right now
    for (EdgeBlock* block = first_block_; left > 0; left -= EdgeBlock::kEdges) {
      const int n = left < EdgeBlock::kEdges ? left : EdgeBlock::kEdges;
      for (int i = 0; i < n; ++i) use(block->edges[static_cast<std::size_t>(i)]);
      if (left > EdgeBlock::kEdges) block = block->next.load(std::memory_order_acquire);
    }
  }

  alignas(64) BiasEntry* bias = nullptr;  // of the pattern that led here; null: none

  // --- bookkeeping of the table
  const Hash128 key;
  Node* next_in_bucket = nullptr;

 private:
  friend class Tree;

  std::atomic<const Evaluation*> output_{nullptr}, human_output_{nullptr};  // shares held
  EdgeBlock* first_block_ = nullptr;  // written before the first edge is published
  EdgeBlock* last_block_ = nullptr;   // under lock_
};

static_assert(sizeof(Node) == 3 * 64);

// What updates and reports need of an edge, read once.
struct EdgeView {
  Edge* edge = nullptr;
  Node* child = nullptr;
  Loc move = kNullLoc;
  std::int64_t edge_visits = 0;
  NodeStats stats;                   // of the child
  double weight = 0, weight_sq = 0;  // of the edge
};

// The share of a child's visits that came through the edge (spec/05 section 2). The quotient is
// exactly 1 where all did.
inline double edge_share(std::int64_t edge_visits, std::int64_t child_visits) {
  const double visits = child_visits > 1 ? static_cast<double>(child_visits) : 1.0;
  return static_cast<double>(edge_visits) / visits;
}

inline EdgeView view_edge(Edge& edge) {
  EdgeView view;
  view.edge = &edge;
  view.child = edge.child;
  view.move = edge.move;
  // Edge visits first: the child's visits are counted before those of its edge.
  view.edge_visits = edge.visits.load(std::memory_order_acquire);
  view.stats = edge.child->stats.read();
  const double share = edge_share(view.edge_visits, view.stats.visits);
  view.weight = view.stats.weight * share;
  view.weight_sq = view.stats.weight_sq * share;
  return view;
}

}  // namespace hayago::search
