/* partition.c - columns that are not in the files: in the names of their directories (k=v), and
 * those that say which file it is. */
#include "run/run_priv.h"

#include "os/file.h"
#include "value/number.h"
#include "value/time.h"

#include <string.h>

#define HIVE_NULL "__HIVE_DEFAULT_PARTITION__"

/* What follows the scan's path in the path of a file of it, or empty. */
static mr_str below_root(const mr_scan *scan, mr_arena *arena, const char *path)
{
    mr_str whole = mr_str_from(path);
    char *plain, *root;

    for (int i = 0; i < scan->n_paths; i++) {
        size_t n;

        if (!mr_file_from_uri(arena, scan->paths[i], &plain) ||
            mr_file_absolute(arena, plain, &root, NULL) != MR_OK)
            continue;
        n = strlen(root);
        while (n > 1 && root[n - 1] == '/')
            n--;
        if (whole.len > n && memcmp(whole.ptr, root, n) == 0 && whole.ptr[n] == '/')
            return mr_str_slice(whole, n + 1, whole.len);
    }
    return (mr_str){ 0 };
}

static int hex(char c)
{
    return c >= '0' && c <= '9'                     ? c - '0'
           : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                    : -1;
}

/* %2F -> '/'. */
static mr_str unescape(mr_arena *arena, mr_str text)
{
    char *out = mr_arena_alloc(arena, text.len + 1);
    size_t n = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '%' && i + 2 < text.len && hex(text.ptr[i + 1]) >= 0 &&
            hex(text.ptr[i + 2]) >= 0) {
            out[n++] = (char)(hex(text.ptr[i + 1]) * 16 + hex(text.ptr[i + 2]));
            i += 2;
        } else {
            out[n++] = text.ptr[i];
        }
    }
    return (mr_str){ out, n };
}

/* The next directory `k=v` of *rest, which moves on behind it; false = there is none. */
static bool next_pair(mr_arena *arena, mr_str *rest, mr_str *name, mr_str *value)
{
    for (;;) {
        size_t end = mr_str_find(*rest, '/', 0);
        mr_str dir = mr_str_slice(*rest, 0, end);
        size_t sign = mr_str_find(dir, '=', 0);

        if (end >= rest->len)
            return false;
        *rest = mr_str_slice(*rest, end + 1, rest->len);
        if (sign == 0 || sign >= dir.len)
            continue;
        *name = unescape(arena, mr_str_slice(dir, 0, sign));
        *value = unescape(arena, mr_str_slice(dir, sign + 1, dir.len));
        return true;
    }
}

static bool is_readable(const mr_type *type)
{
    return mr_type_is_string(type) || mr_type_is_integral(type) || type->id == MR_TYPE_FLOAT ||
           type->id == MR_TYPE_DOUBLE || type->id == MR_TYPE_DATE ||
           type->id == MR_TYPE_TIMESTAMP || type->id == MR_TYPE_BOOLEAN;
}

void mr_partition_file_columns(mr_partition *p, mr_arena *arena)
{
    int n = p->scan->schema->n_fields;

    p->is_outside = mr_arena_zalloc(arena, (size_t)n + 1);
    p->n = p->scan->n_file_columns;
    memset(p->is_outside + n - p->n, 1, (size_t)p->n);
}

mr_status mr_partition_open(const mr_run *run, const mr_scan *scan, const mr_run_input *input,
                            mr_arena *arena, mr_partition *out, mr_error *err)
{
    const mr_str *recursive = mr_options_find(&scan->options, "recursiveFileLookup");
    bool is_flat = input->n == 0 || (recursive != NULL && mr_str_is_nocase(*recursive, "true"));
    mr_str rest = is_flat ? (mr_str){ 0 } : below_root(scan, arena, input->files[0].path);
    mr_str name, value;

    out->scan = scan;
    out->zone = run->zone;
    out->case_sensitive = run->case_sensitive;
    mr_partition_file_columns(out, arena);
    while (next_pair(arena, &rest, &name, &value)) {
        int at = mr_type_field(scan->schema, name, run->case_sensitive);

        if (at < 0)
            return mr_fail(err, MR_UNSUPPORTED,
                           "the files are in directories %.*s=...: a column of that name must be "
                           "in the schema",
                           MR_STR_ARG(name));
        if (!is_readable(scan->schema->fields[at].type))
            return mr_fail(err, MR_UNSUPPORTED,
                           "the type of the column %.*s is not supported for directories",
                           MR_STR_ARG(name));
        out->is_outside[at] = 1;
        out->n++;
    }
    return MR_OK;
}

