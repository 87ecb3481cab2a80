// Game records: syntax, encodings, oddities of vendors, writing.
#include "gtp/sgf/sgf.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "gtp/sgf/header.h"
#include "tests/support/shared_data.h"

namespace {

using namespace hayago;
using gtp::SgfError;
using gtp::SgfGame;
using search::Color;

SgfGame load(const std::string& text) { return gtp::sgf_game_from_bytes(text, "test.sgf"); }

std::string error_of(const std::string& text) {
  try {
    load(text);
  } catch (const SgfError& error) {
    return error.what();
  }
  return "(no error)";
}

bool warns(const SgfGame& game, const std::string& part) {
  for (const std::string& warning : game.warnings) {
    if (warning.find(part) != std::string::npos) return true;
  }
  return false;
}

std::string point(const SgfGame& game, search::Loc loc) {
  return search::loc_to_string(loc, search::Board(game.x_size, game.y_size));
}

std::string moves_text(const SgfGame& game) {
  std::string out;
  for (const search::Move& move : game.moves) {
    out += (move.player == Color::kBlack ? " B" : " W") + point(game, move.loc);
  }
  return out;
}

std::string setup_text(const SgfGame& game) {
  std::string out;
  for (const search::Placement& stone : game.setup) {
    out += (stone.color == Color::kBlack ? " B" : " W") + point(game, stone.loc);
  }
  return out;
}

TEST_CASE("sgf: an ordinary record", "[sgf]") {
  const SgfGame game = load(
      "(;FF[4]GM[1]SZ[9]KM[6.5]RU[Japanese]PB[Ann]PW[Bob]BR[3d]WR[2k]RE[B+R]DT[2020-01-02]EV[Cup]"
      ";B[ee];W[gc];B[cg];W[];B[tt])");
  CHECK(game.x_size == 9);
  CHECK(game.y_size == 9);
  CHECK(moves_text(game) == " BE5 WG7 BC3 Wpass Bpass");
  CHECK(game.rules.scoring == search::ScoringRule::kTerritory);
  CHECK(game.rules.komi == 6.5f);
  CHECK(game.rules_given);
  CHECK(game.komi_given);
  CHECK(game.black_name == "Ann");
  CHECK(game.white_name == "Bob");
  CHECK(game.black_rank == "3d");
  CHECK(game.white_rank == "2k");
  CHECK(game.result == "B+R");
  CHECK(game.date == "2020-01-02");
  CHECK(game.event == "Cup");
  CHECK(game.warnings.empty());
}

TEST_CASE("sgf: the main line takes the first variation everywhere", "[sgf]") {
  const std::string text =
      "(;SZ[9];B[aa](;W[bb];B[cc](;W[dd])(;W[ee]))(;W[ff];B[gg]))(;SZ[5];B[aa])";
  CHECK(moves_text(load(text)) == " BA9 WB8 BC7 WD6");
  const gtp::SgfCollection all = gtp::parse_sgf(text, "x");
  CHECK(all.roots.size() == 2);
  CHECK(all.nodes.size() == 10);
}

TEST_CASE("sgf: long property names of old files", "[sgf]") {
  const SgfGame game = load("(;GaMe[1]SiZe[13]PlayerBlack[X]KoMi[5.5];Black[aa];White[bb])");
  CHECK(game.x_size == 13);
  CHECK(game.black_name == "X");
  CHECK(game.rules.komi == 5.5f);
  CHECK(moves_text(game) == " BA13 WB12");
}

TEST_CASE("sgf: junk around, byte order mark, white space, escapes", "[sgf]") {
  const SgfGame game = load(
      "\xEF\xBB\xBFSubject: a game (sort of)\r\n\r\n ( \n; SZ [9]\tPB[a\\]b\\\\c]PW[d\\\r\ne]\n;B "
      "[aa]"
      " ) trailing (text");
  CHECK(game.black_name == "a]b\\c");
  CHECK(game.white_name == "de");
  CHECK(moves_text(game) == " BA9");
}

TEST_CASE("sgf: encodings", "[sgf]") {
  const std::string name = "中日";  // the same two characters in every encoding
  const auto player = [](const std::string& ca, const std::string& bytes) {
    return load("(;" + ca + "SZ[9]PB[" + bytes + "])").black_name;
  };
  CHECK(player("CA[UTF-8]", name) == name);
  CHECK(player("", name) == name);
  CHECK(player("CA[GBK]", "\xD6\xD0\xC8\xD5") == name);
  CHECK(player("CA[gb18030]", "\xD6\xD0\xC8\xD5") == name);
  CHECK(player("", "\xD6\xD0\xC8\xD5") == name);  // undeclared GB2312
  CHECK(player("CA[Shift_JIS]", "\x92\x86\x93\xFA") == name);
  CHECK(player("CA[EUC-KR]", "\xF1\xE9\xEC\xED") == name);
  CHECK(player("CA[Big5]", "\xA4\xA4\xA4\xE9") == name);
  CHECK(player("CA[ISO-8859-1]", "M\xFCller") == "Müller");
  CHECK(player("", "M\xFCller") == "Müller");
  // Trail bytes that look like ']' and '\'.
  CHECK(player("CA[GBK]", "\x81\x5D\x81\x5C") == "乚乗");
  CHECK(player("CA[Shift_JIS]", "\x95\x5C") == "表");
  // Broken bytes are replaced, not fatal.
  CHECK(player("CA[UTF-8]",
               "a\xFF\xC3"
               "b") ==
        "a\xEF\xBF\xBD\xEF\xBF\xBD"
        "b");
  CHECK(warns(load("(;CA[UTF-8]PB[\xFF])"), "U+FFFD"));
  CHECK(warns(load("(;CA[klingon]PB[a])"), "klingon"));
  CHECK(load("(;CA[UTF-8//TRANSLIT]PB[a])").black_name == "a");
}

TEST_CASE("sgf: sizes", "[sgf]") {
  CHECK(load("(;GM[1])").x_size == 19);
  const SgfGame rect = load("(;SZ[13:9];B[mi];W[aa])");
  CHECK(rect.x_size == 13);
  CHECK(rect.y_size == 9);
  CHECK(moves_text(rect) == " BN1 WA9");
  CHECK(warns(load("(;SZ[])"), "SZ is empty"));
  for (const char* bad : {"1", "20", "abc", "19:", "19:40", "-9", "9 9", "99999999999999"}) {
    INFO(bad);
    CHECK(error_of(std::string("(;SZ[") + bad + "])").find("board size SZ[") != std::string::npos);
  }
}

TEST_CASE("sgf: set-up stones and the player to move", "[sgf]") {
  const SgfGame rectangle = load("(;SZ[9]AB[aa:bb][ee]AW[cc];W[ii])");
  CHECK(setup_text(rectangle) == " BA9 BB9 BA8 BB8 WC7 BE5");
  CHECK(rectangle.first_player == Color::kWhite);
  CHECK(load("(;SZ[9]AB[aa:bb])").first_player == Color::kWhite);
  CHECK(load("(;SZ[9]AB[aa]AW[bb])").first_player == Color::kBlack);
  CHECK(load("(;SZ[9]AB[aa]AW[bb]PL[W])").first_player == Color::kWhite);
  CHECK(load("(;SZ[9]AB[aa]PL[W];B[cc])").first_player == Color::kBlack);
  // Stones in a second node before the first move belong to the set-up; AE takes them back.
  CHECK(setup_text(load("(;SZ[9]AB[aa][bb];AE[aa]AW[cc];B[dd])")) == " BB8 WC7");
  CHECK(error_of("(;SZ[9]AB[aa]AW[aa])").find("two different contents") != std::string::npos);
  CHECK(error_of("(;SZ[9]AB[zz])").find("AB[zz] is not a point") != std::string::npos);
  CHECK(error_of("(;SZ[9]AB[ab][ba]AW[aa])").find("without liberties") != std::string::npos);
}

TEST_CASE("sgf: set-up in the middle folds the moves before it", "[sgf]") {
  const SgfGame game = load("(;SZ[9];B[aa];W[bb];AB[cc]AE[aa];B[dd])");
  CHECK(setup_text(game) == " WB8 BC7");
  CHECK(moves_text(game) == " BD6");
  CHECK(warns(game, "after 2 moves"));
  // The overlay removes chains without liberties (spec/03 section 3.4).
  const SgfGame captured = load("(;SZ[9];B[ab];W[aa];B[ii];AB[ba];W[cc])");
  CHECK(setup_text(captured) == " BB9 BA8 BJ1");
  CHECK(warns(captured, "without liberties"));
}

TEST_CASE("sgf: handicap", "[sgf]") {
  const SgfGame missing = load("(;SZ[19]HA[4];W[qf])");
  CHECK(missing.handicap == 4);
  CHECK(missing.setup.size() == 4);
  CHECK(warns(missing, "fixed points"));
  CHECK(setup_text(missing) == " BD16 BQ16 BD4 BQ4");
  const SgfGame as_moves = load("(;SZ[19]HA[2];B[dd];B[pp];W[qf])");
  CHECK(as_moves.setup.empty());
  CHECK(warns(as_moves, "out of turn"));
  const SgfGame given = load("(;SZ[13]HA[2]AB[dd][jj];W[gg])");
  CHECK(given.setup.size() == 2);
  CHECK(gtp::initial_state(given).num_handicap_stones() == 2);
  CHECK(warns(load("(;HA[many])"), "HA[many]"));
}

TEST_CASE("sgf: komi repairs", "[sgf]") {
  struct Case {
    const char* text;
    float komi;
    bool warns;
  };
  for (const Case& c :
       {Case{"6.5", 6.5f, false}, Case{"0", 0.0f, false}, Case{"0.00", 0.0f, false},
        Case{"7.500000", 7.5f, false}, Case{"-5.5", -5.5f, false}, Case{" 6.5 ", 6.5f, false},
        Case{"+0.5", 0.5f, false}, Case{"7.5目", 7.5f, false}, Case{"7,5", 7.5f, true},
        Case{"750", 7.5f, true}, Case{"650", 6.5f, true}, Case{"375", 7.5f, true},
        Case{"3.75", 7.5f, true}, Case{"2.75", 5.5f, true}, Case{"3.25", 6.5f, true}}) {
    INFO(c.text);
    std::vector<std::string> warnings;
    const auto komi = gtp::parse_sgf_komi(c.text, warnings);
    REQUIRE(komi.has_value());
    CHECK(*komi == c.komi);
    CHECK(warnings.empty() != c.warns);
  }
  for (const char* bad : {"", "abc", "6.3", "6 1/2", "nan", "inf", "1e300", "99999999", "7.5.5"}) {
    INFO(bad);
    std::vector<std::string> warnings;
    CHECK_FALSE(gtp::parse_sgf_komi(bad, warnings).has_value());
  }
  const SgfGame game = load("(;RU[Chinese]KM[x])");
  CHECK_FALSE(game.komi_given);
  CHECK(game.rules.komi == 7.5f);
  CHECK(warns(game, "KM[x]"));
}

TEST_CASE("sgf: rule names", "[sgf]") {
  const auto nice = [](const char* text) {
    const auto rules = gtp::parse_sgf_rules(text);
    return rules ? search::rules_nice_name(*rules) : std::string("?");
  };
  CHECK(nice("Japanese") == "Japanese");
  CHECK(nice("japanese ") == "Japanese");
  CHECK(nice("Chinese") == "Chinese");
  CHECK(nice("AGA") == "AGA");
  CHECK(nice("NZ") == "NewZealand");
  CHECK(nice("GOE") != "?");
  CHECK(nice("OGS:Chinese") == "Chinese");
  CHECK(nice("Chinese, PSK") == "Chinese");
  CHECK(nice("日本") == "Japanese");
  CHECK(nice("koPOSITIONALscoreAREAtaxNONEsui1") == "TrompTaylor");
  CHECK(nice("foo") == "?");
  CHECK(nice("") == "?");
  CHECK(nice("OGS:") == "?");
  CHECK(warns(load("(;RU[foo])"), "unknown rules RU[foo]"));
  CHECK_FALSE(load("(;RU[])").rules_given);
}

TEST_CASE("sgf: errors name the place", "[sgf]") {
  CHECK(error_of("").find("no game record") != std::string::npos);
  CHECK(error_of("this is not sgf").find("no game record") != std::string::npos);
  CHECK(error_of("(;SZ[9];B[ee]\n;W[ee])").find("line 2, column 2: move 2 (W E5)") !=
        std::string::npos);
  CHECK(error_of("(;SZ[9];B[ee]").find("ends early") != std::string::npos);
  CHECK(error_of("(;GM[1]SZ[9];B[ee").find("no closing ']'") != std::string::npos);
  CHECK(error_of("(;SZ 9)").find("expected '['") != std::string::npos);
  CHECK(error_of("(;sz[9])").find("no capital letter") != std::string::npos);
  CHECK(error_of("(;SZ[9];B[ee]!)").find("found '!'") != std::string::npos);
  CHECK(error_of("(;SZ[9];B[jj])").find("not a point of a 9x9 board") != std::string::npos);
  CHECK(error_of("(;SZ[9];B[aa][bb])").find("one point") != std::string::npos);
  CHECK(error_of("(;GM[2])").find("not a game of Go") != std::string::npos);
  CHECK(error_of("(;PL[green])").find("expected B or W") != std::string::npos);
  CHECK_THROWS_WITH(gtp::load_sgf_game("/nonexistent/x.sgf"),
                    Catch::Contains("/nonexistent/x.sgf") && Catch::Contains("opened"));
  CHECK_THROWS_AS(gtp::load_sgf_game("/"), SgfError);
}

TEST_CASE("sgf: depth and size cost no recursion and stay bounded", "[sgf]") {
  std::string deep, chain = "(;SZ[9]";
  for (int i = 0; i < 200'000; ++i) deep += "(;C[x]";
  CHECK(error_of(deep).find("ends early") != std::string::npos);
  for (int i = 0; i < 200'000; ++i) deep += ")";
  CHECK(load(deep).moves.empty());
  for (int i = 0; i < 20'000; ++i) chain += i % 2 == 0 ? ";B[]" : ";W[]";
  CHECK(error_of(chain + ")").find("more than 10000 moves") != std::string::npos);
  CHECK(error_of("(" + std::string(1'100'000, ';') + ")").find("nodes") != std::string::npos);
  CHECK(error_of(std::string(gtp::kMaxSgfBytes + 1, ' ')).find("MiB") != std::string::npos);
}

TEST_CASE("sgf: writing", "[sgf]") {
  const auto rewrite = [](const std::string& text) {
    const SgfGame game = load(text);
    search::GameState state = gtp::initial_state(game);
    for (const search::Move& move : game.moves) REQUIRE(gtp::play_record_move(state, move));
    return gtp::write_sgf(state);
  };
  // spec/07 section 15.2, except that spaces between properties are not written.
  const std::string plain =
      "(;FF[4]GM[1]SZ[9]PB[]PW[]HA[0]KM[6.5]RU[Japanese];B[ee];W[gc];B[cg];W[])";
  CHECK(rewrite(plain) == plain);
  const std::string setup =
      "(;FF[4]GM[1]SZ[13:7]PB[]PW[]HA[0]KM[0.5]RU[TrompTaylor]AB[dd][jd]AW[cc];W[gg];B[ff];W[aa])";
  CHECK(rewrite(setup) == setup);
  search::GameState state(search::Board(9, 9), Color::kBlack, search::Rules{});
  state.make_move(search::kPassLoc, Color::kBlack);
  state.make_move(search::kPassLoc, Color::kWhite);
  CHECK(gtp::write_sgf(state) ==
        "(;FF[4]GM[1]SZ[9]PB[]PW[]HA[0]KM[7.5]RU[TrompTaylor]RE[W+7.5];B[];W[]C[result=W+7.5])");
  const std::string named = gtp::write_sgf(state, {"a]b", "ö\\", "", {"first"}});
  const SgfGame again = load(named);
  CHECK(again.black_name == "a]b");
  CHECK(again.white_name == "ö\\");
  CHECK(named.find("B[]C[first]") != std::string::npos);
}

TEST_CASE("sgf: the collection of real games loads and survives writing", "[sgf]") {
  HAYAGO_SHARED_FILE(first, "games/g000.sgf");
  int games = 0;
  std::size_t moves = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(first).parent_path())) {
    if (entry.path().extension() != ".sgf") continue;
    INFO(entry.path().string());
    const SgfGame game = gtp::load_sgf_game(entry.path().string());
    search::GameState state = gtp::initial_state(game);
    bool in_order = true;
    for (const search::Move& move : game.moves) {
      in_order = in_order && move.player == state.next_player();
      REQUIRE(gtp::play_record_move(state, move));
    }
    CHECK(game.komi_given);
    CHECK(game.rules.komi >= 0);
    CHECK(game.rules.komi <= 7.5f);
    if (in_order) {
      const SgfGame again = load(gtp::write_sgf(state));
      CHECK(again.moves == game.moves);
      CHECK(again.rules.komi == game.rules.komi);
    }
    ++games;
    moves += game.moves.size();
  }
  CHECK(games == 500);
  // 84,122 B and W properties in the files; variations are not part of the main line.
  CHECK(moves > 80'000);
}

}  // namespace
