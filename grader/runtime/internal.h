/* internal.h - shared by the files of grader/runtime; not for others. */
#ifndef RT_INTERNAL_H
#define RT_INTERNAL_H

#include "director.h"
#include "objects/entries.h"
#include "runtime.h"
#include "search/order.h"
#include "search/search.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

enum rt_state { RT_FREE, RT_RUNNABLE, RT_BLOCKED, RT_RESTING, RT_DONE };
enum rt_interruption { NOT_INTERRUPTED, INTERRUPTED_TO_RESTART, INTERRUPTED };

struct rt_thread {
	_Atomic uint32_t go; /* futex: 1 = you have the baton; see baton.c */
	_Atomic int strayed; /* lost the baton in a loop without calls; 2 = wants it back */
	enum rt_state state;
	int process; /* index */
	pid_t tid;
	pthread_t handle;
	bool detached, joining, joined, timed_out, on_fresh_stack;
	unsigned locks_shown; /* to the tools, of those it holds; see objects/shown.c */
	bool loops;           /* has come to a scheduling point without a call: spin.c */
	uintptr_t created_at;
	uintptr_t left_at; /* where it was joined or detached */
	/* while blocked */
	enum rt_kind wait;
	const char *what; /* string constant, the same address in all processes; "@" stands for the object */
	uintptr_t object; /* what it waits for: a lock, a pipe, RT_ALL_PROCESSES, ...; 0: nothing that others could name */
	/* While exploring, in tickets: when it last read memory of others, and, of one that waits for a signal, since when
	 * it knew that it had to: 0 if it did not look under the mutex. */
	uint64_t read_at, looked_at;
	uintptr_t took;     /* the mutex that it took last */
	uintptr_t mutex;    /* that was released for the wait on a condition variable */
	int object_process; /* whose address `object` is: -1 shared */
	int fd;
	struct rt_polled {
		int fd;
		short events;
	} polled[RT_POLLED]; /* of a wait for descriptors (KIND_DESCRIPTORS): those that poll or select asks of */
	unsigned polls;      /* so many, of which the first RT_POLLED are kept; 0: it opens a FIFO */
	uint64_t fifo;       /* its inode */
	bool timed;
	uint64_t until_ns;   /* virtual time, of a timed wait */
	uint64_t until_step; /* while it lets others come to rest: how long they have for that; see schedule.c */
	uintptr_t site;
	uint64_t queued;  /* order in which it became runnable, or began to wait */
	uintptr_t sample; /* where a strayed thread was seen */
	/* Signals, by bits (1 << (number - 1)): that the program keeps out, and that a wait is for; arrivals.c. */
	uint64_t blocked, awaited;
	uint64_t directed; /* that the kernel has sent to this thread, not to its process, and that may not be taken yet */
	_Atomic uint32_t masked;          /* futex: `masks` of its process when its kernel thread's mask was set */
	enum rt_interruption interrupted; /* its last wait, by handlers; taken by rt_interrupted */
};

struct rt_process {
	_Atomic uint32_t go;      /* as in rt_thread, where one kernel thread is all threads of the process */
	_Atomic uint32_t arrived; /* futex: it has come to the runtime since it was forked */
	_Atomic uint32_t counts;  /* futex: whether its line counts are written; counts.c */
	pid_t pid, group;
	int parent; /* index, -1 for the test itself */
	bool dead, reaped;
	bool settled;              /* it has ended, and the kernel has told its parent */
	uint32_t masks;            /* how often what it handles has changed */
	uint64_t handled, pending; /* signals that it handles; that may have arrived and were not taken */
	struct rt_spawn *spawn;    /* its parent waits for it to execute a program: spawn.c */
	const char *program;       /* that it executed last (string constant); NULL: none since its fork */
	uintptr_t created_at;
};

/* What the host has seen of who has the baton: blocked.c. */
struct rt_look {
	uint64_t ticket, steps;
	int current;
	unsigned times;
};

