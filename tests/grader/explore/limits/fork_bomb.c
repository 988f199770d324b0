/* fork_bomb: more processes than the explorer follows; none is left behind.
 * expect: not explored: .*more processes than the kit can track
 */
#include <unistd.h>

int main(void)
{
	for (;;)
		fork();
}
