/* publisher.c - what is pending, when it is published, how. */
#include "checkpoint/publisher.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "checkpoint/crc.h"
#include "checkpoint/journal.h"
#include "checkpoint/metadata_log.h"
#include "os/file.h"

#define SECOND_US    1000000
#define IDLE_US      300000              /* without a batch: the query pauses */
#define HELD_BYTES   ((size_t)256 << 20) /* pending changes in memory at most */
#define FILE_COST    8192                /* a file costs as much as so many bytes */
#define BYTES_PER_US 200                 /* written, read or merged in the background */
#define REST         20                  /* a publication rests this many times its cost */

typedef struct pending {
    int64_t version;
    mr_state_changes *changes; /* malloc'ed, one a store */
    size_t bytes;
    bool is_packed, is_whole; /* of any store */
} pending;

struct mr_publisher {
    mr_publisher_config config;
    mr_arena *arena;
    mr_publisher_store *stores;
    int n_stores;
    mr_journal *journal;

    pthread_mutex_t lock; /* everything below */
    pthread_cond_t changed;
    pthread_t thread;
    bool has_thread, must_end;
    bool is_busy;     /* somebody publishes, outside of the lock */
    pending *pending; /* oldest first */
    int n_pending, capacity;
    size_t held;       /* bytes of pending changes */
    int64_t committed; /* newest version that may be published */
    int64_t purged;    /* versions before are deleted */
    int64_t last_us;   /* end of the last publication */
    int64_t batch_us;  /* of the last commit */
    mr_status status;  /* of publishing; the first failure stays */
    mr_error *failure;
};

static int64_t now_us(const mr_publisher *p)
{
    return mr_os_mono_us(p->config.os);
}

static void pending_free(mr_publisher *p, pending *entry)
{
    for (int i = 0; i < p->n_stores; i++)
        mr_state_changes_free(&entry->changes[i]);
    free(entry->changes);
}

static pending *push(mr_publisher *p, int64_t version)
{
    MR_PUSH(p->pending, p->n_pending, p->capacity,
            (pending){ .version = version,
                       .changes = mr_calloc((size_t)p->n_stores, sizeof(mr_state_changes)) });
    return &p->pending[p->n_pending - 1];
}

static void weigh(mr_publisher *p, pending *entry)
{
    for (int i = 0; i < p->n_stores; i++) {
        entry->bytes += mr_state_changes_bytes(&entry->changes[i]);
        entry->is_packed |= entry->changes[i].is_packed;
        entry->is_whole |= entry->changes[i].is_whole;
    }
    p->held += entry->bytes;
}

/* --- opening -----------------------------------------------------------------------------------
 */

/* What ties a state version to its batch: a checksum of offsets/<version - 1>.  False: the entry is
 * gone. */
static mr_status read_tag(mr_publisher *p, int64_t version, bool *known, uint32_t *tag,
                          mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    char *dir = mr_file_join(arena, p->config.checkpoint, "offsets"), *path;
    mr_error why = { 0 };
    mr_str text;
    mr_status status =
        mr_log_read(p->config.os, dir, version - 1, false, arena, &text, &path, &why);

    *known = status == MR_OK;
    *tag = *known ? mr_crc_32c(text) : 0;
    if (status == MR_NOT_FOUND)
        status = MR_OK;
    if (status != MR_OK && err != NULL)
        *err = why;
    mr_arena_free(arena);
    return status;
}

