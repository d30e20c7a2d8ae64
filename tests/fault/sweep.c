/* sweep.c - the undisturbed outcome against every disturbance at every I/O point.
 *
 *     fault_sweep                            every point, three seeds
 *     fault_sweep --every 7 --seeds 1        a sample
 *     fault_sweep --part 0/2                 every other point, for two processes
 *     fault_sweep --case update --mode power --point 37 --seed 2    one run, as a complaint names
 * it fault_sweep --syncs on                 the other way round: without any one of its syncs the
 *                                            query must be seen to fail somewhere
 */
#include "fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct mode {
    const char *name;
    bool is_read, is_error, forever;
    mr_sim_fault error;
    mr_sim_loss loss;
    bool twice; /* again soon after the restart */
    mr_sim_loss loss_again;
    bool is_chaos;
    bool by_seed; /* worth repeating with other seeds */
} mode;

#define ERROR(kind) .is_error = true, .error = kind

static const mode modes[] = {
    { .name = "kill" },
    { .name = "power", .loss = MR_SIM_POWER, .by_seed = true },
    { .name = "kill_twice", .twice = true },
    { .name = "kill_power", .twice = true, .loss_again = MR_SIM_POWER, .by_seed = true },
    { .name = "power_twice",
      .loss = MR_SIM_POWER,
      .twice = true,
      .loss_again = MR_SIM_POWER,
      .by_seed = true },
    { .name = "eio", ERROR(MR_SIM_EIO) },
    { .name = "enospc", ERROR(MR_SIM_ENOSPC) },
    { .name = "short", ERROR(MR_SIM_SHORT) },
    { .name = "eio_forever", ERROR(MR_SIM_EIO), .forever = true },
    { .name = "enospc_forever", ERROR(MR_SIM_SHORT), .forever = true },
    { .name = "eio_power", ERROR(MR_SIM_EIO), .loss = MR_SIM_POWER, .by_seed = true },
    { .name = "eio_kill_power",
      ERROR(MR_SIM_EIO),
      .twice = true,
      .loss_again = MR_SIM_POWER,
      .by_seed = true },
    { .name = "read", .is_read = true, ERROR(MR_SIM_EIO) },
    { .name = "chaos", .is_chaos = true, .by_seed = true },
};

enum { N_MODES = sizeof(modes) / sizeof(modes[0]), COMPLAINTS_MAX = 20 };

typedef struct options {
    const char *only_case, *only_mode;
    uint64_t point, seed; /* of the only run; 0 = all */
    int every, seeds, part, parts;
    bool syncs;
    const char *without; /* pattern of syncs that do nothing */
} options;

/* One case being swept. */
typedef struct sweep {
    const options *o;
    const fault_case *c;
    const char *ignored; /* syncs that do nothing, or NULL */
    mr_pool *pool;
    fault_outcome want;
    uint64_t points; /* of the undisturbed run */
    long runs, complaints;
} sweep;

static void explain_difference(fault_world *w, const char *what, mr_str want, mr_str got)
{
    size_t at = 0, from;

    while (at < want.len && at < got.len && want.ptr[at] == got.ptr[at])
        at++;
    from = at;
    while (from > 0 && want.ptr[from - 1] != '\n')
        from--;
    at = from + 200;
    fault_complain(w, "other %s; undisturbed: %.*s... now: %.*s...", what,
                   MR_STR_ARG(mr_str_slice(want, from, at < want.len ? at : want.len)),
                   MR_STR_ARG(mr_str_slice(got, from, at < got.len ? at : got.len)));
}

static void compare(fault_world *w, const fault_outcome *want, const fault_outcome *got)
{
    if (!mr_str_equal(mr_buf_str(&want->rows), mr_buf_str(&got->rows)))
        explain_difference(w, "rows", mr_buf_str(&want->rows), mr_buf_str(&got->rows));
    if (!mr_str_equal(mr_buf_str(&want->state), mr_buf_str(&got->state)))
        explain_difference(w, "state", mr_buf_str(&want->state), mr_buf_str(&got->state));
}

static void report(sweep *s, const fault_world *w, const char *mode_name)
{
    if (s->complaints++ >= COMPLAINTS_MAX || s->o->syncs)
        return;
    printf("FAILED --case %s --mode %s --point %llu --seed %llu\n    hit: %s\n    %s\n", w->c->name,
           mode_name, (unsigned long long)w->plan.point, (unsigned long long)w->plan.seed,
           w->strike, w->complaint);
    fflush(stdout);
}

