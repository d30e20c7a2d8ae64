/* groups_priv.h - the record layout shared by groups.c and groups_key.c. */
#ifndef MR_STATE_GROUPS_PRIV_H
#define MR_STATE_GROUPS_PRIV_H

#include "state/groups.h"

typedef struct mr_group {
    uint64_t hash;
    int64_t time_us; /* INT64_MAX: none */
    int32_t next;    /* in its pane, -1 = last */
    uint32_t key_len;
    uint32_t flags;
    uint32_t pad;
    /* then the key area (key_room bytes), then the states */
} mr_group;

enum { MR_GROUP_LIVE = 1, MR_GROUP_TOUCHED = 2, MR_GROUP_KEY_HEAP = 4 };

/* Encodes key row `row` behind what `out` holds. */
void mr_group_key_encode(const mr_vec *keys, int n_keys, int32_t row, mr_buf *out);
/* Decodes one encoded key into row `row` of initialised vectors. */
void mr_group_key_decode(mr_str bytes, mr_vec *keys, int n_keys, int32_t row, mr_arena *arena);
/* Bytes that most keys of these types fit in. */
size_t mr_group_key_room(const mr_type *const *types, int n_types);
/* Event time of column `vec` at `row`: the timestamp, or the second field of a window struct. */
int64_t mr_group_key_time(const mr_vec *vec, int32_t row);

#endif /* MR_STATE_GROUPS_PRIV_H */
