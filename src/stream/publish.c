/* publish.c - the journal of a query that does not run, into Spark's directory. */
#include "checkpoint/journal.h"
#include "checkpoint/metadata_log.h"
#include "checkpoint/publisher.h"
#include "os/file.h"
#include "stream/stream_priv.h"

/* The version that the next batch reads, and how its state is compressed. */
static mr_status find_version(mr_os *os, const char *checkpoint, mr_arena *arena, int64_t *version,
                              mr_state_codec *codec, mr_error *err)
{
    char *offsets_dir = mr_file_join(arena, checkpoint, "offsets"), *path;
    mr_log_list offsets, commits;
    mr_offset_entry entry;
    mr_str text, name;
    int64_t latest;

    MR_TRY(mr_log_list_dir(os, offsets_dir, arena, &offsets, err));
    MR_TRY(mr_log_list_dir(os, mr_file_join(arena, checkpoint, "commits"), arena, &commits, err));
    if (offsets.n == 0)
        return mr_fail(err, MR_NOT_FOUND, "%s is no checkpoint of a query: it has no offsets",
                       checkpoint);
    latest = offsets.ids[offsets.n - 1];
    *version = commits.n > 0 && commits.ids[commits.n - 1] >= latest ? latest + 1 : latest;
    MR_TRY(mr_log_read(os, offsets_dir, latest, false, arena, &text, &path, err));
    MR_TRY(mr_offset_entry_parse(arena, text, path, &entry, err));
    name = mr_offset_entry_conf(&entry, "spark.sql.streaming.stateStore.compression.codec");
    *codec = MR_STATE_LZ4;
    return name.ptr == NULL ? MR_OK : mr_state_codec_find(name, codec, err);
}

/* The stores that the newest record names, with their directories. */
static mr_status open_stores(mr_os *os, const char *checkpoint, mr_state_codec codec,
                             const mr_journal_record *record, mr_arena *arena,
                             mr_publisher_store *stores, mr_error *err)
{
    for (int i = 0; i < record->n_stores; i++) {
        const mr_journal_store *store = &record->stores[i];
        mr_state_dir_config config = { .os = os, .codec = codec };

        if (store->n_partitions < 1 || store->n_partitions > 100000)
            return mr_fail(err, MR_CORRUPT, "the journal in %s/.millrace names %u partitions",
                           checkpoint, store->n_partitions);
        config.n_partitions = (int)store->n_partitions;
        config.dir = mr_file_join(arena, checkpoint,
                                  mr_arena_printf(arena, "state/%u", store->operator_id).ptr);
        stores[i] = (mr_publisher_store){ (int)store->operator_id, mr_state_dir_new(&config) };
    }
    return MR_OK;
}

static mr_status publish_stores(mr_os *os, const char *checkpoint, int64_t version,
                                mr_state_codec codec, const mr_journal_record *record,
                                mr_arena *arena, mr_error *err)
{
    mr_publisher_config config = {
        .os = os, .checkpoint = checkpoint, .is_inline = true, .with_uncommitted = true
    };
    mr_publisher_store *stores = MR_NEW_ARRAY(arena, mr_publisher_store, record->n_stores + 1);
    mr_publisher *publisher = NULL;
    mr_status status;

    MR_CHECK(open_stores(os, checkpoint, codec, record, arena, stores, err));
    MR_CHECK(mr_publisher_open(&config, stores, record->n_stores, version, &publisher, err));
    status = mr_publisher_finish(publisher, err);
fail:
    mr_publisher_close(publisher);
    for (int i = 0; i < record->n_stores; i++)
        mr_state_dir_free(stores[i].dir);
    return status;
}

static mr_status publish_journal(mr_os *os, const char *checkpoint, mr_arena *arena,
                                 int64_t *version, bool *had_journal, mr_error *err)
{
    mr_journal *journal = NULL;
    mr_journal_record *records;
    mr_state_codec codec;
    mr_status status;
    int n;

    MR_TRY(find_version(os, checkpoint, arena, version, &codec, err));
    MR_TRY(mr_journal_open(os, checkpoint, &journal, err));
    status = mr_journal_read(journal, arena, &records, &n, err);
    mr_journal_close(journal);
    MR_TRY(status);
    *had_journal = n > 0 && records[n - 1].n_stores > 0;
    if (!*had_journal)
        return MR_OK;
    return publish_stores(os, checkpoint, *version, codec, &records[n - 1], arena, err);
}

mr_status mr_stream_publish(mr_os *os, const char *checkpoint, int64_t *version, bool *had_journal,
                            mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    mr_file *lock = NULL;
    mr_os_stat stat;
    mr_status status;

    MR_CHECK(mr_os_stat_path(os, mr_file_join(arena, checkpoint, "offsets"), &stat, err));
    if (!stat.is_dir)
        MR_CHECK(mr_fail(err, MR_NOT_FOUND, "%s is no checkpoint of a query", checkpoint));
    MR_CHECK(stream_lock(os, checkpoint, &lock, err));
    MR_CHECK(stream_publish_pair(os, checkpoint, arena, err));
    status = publish_journal(os, checkpoint, arena, version, had_journal, err);
fail:
    mr_os_close(lock, NULL);
    mr_arena_free(arena);
    return status;
}
