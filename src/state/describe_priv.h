/* describe_priv.h - what a store says about itself in the checkpoint. */
#ifndef MR_STATE_DESCRIBE_PRIV_H
#define MR_STATE_DESCRIBE_PRIV_H

#include "column/type.h"
#include "os/os.h"

typedef struct state_description {
    mr_os *os;
    const char *dir; /* state/<operator id> */
    int operator_id;
    const char *operator_name; /* "stateStoreSave", "globalLimit" */
    int n_partitions;
    const mr_type *key, *value;
} state_description;

/* Compares the store with what the checkpoint says, or writes it down if nothing is there
 * (STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE, STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE,
 * STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA). */
MR_NODISCARD mr_status state_describe(const state_description *description, mr_error *err);

#endif /* MR_STATE_DESCRIBE_PRIV_H */
