/* sim_priv.h - inside of the simulated machine. */
#ifndef MR_OS_SIM_PRIV_H
#define MR_OS_SIM_PRIV_H

#include <pthread.h>

#include "os/sim.h"

typedef struct sim_inode sim_inode;
typedef struct sim_file sim_file;

/* A change of a file's bytes that no sync has covered yet. */
typedef struct sim_write {
    bool truncate; /* to `at` bytes; else `len` bytes at `at` */
    size_t at;
    size_t len;
    char *bytes;
} sim_write;

typedef struct sim_name {
    char *name;
    sim_inode *inode;
} sim_name;

typedef struct sim_names {
    sim_name *items;
    size_t n, cap;
} sim_names;

struct sim_inode {
    bool is_dir;
    int fs; /* file system */
    int64_t mtime_us;
    mr_buf bytes;   /* what reads see */
    mr_buf durable; /* what power loss leaves at least */
    sim_write *pending;
    size_t n_pending, cap_pending;
    sim_names live, kept; /* of a directory: seen, and durable */
    uint64_t version;     /* of a directory: changes of its entries */
    sim_file *holder;     /* of the lock */
};

/* A change of names that no directory sync has covered yet; one atomic step. */
typedef struct sim_op {
    sim_inode *from_dir; /* NULL: nothing goes */
    char *from;
    sim_inode *to_dir; /* NULL: nothing comes */
    char *to;
    sim_inode *inode;
} sim_op;

struct sim_file {
    mr_file head;
    sim_inode *inode;
    size_t position;
    unsigned flags;
    mr_buf held; /* MR_OS_LARGE: written, in no file before a sync, a truncate or the close */
    uint64_t epoch;
    sim_file *next;
};

typedef struct sim_watch {
    mr_watch head;
    sim_inode *dir;
    uint64_t seen;
    uint64_t epoch;
} sim_watch;

struct mr_sim {
    mr_os head; /* first: an mr_os is an mr_sim */
    pthread_mutex_t lock;
    uint64_t random;
    uint64_t points, fail_at, crash_at;
    uint64_t reads, fail_read_at;
    uint64_t epoch; /* restarts so far */
    mr_sim_fault fault;
    bool fail_forever;
    bool down;
    const char *ignored; /* pattern of syncs that do nothing, or NULL */
    char strike[256];    /* where the fault or the crash struck */
    int64_t wall_us, mono_us, tick_us;
    sim_inode *root;
    int n_fs; /* beside the root's, which is 0 */
    sim_inode **inodes;
    size_t n_inodes, cap_inodes;
    sim_op *ops; /* in the order they happened */
    size_t n_ops, cap_ops;
    sim_file *files; /* open handles */
};

extern const mr_os_body mr_sim_body;

uint64_t mr_sim_next(uint64_t *state);
sim_inode *mr_sim_inode_new(mr_sim *sim, const sim_inode *parent, bool is_dir);
/* inode NULL removes the name. */
void mr_sim_names_set(sim_names *names, const char *name, sim_inode *inode);
/* Changes what reads see and notes it as pending; copies the bytes. */
void mr_sim_change(sim_inode *inode, sim_write change, int64_t now_us);
void mr_sim_make_durable(sim_inode *inode);
void mr_sim_forget_pending(sim_inode *inode);
/* Makes the changes of names that touch `dir` durable; NULL = all of the file system. */
void mr_sim_commit_ops(mr_sim *sim, const sim_inode *dir, int fs);

#endif /* MR_OS_SIM_PRIV_H */
