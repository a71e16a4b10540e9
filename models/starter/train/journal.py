"""Log lines that people and programs can read, and a clock for `--minutes`. No torch: drawing processes start in a moment."""

from __future__ import annotations

import json
import signal
import time
from typing import Any

from .settings import cache_folder


def log(stage: str, **values: Any) -> None:
    """One JSON line a report, to `<cache>/<stage>.log` and to standard output."""
    line = json.dumps(
        {"time": time.strftime("%H:%M:%S", time.gmtime()), **{k: round(v, 5) if isinstance(v, float) else v for k, v in values.items()}}
    )
    print(stage, line, flush=True)
    with open(cache_folder() / f"{stage}.log", "a") as file:
        file.write(line + "\n")


class Budget:
    """True until the minutes are spent or the process is asked to end; `due` says when the next periodic piece of work is."""

    def __init__(self, minutes: float) -> None:
        self.start, self.minutes = time.monotonic(), minutes
        self._last: dict[str, float] = {}
        signal.signal(signal.SIGTERM, lambda *_: self._end())

    def _end(self) -> None:
        self.minutes = 0

    def left(self) -> bool:
        return time.monotonic() - self.start < self.minutes * 60

    def left_minutes(self) -> float:
        return self.minutes - (time.monotonic() - self.start) / 60

    def due(self, name: str, every_minutes: float) -> bool:
        now = time.monotonic()
        if now - self._last.setdefault(name, self.start) < every_minutes * 60:
            return False
        self._last[name] = now
        return True
