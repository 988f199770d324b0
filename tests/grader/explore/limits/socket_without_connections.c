/* socket_without_connections: who sends there, and when it is full, the table does not know.
 * expect: ^not explored: it makes a socket without connections \(datagrams\), which is not covered
 */
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
	return close(socket(AF_UNIX, SOCK_DGRAM, 0));
}
