/* state_dir_priv.h - shared by state_dir.c (finding, reading) and state_publish.c (writing). */
#ifndef MR_CHECKPOINT_STATE_DIR_PRIV_H
#define MR_CHECKPOINT_STATE_DIR_PRIV_H

#include "checkpoint/state_dir.h"

typedef struct state_partition {
    int64_t version;      /* newest that can be read */
    int64_t snapshot;     /* its chain starts behind this snapshot, 0 = behind nothing */
    size_t snapshot_size; /* bytes of that file */
    size_t delta_bytes;   /* of the chain */
    bool has_dir;         /* the directory exists, and holds no file newer than `version` */
} state_partition;

struct mr_state_dir {
    mr_state_dir_config config;
    mr_arena *arena;
    state_partition *partitions;
};

char *state_dir_partition(const mr_state_dir *dir, mr_arena *arena, int partition);
const char *state_dir_path(const mr_state_dir *dir, mr_arena *arena, int partition, int64_t version,
                           mr_state_kind kind);
/* "<version>.delta" or "<version>.snapshot", else false. */
bool state_dir_parse(mr_str name, int64_t *version, mr_state_kind *kind);

#endif /* MR_CHECKPOINT_STATE_DIR_PRIV_H */
