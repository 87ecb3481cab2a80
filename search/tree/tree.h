// One search graph: its nodes, their memory, the subtree value bias, and moving the root.
#pragma once
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "search/tree/bias_table.h"
#include "search/tree/node.h"
#include "search/tree/node_table.h"
#include "search/tree/pool.h"

namespace hayago::search {

class Tree {
 public:
  explicit Tree(int lock_bits) : table_(lock_bits) {}
  ~Tree();
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  Node* root() const { return root_; }
  BiasTable& bias_table() { return bias_; }

  // --- during a search, from any thread
  // The node with that key and player; made with `bias` pattern if it is new (null: no entry).
  Node* find_or_make(const Hash128& key, Player player, bool force_non_terminal,
                     const Hash128* bias);
  // A node that is found by nobody else.
  Node* make_unshared(Player player, bool force_non_terminal, const Hash128* bias);
  // Appends an edge if the node has `index` edges; null if another thread has added one meanwhile.
  // `find_child` is called under the node's lock.
  template <class FindChild>
  Edge* append_edge(Node& node, int index, Loc move, FindChild&& find_child) {
    const std::scoped_lock lock(node.lock_);
    if (node.num_edges_.load(std::memory_order_relaxed) != index) return nullptr;
    return append_locked(node, move, find_child());
  }
  // To be called by the thread whose first evaluation the node took.
  void count_outputs(Node& node);
  void replace_output(Node& node, NetOutputPtr output, NetOutputPtr human);

  // --- while nothing else uses the tree
  Node* make_root(Player player, bool force_non_terminal);
  // The root becomes a copy of `child`, a child of the root. Sweep afterwards.
  void move_root(const Node& child, bool force_non_terminal);
  // Nodes that the root does not reach leave the tree; `free_prop` of their bias contribution is
  // taken back. They are returned, to be destroyed when there is time.
  std::vector<Node*> sweep(double free_prop);
  // Removes root edges for which `keep(move)` is false; true if there were any.
  bool filter_root_edges(const std::vector<bool>& keep);
  // Nodes reachable from the root, children before parents (cycles are cut anywhere).
  std::vector<Node*> post_order();
  void drop_retired_outputs();

  // Thread-safe, also beside a search.
  void destroy(const std::vector<Node*>& nodes);

  // --- memory
  std::size_t nodes() const { return table_.size() + (root_ != nullptr ? 1 : 0); }
  // Upper bound of what the tree holds, network outputs included.
  std::size_t bytes() const;
  // Counts only once those outputs that the evaluator's cache holds too. Not during a search.
  void recount_outputs();

 private:
  Node* new_node(const Hash128& key, Player player, bool force_non_terminal, const Hash128* bias);
  Edge* append_locked(Node& node, Loc move, Node* child);
  void destroy_node(Node& node);
  void mark_reachable(Node& from);
  void release_bias(Node& node, double free_prop);

  Pool<Node> node_pool_;
  Pool<EdgeBlock> edge_pool_;
  NodeTable table_;
  BiasTable bias_;
  Node* root_ = nullptr;
  Node* old_root_ = nullptr;  // from move_root to sweep
  std::uint32_t mark_ = 0;
  std::atomic<std::uint64_t> unshared_{0};
  std::atomic<std::size_t> output_bytes_{0};
  std::mutex retired_mutex_;
  std::vector<std::pair<NetOutputPtr, NetOutputPtr>> retired_;
  std::size_t retired_bytes_ = 0;
};

}  // namespace hayago::search
