/* schema_file.h - what state stores say about themselves: the schema file and the operator
 * metadata. */
#ifndef MR_CHECKPOINT_SCHEMA_FILE_H
#define MR_CHECKPOINT_SCHEMA_FILE_H

#include "column/type.h"

/* state/<op>/0/[<store>/]_metadata/schema: key and value columns.  Reads versions 1 and 2; version
 * 3 is MR_UNSUPPORTED.  `name` is the file, for messages. */
MR_NODISCARD mr_status mr_schema_file_read(mr_arena *arena, mr_str bytes, const char *name,
                                           const mr_type **key, const mr_type **value,
                                           mr_error *err);
/* Appends version 2. */
void mr_schema_file_write(const mr_type *key, const mr_type *value, mr_buf *out);

typedef struct mr_store_info {
    mr_str name; /* "default", ... */
    int32_t prefix_columns;
    int32_t n_partitions;
} mr_store_info;

/* state/<op>/_metadata/metadata, version 1. */
typedef struct mr_operator_metadata {
    int64_t id;
    mr_str name; /* "stateStoreSave", ... */
    mr_store_info *stores;
    int n_stores;
} mr_operator_metadata;

/* Everything in `out` lives in `arena`. */
MR_NODISCARD mr_status mr_operator_metadata_parse(mr_arena *arena, mr_str text, const char *name,
                                                  mr_operator_metadata *out, mr_error *err);
void mr_operator_metadata_print(const mr_operator_metadata *metadata, mr_buf *out);

#endif /* MR_CHECKPOINT_SCHEMA_FILE_H */
