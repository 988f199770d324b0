"""debug.py - gdb's part of `debug` and `replay GDB=1`: where a hang is proved, an assertion fails, the schedule switches or the
program crashes, it says who waits for what, and stops in the frame of the submission, not in the kit's."""
import os
import re

import gdb

FRAMES = 300  # of a thread that are looked at: a recursion without end has 100,000
CRASHES = ("SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT", "SIGSYS")
ROOT = gdb.lookup_global_symbol("rt_end_test").symtab.fullname().rsplit("/grader/", 1)[0]
KIT = (f"{ROOT}/grader/", f"{ROOT}/tests/support/")
TEST = re.compile(re.escape(ROOT) + r"/tests/assignments/\w+/(public|hidden)\.c$")


def path_of(frame):
    table = frame.find_sal().symtab
    return table.fullname() if table else ""


def owner(frame):
    """Whose frame it is: "submission", "test", or None: the kit's or a library's."""
    path = path_of(frame)
    if path.startswith(KIT + ("/usr/",)) or not os.path.exists(path):
        return None
    return "test" if TEST.match(path) else "submission"


def nearest(*wanted):
    """The innermost frame of the selected thread that is one of `wanted`, or None."""
    frame = gdb.newest_frame()
    try:
        for _ in range(FRAMES):
            if frame is None or owner(frame) in wanted:
                return frame
            frame = frame.older()
    except gdb.error:  # a stack that was written over
        pass
    return None


def stuck_frame():
    """The submission's frame, in another thread where this one has none; the test's where nobody has."""
    here = gdb.selected_thread()
    others = [thread for thread in gdb.selected_inferior().threads() if thread.num != here.num]
    for thread in [here] + sorted(others, key=lambda thread: thread.num):
        thread.switch()
        frame = nearest("submission")
        if frame:
            return frame
    here.switch()
    return nearest("test")


def show(frame):
    if frame and frame != gdb.newest_frame():
        frame.select()
        gdb.execute("frame")


def place(match):
    sal = gdb.find_pc_line(int(match.group(1), 16) - 1)  # it is where the call returns to
    return f"{os.path.basename(sal.symtab.filename)}:{sal.line}" if sal.symtab else f"0x{match.group(1)}"


def thing(match):
    symbol = gdb.execute(f"info symbol 0x{match.group(1)}", to_string=True).split(" in section ")
    name = symbol[0] if len(symbol) == 2 else f"at 0x{match.group(1)}"
    return f"{match.group(2) or ''} {name}".strip()


def words(text):
    return re.sub(r"\{obj:(\w+)(?: (\w+))?\}", thing, re.sub(r"\{pc:(\w+)\}", place, text))


def waiting(world):
    """gdb's numbers of the threads that wait, in the order of the evidence; None for those of other processes."""
    number = {thread.ptid[1]: thread.num for thread in gdb.selected_inferior().threads()}
    threads = [world["thread"][i] for i in range(int(world["thread_count"]))]
    return (number.get(int(thread["tid"])) for thread in threads if str(thread["state"]) == "RT_BLOCKED")


def tell(world):
    """What the runtime has seen: a line for each who waits, and what else there is."""
    numbers = None
    for i in range(int(world["evidence_count"])):
        kind, text = world["evidence"][i]["kind"].string(), words(world["evidence"][i]["text"].string())
        if kind != "hang":
            print(f"{kind}: {text}")
            continue
        if numbers is None:
            print("Every thread is waiting:")
            numbers = waiting(world)
        number = next(numbers, None)
        print(f"  {text}" + (f" [thread {number} in gdb]" if number else ""))


def ended_from_elsewhere(event, world):
    """Did another process than gdb's prove the hang? It sends SIGTRAP, which gdb reports as no signal."""
    return type(event) is gdb.StopEvent and str(world["end"]) == "RT_HUNG"


def stopped(event):
    pointer, function = gdb.parse_and_eval("rt_local.world"), gdb.newest_frame().name()
    if int(pointer) == 0:
        return
    world = pointer.dereference()
    elsewhere = ended_from_elsewhere(event, world)
    if elsewhere:
        gdb.execute("handle SIGTRAP pass", to_string=True)  # who goes on comes to the end
    if elsewhere or function == "rt_end_test":
        tell(world)
        show(stuck_frame())
    elif function in ("rt_note_failure", "rt_decisive_switch"):
        print("An assertion of the test fails:" if function == "rt_note_failure" else "The schedule interrupts this thread:")
        show(nearest("submission", "test"))
    elif isinstance(event, gdb.SignalEvent) and event.stop_signal in CRASHES:
        show(nearest("submission") or nearest("test"))


class Callers:
    """backtrace without the kit's frames; with -no-filters it has them all."""

    name, enabled, priority = "callers", True, 100

    def filter(self, frames):
        return (frame for frame in frames if not path_of(frame.inferior_frame()).startswith(KIT))


for files in ("grader/*/*", "grader/*/*/*", "tests/support/*"):  # as gcc got them: in ROOT may be what skip takes for words and patterns
    gdb.execute(f"skip -gfi {files}", to_string=True)
for command in ("set breakpoint pending on", "set print thread-events off", "handle SIGPROF nostop noprint", "break rt_end_test",
                "break rt_note_failure"):
    gdb.execute(command, to_string=True)
gdb.frame_filters[Callers.name] = Callers()
gdb.events.stop.connect(stopped)
