// One search graph: its nodes, their memory, the subtree value bias, and moving the root.
#pragma once
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "search/tree/bias_table.h"
#include "search/tree/node.h"
#include "search/tree/node_extras.h"
#include "search/tree/node_table.h"
#include "search/tree/pool.h"

namespace hayago::search {

class Tree {
 public:
  // Reports its memory to `account`, which outlives the tree.
  Tree(int lock_bits, MemoryAccount& account)
      : account_(account),
        node_pool_(account),
        edge_pool_(account),
        table_(lock_bits, account),
        bias_(account),
        extras_(account) {}
  ~Tree();
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  Node* root() const { return root_; }
  BiasTable& bias_table() { return bias_; }
  NodeExtras& extras() { return extras_; }

  // --- during a search, from any thread
  // The node with that key and player; made with `bias` pattern if it is new (null: no entry).
  Node* find_or_make(const Hash128& key, Player player, bool force_non_terminal,
                     const Hash128* bias, const NodeExtra& extra = {});
  // A node that is found by nobody else.
  Node* make_unshared(Player player, bool force_non_terminal, const Hash128* bias,
                      const NodeExtra& extra = {});
  // Appends an edge if the node has `index` edges; null if another thread has added one meanwhile.
  // `find_child` is called under the node's lock.
  template <class FindChild>
  Edge* append_edge(Node& node, int index, Loc move, float prior, FindChild&& find_child) {
    const std::scoped_lock lock(node.lock_);
    if (node.num_edges_.load(std::memory_order_relaxed) != index) return nullptr;
    return append_locked(node, move, prior, find_child());
  }
  void replace_output(Node& node, EvaluationRef output, EvaluationRef human);

  // --- while nothing else uses the tree
  Node* make_root(Player player, bool force_non_terminal);
  // The root becomes a copy of `child`, a child of the root. Sweep afterwards.
  void move_root(const Node& child, bool force_non_terminal);
  // Nodes that the root does not reach leave the tree; `free_prop` of their bias contribution is
  // taken back. They are returned, to be destroyed when there is time.
  std::vector<Node*> sweep(double free_prop);
  // Removes root edges for which `keep(move)` is false; true if there were any.
  bool filter_root_edges(const std::vector<bool>& keep);
  // Takes the edges away from nodes with few visits, fewest first, until at least `share` of all
  // nodes is out of reach. Their visits stay in the statistics (folded). Sweep afterwards.
  void fold(double share);
  // The averages of the visits that a node has lost its edges for; weight 0 if there are none.
  // `stats.visits` are those visits.
  const NodeStats& folded(const Node& node) const;
  // Nodes reachable from the root, children before parents (cycles are cut anywhere).
  std::vector<Node*> post_order();
  void drop_retired_outputs();

  // Thread-safe, also beside a search.
  void destroy(const std::vector<Node*>& nodes);

  // --- memory
  std::size_t nodes() const { return table_.size() + (root_ != nullptr ? 1 : 0); }
  // Reserved for nodes, edges and tables. Evaluations are in the evaluator's account.
  std::size_t bytes() const;

 private:
  Node* new_node(const Hash128& key, Player player, bool force_non_terminal, const Hash128* bias,
                 const NodeExtra& extra);
  Edge* append_locked(Node& node, Loc move, float prior, Node* child);
  void clear_edges(Node& node);
  void fold_edges(Node& node);
  void unfold(Node& node);
  void destroy_node(Node& node);
  void mark_reachable(Node& from);
  void release_bias(Node& node, double free_prop);

  // An entry of folded_ with its links.
  static constexpr std::size_t kFoldedBytes = 160;

  MemoryAccount& account_;
  Pool<Node> node_pool_;
  Pool<EdgeBlock> edge_pool_;
  NodeTable table_;
  BiasTable bias_;
  NodeExtras extras_;
  Node* root_ = nullptr;
  Node* old_root_ = nullptr;  // from move_root to sweep
  std::uint32_t mark_ = 0;
  std::atomic<std::uint64_t> unshared_{0};
  std::mutex retired_mutex_;
  std::vector<std::pair<EvaluationRef, EvaluationRef>> retired_;
  std::unordered_map<const Node*, NodeStats> folded_;  // changes only while nothing searches
};

}  // namespace hayago::search
