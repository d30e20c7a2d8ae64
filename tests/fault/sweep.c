/* sweep.c - the undisturbed outcome against every disturbance at every I/O point.
 *
 *     fault_sweep                            every point, three seeds
 *     fault_sweep --every 7 --seeds 1        a sample
 *     fault_sweep --part 1/2                 the odd half of the points, for two processes
 *     fault_sweep --case update --mode power --point 37 --seed 2    one run, as a complaint names
 * it
 */
#include "fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct mode {
    const char *name;
    bool is_error, forever;
    mr_sim_fault error;
    mr_sim_loss loss;
    bool twice;   /* again soon after the restart */
    bool by_seed; /* worth repeating with other seeds */
} mode;

static const mode modes[] = {
    { .name = "kill", .loss = MR_SIM_KILL },
    { .name = "power", .loss = MR_SIM_POWER, .by_seed = true },
    { .name = "kill_twice", .loss = MR_SIM_KILL, .twice = true },
    { .name = "power_twice", .loss = MR_SIM_POWER, .twice = true, .by_seed = true },
    { .name = "eio", .is_error = true, .error = MR_SIM_EIO },
    { .name = "enospc", .is_error = true, .error = MR_SIM_ENOSPC },
    { .name = "short", .is_error = true, .error = MR_SIM_SHORT },
    { .name = "eio_forever", .is_error = true, .forever = true, .error = MR_SIM_EIO },
    { .name = "enospc_forever", .is_error = true, .forever = true, .error = MR_SIM_SHORT },
    { .name = "eio_power",
      .is_error = true,
      .error = MR_SIM_EIO,
      .loss = MR_SIM_POWER,
      .by_seed = true },
};

enum { N_MODES = sizeof(modes) / sizeof(modes[0]), COMPLAINTS_MAX = 20 };

typedef struct options {
    const char *only_case, *only_mode;
    uint64_t point, seed; /* of the only run; 0 = all */
    int every, seeds, part, parts;
} options;

typedef struct tally {
    long runs, complaints, undone;
} tally;

static void explain_difference(fault_world *w, const char *what, mr_str want, mr_str got)
{
    size_t at = 0, from;

    while (at < want.len && at < got.len && want.ptr[at] == got.ptr[at])
        at++;
    from = at;
    while (from > 0 && want.ptr[from - 1] != '\n')
        from--;
    fault_complain(
        w, "other %s; undisturbed: %.*s... now: %.*s...", what,
        MR_STR_ARG(mr_str_slice(want, from, from + 200 < want.len ? from + 200 : want.len)),
        MR_STR_ARG(mr_str_slice(got, from, from + 200 < got.len ? from + 200 : got.len)));
}

static void compare(fault_world *w, const fault_outcome *want, const fault_outcome *got)
{
    if (!mr_str_equal(mr_buf_str(&want->rows), mr_buf_str(&got->rows)))
        explain_difference(w, "rows", mr_buf_str(&want->rows), mr_buf_str(&got->rows));
    if (!mr_str_equal(mr_buf_str(&want->state), mr_buf_str(&got->state)))
        explain_difference(w, "state", mr_buf_str(&want->state), mr_buf_str(&got->state));
}

static void report(const fault_world *w, const mode *m, tally *t)
{
    if (t->complaints++ >= COMPLAINTS_MAX)
        return;
    printf("FAILED --case %s --mode %s --point %llu --seed %llu\n    hit: %s\n    %s\n", w->c->name,
           m->name, (unsigned long long)w->plan.point, (unsigned long long)w->plan.seed, w->strike,
           w->complaint);
    fflush(stdout);
}

