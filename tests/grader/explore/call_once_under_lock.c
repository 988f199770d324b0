/* call_once_under_lock: a log is opened with call_once, and opening it takes the lock of the log.
 * One thread is in the initialiser and wants the lock, the other holds the lock and waits for the initialiser.
 * kind: deadlock hang
 * switches: 1
 */
#include <assert.h>
#include <stddef.h>
#include <threads.h>

static mtx_t mutex;
static once_flag opened = ONCE_FLAG_INIT;
static int lines; /* under mutex */

static void open_log(void)
{
	mtx_lock(&mutex);
	lines = 1; /* the title */
	mtx_unlock(&mutex);
}

static int start(void *unused)
{
	(void)unused;
	call_once(&opened, open_log);
	return 0;
}

static int print(void *unused)
{
	(void)unused;
#ifdef FIXED
	call_once(&opened, open_log);
	mtx_lock(&mutex);
#else
	/* Works alone only with a recursive mutex, and even then not together with the other thread. */
	mtx_lock(&mutex);
	call_once(&opened, open_log);
#endif
	lines++;
	mtx_unlock(&mutex);
	return 0;
}

int main(void)
{
	mtx_init(&mutex, mtx_plain | mtx_recursive);
	thrd_t starter, printer;
	thrd_create(&starter, start, NULL);
	thrd_create(&printer, print, NULL);
	thrd_join(starter, NULL);
	thrd_join(printer, NULL);
	assert(lines == 2);
	mtx_destroy(&mutex);
	return 0;
}
