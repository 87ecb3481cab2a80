"""Lets KaTrain's own engine code talk to a program, without its windows.

usage: katrain_session.py PROGRAM [FOLDER]    FOLDER: where katrain and pysgf are unpacked
Exit status: 0 good, 1 something is wrong (on stderr), 77 KaTrain is not there.
"""
import os
import sys
import threading
import time
import types

SKIPPED = 77
SECONDS = 60  # for one step; only a hang takes that long


class Theme(type):
    """Colours and fonts by any name."""

    def __getattr__(cls, name):
        return name


def stub_windows():
    """KaTrain's core asks the window toolkit for a platform name and a base class only."""
    kivy = types.ModuleType("kivy")
    kivy.utils = types.ModuleType("kivy.utils")
    kivy.utils.platform = "linux"
    event = types.ModuleType("kivy._event")
    event.Observable = type("Observable", (), {})
    gui = types.ModuleType("katrain.gui")
    theme = types.ModuleType("katrain.gui.theme")
    theme.Theme = Theme("Theme", (), {})
    for module in (kivy, kivy.utils, event, gui, theme):
        sys.modules[module.__name__] = module


def import_katrain():
    stub_windows()
    try:
        import katrain.core.engine  # noqa: F401
        import pysgf  # noqa: F401
    except ImportError as error:
        print(f"KaTrain is not there: {error}")
        sys.exit(SKIPPED)


class Window:
    """What the engine code wants of the application: a log and a place for errors."""

    def __init__(self):
        self.lines = []
        self.popups = []
        self.lock = threading.Lock()

    def log(self, message, level=0):
        with self.lock:
            self.lines.append((level, str(message)))

    def __call__(self, *message):
        with self.lock:
            self.popups.append(message)

    def errors(self):
        from katrain.core.constants import OUTPUT_ERROR

        with self.lock:
            return [text for level, text in self.lines if level == OUTPUT_ERROR]


def settings(program, model):
    return {
        "katago": program,
        "model": model,
        "config": "katrain/KataGo/analysis_config.cfg",
        "altcommand": "",
        "backend": "local",
        "humanlike_model": "",
        "max_visits": 30,
        "fast_visits": 10,
        "max_time": 8.0,
        "wide_root_noise": 0.04,
        "_enable_ownership": True,
    }


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def wait_until(condition, what):
    end = time.time() + SECONDS
    while not condition():
        check(time.time() < end, f"no {what} in time")
        time.sleep(0.01)


def new_game(size):
    from katrain.core.game_node import GameNode

    return GameNode(properties={"SZ": size, "KM": 6.5, "RU": "japanese"})


def play(node, vertex):
    from pysgf import Move

    return node.play(Move.from_gtp(vertex, node.next_player))


def check_node(node, points):
    """The parts of an analysis that the boards, graphs and hints of KaTrain show."""
    check(node.analysis_complete, "analysis not complete")
    check(node.analysis["root"]["visits"] >= 10, "few visits")
    check(len(node.ownership) == points, "ownership")
    check(len(node.policy) == points + 1, "policy")
    check(0 <= node.winrate <= 1, "winrate")
    check(isinstance(node.score, float), "score")
    moves = node.candidate_moves
    check(moves and moves[0]["order"] == 0, "candidate moves")
    for move in moves:
        if move["order"] < 999:  # not a move that only the game played
            wanted = {"visits", "winrate", "scoreLead", "prior", "pv", "pointsLost"}
            check(wanted <= set(move), str(move))


def analyse_a_game(engine):
    root = new_game(19)
    nodes = [root]
    for vertex in ("Q16", "D4", "Q3", "D16", "C6", "pass"):
        nodes.append(play(nodes[-1], vertex))
    for node in nodes:
        node.analyze(engine)
    wait_until(lambda: all(n.analysis_complete for n in nodes), "analysis of a game")
    for node in nodes:
        check_node(node, 361)
    # Deeper, other moves, a part of the board.
    node = nodes[3]
    node.analyze(engine, visits=60, refine_move=None)
    wait_until(lambda: node.analysis["root"]["visits"] >= 60, "deeper analysis")
    before = len(node.analysis["moves"])
    node.analyze(engine, visits=40, find_alternatives=True)
    wait_until(engine.is_idle, "alternatives")
    check(len(node.analysis["moves"]) > before, "alternatives are new moves")
    other = play(nodes[2], "K10")
    other.analyze(engine, visits=40, region_of_interest=[2, 5, 2, 5])
    wait_until(lambda: other.analysis["completed"], "a region")
    check(len(other.analysis["moves"]) > 1, "moves in a region")
    for move in other.analysis["moves"].values():
        column, row = move["move"][:1], move["move"][1:]
        check(move["move"] == "pass" or (column in "CDEF" and 3 <= int(row) <= 6), move["move"])


