/* proto_write.c - structs to protobuf bytes. */
#include "wire/proto.h"

typedef struct writer {
    mr_buf *out;
    mr_arena *arena;
    int depth;
} writer;

static mr_status write_message(writer *w, const mr_pb_table *table, const void *object,
                               mr_error *err);

static int varint_bytes(uint64_t v, uint8_t *bytes)
{
    int n = 0;

    for (; v >= 0x80; v >>= 7)
        bytes[n++] = (uint8_t)(v | 0x80);
    bytes[n++] = (uint8_t)v;
    return n;
}

static void put_varint(mr_buf *out, uint64_t v)
{
    uint8_t bytes[10];

    mr_buf_append(out, bytes, (size_t)varint_bytes(v, bytes));
}

static void put_tag(mr_buf *out, unsigned number, unsigned wire)
{
    put_varint(out, number << 3 | wire);
}

static void put_bytes(mr_buf *out, unsigned number, mr_str s)
{
    put_tag(out, number, 2);
    put_varint(out, s.len);
    mr_buf_add(out, s);
}

/* A length-delimited value: begin, write, end.  Long ones are moved to make room for their length.
 */
static size_t begin(mr_buf *out, unsigned number)
{
    put_tag(out, number, 2);
    mr_buf_putc(out, '\0');
    return out->len;
}

static void end(mr_buf *out, size_t start)
{
    uint8_t bytes[10];
    size_t len = out->len - start;
    size_t n = (size_t)varint_bytes(len, bytes);

    mr_buf_reserve(out, n);
    memmove(out->ptr + start - 1 + n, out->ptr + start, len);
    memcpy(out->ptr + start - 1, bytes, n);
    out->len += n - 1;
}

static const void *member(const void *object, uint16_t offset)
{
    return (const char *)object + offset;
}

static int int_member(const void *object, uint16_t offset)
{
    return *(const int *)member(object, offset);
}

static mr_status write_sub(writer *w, const mr_pb_field *field, const void *object, mr_error *err)
{
    size_t start = begin(w->out, field->number);

    MR_TRY(write_message(w, field->sub, object, err));
    end(w->out, start);
    return MR_OK;
}

static void write_fixed(mr_buf *out, const mr_pb_field *field, double v)
{
    float f = (float)v;

    if (field->kind == MR_PB_FLOAT || field->kind == MR_PB_FLOATS) {
        mr_buf_append(out, &f, sizeof(f));
    } else {
        mr_buf_append(out, &v, sizeof(v));
    }
}

static void write_double(mr_buf *out, const mr_pb_field *field, double v, bool always)
{
    static const double zero;

    if (!always && memcmp(&v, &zero, sizeof(v)) == 0)
        return;
    put_tag(out, field->number, field->kind == MR_PB_FLOAT ? 5 : 1);
    write_fixed(out, field, v);
}

static void write_varint(mr_buf *out, const mr_pb_field *field, int64_t v, bool always)
{
    if (!always && v == (field->kind == MR_PB_ENUM ? 0 : field->value))
        return;
    put_tag(out, field->number, 0);
    put_varint(out, (uint64_t)v);
}

static void write_string(mr_buf *out, const mr_pb_field *field, mr_str s, bool always)
{
    if (always || s.len > 0)
        put_bytes(out, field->number, s);
}

static void write_strings(mr_buf *out, const mr_pb_field *field, const void *object)
{
    const mr_str *strings = *(mr_str *const *)member(object, field->offset);

    for (int i = 0, n = int_member(object, field->count); i < n; i++)
        put_bytes(out, field->number, strings[i]);
}

/* Maps and pairs: both are strings two by two. */
static void write_twos(mr_buf *out, const mr_pb_field *field, const void *object)
{
    const mr_str *strings = *(mr_str *const *)member(object, field->offset);
    int n = int_member(object, field->count);

    if (field->kind == MR_PB_PAIRS)
        n /= 2;
    for (int i = 0; i < n; i++) {
        size_t start = begin(out, field->number);

        put_bytes(out, 1, strings[2 * i]);
        put_bytes(out, 2, strings[2 * i + 1]);
        end(out, start);
    }
}

static void write_numbers(mr_buf *out, const mr_pb_field *field, const void *object)
{
    const void *array = *(const void *const *)member(object, field->offset);
    int n = int_member(object, field->count);
    size_t start;

    if (n == 0)
        return;
    start = begin(out, field->number);
    for (int i = 0; i < n; i++) {
        if (field->kind == MR_PB_LONGS)
            put_varint(out, (uint64_t)((const int64_t *)array)[i]);
        else
            write_fixed(out, field, ((const double *)array)[i]);
    }
    end(out, start);
}

static mr_status missing(const mr_pb_field *field, mr_error *err)
{
    return mr_fail(err, MR_INVALID, "%s is missing", field->name);
}

static bool is_left_out(const mr_pb_field *field, const void *element)
{
    bool is_value;

    if ((field->flags & (MR_PB_ONLY | MR_PB_EXCEPT)) == 0)
        return false;
    is_value = int_member(element, field->sub->selector) == (int)field->value;
    return is_value == ((field->flags & MR_PB_EXCEPT) != 0);
}

static mr_status write_elements(writer *w, const mr_pb_field *field, const void *object,
                                mr_error *err)
{
    void *const *array = *(void *const *const *)member(object, field->offset);
    int n = int_member(object, field->count);
    int stop = field->kind == MR_PB_ITEM && n > field->index ? field->index + 1 : n;

    if ((field->flags & MR_PB_REQUIRED) && n <= field->index)
        return missing(field, err);
    for (int i = field->index; i < stop; i++) {
        if (is_left_out(field, array[i]))
            continue;
        MR_TRY(write_sub(w, field, array[i], err));
    }
    return MR_OK;
}