struct rt_world {
	unsigned schedule;
	uint64_t random;
	_Atomic int current; /* thread with the baton; RT_NOBODY; | RT_INSIDE while it is in the runtime */
	uint64_t steps, ticket, progress, stalled_at, fires;
	uint64_t idle_blocks; /* of loops without calls, since anybody made a call */
	int waiter;           /* thread that was the first to wait in such a loop, at `waited_at` unless that is 0 */
	uintptr_t waited_at;
	bool waiter_asked; /* ... by atomic operations or calls: polling.c */
	uint64_t now_ns;   /* virtual */
	enum rt_end end;
	int thread_count, process_count, object_count, pipe_count, socket_count, listener_count, fifo_count;
	int region_count;
	_Atomic bool forks; /* there is more than one process, or is about to be */
	struct rt_region {
		uintptr_t begin, end;
		uint64_t device, inode; /* of the file that is mapped; 0, 0: none */
		uint64_t offset;
	} region[64]; /* memory that processes share */
	struct rt_thread thread[RT_THREADS];
	struct rt_process process[RT_PROCESSES];
	struct rt_object object[RT_OBJECTS];
	uint64_t pipe_inode[RT_PIPES];
	struct {
		uint64_t inode;
		char name[RT_FIFO_NAME];
	} fifo[RT_FIFOS];                  /* that were opened by name, the first of them */
	uint64_t socket_inode[RT_SOCKETS]; /* of the ends of pairs: each beside its other end; 0: not accepted yet */
	uint64_t waits_at[RT_SOCKETS / 2]; /* of connections: inode of the socket that is to accept it; 0: of no account */
	struct rt_listener {
		uint64_t inode;        /* of the socket */
		uint64_t device, file; /* of its path; 0, 0: it has none */
		struct sockaddr_un name;
		socklen_t size;
	} listener[RT_LISTENERS];
	size_t evidence_count;
	struct rt_evidence evidence[RT_EVIDENCE];
	uint64_t watch_steps, watch_cpu; /* host's notes between two looks */
	struct rt_look look;
	size_t shared_used, kept_bytes;
	unsigned choices; /* that the test let the schedule make */
	char chosen[RT_CHOSEN_BYTES];
	struct {
		unsigned times, line;
		const char *file; /* string constant, as `what` of a thread */
	} meant[RT_SIGNALS];  /* deaths of children that the test expects, by signal */
	struct {
		uint64_t device, inode; /* of the file that stands for it */
		const char *path;       /* NULL: nobody asked for it yet */
	} program[RT_PROGRAMS];
	char semaphore[16][64]; /* named ones that the test made */
	unsigned semaphores;
	_Alignas(4096) unsigned char shared[RT_SHARED_BYTES];
};

enum { RT_NOBODY = 0xffff, RT_INSIDE = 0x10000 };
enum { REST_FIRES = 64, REST_STEPS = 20000 };

enum { VIRTUAL_START_S = 1000000 };
enum { RT_KEYS = 64, RT_OWN_STACKS = 2048, RT_DESCRIPTORS = 1024 };

/* A thread while another one of its process runs; see fibre.c. */
struct rt_fibre {
	void *stack; /* where its registers are saved; NULL: there is no such thread */
	pthread_t handle;
	void *start; /* for rt_thread_start */
	void *result;
	_Atomic uint32_t kernel_thread; /* futex: 1 until the one that it was made with has gone */
	pthread_attr_t attributes;      /* what pthread_getattr_np says: where its stack is */
};

/* Where a thread's frames are, while schedules are explored; see stacks.c. All 0: unknown. */
struct rt_stack {
	uintptr_t low, high;
	uintptr_t first;   /* above the frame that the thread began with is its thread-local memory */
	uintptr_t depth;   /* while it is in the runtime: what lies below belongs to no function of the program; else 0 */
	bool is_library_s; /* the C library made it, as large as usual; `low` is not known then */
};

enum { RT_FRAMES_KNOWN = 48 };

/* Of a context that the program made (makecontext): TASK_LEFT by setcontext, which saves nothing. */
enum rt_task_state { TASK_OVER, TASK_NEW, TASK_RUNS, TASK_SUSPENDED, TASK_LEFT };

