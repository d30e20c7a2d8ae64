/* groups_key.c - group keys as canonical bytes.
 *
 *     key   := value*
 *     value := 0x00                                  null
 *            | 0x01 fixed                            8 bytes (16 for decimals and intervals)
 *            | length bytes                          strings, binary
 *            | 0x01 value*                           structs, field by field
 *            | length UnsafeRow                      arrays and maps
 *            | 0x01                                  the event time
 *            | 0x02 seconds:u16                      the time key, a window of so many
 *     length := 0x01 + n                             n < 254
 *             | 0xff n:u32
 *
 * The event time of a key (its time key, or the end of the window that is its time key) is not
 * among the bytes: groups have it anyway.
 */
#include "state/groups_priv.h"

#include <math.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "column/row.h"

static bool is_text(const mr_type *type)
{
    return mr_type_is_string(type) || type->id == MR_TYPE_BINARY;
}

/* Doubles as group keys: one zero, one NaN. */
static double canonical(double v)
{
    if (isnan(v))
        return (double)NAN;
    return v == 0.0 ? 0.0 : v;
}

static int64_t fixed_bits(const mr_vec *vec, int32_t at)
{
    double d;
    int64_t bits;

    switch (vec->type->id) {
    case MR_TYPE_BOOLEAN:
        return vec->u8[at] != 0;
    case MR_TYPE_BYTE:
        return vec->i8[at];
    case MR_TYPE_SHORT:
        return vec->i16[at];
    case MR_TYPE_INT:
    case MR_TYPE_DATE:
    case MR_TYPE_INTERVAL_YM:
        return vec->i32[at];
    case MR_TYPE_FLOAT:
    case MR_TYPE_DOUBLE:
        d = canonical(vec->type->id == MR_TYPE_FLOAT ? (double)vec->f32[at] : vec->f64[at]);
        memcpy(&bits, &d, sizeof(bits));
        return bits;
    default:
        return vec->i64[at];
    }
}

static void set_fixed(mr_vec *vec, int32_t at, int64_t bits)
{
    double d;

    switch (vec->type->id) {
    case MR_TYPE_BOOLEAN:
        vec->u8[at] = (uint8_t)bits;
        break;
    case MR_TYPE_BYTE:
        vec->i8[at] = (int8_t)bits;
        break;
    case MR_TYPE_SHORT:
        vec->i16[at] = (int16_t)bits;
        break;
    case MR_TYPE_INT:
    case MR_TYPE_DATE:
    case MR_TYPE_INTERVAL_YM:
        vec->i32[at] = (int32_t)bits;
        break;
    case MR_TYPE_FLOAT:
        memcpy(&d, &bits, sizeof(d));
        vec->f32[at] = (float)d;
        break;
    case MR_TYPE_DOUBLE:
        memcpy(&vec->f64[at], &bits, sizeof(bits));
        break;
    default:
        vec->i64[at] = bits;
    }
}

#define LONG_BYTES   0xff /* the length follows */
#define SHORT_MAX    253
#define TIME_CHILD   1 /* of a window: its end */
#define WINDOW_BYTES 3 /* of one encoded by its length */
#define SECOND_US    INT64_C(1000000)

/* Bytes in front of n bytes: one, or five. */
static size_t length_size(size_t n)
{
    return n <= SHORT_MAX ? 1 : 5;
}

static inline char *put_length(char *to, size_t n)
{
    uint32_t wide = (uint32_t)n;

    if (n <= SHORT_MAX) {
        *to = (char)(n + 1);
        return to + 1;
    }
    *to = (char)LONG_BYTES;
    memcpy(to + 1, &wide, 4);
    return to + 5;
}

static void put_bytes(mr_buf *out, mr_str bytes)
{
    char *to = put_length(mr_buf_reserve(out, bytes.len + 5), bytes.len);

    if (bytes.len > 0)
        memcpy(to, bytes.ptr, bytes.len);
    out->len = (size_t)(to - out->ptr) + bytes.len;
}

mr_str mr_group_key_bytes(const char **at)
{
    uint8_t tag = (uint8_t) * (*at)++;
    uint32_t n = tag - 1u;
    mr_str bytes;

    if (tag == LONG_BYTES) {
        memcpy(&n, *at, 4);
        *at += 4;
    }
    bytes = (mr_str){ *at, n };
    *at += n;
    return bytes;
}

static void put_nested(const mr_vec *vec, int32_t row, mr_buf *out)
{
    mr_buf encoded = { 0 };

    mr_row_encode(&vec, 1, row, &encoded);
    put_bytes(out, mr_buf_str(&encoded));
    mr_buf_free(&encoded);
}

