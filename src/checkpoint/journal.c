/* journal.c - files of the journal, their records, and when they may go. */
#include "checkpoint/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#include "os/file.h"

#define HEAD       16
#define BODY_HEAD  16
#define STORE_HEAD 16
#define FILE_LIMIT (64u << 20) /* then a new file begins */
#define WORTH_IT   (1u << 20)  /* smaller files stay until there is more or the query ends */
#define READ_LIMIT (INT64_C(16) << 30)

typedef struct journal_file {
    int64_t number;
    int64_t newest; /* version in it */
    size_t bytes;
} journal_file;

struct mr_journal {
    mr_os *os;
    mr_arena *arena;
    const char *checkpoint;
    char *dir;
    journal_file *files; /* oldest first; the last one is being written if `open` is not NULL */
    int n_files, capacity;
    int64_t next_number;
    mr_file *open;
    mr_buf text; /* the record being written */
};

static char *path_of(const mr_journal *journal, mr_arena *arena, int64_t number)
{
    mr_str name = mr_arena_printf(arena, "journal-%lld", (long long)number);

    return mr_file_join(arena, journal->dir, name.ptr);
}

static int by_number(const void *a, const void *b)
{
    int64_t x = ((const journal_file *)a)->number, y = ((const journal_file *)b)->number;

    return (x > y) - (x < y);
}

static mr_status find_files(mr_journal *journal, mr_error *err)
{
    mr_os_list list = { 0 };
    mr_error why = { 0 };
    mr_status status = mr_os_list_dir(journal->os, journal->dir, journal->arena, &list, &why);

    if (status == MR_NOT_FOUND)
        return MR_OK;
    if (status != MR_OK && err != NULL)
        *err = why;
    MR_TRY(status);
    for (size_t i = 0; i < list.n; i++) {
        mr_str name = list.entries[i].name;
        int64_t number;

        if (!mr_str_starts(name, "journal-") ||
            !mr_str_to_int64(mr_str_slice(name, strlen("journal-"), name.len), &number))
            continue;
        MR_PUSH(journal->files, journal->n_files, journal->capacity,
                (journal_file){ number, INT64_MAX, (size_t)list.entries[i].size });
        if (number >= journal->next_number)
            journal->next_number = number + 1;
    }
    if (journal->n_files > 1)
        qsort(journal->files, (size_t)journal->n_files, sizeof(*journal->files), by_number);
    return MR_OK;
}

mr_status mr_journal_open(mr_os *os, const char *checkpoint, mr_journal **out, mr_error *err)
{
    mr_journal *journal = mr_calloc(1, sizeof(*journal));
    mr_status status;

    journal->os = os;
    journal->arena = mr_arena_new();
    journal->checkpoint = mr_arena_cstr(journal->arena, mr_str_from(checkpoint));
    journal->dir = mr_file_join(journal->arena, checkpoint, ".millrace");
    status = find_files(journal, err);
    if (status != MR_OK) {
        mr_journal_close(journal);
        journal = NULL;
    }
    *out = journal;
    return status;
}

void mr_journal_close(mr_journal *journal)
{
    if (journal == NULL)
        return;
    mr_os_close(journal->open, NULL);
    mr_buf_free(&journal->text);
    free(journal->files);
    mr_arena_free(journal->arena);
    free(journal);
}

/* --- reading -----------------------------------------------------------------------------------
 */

static uint32_t load32(const char *at)
{
    uint32_t v;

    memcpy(&v, at, sizeof(v));
    return v;
}

static uint64_t load64(const char *at)
{
    uint64_t v;

    memcpy(&v, at, sizeof(v));
    return v;
}

static uint32_t checksum(const char *bytes, size_t n)
{
    return (uint32_t)XXH3_64bits(bytes, n);
}

/* The stores of a body; false: lengths that cannot be. */
static bool read_body(mr_str body, mr_arena *arena, mr_journal_record *out)
{
    uint32_t n;

    if (body.len < BODY_HEAD)
        return false;
    out->version = (int64_t)load64(body.ptr);
    out->tag = load32(body.ptr + 8);
    n = load32(body.ptr + 12);
    body = mr_str_slice(body, BODY_HEAD, body.len);
    if (n > body.len / STORE_HEAD)
        return false;
    out->stores = MR_NEW_ARRAY(arena, mr_journal_store, n + 1);
    out->n_stores = (int)n;
    for (uint32_t i = 0; i < n; i++) {
        mr_journal_store *store = &out->stores[i];
        uint64_t len;

        if (body.len < STORE_HEAD || (len = load64(body.ptr + 8)) > body.len - STORE_HEAD)
            return false;
        store->operator_id = load32(body.ptr);
        store->n_partitions = load32(body.ptr + 4);
        store->entries = mr_str_slice(body, STORE_HEAD, STORE_HEAD + (size_t)len);
        body = mr_str_slice(body, STORE_HEAD + (size_t)len, body.len);
    }
    return body.len == 0;
}

/* Takes one record off; false: the file ends here, whole or torn. */
static bool read_record(mr_str *rest, mr_arena *arena, mr_journal_record *out)
{
    uint64_t len;

    if (rest->len < HEAD || memcmp(rest->ptr, "MRJ1", 4) != 0)
        return false;
    len = load64(rest->ptr + 8);
    if (len > rest->len - HEAD ||
        checksum(rest->ptr + 8, 8 + (size_t)len) != load32(rest->ptr + 4) ||
        !read_body(mr_str_slice(*rest, HEAD, HEAD + (size_t)len), arena, out))
        return false;
    *rest = mr_str_slice(*rest, HEAD + (size_t)len, rest->len);
    return true;
}