static mr_status check_record(mr_publisher *p, const mr_journal_record *record, mr_error *err)
{
    bool known;
    uint32_t tag;

    MR_TRY(read_tag(p, record->version, &known, &tag, err));
    if (known && tag != record->tag)
        return mr_fail(err, MR_CONFLICT,
                       "the journal in %s/.millrace and the directory tell different stories: "
                       "state version %lld was made by another batch than offsets/%lld describes. "
                       "Move the journal away to go on with what the directory holds",
                       p->config.checkpoint, (long long)record->version,
                       (long long)record->version - 1);
    if (record->n_stores != p->n_stores)
        return mr_fail(err, MR_CONFLICT,
                       "the journal in %s/.millrace holds %d stateful operators, the query has %d",
                       p->config.checkpoint, record->n_stores, p->n_stores);
    for (int i = 0; i < p->n_stores; i++)
        if ((int)record->stores[i].operator_id != p->stores[i].operator_id ||
            (int)record->stores[i].n_partitions != mr_state_dir_partitions(p->stores[i].dir))
            return mr_fail(err, MR_CONFLICT,
                           "the journal in %s/.millrace belongs to other stateful operators",
                           p->config.checkpoint);
    return MR_OK;
}

/* Makes a record pending if it is of this query and of that batch. */
static mr_status push_record(mr_publisher *p, const mr_journal_record *record, mr_error *err)
{
    pending *entry;

    MR_TRY(check_record(p, record, err));
    entry = push(p, record->version);
    for (int i = 0; i < p->n_stores; i++)
        mr_state_changes_add(&entry->changes[i], record->stores[i].entries);
    weigh(p, entry);
    return MR_OK;
}

static const mr_journal_record *last_of(const mr_journal_record *records, int n, int64_t version)
{
    for (int i = n - 1; i >= 0; i--)
        if (records[i].version == version)
            return &records[i];
    return NULL;
}

static const mr_state_dir *oldest_dir(const mr_publisher *p)
{
    const mr_state_dir *oldest = NULL;

    for (int i = 0; i < p->n_stores; i++)
        if (oldest == NULL || mr_state_dir_oldest(p->stores[i].dir) < mr_state_dir_oldest(oldest))
            oldest = p->stores[i].dir;
    return oldest;
}

/* Versions that a directory lacks come from the journal, all of them. */
static mr_status fill_gap(mr_publisher *p, const mr_journal_record *records, int n, int64_t version,
                          mr_error *err)
{
    const mr_state_dir *oldest = oldest_dir(p);

    for (int64_t v = mr_state_dir_oldest(oldest) + 1; v <= version; v++) {
        const mr_journal_record *record = last_of(records, n, v);

        if (record == NULL)
            return mr_state_dir_missing(oldest, err);
        MR_TRY(push_record(p, record, err));
    }
    return MR_OK;
}

/* The version of a batch that has no commit, if the journal has it and it is that batch's. */
static mr_status add_uncommitted(mr_publisher *p, const mr_journal_record *records, int n,
                                 int64_t version, mr_error *err)
{
    const mr_journal_record *record = last_of(records, n, version);
    bool known;
    uint32_t tag;

    if (record == NULL)
        return MR_OK;
    MR_TRY(read_tag(p, version, &known, &tag, err));
    if (!known || tag != record->tag)
        return MR_OK;
    return push_record(p, record, err);
}

static mr_status recover(mr_publisher *p, int64_t version, mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    mr_journal_record *records;
    mr_status status;
    int n;

    for (int i = 0; i < p->n_stores; i++)
        MR_CHECK(mr_state_dir_find(p->stores[i].dir, version, err));
    MR_CHECK(mr_journal_read(p->journal, arena, &records, &n, err));
    /* The last run did not end cleanly: files that are seen need not be durable, and the journal
     * is all there is of them until they are. */
    if (n > 0)
        MR_CHECK(mr_os_sync_fs(p->config.os, p->config.checkpoint, err));
    MR_CHECK(fill_gap(p, records, n, version, err));
    if (p->config.with_uncommitted)
        status = add_uncommitted(p, records, n, version + 1, err);
fail:
    mr_arena_free(arena);
    return status;
}