static void encode_value(const mr_vec *vec, int32_t row, mr_buf *out)
{
    int32_t at = mr_vec_index(vec, row);
    char *to;

    if (mr_vec_is_null(vec, row)) {
        mr_buf_putc(out, 0);
        return;
    }
    if (is_text(vec->type)) {
        put_bytes(out, vec->str[at]);
    } else if (vec->type->id == MR_TYPE_STRUCT) {
        mr_buf_putc(out, 1);
        for (int i = 0; i < vec->type->n_fields; i++)
            encode_value(&vec->children[i], vec->constant ? 0 : row, out);
    } else if (vec->type->id == MR_TYPE_DECIMAL || vec->type->id == MR_TYPE_INTERVAL_CALENDAR) {
        mr_buf_putc(out, 1);
        mr_buf_append(out, (const char *)vec->data + 16 * (size_t)at, 16);
    } else if (vec->type->id == MR_TYPE_ARRAY || vec->type->id == MR_TYPE_MAP) {
        put_nested(vec, row, out);
    } else {
        int64_t bits = fixed_bits(vec, at);

        to = mr_buf_reserve(out, 9);
        to[0] = 1;
        memcpy(to + 1, &bits, 8);
        out->len += 9;
    }
}

/* Is it a window of whole seconds, not too many? */
static bool window_seconds(int64_t start, int64_t end, uint16_t *seconds)
{
    int64_t us;

    if (__builtin_sub_overflow(end, start, &us) || us <= 0 || us % SECOND_US != 0 ||
        us / SECOND_US > UINT16_MAX)
        return false;
    *seconds = (uint16_t)(us / SECOND_US);
    return true;
}

int64_t mr_group_key_start(const char **at, int64_t time_us)
{
    uint16_t seconds;

    memcpy(&seconds, *at, sizeof(seconds));
    *at += sizeof(seconds);
    return time_us - seconds * SECOND_US;
}

static bool is_window(const mr_type *type)
{
    return type->id == MR_TYPE_STRUCT && type->n_fields == 2;
}

/* False: the window is not one to be encoded by its length. */
static bool encode_window(const mr_vec *vec, int32_t at, mr_buf *out)
{
    const mr_vec *start = &vec->children[0], *end = &vec->children[TIME_CHILD];
    uint16_t seconds;
    char *to;

    if (!is_window(vec->type) || mr_vec_is_null(start, at) || mr_vec_is_null(end, at) ||
        !window_seconds(start->i64[mr_vec_index(start, at)], end->i64[mr_vec_index(end, at)],
                        &seconds))
        return false;
    to = mr_buf_reserve(out, WINDOW_BYTES);
    to[0] = MR_KEY_WINDOW;
    memcpy(to + 1, &seconds, sizeof(seconds));
    out->len += WINDOW_BYTES;
    return true;
}

/* A time key: of its event time only whether there is one. */
static void encode_timed(const mr_vec *vec, int32_t row, mr_buf *out)
{
    int32_t at = vec->constant ? 0 : row;

    bool is_null = mr_vec_is_null(vec, row);

    if (!is_null && vec->type->id == MR_TYPE_STRUCT && encode_window(vec, at, out))
        return;
    mr_buf_putc(out, is_null ? 0 : 1);
    if (is_null || vec->type->id != MR_TYPE_STRUCT)
        return;
    for (int i = 0; i < vec->type->n_fields; i++)
        if (i == TIME_CHILD)
            mr_buf_putc(out, mr_vec_is_null(&vec->children[i], at) ? 0 : 1);
        else
            encode_value(&vec->children[i], at, out);
}

void mr_group_key_encode(const mr_groups_spec *spec, const mr_vec *keys, int32_t row, mr_buf *out)
{
    for (int i = 0; i < spec->n_keys; i++)
        if (i == spec->time_key)
            encode_timed(&keys[i], row, out);
        else
            encode_value(&keys[i], row, out);
}

/* --- whole columns: no nulls, nothing nested but structs of fixed width --------------------------
 */

static bool is_fixed(const mr_type *type)
{
    switch (type->id) {
    case MR_TYPE_NULL:
    case MR_TYPE_DECIMAL:
    case MR_TYPE_INTERVAL_CALENDAR:
    case MR_TYPE_ARRAY:
    case MR_TYPE_MAP:
    case MR_TYPE_STRUCT:
        return false;
    default:
        return !is_text(type);
    }
}

