/* mapped_by_each: two processes map the file that they share each for itself, after the fork. The semaphore in it was
 * made, and unmapped, before; but for the threads of one process.
 * kind: not_process_shared
 */
#include <semaphore.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static sem_t *map(int fd)
{
	return mmap(NULL, sizeof(sem_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

int main(void)
{
	int fd = memfd_create("answer", 0);
	if (fd < 0 || ftruncate(fd, sizeof(sem_t)) != 0)
		return 1;
	sem_t *made = map(fd);
#ifdef FIXED
	sem_init(made, 1, 0);
#else
	sem_init(made, 0, 0);
#endif
	munmap(made, sizeof(sem_t));
	if (fork() == 0) {
		sem_post(map(fd));
		_exit(0);
	}
	sem_wait(map(fd));
	wait(NULL);
	return 0;
}
