"""Runs a training script within its limits: launch.py MEMORY ERROR SCRIPT [ARGUMENT...]

MEMORY is in bytes, of one process. What the script fails of is written to the file ERROR as JSON. Ends the whole group of
processes when its standard input ends, which it does when whoever started it is no more.
"""

import json
import os
import signal
import sys
import threading
import traceback


def limit(memory):
    try:
        import resource
    except ImportError:
        return
    # What it has written to counts, not what it has only reserved: threads and libraries reserve gigabytes.
    for kind in ("RLIMIT_DATA",) if sys.platform == "linux" else ("RLIMIT_AS", "RLIMIT_DATA"):
        try:
            most = resource.getrlimit(getattr(resource, kind))[1]
            now = memory if most == resource.RLIM_INFINITY else min(memory, most)
            resource.setrlimit(getattr(resource, kind), (now, most))
        except (ValueError, OSError):
            pass


def watch():
    try:
        while os.read(0, 4096):
            pass
    finally:
        os.killpg(0, signal.SIGKILL)


def frames_of(error):
    """The way to the error, without our own part of it."""
    own = os.path.abspath(__file__)
    return [
        {"file": frame.filename, "line": frame.lineno, "in": frame.name, "text": frame.line or ""}
        for frame in traceback.extract_tb(error.__traceback__)
        if os.path.abspath(frame.filename) != own
    ]


def tell(path, error):
    # What it says may be as long as it likes.
    text = "".join(traceback.format_exception_only(type(error), error)).strip()[:4000]
    names = [kind.__name__ for kind in type(error).__mro__]
    frames = frames_of(error)
    # The script's own lines say most, the last ones first.
    if isinstance(error, SyntaxError) and error.filename:
        frames.append(
            {"file": error.filename, "line": error.lineno or 0, "in": "", "text": (error.text or "").strip()}
        )
    with open(path, "w", encoding="utf-8") as out:
        json.dump({"text": text, "kinds": names, "frames": frames[-40:]}, out)


def main():
    memory, error_path, script = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    limit(memory)
    threading.Thread(target=watch, daemon=True).start()
    # A line is passed on when it is whole.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)
    sys.argv = sys.argv[3:]
    sys.path[0] = os.path.dirname(script)
    module = type(sys)("__main__")
    module.__dict__.update(__file__=script, __builtins__=__builtins__, __spec__=None, __loader__=None)
    sys.modules["__main__"] = module
    try:
        with open(script, "rb") as source:
            code = compile(source.read(), script, "exec")
        exec(code, module.__dict__)
    except SystemExit:
        raise
    except BaseException as error:
        tell(error_path, error)
        shown = error.__traceback__
        while shown is not None and os.path.abspath(shown.tb_frame.f_code.co_filename) == os.path.abspath(__file__):
            shown = shown.tb_next
        traceback.print_exception(type(error), error, shown)
        sys.stdout.flush()
        sys.stderr.flush()
        sys.exit(1)


main()