/* Bytes a value of the column takes, strings without theirs; 0 = not by whole columns. */
static size_t column_bytes(const mr_vec *vec)
{
    size_t n = 1;

    if (vec->valid != NULL || vec->constant)
        return 0;
    if (is_text(vec->type))
        return 1;
    if (is_fixed(vec->type))
        return 9;
    if (vec->type->id != MR_TYPE_STRUCT)
        return 0;
    for (int i = 0; i < vec->type->n_fields; i++) {
        const mr_vec *child = &vec->children[i];

        if (child->valid != NULL || child->constant || !is_fixed(child->type))
            return 0;
        n += 9;
    }
    return n;
}

static inline void copy_short(char *to, const char *from, size_t n)
{
    if (n > 16) {
        memcpy(to, from, n);
    } else if (n >= 8) {
        memcpy(to, from, 8);
        memcpy(to + n - 8, from + n - 8, 8);
    } else if (n >= 4) {
        memcpy(to, from, 4);
        memcpy(to + n - 4, from + n - 4, 4);
    } else {
        for (size_t i = 0; i < n; i++)
            to[i] = from[i];
    }
}

/* The columns below write their values at at[i] and move it on. */
static void fixed_column(const mr_vec *vec, mr_sel sel, char *base, size_t *at)
{
    bool wide = vec->type->id == MR_TYPE_LONG || vec->type->id == MR_TYPE_TIMESTAMP ||
                vec->type->id == MR_TYPE_TIMESTAMP_NTZ;

    for (int32_t i = 0; i < sel.n; i++) {
        int32_t row = mr_sel_row(sel, i);
        int64_t bits = wide ? vec->i64[row] : fixed_bits(vec, row);

        base[at[i]] = 1;
        memcpy(base + at[i] + 1, &bits, 8);
        at[i] += 9;
    }
}

static void text_column(const mr_vec *vec, mr_sel sel, char *base, size_t *at)
{
    for (int32_t i = 0; i < sel.n; i++) {
        mr_str s = vec->str[mr_sel_row(sel, i)];
        char *to = put_length(base + at[i], s.len);

        copy_short(to, s.ptr, s.len);
        at[i] = (size_t)(to - base) + s.len;
    }
}

/* Of values that are there: a struct's mark, an event time. */
static void mark_column(mr_sel sel, char *base, size_t *at)
{
    for (int32_t i = 0; i < sel.n; i++)
        base[at[i]++] = 1;
}

static void struct_column(const mr_vec *vec, mr_sel sel, char *base, size_t *at)
{
    mark_column(sel, base, at);
    for (int c = 0; c < vec->type->n_fields; c++)
        fixed_column(&vec->children[c], sel, base, at);
}

/* Windows that are all of one length. */
static void window_column(uint16_t seconds, mr_sel sel, char *base, size_t *at)
{
    for (int32_t i = 0; i < sel.n; i++) {
        base[at[i]] = MR_KEY_WINDOW;
        memcpy(base + at[i] + 1, &seconds, sizeof(seconds));
        at[i] += WINDOW_BYTES;
    }
}

/* Are the windows of a column without nulls all of one length? */
static bool is_regular(const mr_vec *vec, mr_sel sel, uint16_t *seconds)
{
    const int64_t *start = vec->children[0].i64, *end = vec->children[TIME_CHILD].i64;
    int32_t first = mr_sel_row(sel, 0);

    if (!window_seconds(start[first], end[first], seconds))
        return false;
    for (int32_t i = 1; i < sel.n; i++) {
        int32_t row = mr_sel_row(sel, i);

        if ((uint64_t)end[row] - (uint64_t)start[row] != (uint64_t)*seconds * SECOND_US)
            return false;
    }
    return true;
}

/* seconds: of a time key's windows. */
static void key_column(const mr_vec *vec, bool timed, uint16_t seconds, mr_sel sel, char *base,
                       size_t *at)
{
    if (is_text(vec->type))
        text_column(vec, sel, base, at);
    else if (timed && vec->type->id == MR_TYPE_STRUCT)
        window_column(seconds, sel, base, at);
    else if (vec->type->id == MR_TYPE_STRUCT)
        struct_column(vec, sel, base, at);
    else if (timed)
        mark_column(sel, base, at);
    else
        fixed_column(vec, sel, base, at);
}

/* Beyond the one byte that every value has. */
static inline size_t text_size(mr_str s)
{
    return s.len + length_size(s.len) - 1;
}

