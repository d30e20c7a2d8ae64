/* ipc.h - Arrow IPC streams: what Spark Connect carries rows in. */
#ifndef MR_COLUMN_IPC_H
#define MR_COLUMN_IPC_H

#include "column/vec.h"

/* Appends one complete stream (schema, one record batch of the selected rows, end of stream) to
 * `out`. zone: the session time zone's name, written into TIMESTAMP fields.  Encoding as
 * spark-connect.md 3.5. */
MR_NODISCARD mr_status mr_ipc_write(const mr_batch *batch, mr_str zone, mr_buf *out, mr_error *err);
/* Reads a whole stream (any number of record batches, concatenated) made by a hostile client: every
 * offset and length is checked.  The schema comes from the stream. */
MR_NODISCARD mr_status mr_ipc_read(mr_arena *arena, mr_str bytes, mr_batch **out, mr_error *err);

#endif /* MR_COLUMN_IPC_H */
