/* fn_csv.c - CSV in strings: to_csv, from_csv and schema_of_csv by the readers and writers of
 * files. */
#include "function/fn_priv.h"
#include "function/nested.h"

#include "format/format.h"

typedef struct csv_plan {
    mr_format_spec spec;
    mr_writer *writer;
    int corrupt; /* the field that keeps broken records, or -1 */
} csv_plan;

static const mr_format *csv_format(void)
{
    return mr_format_find(MR_STR("csv"));
}

static csv_plan *new_plan(const mr_fn_resolve *r)
{
    csv_plan *p = MR_NEW(r->arena, csv_plan);

    memset(p, 0, sizeof(*p));
    p->spec.zone = r->zone;
    p->spec.case_sensitive = r->case_sensitive;
    p->spec.legacy_time = r->legacy_time;
    p->spec.corrupt_column = MR_STR("_corrupt_record");
    p->corrupt = -1;
    return p;
}

static const char *quoted(mr_arena *arena, mr_str s)
{
    return mr_arena_printf(arena, "\"%.*s\"", MR_STR_ARG(s)).ptr;
}

/* The options with those that a single record has. */
static void set_options(mr_arena *arena, const mr_options *given, const char *const (*extra)[2],
                        int n_extra, mr_options *out)
{
    mr_option_pair *pairs = MR_NEW_ARRAY(arena, mr_option_pair, given->n + n_extra);

    if (given->n > 0)
        memcpy(pairs, given->pairs, sizeof(*pairs) * (size_t)given->n);
    for (int i = 0; i < n_extra; i++)
        pairs[given->n + i] =
            (mr_option_pair){ mr_str_from(extra[i][0]), mr_str_from(extra[i][1]) };
    *out = (mr_options){ pairs, given->n + n_extra };
}

/* --- to_csv(struct[, options]) ---------------------------------------------------------------- */

/* Files hold no bytes and no nested values; here they are texts. */
static bool is_told(const mr_type *t)
{
    return t->id == MR_TYPE_BINARY || t->id == MR_TYPE_NULL || t->id == MR_TYPE_ARRAY ||
           t->id == MR_TYPE_MAP || t->id == MR_TYPE_STRUCT;
}

static const mr_type *written_schema(mr_arena *arena, const mr_type *type)
{
    mr_field *fields = MR_NEW_ARRAY(arena, mr_field, type->n_fields + 1);

    for (int i = 0; i < type->n_fields; i++) {
        fields[i] = type->fields[i];
        if (is_told(fields[i].type))
            fields[i].type = mr_type_of(MR_TYPE_STRING);
    }
    return mr_type_struct(arena, fields, type->n_fields);
}

static mr_status resolve_to_csv(mr_fn_resolve *r, mr_error *err)
{
    static const char *const extra[][2] = { { "header", "false" }, { "lineSep", "\n" } };
    const mr_type *t = r->args[0].type;
    csv_plan *p = new_plan(r);
    mr_options given;

    if (t->id != MR_TYPE_STRUCT)
        return mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.UNSUPPORTED_INPUT_TYPE", "sqlExpr",
                        quoted(r->arena, r->sql), "functionName", "`to_csv`", "dataType",
                        mr_fn_type_sql(r->arena, t), NULL);
    MR_TRY(mr_fn_options(r, 1, &given, err));
    set_options(r->arena, &given, extra, 2, &p->spec.options);
    p->spec.schema = written_schema(r->arena, t);
    MR_TRY(csv_format()->open_writer(&p->spec, r->arena, &p->writer, err));
    r->data = p;
    r->result = mr_type_of(MR_TYPE_STRING);
    r->nullable = true;
    return MR_OK;
}

/* Bytes as "[61 62]". */
static void tell_bytes(const mr_vec *in, mr_sel sel, mr_arena *arena, mr_vec *out)
{
    mr_buf buf = { 0 };

    mr_vec_init(out, arena, mr_type_of(MR_TYPE_STRING), in->n);
    MR_EACH(sel, row)
    {
        mr_str s;

        if (mr_vec_is_null(in, row)) {
            mr_vec_set_null(out, arena, row);
            continue;
        }
        s = MR_AT(in, str, row);
        mr_buf_clear(&buf);
        for (size_t i = 0; i < s.len; i++)
            mr_buf_printf(&buf, "%s%02X", i > 0 ? " " : "", (unsigned)(uint8_t)s.ptr[i]);
        out->str[row] = mr_arena_printf(arena, "[%.*s]", MR_STR_ARG(mr_buf_str(&buf)));
    }
    mr_buf_free(&buf);
}

