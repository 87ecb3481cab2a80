"""A GTP engine as a child process, with time limits and clear errors."""
import collections
import queue
import subprocess
import threading


class EngineError(Exception):
    """The engine died, did not answer in time, or broke the protocol."""


class CommandError(Exception):
    """The engine answered '?'; the text names engine, command and reason."""


class GtpEngine:
    def __init__(self, name, command, log=None, timeout=60.0):
        self.name, self.timeout, self._log = name, timeout, log
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, text=True, bufsize=1)
        except OSError as error:
            raise EngineError(f"{name}: cannot start {command[0]}: {error.strerror}") from error
        self._lines = queue.Queue()
        self._complaints = collections.deque(maxlen=3)
        threading.Thread(target=self._read, daemon=True).start()
        self._stderr_reader = threading.Thread(target=self._read_stderr, daemon=True)
        self._stderr_reader.start()

    def _read(self):
        for line in self._process.stdout:
            self._lines.put(line.rstrip("\r\n"))
        self._lines.put(None)

    def _read_stderr(self):
        for line in self._process.stderr:
            self._complaints.append(line.strip())

    def _next_line(self, command, timeout):
        try:
            line = self._lines.get(timeout=timeout)
        except queue.Empty:
            raise EngineError(f"{self.name}: no answer to '{command}' in {timeout:g} s") from None
        if line is None:
            raise self._ended(command)
        return line

    def _ended(self, command):
        self._process.wait()
        self._stderr_reader.join(timeout=1)
        text = f"{self.name}: ended with status {self._process.returncode} at '{command}'"
        return EngineError(": ".join([text, " / ".join(self._complaints)]).rstrip(": "))

    def ask(self, command, timeout=None):
        """The answer without '=' and blanks. Raises CommandError or EngineError."""
        timeout = timeout or self.timeout
        self._note("> " + command)
        try:
            self._process.stdin.write(command + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise self._ended(command) from error
        lines = []
        while True:
            line = self._next_line(command, timeout)
            if line:
                lines.append(line)
            elif lines:
                break
        self._note("\n".join(lines))
        text = "\n".join(lines)
        if text.startswith("="):
            return text[1:].strip()
        if text.startswith("?"):
            raise CommandError(f"{self.name}: '{command}' was refused: {text[1:].strip()}")
        raise EngineError(f"{self.name}: answered '{lines[0]}' to '{command}'")

    def _note(self, text):
        if self._log:
            self._log.write(f"{self.name} {text}\n")

    def close(self):
        """Asks the engine to quit, then makes it."""
        try:
            self._process.stdin.write("quit\n")
            self._process.stdin.close()
        except OSError:
            pass
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
