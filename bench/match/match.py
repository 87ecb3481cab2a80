#!/usr/bin/env python3
"""Plays games between hayago and another GTP engine, without anybody watching.

Writes one SGF per game and a table of results. See README.md beside this file.
Exit status: 0 all games were decided and --min-wins is met; 1 a game failed (an engine died or did
not answer, or hayago made an illegal move) or there were too few wins; 2 the match could not start.
"""
import argparse
import concurrent.futures
import dataclasses
import os
import re
import shlex
import shutil
import sys
import time

from gtp_engine import CommandError, EngineError, GtpEngine

COLUMNS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"


@dataclasses.dataclass
class Game:
    number: int
    hayago_is_black: bool
    moves: list = dataclasses.field(default_factory=list)
    result: str = "?"          # SGF form: B+3.5, W+R, 0, ?
    how: str = ""              # score, resignation, illegal move, failure
    other_score: str = ""      # the opponent's opinion of a scored game
    note: str = ""
    guilty: str = ""           # who made an illegal move or failed
    seconds: dict = dataclasses.field(default_factory=lambda: {"hayago": 0.0, "other": 0.0})

    @property
    def failed(self):
        return self.how == "failure" or self.guilty == "hayago"

    @property
    def hayago_won(self):
        return self.result.startswith("B+" if self.hayago_is_black else "W+")

    @property
    def drawn(self):
        return self.result == "0"

    def players(self):
        return ("hayago", "other") if self.hayago_is_black else ("other", "hayago")


def other_color(color):
    return "W" if color == "B" else "B"


def sgf_point(move, size):
    if move == "pass":
        return ""
    x, y = COLUMNS.index(move[0].upper()), size - int(move[1:])
    return chr(ord("a") + x) + chr(ord("a") + y)


def write_sgf(game, options, names, path):
    black, white = (names[p] for p in game.players())
    text = (f"(;FF[4]GM[1]SZ[{options.size}]KM[{options.komi}]RU[Chinese]PB[{black}]PW[{white}]"
            f"RE[{game.result}]\n")
    for i, move in enumerate(game.moves):
        text += f";{'BW'[i % 2]}[{sgf_point(move, options.size)}]"
        text += "\n" if i % 12 == 11 else ""
    with open(path, "w", encoding="utf-8") as file:
        file.write(text + ")\n")


def engine_commands(options, number):
    overrides = [f"maxVisits={options.visits}", "numSearchThreads=1", "rules=chinese",
                 "allowResignation=true", "resignThreshold=-0.95", "resignConsecTurns=4",
                 f"searchRandSeed={options.seed}-{number}", f"nnRandSeed={options.seed}-{number}"]
    hayago = [options.hayago, "gtp", "-override-config", ",".join(overrides)]
    if options.model:
        hayago += ["-model", options.model]
    hayago += shlex.split(options.hayago_args)
    other = shlex.split(options.opponent.replace("{seed}", str(number + 1)))
    return {"hayago": hayago, "other": other}


def set_up(engines, options):
    for name, engine in engines.items():
        engine.ask(f"boardsize {options.size}", timeout=options.start_timeout)
        engine.ask("clear_board")
        engine.ask(f"komi {options.komi}")
        if name == "hayago":
            engine.ask("kata-set-rules chinese")
            engine.ask(f"komi {options.komi}")


def forfeit(game, guilty, how, note):
    game.result = ("W" if game.players()[0] == guilty else "B") + "+F"
    game.how, game.note, game.guilty = how, note, guilty


def play_moves(game, engines, options):
    """Until two passes, resignation or an illegal move; sets result and how except for scores."""
    players = game.players()
    while len(game.moves) < options.max_moves:
        color = "BW"[len(game.moves) % 2]
        mover, waiter = players if color == "B" else players[::-1]
        start = time.monotonic()
        move = engines[mover].ask(f"genmove {color}", timeout=options.move_timeout).lower()
        game.seconds[mover] += time.monotonic() - start
        if move == "resign":
            game.result, game.how = other_color(color) + "+R", "resignation"
            return
        if move != "pass" and not re.fullmatch(r"[a-hj-z]\d{1,2}", move):
            forfeit(game, mover, "illegal move", f"{mover} answered '{move}' to genmove")
            return
        try:
            engines[waiter].ask(f"play {color} {move}")
        except CommandError as error:
            forfeit(game, mover, "illegal move", str(error))
            return
        game.moves.append(move)
        if game.moves[-2:] == ["pass", "pass"]:
            return
    game.note = f"stopped after {options.max_moves} moves"


def score(game, engines, options):
    game.result = engines["hayago"].ask("final_score", timeout=options.move_timeout).upper()
    game.how = "score"
    try:
        game.other_score = engines["other"].ask("final_score", timeout=options.move_timeout).upper()
    except CommandError as error:
        game.other_score = f"? {error}"