mr_status mr_publisher_open(const mr_publisher_config *config, const mr_publisher_store *stores,
                            int n_stores, int64_t version, mr_publisher **out, mr_error *err)
{
    mr_publisher *p = mr_calloc(1, sizeof(*p));
    mr_status status;

    MR_ASSERT(n_stores > 0);
    p->config = *config;
    if (p->config.direct_bytes == 0)
        p->config.direct_bytes = MR_STATE_DIRECT_BYTES;
    if (p->config.period_us == 0)
        p->config.period_us = SECOND_US;
    p->arena = mr_arena_new();
    p->config.checkpoint = mr_arena_cstr(p->arena, mr_str_from(config->checkpoint));
    p->stores = MR_NEW_ARRAY(p->arena, mr_publisher_store, n_stores);
    memcpy(p->stores, stores, sizeof(*stores) * (size_t)n_stores);
    p->n_stores = n_stores;
    p->failure = MR_NEW(p->arena, mr_error);
    p->committed = version;
    p->last_us = now_us(p);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->changed, NULL);
    MR_CHECK(mr_journal_open(config->os, config->checkpoint, &p->journal, err));
    MR_CHECK(recover(p, version, err));
    *out = p;
    return MR_OK;

fail:
    mr_publisher_close(p);
    *out = NULL;
    return status;
}

mr_status mr_publisher_replay(mr_publisher *p, int store, mr_state_row_fn row, void *data,
                              mr_error *err)
{
    const mr_state_dir *dir = p->stores[store].dir;
    int n_partitions = mr_state_dir_partitions(dir);

    for (int i = 0; i < p->n_pending; i++)
        for (int c = 0; c < p->pending[i].changes[store].n_chunks; c++) {
            mr_str rest = mr_buf_str(&p->pending[i].changes[store].chunks[c]);
            mr_state_change change;

            MR_ASSERT(!p->pending[i].changes[store].is_packed); /* the journal has none such */
            while (mr_state_changes_next(&rest, &change)) {
                mr_state_record record = { change.key, change.value, change.is_remove };

                if (change.partition < (uint32_t)n_partitions &&
                    p->pending[i].version > mr_state_dir_version(dir, (int)change.partition))
                    MR_TRY(row(data, &record, err));
            }
        }
    return row(data, NULL, err);
}

/* --- publishing --------------------------------------------------------------------------------
 */

static int n_due(const mr_publisher *p)
{
    int n = 0;

    while (n < p->n_pending && p->pending[n].version <= p->committed)
        n++;
    return n;
}

/* Bytes' worth of work for n versions as deltas, or merged. */
static size_t cost_of(const mr_publisher *p, int n, bool deltas)
{
    size_t cost = 0;

    for (int i = 0; i < p->n_stores; i++) {
        size_t files = (size_t)mr_state_dir_partitions(p->stores[i].dir) * FILE_COST;

        cost += deltas ? files * (size_t)n : 2 * files + 4 * mr_state_dir_bytes(p->stores[i].dir);
    }
    return cost + p->held;
}

static bool prefers_deltas(const mr_publisher *p, int n)
{
    return n == 1 || cost_of(p, n, true) <= cost_of(p, n, false);
}

static int64_t rest_us(const mr_publisher *p, int n)
{
    int64_t cost_us = (int64_t)(cost_of(p, n, prefers_deltas(p, n)) / BYTES_PER_US);
    int64_t rest = cost_us * REST;

    return rest < p->config.period_us ? p->config.period_us : rest;
}

static mr_status publish_store(mr_publisher *p, int store, const pending *entries, int n,
                               bool deltas, mr_error *err)
{
    mr_state_version *versions = mr_calloc((size_t)n, sizeof(*versions));
    mr_status status;

    for (int i = 0; i < n; i++)
        versions[i] = (mr_state_version){ entries[i].version, &entries[i].changes[store] };
    status = mr_state_dir_publish(p->stores[store].dir, versions, n, deltas, err);
    free(versions);
    return status;
}

