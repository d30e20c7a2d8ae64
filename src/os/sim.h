/* sim.h - a simulated machine for crash tests: files in memory, faults, power loss, a set clock.
 *
 * Every call that changes files or makes them durable is one I/O point, numbered from 1.  Whatever
 * happens follows from the seed and the order of the calls.  One mutex guards it all.
 */
#ifndef MR_OS_SIM_H
#define MR_OS_SIM_H

#include "os/os.h"

typedef struct mr_sim mr_sim;

typedef enum mr_sim_fault {
    MR_SIM_EIO, /* the call fails with EIO and does nothing; a failed sync drops what was pending */
    MR_SIM_ENOSPC,
    MR_SIM_SHORT /* a write keeps its first half, then ENOSPC; other calls: ENOSPC */
} mr_sim_fault;

typedef enum mr_sim_loss {
    MR_SIM_KILL, /* only the process died: nothing is lost */
    MR_SIM_POWER /* every legal state of unsynced data and directory entries, one chosen */
} mr_sim_loss;

mr_sim *mr_sim_new(uint64_t seed);
void mr_sim_free(mr_sim *sim); /* also handles that were never closed */
/* The machine as an mr_os; the same pointer after restarts. */
mr_os *mr_sim_os(mr_sim *sim);

/* I/O points passed so far. */
uint64_t mr_sim_points(mr_sim *sim);
/* Point `point` fails (and, with forever, every later one). 0 switches the fault off. */
void mr_sim_fail_at(mr_sim *sim, uint64_t point, mr_sim_fault fault, bool forever);
/* Calls that only look (open, read, list, stat) are counted apart: read `read` fails with EIO. */
uint64_t mr_sim_reads(mr_sim *sim);
void mr_sim_fail_read_at(mr_sim *sim, uint64_t read); /* 0 = none */
/* The machine goes down at `point`, before the call has had its effect (a write may have had part
 * of it): that call and all later ones fail with MR_CANCELLED until mr_sim_restart.  0 = never. */
void mr_sim_crash_at(mr_sim *sim, uint64_t point);
/* Down right now. */
void mr_sim_crash(mr_sim *sim);
bool mr_sim_is_down(mr_sim *sim);
/* Up again, after the loss; handles from before stay closed to every call but mr_os_close.  Locks
 * are released.  Faults and the crash point are switched off; the points count on. */
void mr_sim_restart(mr_sim *sim, mr_sim_loss loss, uint64_t seed);

/* What the first fault or crash since the last forgetting hit, "sync_dir /ck/offsets"; "" = none
 * yet (mr_sim_crash hits nothing).  The text is the simulator's, steady until `forget`. */
const char *mr_sim_strike(mr_sim *sim);
void mr_sim_forget_strike(mr_sim *sim);

/* Syncs that match the pattern of fnmatch(3), "sync_dir /ck/of*", do nothing and say
 * that all is well: to see whether a test would miss them.  NULL = none; the text is borrowed. */
void mr_sim_ignore_syncs(mr_sim *sim, const char *pattern);

/* Open handles of the running epoch, to see leaks. */
int mr_sim_handles(mr_sim *sim);
/* Somebody else's doing: a whole durable file with this modification time appears at once, parents
 * made; no I/O point. */
void mr_sim_place(mr_sim *sim, const char *path, mr_str bytes, int64_t mtime_us);

/* Makes an empty directory that is a file system of its own (durable; parents are made): a sync of
 * the others does not reach it, and nothing is renamed from or to it. */
void mr_sim_mount(mr_sim *sim, const char *path);

void mr_sim_set_wall(mr_sim *sim, int64_t wall_us);
/* Every I/O point takes so long on both clocks; 0 at first. */
void mr_sim_set_tick(mr_sim *sim, int64_t us);
/* Moves both clocks on. */
void mr_sim_advance(mr_sim *sim, int64_t us);

#endif /* MR_OS_SIM_H */