/* One disturbed run; false: the query ended before the point came. */
static bool disturb(sweep *s, const mode *m, uint64_t point, uint64_t seed)
{
    fault_plan plan = { .point = point,
                        .is_read = m->is_read,
                        .is_error = m->is_error,
                        .error = m->error,
                        .forever = m->forever,
                        .loss = m->loss,
                        .again = m->twice ? 1 + (point * 7 + seed * 13) % 41 : 0,
                        .loss_again = m->loss_again,
                        .is_chaos = m->is_chaos,
                        .ignored = s->ignored,
                        .seed = seed };
    fault_world w;
    fault_outcome got;
    bool struck;

    fault_world_open(&w, s->c, &plan, s->pool);
    fault_world_run(&w);
    if (w.complaint[0] == '\0') {
        fault_outcome_read(&w, &got);
        compare(&w, &s->want, &got);
        fault_outcome_free(&got);
    }
    s->runs++;
    if (w.complaint[0] != '\0')
        report(s, &w, m->name);
    struck = m->is_chaos ? point < s->points : w.n_blows > 0;
    fault_world_close(&w);
    return struck;
}

static void sweep_mode(sweep *s, const mode *m)
{
    const options *o = s->o;
    uint64_t step = (uint64_t)o->every * (uint64_t)(s->c->sparse > 0 ? s->c->sparse : 1);
    int seeds = m->by_seed ? o->seeds : 1;

    if (o->point != 0) {
        disturb(s, m, o->point, o->seed);
        return;
    }
    for (uint64_t point = 1 + (uint64_t)o->part * step;; point += step * (uint64_t)o->parts)
        for (int seed = 1; seed <= seeds; seed++)
            if (!disturb(s, m, point, (uint64_t)seed + point * 100) ||
                (s->o->syncs && s->complaints > 0))
                return;
}

static void run_calm(sweep *s)
{
    const fault_plan calm = { .ignored = s->ignored };
    fault_world w;

    fault_world_open(&w, s->c, &calm, s->pool);
    fault_world_run(&w);
    fault_outcome_read(&w, &s->want);
    if (s->want.n_rows != s->c->want_rows)
        fault_complain(&w, "the undisturbed run shows %d rows, not %d:\n%sstate:\n%s",
                       s->want.n_rows, s->c->want_rows, mr_buf_cstr(&s->want.rows),
                       mr_buf_cstr(&s->want.state));
    if (s->c->pairs != 0 && s->want.n_skipped != (s->c->pairs == NO_PAIRS ? 0 : s->c->pairs))
        fault_complain(&w, "%d pairs of batches were committed together", s->want.n_skipped);
    if (s->c->packs && (s->want.n_deltas == 0 || s->want.n_snapshots == 0))
        fault_complain(&w, "the undisturbed run leaves %d deltas and %d snapshots",
                       s->want.n_deltas, s->want.n_snapshots);
    if (w.complaint[0] != '\0')
        report(s, &w, "(none)");
    s->points = w.passed;
    fault_world_close(&w);
}