/* The columns of the struct as they are written, for the selected rows of its children. */
static mr_status written_columns(const mr_fn_call *call, const mr_vec *in, mr_sel sel, mr_vec **out,
                                 mr_error *err)
{
    *out = MR_NEW_ARRAY(call->arena, mr_vec, in->type->n_fields + 1);
    for (int i = 0; i < in->type->n_fields; i++) {
        const mr_vec *column = &in->children[i];

        if (column->type->id == MR_TYPE_BINARY)
            tell_bytes(column, sel, call->arena, &(*out)[i]);
        else if (is_told(column->type))
            MR_TRY(mr_cast_eval(column, sel, mr_type_of(MR_TYPE_STRING), 1, call->bound->zone,
                                call->arena, &(*out)[i], err));
        else
            (*out)[i] = *column;
    }
    return MR_OK;
}

MR_FN_EVAL(eval_to_csv)
{
    const csv_plan *p = call->bound->data;
    mr_sel first = { NULL, 1 };
    mr_buf buf = { 0 };
    mr_status status = MR_OK;
    mr_vec *columns;

    MR_TRY(written_columns(call, args[0], args[0]->constant ? first : sel, &columns, err));
    MR_EACH(sel, row)
    {
        int32_t at = mr_vec_index(args[0], row);
        mr_batch batch = {
            p->spec.schema, args[0]->constant ? 1 : call->rows, { &at, 1 }, columns
        };
        mr_str text;

        mr_buf_clear(&buf);
        MR_CHECK(csv_format()->write(p->writer, &batch, false, &buf, err));
        text = mr_buf_str(&buf);
        if (text.len > 0 && text.ptr[text.len - 1] == '\n')
            text.len--;
        if (text.len == 0)
            mr_fn_null(call, out, row);
        else
            out->str[row] = mr_arena_str(call->arena, text);
    }
fail:
    mr_buf_free(&buf);
    return status;
}

/* --- from_csv(text, schema[, options]) -------------------------------------------------------- */

static mr_status check_schema(mr_fn_resolve *r, csv_plan *p, const mr_type *type, mr_error *err)
{
    const mr_str *mode = mr_options_find(&p->spec.options, "mode");
    const mr_str *corrupt = mr_options_find(&p->spec.options, "columnNameOfCorruptRecord");

    if (type->id != MR_TYPE_STRUCT)
        return mr_raise(err, MR_EXC_ANALYSIS, "INVALID_SCHEMA.NON_STRUCT_TYPE", "inputSchema",
                        quoted(r->arena, r->args[1].sql), "dataType",
                        mr_fn_type_sql(r->arena, type), NULL);
    if (mode != NULL && mr_str_is_nocase(*mode, "DROPMALFORMED"))
        return mr_raise(err, MR_EXC_ANALYSIS, "PARSE_MODE_UNSUPPORTED", "funcName", "`from_csv`",
                        "mode", "DROPMALFORMED", NULL);
    if (corrupt != NULL)
        p->spec.corrupt_column = *corrupt;
    for (int i = 0; i < type->n_fields; i++) {
        const mr_type *t = type->fields[i].type;

        if (t->id == MR_TYPE_ARRAY || t->id == MR_TYPE_MAP || t->id == MR_TYPE_STRUCT)
            return mr_raise(err, MR_EXC_UNSUPPORTED, "UNSUPPORTED_DATATYPE", "typeName",
                            mr_fn_type_sql(r->arena, t), NULL);
        if (mr_type_is_string(t) && mr_str_equal(type->fields[i].name, p->spec.corrupt_column))
            p->corrupt = i;
    }
    return MR_OK;
}

