/* process_semaphore_order: two processes each need the printer and the scanner, guarded by process-shared semaphores.
 * They take them in opposite order: each can hold one and wait for the other.
 * kind: deadlock hang
 * switches: 1
 */
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct office {
	sem_t printer, scanner;
};

static void copy_page(sem_t *first, sem_t *second)
{
	sem_wait(first);
	sem_wait(second);
	sem_post(second);
	sem_post(first);
}

int main(void)
{
	struct office *office = mmap(NULL, sizeof *office, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (office == MAP_FAILED)
		return 1;
	sem_init(&office->printer, 1, 1);
	sem_init(&office->scanner, 1, 1);

	pid_t child = fork();
	if (child < 0)
		return 1;
	if (child == 0) {
#ifdef FIXED
		copy_page(&office->printer, &office->scanner);
#else
		copy_page(&office->scanner, &office->printer);
#endif
		_exit(0);
	}
	copy_page(&office->printer, &office->scanner);
	if (waitpid(child, NULL, 0) != child)
		return 1;
	sem_destroy(&office->scanner);
	sem_destroy(&office->printer);
	munmap(office, sizeof *office);
	return 0;
}