/* One disturbed run; false: the query ended before the point came. */
static bool disturb(const fault_case *c, const mode *m, uint64_t point, uint64_t seed,
                    const fault_outcome *want, mr_pool *pool, tally *t)
{
    fault_plan plan = { .point = point,
                        .is_error = m->is_error,
                        .error = m->error,
                        .forever = m->forever,
                        .loss = m->loss,
                        .again = m->twice ? 1 + (point * 7 + seed * 13) % 41 : 0,
                        .seed = seed };
    fault_world w;
    fault_outcome got;
    bool struck;

    fault_world_open(&w, c, &plan, pool);
    fault_world_run(&w);
    if (w.complaint[0] == '\0') {
        fault_outcome_read(&w, &got);
        compare(&w, want, &got);
        fault_outcome_free(&got);
    }
    t->runs++;
    if (w.complaint[0] != '\0')
        report(&w, m, t);
    struck = w.has_struck;
    fault_world_close(&w);
    return struck;
}

static void sweep_mode(const fault_case *c, const mode *m, const options *o,
                       const fault_outcome *want, mr_pool *pool, tally *t)
{
    int step = o->every * (c->sparse > 0 ? c->sparse : 1);
    int seeds = m->by_seed ? o->seeds : 1;

    if (o->point != 0) {
        disturb(c, m, o->point, o->seed, want, pool, t);
        return;
    }
    for (uint64_t point = 1 + (uint64_t)o->part * (uint64_t)step;;
         point += (uint64_t)step * (uint64_t)o->parts)
        for (int seed = 1; seed <= seeds; seed++)
            if (!disturb(c, m, point, (uint64_t)seed + point * 100, want, pool, t))
                return;
}

static void sweep_case(const fault_case *c, const options *o, mr_pool *pool, tally *t)
{
    const fault_plan calm = { 0 };
    struct timespec began, ended;
    fault_world w;
    fault_outcome want;
    tally before = *t;

    clock_gettime(CLOCK_MONOTONIC, &began);
    fault_world_open(&w, c, &calm, pool);
    fault_world_run(&w);
    fault_outcome_read(&w, &want);
    if (want.n_rows != c->want_rows)
        fault_complain(&w, "the undisturbed run shows %d rows, not %d:\n%sstate:\n%s", want.n_rows,
                       c->want_rows, mr_buf_cstr(&want.rows), mr_buf_cstr(&want.state));
    if (w.complaint[0] != '\0')
        report(&w, &(mode){ .name = "(none)" }, t);
    for (int i = 0; i < N_MODES && w.complaint[0] == '\0'; i++)
        if (o->only_mode == NULL || strcmp(o->only_mode, modes[i].name) == 0)
            sweep_mode(c, &modes[i], o, &want, pool, t);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    printf("%-20s %6llu points, %4d rows: %6ld runs, %ld failed (%.1f s)\n", c->name,
           (unsigned long long)w.passed, want.n_rows, t->runs - before.runs,
           t->complaints - before.complaints,
           (double)(ended.tv_sec - began.tv_sec) + (double)(ended.tv_nsec - began.tv_nsec) / 1e9);
    fflush(stdout);
    fault_outcome_free(&want);
    fault_world_close(&w);
}

static int usage(void)
{
    fputs("usage: fault_sweep [--case NAME] [--mode MODE] [--every N] [--seeds N] [--part I/N]\n"
          "                   [--point N --seed N]\n",
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
        else if (strcmp(argv[i], "--part") != 0 || sscanf(value, "%d/%d", &o->part, &o->parts) != 2)
            return false;
    }
    return argc % 2 == 1 && o->every > 0 && o->seeds > 0 && o->parts > 0;
}

int main(int argc, char **argv)
{
    options o = { .every = 1, .seeds = 3, .parts = 1 };
    mr_pool *pool;
    tally t = { 0 };
    bool found = false;

    if (!read_options(argc, argv, &o))
        return usage();
    pool = mr_pool_new(1);
    for (int i = 0; i < fault_n_cases; i++) {
        if (o.only_case != NULL && strcmp(o.only_case, fault_cases[i].name) != 0)
            continue;
        found = true;
        sweep_case(&fault_cases[i], &o, pool, &t);
    }
    mr_pool_free(pool);
    printf("%ld runs, %ld failed\n", t.runs, t.complaints);
    return found && t.complaints == 0 ? 0 : 1;
}