static void sweep_case(sweep *s)
{
    run_calm(s);
    for (int i = 0; i < N_MODES; i++)
        if (s->o->only_mode == NULL ? !(s->o->syncs && s->complaints > 0)
                                    : strcmp(s->o->only_mode, modes[i].name) == 0)
            sweep_mode(s, &modes[i]);
    fault_outcome_free(&s->want);
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool is_wanted(const options *o, const fault_case *c)
{
    return o->only_case == NULL || strcmp(o->only_case, c->name) == 0;
}

static int sweep_all(const options *o, mr_pool *pool)
{
    long runs = 0, complaints = 0;

    for (int i = 0; i < fault_n_cases; i++) {
        sweep s = { .o = o, .c = &fault_cases[i], .ignored = o->without, .pool = pool };
        double began = seconds();

        if (!is_wanted(o, s.c))
            continue;
        sweep_case(&s);
        printf("%-20s %6llu points: %6ld runs, %ld failed (%.1f s)\n", s.c->name,
               (unsigned long long)s.points, s.runs, s.complaints, seconds() - began);
        fflush(stdout);
        runs += s.runs;
        complaints += s.complaints;
    }
    printf("%ld runs, %ld failed\n", runs, complaints);
    return runs > 0 && complaints == 0 ? 0 : 1;
}

/* --- syncs -------------------------------------------------------------------------------------
 */

/* Every sync that a query does. */
static const char *const syncs[] = {
    "sync /ckpt/.metadata.*",
    "sync_dir /ckpt",
    "sync_fs /ckpt",
    "sync /ckpt/sources/0/*",
    "sync_dir /ckpt/sources/0",
    "sync /ckpt/offsets/*",
    "sync_dir /ckpt/offsets",
    "sync /ckpt/commits/*",
    "sync_dir /ckpt/commits",
    "sync /ckpt/.millrace/journal-*",
    "sync /ckpt/.millrace/.held.*",
    "sync_dir /ckpt/.millrace",
    "sync_fs /ckpt/state/0",
    "sync /mnt/out/part-*",
    "sync_dir /mnt/out",
    "sync_fs /mnt/out",
    "sync /mnt/out/_spark_metadata/*",
    "sync_dir /mnt/out/_spark_metadata",
    "sync_fs /old/in",
};

static bool is_missed(const options *o, const char *ignored, mr_pool *pool)
{
    double began = seconds();
    long runs = 0;

    for (int i = 0; i < fault_n_cases; i++) {
        sweep s = { .o = o, .c = &fault_cases[i], .ignored = ignored, .pool = pool };

        if (!is_wanted(o, s.c))
            continue;
        sweep_case(&s);
        runs += s.runs;
        if (s.complaints > 0) {
            printf("%-34s missed by %s after %ld runs (%.1f s)\n", ignored, s.c->name, runs,
                   seconds() - began);
            fflush(stdout);
            return true;
        }
    }
    printf("FAILED: nobody misses '%s' in %ld runs (%.1f s)\n", ignored, runs, seconds() - began);
    fflush(stdout);
    return false;
}

static int sweep_syncs(const options *o, mr_pool *pool)
{
    int n_failed = 0, n = (int)(sizeof(syncs) / sizeof(syncs[0]));

    for (int i = 0; i < n; i++)
        n_failed += !is_missed(o, syncs[i], pool);
    printf("%d syncs missed, %d failed\n", n - n_failed, n_failed);
    return n_failed > 0;
}

/* -----------------------------------------------------------------------------------------------
 */

static int usage(void)
{
    fputs("usage: fault_sweep [--case NAME] [--mode MODE] [--every N] [--seeds N] [--part I/N]\n"
          "                   [--point N --seed N] [--without SYNC] [--syncs on]\n",
          stderr);
    return 2;
}

static bool read_options(int argc, char **argv, options *o)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        const char *value = argv[i + 1];

        if (strcmp(argv[i], "--case") == 0)
            o->only_case = value;
        else if (strcmp(argv[i], "--mode") == 0)
            o->only_mode = value;
        else if (strcmp(argv[i], "--every") == 0)
            o->every = atoi(value);
        else if (strcmp(argv[i], "--seeds") == 0)
            o->seeds = atoi(value);
        else if (strcmp(argv[i], "--point") == 0)
            o->point = strtoull(value, NULL, 10);
        else if (strcmp(argv[i], "--seed") == 0)
            o->seed = strtoull(value, NULL, 10);
        else if (strcmp(argv[i], "--without") == 0)
            o->without = value;
        else if (strcmp(argv[i], "--syncs") == 0)
            o->syncs = strcmp(value, "on") == 0;
        else if (strcmp(argv[i], "--part") != 0 || sscanf(value, "%d/%d", &o->part, &o->parts) != 2)
            return false;
    }
    return argc % 2 == 1 && o->every > 0 && o->seeds > 0 && o->parts > 0 && o->part >= 0 &&
           o->part < o->parts;
}

int main(int argc, char **argv)
{
    options o = { .every = 1, .seeds = 3, .parts = 1 };
    mr_pool *pool;
    int code;

    if (!read_options(argc, argv, &o))
        return usage();
    pool = mr_pool_new(1);
    code = o.syncs ? sweep_syncs(&o, pool) : sweep_all(&o, pool);
    mr_pool_free(pool);
    return code;
}