/* The one static struct of the runtime: what this process knows for itself. */
struct rt_local {
	struct rt_world *world;
	struct search *search; /* NULL unless schedules are explored */
	const struct rt_director *director;
	int process;        /* index of this process */
	size_t stack_bytes; /* of each thread, the first one's as well */
	bool begun, prepared;
	int exit_status;         /* of a whole program that is leaving by exit */
	bool whole_program;      /* not a test: the process ends with main or exit */
	uint64_t allowed_deaths; /* signals by which children may die, by bits */
	bool controls_memory;
	bool debugged; /* the test runs in a debugger's process */
	struct rt_own_stack {
		bool is_used;
		enum rt_task_state state;
		unsigned number;        /* contexts were made before it, in this process and those that it was forked from */
		uintptr_t made_at;      /* where makecontext was called */
		uintptr_t low, high;    /* inverted: a memory checker would take them for pointers to what was lost */
		uintptr_t context;      /* where its registers are, inverted; 0: nowhere */
		unsigned id;            /* for the memory checker */
		void *fiber;            /* of ThreadSanitizer */
	} own_stack[RT_OWN_STACKS]; /* made by the program itself (makecontext); debug.py reads them */
	unsigned own_stacks;        /* entries that were ever used */
	unsigned tasks;             /* contexts that were made */
	struct {
		bool open, submission, replaces; /* the last: one that was open before the test */
		uintptr_t site;
	} fd[RT_DESCRIPTORS]; /* opened since the test began */
	bool protected_fd[RT_DESCRIPTORS];
	uint64_t outside[3]; /* inodes of the pipes that the run inherited */
	int outside_count;
	struct {
		const void *semaphore, *identity;
	} named[16];                         /* named semaphores */
	void (*destructor[RT_KEYS])(void *); /* of thread-specific data */
	unsigned keys;                       /* one more than the highest with a destructor */
	bool fibres;                         /* one kernel thread goes from thread to thread */
	bool sets_thread_pointer;            /* by an instruction */
	bool masks;                          /* signal masks were changed, or signals are handled */
	int first;                           /* thread that the process began with */
	int leaving;                         /* one more than the thread that has given away the baton for good; or 0 */
	struct rt_fibre fibre[RT_THREADS];
	struct rt_stack stack[RT_THREADS];
	uintptr_t stacks_low, stacks_high; /* all of them are between these */
	struct {
		char strtok, strerror, strsignal, broken_down_time, time_as_text, environment, random48, users, groups, hosts,
		    terminal;
	} state_of; /* what functions of the library keep between calls: libc.c */
	struct {
		const char *name;
		rt_program_main *main; /* NULL: there are no more */
	} program[RT_PROGRAMS];
	bool changes_stacks;                                /* the program goes from stack to stack itself */
	struct rt_frame frame[RT_THREADS][RT_FRAMES_KNOWN]; /* of each thread, outermost first */
};
extern struct rt_local rt_local;
extern _Thread_local int rt_me; /* index of this thread; -1 outside */

/* What a thread knows of its loops without calls: spin.c. */
enum rt_spin_phase {
	SPIN_COUNTS,  /* blocks until the next scheduling point */
	SPIN_LOOKS,   /* whether the loop comes to the block `pc` again with the same `state` */
	SPIN_RELEASED /* others had their turn: whether it leaves the loop now */
};
struct rt_spin {
	int32_t left; /* blocks until spin.c has something to do */
	int32_t due;  /* of the blocks until then, when they were counted last; `patience` after a call */
	int32_t patience;
	uint32_t points; /* scheduling points since the last call */
	enum rt_spin_phase phase;
	bool comes_round; /* after `round` blocks all is as before */
	uint32_t round, seen;
	uintptr_t pc;
	uint64_t state;
	uintptr_t stack_end; /* above it is nothing of the judged code */
	uintptr_t stack_low; /* where a stack ends that the program made itself (contexts.c); 0: it is on the thread's */
	bool overflowed;     /* it has gone below that */
};
extern _Thread_local struct rt_spin rt_spin;
enum { RT_SPIN_BLOCKS = 20000 };           /* from one scheduling point to the next */
void rt_spin_begin(const void *stack_end); /* the thread runs judged code from here on */
void rt_spin_over(void);                   /* the thread makes a call */

/* polling.c. What a thread has asked since it last did something that others could see, and what it was told. */
enum { RT_QUESTIONS = 6 };
struct rt_question {
	uintptr_t site, object;
	uint64_t answer;
};
struct rt_polling {
	struct rt_question question[RT_QUESTIONS];
	unsigned count;
	unsigned times;     /* it asked one of them again and was told the same */
	bool gave_way;      /* others had their turn meanwhile */
	uintptr_t answered; /* where it asked, and was told what it had waited for; else 0 */
};
extern _Thread_local struct rt_polling rt_polling;
/* Inside. The current thread was told `answer`, and nothing changed. It let others on. It has done something at `site`
 * that others can see. Outside: it has written to memory. */
