/* groups_encode.c - groups as entries of changed state: Spark's rows for keys and buffers.
 *
 * Keys of fixed width and text go from their canonical bytes straight into the row; so do buffers
 * of fixed width from their vectors.  Everything else takes the general way through the row
 * encoder.
 */
#include "column/row.h"
#include "checkpoint/state_changes.h"
#include "state/groups_priv.h"

#define ROWS    512 /* encoded together */
#define HEAD    12  /* of an entry */
#define REMOVE  UINT32_MAX
#define KEYS    32
#define BUFFERS 512
#define AHEAD   8

typedef enum key_kind { KEY_INT, KEY_LONG, KEY_FLOAT, KEY_DOUBLE, KEY_TEXT, KEY_STRUCT } key_kind;

typedef struct key_field {
    key_kind kind;
    size_t width; /* bytes in the slot */
    bool is_time; /* the event time, which is not among the bytes */
    int first_child, n_children;
} key_field;

/* How the keys of a table become rows. */
typedef struct key_plan {
    key_field fields[KEYS]; /* of the row, then of its structs */
    int n, n_all;
    size_t room; /* bytes of a row but for its texts */
} key_plan;

static size_t bitmap_size(int n)
{
    return ((size_t)n + 63) / 64 * 8;
}

static bool plan_field(key_field *f, const mr_type *type)
{
    f->width = 8;
    switch (type->id) {
    case MR_TYPE_BOOLEAN:
    case MR_TYPE_BYTE:
    case MR_TYPE_SHORT:
    case MR_TYPE_INT:
    case MR_TYPE_DATE:
    case MR_TYPE_INTERVAL_YM:
        f->kind = KEY_INT;
        f->width = mr_type_width(type);
        return true;
    case MR_TYPE_LONG:
    case MR_TYPE_TIMESTAMP:
    case MR_TYPE_TIMESTAMP_NTZ:
    case MR_TYPE_INTERVAL_DT:
        f->kind = KEY_LONG;
        return true;
    case MR_TYPE_FLOAT:
        f->kind = KEY_FLOAT;
        f->width = 4;
        return true;
    case MR_TYPE_DOUBLE:
        f->kind = KEY_DOUBLE;
        return true;
    default:
        f->kind = KEY_TEXT;
        return mr_type_is_string(type) || type->id == MR_TYPE_BINARY;
    }
}

static bool plan_struct(key_plan *plan, key_field *f, const mr_type *type)
{
    f->kind = KEY_STRUCT;
    f->first_child = plan->n_all;
    f->n_children = type->n_fields;
    if (plan->n_all + type->n_fields > KEYS)
        return false;
    for (int i = 0; i < type->n_fields; i++) {
        key_field *child = &plan->fields[plan->n_all++];

        if (!plan_field(child, type->fields[i].type) || child->kind == KEY_TEXT)
            return false;
    }
    plan->room += bitmap_size(type->n_fields) + 8 * (size_t)type->n_fields;
    return true;
}

/* False: some key needs the general way. */
static bool plan_keys(key_plan *plan, const mr_groups_spec *spec)
{
    memset(plan, 0, sizeof(*plan));
    if (spec->n_keys > KEYS)
        return false;
    plan->n = plan->n_all = spec->n_keys;
    plan->room =
        bitmap_size(plan->n) + 16 * (size_t)plan->n; /* a slot, and the padding of a text */
    for (int i = 0; i < plan->n; i++) {
        const mr_type *type = spec->key_types[i];

        if (!(type->id == MR_TYPE_STRUCT ? plan_struct(plan, &plan->fields[i], type)
                                         : plan_field(&plan->fields[i], type)))
            return false;
    }
    if (spec->time_key >= 0) {
        key_field *f = &plan->fields[spec->time_key];

        (f->kind == KEY_STRUCT ? &plan->fields[f->first_child + 1] : f)->is_time = true;
    }
    return true;
}

/* --- keys --------------------------------------------------------------------------------------
 */

/* A value of fixed width into its slot; returns the hash. */
static inline uint32_t put_fixed(const key_field *f, int64_t bits, char *slot, uint32_t hash)
{
    double d;
    float single;

    memcpy(slot, &bits, f->width);
    switch (f->kind) {
    case KEY_INT:
        return mr_row_hash_int((int32_t)bits, hash);
    case KEY_FLOAT:
        memcpy(&d, &bits, 8);
        single = (float)d;
        memcpy(slot, &single, 4);
        return mr_row_hash_float(single, hash);
    case KEY_DOUBLE:
        memcpy(&d, &bits, 8);
        return mr_row_hash_double(d, hash);
    default:
        return mr_row_hash_long(bits, hash);
    }
}

static inline void put_null(char *row, int i)
{
    row[i / 8] |= (char)(1 << (i % 8));
}

static inline void put_place(char *slot, size_t at, size_t n)
{
    uint64_t place = (uint64_t)at << 32 | (uint64_t)n;

    memcpy(slot, &place, 8);
}

