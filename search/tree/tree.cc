#include "search/tree/tree.h"

#include <algorithm>

namespace hayago::search {
namespace {

// Control block of the shared pointer and heap headers of the object and its two arrays.
constexpr std::size_t kOutputOverhead = 64;

std::size_t output_bytes(const NetOutput* output) {
  return output == nullptr ? 0 : output->bytes() + kOutputOverhead;
}

}  // namespace

Tree::~Tree() {
  for (Node* root : {root_, old_root_}) {
    if (root != nullptr) destroy_node(*root);
  }
  table_.for_each([this](Node& node) { destroy_node(node); });
}

Node* Tree::new_node(const Hash128& key, Player player, bool force_non_terminal,
                     const Hash128* bias) {
  Node* node = node_pool_.make(player, force_non_terminal, key);
  if (bias != nullptr) node->bias = bias_.use(*bias);
  return node;
}

Node* Tree::find_or_make(const Hash128& key, Player player, bool force_non_terminal,
                         const Hash128* bias) {
  return table_.find_or_make(key, player,
                             [&] { return new_node(key, player, force_non_terminal, bias); });
}

Node* Tree::make_unshared(Player player, bool force_non_terminal, const Hash128* bias) {
  const std::uint64_t number = unshared_.fetch_add(1, std::memory_order_relaxed);
  return find_or_make({mix64(number), number}, player, force_non_terminal, bias);
}

Edge* Tree::append_locked(Node& node, Loc move, Node* child) {
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
  node.num_edges_.store(index + 1, std::memory_order_release);
  return &edge;
}

void Tree::count_outputs(Node& node) {
  node.counted_bytes =
      static_cast<std::uint32_t>(output_bytes(node.output()) + output_bytes(node.human_output()));
  output_bytes_.fetch_add(node.counted_bytes, std::memory_order_relaxed);
}

void Tree::replace_output(Node& node, NetOutputPtr output, NetOutputPtr human) {
  auto old = node.replace_output(std::move(output), std::move(human));
  const std::size_t bytes = output_bytes(old.first.get()) + output_bytes(old.second.get());
  output_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  const std::scoped_lock lock(retired_mutex_);
  retired_.push_back(std::move(old));
  retired_bytes_ += bytes;
}

void Tree::drop_retired_outputs() {
  retired_.clear();
  output_bytes_.fetch_sub(retired_bytes_, std::memory_order_relaxed);
  retired_bytes_ = 0;
}

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
  node.bias->add(-free_prop * node.last_bias_delta, -free_prop * node.last_bias_weight);
  node.bias->users.fetch_sub(1, std::memory_order_relaxed);
  node.bias = nullptr;
}

void Tree::move_root(const Node& child, bool force_non_terminal) {
  Node* new_root = node_pool_.make(child.next_player, force_non_terminal, Hash128{});
  const bool evaluated = new_root->store_first_evaluation(
      child.shared_output(), child.shared_human_output(), child.stats.read());
  static_cast<void>(evaluated);  // nobody else knows the node yet
  child.for_each_edge([&](Edge& edge) {
    Edge* copy = append_locked(*new_root, edge.move, edge.child);
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
  for (Node* node : removed) release_bias(*node, free_prop);
  if (old_root_ != nullptr) removed.push_back(std::exchange(old_root_, nullptr));
  return removed;
}

bool Tree::filter_root_edges(const std::vector<bool>& keep) {
  struct Kept {
    Loc move;
    Node* child;
    std::int64_t visits;
  };
  std::vector<Kept> kept;
  bool removed = false;
  root_->for_each_edge([&](Edge& edge) {
    if (keep[static_cast<std::size_t>(edge.move)]) {
      kept.push_back({edge.move, edge.child, edge.visits.load(std::memory_order_relaxed)});
    } else {
      removed = true;
    }
  });
  if (!removed) return false;
  for (EdgeBlock* block = root_->first_block_; block != nullptr;) {
    EdgeBlock* next = block->next.load(std::memory_order_relaxed);
    edge_pool_.destroy(block);
    block = next;
  }
  root_->first_block_ = root_->last_block_ = nullptr;
  root_->num_edges_.store(0, std::memory_order_relaxed);
  for (const Kept& edge : kept) {
    append_locked(*root_, edge.move, edge.child)
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

void Tree::destroy_node(Node& node) {
  output_bytes_.fetch_sub(node.counted_bytes, std::memory_order_relaxed);
  for (EdgeBlock* block = node.first_block_; block != nullptr;) {
    EdgeBlock* next = block->next.load(std::memory_order_relaxed);
    edge_pool_.destroy(block);
    block = next;
  }
  node_pool_.destroy(&node);
}

void Tree::destroy(const std::vector<Node*>& nodes) {
  for (Node* node : nodes) destroy_node(*node);
}

std::size_t Tree::bytes() const {
  return node_pool_.bytes() + edge_pool_.bytes() + table_.bytes() + bias_.bytes() +
         output_bytes_.load(std::memory_order_relaxed);
}

void Tree::recount_outputs() {
  std::size_t total = 0;
  const auto count = [&total](Node& node) {
    std::size_t bytes = 0;
    for (const NetOutputPtr* output : {&node.output_owner_, &node.human_owner_}) {
      if (output->use_count() == 1) bytes += output_bytes(output->get());
    }
    node.counted_bytes = static_cast<std::uint32_t>(bytes);
    total += bytes;
  };
  if (root_ != nullptr) count(*root_);
  table_.for_each(count);
  output_bytes_.store(total, std::memory_order_relaxed);
}

}  // namespace hayago::search
