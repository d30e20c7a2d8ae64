/* server.h - the Spark Connect server: an engine's sessions for the real pyspark client. */
#ifndef MR_CONNECT_SERVER_H
#define MR_CONNECT_SERVER_H

#include "engine/engine.h"

typedef struct mr_connect_server mr_connect_server;

/* Listens on "host:port" ("localhost:15002"; ":0" or "localhost:0" = any free port; localhost means
 * 127.0.0.1 and ::1) and serves until mr_connect_close().  token: clients must send it as a bearer
 * token; NULL = none, then only loopback addresses are allowed (MR_INVALID otherwise).  The engine
 * must outlive the server. */
MR_NODISCARD mr_status mr_connect_open(mr_engine *engine, mr_str address, const char *token,
                                       mr_connect_server **out, mr_error *err);
int mr_connect_port(const mr_connect_server *server);
/* Cancels what clients wait for and closes; the engine's sessions and queries stay as they are. */
void mr_connect_close(mr_connect_server *server);

#endif /* MR_CONNECT_SERVER_H */