/* A value that is not null off the bytes, or the event time. */
static inline int64_t take_fixed(const key_field *f, const char **in, int64_t time_us)
{
    int64_t bits = time_us;

    if (!f->is_time) {
        memcpy(&bits, *in + 1, 8);
        *in += 8;
    }
    ++*in;
    return bits;
}

/* The fixed fields of a row or struct, from *in on. */
static uint32_t put_children(const key_field *f, const key_field *fields, const char **in,
                             int64_t time_us, char *row, uint32_t hash)
{
    size_t slots = bitmap_size(f->n_children);

    memset(row, 0, slots + 8 * (size_t)f->n_children);
    for (int i = 0; i < f->n_children; i++) {
        const key_field *child = &fields[f->first_child + i];

        if (**in == 0) {
            ++*in;
            put_null(row, i);
            continue;
        }
        hash = put_fixed(child, take_fixed(child, in, time_us), row + slots + 8 * (size_t)i, hash);
    }
    return hash;
}

/* A window that is encoded by its length: its two times. */
static uint32_t put_window(const key_field *f, const key_field *fields, const char **in,
                           int64_t time_us, char *row, uint32_t hash)
{
    size_t slots = bitmap_size(f->n_children);

    memset(row, 0, slots);
    hash = put_fixed(&fields[f->first_child], mr_group_key_start(in, time_us), row + slots, hash);
    return put_fixed(&fields[f->first_child + 1], time_us, row + slots + 8, hash);
}

/* Text in the variable part at `used`; returns its end, padded. */
static size_t put_text(const char **in, char *row, size_t used, char *slot, uint32_t *hash)
{
    mr_str text = mr_group_key_bytes(in);
    size_t end = used + ((text.len + 7) & ~(size_t)7);

    if (text.len > 0)
        memset(row + end - 8, 0, 8);
    memcpy(row + used, text.ptr, text.len);
    *hash = mr_row_hash_bytes(row + used, text.len, *hash);
    put_place(slot, used, text.len);
    return end;
}

/* One key's row at `row`, which has room; its length, and the hash of the key. */
static size_t put_key(const key_plan *plan, mr_group *group, char *row, uint32_t *hash)
{
    size_t slots = bitmap_size(plan->n);
    size_t used = slots + 8 * (size_t)plan->n;
    mr_str key = mr_group_key(group);
    const char *in = key.ptr;

    memset(row, 0, used);
    for (int i = 0; i < plan->n; i++) {
        const key_field *f = &plan->fields[i];
        char *slot = row + slots + 8 * (size_t)i;

        if (*in == 0) {
            in++;
            put_null(row, i);
        } else if (f->kind == KEY_TEXT) {
            used = put_text(&in, row, used, slot, hash);
        } else if (f->kind == KEY_STRUCT) {
            size_t n = bitmap_size(f->n_children) + 8 * (size_t)f->n_children;

            *hash = (*in++ == MR_KEY_WINDOW ? put_window : put_children)(
                f, plan->fields, &in, group->time_us, row + used, *hash);
            put_place(slot, used, n);
            used += n;
        } else {
            *hash = put_fixed(f, take_fixed(f, &in, group->time_us), slot, *hash);
        }
    }
    MR_ASSERT(in == key.ptr + key.len);
    return used;
}

/* --- buffers -----------------------------------------------------------------------------------
 */

static bool is_fixed(const mr_type *type)
{
    return type->id != MR_TYPE_NULL && type->id != MR_TYPE_DECIMAL &&
           type->id != MR_TYPE_INTERVAL_CALENDAR && type->id != MR_TYPE_ARRAY &&
           type->id != MR_TYPE_MAP && type->id != MR_TYPE_STRUCT && type->id != MR_TYPE_BINARY &&
           !mr_type_is_string(type);
}

/* Bytes of a row of buffers when all are of fixed width, else 0. */
static size_t fixed_size(const mr_vec *bufs, int n)
{
    for (int i = 0; i < n; i++)
        if (!is_fixed(bufs[i].type) || bufs[i].constant)
            return 0;
    return bitmap_size(n) + 8 * (size_t)n;
}

static void put_buffers(const mr_vec *bufs, const size_t *widths, int n, int32_t at, char *row)
{
    size_t slots = bitmap_size(n);

    memset(row, 0, slots + 8 * (size_t)n);
    for (int i = 0; i < n; i++) {
        char *slot = row + slots + 8 * (size_t)i;

        if (bufs[i].valid != NULL && !bufs[i].valid[at])
            put_null(row, i);
        else if (widths[i] == 8)
            memcpy(slot, &bufs[i].i64[at], 8);
        else
            memcpy(slot, (const char *)bufs[i].data + (size_t)at * widths[i], widths[i]);
    }
}

/* --- entries -----------------------------------------------------------------------------------
 */

