"""debug.py - gdb's part of `debug` and `replay GDB=1`: where a hang is proved, an assertion fails, the schedule switches or the
program crashes, it says who waits for what, and stops in the frame of the submission, not in the kit's. `kit-tasks` and
`kit-task` show the tasks that the program made by makecontext(3), also those that do not run."""
import contextlib
import os
import re

import gdb
import gdb.unwinder

FRAMES = 300  # of a thread that are looked at: a recursion without end has 100,000
CRASHES = ("SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT", "SIGSYS")
ROOT = gdb.lookup_global_symbol("rt_end_test").symtab.fullname().rsplit("/grader/", 1)[0]
KIT = (f"{ROOT}/grader/", f"{ROOT}/tests/support/")
CONTEXTS = f"{ROOT}/grader/runtime/contexts.c"
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


def place_of(address):
    sal = gdb.find_pc_line(address - 1)  # it is where the call returns to
    return f"{os.path.basename(sal.symtab.filename)}:{sal.line}" if sal.symtab else hex(address)


def place(match):
    return place_of(int(match.group(1), 16))


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


# ---- tasks: each entry of rt_local.own_stack, of grader/runtime/contexts.c ----

# Places in gregs of ucontext_t (x86-64 Linux): what swapcontext saves for whoever it comes back to.
SAVED = {"rip": 16, "rsp": 15, "rbp": 10, "rbx": 11, "r12": 4, "r13": 5, "r14": 6, "r15": 7}
FOURTH_ARGUMENT = 14  # of `begin`: the function that makecontext was given


class Suspended(gdb.unwinder.Unwinder):
    """While it has `registers`, they are those of the caller of the frame that runs: gdb shows another stack, and neither
    registers nor memory of the process change."""

    registers = None

    def __init__(self):
        super().__init__("kit-suspended-task")

    def __call__(self, pending):
        if not self.registers or int(pending.read_register("rsp")) != self.running:
            return None
        word, to = gdb.lookup_type("unsigned long"), self.registers["rsp"]
        info = pending.create_unwind_info(Below(to))  # gdb takes frames that do not go up for a stack that was written over
        for name, value in self.registers.items():
            info.add_saved_register(name, gdb.Value(value).cast(word))
        return info

    @contextlib.contextmanager
    def shown(self, registers):
        selected, newest = gdb.selected_frame().level(), gdb.newest_frame()
        self.running = int(newest.read_register("rsp"))
        self.registers = registers
        gdb.invalidate_cached_frames()
        try:
            yield gdb.newest_frame().older()
        finally:
            self.registers = None
            gdb.invalidate_cached_frames()
            frame = gdb.newest_frame()
            for _ in range(selected):
                frame = frame.older()
            frame.select()


class Below:
    def __init__(self, stack_pointer):
        self.sp, self.pc = gdb.Value(stack_pointer - 16), gdb.Value(0)


suspended = Suspended()


def inverted(value):
    return ~int(value) & (1 << 64) - 1


class Task:
    def __init__(self, entry):
        self.number, self.state = int(entry["number"]), str(entry["state"])
        self.low, self.high = inverted(entry["low"]), inverted(entry["high"])
        self.made_at, self.context = int(entry["made_at"]), inverted(entry["context"])

    def register(self, index):
        context = gdb.Value(self.context).cast(gdb.lookup_type("ucontext_t").pointer())
        return int(context["uc_mcontext"]["gregs"][index]) & (1 << 64) - 1

    def registers(self):
        return {name: self.register(index) for name, index in SAVED.items()}

    def where(self):
        """Of the submission, the innermost function that was called and has not returned."""
        with suspended.shown(self.registers()) as frame:
            while frame and owner(frame) is None:
                frame = frame.older()
            return f"in {frame.name()} at {os.path.basename(path_of(frame))}:{frame.find_sal().line}" if frame else "nobody knows where"

    def words(self):
        if self.state == "TASK_NEW":
            begin = gdb.execute(f"info symbol {self.register(FOURTH_ARGUMENT)}", to_string=True).split(" in section ")[0].strip()
            return f"has not begun; it will in {begin}, makecontext was called at {place_of(self.made_at)}"
        if self.state == "TASK_SUSPENDED":
            return f"is suspended {self.where()}"
        return "runs" if self.state == "TASK_RUNS" else "was left by setcontext, which saves no registers"


def tasks():
    """Those that have not ended."""
    local = gdb.parse_and_eval("rt_local")
    entries = (local["own_stack"][i] for i in range(int(local["own_stacks"])))
    return sorted((Task(entry) for entry in entries if str(entry["state"]) != "TASK_OVER"), key=lambda task: task.number)


def described(task):
    try:
        return f"task {task.number} {task.words()}"
    except gdb.MemoryError:
        return f"task {task.number}: the memory with its registers is gone"


class KitTasks(gdb.Command):
    """The tasks that the program made by makecontext, numbered from 0 in that order, and what each does."""

    def __init__(self):
        super().__init__("kit-tasks", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        alive = tasks()
        for task in alive:
            print(described(task))
        made = int(gdb.parse_and_eval("rt_local.tasks"))
        print(f"{made - len(alive)} of {made} have ended")


class KitTask(gdb.Command):
    """kit-task N [OPTION...]: registers and calls of a task that does not run; options as of backtrace (full).
Nothing in the process changes."""

    def __init__(self):
        super().__init__("kit-task", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        number, _, options = argument.partition(" ")
        found = [task for task in tasks() if str(task.number) == number]
        if not found:
            raise gdb.GdbError(f"there is no task '{number}' that has not ended: kit-tasks lists them")
        print(described(found[0]))
        if found[0].state == "TASK_SUSPENDED":
            show_calls(found[0], options)


def show_calls(task, options):
    registers = task.registers()
    print(f"stack {hex(task.low)} to {hex(task.high)}, {task.high - registers['rsp']} of {task.high - task.low} bytes in use")
    for name, value in registers.items():
        print(f"  {name:4}{value:#018x}" + (f"  {place_of(value)}" if name == "rip" else ""))
    with suspended.shown(registers):
        gdb.execute(f"backtrace {options}")


class Callers:
    """backtrace without the kit's frames; with -no-filters it has them all. Below the begin of a task there are none."""

    name, enabled, priority = "callers", True, 100

    def filter(self, frames):
        for frame in frames:
            inner = frame.inferior_frame()
            if inner.name() == "begin" and path_of(inner) == CONTEXTS:
                return
            if not path_of(inner).startswith(KIT) and not (suspended.registers and inner.level() == 0):
                yield frame


for files in ("grader/*/*", "grader/*/*/*", "tests/support/*"):  # as gcc got them: in ROOT may be what skip takes for words and patterns
    gdb.execute(f"skip -gfi {files}", to_string=True)
for command in ("set breakpoint pending on", "set print thread-events off", "handle SIGPROF nostop noprint", "break rt_end_test",
                "break rt_note_failure"):
    gdb.execute(command, to_string=True)
gdb.frame_filters[Callers.name] = Callers()
gdb.unwinder.register_unwinder(None, suspended)
KitTasks()
KitTask()
gdb.events.stop.connect(stopped)