void rt_asked(uintptr_t site, const void *object, uint64_t answer);
void rt_let_others(void);
void rt_got_on(uintptr_t site);
void rt_wrote(const void *memory);

/* Objects without an address. */
#define RT_ALL_PROCESSES ((const void *)8)
#define RT_ALL_DESCRIPTORS ((const void *)16)
#define RT_PIPE(number) ((const void *)(uintptr_t)(256 + 8 * (number)))
#define RT_PROCESS(index) ((const void *)(uintptr_t)(256 + 8 * (RT_PIPES + (index))))

#define WORLD (rt_local.world)
#define SEARCH (rt_local.search)
#define DIRECTOR (rt_local.director)
#define ME (&WORLD->thread[rt_me])
#define SITE ((uintptr_t)(rt_site ? rt_site : __builtin_return_address(0)))

/* Memory, all zero, that processes share from their fork on. On both sides of it lies some that nobody can touch: who
 * writes beyond the end of a block crashes there, in a test, before what all tests and the host stand on is
 * overwritten. NULL and errno: there is none. */
void *rt_map_shared(size_t size);

/* Are schedules explored, and not just run? */
static inline bool exploring(void)
{
	return rt_local.search != NULL;
}

/* Is the caller one of the threads that are scheduled? */
static inline bool active(void)
{
	return rt_local.begun && rt_me >= 0;
}

/* Signals, by bits, whose handlers are to run in that thread: at the begin of its next call, or at the end of this one.
 */
static inline uint64_t rt_due_signals(const struct rt_thread *thread)
{
	const struct rt_process *process = &WORLD->process[thread->process];
	return (process->pending | thread->directed) & process->handled & ~thread->blocked;
}

/* Frames of ThreadSanitizer's stacks are kept by hand here, because the runtime is not instrumented. No-ops without
 * libtsan. */
void __tsan_func_entry(void *) __attribute__((weak));
void __tsan_func_exit(void) __attribute__((weak));
void __tsan_acquire(void *) __attribute__((weak));
void __tsan_release(void *) __attribute__((weak));

/* `frame`: of the runtime's function that the program called, where its own frames end. */
static inline void *frame_push(void *caller, void *frame)
{
	if (active() && !rt_local.stack[rt_me].depth)
		rt_local.stack[rt_me].depth = (uintptr_t)frame;
	if (__tsan_func_entry)
		__tsan_func_entry(caller);
	return caller;
}
static inline void frame_pop(void *const *caller)
{
	(void)caller;
	if (active())
		rt_local.stack[rt_me].depth = 0;
	if (__tsan_func_exit)
		__tsan_func_exit();
}
/* At the top of each rt_ function: its caller becomes a frame of ThreadSanitizer's stack until the function returns. */
#define FRAME                                                                                                          \
	void *frame_ __attribute__((cleanup(frame_pop), unused)) =                                                         \
	    frame_push(__builtin_return_address(0), __builtin_dwarf_cfa())

/* At the top of one that calls others of the runtime: its caller is where it happened, not that file. */
static inline void *site_push(void *caller)
{
	void *outer = rt_site;
	if (!rt_site)
		rt_site = caller;
	return outer;
}
static inline void site_pop(void *const *outer)
{
	rt_site = *outer;
}
#define HERE void *outer_ __attribute__((cleanup(site_pop), unused)) = site_push(__builtin_return_address(0))

void rt_enter(void);  /* at the begin of each runtime call: the world is ours (waits for the baton if it was lost) */
void rt_return(void); /* at its end */
void rt_process_point(bool write, uintptr_t site); /* what the process has besides memory is asked for, or changed */
void rt_take_baton(void);                          /* as rt_enter, but no call of the judged code has been made */

/* Blocks the caller. Returns when woken (or, timed, when virtual time came to it: ME->timed_out). Inside the runtime.
 * `what`: "for @", after "waits ". `object`: by which rt_wake finds the caller, or 0. */
void rt_block(enum rt_kind kind, const char *what, uintptr_t object, int fd, uintptr_t site);
void rt_block_until(enum rt_kind kind, const char *what, uintptr_t object, int fd, uintptr_t site, uint64_t until_ns);

