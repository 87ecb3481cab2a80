// Game records: any bytes are either a game that can be replayed and written, or an SgfError.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gtp/sgf/sgf.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hayago;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  gtp::SgfGame game;
  try {
    game = gtp::sgf_game_from_bytes(bytes, "fuzz.sgf");
  } catch (const gtp::SgfError&) {
    return 0;
  }
  search::GameState state = gtp::initial_state(game);
  for (const search::Move& move : game.moves) {
    if (!gtp::play_record_move(state, move)) std::abort();
  }
  // What was read can be written, and what was written can be read.
  const std::string text =
      gtp::write_sgf(state, {game.black_name, game.white_name, game.result, {}});
  const gtp::SgfGame again = gtp::sgf_game_from_bytes(text, "again.sgf");
  if (again.moves != state.moves()) std::abort();
  return 0;
}
