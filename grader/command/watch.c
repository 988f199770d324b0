#include "command.h"
int command_watch(const struct session *session, int argc, char **argv){(void)session;(void)argc;(void)argv;return 2;}
int command_debug(const struct session *session, int argc, char **argv){(void)session;(void)argc;(void)argv;return 2;}
