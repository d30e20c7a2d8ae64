/* run_priv.h - lanes: which bytes of which files one reader reads. */
#ifndef MR_RUN_PRIV_H
#define MR_RUN_PRIV_H

#include "run/run.h"

/* Lanes a scan's input is cut into, from the sizes alone. */
int mr_lane_count(const mr_run *run, const mr_spec *scan);
/* A reader over one lane (0-based), or over everything in order (-1). */
mr_status mr_lane_open(const mr_run *run, const mr_spec *scan, int lane, mr_op_reader *out,
                       mr_error *err);

/* How a file is compressed, by its name's ending. */
typedef enum mr_packing {
    MR_PACKED_NOT = 0,
    MR_PACKED_ZLIB,
    MR_PACKED_ZSTD,
    MR_PACKED_BZIP2,
    MR_PACKED_UNKNOWN /* compressed in a way that cannot be read here */
} mr_packing;

/* malloc memory with 64 bytes of slack behind `used`. */
typedef struct mr_unpacked {
    char *bytes;
    size_t used, capacity;
} mr_unpacked;

mr_packing mr_run_packing(const char *path);
/* Unpacks a whole file of at most `most` bytes; `out` starts zeroed. */
mr_status mr_run_unpack(mr_packing packing, mr_str in, size_t most, mr_unpacked *out,
                        mr_error *err);

/* Columns of a scan whose values are not in the files but in the names of the directories, or say
 * which file it is. */
typedef struct mr_partition {
    const mr_scan *scan;
    const mr_zone *zone;
    bool case_sensitive;
    uint8_t *is_outside; /* one byte a field of the scan's schema */
    int n;
} mr_partition;

/* Marks the columns that say which file it is; `scan` is set. */
void mr_partition_file_columns(mr_partition *partition, mr_arena *arena);
/* Finds them in the path of the input's first file. */
mr_status mr_partition_open(const mr_run *run, const mr_scan *scan, const mr_run_input *input,
                            mr_arena *arena, mr_partition *out, mr_error *err);
/* The schema of the files themselves, and which of its fields are needed. */
const mr_type *mr_partition_data(const mr_partition *partition, mr_arena *arena, uint8_t **needed);
/* The batch read from the file with the other columns in their places. */
mr_status mr_partition_add(const mr_partition *partition, const mr_run_file *file, mr_arena *arena,
                           mr_batch **batch, mr_error *err);

#endif /* MR_RUN_PRIV_H */
