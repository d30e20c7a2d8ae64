/* memory.c - tables in memory, the memory sink that fills them, and the console sink. */
#include "sink/sink.h"

#include <pthread.h>
#include <stdlib.h>

#include "column/print.h"

typedef struct chunk { /* the rows of one batch */
    struct chunk *next;
    mr_arena *arena;
    const mr_batch **batches;
    int n;
} chunk;

struct mr_table {
    pthread_mutex_t lock;
    int refs;
    mr_arena *arena; /* of the schema */
    const mr_type *schema;
    chunk *first, *last;
    int64_t rows;
};

mr_table *mr_table_new(const mr_type *schema)
{
    mr_table *table = mr_calloc(1, sizeof(*table));

    pthread_mutex_init(&table->lock, NULL);
    table->refs = 1;
    table->arena = mr_arena_new();
    table->schema = mr_type_copy(table->arena, schema);
    return table;
}

mr_table *mr_table_ref(mr_table *table)
{
    pthread_mutex_lock(&table->lock);
    table->refs++;
    pthread_mutex_unlock(&table->lock);
    return table;
}

static void free_chunks(chunk *c)
{
    while (c != NULL) {
        chunk *next = c->next;

        mr_arena_free(c->arena);
        free(c);
        c = next;
    }
}

void mr_table_unref(mr_table *table)
{
    bool is_last;

    if (table == NULL)
        return;
    pthread_mutex_lock(&table->lock);
    is_last = --table->refs == 0;
    pthread_mutex_unlock(&table->lock);
    if (!is_last)
        return;
    free_chunks(table->first);
    mr_arena_free(table->arena);
    pthread_mutex_destroy(&table->lock);
    free(table);
}

const mr_type *mr_table_schema(const mr_table *table)
{
    return table->schema;
}

int64_t mr_table_rows(mr_table *table)
{
    int64_t rows;

    pthread_mutex_lock(&table->lock);
    rows = table->rows;
    pthread_mutex_unlock(&table->lock);
    return rows;
}

mr_batch *mr_table_read(mr_table *table, mr_arena *arena)
{
    const mr_batch **list;
    mr_batch *all, *copy;
    mr_arena *scratch = mr_arena_new();
    int n = 0;

    pthread_mutex_lock(&table->lock);
    for (chunk *c = table->first; c != NULL; c = c->next)
        n += c->n;
    list = MR_NEW_ARRAY(scratch, const mr_batch *, n + 1);
    n = 0;
    for (chunk *c = table->first; c != NULL; c = c->next)
        for (int i = 0; i < c->n; i++)
            list[n++] = c->batches[i];
    all = mr_batch_concat(scratch, table->schema, list, n);
    copy = mr_batch_copy(arena, all);
    pthread_mutex_unlock(&table->lock);
    mr_arena_free(scratch);
    return copy;
}

void mr_table_write(mr_table *table, const mr_batch *const *batches, int n, bool replace)
{
    chunk *c = mr_calloc(1, sizeof(*c));
    chunk *old = NULL;
    int64_t rows = 0;

    c->arena = mr_arena_new();
    c->batches = MR_NEW_ARRAY(c->arena, const mr_batch *, n + 1);
    c->n = n;
    for (int i = 0; i < n; i++) {
        c->batches[i] = mr_batch_copy(c->arena, batches[i]);
        rows += batches[i]->sel.n;
    }
    pthread_mutex_lock(&table->lock);
    if (replace) {
        old = table->first;
        table->first = table->last = NULL;
        table->rows = 0;
    }
    if (table->last != NULL)
        table->last->next = c;
    else
        table->first = c;
    table->last = c;
    table->rows += rows;
    pthread_mutex_unlock(&table->lock);
    free_chunks(old);
}

/* --- collecting the rows of a batch ------------------------------------------------------------
 */

typedef struct collect_sink {
    mr_sink base;
    mr_arena *batch_arena;
    mr_batch **batches;
    int n, capacity;
} collect_sink;