def play_game(number, options):
    game = Game(number, hayago_is_black=number % 2 == 0)
    engines = {}
    log = None
    if options.log:
        log = open(os.path.join(options.out, f"game{number + 1:02d}.log"), "w", encoding="utf-8")
    try:
        for name, command in engine_commands(options, number).items():
            engines[name] = GtpEngine(name, command, log, options.timeout)
        set_up(engines, options)
        play_moves(game, engines, options)
        if not game.how:
            score(game, engines, options)
    except (EngineError, CommandError) as error:
        # A dead engine loses, but the match as a whole counts as failed.
        guilty = "hayago" if str(error).startswith("hayago") else "other"
        forfeit(game, guilty, "failure", str(error))
    finally:
        for engine in engines.values():
            engine.close()
        if log:
            log.close()
    return game


def winner_of(score_text):
    return score_text[:1] if score_text[:2] in ("B+", "W+") else score_text


def table_row(game):
    outcome = "failed" if game.failed else "win" if game.hayago_won else (
        "draw" if game.drawn else "loss")
    agree = ""
    if game.other_score:
        agree = "yes" if winner_of(game.other_score) == winner_of(game.result) else "NO"
    return (f"{game.number + 1:>4}  {'B' if game.hayago_is_black else 'W':^6}  {game.result:<8} "
            f"{outcome:<7}{len(game.moves):>5}  {game.how:<13}{game.other_score:<9}{agree:<6}"
            f"{game.seconds['hayago']:>8.1f}{game.seconds['other']:>8.1f}  {game.note}").rstrip()


TABLE_HEAD = ("game  hayago  result   for us moves  by           other    agree   hayago   other  "
              "note\n               plays                              says            seconds")


def summary(games):
    wins = sum(g.hayago_won for g in games)
    draws = sum(g.drawn for g in games)
    failed = sum(g.failed for g in games)
    scored = [g for g in games if g.how == "score"]
    differ = sum(winner_of(g.other_score) != winner_of(g.result) for g in scored)
    return (f"hayago: {wins} wins, {draws} draws, {len(games) - wins - draws} losses in "
            f"{len(games)} games; {failed} failed; winners of scored games: {len(scored)}, "
            f"{differ} disputed"), wins, failed


def parse_options():
    here = os.path.dirname(os.path.abspath(__file__))
    root = os.path.dirname(os.path.dirname(here))
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--hayago", default=os.path.join(root, "build", "hayago"), help="executable")
    p.add_argument("--model", default="", help="network file (default: what hayago finds itself)")
    p.add_argument("--hayago-args", default="", help="further flags for 'hayago gtp'")
    gnugo = shutil.which("gnugo") or "/usr/games/gnugo"  # Debian keeps games outside of PATH
    p.add_argument("--opponent", default=gnugo + " --mode gtp --level 10 --chinese-rules --seed {seed}",
                   help="command line of the other engine; {seed} = number of the game")
    p.add_argument("--games", type=int, default=20)
    p.add_argument("--visits", type=int, default=100)
    p.add_argument("--size", type=int, default=19)
    p.add_argument("--komi", type=float, default=7.5)
    p.add_argument("--parallel", type=int, default=2, help="games at the same time")
    p.add_argument("--seed", default="match")
    p.add_argument("--max-moves", type=int, default=722, help="then the position is scored")
    p.add_argument("--timeout", type=float, default=60, help="seconds for ordinary answers")
    p.add_argument("--move-timeout", type=float, default=300, help="seconds for a move or score")
    p.add_argument("--start-timeout", type=float, default=120, help="seconds for the first answer")
    p.add_argument("--min-wins", type=int, default=0, help="exit status 1 with fewer")
    p.add_argument("--out", default="match", help="folder for SGF files and table.txt")
    p.add_argument("--log", action="store_true", help="write the conversations beside the SGFs")
    return p.parse_args()


def main():
    options = parse_options()
    os.makedirs(options.out, exist_ok=True)
    names = {"hayago": f"hayago {options.visits} visits",
             "other": os.path.basename(shlex.split(options.opponent)[0])}
    for name, command in engine_commands(options, 0).items():
        try:
            engine = GtpEngine(name, command, timeout=options.start_timeout)
            engine.ask("name")
            engine.close()
        except (EngineError, CommandError) as error:
            print(f"match.py: {error}", file=sys.stderr)
            return 2
    games = []
    lines = [f"hayago ({options.visits} visits, 1 thread) against: {options.opponent}",
             f"{options.size}x{options.size}, Chinese rules, komi {options.komi}", "", TABLE_HEAD]
    print("\n".join(lines), flush=True)
    with concurrent.futures.ThreadPoolExecutor(options.parallel) as pool:
        running = [pool.submit(play_game, n, options) for n in range(options.games)]
        for done in concurrent.futures.as_completed(running):
            game = done.result()
            games.append(game)
            write_sgf(game, options, names,
                      os.path.join(options.out, f"game{game.number + 1:02d}.sgf"))
            print(table_row(game), flush=True)
    games.sort(key=lambda g: g.number)
    text, wins, failed = summary(games)
    print("\n" + text)
    with open(os.path.join(options.out, "table.txt"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines + [table_row(g) for g in games] + ["", text]) + "\n")
    return 1 if failed or wins < options.min_wins else 0


if __name__ == "__main__":
    sys.exit(main())
