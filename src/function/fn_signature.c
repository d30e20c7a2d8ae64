/* fn_signature.c - typing shared by most rows, and the errors of typing.
 *
 * Letters: s string, i int, l long, d double, b boolean, y binary, D date, t timestamp, n any
 * number, e any number but decimals become double, a anything, A array, M map, x any interval, S
 * struct. The result is a letter, or a digit: the type of that argument (1-based), or E the element
 * of the first argument.
 */
#include "function/fn_priv.h"

#include <stdio.h>

#include "value/number.h"

int64_t mr_fn_long_at(const mr_vec *vec, int32_t row)
{
    int32_t at = mr_vec_index(vec, row);

    switch (vec->type->id) {
    case MR_TYPE_BOOLEAN:
        return vec->u8[at];
    case MR_TYPE_BYTE:
        return vec->i8[at];
    case MR_TYPE_SHORT:
        return vec->i16[at];
    case MR_TYPE_INT:
    case MR_TYPE_DATE:
    case MR_TYPE_INTERVAL_YM:
        return vec->i32[at];
    default:
        MR_ASSERT(mr_type_width(vec->type) == 8);
        return vec->i64[at];
    }
}

double mr_fn_double_at(const mr_vec *vec, int32_t row)
{
    int32_t at = mr_vec_index(vec, row);

    switch (vec->type->id) {
    case MR_TYPE_FLOAT:
        return (double)vec->f32[at];
    case MR_TYPE_DOUBLE:
        return vec->f64[at];
    case MR_TYPE_DECIMAL:
        return mr_number_decimal_to_double(vec->i128[at], vec->type->scale);
    default:
        return (double)mr_fn_long_at(vec, row);
    }
}

const char *mr_fn_type_sql(mr_arena *arena, const mr_type *type)
{
    mr_buf buf = { 0 };
    const char *text;

    mr_buf_putc(&buf, '"');
    mr_type_print_sql(type, &buf);
    mr_buf_putc(&buf, '"');
    text = mr_arena_cstr(arena, mr_buf_str(&buf));
    mr_buf_free(&buf);
    return text;
}

static const char *call_sql(const mr_fn_resolve *r)
{
    return mr_arena_printf(r->arena, "\"%.*s\"", MR_STR_ARG(r->sql)).ptr;
}

mr_status mr_fn_mismatch_binary(mr_fn_resolve *r, const char *wanted, mr_error *err)
{
    return mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE", "sqlExpr",
                    call_sql(r), "inputType", wanted, "actualDataType",
                    mr_fn_type_sql(r->arena, r->args[0].want ? r->args[0].want : r->args[0].type),
                    NULL);
}

mr_status mr_fn_mismatch_sides(mr_fn_resolve *r, mr_error *err)
{
    return mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES", "sqlExpr",
                    call_sql(r), "left", mr_fn_type_sql(r->arena, r->args[0].type), "right",
                    mr_fn_type_sql(r->arena, r->args[1].type), NULL);
}

static const char *ordinal(mr_arena *arena, int i)
{
    static const char *const names[] = { "first", "second",  "third",  "fourth", "fifth",
                                         "sixth", "seventh", "eighth", "ninth",  "tenth" };

    return i < 10 ? names[i] : mr_arena_printf(arena, "%dth", i + 1).ptr;
}

mr_status mr_fn_mismatch_arg(mr_fn_resolve *r, int arg, const char *wanted, mr_error *err)
{
    return mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "sqlExpr",
                    call_sql(r), "paramIndex", ordinal(r->arena, arg), "requiredType", wanted,
                    "inputSql",
                    mr_arena_printf(r->arena, "\"%.*s\"", MR_STR_ARG(r->args[arg].sql)).ptr,
                    "inputType", mr_fn_type_sql(r->arena, r->args[arg].type), NULL);
}

mr_status mr_fn_not_foldable(mr_fn_resolve *r, int arg, const char *input, const char *type,
                             mr_error *err)
{
    return mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", "sqlExpr",
                    call_sql(r), "inputName", input, "inputType", type, "inputExpr",
                    mr_arena_printf(r->arena, "\"%.*s\"", MR_STR_ARG(r->args[arg].sql)).ptr, NULL);
}

mr_status mr_fn_mismatch_data(mr_fn_resolve *r, mr_error *err)
{
    mr_buf buf = { 0 };
    const char *types;

    for (int i = 0; i < r->n_args; i++)
        mr_buf_printf(&buf, "%s%s", i == 0 ? "[" : ", ", mr_fn_type_sql(r->arena, r->args[i].type));
    mr_buf_putc(&buf, ']');
    types = mr_arena_cstr(r->arena, mr_buf_str(&buf));
    mr_buf_free(&buf);
    /* Spark's text quotes the list as a whole for case expressions and one by one elsewhere. */
    return mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.DATA_DIFF_TYPES", "sqlExpr",
                    call_sql(r), "functionName",
                    mr_arena_printf(r->arena, "`%s`", r->function->name).ptr, "dataType", types,
                    NULL);
}

bool mr_fn_any_nullable(const mr_fn_resolve *r)
{
    for (int i = 0; i < r->n_args; i++)
        if (r->args[i].nullable && !r->args[i].is_lambda)
            return true;
    return false;
}

mr_status mr_fn_resolve_common(mr_fn_resolve *r, int from, const mr_type **out, mr_error *err)
{
    const mr_type *common = mr_type_of(MR_TYPE_NULL);

    for (int i = from; i < r->n_args; i++) {
        common = mr_coerce_common(r->arena, common, r->args[i].type, r->ansi);
        if (common == NULL)
            return mr_fn_mismatch_data(r, err);
    }
    for (int i = from; i < r->n_args; i++)
        r->args[i].want = common;
    *out = common;
    return MR_OK;
}