/* Inside: a scheduling point, the baton may be passed on. The first is before an operation on `object` (0: of no
 * account to others; `write`: it changes what others see of it), the second after one that has let others on, the third
 * for a thread that can do nothing useful now. */
void rt_switch_point(enum rt_op op, const void *object, bool write, uintptr_t site);
void rt_let_on(void);
/* Inside: the others run until none can or they have made about so many steps; the result is false then. */
bool rt_rest_for(unsigned steps);
/* Before an operation on what only this process has: not a place to switch at when it has one thread, for no other can
 * tell whether it was before or after. */
void rt_own_point(enum rt_op op, uintptr_t site);
bool rt_alone(void);           /* the current thread is the only one of its process */
bool rt_yield(uintptr_t site); /* did another one run? */

/* Inside: the operation took effect, or was in vain (what it asked for is not so now). No-op unless schedules are
 * explored. */
void rt_event(enum rt_op op, const void *object, bool write, uintptr_t site);
void rt_event_in_vain(enum rt_op op, const void *object, uintptr_t site);

void rt_make_runnable(int thread);
/* Who waits for that (the `object` of rt_block) goes on, and looks again. So end all waits that another thread ends,
 * but for those for a signal, of a condition or of a process. RT_ALL_DESCRIPTORS stands for each pipe, and each pipe
 * for all descriptors. */
void rt_wake(const void *channel);
void rt_rouse(int process); /* its sleeping threads look why, and sleep again */
int rt_new_thread(int process, uintptr_t site);
int rt_new_process(int parent, pid_t pid, uintptr_t site);
void rt_become_shared(void); /* before the first fork: who sleeps does so that other processes can wake it */
void rt_give(int thread);    /* the baton, and the caller goes on without it; RT_NOBODY: it lies there */
void rt_give_to_next(void);  /* to whom the schedule chooses */
void rt_pass_on(void);       /* the caller is done for good: give the baton away and come back without it */
void rt_await(void);         /* wait for the baton */
uint64_t rt_drawn(void);
int rt_key(uintptr_t address); /* -1 when it lies in shared memory, else this process */
void rt_note_leftovers(void);  /* at the end of a whole program: leftovers.c */
/* hang.c. Of the words of the wait table, appended to `text`, which ends with a whole word and "..." when it is full:
 * what the thread waits for (`named`: the object by its name, "for mutex lock", not "for a mutex"), and where. */