static mr_status write_structs(writer *w, const mr_pb_field *field, const void *object,
                               mr_error *err)
{
    const char *array = *(const char *const *)member(object, field->offset);

    for (int i = 0, n = int_member(object, field->count); i < n; i++)
        MR_TRY(write_sub(w, field, array + (size_t)i * field->sub->size, err));
    return MR_OK;
}

static mr_status write_pointer(writer *w, const mr_pb_field *field, const void *slot, mr_error *err)
{
    const void *pointer = *(const void *const *)slot;

    if (pointer != NULL)
        return write_sub(w, field, pointer, err);
    return (field->flags & MR_PB_REQUIRED) ? missing(field, err) : MR_OK;
}

/* Numbers, strings, flags: nothing that can fail. */
static void write_scalar(mr_buf *out, const mr_pb_field *field, const void *slot, bool always)
{
    switch ((mr_pb_kind)field->kind) {
    case MR_PB_BOOL:
        write_varint(out, field, *(const bool *)slot, always);
        break;
    case MR_PB_ENUM_BOOL:
        put_tag(out, field->number, 0);
        put_varint(out, *(const bool *)slot ? (uint64_t)field->value : 1);
        break;
    case MR_PB_NOT:
        if (!*(const bool *)slot) {
            put_tag(out, field->number, 0);
            put_varint(out, 1);
        }
        break;
    case MR_PB_FLAG:
        put_tag(out, field->number, 0);
        put_varint(out, 1);
        break;
    case MR_PB_I32:
    case MR_PB_ENUM:
        write_varint(out, field, *(const int32_t *)slot, always);
        break;
    case MR_PB_I64:
    case MR_PB_I32_64:
        write_varint(out, field, *(const int64_t *)slot, always);
        break;
    case MR_PB_FLOAT:
    case MR_PB_DOUBLE:
        write_double(out, field, *(const double *)slot, always);
        break;
    default:
        write_string(out, field, *(const mr_str *)slot, always);
        break;
    }
}

/* An embedded pointer to something kept in another form (a data type) may be NULL. */
static bool is_absent(const mr_pb_field *field, const void *slot)
{
    return field->sub->form_size != 0 && field->sub->size == sizeof(void *) &&
           *(const void *const *)slot == NULL;
}

static mr_status write_field(writer *w, const mr_pb_field *field, const void *object, mr_error *err)
{
    const void *slot = member(object, field->offset);
    bool always = field->select != 0 || (field->flags & MR_PB_OPTIONAL) != 0;

    switch ((mr_pb_kind)field->kind) {
    case MR_PB_STRINGS:
        write_strings(w->out, field, object);
        return MR_OK;
    case MR_PB_PAIRS:
    case MR_PB_MAP:
        write_twos(w->out, field, object);
        return MR_OK;
    case MR_PB_LONGS:
    case MR_PB_DOUBLES:
    case MR_PB_FLOATS:
        write_numbers(w->out, field, object);
        return MR_OK;
    case MR_PB_SELF:
        return write_sub(w, field, object, err);
    case MR_PB_EMBED:
        return is_absent(field, slot) ? MR_OK : write_sub(w, field, slot, err);
    case MR_PB_MESSAGE:
        return write_pointer(w, field, slot, err);
    case MR_PB_ITEM:
    case MR_PB_MESSAGES:
        return write_elements(w, field, object, err);
    case MR_PB_STRUCTS:
        return write_structs(w, field, object, err);
    case MR_PB_PRESENT:
        return *(const bool *)slot ? mr_fail(err, MR_UNSUPPORTED, "%s cannot be sent", field->name)
                                   : MR_OK;
    case MR_PB_REFUSED:
        return MR_OK;
    default:
        write_scalar(w->out, field, slot, always);
        return MR_OK;
    }
}

static bool is_written(const mr_pb_field *field, const void *object)
{
    if (field->flags & MR_PB_READ_ONLY)
        return false;
    if (field->select != 0 && int_member(object, field->selector) != field->select)
        return false;
    return !(field->flags & MR_PB_OPTIONAL) || *(const bool *)member(object, field->count);
}

static mr_status write_fields(writer *w, const mr_pb_table *table, const void *object,
                              mr_error *err)
{
    bool chosen = !table->chooses;

    for (int i = 0; i < table->n_fields; i++) {
        const mr_pb_field *field = &table->fields[i];

        if (!is_written(field, object))
            continue;
        chosen = chosen || (field->select != 0 && field->selector == table->selector);
        MR_TRY(write_field(w, field, object, err));
    }
    if (!chosen)
        return mr_fail(err, MR_UNSUPPORTED, "a %s of kind %d cannot be sent", table->name,
                       int_member(object, table->selector));
    return MR_OK;
}

static mr_status write_message(writer *w, const mr_pb_table *table, const void *object,
                               mr_error *err)
{
    const void *form = object;

    if (w->depth >= MR_PB_DEPTH_MAX)
        return mr_fail(err, MR_INVALID, "the message is nested deeper than %d levels",
                       MR_PB_DEPTH_MAX);
    if (table->form_size != 0) {
        void *made = mr_arena_zalloc(w->arena, table->form_size);

        MR_TRY(table->store(w->arena, object, made, err));
        form = made;
    }
    w->depth++;
    MR_TRY(write_fields(w, table, form, err));
    w->depth--;
    return MR_OK;
}

mr_status mr_pb_encode(const mr_pb_table *table, const void *object, mr_arena *arena, mr_buf *out,
                       mr_error *err)
{
    writer w = { .out = out, .arena = arena };

    return write_message(&w, table, object, err);
}
