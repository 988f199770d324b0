/* socket_of_the_internet: its other end may be anywhere, and nobody knows when it speaks.
 * expect: ^not explored: it makes a socket that is not of AF_UNIX, which is not covered
 */
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
	return close(socket(AF_INET, SOCK_STREAM, 0));
}
