/* sim_loss.c - what is durable on the simulated machine, what a loss leaves, and its knobs. */
#include "os/sim_priv.h"

#include <stdlib.h>

enum { SECTOR = 512 };

/* How one restart treats what was not synced. */
typedef enum loss_style { LOSE_ALL, KEEP_ALL, KEEP_PREFIX, KEEP_SUBSET } loss_style;

uint64_t mr_sim_next(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* --- bytes --- */

static void resize(mr_buf *bytes, size_t size)
{
    if (size > bytes->len)
        mr_buf_fill(bytes, '\0', size - bytes->len);
    bytes->len = size;
}

static void overwrite(mr_buf *bytes, size_t at, const char *from, size_t n)
{
    if (bytes->len < at + n)
        resize(bytes, at + n);
    if (n > 0)
        memcpy(bytes->ptr + at, from, n);
}

static void apply_write(mr_buf *bytes, const sim_write *w)
{
    if (w->truncate)
        resize(bytes, w->at);
    else
        overwrite(bytes, w->at, w->bytes, w->len);
}

/* Only some of the sectors that the write touches reach the disk. */
static void apply_torn(mr_buf *bytes, const sim_write *w, uint64_t *random)
{
    size_t done = 0;

    while (done < w->len) {
        size_t n = SECTOR - (w->at + done) % SECTOR;

        if (n > w->len - done)
            n = w->len - done;
        if (mr_sim_next(random) & 1)
            overwrite(bytes, w->at + done, w->bytes + done, n);
        done += n;
    }
}

void mr_sim_change(sim_inode *inode, sim_write change, int64_t now_us)
{
    if (!change.truncate) {
        char *copy = mr_malloc(change.len + 1);

        memcpy(copy, change.bytes, change.len);
        change.bytes = copy;
    }
    apply_write(&inode->bytes, &change);
    inode->mtime_us = now_us;
    MR_PUSH(inode->pending, inode->n_pending, inode->cap_pending, change);
}

void mr_sim_forget_pending(sim_inode *inode)
{
    for (size_t i = 0; i < inode->n_pending; i++)
        free(inode->pending[i].bytes);
    inode->n_pending = 0;
}

void mr_sim_make_durable(sim_inode *inode)
{
    for (size_t i = 0; i < inode->n_pending; i++)
        apply_write(&inode->durable, &inode->pending[i]);
    mr_sim_forget_pending(inode);
}

static void lose_bytes(sim_inode *inode, loss_style style, uint64_t *random)
{
    size_t prefix = inode->n_pending == 0 ? 0 : mr_sim_next(random) % (inode->n_pending + 1);

    for (size_t i = 0; i < inode->n_pending; i++) {
        const sim_write *w = &inode->pending[i];
        unsigned choice = (unsigned)(mr_sim_next(random) % 3);

        if (style == KEEP_ALL || (style == KEEP_PREFIX && i < prefix) ||
            (style == KEEP_SUBSET && choice == 0))
            apply_write(&inode->durable, w);
        else if (!w->truncate &&
                 ((style == KEEP_PREFIX && i == prefix) || (style == KEEP_SUBSET && choice == 1)))
            apply_torn(&inode->durable, w, random);
    }
    mr_sim_forget_pending(inode);
    mr_buf_clear(&inode->bytes);
    mr_buf_append(&inode->bytes, inode->durable.ptr, inode->durable.len);
}

/* --- names --- */

static void apply_op(const sim_op *op)
{
    if (op->from_dir != NULL)
        mr_sim_names_set(&op->from_dir->kept, op->from, NULL);
    if (op->to_dir != NULL)
        mr_sim_names_set(&op->to_dir->kept, op->to, op->inode);
}

static void op_free(sim_op *op)
{
    free(op->from);
    free(op->to);
}

/* Nothing is renamed from one file system to another, so one end tells. */
static int fs_of(const sim_op *op)
{
    return op->to_dir != NULL ? op->to_dir->fs : op->from_dir->fs;
}

void mr_sim_commit_ops(mr_sim *sim, const sim_inode *dir, int fs)
{
    size_t left = 0;

    for (size_t i = 0; i < sim->n_ops; i++) {
        sim_op *op = &sim->ops[i];

        if (dir != NULL ? op->from_dir != dir && op->to_dir != dir : fs_of(op) != fs) {
            sim->ops[left++] = *op;
            continue;
        }
        apply_op(op);
        op_free(op);
    }
    sim->n_ops = left;
}

static void names_free(sim_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        free(names->items[i].name);
    free(names->items);
    *names = (sim_names){ NULL, 0, 0 };
}

static void names_copy(sim_names *to, const sim_names *from)
{
    names_free(to);
    for (size_t i = 0; i < from->n; i++)
        mr_sim_names_set(to, from->items[i].name, from->items[i].inode);
}

static void lose_names(mr_sim *sim, loss_style style, uint64_t *random)
{
    size_t prefix = sim->n_ops == 0 ? 0 : mr_sim_next(random) % (sim->n_ops + 1);

    for (size_t i = 0; i < sim->n_ops; i++) {
        bool coin = mr_sim_next(random) & 1;

        if (style == KEEP_ALL || (style == KEEP_PREFIX && i < prefix) ||
            (style == KEEP_SUBSET && coin))
            apply_op(&sim->ops[i]);
        op_free(&sim->ops[i]);
    }
    sim->n_ops = 0;
    for (size_t i = 0; i < sim->n_inodes; i++)
        if (sim->inodes[i]->is_dir) {
            names_copy(&sim->inodes[i]->live, &sim->inodes[i]->kept);
            sim->inodes[i]->version++;
        }
}

/* --- the machine --- */

mr_sim *mr_sim_new(uint64_t seed)
{
    mr_sim *sim = mr_calloc(1, sizeof(*sim));

    sim->head.body = &mr_sim_body;
    pthread_mutex_init(&sim->lock, NULL);
    sim->random = seed;
    sim->wall_us = INT64_C(1700000000000000);
    sim->root = mr_sim_inode_new(sim, NULL, true);
    return sim;
}

static void inode_free(sim_inode *inode)
{
    mr_sim_forget_pending(inode);
    free(inode->pending);
    mr_buf_free(&inode->bytes);
    mr_buf_free(&inode->durable);
    names_free(&inode->live);
    names_free(&inode->kept);
    free(inode);
}

void mr_sim_free(mr_sim *sim)
{
    if (sim == NULL)
        return;
    while (sim->files != NULL) {
        sim_file *next = sim->files->next;

        mr_buf_free(&sim->files->held);
        free(sim->files->head.path);
        free(sim->files);
        sim->files = next;
    }
    for (size_t i = 0; i < sim->n_inodes; i++)
        inode_free(sim->inodes[i]);
    for (size_t i = 0; i < sim->n_ops; i++)
        op_free(&sim->ops[i]);
    free(sim->inodes);
    free(sim->ops);
    pthread_mutex_destroy(&sim->lock);
    free(sim);
}

mr_os *mr_sim_os(mr_sim *sim)
{
    return &sim->head;
}

uint64_t mr_sim_points(mr_sim *sim)
{
    uint64_t points;

    pthread_mutex_lock(&sim->lock);
    points = sim->points;
    pthread_mutex_unlock(&sim->lock);
    return points;
}

uint64_t mr_sim_reads(mr_sim *sim)
{
    uint64_t reads;

    pthread_mutex_lock(&sim->lock);
    reads = sim->reads;
    pthread_mutex_unlock(&sim->lock);
    return reads;
}

void mr_sim_fail_read_at(mr_sim *sim, uint64_t read)
{
    pthread_mutex_lock(&sim->lock);
    sim->fail_read_at = read;
    pthread_mutex_unlock(&sim->lock);
}

void mr_sim_fail_at(mr_sim *sim, uint64_t point, mr_sim_fault fault, bool forever)
{
    pthread_mutex_lock(&sim->lock);
    sim->fail_at = point;
    sim->fault = fault;
    sim->fail_forever = forever;
    pthread_mutex_unlock(&sim->lock);
}

void mr_sim_crash_at(mr_sim *sim, uint64_t point)
{
    pthread_mutex_lock(&sim->lock);
    sim->crash_at = point;
    pthread_mutex_unlock(&sim->lock);
}

void mr_sim_crash(mr_sim *sim)
{
    pthread_mutex_lock(&sim->lock);
    sim->down = true;
    pthread_mutex_unlock(&sim->lock);
}

bool mr_sim_is_down(mr_sim *sim)
{
    bool is_down;

    pthread_mutex_lock(&sim->lock);
    is_down = sim->down;
    pthread_mutex_unlock(&sim->lock);
    return is_down;
}

void mr_sim_restart(mr_sim *sim, mr_sim_loss loss, uint64_t seed)
{
    uint64_t random = seed;

    pthread_mutex_lock(&sim->lock);
    if (loss == MR_SIM_POWER) {
        loss_style names = (loss_style)(mr_sim_next(&random) % 4);
        loss_style bytes = (loss_style)(mr_sim_next(&random) % 4);

        lose_names(sim, names, &random);
        for (size_t i = 0; i < sim->n_inodes; i++)
            if (!sim->inodes[i]->is_dir)
                lose_bytes(sim->inodes[i], bytes, &random);
    }
    for (size_t i = 0; i < sim->n_inodes; i++)
        sim->inodes[i]->holder = NULL;
    sim->down = false;
    sim->fail_at = sim->crash_at = sim->fail_read_at = 0;
    sim->epoch++;
    pthread_mutex_unlock(&sim->lock);
}

const char *mr_sim_strike(mr_sim *sim)
{
    return sim->strike;
}

void mr_sim_forget_strike(mr_sim *sim)
{
    pthread_mutex_lock(&sim->lock);
    sim->strike[0] = '\0';
    pthread_mutex_unlock(&sim->lock);
}

void mr_sim_ignore_syncs(mr_sim *sim, const char *pattern)
{
    pthread_mutex_lock(&sim->lock);
    sim->ignored = pattern;
    pthread_mutex_unlock(&sim->lock);
}

int mr_sim_handles(mr_sim *sim)
{
    int n = 0;

    pthread_mutex_lock(&sim->lock);
    for (const sim_file *file = sim->files; file != NULL; file = file->next)
        n += file->epoch == sim->epoch;
    pthread_mutex_unlock(&sim->lock);
    return n;
}

void mr_sim_set_wall(mr_sim *sim, int64_t wall_us)
{
    pthread_mutex_lock(&sim->lock);
    sim->wall_us = wall_us;
    pthread_mutex_unlock(&sim->lock);
}

void mr_sim_set_tick(mr_sim *sim, int64_t us)
{
    MR_ASSERT(us >= 0);
    pthread_mutex_lock(&sim->lock);
    sim->tick_us = us;
    pthread_mutex_unlock(&sim->lock);
}

void mr_sim_advance(mr_sim *sim, int64_t us)
{
    MR_ASSERT(us >= 0);
    pthread_mutex_lock(&sim->lock);
    sim->wall_us += us;
    sim->mono_us += us;
    pthread_mutex_unlock(&sim->lock);
}
