"""A GTP engine as a child process, with time limits and clear errors."""
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
                stderr=subprocess.DEVNULL, text=True, bufsize=1)
        except OSError as error:
            raise EngineError(f"{name}: cannot start {command[0]}: {error.strerror}") from error
        self._lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self._process.stdout:
            self._lines.put(line.rstrip("\r\n"))
        self._lines.put(None)

    def _next_line(self, command, timeout):
        try:
            line = self._lines.get(timeout=timeout)
        except queue.Empty:
            raise EngineError(f"{self.name}: no answer to '{command}' in {timeout:g} s") from None
        if line is None:
            self._process.wait()
            raise EngineError(f"{self.name}: ended with status {self._process.returncode} "
                              f"at '{command}'")
        return line

    def ask(self, command, timeout=None):
        """The answer without '=' and blanks. Raises CommandError or EngineError."""
        timeout = timeout or self.timeout
        self._note("> " + command)
        try:
            self._process.stdin.write(command + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise EngineError(f"{self.name}: cannot be written to at '{command}'") from error
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