/* Old versions go in bigger steps: it means listing every partition. */
static mr_status purge(mr_publisher *p, int64_t version, mr_error *err)
{
    int64_t oldest = version - p->config.keep_versions;

    if (p->config.keep_versions == 0 || oldest < p->purged + p->config.keep_versions)
        return MR_OK;
    for (int i = 0; i < p->n_stores; i++)
        MR_TRY(mr_state_dir_purge(p->stores[i].dir, oldest, err));
    p->purged = oldest;
    return MR_OK;
}

static mr_status write_versions(mr_publisher *p, const pending *entries, int n, bool deltas,
                                mr_error *err)
{
    for (int i = 0; i < p->n_stores; i++)
        MR_TRY(publish_store(p, i, entries, n, deltas, err));
    return purge(p, entries[n - 1].version, err);
}

static void drop(mr_publisher *p, int n)
{
    for (int i = 0; i < n; i++) {
        p->held -= p->pending[i].bytes;
        pending_free(p, &p->pending[i]);
    }
    if (p->n_pending > n)
        memmove(p->pending, p->pending + n, sizeof(*p->pending) * (size_t)(p->n_pending - n));
    p->n_pending -= n;
}

/* Publishes the n oldest pending versions.  Called and returns with the lock held; releases it
 * meanwhile. */
static mr_status publish(mr_publisher *p, int n, mr_error *err)
{
    pending *entries = mr_malloc(sizeof(*entries) * (size_t)n);
    bool deltas = prefers_deltas(p, n);
    int64_t version = p->pending[n - 1].version;
    mr_status status;

    MR_ASSERT(!p->is_busy);
    memcpy(entries, p->pending, sizeof(*entries) * (size_t)n);
    p->is_busy = true;
    pthread_mutex_unlock(&p->lock);
    status = write_versions(p, entries, n, deltas, err);
    pthread_mutex_lock(&p->lock);
    p->is_busy = false;
    p->last_us = now_us(p);
    free(entries);
    pthread_cond_broadcast(&p->changed);
    if (status != MR_OK)
        return status;
    drop(p, n);
    return mr_journal_release(p->journal, version, false, err);
}

/* In how many microseconds something is due; 0 = now, negative = nothing is pending. */
static int64_t wait_us(const mr_publisher *p)
{
    int n = n_due(p);
    int64_t now = now_us(p), due, idle;

    if (n == 0 || p->status != MR_OK)
        return -1;
    if (p->held > HELD_BYTES / 4)
        return 0;
    due = p->last_us + rest_us(p, n);
    idle = p->batch_us + IDLE_US;
    if (idle < p->last_us + p->config.period_us)
        idle = p->last_us + p->config.period_us;
    if (idle < due)
        due = idle;
    return due > now ? due - now : 0;
}

static void wait_for(mr_publisher *p, int64_t us)
{
    struct timespec until;

    if (us < 0) {
        pthread_cond_wait(&p->changed, &p->lock);
        return;
    }
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += us / SECOND_US;
    until.tv_nsec += us % SECOND_US * 1000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_cond_timedwait(&p->changed, &p->lock, &until);
}