def analyse_rectangle_with_handicap(engine):
    from pysgf import Move

    root = new_game("9:7")
    root.set_property("AB", ["cc", "ge"])
    root.set_property("PL", "W")
    root.analyze(engine)
    wait_until(lambda: root.analysis_complete, "a rectangular board")
    check_node(root, 63)
    # The sweep over all next moves tries occupied points, too, and drops their errors.
    errors = len(engine.katrain.errors())
    results = []
    for vertex in ("C5", "E4"):
        engine.request_analysis(
            root,
            callback=lambda analysis, partial, v=vertex: results.append(v),
            next_move=Move.from_gtp(vertex, "W"),
        )
    wait_until(engine.is_idle, "a sweep")
    check(results == ["E4"], f"sweep {results}")
    check(len(engine.katrain.errors()) == errors, "an illegal move of a sweep is no error")


def ponder(engine):
    node = play(new_game(9), "E5")
    reports = []
    done = threading.Event()

    def on_result(analysis, partial):
        reports.append(analysis)
        check(analysis["isDuringSearch"] == partial, "isDuringSearch")
        if not partial:
            done.set()

    engine.request_analysis(node, callback=on_result, ponder=True, time_limit=False)
    wait_until(lambda: len(reports) >= 2, "reports while pondering")
    check(not done.is_set(), "pondering ended by itself")
    engine.stop_pondering()
    check(done.wait(SECONDS), "no final result of the pondering query")
    wait_until(engine.is_idle, "end of pondering")
    visits = [report["rootInfo"]["visits"] for report in reports]
    check(visits == sorted(visits), f"visits {visits}")


def new_game_drops_the_old(engine):
    root = new_game(19)
    for _ in range(30):
        engine.request_analysis(
            root, callback=lambda *_: None, visits=10_000_000, time_limit=False
        )
    wait_until(lambda: engine.write_queue.empty(), "sending")
    engine.on_new_game()
    wait_until(engine.is_idle, "an empty queue")
    again = play(new_game(13), "G7")
    again.analyze(engine)
    wait_until(lambda: again.analysis_complete, "the next game")
    check_node(again, 169)


def errors_reach_the_user(engine):
    problems = []
    engine.request_analysis(
        new_game(9),
        callback=lambda *_: problems.append({"error": "a result"}),
        error_callback=problems.append,
        extra_settings={"humanSLProfile": "rank_5k"},
    )
    wait_until(lambda: problems, "an error")
    check("humanSLProfile" in problems[0]["error"], str(problems))


def start_that_fails(program):
    from katrain.core.engine import KataGoEngine

    window = Window()
    KataGoEngine(window, settings(program, "/nonexistent/net.bin.gz"))
    wait_until(lambda: window.popups, "a message about the failed start")
    kind, message, *_ = window.popups[0]
    check(kind == "engine_recovery_popup", kind)
    check("exception: " in message and "/nonexistent/net.bin.gz" in message, message)
    time.sleep(0.5)
    check(len(window.popups) == 1, f"one message, not {window.popups}")


def main():
    program = os.path.abspath(sys.argv[1])
    if len(sys.argv) > 2:
        sys.path.insert(0, sys.argv[2])
    import_katrain()
    from katrain.core.engine import KataGoEngine

    window = Window()
    engine = KataGoEngine(window, settings(program, "/dev/null"))
    try:
        for step in (
            analyse_a_game,
            analyse_rectangle_with_handicap,
            ponder,
            new_game_drops_the_old,
            errors_reach_the_user,
        ):
            step(engine)
            print(f"{step.__name__}: good")
        check(not window.popups, f"popups: {window.popups}")
        check(not window.errors(), f"errors: {window.errors()}")
        process = engine.katago_process
        engine.shutdown(finish=True)
        check(process.wait(SECONDS) == -15, f"status {process.returncode}")
        start_that_fails(program)
    except AssertionError as error:
        print(f"failed: {error}", file=sys.stderr)
        for line in window.lines[-30:]:
            print(f"  {line}"[:200], file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