typedef struct encoder {
    const mr_groups_change *change;
    const mr_groups_spec *spec;
    key_plan plan;
    bool direct; /* keys by the plan */
    size_t widths[BUFFERS];
    const mr_vec **keys; /* else as vectors */
    const mr_vec *bufs;
    const mr_vec **buf_list;
    int n_bufs;
    size_t buf_size; /* of a row, 0 = by the general way */
    mr_buf row;
} encoder;

static uint32_t partition_of(const encoder *e, uint32_t hash)
{
    int32_t rest = (int32_t)hash % e->change->n_partitions;

    if (e->spec->n_keys == 0)
        return 0;
    return (uint32_t)(rest < 0 ? rest + e->change->n_partitions : rest);
}

/* Key row behind the entry's head, which has room for n bytes of it; returns where it ends. */
static char *put_entry_key(encoder *e, mr_group *group, int32_t at, char *entry, uint32_t head[3])
{
    uint32_t hash = 42;

    if (e->direct) {
        head[1] = (uint32_t)put_key(&e->plan, group, entry + HEAD, &hash);
        head[0] = partition_of(e, hash);
        return entry + HEAD + head[1];
    }
    head[0] = (uint32_t)mr_row_partition(e->keys, e->spec->n_keys, at, e->change->n_partitions);
    head[1] = (uint32_t)e->row.len;
    memcpy(entry + HEAD, e->row.ptr, e->row.len);
    return entry + HEAD + e->row.len;
}

static void put_entry(encoder *e, mr_group *group, int32_t at, mr_buf *out)
{
    size_t key_room = e->plan.room + mr_group_key(group).len;
    uint32_t head[3] = { 0, 0, REMOVE };
    char *entry, *end;

    mr_buf_clear(&e->row);
    if (!e->direct) {
        mr_row_encode(e->keys, e->spec->n_keys, at, &e->row);
        key_room = e->row.len;
    }
    entry = mr_buf_reserve(out, HEAD + key_room + e->buf_size);
    end = put_entry_key(e, group, at, entry, head);
    if (!e->change->removes && e->buf_size > 0) {
        put_buffers(e->bufs, e->widths, e->n_bufs, at, end);
        head[2] = (uint32_t)e->buf_size;
        end += e->buf_size;
    }
    out->len += (size_t)(end - entry);
    if (!e->change->removes && e->buf_size == 0) {
        size_t from = out->len;

        mr_row_encode(e->buf_list, e->n_bufs, at, out);
        head[2] = (uint32_t)(out->len - from);
        entry = out->ptr + from - HEAD - head[1];
    }
    memcpy(entry, head, HEAD);
}

static void put_run(encoder *e, const int32_t *ids, int32_t n, mr_arena *arena, mr_buf *out)
{
    const mr_groups *g = e->change->groups;
    mr_vec *vecs = MR_NEW_ARRAY(arena, mr_vec, e->spec->n_keys + e->n_bufs + 1);
    mr_vec *bufs = vecs + e->spec->n_keys;

    if (!e->direct)
        mr_groups_keys(g, ids, n, vecs, arena);
    if (!e->change->removes)
        mr_groups_save(g, ids, n, bufs, arena);
    for (int i = 0; i < e->spec->n_keys; i++)
        e->keys[i] = &vecs[i];
    for (int i = 0; i < e->n_bufs; i++)
        e->buf_list[i] = &bufs[i];
    e->bufs = bufs;
    e->buf_size = e->change->removes ? 0 : fixed_size(bufs, e->n_bufs);
    for (int i = 0; i < e->n_bufs && e->buf_size > 0; i++)
        e->widths[i] = mr_type_width(bufs[i].type);
    for (int32_t i = 0; i < n; i++) {
        if (i + AHEAD < n)
            __builtin_prefetch(mr_groups_record(g, ids[i + AHEAD]));
        put_entry(e, mr_groups_record(g, ids[i]), i, out);
    }
}

void mr_groups_encode(const mr_groups_change *change, const int32_t *ids, int32_t n, mr_buf *out)
{
    mr_arena *arena = mr_arena_new(), *rows = mr_arena_new();
    encoder e = { .change = change, .spec = mr_groups_spec_of(change->groups) };
    mr_field *fields = MR_NEW_ARRAY(arena, mr_field, BUFFERS);

    e.direct = plan_keys(&e.plan, e.spec);
    e.n_bufs = mr_groups_buffers(e.spec, arena, fields, BUFFERS);
    e.keys = MR_NEW_ARRAY(arena, const mr_vec *, e.spec->n_keys + 1);
    e.buf_list = MR_NEW_ARRAY(arena, const mr_vec *, e.n_bufs + 1);
    if (n > 0)
        (void)mr_buf_reserve(out, (size_t)n * (HEAD + e.plan.room + 8 * (size_t)e.n_bufs + 24));
    for (int32_t at = 0; at < n; at += ROWS) {
        put_run(&e, ids + at, n - at < ROWS ? n - at : ROWS, rows, out);
        mr_arena_reset(rows);
    }
    mr_buf_free(&e.row);
    mr_arena_free(rows);
    mr_arena_free(arena);
}