static void *publish_always(void *arg)
{
    mr_publisher *p = arg;

    pthread_mutex_lock(&p->lock);
    while (!p->must_end) {
        int64_t us = p->is_busy ? -1 : wait_us(p);

        if (us != 0)
            wait_for(p, us);
        else
            p->status = publish(p, n_due(p), p->failure);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

mr_status mr_publisher_start(mr_publisher *p, mr_error *err)
{
    int code;

    if (p->config.is_inline)
        return MR_OK;
    code = pthread_create(&p->thread, NULL, publish_always, p);
    if (code != 0)
        return mr_fail_errno(err, code, "starting the thread that publishes state");
    p->has_thread = true;
    return MR_OK;
}

/* --- a batch -----------------------------------------------------------------------------------
 */

static mr_status failed(mr_publisher *p, mr_error *err)
{
    if (p->status != MR_OK && err != NULL)
        *err = *p->failure;
    return p->status;
}

static mr_status append(mr_publisher *p, const pending *entry, mr_error *err)
{
    mr_journal_store *stores = mr_calloc((size_t)p->n_stores, sizeof(*stores));
    mr_journal_record record = { .version = entry->version,
                                 .stores = stores,
                                 .n_stores = p->n_stores };
    mr_status status;
    bool known;

    for (int i = 0; i < p->n_stores; i++)
        stores[i] =
            (mr_journal_store){ .operator_id = (uint32_t)p->stores[i].operator_id,
                                .n_partitions = (uint32_t)mr_state_dir_partitions(p->stores[i].dir),
                                .changes = &entry->changes[i] };
    status = read_tag(p, entry->version, &known, &record.tag, err);
    if (status == MR_OK)
        status = mr_journal_append(p->journal, &record, err);
    free(stores);
    return status;
}

static mr_status commit_locked(mr_publisher *p, int64_t version, mr_state_changes *changes,
                               mr_error *err)
{
    pending *entry = push(p, version); /* it moves when others are published */
    bool is_large, is_whole;

    memcpy(entry->changes, changes, sizeof(*changes) * (size_t)p->n_stores);
    memset(changes, 0, sizeof(*changes) * (size_t)p->n_stores);
    weigh(p, entry);
    is_whole = entry->is_whole;
    is_large = entry->bytes > p->config.direct_bytes || p->held > HELD_BYTES || entry->is_packed;
    while (is_large && p->is_busy)
        pthread_cond_wait(&p->changed, &p->lock);
    MR_TRY(failed(p, err));
    if (!is_large)
        return append(p, &p->pending[p->n_pending - 1], err);
    if (p->n_pending > 1 && (is_whole || !prefers_deltas(p, p->n_pending)))
        MR_TRY(publish(p, p->n_pending - 1, err));
    return publish(p, p->n_pending, err);
}

mr_status mr_publisher_commit(mr_publisher *p, int64_t version, mr_state_changes *changes,
                              mr_error *err)
{
    mr_status status;

    pthread_mutex_lock(&p->lock);
    MR_ASSERT(version == p->committed + 1);
    status = commit_locked(p, version, changes, err);
    p->batch_us = now_us(p);
    pthread_mutex_unlock(&p->lock);
    return status;
}

void mr_publisher_skip(mr_publisher *p)
{
    pthread_mutex_lock(&p->lock);
    p->committed++;
    pthread_mutex_unlock(&p->lock);
}

mr_status mr_publisher_committed(mr_publisher *p, mr_error *err)
{
    mr_status status;

    pthread_mutex_lock(&p->lock);
    p->committed++;
    if (p->config.is_inline && wait_us(p) == 0)
        p->status = publish(p, n_due(p), p->failure);
    status = failed(p, err);
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
    return status;
}

/* --- the end -----------------------------------------------------------------------------------
 */

static void end_thread(mr_publisher *p)
{
    pthread_mutex_lock(&p->lock);
    p->must_end = true;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
    if (p->has_thread)
        pthread_join(p->thread, NULL);
    p->has_thread = false;
}

mr_status mr_publisher_finish(mr_publisher *p, mr_error *err)
{
    mr_status status;
    int n;

    end_thread(p);
    pthread_mutex_lock(&p->lock);
    status = failed(p, err);
    n = n_due(p);
    if (status == MR_OK && n > 0)
        status = publish(p, n, err);
    if (status == MR_OK && p->config.with_uncommitted && p->n_pending == 1)
        status = publish(p, 1, err);
    /* A version may be left whose commit failed halfway: a restart may find it committed. */
    if (status == MR_OK && p->n_pending == 0)
        status = mr_journal_release(p->journal, INT64_MAX, true, err);
    pthread_mutex_unlock(&p->lock);
    return status;
}

void mr_publisher_close(mr_publisher *p)
{
    if (p == NULL)
        return;
    end_thread(p);
    drop(p, p->n_pending);
    free(p->pending);
    mr_journal_close(p->journal);
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
    mr_arena_free(p->arena);
    free(p);
}