const mr_type *mr_partition_data(const mr_partition *partition, mr_arena *arena, uint8_t **needed)
{
    const mr_type *schema = partition->scan->schema;
    mr_field *fields = MR_NEW_ARRAY(arena, mr_field, schema->n_fields + 1);
    int n = 0;

    *needed = mr_arena_zalloc(arena, (size_t)schema->n_fields + 1);
    for (int i = 0; i < schema->n_fields; i++)
        if (!partition->is_outside[i]) {
            (*needed)[n] = partition->scan->needed == NULL || partition->scan->needed[i];
            fields[n++] = schema->fields[i];
        }
    return mr_type_struct(arena, fields, n);
}

static bool read_whole(const mr_type *type, mr_str text, int64_t *out)
{
    static const int64_t most[] = { INT8_MAX, INT16_MAX, INT32_MAX };

    if (!mr_number_parse_long(text, false, out))
        return false;
    return type->id == MR_TYPE_LONG ||
           (*out <= most[type->id - MR_TYPE_BYTE] && *out >= -most[type->id - MR_TYPE_BYTE] - 1);
}

/* Row `row` of the column from the text; false when the text is no such value. */
static bool put(const mr_partition *p, mr_vec *vec, int32_t row, mr_str text)
{
    int64_t whole;

    if (mr_type_is_string(vec->type)) {
        vec->str[row] = text;
        return true;
    }
    switch (vec->type->id) {
    case MR_TYPE_FLOAT:
        return mr_number_parse_float(text, &vec->f32[row]);
    case MR_TYPE_DOUBLE:
        return mr_number_parse_double(text, &vec->f64[row]);
    case MR_TYPE_DATE:
        return mr_time_parse_date(text, &vec->i32[row]);
    case MR_TYPE_TIMESTAMP:
        return mr_time_parse_timestamp(text, p->zone, &vec->i64[row]);
    case MR_TYPE_BOOLEAN:
        vec->u8[row] = mr_str_is_nocase(text, "true");
        return vec->u8[row] || mr_str_is_nocase(text, "false");
    default:
        break;
    }
    if (!read_whole(vec->type, text, &whole))
        return false;
    if (vec->type->id == MR_TYPE_BYTE)
        vec->i8[row] = (int8_t)whole;
    else if (vec->type->id == MR_TYPE_SHORT)
        vec->i16[row] = (int16_t)whole;
    else if (vec->type->id == MR_TYPE_INT)
        vec->i32[row] = (int32_t)whole;
    else
        vec->i64[row] = whole;
    return true;
}

static mr_status fill(const mr_partition *p, const mr_field *field, const char *path, int32_t n,
                      mr_arena *arena, mr_vec *out, mr_error *err)
{
    mr_str rest = below_root(p->scan, arena, path), name, value;

    while (next_pair(arena, &rest, &name, &value)) {
        if (p->case_sensitive ? !mr_str_equal(name, field->name)
                              : !mr_str_equal_nocase(name, field->name))
            continue;
        if (mr_str_is(value, HIVE_NULL))
            break;
        mr_vec_init(out, arena, field->type, n);
        for (int32_t i = 0; i < n; i++)
            if (!put(p, out, i, value))
                return mr_fail(err, MR_INVALID, "%s: the directory's value of %.*s is not valid",
                               path, MR_STR_ARG(field->name));
        return MR_OK;
    }
    mr_vec_init_null(out, arena, field->type, n);
    return MR_OK;
}