typedef struct letter {
    char code;
    mr_type_id id;
    const char *sql;
} letter;

static const letter letters[] = {
    { 's', MR_TYPE_STRING, "\"STRING\"" },
    { 'i', MR_TYPE_INT, "\"INT\"" },
    { 'l', MR_TYPE_LONG, "\"BIGINT\"" },
    { 'd', MR_TYPE_DOUBLE, "\"DOUBLE\"" },
    { 'b', MR_TYPE_BOOLEAN, "\"BOOLEAN\"" },
    { 'y', MR_TYPE_BINARY, "\"BINARY\"" },
    { 'D', MR_TYPE_DATE, "\"DATE\"" },
    { 't', MR_TYPE_TIMESTAMP, "\"TIMESTAMP\"" },
    { 'n', MR_TYPE_DOUBLE, "\"NUMERIC\"" },
    { 'e', MR_TYPE_DOUBLE, "\"NUMERIC\"" },
    { 'A', MR_TYPE_ARRAY, "\"ARRAY\"" },
    { 'M', MR_TYPE_MAP, "\"MAP\"" },
    { 'S', MR_TYPE_STRUCT, "\"STRUCT\"" },
    { 'a', MR_TYPE_NULL, "\"ANY\"" },
    { 'j', MR_TYPE_INT, "(\"INT\" or \"SMALLINT\" or \"TINYINT\")" },
};

static const letter *letter_of(char code)
{
    for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
        if (letters[i].code == code)
            return &letters[i];
    return NULL;
}

bool mr_fn_letter_accepts(char code, const mr_type *type)
{
    const letter *l = letter_of(code);

    if (code == 'a')
        return true;
    if (code == 'n')
        return mr_type_is_numeric(type);
    if (code == 'e')
        return mr_type_is_numeric(type) && type->id != MR_TYPE_DECIMAL;
    if (code == 's')
        return mr_type_is_string(type);
    if (code == 't' && type->id == MR_TYPE_TIMESTAMP_NTZ)
        return true;
    return l != NULL && type->id == l->id;
}

/* As if stored into a column of the wanted type: also ANSI lets a number be any number. */
static bool is_stored(char code, const mr_type *type)
{
    return ((code == 'i' || code == 'l') && mr_type_is_numeric(type)) ||
           ((code == 'e' || code == 'd') && type->id == MR_TYPE_DECIMAL);
}

static mr_status resolve_letter(mr_fn_resolve *r, int arg, char code, mr_error *err)
{
    const letter *l = letter_of(code);
    mr_fn_arg *a = &r->args[arg];

    MR_ASSERT(l != NULL);
    if (mr_fn_letter_accepts(code, a->type))
        return MR_OK;
    if (code == 'A' || code == 'M' || code == 'S')
        return mr_fn_mismatch_arg(r, arg, l->sql, err);
    if (!mr_coerce_implicit(a->type, mr_type_of(l->id), r->ansi) && !is_stored(code, a->type))
        return mr_fn_mismatch_arg(r, arg, l->sql, err);
    a->want = mr_type_of(l->id);
    return MR_OK;
}

static const mr_type *resolve_result(const mr_fn_resolve *r, char code)
{
    if (code >= '1' && code <= '9') {
        const mr_fn_arg *a = &r->args[code - '1'];

        return a->want != NULL ? a->want : a->type;
    }
    if (code == 'E')
        return r->args[0].type->fields[r->args[0].type->n_fields - 1].type;
    return mr_type_of(letter_of(code)->id);
}

mr_status mr_fn_resolve_signature(mr_fn_resolve *r, mr_error *err)
{
    const char *at = r->function->signature;
    char code = 'a';

    MR_ASSERT(at != NULL);
    for (int i = 0; i < r->n_args; i++) {
        if (*at == '?')
            at++;
        if (*at != '*' && *at != ':')
            code = *at++;
        MR_TRY(resolve_letter(r, i, code, err));
    }
    r->result = resolve_result(r, strchr(r->function->signature, ':')[1]);
    r->nullable = mr_fn_any_nullable(r);
    return MR_OK;
}

#define ANSI_CONF "\"spark.sql.ansi.enabled\""

mr_status mr_fn_overflow(mr_error *err, const char *what, const char *try_function)
{
    char alternative[96] = "";

    if (try_function != NULL)
        snprintf(alternative, sizeof(alternative),
                 " Use '%s' to tolerate overflow and return NULL instead.", try_function);
    return mr_raise(err, MR_EXC_ARITHMETIC, "ARITHMETIC_OVERFLOW", "message", what, "alternative",
                    alternative, "config", ANSI_CONF, NULL);
}

mr_status mr_fn_divide_by_zero(mr_error *err)
{
    return mr_raise(err, MR_EXC_ARITHMETIC, "DIVIDE_BY_ZERO", "config", ANSI_CONF, NULL);
}

mr_status mr_fn_remainder_by_zero(mr_error *err)
{
    return mr_raise(err, MR_EXC_ARITHMETIC, "REMAINDER_BY_ZERO", "config", ANSI_CONF, NULL);
}

mr_status mr_fn_decimal_overflow(mr_error *err, mr_int128 v, int scale, const mr_type *to)
{
    char value[48], precision[8], to_scale[8];

    value[mr_number_print_decimal(v, scale, value)] = '\0';
    snprintf(precision, sizeof(precision), "%d", to->precision);
    snprintf(to_scale, sizeof(to_scale), "%d", to->scale);
    return mr_raise(err, MR_EXC_ARITHMETIC, "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION", "value",
                    value, "precision", precision, "scale", to_scale, "config", ANSI_CONF, NULL);
}
