// Nodes and edges of the search graph (spec/05 section 2).
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <utility>

#include "search/board/board.h"
#include "search/eval/evaluator.h"
#include "search/tree/node_stats.h"
#include "search/tree/spin_lock.h"

namespace hayago::search {

class Node;
struct BiasEntry;

struct Edge {
  Node* child = nullptr;
  std::atomic<std::int64_t> visits{0};
  Loc move = kNullLoc;
};

// Edges live in a chain of blocks: they never move, so readers need no lock.
struct EdgeBlock {
  static constexpr int kEdges = 4;
  std::array<Edge, kEdges> edges;
  std::atomic<EdgeBlock*> next{nullptr};
};

class Node {
 public:
  Node(Player player, bool forced_non_terminal, const Hash128& table_key)
      : key(table_key), next_player(player), force_non_terminal(forced_non_terminal) {}

  // --- fixed at creation
  const Hash128 key;
  const Player next_player;
  const bool force_non_terminal;  // go on although the rules say that the game is over here

  // --- shared while searching
  std::atomic<int> virtual_losses{0};
  std::atomic<int> pending_visits{0};  // registered, not yet in the statistics
  SharedStats stats;

  // Null until the first evaluation is stored together with its statistics.
  const NetOutput* output() const { return output_.load(std::memory_order_acquire); }
  const NetOutput* human_output() const { return human_output_.load(std::memory_order_acquire); }

  // False if another thread was first.
  bool store_first_evaluation(NetOutputPtr output, NetOutputPtr human, const NodeStats& first) {
    const std::scoped_lock lock(lock_);
    if (output_owner_ != nullptr) return false;
    set_outputs(std::move(output), std::move(human));
    stats.write(first);
    output_.store(output_owner_.get(), std::memory_order_release);
    return true;
  }
  // Returns the old outputs, which readers may still use: the caller keeps them until the search
  // has ended.
  std::pair<NetOutputPtr, NetOutputPtr> replace_output(NetOutputPtr output, NetOutputPtr human) {
    const std::scoped_lock lock(lock_);
    std::pair<NetOutputPtr, NetOutputPtr> old{std::move(output_owner_), std::move(human_owner_)};
    set_outputs(std::move(output), std::move(human));
    output_.store(output_owner_.get(), std::memory_order_release);
    return old;
  }
  NetOutputPtr shared_output() const {
    const std::scoped_lock lock(lock_);
    return output_owner_;
  }
  NetOutputPtr shared_human_output() const {
    const std::scoped_lock lock(lock_);
    return human_owner_;
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

  // --- the subtree value bias (update/bias_table.h). last_* belong to whoever recomputes.
  BiasEntry* bias = nullptr;
  double last_bias_delta = 0, last_bias_weight = 0;

  // --- bookkeeping of the table and of the tree
  Node* next_in_bucket = nullptr;
  std::uint32_t mark = 0;
  std::uint32_t counted_bytes = 0;  // of its outputs, in the tree's account

 private:
  friend class Tree;
  void set_outputs(NetOutputPtr output, NetOutputPtr human) {
    output_owner_ = std::move(output);
    human_owner_ = std::move(human);
    human_output_.store(human_owner_.get(), std::memory_order_release);
  }

  mutable SpinLock lock_;
  NetOutputPtr output_owner_, human_owner_;
  std::atomic<const NetOutput*> output_{nullptr}, human_output_{nullptr};
  std::atomic<int> num_edges_{0};
  EdgeBlock* first_block_ = nullptr;  // written before the first edge is published
  EdgeBlock* last_block_ = nullptr;   // under lock_
};

// What selection, updates and reports need of an edge, read once.
struct EdgeView {
  Edge* edge = nullptr;
  Node* child = nullptr;
  Loc move = kNullLoc;
  std::int64_t edge_visits = 0;
  NodeStats stats;                   // of the child
  double weight = 0, weight_sq = 0;  // of the edge
};

inline EdgeView view_edge(Edge& edge) {
  EdgeView view;
  view.edge = &edge;
  view.child = edge.child;
  view.move = edge.move;
  // spec/05 section 2. Edge visits first: the child's visits are counted before those of its edge.
  view.edge_visits = edge.visits.load(std::memory_order_acquire);
  view.stats = edge.child->stats.read();
  // The quotient first: it is exactly 1 where all visits came through this edge.
  const double visits = view.stats.visits > 1 ? static_cast<double>(view.stats.visits) : 1.0;
  const double share = static_cast<double>(view.edge_visits) / visits;
  view.weight = view.stats.weight * share;
  view.weight_sq = view.stats.weight_sq * share;
  return view;
}

}  // namespace hayago::search