static mr_status collect_begin(mr_sink *sink, int64_t batch_id, bool *is_shown, mr_error *err)
{
    collect_sink *c = (collect_sink *)sink;

    (void)batch_id, (void)is_shown, (void)err;
    if (c->batch_arena == NULL)
        c->batch_arena = mr_arena_new();
    mr_arena_reset(c->batch_arena);
    c->n = 0;
    return MR_OK;
}

static mr_status collect_add(mr_sink *sink, const mr_batch *batch, mr_error *err)
{
    collect_sink *c = (collect_sink *)sink;

    (void)err;
    MR_PUSH(c->batches, c->n, c->capacity, mr_batch_copy(c->batch_arena, batch));
    return MR_OK;
}

static void collect_close(mr_sink *sink)
{
    collect_sink *c = (collect_sink *)sink;

    mr_arena_free(c->batch_arena);
    free(c->batches);
}

static mr_status memory_open(mr_sink *sink, mr_error *err)
{
    (void)err;
    sink->description = MR_STR("MemorySink");
    return MR_OK;
}

static mr_status memory_commit(mr_sink *sink, int64_t batch_id, mr_error *err)
{
    collect_sink *c = (collect_sink *)sink;

    (void)batch_id, (void)err;
    mr_table_write(sink->config.table, (const mr_batch *const *)c->batches, c->n,
                   sink->config.is_complete);
    return MR_OK;
}

const mr_sink_ops mr_sink_memory = {
    .name = "memory",
    .instance_size = sizeof(collect_sink),
    .counts_rows = true,
    .open = memory_open,
    .begin = collect_begin,
    .add = collect_add,
    .commit = memory_commit,
    .close = collect_close,
};

/* --- console -----------------------------------------------------------------------------------
 */

#define RULE "-------------------------------------------\n"

static mr_status console_open(mr_sink *sink, mr_error *err)
{
    const mr_str *rows = mr_options_find(&sink->config.options, "numRows");
    int64_t n;

    sink->description = MR_STR("org.apache.spark.sql.execution.streaming.ConsoleTable$");
    if (rows != NULL && (!mr_str_to_int64(*rows, &n) || n > INT32_MAX))
        return mr_raise_text(err, MR_EXC_ILLEGAL_ARGUMENT, "", "For input string: \"%.*s\"",
                             MR_STR_ARG(*rows));
    return MR_OK;
}

static mr_status console_commit(mr_sink *sink, int64_t batch_id, mr_error *err)
{
    collect_sink *c = (collect_sink *)sink;
    const mr_str *rows = mr_options_find(&sink->config.options, "numRows");
    const mr_str *truncate = mr_options_find(&sink->config.options, "truncate");
    mr_buf text = { 0 };
    int64_t limit = 20;
    mr_batch *all;
    bool more;

    (void)err;
    if (rows != NULL)
        (void)!mr_str_to_int64(*rows, &limit);
    all = mr_batch_concat(c->batch_arena, sink->config.schema, (const mr_batch *const *)c->batches,
                          c->n);
    more = all->sel.n > limit;
    if (more)
        all->n = all->sel.n = (int32_t)(limit < 0 ? 0 : limit);
    mr_buf_printf(&text, RULE "Batch: %lld\n" RULE, (long long)batch_id);
    mr_print_show(all, truncate != NULL && mr_str_is_nocase(*truncate, "false") ? 0 : 20, false,
                  more, sink->config.zone, &text);
    mr_buf_putc(&text, '\n');
    sink->config.console(sink->config.console_data, mr_buf_str(&text));
    mr_buf_free(&text);
    return MR_OK;
}

const mr_sink_ops mr_sink_console = {
    .name = "console",
    .instance_size = sizeof(collect_sink),
    .counts_rows = true,
    .open = console_open,
    .begin = collect_begin,
    .add = collect_add,
    .commit = console_commit,
    .close = collect_close,
};
