/* choices.c - a submission for the runtime's own tests: wrong for one of the clients that a test may choose to be. */

struct counter {
	int value;
};

/* Wrong at the third call in a row. */
int add(struct counter *counter, int calls)
{
	counter->value += calls == 3 ? 2 : calls;
	return counter->value;
}