void rt_append(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
void rt_append_what(char *text, size_t size, const struct rt_thread *thread, bool named);
void rt_append_place(char *text, size_t size, const struct rt_thread *thread);
void rt_describe_hang(void);
void rt_record_wait(void); /* the current thread waits from here: a step of the record, with whom it waits for */
void rt_describe_endless(void);
bool rt_describe_missed_signal(void); /* condition.c: evidence of the first wait for a signal; false: there is none */
void rt_main_done(void *unused);      /* the main thread of a whole program leaves by pthread_exit */
void rt_handle_crashes(void);
void rt_forget_handlers(void); /* signals that the program handles have their default action again */
void rt_thread_altstack(void);
uintptr_t rt_stack_pointer(const ucontext_t *context); /* the register there */
void *rt_thread_start(void *start);                    /* what a new thread runs */

/* Makes the thread, on a stack that no thread of this run had before: accesses on an old stack are no races with those
 * on a new one. 0, or what pthread_create says. */
int rt_make_on_fresh_stack(int thread, pthread_t *handle, const pthread_attr_t *attributes);

/* fibre.c. `rt_fibre_take`: is the thread of that number there already? Else `rt_fibre_make` makes it (0, or what
 * pthread_create says). `rt_fibre_go_on`: the caller has lost the baton to another thread of its process, and comes
 * back when that one, or one after it, goes on with the caller. `rt_fibres_learn`, in the host after a run: the threads
 * that it made are there already in the next, for copying a process is cheaper than making threads in it. */
bool rt_fibre_take(int thread, pthread_t *handle);
int rt_fibre_make(int thread, pthread_t *handle, const pthread_attr_t *attributes);
void rt_fibre_go_on(int thread);
void rt_fibres_learn(void);
/* `file`: that is mapped there from `offset` on; NULL: none. */
struct stat;
void rt_share_region(void *address, size_t bytes, const struct stat *file, uint64_t offset);

/* objects/sharing.c. Objects in memory that processes share: one that is used there, one that was made there, and a
 * process that ends while it waits. Inside the runtime. */
void rt_check_shared(enum rt_op op, const void *object, uintptr_t site);
void rt_made(const void *object, bool for_processes, uintptr_t site);
void rt_abandon_conditions(int process);

/* stacks.c. The stack of a thread (low: NULL when nobody knows it), and what a thread has of the one that forked.
 * `rt_check_stacks`: is the access to a frame that is gone? `frame`: where the program's frames end. */
void rt_stack_of(int thread, const void *low, size_t bytes);
void rt_stack_begins(int thread, const void *frame);
void rt_stack_inherited(int thread, int from);
void rt_check_stacks(const void *memory, bool write, uintptr_t pc, const void *frame);

/* contexts.c. The number of the context that the current thread runs in, or -1: it is on its own stack.
 * `rt_stacks_gone`: what is on stacks that begin there never goes on. */
int rt_task(void);
void rt_stacks_gone(uintptr_t low, uintptr_t high);

/* frames.c. How many frames ThreadSanitizer was told of the current thread: contexts.c changes stacks. */
unsigned rt_tsan_frames(void);
void rt_tsan_set_frames(unsigned count);

/* remains.c. Zeros for what waiting for the baton may have left below the caller's frame. `rt_leaves`: the current
 * thread is about to pass the baton on for the last time. `rt_see_off`: who has it next, of the same process, waits for
 * the kernel's end of that thread, and nothing is left on its stack. */
void rt_wipe_below(void);
void rt_leaves(void);
void rt_see_off(void);
/* A new block: zero, unless a memory checker is to see what was not written. */
void *rt_new_block(size_t bytes);

void rt_fd_opened(int fd, uintptr_t site);
void rt_fd_closed(int fd);
/* descriptors.c. A descriptor is closed, by whatever call: a scheduling point before it, what it means after it. */
struct rt_closing {
	const void *object;
	char name[48];
};
void rt_close_begin(int fd, struct rt_closing *closing, uintptr_t site);
void rt_close_end(const struct rt_closing *closing, uintptr_t site);
void rt_close_silently(int fd); /* at the end of a process: no point, no step */
/* What the search takes for the object of a call on that descriptor. */
const void *rt_object_of(int fd);
void rt_release_descriptor(int fd);
struct stat;
bool rt_is_pipe(int fd, struct stat *status); /* or a socket */
bool rt_is_from_outside(uint64_t inode);      /* a pipe or socket that the run inherited */
/* opens.c. The last part of the path that a FIFO was opened by, as it is in each run; NULL: by none. */
const char *rt_fifo_name(uint64_t inode);
void rt_note_transfer(enum rt_op op, int fd, const void *buffer, ssize_t bytes, int error, uintptr_t site);
/* transfers.c. `rt_ready`: what poll(2) says at once. `watched`: the bytes are the program's own memory, not a buffer
 * that the library guards. */
short rt_ready(int fd, short events);
ssize_t rt_read_from(int fd, void *buffer, size_t bytes, bool watched, uintptr_t site);
ssize_t rt_write_to(int fd, const void *buffer, size_t bytes, bool watched, uintptr_t site);
/* "socket 0, end 1, descriptor 5", "fifo requests, read end"; empty unless the run is recorded. */
void rt_name_descriptor(int fd, char *name, size_t size);
/* objects/listener.c. -1: it does not listen. `rt_keep_for_accept`: it is about to be closed, and a thread of this
 * process waits there. */
int rt_listener_number(uint64_t inode);
void rt_keep_for_accept(int fd);
void rt_pipe_opened(int fd);    /* a pipe that the table did not know */
int rt_pipe_number(int pipe);   /* what it is called, by its index in the table: FIFOs, which have names, have none */
void rt_meet_other_end(int fd); /* all that both ends did before is before what either does next */
void rt_note_outside(void);     /* once, before the first test */
bool rt_may_block(int fd);      /* a pipe or a socket in blocking mode, with both ends in the run */
/* stdio.c. The standard streams become ones that wait in the table: once, before the first test. Is that an address in
 * judged code? And where that code called the library from, which called the runtime. */
void rt_open_streams(void);
bool rt_is_judged(uintptr_t pc);
uintptr_t rt_judged_site(void);
void rt_close_all(void); /* the descriptors opened since the test began, before the process ends */
void rt_process_done(int process);

/* exec.c. Comes back, with -1 and errno, when there is nothing to execute; `search`: as execvp. */
int rt_execute(const char *file, bool search, char *const argv[], char *const envp[], uintptr_t site);
void rt_spawned(int process); /* it has executed a program, or ended: who waits for that goes on */

/* counts.c. The calling process is asked by one that is about to kill it, or has it judged nothing. */
void rt_write_counts_if_wanted(void);
void rt_let_write_counts(int process);
void rt_has_no_counts(int process);

/* arrivals.c. Inside, but for the first two and the last two. The process begins, was forked, has executed a program.
 */
uint64_t rt_bits_of(const sigset_t *set);
void rt_set_kernel_mask(int thread); /* of the calling kernel thread: as that thread of the program has it */
void rt_signals_begin(void);
void rt_follow_masks(void); /* a thread without the baton, before it sleeps */
void rt_signals_forked(void);
void rt_forget_handled(void);
/* The signal was sent to the process, or its child has ended: whoever waits for it, or lets it in, goes on. */
void rt_signal_arrives(int process, int signal);
/* The kernel has just sent it to the calling thread alone: SIGPIPE, and what it raises. Wakes nobody. */
void rt_signal_to_me(int signal);
void rt_change_signals(int thread); /* a kernel thread goes on as that thread: mask, and what was sent to it alone */
void rt_child_ends(int child);
bool rt_handler_is_due(enum rt_kind kind); /* one that would end such a wait of the current thread */
void rt_run_handlers(void);                /* all that are due */
/* Did a handler end the wait, so that the call fails with EINTR? `may_restart`: not if the handler has SA_RESTART. */
bool rt_interrupted(bool may_restart);
/* For the time of a wait: who waits lets in all others. `rt_interrupted` says whether one was there already. */
void rt_let_in(const sigset_t *mask, uintptr_t site);
void rt_keep_out(uint64_t signals); /* as it was, by bits */
bool rt_signal_is_late(void);       /* one is due in a thread whose wait handlers do not end here */
/* Inside: the signal is about to end this process, which tells the others. */
void rt_meet_own_death(int signal, uintptr_t site);

/* mutex.c. Of a thread that ends, of a process that has ended (who waits for a robust one gets it, with EOWNERDEAD), of
 * this process before it executes another program. Inside the runtime. */
void rt_note_held_mutexes(int thread);
void rt_let_go_of_robust_mutexes(int process);
void rt_refuse_robust_mutexes(void);

/* It comes to this process now: where it would stop it, the test ends, and this does not return. */
void rt_refuse_stop(int signal);
bool rt_signal_kills(int signal); /* would it end this process? (handled, ignored and blocked signals do not) */
bool rt_dies_by(int signal);      /* this process, or one that it killed, does: was that meant to be? Once for each */
void rt_arrive(void);             /* in a process that was just forked */
const void *rt_child_object(pid_t pid); /* what a call about those processes is ordered by: one process, or all */
const char *rt_thread_name(int thread, char *text, size_t size);
const char *rt_process_name(int process, char *text, size_t size);
/* Evidence of what the current thread does wrong, once for each place; NULL when it was noted before. Exploring, its
 * step is shown as the wrong one. */
struct rt_evidence *rt_note(const char *kind, uintptr_t site, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The virtual time that the clock shows as `until`; never 0. */
uint64_t rt_deadline(clockid_t clock, const struct timespec *until);
int rt_earliest_timed(void); /* thread whose timed wait ends first, or RT_NOBODY */
void rt_fire(int thread);    /* its time has come: it runs on with `timed_out` */
void rt_end_test(enum rt_end end) __attribute__((noreturn));
/* places.c */
#define RT_ADDRESS 0xffffffffffffull /* the part of a key (rt_key_of) that is the address */
bool rt_is_static(uintptr_t address);
bool rt_is_address(uint64_t value);
void rt_frame_begins(unsigned depth, struct rt_frame frame); /* the current thread enters a function */
/* After printing into `text`, which was to have `length` characters: if it has not, it ends with a whole word, and
 * "...". `size` is at least 5. */
void rt_end_with_word(char *text, size_t size, size_t length);
/* The value in words that are the same in each run: not as the number of an address or a process. */
void rt_put_value(char *text, size_t size, uint64_t value, size_t bytes);

uintptr_t rt_key_of(const void *address); /* identifies the memory among all processes of the test */

#endif