/* Where each key begins, into at[]; the bytes of all. */
static size_t key_starts(const mr_groups_spec *spec, const mr_vec *keys, mr_sel sel, size_t fixed,
                         size_t *at)
{
    size_t total = 0;

    for (int32_t i = 0; i < sel.n; i++)
        at[i] = fixed;
    for (int k = 0; k < spec->n_keys; k++)
        for (int32_t i = 0; i < sel.n && is_text(keys[k].type); i++)
            at[i] += text_size(keys[k].str[mr_sel_row(sel, i)]);
    for (int32_t i = 0; i < sel.n; i++) {
        size_t n = at[i];

        at[i] = total;
        total += n;
    }
    return total;
}

/* Bytes of a key by whole columns but for its texts; 0 = not by whole columns. */
static size_t fixed_bytes(const mr_groups_spec *spec, const mr_vec *keys, mr_sel sel,
                          uint16_t *seconds)
{
    size_t fixed = 0;

    for (int k = 0; k < spec->n_keys; k++) {
        size_t n = column_bytes(&keys[k]);
        bool timed = k == spec->time_key;

        if (n == 0)
            return 0;
        if (timed && keys[k].type->id == MR_TYPE_STRUCT) {
            if (!is_window(keys[k].type) || !is_regular(&keys[k], sel, seconds))
                return 0;
            n = WINDOW_BYTES;
        } else if (timed) {
            n -= 8;
        }
        fixed += n;
    }
    return fixed;
}

void mr_group_keys_encode(const mr_groups_spec *spec, const mr_vec *keys, mr_sel sel, mr_buf *out,
                          size_t *ends)
{
    uint16_t seconds = 0;
    size_t fixed = sel.n == 0 ? 0 : fixed_bytes(spec, keys, sel, &seconds), total;
    char *base;

    for (int32_t i = 0; i < sel.n && fixed == 0; i++) {
        mr_group_key_encode(spec, keys, mr_sel_row(sel, i), out);
        ends[i] = out->len;
    }
    if (fixed == 0)
        return;
    MR_ASSERT(out->len == 0);
    total = key_starts(spec, keys, sel, fixed, ends);
    base = mr_buf_reserve(out, total);
    for (int k = 0; k < spec->n_keys; k++)
        key_column(&keys[k], k == spec->time_key, seconds, sel, base, ends);
    out->len = total;
}

/* --- decoding ------------------------------------------------------------------------------------
 */

static void set_null(mr_vec *vec, int32_t row, mr_arena *arena)
{
    mr_vec_need_valid(vec, arena);
    vec->valid[row] = 0;
    for (int i = 0; vec->type->id == MR_TYPE_STRUCT && i < vec->type->n_fields; i++)
        set_null(&vec->children[i], row, arena);
}

/* Arrays and maps come back through a one-row vector, appended to the growing children. */
static void decode_nested(mr_str bytes, mr_vec *vec, int32_t row, mr_arena *arena)
{
    mr_field field = { MR_STR("k"), vec->type, true, { NULL, 0 } };
    const mr_type *schema = mr_type_struct(arena, &field, 1);
    mr_vec one;
    mr_vec merged[2];
    int n_children = vec->type->id == MR_TYPE_MAP ? 2 : 1;
    mr_status status;

    mr_vec_init(&one, arena, vec->type, 1);
    status = mr_row_decode(bytes, schema, &one, 0, arena, NULL);
    MR_ASSERT(status == MR_OK);
    for (int c = 0; c < n_children; c++) {
        int32_t have = vec->offsets[row];
        int32_t more = one.offsets[1] - one.offsets[0];
        mr_batch parts[2];
        const mr_batch *list[2] = { &parts[0], &parts[1] };
        mr_field child = { MR_STR("c"), vec->type->fields[c].type, true, { NULL, 0 } };
        const mr_type *child_schema = mr_type_struct(arena, &child, 1);
        mr_batch *joined;

        parts[0] = (mr_batch){ child_schema, have, { NULL, have }, &vec->children[c] };
        parts[1] = (mr_batch){ child_schema, more, { NULL, more }, &one.children[c] };
        joined =
            mr_batch_concat(arena, child_schema, have == 0 ? list + 1 : list, have == 0 ? 1 : 2);
        merged[c] = joined->cols[0];
        if (c + 1 == n_children)
            vec->offsets[row + 1] = have + more;
    }
    for (int c = 0; c < n_children; c++)
        vec->children[c] = merged[c];
}

