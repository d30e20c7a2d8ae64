/* proto_read.c - protobuf bytes to structs. */
#include "wire/proto.h"

typedef struct cursor {
    const uint8_t *at;
    const uint8_t *end;
} cursor;

enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

/* One field as it stands on the wire. */
typedef struct token {
    uint32_t number;
    unsigned wire;
    uint64_t number_value; /* varint, 32 and 64 bits */
    mr_str bytes;
} token;

static mr_status malformed(mr_error *err, const char *what)
{
    return mr_fail(err, MR_CORRUPT, "malformed protobuf message: %s", what);
}

static bool read_varint(cursor *in, uint64_t *out)
{
    uint64_t v = 0;

    for (unsigned shift = 0; shift < 70 && in->at < in->end; shift += 7) {
        uint8_t byte = *in->at++;

        if (shift == 63 && byte > 1)
            return false;
        v |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *out = v;
            return true;
        }
    }
    return false;
}

static bool read_fixed(cursor *in, size_t width, uint64_t *out)
{
    if ((size_t)(in->end - in->at) < width)
        return false;
    *out = 0;
    memcpy(out, in->at, width);
    in->at += width;
    return true;
}

static bool read_bytes(cursor *in, mr_str *out)
{
    uint64_t n;

    if (!read_varint(in, &n) || n > (uint64_t)(in->end - in->at))
        return false;
    *out = (mr_str){ (const char *)in->at, (size_t)n };
    in->at += n;
    return true;
}

static mr_status read_token(cursor *in, token *out, mr_error *err)
{
    uint64_t tag;
    bool ok = false;

    if (!read_varint(in, &tag) || tag > UINT32_MAX || tag >> 3 == 0)
        return malformed(err, "bad tag");
    out->number = (uint32_t)(tag >> 3);
    out->wire = tag & 7;
    out->number_value = 0;
    out->bytes = (mr_str){ 0 };
    switch (out->wire) {
    case WIRE_VARINT:
        ok = read_varint(in, &out->number_value);
        break;
    case WIRE_64:
        ok = read_fixed(in, 8, &out->number_value);
        break;
    case WIRE_BYTES:
        ok = read_bytes(in, &out->bytes);
        break;
    case WIRE_32:
        ok = read_fixed(in, 4, &out->number_value);
        break;
    default: /* groups */
        return malformed(err, "group or unknown wire type");
    }
    return ok ? MR_OK : malformed(err, "value ends early");
}