/* --- which file it is --------------------------------------------------------------------------
 */

/* Bytes of a path that Hadoop's and Java's URIs leave as they are. */
static bool is_plain(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c >= 0x80 || (c != 0 && strchr("-_.!~*'()/:@&=+$,;", c) != NULL);
}

static mr_str escape(mr_arena *arena, const char *prefix, const char *path)
{
    mr_buf buf = { 0 };
    mr_str out;

    mr_buf_puts(&buf, prefix);
    for (; *path != '\0'; path++)
        if (is_plain((unsigned char)*path))
            mr_buf_putc(&buf, *path);
        else
            mr_buf_printf(&buf, "%%%02X", (unsigned char)*path);
    out = mr_arena_str(arena, mr_buf_str(&buf));
    mr_buf_free(&buf);
    return out;
}

/* A field of _metadata, or the result of one of the functions, by its name. */
static void put_about(mr_vec *vec, int32_t row, mr_str name, const mr_run_file *file,
                      mr_arena *arena)
{
    const char *slash = strrchr(file->path, '/');

    if (mr_str_is(name, "file_path"))
        vec->str[row] = escape(arena, "file:", file->path);
    else if (mr_str_is(name, "file_name"))
        vec->str[row] = escape(arena, "", slash == NULL ? file->path : slash + 1);
    else if (mr_str_is(name, "input_file_name()"))
        vec->str[row] = escape(arena, "file://", file->path);
    else if (mr_str_is(name, "file_modification_time"))
        vec->i64[row] = file->mtime_ms * 1000;
    else if (mr_str_is(name, "file_block_start") || mr_str_is(name, "input_file_block_start()"))
        vec->i64[row] = 0;
    else /* file_size, file_block_length, input_file_block_length() */
        vec->i64[row] = file->size;
}

static void repeat(mr_vec *vec, int32_t n)
{
    for (int32_t i = 1; i < n; i++)
        if (mr_type_is_string(vec->type))
            vec->str[i] = vec->str[0];
        else
            vec->i64[i] = vec->i64[0];
}

/* n rows of a column about the file; n > 0. */
static void about_file(const mr_field *field, const mr_run_file *file, int32_t n, mr_arena *arena,
                       mr_vec *out)
{
    mr_vec_init(out, arena, field->type, n);
    if (field->type->id != MR_TYPE_STRUCT) {
        put_about(out, 0, field->name, file, arena);
        repeat(out, n);
        return;
    }
    for (int i = 0; i < field->type->n_fields; i++)
        about_file(&field->type->fields[i], file, n, arena, &out->children[i]);
}

mr_status mr_partition_add(const mr_partition *p, const mr_run_file *file, mr_arena *arena,
                           mr_batch **batch, mr_error *err)
{
    const mr_type *schema = p->scan->schema;
    const mr_batch *in = *batch;
    mr_field *fields = MR_NEW_ARRAY(arena, mr_field, schema->n_fields + 1);
    mr_vec *cols = MR_NEW_ARRAY(arena, mr_vec, schema->n_fields + 1);
    int n = 0, used = 0;

    for (int i = 0; i < schema->n_fields; i++) {
        if (p->scan->needed != NULL && !p->scan->needed[i])
            continue;
        fields[n] = schema->fields[i];
        if (i >= schema->n_fields - p->scan->n_file_columns)
            about_file(&schema->fields[i], file, in->n, arena, &cols[n]);
        else if (p->is_outside[i])
            MR_TRY(fill(p, &schema->fields[i], file->path, in->n, arena, &cols[n], err));
        else
            cols[n] = in->cols[used++];
        n++;
    }
    *batch = mr_batch_new(arena, mr_type_struct(arena, fields, n), in->n);
    (*batch)->sel = in->sel;
    if (n > 0)
        memcpy((*batch)->cols, cols, sizeof(*cols) * (size_t)n);
    return MR_OK;
}
