#include "search/tree/tree.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

namespace hayago::search {
Tree::~Tree() {
  for (Node* root : {root_, old_root_}) {
    if (root != nullptr) destroy_node(*root);
  }
  table_.for_each([this](Node& node) { destroy_node(node); });
}

Node* Tree::new_node(const Hash128& key, Player player, bool force_non_terminal,
                     const Hash128* bias, const NodeExtra& extra) {
  Node* node = node_pool_.make(player, force_non_terminal, key);
  if (bias != nullptr) node->bias = bias_.use(*bias);
  if (!extra.empty()) extras_.put(key, extra);
  return node;
}

Node* Tree::find_or_make(const Hash128& key, Player player, bool force_non_terminal,
                         const Hash128* bias, const NodeExtra& extra) {
  return table_.find_or_make(
      key, player, [&] { return new_node(key, player, force_non_terminal, bias, extra); });
}

Node* Tree::make_unshared(Player player, bool force_non_terminal, const Hash128* bias,
                          const NodeExtra& extra) {
  const std::uint64_t number = unshared_.fetch_add(1, std::memory_order_relaxed);
  return find_or_make({mix64(number), number}, player, force_non_terminal, bias, extra);
}

Edge* Tree::append_locked(Node& node, Loc move, float prior, Node* child) {
  const int index = node.num_edges_.load(std::memory_order_relaxed);
  const std::size_t slot = static_cast<std::size_t>(index % EdgeBlock::kEdges);
  if (slot == 0) {
    EdgeBlock* block = edge_pool_.make();
    if (node.first_block_ == nullptr) {
      node.first_block_ = block;
    } else {
      node.last_block_->next.store(block, std::memory_order_release);
    }
    node.last_block_ = block;
  }
  Edge& edge = node.last_block_->edges[slot];
  edge.move = move;
  edge.child = child;
  edge.prior.store(prior, std::memory_order_relaxed);
  node.num_edges_.store(static_cast<std::uint16_t>(index + 1), std::memory_order_release);
  return &edge;
}

void Tree::replace_output(Node& node, EvaluationRef output, EvaluationRef human) {
  auto old = node.replace_output(std::move(output), std::move(human));
  const std::scoped_lock lock(retired_mutex_);
  retired_.push_back(std::move(old));
}

void Tree::drop_retired_outputs() { retired_.clear(); }

Node* Tree::make_root(Player player, bool force_non_terminal) {
  root_ = node_pool_.make(player, force_non_terminal, Hash128{});
  return root_;
}

void Tree::mark_reachable(Node& from) {
  std::vector<Node*> stack{&from};
  from.mark = mark_;
  while (!stack.empty()) {
    Node* node = stack.back();
    stack.pop_back();
    node->for_each_edge([&](Edge& edge) {
      if (edge.child->mark == mark_) return;
      edge.child->mark = mark_;
      stack.push_back(edge.child);
    });
  }
}

void Tree::release_bias(Node& node, double free_prop) {
  if (node.bias == nullptr) return;
  node.bias->take_back(free_prop * node.last_bias_delta, free_prop * node.last_bias_weight);
  node.bias->users.fetch_sub(1, std::memory_order_relaxed);
  node.bias = nullptr;
}

void Tree::move_root(const Node& child, bool force_non_terminal) {
  Node* new_root = node_pool_.make(child.next_player, force_non_terminal, Hash128{});
  const bool evaluated = new_root->store_first_evaluation(
      child.shared_output(), child.shared_human_output(), child.stats.read());
  static_cast<void>(evaluated);  // nobody else knows the node yet
  child.for_each_edge([&](Edge& edge) {
    Edge* copy =
        append_locked(*new_root, edge.move, edge.prior.load(std::memory_order_relaxed), edge.child);
    copy->visits.store(edge.visits.load(std::memory_order_relaxed), std::memory_order_relaxed);
  });
  old_root_ = root_;
  root_ = new_root;
}

std::vector<Node*> Tree::sweep(double free_prop) {
  ++mark_;
  mark_reachable(*root_);
  std::vector<Node*> removed =
      table_.remove_unless([this](const Node& node) { return node.mark == mark_; });
  for (Node* node : removed) {
    release_bias(*node, free_prop);
    extras_.erase(node->key);
    if (node->has_folded_visits) unfold(*node);
  }
  if (old_root_ != nullptr) removed.push_back(std::exchange(old_root_, nullptr));
  return removed;
}

const NodeStats& Tree::folded(const Node& node) const {
  static const NodeStats none;
  if (!node.has_folded_visits) return none;
  return folded_.at(&node);
}

void Tree::unfold(Node& node) {
  folded_.erase(&node);
  account_.remove(kFoldedBytes);
  node.has_folded_visits = false;
}

void Tree::fold_edges(Node& node) {
  NodeStats& sum = folded_[&node];
  if (!node.has_folded_visits) account_.add(kFoldedBytes);
  node.has_folded_visits = true;
  node.for_each_edge([&sum](Edge& edge) {
    const EdgeView view = view_edge(edge);
    if (view.weight > 0) merge_stats(sum, view.stats, view.weight, view.weight_sq);
    sum.visits += view.edge_visits;
  });
  clear_edges(node);
}

void Tree::fold(double share) {
  // The marks serve as "visits of the most visited parent" meanwhile.
  const auto for_all = [this](auto&& use) {
    use(*root_);
    table_.for_each(use);
  };
  const auto visits_of = [](const Node& node) {
    constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(node.stats.visits(), 0, kMost));
  };
  for_all([](Node& node) { node.mark = 0; });
  for_all([&](Node& node) {
    const std::uint32_t visits = visits_of(node);
    node.for_each_edge(
        [visits](Edge& edge) { edge.child->mark = std::max(edge.child->mark, visits); });
  });
  std::array<std::size_t, 33> by_magnitude{};
  for_all([&](Node& node) { ++by_magnitude[static_cast<std::size_t>(std::bit_width(node.mark))]; });
  const double wanted = share * static_cast<double>(nodes());
  int bits = 1;
  for (std::size_t below = by_magnitude[0] + by_magnitude[1];
       static_cast<double>(below) < wanted && bits < 32;
       below += by_magnitude[static_cast<std::size_t>(bits)]) {
    ++bits;
  }
  for_all([&](Node& node) {
    node.mark = 0;
    if (&node == root_ || node.num_edges() == 0) return;
    if (static_cast<int>(std::bit_width(visits_of(node))) <= bits) fold_edges(node);
  });
  mark_ = 0;
}