static void decode_value(const char **at, mr_vec *vec, int32_t row, mr_arena *arena)
{
    int64_t bits;

    if (vec->offsets != NULL)
        vec->offsets[row + 1] = vec->offsets[row];
    if (**at == 0) {
        ++*at;
        set_null(vec, row, arena);
        return;
    }
    if (is_text(vec->type)) {
        vec->str[row] = mr_group_key_bytes(at);
        return;
    }
    if (vec->type->id == MR_TYPE_ARRAY || vec->type->id == MR_TYPE_MAP) {
        decode_nested(mr_group_key_bytes(at), vec, row, arena);
        return;
    }
    ++*at;
    if (vec->type->id == MR_TYPE_STRUCT) {
        for (int i = 0; i < vec->type->n_fields; i++)
            decode_value(at, &vec->children[i], row, arena);
    } else if (vec->type->id == MR_TYPE_DECIMAL || vec->type->id == MR_TYPE_INTERVAL_CALENDAR) {
        memcpy((char *)vec->data + 16 * (size_t)row, *at, 16);
        *at += 16;
    } else {
        memcpy(&bits, *at, 8);
        *at += 8;
        set_fixed(vec, row, bits);
    }
}

static void decode_time(const char **at, int64_t time_us, mr_vec *vec, int32_t row, mr_arena *arena)
{
    if (*(*at)++ == 0)
        set_null(vec, row, arena);
    else
        vec->i64[row] = time_us;
}

static void decode_timed(const char **at, int64_t time_us, mr_vec *vec, int32_t row,
                         mr_arena *arena)
{
    if (vec->type->id != MR_TYPE_STRUCT) {
        decode_time(at, time_us, vec, row, arena);
        return;
    }
    if (**at == MR_KEY_WINDOW) {
        ++*at;
        vec->children[0].i64[row] = mr_group_key_start(at, time_us);
        vec->children[TIME_CHILD].i64[row] = time_us;
        return;
    }
    if (*(*at)++ == 0) {
        set_null(vec, row, arena);
        return;
    }
    for (int i = 0; i < vec->type->n_fields; i++)
        if (i == TIME_CHILD)
            decode_time(at, time_us, &vec->children[i], row, arena);
        else
            decode_value(at, &vec->children[i], row, arena);
}

void mr_group_key_decode(const mr_groups_spec *spec, mr_group *group, mr_vec *keys, int32_t row,
                         mr_arena *arena)
{
    mr_str key = mr_group_key(group);
    const char *at = key.ptr;

    for (int i = 0; i < spec->n_keys; i++)
        if (i == spec->time_key)
            decode_timed(&at, group->time_us, &keys[i], row, arena);
        else
            decode_value(&at, &keys[i], row, arena);
    MR_ASSERT(at == key.ptr + key.len);
}

static size_t value_room(const mr_type *type)
{
    size_t room = 1;

    if (is_text(type))
        return 1 + 16;
    if (type->id == MR_TYPE_STRUCT) {
        for (int i = 0; i < type->n_fields; i++)
            room += value_room(type->fields[i].type);
        return room;
    }
    return type->id == MR_TYPE_DECIMAL || type->id == MR_TYPE_INTERVAL_CALENDAR ? 17 : 9;
}

uint64_t mr_group_hash(mr_str key, int64_t time_us)
{
    return XXH3_64bits_withSeed(key.ptr, key.len, (uint64_t)time_us);
}

size_t mr_group_key_room(const mr_groups_spec *spec)
{
    size_t room = 0;

    for (int i = 0; i < spec->n_keys; i++)
        if (i == spec->time_key)
            room += is_window(spec->key_types[i]) ? WINDOW_BYTES : 1;
        else
            room += value_room(spec->key_types[i]);
    return room;
}

static int64_t time_at(const mr_vec *vec, int32_t row)
{
    if (mr_vec_is_null(vec, row))
        return INT64_MAX;
    if (vec->type->id == MR_TYPE_STRUCT)
        return time_at(&vec->children[TIME_CHILD], vec->constant ? 0 : row);
    return vec->i64[mr_vec_index(vec, row)];
}

/* The column of the times if it has no nulls, and none above it. */
static const int64_t *plain_times(const mr_vec *vec)
{
    while (vec->valid == NULL && !vec->constant && vec->type->id == MR_TYPE_STRUCT)
        vec = &vec->children[TIME_CHILD];
    return vec->valid == NULL && !vec->constant ? vec->i64 : NULL;
}

void mr_group_key_times(const mr_groups_spec *spec, const mr_vec *keys, mr_sel sel, int64_t *times)
{
    const mr_vec *key = spec->time_key < 0 ? NULL : &keys[spec->time_key];
    const int64_t *plain = key == NULL ? NULL : plain_times(key);

    for (int32_t i = 0; i < sel.n; i++)
        if (plain != NULL)
            times[i] = plain[mr_sel_row(sel, i)];
        else
            times[i] = key == NULL ? INT64_MAX : time_at(key, mr_sel_row(sel, i));
}