bool mr_pb_is_utf8(mr_str s)
{
    static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
    size_t i = 0;

    while (i < s.len) {
        uint8_t c = (uint8_t)s.ptr[i++];
        uint32_t point;
        size_t more;

        if (c < 0x80)
            continue;
        more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
        if (c < 0xc2 || c > 0xf4 || s.len - i < more)
            return false;
        point = c & (0x3fU >> more);
        for (size_t k = 0; k < more; k++, i++) {
            if (((uint8_t)s.ptr[i] & 0xc0) != 0x80)
                return false;
            point = point << 6 | ((uint8_t)s.ptr[i] & 0x3f);
        }
        if (point < least[more] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
            return false;
    }
    return true;
}

mr_status mr_pb_alloc(mr_pb_reader *reader, size_t size, void **out, mr_error *err)
{
    reader->n_bytes += size + 16;
    if (reader->n_bytes > MR_PB_MEMORY_MAX)
        return mr_fail(err, MR_NOMEM, "the message needs more than %llu bytes of memory",
                       MR_PB_MEMORY_MAX);
    *out = mr_arena_zalloc(reader->arena, size);
    return MR_OK;
}

static void *member(void *object, uint16_t offset)
{
    return (char *)object + offset;
}

static int *int_member(void *object, uint16_t offset)
{
    return (int *)(void *)((char *)object + offset);
}

/* Makes room for element n of an array that grows by doubling: 4, 8, 16 ... */
static mr_status grow(mr_pb_reader *reader, void **array, int n, size_t size, mr_error *err)
{
    void *bigger;

    if (n != 0 && (n < 4 || (n & (n - 1)) != 0))
        return MR_OK;
    MR_TRY(mr_pb_alloc(reader, (n == 0 ? 4 : (size_t)n * 2) * size, &bigger, err));
    if (n != 0)
        memcpy(bigger, *array, (size_t)n * size);
    *array = bigger;
    return MR_OK;
}

/* Adds a zeroed element; *out points to it. */
static mr_status append(mr_pb_reader *reader, void *object, const mr_pb_field *field, size_t size,
                        void **out, mr_error *err)
{
    void **array = member(object, field->offset);
    int *n = int_member(object, field->count);

    MR_TRY(grow(reader, array, *n, size, err));
    *out = (char *)*array + (size_t)*n * size;
    (*n)++;
    return MR_OK;
}

static mr_status append_string(mr_pb_reader *reader, void *object, const mr_pb_field *field,
                               mr_str s, mr_error *err)
{
    void *slot;

    if (!mr_pb_is_utf8(s))
        return malformed(err, "a string is not UTF-8");
    MR_TRY(append(reader, object, field, sizeof(mr_str), &slot, err));
    *(mr_str *)slot = s;
    return MR_OK;
}

/* Reads a message of two strings: map entries and pairs. */
static mr_status read_two(mr_str bytes, mr_str out[2], mr_error *err)
{
    cursor in = { (const uint8_t *)bytes.ptr, (const uint8_t *)bytes.ptr + bytes.len };

    out[0] = out[1] = (mr_str){ "", 0 };
    while (in.at < in.end) {
        token t;

        MR_TRY(read_token(&in, &t, err));
        if ((t.number == 1 || t.number == 2) && t.wire == WIRE_BYTES)
            out[t.number - 1] = t.bytes;
    }
    if (!mr_pb_is_utf8(out[0]) || !mr_pb_is_utf8(out[1]))
        return malformed(err, "a string is not UTF-8");
    return MR_OK;
}

static mr_status read_map(mr_pb_reader *reader, void *object, const mr_pb_field *field,
                          mr_str bytes, mr_error *err)
{
    mr_str pair[2];
    void *slot;

    MR_TRY(read_two(bytes, pair, err));
    MR_TRY(append(reader, object, field, sizeof(pair), &slot, err));
    memcpy(slot, pair, sizeof(pair));
    return MR_OK;
}

static mr_status read_pair(mr_pb_reader *reader, void *object, const mr_pb_field *field,
                           mr_str bytes, mr_error *err)
{
    mr_str pair[2];

    MR_TRY(read_two(bytes, pair, err));
    MR_TRY(append_string(reader, object, field, pair[0], err));
    return append_string(reader, object, field, pair[1], err);
}

static double as_float(uint64_t bits)
{
    uint32_t low = (uint32_t)bits;
    float f;

    memcpy(&f, &low, sizeof(f));
    return (double)f;
}

static double as_double(uint64_t bits)
{
    double d;

    memcpy(&d, &bits, sizeof(d));
    return d;
}

static mr_status read_number(mr_pb_reader *reader, void *object, const mr_pb_field *field,
                             uint64_t bits, mr_error *err)
{
    void *slot;

    MR_TRY(append(reader, object, field, 8, &slot, err));
    if (field->kind == MR_PB_LONGS)
        *(int64_t *)slot = (int64_t)bits;
    else
        *(double *)slot = field->kind == MR_PB_FLOATS ? as_float(bits) : as_double(bits);
    return MR_OK;
}

static mr_status read_numbers(mr_pb_reader *reader, void *object, const mr_pb_field *field,
                              const token *t, mr_error *err)
{
    cursor in = { (const uint8_t *)t->bytes.ptr, (const uint8_t *)t->bytes.ptr + t->bytes.len };

    if (t->wire != WIRE_BYTES)
        return read_number(reader, object, field, t->number_value, err);
    while (in.at < in.end) {
        uint64_t v;
        bool ok = field->kind == MR_PB_LONGS    ? read_varint(&in, &v)
                  : field->kind == MR_PB_FLOATS ? read_fixed(&in, 4, &v)
                                                : read_fixed(&in, 8, &v);

        if (!ok)
            return malformed(err, "packed numbers end early");
        MR_TRY(read_number(reader, object, field, v, err));
    }
    return MR_OK;
}

static mr_status read_message(mr_pb_reader *reader, const mr_pb_table *table, mr_str bytes,
                              void *object, mr_error *err);

/* Reads into a new object of the table. */
static mr_status read_new(mr_pb_reader *reader, const mr_pb_table *table, mr_str bytes, void **out,
                          mr_error *err)
{
    MR_TRY(mr_pb_alloc(reader, table->size, out, err));
    if (table->init != NULL)
        table->init(*out);
    return read_message(reader, table, bytes, *out, err);
}

static mr_status read_element(mr_pb_reader *reader, void *object, const mr_pb_field *field,
                              mr_str bytes, mr_error *err)
{
    int *n = int_member(object, field->count);
    int at = field->kind == MR_PB_ITEM || *n < field->index ? field->index : *n;
    void *slot = NULL;
    void *made;

    while (*n <= at)
        MR_TRY(append(reader, object, field, sizeof(void *), &slot, err));
    MR_TRY(read_new(reader, field->sub, bytes, &made, err));
    slot = (char *)*(void **)member(object, field->offset) + (size_t)at * sizeof(void *);
    *(void **)slot = made;
    return MR_OK;
}

static mr_status read_struct(mr_pb_reader *reader, void *object, const mr_pb_field *field,
                             mr_str bytes, mr_error *err)
{
    void *slot;

    MR_TRY(append(reader, object, field, field->sub->size, &slot, err));
    if (field->sub->init != NULL)
        field->sub->init(slot);
    return read_message(reader, field->sub, bytes, slot, err);
}

static mr_status read_length_delimited(mr_pb_reader *reader, void *object, const mr_pb_field *field,
                                       mr_str bytes, mr_error *err)
{
    void *slot = member(object, field->offset);

    switch ((mr_pb_kind)field->kind) {
    case MR_PB_STRING:
        if (!mr_pb_is_utf8(bytes))
            return malformed(err, "a string is not UTF-8");
        *(mr_str *)slot = bytes;
        return MR_OK;
    case MR_PB_BYTES:
        *(mr_str *)slot = bytes;
        return MR_OK;
    case MR_PB_STRINGS:
        return append_string(reader, object, field, bytes, err);
    case MR_PB_PAIRS:
        return read_pair(reader, object, field, bytes, err);
    case MR_PB_MAP:
        return read_map(reader, object, field, bytes, err);
    case MR_PB_SELF:
        return read_message(reader, field->sub, bytes, object, err);
    case MR_PB_EMBED:
        return read_message(reader, field->sub, bytes, slot, err);
    case MR_PB_MESSAGE:
        return read_new(reader, field->sub, bytes, (void **)slot, err);
    case MR_PB_ITEM:
    case MR_PB_MESSAGES:
        return read_element(reader, object, field, bytes, err);
    case MR_PB_STRUCTS:
        return read_struct(reader, object, field, bytes, err);
    case MR_PB_PRESENT:
        *(bool *)slot = true;
        return MR_OK;
    case MR_PB_REFUSED:
        return mr_fail(err, MR_UNSUPPORTED, "%s is not supported", field->name);
    default:
        return malformed(err, "a number was expected");
    }
}

static mr_status read_varint_field(void *object, const mr_pb_field *field, uint64_t v,
                                   mr_error *err)
{
    void *slot = member(object, field->offset);

    switch ((mr_pb_kind)field->kind) {
    case MR_PB_BOOL:
        *(bool *)slot = v != 0;
        return MR_OK;
    case MR_PB_ENUM_BOOL:
        *(bool *)slot = v == (uint64_t)field->value;
        return MR_OK;
    case MR_PB_I32:
        *(int32_t *)slot = (int32_t)(uint32_t)v;
        return MR_OK;
    case MR_PB_ENUM:
        *(int32_t *)slot = v > (uint64_t)field->value ? 0 : (int32_t)v;
        return MR_OK;
    case MR_PB_I32_64:
        *(int64_t *)slot = (int32_t)(uint32_t)v;
        return MR_OK;
    case MR_PB_I64:
        *(int64_t *)slot = (int64_t)v;
        return MR_OK;
    case MR_PB_FLAG:
    case MR_PB_NOT:
        return MR_OK;
    case MR_PB_REFUSED:
        return v == 0 ? MR_OK : mr_fail(err, MR_UNSUPPORTED, "%s is not supported", field->name);
    default:
        return malformed(err, "a message or string was expected");
    }
}

static mr_status read_value(mr_pb_reader *reader, void *object, const mr_pb_field *field,
                            const token *t, mr_error *err)
{
    void *slot = member(object, field->offset);

    if (field->kind == MR_PB_LONGS || field->kind == MR_PB_DOUBLES || field->kind == MR_PB_FLOATS)
        return read_numbers(reader, object, field, t, err);
    if (t->wire == WIRE_BYTES)
        return read_length_delimited(reader, object, field, t->bytes, err);
    if (t->wire == WIRE_VARINT)
        return read_varint_field(object, field, t->number_value, err);
    if (field->kind == MR_PB_DOUBLE && t->wire == WIRE_64)
        *(double *)slot = as_double(t->number_value);
    else if (field->kind == MR_PB_FLOAT && t->wire == WIRE_32)
        *(double *)slot = as_float(t->number_value);
    else
        return malformed(err, "a field has the wrong wire type");
    return MR_OK;
}

static mr_status read_field(mr_pb_reader *reader, void *object, const mr_pb_field *field,
                            const token *t, mr_error *err)
{
    if (field->select != 0 && !(field->kind == MR_PB_FLAG && t->number_value == 0))
        *int_member(object, field->selector) = field->select;
    if (field->flags & MR_PB_OPTIONAL)
        *(bool *)member(object, field->count) = true;
    return read_value(reader, object, field, t, err);
}

static const mr_pb_field *find_field(const mr_pb_table *table, uint32_t number)
{
    for (int i = 0; i < table->n_fields; i++)
        if (table->fields[i].number == number)
            return &table->fields[i];
    return NULL;
}

static void set_defaults(const mr_pb_table *table, void *object)
{
    for (int i = 0; i < table->n_fields; i++) {
        const mr_pb_field *field = &table->fields[i];

        if (field->value == 0)
            continue;
        if (field->kind == MR_PB_I32)
            *(int32_t *)member(object, field->offset) = (int32_t)field->value;
        else if (field->kind == MR_PB_I64 || field->kind == MR_PB_I32_64)
            *(int64_t *)member(object, field->offset) = field->value;
    }
}

static bool is_missing(void *object, const mr_pb_field *field)
{
    void **slot = member(object, field->offset);

    switch ((mr_pb_kind)field->kind) {
    case MR_PB_MESSAGE:
        return *slot == NULL;
    case MR_PB_ITEM:
    case MR_PB_MESSAGES:
        return *int_member(object, field->count) <= field->index ||
               ((void **)*slot)[field->index] == NULL;
    default:
        return false;
    }
}

/* The shape that plan/syntax.h promises: required parts are there, arrays have no holes. */
static mr_status check_shape(const mr_pb_table *table, void *object, mr_error *err)
{
    for (int i = 0; i < table->n_fields; i++) {
        const mr_pb_field *field = &table->fields[i];

        if ((field->flags & MR_PB_REQUIRED) && is_missing(object, field))
            return mr_raise_text(err, MR_EXC_INVALID_PLAN, "", "%s.%s is missing",
                                 table->name == NULL ? "entry" : table->name, field->name);
    }
    if (table->chooses && *int_member(object, table->selector) == 0)
        return mr_raise_text(err, MR_EXC_INVALID_PLAN, "", "%s is empty", table->name);
    return MR_OK;
}

static mr_status read_fields(mr_pb_reader *reader, const mr_pb_table *table, mr_str bytes,
                             void *object, mr_error *err)
{
    const uint8_t *from = (const uint8_t *)(bytes.ptr == NULL ? "" : bytes.ptr);
    cursor in = { from, from + bytes.len };

    set_defaults(table, object);
    while (in.at < in.end) {
        const mr_pb_field *field;
        token t;

        MR_TRY(read_token(&in, &t, err));
        field = find_field(table, t.number);
        if (field != NULL) {
            MR_TRY(read_field(reader, object, field, &t, err));
        } else if (table->other != 0 && t.wire == WIRE_BYTES &&
                   *int_member(object, table->selector) == 0) {
            *int_member(object, table->selector) = table->other;
            *int_member(object, table->number) = (int)t.number;
        }
    }
    return check_shape(table, object, err);
}

static mr_status read_message(mr_pb_reader *reader, const mr_pb_table *table, mr_str bytes,
                              void *object, mr_error *err)
{
    mr_status status;
    void *form;

    if (reader->depth >= MR_PB_DEPTH_MAX)
        return mr_fail(err, MR_INVALID, "the message is nested deeper than %d levels",
                       MR_PB_DEPTH_MAX);
    if (++reader->n_messages > MR_PB_MESSAGES_MAX)
        return mr_fail(err, MR_NOMEM, "the message holds more than %d messages",
                       MR_PB_MESSAGES_MAX);
    reader->depth++;
    if (table->form_size == 0) {
        status = read_fields(reader, table, bytes, object, err);
    } else {
        status = mr_pb_alloc(reader, table->form_size, &form, err);
        if (status == MR_OK)
            status = read_fields(reader, table, bytes, form, err);
        if (status == MR_OK)
            status = table->load(reader, form, object, err);
    }
    reader->depth--;
    return status;
}

mr_status mr_pb_decode(const mr_pb_table *table, mr_str bytes, mr_arena *arena, void *object,
                       mr_error *err)
{
    mr_pb_reader reader = { .arena = arena };

    memset(object, 0, table->size);
    if (table->init != NULL)
        table->init(object);
    return read_message(&reader, table, bytes, object, err);
}