static mr_status resolve_from_csv(mr_fn_resolve *r, mr_error *err)
{
    static const char *const extra[][2] = { { "header", "false" }, { "multiLine", "true" } };
    const mr_type *t = r->args[0].type, *type;
    csv_plan *p = new_plan(r);
    mr_options given;
    mr_reader *reader;

    if (!mr_type_is_string(t) && t->id != MR_TYPE_NULL)
        return mr_fn_mismatch_arg(r, 0, "\"STRING\"", err);
    if (t->id == MR_TYPE_NULL)
        r->args[0].want = mr_type_of(MR_TYPE_STRING);
    MR_TRY(mr_fn_schema(r, &type, err));
    MR_TRY(mr_fn_options(r, 2, &given, err));
    set_options(r->arena, &given, extra, 2, &p->spec.options);
    MR_TRY(check_schema(r, p, type, err));
    type = mr_type_force_nullable(r->arena, mr_type_copy(r->arena, type));
    p->spec.schema = type;
    MR_TRY(csv_format()->open_reader(&p->spec, r->arena, &reader, err));
    r->data = p;
    r->result = type;
    r->nullable = r->args[0].nullable;
    return MR_OK;
}

/* A text that is no record has no values. */
static void put_none(const mr_fn_call *call, mr_str text, mr_vec *out, int32_t row)
{
    const csv_plan *p = call->bound->data;

    for (int i = 0; i < out->type->n_fields; i++)
        if (i == p->corrupt)
            out->children[i].str[row] = text;
        else
            mr_vec_set_null(&out->children[i], call->arena, row);
}

MR_FN_EVAL(eval_from_csv)
{
    const csv_plan *p = call->bound->data;
    mr_reader *reader;

    MR_TRY(csv_format()->open_reader(&p->spec, call->arena, &reader, err));
    MR_EACH(sel, row)
    {
        mr_str text = MR_AT(args[0], str, row);
        mr_batch *batch = NULL;
        size_t pos = 0;
        int32_t from;

        csv_format()->begin_file(reader, MR_STR(""), true);
        if (text.len > 0)
            MR_TRY(csv_format()->read(reader, text, &pos, true, call->arena, &batch, err));
        if (batch == NULL || batch->sel.n == 0) {
            put_none(call, text, out, row);
            continue;
        }
        from = mr_sel_row(batch->sel, 0);
        for (int i = 0; i < out->type->n_fields; i++)
            mr_nested_copy(&out->children[i], row, &batch->cols[i], from, call->arena);
    }
    return MR_OK;
}

/* --- schema_of_csv(literal[, options]) -------------------------------------------------------- */

static mr_status resolve_schema(mr_fn_resolve *r, mr_error *err)
{
    static const char *const extra[][2] = { { "header", "false" }, { "inferSchema", "true" } };
    const mr_fn_arg *arg = &r->args[0];
    mr_options given, options;
    const mr_type *type;

    if (arg->is_literal && arg->literal.is_null)
        return mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.UNEXPECTED_NULL", "sqlExpr",
                        quoted(r->arena, r->sql), "exprName", "`csv`", NULL);
    if (!mr_type_is_string(arg->type))
        return mr_fn_mismatch_arg(r, 0, "\"STRING\"", err);
    if (!arg->is_literal)
        return mr_fn_not_foldable(r, 0, "`csv`", "\"STRING\"", err);
    MR_TRY(mr_fn_options(r, 1, &given, err));
    set_options(r->arena, &given, extra, 2, &options);
    MR_TRY(mr_format_infer(csv_format(), arg->literal.str, &options, r->arena, &type, err));
    if (type->n_fields == 0)
        return mr_fail(err, MR_INVALID, "schema_of_csv() of a text without a record");
    mr_fn_schema_result(r, type);
    return MR_OK;
}

#define ROW(row_name, least, most, res, ev)                                                        \
    {                                                                                              \
        .name = (row_name), .min_args = (least), .max_args = (most), .shown_args = 1,              \
        .can_raise = true, .resolve = (res), .eval = (ev)                                          \
    }

static const mr_function rows[] = {
    ROW("from_csv", 2, 3, resolve_from_csv, eval_from_csv),
    ROW("schema_of_csv", 1, 2, resolve_schema, mr_fn_eval_schema),
    ROW("to_csv", 1, 2, resolve_to_csv, eval_to_csv),
};

MR_FN_GROUP(mr_fn_csv_group, rows);
