#!/usr/bin/env python3
"""Writes gtp/benchmark/games.inc: one game of hayago against itself per board size.

The benchmark takes its positions from these games. Only their style matters (sizes, phases,
captures), so 30 visits per move are plenty:  make_games.py HAYAGO MODEL > benchmark_games.inc
"""
import sys

from gtp_engine import GtpEngine
from match import sgf_point

SIZES = range(7, 20)
MOVES_PER_POINT = 0.45


def game_moves(engine, size):
    engine.ask(f"boardsize {size}")
    engine.ask("clear_board")
    engine.ask("kata-set-rules tromp-taylor")
    engine.ask("komi 7.5")
    moves = ""
    for turn in range(int(MOVES_PER_POINT * size * size)):
        move = engine.ask(f"genmove {'BW'[turn % 2]}").lower()
        if move in ("pass", "resign"):
            break
        moves += sgf_point(move, size)
    return moves


def main():
    hayago, model = sys.argv[1:]
    overrides = ("maxVisits=30,numSearchThreads=1,searchRandSeed=games,nnRandSeed=games")
    engine = GtpEngine("hayago", [hayago, "gtp", "-model", model, "-override-config", overrides])
    print("// One game of hayago against itself per board size: HAYAGO_SAMPLE_GAME(size, moves).")
    print("// Written by bench/match/make_games.py.")
    for size in SIZES:
        moves = game_moves(engine, size)
        pieces = [moves[i:i + 80] for i in range(0, len(moves), 80)]
        print(f"HAYAGO_SAMPLE_GAME({size},")
        print("\n".join(f'    "{piece}"' for piece in pieces) + ")")
    engine.close()


if __name__ == "__main__":
    main()
