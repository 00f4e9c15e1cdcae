"""The Python half of bench/side.ts: load, warm up, say ready, then work once for each line `go`."""

import json
import sys
import time
import traceback

# Libraries print to standard output as they like; ours go to the real one.
_out, sys.stdout = sys.stdout, sys.stderr


def say(message):
    _out.write("@bench " + json.dumps(message) + "\n")
    _out.flush()


def main(task):
    """`task(options)` returns what to say about itself and a function that does the work once: units, result."""
    try:
        about, work = task(json.loads(sys.argv[1]))
        say({"ready": about})
        for line in sys.stdin:
            if line.strip() != "go":
                continue
            start = time.perf_counter()
            units, result = work()
            say({"turn": {"seconds": time.perf_counter() - start, "units": units, "result": result}})
    except Exception as error:
        traceback.print_exc()
        say({"error": f"{type(error).__name__}: {str(error)[:600]}"})