bool Tree::filter_root_edges(const std::vector<bool>& keep) {
  struct Kept {
    Loc move;
    Node* child;
    float prior;
    std::int64_t visits;
  };
  std::vector<Kept> kept;
  bool removed = false;
  root_->for_each_edge([&](Edge& edge) {
    if (keep[static_cast<std::size_t>(edge.move)]) {
      kept.push_back({edge.move, edge.child, edge.prior.load(std::memory_order_relaxed),
                      edge.visits.load(std::memory_order_relaxed)});
    } else {
      removed = true;
    }
  });
  if (!removed) return false;
  clear_edges(*root_);
  for (const Kept& edge : kept) {
    append_locked(*root_, edge.move, edge.prior, edge.child)
        ->visits.store(edge.visits, std::memory_order_relaxed);
  }
  return true;
}

std::vector<Node*> Tree::post_order() {
  // Iterative depth first; a node is listed when all its children have been.
  struct Frame {
    Node* node;
    std::vector<Node*> children;
    std::size_t next = 0;
  };
  const auto open = [this](Node* node) {
    node->mark = mark_;
    Frame frame{node, {}, 0};
    frame.children.reserve(static_cast<std::size_t>(node->num_edges()));
    node->for_each_edge([&](Edge& edge) { frame.children.push_back(edge.child); });
    return frame;
  };
  std::vector<Node*> order;
  std::vector<Frame> stack;
  ++mark_;
  stack.push_back(open(root_));
  while (!stack.empty()) {
    Frame& top = stack.back();
    if (top.next == top.children.size()) {
      order.push_back(top.node);
      stack.pop_back();
      continue;
    }
    Node* child = top.children[top.next++];
    if (child->mark != mark_) stack.push_back(open(child));
  }
  return order;
}

void Tree::clear_edges(Node& node) {
  for (EdgeBlock* block = node.first_block_; block != nullptr;) {
    EdgeBlock* next = block->next.load(std::memory_order_relaxed);
    edge_pool_.destroy(block);
    block = next;
  }
  node.first_block_ = node.last_block_ = nullptr;
  node.num_edges_.store(0, std::memory_order_relaxed);
}

void Tree::destroy_node(Node& node) {
  clear_edges(node);
  node_pool_.destroy(&node);
}

void Tree::destroy(const std::vector<Node*>& nodes) {
  for (Node* node : nodes) destroy_node(*node);
}

std::size_t Tree::bytes() const {
  return node_pool_.bytes() + edge_pool_.bytes() + table_.bytes() + bias_.bytes() + extras_.bytes();
}

}  // namespace hayago::search
