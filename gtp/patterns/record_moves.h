// All moves of all variations of a game record with the boards they were played on.
#pragma once
#include <functional>
#include <string>

#include "gtp/sgf/sgf.h"

namespace hayago::gtp {

struct RecordedMove {
  const search::Board& before;
  search::Move move;
  int number = 0;         // in its line of play, from 1
  const SgfNode& node;    // with the comment
  const SgfNode& header;  // with the names
};

// Throws SgfError for sizes, points and moves that are impossible; `name` appears in messages.
void for_each_recorded_move(const SgfCollection& collection, const std::string& name,
                            const std::function<void(const RecordedMove&)>& use);

}  // namespace hayago::gtp