mr_status mr_journal_read(mr_journal *journal, mr_arena *arena, mr_journal_record **out, int *n,
                          mr_error *err)
{
    mr_journal_record *records = NULL, record;
    int count = 0, capacity = 0;

    *out = NULL;
    *n = 0;
    for (int i = 0; i < journal->n_files; i++) {
        journal_file *file = &journal->files[i];
        mr_str rest;
        mr_status status = mr_file_read_all(journal->os, path_of(journal, arena, file->number),
                                            (size_t)READ_LIMIT, arena, &rest, err);

        if (status != MR_OK) {
            free(records);
            return status;
        }
        file->newest = INT64_MIN;
        while (read_record(&rest, arena, &record)) {
            MR_PUSH(records, count, capacity, record);
            if (record.version > file->newest)
                file->newest = record.version;
        }
    }
    *out = MR_NEW_ARRAY(arena, mr_journal_record, count + 1);
    if (count > 0)
        memcpy(*out, records, sizeof(*records) * (size_t)count);
    *n = count;
    free(records);
    return MR_OK;
}

/* --- writing -----------------------------------------------------------------------------------
 */

static mr_status begin_file(mr_journal *journal, mr_error *err)
{
    mr_arena *arena;
    mr_status status;

    mr_os_close(journal->open, NULL);
    journal->open = NULL;
    MR_TRY(mr_os_mkdirs(journal->os, journal->dir, err));
    arena = mr_arena_new();
    MR_CHECK(mr_os_open(journal->os, path_of(journal, arena, journal->next_number),
                        MR_OS_APPEND | MR_OS_CREATE | MR_OS_EXCLUSIVE, &journal->open, err));
    MR_PUSH(journal->files, journal->n_files, journal->capacity,
            (journal_file){ journal->next_number++, INT64_MIN, 0 });
    MR_CHECK(mr_os_sync_dir(journal->os, journal->dir, err));
    status = mr_os_sync_dir(journal->os, journal->checkpoint, err);
fail:
    mr_arena_free(arena);
    return status;
}

static void print_record(mr_buf *out, const mr_journal_record *record)
{
    uint64_t len = BODY_HEAD;
    uint32_t sum;

    for (int i = 0; i < record->n_stores; i++)
        len += STORE_HEAD + mr_state_changes_bytes(record->stores[i].changes);
    mr_buf_clear(out);
    mr_buf_reserve(out, HEAD + (size_t)len);
    mr_buf_puts(out, "MRJ1");
    mr_buf_put_u32le(out, 0);
    mr_buf_put_u64le(out, len);
    mr_buf_put_u64le(out, (uint64_t)record->version);
    mr_buf_put_u32le(out, record->tag);
    mr_buf_put_u32le(out, (uint32_t)record->n_stores);
    for (int i = 0; i < record->n_stores; i++) {
        const mr_journal_store *store = &record->stores[i];

        mr_buf_put_u32le(out, store->operator_id);
        mr_buf_put_u32le(out, store->n_partitions);
        mr_buf_put_u64le(out, mr_state_changes_bytes(store->changes));
        for (int c = 0; c < store->changes->n_chunks; c++)
            mr_buf_add(out, mr_buf_str(&store->changes->chunks[c]));
    }
    sum = checksum(out->ptr + 8, out->len - 8);
    memcpy(out->ptr + 4, &sum, sizeof(sum));
}

mr_status mr_journal_append(mr_journal *journal, const mr_journal_record *record, mr_error *err)
{
    journal_file *file;

    if (journal->open == NULL || journal->files[journal->n_files - 1].bytes > FILE_LIMIT)
        MR_TRY(begin_file(journal, err));
    print_record(&journal->text, record);
    MR_TRY(mr_os_write(journal->open, journal->text.ptr, journal->text.len, err));
    MR_TRY(mr_os_fdatasync(journal->open, err));
    file = &journal->files[journal->n_files - 1];
    file->bytes += journal->text.len;
    if (record->version > file->newest)
        file->newest = record->version;
    return MR_OK;
}

/* A file that reappears after a power loss does no harm: its versions are published. */
mr_status mr_journal_release(mr_journal *journal, int64_t version, bool all, mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    mr_status status = MR_OK;
    int n_gone = 0;

    while (n_gone < journal->n_files && journal->files[n_gone].newest <= version) {
        bool is_open = n_gone == journal->n_files - 1 && journal->open != NULL;

        if (!all && is_open && journal->files[n_gone].bytes < WORTH_IT)
            break;
        if (is_open) {
            mr_os_close(journal->open, NULL);
            journal->open = NULL;
        }
        status =
            mr_os_unlink(journal->os, path_of(journal, arena, journal->files[n_gone].number), err);
        if (status != MR_OK && status != MR_NOT_FOUND)
            break;
        status = MR_OK;
        n_gone++;
    }
    if (journal->n_files > n_gone)
        memmove(journal->files, journal->files + n_gone,
                sizeof(*journal->files) * (size_t)(journal->n_files - n_gone));
    journal->n_files -= n_gone;
    mr_arena_free(arena);
    return status;
}
