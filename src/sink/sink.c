/* sink.c - the order of calls, and the sink that throws rows away. */
#include "sink/sink.h"

mr_status mr_sink_open(const mr_sink_ops *ops, const mr_sink_config *config, mr_sink **out,
                       mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    mr_sink *sink = mr_arena_zalloc(arena, ops->instance_size);

    sink->ops = ops;
    sink->config = *config;
    sink->arena = arena;
    *out = sink;
    if (ops->open != NULL) {
        mr_status status = ops->open(sink, err);

        if (status != MR_OK) {
            mr_sink_close(sink);
            *out = NULL;
            return status;
        }
    }
    return MR_OK;
}

void mr_sink_close(mr_sink *sink)
{
    if (sink == NULL)
        return;
    if (sink->ops->close != NULL)
        sink->ops->close(sink);
    mr_arena_free(sink->arena);
}

mr_status mr_sink_writer(const mr_sink *sink, const mr_format *format, const mr_type *schema,
                         bool at_begin, mr_writer **out, mr_error *err)
{
    mr_format_spec spec = { .schema = schema,
                            .options = sink->config.options,
                            .zone = sink->config.zone };
    mr_status status = MR_OK;

    if (*out == NULL)
        status = format->open_writer(&spec, sink->arena, out, err);
    if (status == MR_OK || at_begin || status == MR_UNSUPPORTED)
        return status;
    *out = NULL;
    mr_error_clear(err);
    return MR_OK;
}

mr_status mr_sink_begin(mr_sink *sink, int64_t batch_id, mr_error *err)
{
    sink->rows = 0;
    sink->is_shown = false;
    return sink->ops->begin(sink, batch_id, &sink->is_shown, err);
}

mr_status mr_sink_add(mr_sink *sink, const mr_batch *batch, mr_error *err)
{
    sink->rows += batch->sel.n;
    return sink->is_shown ? MR_OK : sink->ops->add(sink, batch, err);
}

bool mr_sink_encodes(const mr_sink *sink)
{
    return sink->ops->encode != NULL;
}

mr_status mr_sink_encode(const mr_sink *sink, const mr_batch *batch, mr_buf *out, mr_error *err)
{
    return sink->is_shown ? MR_OK : sink->ops->encode(sink, batch, out, err);
}

mr_status mr_sink_append(mr_sink *sink, mr_str bytes, int64_t rows, mr_error *err)
{
    sink->rows += rows;
    return sink->is_shown ? MR_OK : sink->ops->append(sink, bytes, err);
}

mr_status mr_sink_commit(mr_sink *sink, int64_t batch_id, mr_error *err)
{
    return sink->is_shown ? MR_OK : sink->ops->commit(sink, batch_id, err);
}

bool mr_sink_holds(const mr_sink *sink)
{
    return sink->ops->hold != NULL;
}

mr_status mr_sink_hold(mr_sink *sink, int64_t batch_id, mr_error *err)
{
    MR_ASSERT(sink->rows == 0);
    return sink->is_shown ? MR_OK : sink->ops->hold(sink, batch_id, err);
}

static mr_status noop_open(mr_sink *sink, mr_error *err)
{
    (void)err;
    sink->description = MR_STR("NoopTable");
    return MR_OK;
}

static mr_status noop_begin(mr_sink *sink, int64_t batch_id, bool *is_shown, mr_error *err)
{
    (void)sink, (void)batch_id, (void)is_shown, (void)err;
    return MR_OK;
}

static mr_status noop_add(mr_sink *sink, const mr_batch *batch, mr_error *err)
{
    (void)sink, (void)batch, (void)err;
    return MR_OK;
}

static mr_status noop_encode(const mr_sink *sink, const mr_batch *batch, mr_buf *out, mr_error *err)
{
    (void)sink, (void)batch, (void)out, (void)err;
    return MR_OK;
}

static mr_status noop_append(mr_sink *sink, mr_str bytes, mr_error *err)
{
    (void)sink, (void)bytes, (void)err;
    return MR_OK;
}

static mr_status noop_commit(mr_sink *sink, int64_t batch_id, mr_error *err)
{
    (void)sink, (void)batch_id, (void)err;
    return MR_OK;
}

const mr_sink_ops mr_sink_noop = {
    .name = "noop",
    .instance_size = sizeof(mr_sink),
    .counts_rows = true,
    .open = noop_open,
    .begin = noop_begin,
    .add = noop_add,
    .commit = noop_commit,
    .encode = noop_encode,
    .append = noop_append,
};
