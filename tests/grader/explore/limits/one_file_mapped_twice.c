/* one_file_mapped_twice: parent and child map the same file; the child has the parent's mapping, too, so its own is at
 * another address, which the tables take for other memory.
 * expect: not explored: it maps the same memory at two addresses
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
	sem_t *answer = map(fd);
	sem_init(answer, 1, 0);
	if (fork() == 0) {
		sem_post(map(fd));
		_exit(0);
	}
	sem_wait(answer);
	wait(NULL);
	return 0;
}
