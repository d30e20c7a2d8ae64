/* large.c - two blocks: one is filled while the other one is written. */
#include "os/large_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/base.h"

#define BLOCK ((size_t)1 << 20)
#define ALIGN 4096 /* of memory and file offsets past the page cache */

struct mr_large {
    int fd;
    bool is_direct;  /* O_DIRECT is on */
    bool is_refused; /* O_DIRECT does not work, or not where the file has got to */
    char *blocks[2];
    int filling;
    size_t used; /* of the block being filled */

    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock; /* everything below */
    pthread_cond_t changed;
    const char *full; /* the block being written; NULL = none */
    bool must_end;
    int error;
};

mr_large *mr_large_new(int fd)
{
    mr_large *l = mr_calloc(1, sizeof(*l));

    l->fd = fd;
    for (int i = 0; i < 2; i++) {
        l->blocks[i] = aligned_alloc(ALIGN, BLOCK);
        MR_ASSERT(l->blocks[i] != NULL);
    }
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->changed, NULL);
    return l;
}

/* Turns O_DIRECT on or off; a file system may not have it. */
static void set_direct(mr_large *l, bool on)
{
    int flags = fcntl(l->fd, F_GETFL);
    bool done = flags >= 0 && fcntl(l->fd, F_SETFL, on ? flags | O_DIRECT : flags & ~O_DIRECT) == 0;

    l->is_direct = done && on;
    l->is_refused = l->is_refused || !done;
}

static int write_all(mr_large *l, const char *at, size_t n)
{
    while (n > 0) {
        ssize_t k = write(l->fd, at, n);

        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0 && errno == EINVAL && l->is_direct) {
            set_direct(l, false); /* not at this offset, or not of this memory */
            l->is_refused = true;
            continue;
        }
        if (k <= 0)
            return k == 0 ? EIO : errno;
        at += k;
        n -= (size_t)k;
    }
    return 0;
}

static int write_block(mr_large *l, const char *block)
{
    if (!l->is_direct && !l->is_refused)
        set_direct(l, true);
    return write_all(l, block, BLOCK);
}

static void *write_always(void *arg)
{
    mr_large *l = arg;

    pthread_mutex_lock(&l->lock);
    for (;;) {
        int error;

        while (l->full == NULL && !l->must_end)
            pthread_cond_wait(&l->changed, &l->lock);
        if (l->full == NULL)
            break;
        pthread_mutex_unlock(&l->lock);
        error = write_block(l, l->full);
        pthread_mutex_lock(&l->lock);
        if (l->error == 0)
            l->error = error;
        l->full = NULL;
        pthread_cond_broadcast(&l->changed);
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

/* Waits for the block being written; returns the error so far. */
static int settle(mr_large *l)
{
    int error;

    pthread_mutex_lock(&l->lock);
    while (l->full != NULL)
        pthread_cond_wait(&l->changed, &l->lock);
    error = l->error;
    pthread_mutex_unlock(&l->lock);
    return error;
}

/* The filled block goes to the thread, or is written at once where there can be none. */
static int hand_over(mr_large *l)
{
    int error = settle(l);

    if (error != 0)
        return error;
    if (!l->has_thread)
        l->has_thread = pthread_create(&l->thread, NULL, write_always, l) == 0;
    l->used = 0;
    if (!l->has_thread)
        return l->error = write_block(l, l->blocks[l->filling]);
    pthread_mutex_lock(&l->lock);
    l->full = l->blocks[l->filling];
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->lock);
    l->filling ^= 1;
    return 0;
}

int mr_large_write(mr_large *l, const char *bytes, size_t n)
{
    while (n > 0) {
        size_t k = n < BLOCK - l->used ? n : BLOCK - l->used;
        int error;

        memcpy(l->blocks[l->filling] + l->used, bytes, k);
        l->used += k;
        bytes += k;
        n -= k;
        error = l->used == BLOCK ? hand_over(l) : 0;
        if (error != 0)
            return error;
    }
    return 0;
}

int mr_large_end(mr_large *l)
{
    const char *rest = l->blocks[l->filling];
    int error = settle(l); /* the thread is idle from here on */
    size_t whole = l->is_direct ? l->used / ALIGN * ALIGN : 0;

    if (error == 0)
        error = write_all(l, rest, whole);
    if (error == 0 && l->is_direct && whole < l->used)
        set_direct(l, false);
    if (error == 0)
        error = write_all(l, rest + whole, l->used - whole);
    l->used = 0;
    return l->error = error;
}

void mr_large_free(mr_large *l)
{
    if (l == NULL)
        return;
    pthread_mutex_lock(&l->lock);
    l->must_end = true;
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->lock);
    if (l->has_thread)
        pthread_join(l->thread, NULL);
    for (int i = 0; i < 2; i++)
        free(l->blocks[i]);
    pthread_cond_destroy(&l->changed);
    pthread_mutex_destroy(&l->lock);
    free(l);
}
