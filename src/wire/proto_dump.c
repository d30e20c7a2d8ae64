/* proto_dump.c - the tables as text, to be compared with a Spark client's descriptors. */
#include "wire/proto.h"

#define SEEN_MAX 512

typedef struct dump {
    mr_buf *out;
    const mr_pb_table *seen[SEEN_MAX];
    int n_seen;
} dump;

static const char *const kind_names[] = {
    [MR_PB_BOOL] = "bool",       [MR_PB_I32] = "int32",         [MR_PB_I32_64] = "int32",
    [MR_PB_I64] = "int64",       [MR_PB_ENUM] = "enum",         [MR_PB_ENUM_BOOL] = "enum",
    [MR_PB_NOT] = "bool",        [MR_PB_FLOAT] = "float",       [MR_PB_DOUBLE] = "double",
    [MR_PB_STRING] = "string",   [MR_PB_BYTES] = "bytes",       [MR_PB_FLAG] = "bool",
    [MR_PB_STRINGS] = "string*", [MR_PB_PAIRS] = "message*",    [MR_PB_MAP] = "message*",
    [MR_PB_LONGS] = "number*",   [MR_PB_DOUBLES] = "number*",   [MR_PB_FLOATS] = "number*",
    [MR_PB_SELF] = "message",    [MR_PB_EMBED] = "message",     [MR_PB_MESSAGE] = "message",
    [MR_PB_ITEM] = "message",    [MR_PB_MESSAGES] = "message*", [MR_PB_STRUCTS] = "message*",
    [MR_PB_PRESENT] = "message", [MR_PB_REFUSED] = "any",
};

static bool remember(dump *d, const mr_pb_table *table)
{
    for (int i = 0; i < d->n_seen; i++)
        if (d->seen[i] == table)
            return false;
    MR_ASSERT(d->n_seen < SEEN_MAX);
    d->seen[d->n_seen++] = table;
    return true;
}

/* Walks the tables breadth first: `seen` is the queue. */
void mr_pb_dump(const mr_pb_table *table, mr_buf *out)
{
    dump d = { .out = out };

    remember(&d, table);
    for (int at = 0; at < d.n_seen; at++) {
        const mr_pb_table *t = d.seen[at];

        for (int i = 0; i < t->n_fields; i++) {
            const mr_pb_field *f = &t->fields[i];

            if (t->name != NULL)
                mr_buf_printf(out, "%s %d %s %s %s\n", t->name, f->number, kind_names[f->kind],
                              f->name, f->sub == NULL || f->sub->name == NULL ? "-" : f->sub->name);
            if (f->sub != NULL)
                remember(&d, f->sub);
        }
    }
}
